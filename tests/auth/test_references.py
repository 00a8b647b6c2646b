"""References to secrets, with real files, commands and a keyring of the library's own kind."""

from __future__ import annotations

import builtins
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError

from arazzo_runner.auth import references
from arazzo_runner.auth.references import describe_reference, is_literal, read_reference
from arazzo_runner.errors import CredentialsError
from arazzo_runner.values import Redactor

PYTHON = shlex.quote(sys.executable)


def read(text: str, **environ: str) -> str:
    redactor = Redactor()
    value = read_reference(text, redactor=redactor, environ=environ)
    assert redactor.text(f"<{value}>") == "<•••>"
    return value


class FakeKeyring(KeyringBackend):
    priority = 1  # type: ignore[assignment]

    def __init__(self, entries: dict[tuple[str, str], str]) -> None:
        self.entries = entries

    def get_password(self, service: str, username: str) -> str | None:
        if service == "locked":
            raise KeyringError("it is locked")
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password


@pytest.fixture
def entries() -> Iterator[dict[tuple[str, str], str]]:
    before = keyring.get_keyring()
    found: dict[tuple[str, str], str] = {}
    keyring.set_keyring(FakeKeyring(found))
    yield found
    keyring.set_keyring(before)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("with:colon", "with:colon"),
        ("https://h/x", "https://h/x"),
        ("literal:env:NAME", "env:NAME"),
        ("env:NAME", "from the environment"),
    ],
)
def test_values(text: str, value: str) -> None:
    assert read(text, NAME="from the environment") == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"secret", "secret"),
        (b"secret\n", "secret"),
        (b"secret\r\n", "secret"),
        (b"secret\n\n", "secret\n"),
        (b"\xef\xbb\xbfsecret", "secret"),
        ("ünïcode".encode(), "ünïcode"),
    ],
)
def test_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raw: bytes, value: str) -> None:
    (tmp_path / "secret").write_bytes(raw)
    assert read(f"file:{tmp_path}/secret") == value
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read("file:~/secret") == value


def test_commands(tmp_path: Path) -> None:
    assert read(f"cmd:{PYTHON} -c 'print(\"from a command\")'") == "from a command"
    code = "import os; print(os.environ['GIVEN'])"
    assert read(f"cmd:{PYTHON} -c {shlex.quote(code)}", GIVEN="by us") == "by us"
    (tmp_path / "secret").write_text("piped\n")
    assert read(f"cmd:sh -c 'cat {tmp_path}/secret | tr p P'", PATH="/usr/bin:/bin") == "PiPed"


def test_keyring(entries: dict[tuple[str, str], str]) -> None:
    entries["arazzo", "pets"] = "from the keyring"
    entries["other", "a/b"] = "from another"
    assert read("keyring:pets") == "from the keyring"
    assert read("keyring:other/a/b") == "from another"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("env:NAME", "variable 'NAME' is not set", "--env-file"),
        ("env:", "variable '' is not set", None),
        ("env:EMPTY", "the environment variable 'EMPTY' is empty", None),
        ("literal:", "a value given is empty", None),
        ("file:/not/there", "'/not/there': No such file", None),
        ("file:/", "'/': Is a directory", None),
        ("file:a\0b", "null", None),
        ("cmd:", "names no command", None),
        ("cmd:a 'b", "the command 'a' cannot be read: no closing quotation", None),
        ("cmd:not-there-at-all x", "'not-there-at-all' cannot be run: No such file", None),
        (f"cmd:{PYTHON} -c 'exit(3)'", "ended with exit code 3(?!:)", "by itself"),
        (f"cmd:{PYTHON} -c 'exit(\"first\\nlast\")'", "exit code 1(?!:)", "by itself"),
        (f"cmd:{PYTHON} -c 1", "is empty", None),
        ("keyring:pets", "no entry 'pets' of the service 'arazzo'", "keyring set arazzo pets"),
        ("keyring:locked/x", "cannot be used: it is locked", None),
    ],
)
def test_nothing_there(
    entries: dict[tuple[str, str], str], text: str, message: str, hint: str | None
) -> None:
    with pytest.raises(CredentialsError, match=message) as error:
        read(text, EMPTY="")
    assert (hint or "") in (error.value.hint or "")


@pytest.mark.parametrize(
    ("raw", "message"), [(b"\xff\xfe\xff", "not UTF-8"), (b"x" * (2**20 + 1), "more than 1 MiB")]
)
def test_files_that_are_no_secret(tmp_path: Path, raw: bytes, message: str) -> None:
    (tmp_path / "file").write_bytes(raw)
    with pytest.raises(CredentialsError, match=message):
        read(f"file:{tmp_path}/file")


def test_a_command_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "_COMMAND_SECONDS", 0.1)
    with pytest.raises(CredentialsError, match=r"took longer than 0\.1 s"):
        read(f"cmd:{PYTHON} -c 'import time; time.sleep(60)'")


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def importing(name: str, *rest: Any) -> Any:
        if name == "keyring":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", importing)
    with pytest.raises(CredentialsError, match="needs the library keyring") as error:
        read("keyring:pets")
    assert error.value.hint == "install it: pip install 'arazzo-workflow-engine[keyring]'"


@pytest.mark.parametrize(
    ("text", "described"),
    [
        ("s3cret", "a value given"),
        ("literal:s3cret", "a value given"),
        ("env:A", "the environment variable 'A'"),
        ("file:b", "the file 'b'"),
        ("cmd:pass show 's3cret'", "the command 'pass'"),
        ("cmd:", "the command ''"),
        ("keyring:a/b", "the keyring entry 'a/b'"),
    ],
)
def test_described_without_secrets(text: str, described: str) -> None:
    assert describe_reference(text) == described
    assert is_literal(text) == (described == "a value given")


def test_what_is_no_secret_is_not_masked() -> None:
    assert read_reference("alice", redactor=None) == "alice"
