"""Challenges of a server, well-formed and not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arazzo_runner.auth.challenges import Challenge, parse_challenges, parse_parameters

TOKEN = st.text("abcXYZ019-_.~!", min_size=1, max_size=8)
VALUE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("Basic", [("basic", {})]),
        ('Basic realm="a, b"', [("basic", {"realm": "a, b"})]),
        ("Negotiate abc==, Basic", [("negotiate", {}), ("basic", {})]),
        (
            'Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"',
            [
                ("newauth", {"realm": "apps", "type": "1", "title": 'Login to "apps"'}),
                ("basic", {"realm": "simple"}),
            ],
        ),
        ("Digest A = 1 , a=2,, b=3", [("digest", {"a": "1", "b": "3"})]),
        ('Digest a="open', [("digest", {}), ("a", {}), ("open", {})]),
        ("\x00 =;Basic", [("basic", {})]),
    ],
)
def test_challenges(text: str, expected: list[tuple[str, dict[str, str]]]) -> None:
    assert parse_challenges(text) == [Challenge(*pair) for pair in expected]


@given(
    st.lists(st.tuples(TOKEN, st.dictionaries(TOKEN.map(str.lower), VALUE, min_size=1)), max_size=3)
)
def test_what_is_written_is_read(written: list[tuple[str, dict[str, str]]]) -> None:
    def quoted(value: str) -> str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    text = ", ".join(
        f"{scheme} {', '.join(f'{name}={quoted(value)}' for name, value in pairs.items())}"
        for scheme, pairs in written
    )
    assert parse_challenges(text) == [Challenge(s.lower(), pairs) for s, pairs in written]


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    parse_challenges(text)
    parse_parameters(text)


def test_parameters() -> None:
    assert parse_parameters('nextnonce="a,b", qop=auth, qop=x') == {
        "nextnonce": "a,b",
        "qop": "auth",
    }
