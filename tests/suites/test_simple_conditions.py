"""swaggerexpert/arazzo-criterion: 120 cases of simple conditions, unchanged."""

from __future__ import annotations

import json
from functools import reduce
from typing import Any

import pytest

from arazzo_runner.criteria.simple import compile_simple, parse_condition
from arazzo_runner.criteria.simple_nodes import Comparison, Literal, Logical, Node, Not, Reference
from arazzo_runner.errors import SyntaxFault
from arazzo_runner.expressions import Accessed, Expression, Scope
from arazzo_runner.values import Response
from tests.suites import test_runtime_expressions
from tests.support.paths import SHARED, require

_FILE = SHARED / "suites" / "swaggerexpert-arazzo-criterion" / "cases.json"
CASES = json.loads(require(_FILE).read_text(encoding="utf-8"))

_CONTEXT = CASES["context"]
SCOPE = Scope(
    inputs={
        text.removeprefix("$inputs."): value
        for text, value in _CONTEXT.items()
        if text.startswith("$inputs.")
    },
    response=Response(_CONTEXT["$statusCode"], body=_CONTEXT["$response.body"]),
)

_VALUE_TYPES = {str: "string", bool: "boolean", type(None): "null", int: "number", float: "number"}


def reference_tree(expression: Expression) -> dict[str, Any]:
    if isinstance(expression, Accessed):
        accessors = [
            {"type": "IndexAccess", "value": key}
            if isinstance(key, int)
            else {"type": "MemberAccess", "name": key}
            for key in expression.path
        ]
        return {
            "type": "RuntimeExpressionNavigation",
            "expression": reference_tree(expression.expression),
            "navigation": accessors,
        }
    tree = test_runtime_expressions.tree(expression)
    return {"type": "RuntimeExpression", "text": expression.text, "expression": tree}


def binary_tree(kind: str, operator: str, left: Any, right: Any) -> dict[str, Any]:
    return {"type": kind, "operator": operator, "left": left, "right": right}


def tree(node: Node) -> dict[str, Any]:
    """The condition as the suite writes it."""
    match node:
        case Literal(value):
            return {"type": "Literal", "valueType": _VALUE_TYPES[type(value)], "value": value}
        case Reference(expression):
            return reference_tree(expression)
        case Not(operand):
            return {"type": "UnaryExpression", "operator": "!", "argument": tree(operand)}
        case Comparison(operator, left, right):
            return binary_tree("BinaryExpression", operator, tree(left), tree(right))
        case Logical(operator, operands):
            return reduce(
                lambda left, right: binary_tree("LogicalExpression", operator, left, right),
                map(tree, operands),
            )


def test_the_suite_is_whole() -> None:
    counts = {kind: len(CASES[kind]) for kind in ("valid", "invalid", "ast", "evaluate")}
    assert counts == {"valid": 41, "invalid": 9, "ast": 41, "evaluate": 29}


@pytest.mark.requirement("CR-05", "CR-06", "CR-11", "A-01")
@pytest.mark.parametrize("text", CASES["valid"])
def test_valid(text: str) -> None:
    assert parse_condition(str(parse_condition(text))) == parse_condition(text)


@pytest.mark.requirement("CR-06", "CR-12")
@pytest.mark.parametrize("text", CASES["invalid"])
def test_invalid(text: str) -> None:
    with pytest.raises(SyntaxFault):
        parse_condition(text)
    with pytest.raises(SyntaxFault):
        compile_simple(text)


@pytest.mark.requirement("CR-12")
@pytest.mark.parametrize(("text", "expected"), CASES["ast"].items())
def test_ast(text: str, expected: dict[str, Any]) -> None:
    assert tree(parse_condition(text)) == expected


@pytest.mark.requirement("CR-07", "CR-08", "CR-09", "CR-10", "A-11", "A-21")
@pytest.mark.parametrize("case", CASES["evaluate"], ids=lambda case: case["condition"])
def test_evaluate(case: dict[str, Any]) -> None:
    condition = compile_simple(case["condition"])
    verdict = condition.evaluate(SCOPE)
    assert verdict.passed is case["expected"]
    assert verdict.error is None
    assert condition.tolerances == ()
