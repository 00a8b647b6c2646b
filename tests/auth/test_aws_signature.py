"""Signing with a wrong clock, and with session credentials whose time is over."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import arazzo_runner as arazzo
from arazzo_runner.auth import AwsCredentials, Signature, SigV4Signer
from arazzo_runner.auth.aws_signature import EXPIRED_CODES, SKEW_CODES
from arazzo_runner.errors import CredentialsError
from arazzo_runner.values import Request, Response, header
from tests.support.paths import REPOSITORY

WHOAMI = REPOSITORY / "arazzo_runner" / "cli" / "documents" / "whoami.arazzo.yaml"
IDENTITY = (
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
)
ERROR = "<ErrorResponse><Error><Code>{}</Code><Message>no</Message></Error></ErrorResponse>"

Rule = Callable[[Any], tuple[int, str]]


class Server:
    """STS on this machine: its clock, and a rule that answers requests by their headers."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.rule: Rule = lambda headers: (200, IDENTITY)
        self.seen: list[dict[str, str]] = []
        self.url = ""

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            state.seen.append(headers)
            status, text = state.rule(headers)
            self.send_response_only(status)
            self.send_header("Date", format_datetime(state.now(), usegmt=True))
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        state.url = f"http://127.0.0.1:{http.server_port}"
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        yield state
        http.shutdown()


def punctual(state: Server, code: str) -> Rule:
    """Takes five minutes, as AWS does."""

    def rule(headers: dict[str, str]) -> tuple[int, str]:
        signed = datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if abs(signed - state.now()) > timedelta(minutes=5):
            return 403, ERROR.format(code)
        return 200, IDENTITY

    return rule


def settings(server: Server) -> dict[str, Any]:
    return {
        "servers": {"sts": server.url},
        "aws": arazzo.AwsSettings(region="us-east-1", service="sts"),
    }


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-the-test")


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("ahead", "told"),
    [
        (timedelta(hours=2), "2 h behind"),
        (-timedelta(days=1, hours=3, minutes=1), "1 d 3 h ahead of"),
    ],
)
def test_a_wrong_clock_is_corrected_once(server: Server, ahead: timedelta, told: str) -> None:
    server.ahead = ahead
    server.rule = punctual(server, "RequestTimeTooSkewed")
    with arazzo.Runner(**settings(server)) as runner:
        first = runner.run(str(WHOAMI))
        second = runner.run(str(WHOAMI))
    assert (first.status, second.status) == ("completed", "completed")
    assert len(server.seen) == 3  # the second run knew it
    (warning,) = [w for w in first.warnings if w.rule == "credentials"]
    assert f"the clock of this machine is {told}" in warning.message
    assert [w for w in second.warnings if w.rule == "credentials"] == []


async def _asynchronous(server: Server, code: str) -> arazzo.RunResult:
    server.ahead = timedelta(hours=1)
    server.rule = punctual(server, code)
    async with arazzo.AsyncRunner(**settings(server)) as runner:
        return await runner.run(str(WHOAMI))


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("code", sorted(SKEW_CODES))
def test_whatever_the_service_calls_it(server: Server, code: str) -> None:
    result = asyncio.run(_asynchronous(server, code))
    assert result.status == "completed"
    assert len(server.seen) == 2


@pytest.mark.usefixtures("keys")
def test_a_wrong_key_is_no_wrong_clock(server: Server) -> None:
    server.rule = lambda headers: (403, ERROR.format("SignatureDoesNotMatch"))
    with arazzo.Runner(**settings(server)) as runner:
        result = runner.run(str(WHOAMI))
    assert result.status == "failed"
    assert result.error is not None
    assert result.error.code == "SignatureDoesNotMatch"
    assert len(server.seen) == 1


@pytest.mark.usefixtures("keys")
def test_a_server_that_refuses_the_corrected_time_too_is_asked_twice(server: Server) -> None:
    server.ahead = timedelta(hours=2)
    server.rule = lambda headers: (403, ERROR.format("RequestExpired"))
    with arazzo.Runner(**settings(server)) as runner:
        assert runner.run(str(WHOAMI)).status == "failed"
    assert len(server.seen) == 2


SCRIPT = """
import json, pathlib, sys
counter = pathlib.Path(sys.argv[1])
count = int(counter.read_text()) + 1 if counter.exists() else 1
counter.write_text(str(count))
print(json.dumps({"Version": 1, "AccessKeyId": "AKID", "SecretAccessKey": f"secret-{count}",
                  "SessionToken": f"token-{count}", "Expiration": sys.argv[2]}))
"""


@pytest.fixture
def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """A profile whose command gives other session credentials every time, for so long."""
    script = tmp_path / "keys.py"
    script.write_text(SCRIPT)

    def write(lifetime: timedelta) -> None:
        expiration = (datetime.now(UTC) + lifetime).isoformat()
        command = f"{sys.executable} {script} {tmp_path / 'count'} {expiration}"
        (tmp_path / "config").write_text(f"[profile p]\ncredential_process = {command}\n")
        monkeypatch.setenv("AWS_PROFILE", "p")

    return write


def tokens(server: Server) -> list[str]:
    return [seen["x-amz-security-token"] for seen in server.seen]


def test_an_expired_token_is_renewed_once(
    server: Server, process: Callable[[timedelta], None]
) -> None:
    process(timedelta(hours=1))
    server.rule = lambda headers: (
        (403, ERROR.format("ExpiredToken"))
        if headers["x-amz-security-token"] == "token-1"
        else (200, IDENTITY)
    )
    with arazzo.Runner(**settings(server)) as runner:
        result = runner.run(str(WHOAMI))
    assert result.status == "completed"
    assert tokens(server) == ["token-1", "token-2"]
    (warning,) = [w for w in result.warnings if w.rule == "credentials"]
    assert "have expired (ExpiredToken): they were renewed" in warning.message


def test_a_token_that_stays_expired_is_renewed_once(
    server: Server, process: Callable[[timedelta], None]
) -> None:
    process(timedelta(hours=1))
    server.rule = lambda headers: (403, ERROR.format("ExpiredTokenException"))
    with arazzo.Runner(**settings(server)) as runner:
        result = runner.run(str(WHOAMI))
    assert result.status == "failed"
    assert tokens(server) == ["token-1", "token-2"]


def test_credentials_about_to_expire_are_renewed_before_they_do(
    server: Server, process: Callable[[timedelta], None]
) -> None:
    """Every request of a long poll looks: here each finds that there are minutes left."""
    process(timedelta(minutes=11))
    with arazzo.Runner(**settings(server)) as runner:
        results = [runner.run(str(WHOAMI)) for _ in range(3)]
    assert {result.status for result in results} == {"completed"}
    assert len(set(tokens(server))) == 3


def signature() -> Signature:
    def make() -> SigV4Signer:
        return SigV4Signer(AwsCredentials("AKID", "secret", "token"), "sts", "us-east-1")

    made = Signature(make)
    made.prepare()
    return made


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (200, (), {"__type": "RequestExpired"}),
        (400, (), {"__type": "ValidationException"}),
        (400, (), "no error"),
        (403, (), {"__type": "RequestTimeTooSkewed"}),
        (403, (("Date", "yesterday"),), {"__type": "RequestTimeTooSkewed"}),
        (403, (("Date", "Thu, 01 Jan 1970 00:00:00"),), {"__type": "SignatureDoesNotMatch"}),
    ],
)
def test_answers_that_teach_nothing(status: int, headers: Any, body: Any) -> None:
    signed = signature()
    sent = signed.apply(Request("POST", "https://sts.amazonaws.com/"))
    assert signed.answered(sent, Response(status, headers, body)) is False


def test_permanent_credentials_do_not_expire() -> None:
    made = Signature(lambda: SigV4Signer(AwsCredentials("AKID", "secret"), "sts", "us-east-1"))
    made.prepare()
    sent = made.apply(Request("POST", "https://sts.amazonaws.com/"))
    body: Any = {"__type": "ExpiredToken"}
    assert made.answered(sent, Response(403, (), body)) is False
    assert (
        made.answered(Request("GET", "/"), Response(403, (), {"__type": "RequestExpired"})) is False
    )


def test_the_corrected_time_outlives_a_renewal() -> None:
    signed = signature()
    sent = signed.apply(Request("POST", "https://sts.amazonaws.com/"))
    ahead = format_datetime(datetime.now(UTC) + timedelta(hours=5), usegmt=True)
    skewed: Any = {"__type": "InvalidSignatureException"}
    assert signed.answered(sent, Response(403, (("Date", ahead),), skewed))
    expired: Any = {"__type": min(EXPIRED_CODES)}
    assert signed.answered(sent, Response(403, (), expired))
    assert not signed.ready()
    again = signed.apply(Request("POST", "https://sts.amazonaws.com/"))
    at = datetime.strptime(header(again.headers, "x-amz-date") or "", "%Y%m%dT%H%M%SZ")
    assert at.replace(tzinfo=UTC) - datetime.now(UTC) > timedelta(hours=4)


def test_credentials_that_cannot_be_renewed(
    server: Server, process: Callable[[timedelta], None], tmp_path: Path
) -> None:
    process(timedelta(hours=1))

    def rule(_: Any) -> tuple[int, str]:
        (tmp_path / "keys.py").write_text("raise SystemExit('no more')")
        return 403, ERROR.format("ExpiredToken")

    server.rule = rule
    with arazzo.Runner(**settings(server)) as runner:
        result = runner.run(str(WHOAMI))
    assert result.status == "failed"
    assert any("cannot be used" in warning.message for warning in result.warnings)
    assert json.dumps([w.message for w in result.warnings]).count("secret-1") == 0


def test_nothing_to_sign_with() -> None:
    def make() -> SigV4Signer:
        raise CredentialsError("nothing")

    with pytest.raises(CredentialsError, match="nothing"):
        Signature(make).prepare()
