"""The published Signature Version 4 vectors (aws-c-auth), through ``SigV4Signer``.

Header signatures only: the engine never makes presigned URLs, so the query signatures of the same
cases have no public function to go through.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from arazzo_runner.auth import AwsCredentials, SigV4Signer
from arazzo_runner.values import Request, header
from tests.support.paths import SHARED, require

SUITE = require(SHARED / "suites" / "aws-sigv4" / "v4")
CASES = sorted(folder.name for folder in SUITE.iterdir() if folder.is_dir())

NOT_OURS = {
    "post-sts-header-after": "the vector adds the token after signing (AWS IoT only); we sign it",
}


def _parameters() -> list[object]:
    return [
        pytest.param(
            case,
            marks=[pytest.mark.xfail(reason=NOT_OURS[case], strict=True)]
            if case in NOT_OURS
            else [],
        )
        for case in CASES
    ]


def _request(text: str) -> Request:
    """The request of a vector, as the engine would hold it: folded header lines unfolded."""
    head, _, body = text.partition("\n\n")
    first, *lines = head.split("\n")
    method, _, target = first.removesuffix(" HTTP/1.1").partition(" ")
    headers: list[tuple[str, str]] = []
    for line in filter(None, lines):
        if line[0].isspace():
            name, value = headers.pop()
            headers.append((name, f"{value} {line.strip()}"))
        else:
            name, _, value = line.partition(":")
            headers.append((name, value))
    return Request(method, "https://example.amazonaws.com" + target, tuple(headers), body.encode())


def _sign(folder: Path) -> Request:
    context = json.loads((folder / "context.json").read_text())
    given = context["credentials"]
    signer = SigV4Signer(
        AwsCredentials(given["access_key_id"], given["secret_access_key"], given.get("token")),
        context["service"],
        context["region"],
        now=lambda: datetime.fromisoformat(context["timestamp"]),
        normalize_path=context["normalize"],
        content_hash=context["sign_body"],
    )
    return signer.sign(_request((folder / "request.txt").read_text(encoding="utf-8")))


@pytest.mark.parametrize("case", _parameters())
def test_header_signature(case: str) -> None:
    signed = _sign(SUITE / case)
    expected = (SUITE / case / "header-signature.txt").read_text().strip()
    assert (header(signed.headers, "Authorization") or "").endswith(f"Signature={expected}")


@pytest.mark.parametrize("case", _parameters())
def test_authorization_header(case: str) -> None:
    signed = _sign(SUITE / case)
    lines = (SUITE / case / "header-signed-request.txt").read_text(encoding="utf-8").split("\n")
    expected = next(line for line in lines if line.startswith("Authorization:"))
    assert header(signed.headers, "Authorization") == expected.partition(":")[2].strip()


def test_the_whole_suite_is_here() -> None:
    assert len(CASES) == 38
