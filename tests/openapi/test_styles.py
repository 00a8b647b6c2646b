"""What the style tables leave open: types of values, encoding, nesting."""

from __future__ import annotations

from typing import Any

import pytest

from arazzo_runner.openapi import BindingError, serialize
from arazzo_runner.openapi.styles import deep_pairs
from arazzo_runner.values import ABSENT


def query(value: Any, **more: Any) -> str:
    return serialize("q", value, **{"style": "form", **more})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", "q="),
        ("a b", "q=a%20b"),
        ("ä/?&=+%", "q=%C3%A4%2F%3F%26%3D%2B%25"),
        ("A-._~9", "q=A-._~9"),
        (True, "q=true"),
        (False, "q=false"),
        (0, "q=0"),
        (-5, "q=-5"),
        (1.5, "q=1.5"),
        (5.0, "q=5"),
        (1e300, "q=1e%2B300"),
        (None, "q="),
        (ABSENT, "q="),
        ([], ""),
        ({}, ""),
        ([None], ""),
        ([1, None, True, ABSENT], "q=1&q=true"),
        ({"a": None, "b": 1, "c": ABSENT}, "b=1"),
        ([{"a": 1}, [2]], "q=%7B%22a%22%3A1%7D&q=%5B2%5D"),
    ],
)
def test_values_in_a_query(value: Any, text: str) -> None:
    assert query(value) == text


def test_nothing_in_an_empty_array_that_is_joined() -> None:
    for style in ("form", "pipeDelimited", "simple", "label", "matrix"):
        location = "query" if style in ("form", "pipeDelimited") else "path"
        for value in ([], {}):
            assert query(value, style=style, explode=False, location=location) == ""


@pytest.mark.parametrize(
    "value",
    [b"x", [b"x"], {"a": b"x"}, float("nan"), float("inf"), [float("nan")], "\ud800", ["\udfff"],
     [{"a": b"x"}], {"\ud800": 1}, [10**5000]],
)  # fmt: skip
def test_what_cannot_be_sent(value: Any) -> None:
    for style in ("form", "deepObject", "pipeDelimited"):
        with pytest.raises(BindingError):
            query(value, style=style)


def test_deep_values_cannot_be_sent() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    for style in ("form", "deepObject"):
        with pytest.raises(BindingError, match=r"nested too deep|cannot be written"):
            query([deep], style=style)


def test_names_are_encoded_and_kept_in_brackets() -> None:
    assert serialize("a b[]", 1, style="form") == "a%20b%5B%5D=1"
    assert serialize("q", {"a&": "="}, style="form") == "a%26=%3D"
    assert serialize("a b", 1, style="matrix", location="path") == ";a%20b=1"


def test_reserved_characters_stay_when_allowed() -> None:
    reserved = ":/?@!$&'()*+,;="
    assert query(reserved + "%2f%", allow_reserved=True) == f"q={reserved}%2f%25"
    assert query("#[]", allow_reserved=True) == "q=%23%5B%5D"
    assert query("a/b", style="simple", location="path", allow_reserved=True) == "a%2Fb"


def test_headers_are_not_encoded() -> None:
    assert query("a, b/ü", style="simple", location="header") == "a, b/ü"
    assert query(["a b", 2], style="simple", location="header") == "a b,2"
    assert query(["a", 2], style="pipeDelimited", location="header") == "a|2"
    assert query({"a": 1}, style="simple", location="header", explode=True) == "a=1"


def test_cookies_keep_what_a_cookie_may_hold() -> None:
    assert query("a==/+%20", location="cookie") == "q=a==/+%20"
    assert query('a;b,"\\ \r\n', location="cookie") == "q=a%3Bb%2C%22%5C%20%0D%0A"
    assert query([1, 2], location="cookie") == "q=1; q=2"
    assert query([1, 2], location="cookie", explode=False) == "q=1,2"
    assert query({"a": 1, "b": 2}, location="cookie") == "a=1; b=2"


def test_exploded_delimited_styles_are_form() -> None:
    assert query([1, 2], style="pipeDelimited", explode=True) == "q=1&q=2"


def test_deep_objects() -> None:
    value = {"a": {"b": 1, "c": [1, 2]}, "d": [{"e": None}], "f": ABSENT}
    assert query(value, style="deepObject") == "&".join(
        ["q%5Ba%5D%5Bb%5D=1", "q%5Ba%5D%5Bc%5D%5B0%5D=1", "q%5Ba%5D%5Bc%5D%5B1%5D=2",
         "q%5Bd%5D%5B0%5D%5Be%5D="]
    )  # fmt: skip
    assert query("x", style="deepObject") == "q=x"


def test_deep_pairs_may_repeat_the_name() -> None:
    value = {"a": [1, 2], "b": [[1]]}
    assert list(deep_pairs("q", value, numbered=False)) == [
        ("q[a]", 1),
        ("q[a]", 2),
        ("q[b][0]", 1),
    ]
