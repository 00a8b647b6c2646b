"""The cases of expressions and conditions, through the validator: what is well-formed gives no
finding of syntax, what is not gives one."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from arazzo_runner.reading import Loader
from arazzo_runner.validation import ValidationSettings, Validator
from tests.support.paths import SHARED, require


def _cases(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(
        require(SHARED / "suites" / name / "cases.json").read_text(encoding="utf-8")
    )
    return data


EXPRESSIONS: Final = _cases("swaggerexpert-arazzo-runtime-expression")
CONDITIONS: Final = _cases("swaggerexpert-arazzo-criterion")
SYNTAX: Final = frozenset(
    {
        "criterion-condition", "criterion-simple-syntax", "expression-case", "expression-dots",
        "expression-embedded", "expression-headers-plural", "expression-index",
        "expression-json-pointer", "expression-literal-like", "expression-syntax",
        "name-outside-grammar", "pointer-slash", "simple-braced", "simple-context-literal",
        "simple-double-quotes", "simple-length", "simple-unquoted-string", "step-outputs-value",
        "steps-without-outputs", "template-unbraced",
    }
)  # fmt: skip


def rules(step: dict[str, Any]) -> set[str]:
    """The rules about syntax that a step breaks."""
    document = {
        "arazzo": "1.1.0",
        "info": {"title": "Case", "version": "1.0.0"},
        "sourceDescriptions": [{"name": "api", "url": "api.yaml", "type": "openapi"}],
        "workflows": [{"workflowId": "w", "steps": [{"stepId": "s", "operationId": "o", **step}]}],
    }
    validator = Validator(Loader(), ValidationSettings(sources="none"))
    findings = validator.validate_text(json.dumps(document).encode(), "https://example.com/x.json")
    return {finding.rule for finding in findings} & SYNTAX


def output(text: str) -> set[str]:
    return rules({"outputs": {"o": text}})


def condition(text: str) -> set[str]:
    return rules({"successCriteria": [{"condition": text}]})


@pytest.mark.parametrize("text", EXPRESSIONS["valid"])
def test_well_formed_expressions(text: str) -> None:
    # A name that is not declared may be a declared one with members: nothing is here.
    assert output(text) <= {"expression-dots"} if ".outputs." in text else not output(text)


@pytest.mark.parametrize("text", EXPRESSIONS["invalid"])
def test_expressions_that_are_none(text: str) -> None:
    assert output(text)


@pytest.mark.parametrize("text", CONDITIONS["valid"])
def test_well_formed_conditions(text: str) -> None:
    assert not condition(text)


@pytest.mark.parametrize("text", CONDITIONS["invalid"])
def test_conditions_that_are_none(text: str) -> None:
    assert condition(text)
