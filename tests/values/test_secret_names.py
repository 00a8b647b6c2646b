"""Names of secrets, and what is secret in a header."""

from __future__ import annotations

import base64

import pytest

from arazzo_runner.values.secret_names import (
    DEFAULT_NAMES,
    header_secrets,
    is_telling,
    url_password,
)


@pytest.mark.parametrize("name", ["access_token", "accessToken", "Access-Token", "ACCESSTOKEN"])
def test_one_name_in_many_spellings(name: str) -> None:
    assert DEFAULT_NAMES.has_field(name)
    assert not DEFAULT_NAMES.changed((), [f"-{name}"]).has_field("access_token")


def test_names_are_added_and_taken_away() -> None:
    names = DEFAULT_NAMES.changed(["X-Mine"], ["-*", "pin"])
    assert names.has_header("x-mine")
    assert names.has_header("Set-Cookie")
    assert names.has_field("PIN")
    assert not names.has_field("password")
    assert not DEFAULT_NAMES.has_field("next_token")
    assert DEFAULT_NAMES.changed(["-authorization"], ()).headers < DEFAULT_NAMES.headers


@pytest.mark.parametrize(
    ("name", "value", "secrets"),
    [
        ("X-Key", "abc", ["abc"]),
        ("Authorization", "Bearer abc", ["Bearer abc", "abc"]),
        ("Cookie", 'a=1; b="x=y"', ["1", "x=y"]),
        ("set-cookie", "a=1; Path=/", ["1"]),
        ("Authorization", "Basic !", ["Basic !", "!"]),
    ],
)
def test_secrets_of_a_header(name: str, value: str, secrets: list[str]) -> None:
    assert list(header_secrets(name, value)) == secrets


def test_the_password_of_basic() -> None:
    encoded = base64.b64encode(b"me:pa:ss").decode()
    assert list(header_secrets("X", f"basic {encoded}"))[2:] == ["me:pa:ss", "pa:ss"]


def test_telling_names() -> None:
    assert is_telling("X-Shop-Key")
    assert not is_telling("Accept")


@pytest.mark.parametrize(
    ("url", "passwords"),
    [
        ("http://u:p%40w@h:1", ["p%40w", "p@w"]),
        ("u:pw@h:1", ["pw", "pw"]),
        ("http://h", []),
        ("http://[", []),
        ("", []),
    ],
)
def test_passwords_of_urls(url: str, passwords: list[str]) -> None:
    assert list(url_password(url)) == passwords
