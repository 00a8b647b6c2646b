"""Where credentials come from, and what is said when there are none."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from arazzo_runner.auth import (
    AwsCredentials,
    AwsSettings,
    SigningPlan,
    aws_signer,
    find_aws_credentials,
    find_aws_region,
)
from arazzo_runner.errors import CredentialsError
from arazzo_runner.values import MASK, Redactor, Request, header

SECRET = "a-secret-of-the-tests"
TOKEN = "a-token-of-the-tests"


@pytest.fixture(autouse=True)
def nothing_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No AWS settings but those of the test; the configuration file's path."""
    import os

    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path / "config"


def keys(source: object) -> tuple[str, str, str | None]:
    frozen = source.get_frozen_credentials()  # type: ignore[attr-defined]
    return frozen.access_key, frozen.secret_key, frozen.token


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    redactor = Redactor()
    assert keys(find_aws_credentials(redactor=redactor)) == ("AKIDENV", SECRET, TOKEN)
    assert redactor.text(f"{SECRET} {TOKEN}") == f"{MASK} {MASK}"


def test_a_given_profile_wins_over_the_environment(
    nothing_configured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    nothing_configured.write_text(
        "[profile work]\naws_access_key_id = AKIDWORK\naws_secret_access_key = work-secret\n"
    )
    assert keys(find_aws_credentials(profile="work"))[0] == "AKIDWORK"
    assert keys(find_aws_credentials())[0] == "AKIDENV"


def test_from_the_shared_file_by_aws_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "credentials").write_text(
        "[other]\naws_access_key_id = AKIDOTHER\naws_secret_access_key = other-secret\n"
    )
    monkeypatch.setenv("AWS_PROFILE", "other")
    assert keys(find_aws_credentials())[0] == "AKIDOTHER"


def test_nothing_configured_says_how_to_give_them() -> None:
    with pytest.raises(CredentialsError) as caught:
        find_aws_credentials()
    text = str(caught.value)
    for way in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "--aws-profile", "--no-sign"):
        assert way in text
    assert caught.value.exit_code == 2


def test_a_profile_without_credentials_is_named(nothing_configured: Path) -> None:
    nothing_configured.write_text("[profile empty]\nregion = eu-west-1\n")
    with pytest.raises(CredentialsError, match="'empty' has no AWS credentials"):
        find_aws_credentials(profile="empty")


@pytest.mark.parametrize(
    ("wanted", "hint"), [("porduction", "did you mean 'production'"), ("zzz", "known profiles: ")]
)
def test_an_unknown_profile(nothing_configured: Path, wanted: str, hint: str) -> None:
    nothing_configured.write_text("[profile production]\nregion = eu-west-1\n")
    for find in (find_aws_credentials, find_aws_region):
        with pytest.raises(CredentialsError, match=f"no AWS profile '{wanted}'.*{hint}"):
            find(profile=wanted)


def test_an_unknown_profile_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "gone")
    with pytest.raises(CredentialsError, match=r"'gone'.*no profile is configured"):
        find_aws_credentials()


def test_half_of_the_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDENV")
    with pytest.raises(CredentialsError, match="cannot be used"):
        find_aws_credentials()


def test_a_broken_configuration_file(nothing_configured: Path) -> None:
    nothing_configured.write_text("not an ini file\n")
    with pytest.raises(CredentialsError, match="cannot be used"):
        find_aws_credentials()


@pytest.mark.parametrize("code", ["import sys; sys.exit(3)", "print('not JSON')", "print('{}')"])
def test_a_failing_credential_process(nothing_configured: Path, tmp_path: Path, code: str) -> None:
    script = tmp_path / "process.py"
    script.write_text(code)
    nothing_configured.write_text(f"[default]\ncredential_process = {sys.executable} {script}\n")
    with pytest.raises(CredentialsError, match="cannot be used"):
        find_aws_credentials()


def test_an_expired_sso_login(nothing_configured: Path) -> None:
    nothing_configured.write_text(
        "[default]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = R\n"
        "[sso-session s]\nsso_region = us-east-1\nsso_start_url = https://example.invalid/start\n"
    )
    with pytest.raises(CredentialsError, match="aws sso login"):
        find_aws_credentials(region="us-east-1")


def test_instance_metadata_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def answer(self: object) -> dict[str, object]:
        asked.append(True)
        return {}

    monkeypatch.setattr(
        "botocore.utils.InstanceMetadataFetcher.retrieve_iam_role_credentials", answer
    )
    for allowed in (False, True):
        with pytest.raises(CredentialsError):
            find_aws_credentials(instance_metadata=allowed)
    assert asked == [True]


class _Container(BaseHTTPRequestHandler):
    """The credentials endpoint of a container: a new secret each time, expired at once."""

    served = 0

    def do_GET(self) -> None:
        type(self).served += 1
        body = json.dumps(
            {
                "AccessKeyId": f"ASIA{self.served}",
                "SecretAccessKey": f"{SECRET}-{self.served}",
                "Token": f"{TOKEN}-{self.served}",
                "Expiration": (datetime.now(UTC) + timedelta(seconds=5)).isoformat(),
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def container(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    _Container.served = 0
    server = HTTPServer(("127.0.0.1", 0), _Container)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv(
        "AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://127.0.0.1:{server.server_port}/"
    )
    yield
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.usefixtures("container")
def test_expiring_credentials_are_renewed_redacted_and_never_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    redactor = Redactor()
    signer = aws_signer(SigningPlan("ec2", "us-east-1"), AwsSettings(), redactor=redactor)
    request = Request("GET", "https://ec2.us-east-1.amazonaws.com/")
    tokens = {header(signer.sign(request).headers, "X-Amz-Security-Token") for _ in range(2)}
    assert len(tokens) == 2
    for token in tokens:
        secret = str(token).replace(TOKEN, SECRET)
        assert redactor.text(f"{secret} {token}") == f"{MASK} {MASK}"
    assert SECRET not in caplog.text
    assert TOKEN not in caplog.text


def test_other_users_of_botocore_keep_their_debug_messages(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    find_aws_credentials()
    caplog.set_level(logging.DEBUG)
    logging.getLogger("botocore.parsers").debug("theirs")
    assert "theirs" in caplog.text


def test_a_programming_error_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("botocore.credentials.CredentialResolver.load_credentials", fails)
    with pytest.raises(ZeroDivisionError):
        find_aws_credentials()


def test_given_credentials_are_their_own_source() -> None:
    given = AwsCredentials("AKID", SECRET)
    assert given.get_frozen_credentials() is given


def test_region_of_the_environment_then_of_the_profile(
    nothing_configured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_aws_region() is None
    nothing_configured.write_text(
        "[default]\nregion = eu-west-1\n[profile b]\nregion = eu-west-2\n"
    )
    assert find_aws_region() == "eu-west-1"
    assert find_aws_region("b") == "eu-west-2"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-1")
    assert find_aws_region() == "us-west-1"
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    assert find_aws_region() == "us-west-2"
    assert find_aws_region(environ={"AWS_REGION": "x"}) == "x"
