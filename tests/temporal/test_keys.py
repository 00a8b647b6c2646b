"""Keys: where they are given, how they are written, what a wrong one says."""

from __future__ import annotations

import base64
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arazzo_runner.errors import CredentialsError
from arazzo_runner.temporal.keys import Key, load_keys
from arazzo_runner.values import Redactor

RAW = bytes(range(32))
TEXT = base64.b64encode(RAW).decode()
OTHER = base64.b64encode(bytes(32)).decode()


def keys(value: str) -> tuple[Key, ...]:
    return load_keys("env:KEY", environ={"KEY": value})


def problem(value: str, reference: str = "env:KEY") -> str:
    with pytest.raises(CredentialsError) as caught:
        load_keys(reference, environ={"KEY": value})
    return str(caught.value)


@given(st.binary(min_size=32, max_size=32))
def test_every_way_to_write_a_key_is_the_same_key(raw: bytes) -> None:
    standard, safe = base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()
    ways = [standard, safe, standard.rstrip("="), safe.rstrip("="), raw.hex(), raw.hex().upper()]
    assert {keys(way)[0].id for way in ways} == {Key(raw).id}


def test_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"{TEXT}\n{OTHER}\n")
    assert [key.id for key in load_keys(f"file:{file}")] == [Key(RAW).id, Key(bytes(32)).id]


def test_the_id_is_not_of_the_key_and_all_that_is_shown() -> None:
    (key,) = keys(TEXT)
    assert repr(key) == f"Key({key.id})"
    assert key.id not in RAW.hex()


def test_the_redactor_learns_them() -> None:
    redactor = Redactor()
    load_keys("env:KEY", redactor=redactor, environ={"KEY": f"{TEXT} {OTHER}"})
    assert redactor.text(f"one {TEXT}, two {OTHER}") == "one •••, two •••"


def test_a_key_on_the_command_line_is_refused() -> None:
    said = problem("", reference=TEXT)
    assert "not written on a command line" in said
    assert "env:NAME" in said
    assert TEXT not in said
    assert "not written" in problem("", reference=f"literal:{TEXT}")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("short", "the key in the environment variable 'KEY' is no base64"),
        (TEXT[:20], "is of 15 bytes (a key is 32 random bytes in base64: openssl rand"),
        (f"{TEXT} pass", "key 2 of 2 in the environment variable 'KEY' is of 3 bytes"),
        ("é" * 44, "is no base64"),
        ("  \n ", "the environment variable 'KEY' holds no key"),
        ("", "the environment variable 'KEY' is empty"),
    ],
)
def test_what_is_no_key(value: str, said: str) -> None:
    told = problem(value)
    assert said in told
    assert not value.strip() or value not in told


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers.aead", None)
    assert "pip install 'arazzo-workflow-engine[temporal]'" in problem(TEXT)


@given(st.text(min_size=1, max_size=60))
def test_any_text_is_keys_or_one_error(text: str) -> None:
    with suppress(CredentialsError):
        assert keys(text)
