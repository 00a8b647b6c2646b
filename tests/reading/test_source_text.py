"""Indexes to lines and columns."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arazzo_runner.reading.source_text import SourceText, shorten


@pytest.mark.parametrize(
    ("text", "index", "line", "column", "excerpt"),
    [
        ("", 0, 1, 1, ""),
        ("ab", 2, 1, 3, "ab"),
        ("a\nb\n", 2, 2, 1, "b"),
        ("a\nb\n", 1, 1, 2, "a"),
        ("a\r\nb", 2, 1, 2, "a"),
        ("a\r\nb", 3, 2, 1, "b"),
        ("a\rb", 2, 2, 1, "b"),
        ("a\rb", 1, 1, 2, "a"),
        ("\n\r", 0, 1, 1, ""),
        ("\n\r", 1, 2, 1, ""),
        ("\r\r\n\n", 4, 4, 1, ""),
        ("a\u2028b\nc", 2, 1, 3, "a\u2028b"),
    ],
)
def test_location(text: str, index: int, line: int, column: int, excerpt: str) -> None:
    location = SourceText(text, "f").location(index)
    assert (location.line, location.column, location.excerpt) == (line, column, excerpt)


@given(st.text("ab\r\n", max_size=12), st.integers(0, 12))
def test_lines_as_an_editor_counts_them(text: str, index: int) -> None:
    index = min(index, len(text))
    location = SourceText(text, "f").location(index)
    lines = re.split(r"\r\n|\r|\n", text)
    assert location.excerpt == lines[location.line - 1]
    assert 1 <= location.column <= len(location.excerpt) + 1
    if text[index : index + 1] in {"a", "b"}:
        assert location.excerpt[location.column - 1] == text[index]


def test_shorten() -> None:
    assert shorten("x" * 60) == "x" * 60
    assert shorten("x" * 61) == "x" * 57 + "..."
