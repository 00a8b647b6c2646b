"""JSON Pointer beyond the examples of RFC 6901."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arazzo_runner.errors import SyntaxFault
from arazzo_runner.values import (
    ABSENT,
    format_pointer,
    parse_fragment,
    parse_pointer,
    resolve_pointer,
)
from tests.values.test_json_values import json_data


@given(st.lists(st.text()))
def test_tokens_survive(tokens):
    assert parse_pointer(format_pointer(tokens)) == tuple(tokens)


@given(json_data, st.text())
def test_any_pointer_reads_or_is_faulty(value, text):
    try:
        tokens = parse_pointer(text)
    except SyntaxFault as fault:
        assert 0 <= fault.offset < len(text)  # noqa: PT017
    else:
        resolve_pointer(value, tokens)


@pytest.mark.parametrize(
    ("text", "offset", "hint"),
    [
        ("a/b", 0, "write '/a/b' for a member"),
        ("/a~", 2, "write '~0' for '~' and '~1' for '/'"),
        ("/a~1/~2", 5, "write '~0' for '~' and '~1' for '/'"),
    ],
)
def test_fault(text, offset, hint):
    with pytest.raises(SyntaxFault) as caught:
        parse_pointer(text)
    assert (caught.value.offset, caught.value.hint) == (offset, hint)


def test_escapes_are_undone_in_the_right_order():
    assert parse_pointer("/~01/~10") == ("~1", "/0")
    assert format_pointer(("~1", "/0", 3)) == "/~01/~10/3"


@pytest.mark.parametrize(
    "token", ["2", "-1", "-", "01", "+1", " 1", "1.0", "", "٣", "9" * 30, "9" * 5000]
)
def test_no_index(token):
    assert resolve_pointer(["a", "b"], (token,)) is ABSENT


@pytest.mark.parametrize("value", [None, 1, "text", b"x", ABSENT, True])
def test_nothing_inside_a_scalar(value):
    assert resolve_pointer(value, ("0",)) is ABSENT
    assert resolve_pointer(value, ()) is value


def test_member():
    assert resolve_pointer({"a": {"": 1}}, ("a", "")) == 1
    assert resolve_pointer({"a": {}}, ("a", "b")) is ABSENT


def test_index():
    assert resolve_pointer(["a", ["b"]], ("1", "0")) == "b"


def test_null_is_there():
    assert resolve_pointer({"a": [None]}, ("a", "0")) is None


def test_fragment():
    assert parse_fragment("#/a%20b/%7E1") == ("a b", "/")
    assert parse_fragment("/a") == ("a",)
    assert parse_fragment("#") == ()
