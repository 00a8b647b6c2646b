"""Signatures over bodies with files: the file is read in pieces, and accepted by the verifier."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from botocore.credentials import Credentials

from arazzo_runner.auth.sigv4 import SigV4Signer
from arazzo_runner.values import File, Request, Stream, header

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KEYS = Credentials("AKIDEXAMPLE", "secret")


@pytest.mark.parametrize("service", ["s3", "sagemaker"])
def test_a_stream_is_signed_as_its_bytes(service: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"content" * 100_000)
    stream = Stream([b"<", File(tmp_path / "f"), b">"])
    whole = b"".join(stream)
    signer = SigV4Signer(KEYS, service, "us-east-1", now=lambda: NOW)
    url = "https://a.us-east-1.amazonaws.com/key"
    ours = signer.sign(Request("PUT", url, (("Content-Type", "a/b"),), stream))
    plain = signer.sign(Request("PUT", url, (("Content-Type", "a/b"),), whole))
    assert ours.headers == plain.headers
    assert ours.body is stream
    if service == "s3":
        sha256 = hashlib.sha256(whole).hexdigest()
        assert header(ours.headers, "x-amz-content-sha256") == sha256
