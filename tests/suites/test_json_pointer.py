"""RFC 6901: the examples of sections 4, 5 and 6."""

from __future__ import annotations

import json
from typing import Any

import pytest

from arazzo_runner.errors import SyntaxFault
from arazzo_runner.values import (
    ABSENT,
    format_pointer,
    parse_fragment,
    parse_pointer,
    resolve_pointer,
)
from tests.support.paths import SHARED, require

CASES = json.loads(
    require(SHARED / "suites" / "json-pointer-rfc6901" / "cases.json").read_text(encoding="utf-8")
)
DOCUMENT = CASES["document"]


def test_the_suite_is_whole() -> None:
    kinds = ("pointers", "uri_fragments", "syntax_errors", "evaluation_errors")
    assert [len(CASES[kind]) for kind in kinds] == [12, 12, 4, 6]


@pytest.mark.requirement("EX-08")
@pytest.mark.parametrize(("pointer", "expected"), CASES["pointers"])
def test_pointer(pointer: str, expected: Any) -> None:
    tokens = parse_pointer(pointer)
    assert resolve_pointer(DOCUMENT, tokens) == expected
    assert format_pointer(tokens) == pointer


@pytest.mark.parametrize(("fragment", "expected"), CASES["uri_fragments"])
def test_fragment(fragment: str, expected: Any) -> None:
    assert resolve_pointer(DOCUMENT, parse_fragment(fragment)) == expected


@pytest.mark.parametrize("pointer", CASES["syntax_errors"])
def test_syntax_error(pointer: str) -> None:
    with pytest.raises(SyntaxFault):
        parse_pointer(pointer)


@pytest.mark.requirement("EX-08")
@pytest.mark.parametrize("pointer", CASES["evaluation_errors"])
def test_evaluation_error(pointer: str) -> None:
    assert resolve_pointer(DOCUMENT, parse_pointer(pointer)) is ABSENT
