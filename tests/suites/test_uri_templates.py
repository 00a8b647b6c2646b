"""uritemplate-test (RFC 6570), the cases of the operators that OpenAPI's styles are defined by.

``{x}`` is simple, ``{.x}`` label, ``{;x}`` matrix, ``{?x}`` and ``{&x}`` form, ``{+x}`` is
``allowReserved``; ``*`` is ``explode``. OpenAPI has nothing for ``{/x}``, ``{#x}`` and ``{x:3}``.
An expression of several variables is several parameters. Literals are no part of a parameter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest

from arazzo_runner.openapi import serialize
from tests.support.paths import SHARED, require

FOLDER = require(SHARED / "suites/uritemplate-test")
FILES = ("spec-examples.json", "spec-examples-by-section.json", "extended-tests.json")
EXPRESSION = re.compile(r"\{([+#./;?&]?)([^{}]*)\}")
# operator: style, location, allowReserved, text before the first, text between
OPERATORS: dict[str, tuple[str, str, bool, str, str]] = {
    "": ("simple", "path", False, "", ","),
    "+": ("simple", "query", True, "", ","),
    ".": ("label", "path", False, "", ""),
    ";": ("matrix", "path", False, "", ""),
    "?": ("form", "query", False, "?", "&"),
    "&": ("form", "query", False, "&", "&"),
}


def _cases() -> Iterator[Any]:
    for file in FILES:
        for section, content in json.loads((FOLDER / file).read_text(encoding="utf-8")).items():
            for template, expected in content["testcases"]:
                expressions = EXPRESSION.findall(template)
                if expected is False or not expressions or not template.isascii():
                    continue
                if any(op not in OPERATORS or ":" in names for op, names in expressions):
                    continue
                wanted = [expected] if isinstance(expected, str) else expected
                yield pytest.param(
                    template, content["variables"], wanted, id=f"{section}-{template}"
                )


CASES = list(_cases())


def _expand(template: str, variables: dict[str, Any]) -> str:
    def expression(match: re.Match[str]) -> str:
        style, location, reserved, first, between = OPERATORS[match[1]]
        texts = []
        for written in match[2].split(","):
            variable = written.removesuffix("*")
            value = variables.get(variable)
            if value is None:
                continue  # a parameter without a value is not sent at all
            text = serialize(
                unquote(variable),  # a variable's name may be encoded, a parameter's is not
                value,
                location=location,
                style=style,
                explode=written.endswith("*"),
                allow_reserved=reserved,
            )
            if text or value == "":
                texts.append(text)
        return first + between.join(texts) if texts else ""

    return EXPRESSION.sub(expression, template)


def test_most_of_the_suite_is_used() -> None:
    assert len(CASES) == 151


@pytest.mark.requirement("PAR-14")
@pytest.mark.parametrize(("template", "variables", "expected"), CASES)
def test_expansion(template: str, variables: dict[str, Any], expected: list[str]) -> None:
    assert _expand(template, variables) in expected
