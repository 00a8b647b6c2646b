"""swaggerexpert/arazzo-runtime-expression: 220 cases, unchanged."""

from __future__ import annotations

import json
from typing import Any

import pytest

from arazzo_runner.errors import SyntaxFault
from arazzo_runner.expressions import (
    BodyReference,
    ComponentsExpression,
    Expression,
    HeaderReference,
    InputsExpression,
    MessageExpression,
    OutputsExpression,
    PathReference,
    PayloadReference,
    QueryReference,
    RequestExpression,
    ResponseExpression,
    Scope,
    SentRequest,
    Source,
    SourceDescriptionsExpression,
    StepsExpression,
    Template,
    WorkflowsExpression,
    WorkflowValues,
    compile_template,
    parse_expression,
    parse_text,
)
from arazzo_runner.values import ABSENT, Response, format_pointer
from tests.support.paths import SHARED, require

_FILE = SHARED / "suites" / "swaggerexpert-arazzo-runtime-expression" / "cases.json"
CASES = json.loads(require(_FILE).read_text(encoding="utf-8"))

# What this engine decides otherwise (SEMANTICS §2): text -> reason.
DEVIATIONS = {
    "{{$url}}": "A-02: every brace that is not of an expression is literal",
    "{$url}}": "A-02: every brace that is not of an expression is literal",
    '{"x":1}-{$inputs.username}': "A-02: literal braces do not stop the substitution",
    "a{$url}b": "A-16: null is embedded as 'null'",
}


def deviating(cases: list[dict[str, Any]]) -> list[Any]:
    """The cases, those that are decided otherwise marked."""
    return [
        pytest.param(case, marks=pytest.mark.xfail(reason=DEVIATIONS[case["template"]]))
        if case["template"] in DEVIATIONS
        else case
        for case in cases
    ]


def pointer_tree(pointer: tuple[str, ...] | None) -> dict[str, Any]:
    if pointer is None:
        return {}
    tokens = [{"type": "ReferenceToken", "value": token} for token in pointer]
    return {
        "jsonPointer": {
            "type": "JsonPointer",
            "value": format_pointer(pointer),
            "referenceTokens": tokens,
        }
    }


def source_tree(source: Source) -> dict[str, Any]:
    reference: dict[str, Any] = {"type": type(source).__name__}
    match source:
        case HeaderReference(name):
            reference["token"] = name.lower()
        case QueryReference(name) | PathReference(name):
            reference["name"] = name
        case BodyReference(pointer) | PayloadReference(pointer):
            reference |= pointer_tree(pointer)
    return {"source": {"type": "Source", "reference": reference}}


def tree(expression: Expression) -> dict[str, Any]:
    """The expression as the suite writes it."""
    node: dict[str, Any] = {"type": type(expression).__name__}
    match expression:
        case RequestExpression(source) | ResponseExpression(source) | MessageExpression(source):
            node |= source_tree(source)
        case InputsExpression(name, pointer) | OutputsExpression(name, pointer):
            node |= {"name": name, **pointer_tree(pointer)}
        case StepsExpression(step_id, name, pointer):
            node |= {"stepId": step_id, "field": "outputs", "outputName": name}
            node |= pointer_tree(pointer)
        case WorkflowsExpression(workflow_id, field, name, pointer):
            node |= {"workflowId": workflow_id, "field": field, "fieldName": name}
            node |= pointer_tree(pointer)
        case SourceDescriptionsExpression(source_name, reference):
            node |= {"sourceName": source_name, "reference": reference}
        case ComponentsExpression(component_type, name):
            node |= {"componentType": component_type, "componentName": name}
    return node


def scope_of(values: dict[str, Any]) -> Scope:
    """A scope in which the expressions have these values."""
    scope = Scope()
    sent: dict[str, Any] = {"method": "GET", "url": "", "body": ABSENT}
    status, inputs, outputs, steps = 0, {}, {}, {}
    for text, value in values.items():
        match parse_expression(text):
            case InputsExpression(name):
                inputs[name] = value
            case OutputsExpression(name):
                outputs[name] = value
            case StepsExpression(step_id, name, pointer):
                steps[step_id] = {name: nested(pointer or (), value)}
            case RequestExpression(BodyReference()):
                sent["body"] = value
            case other if other.text == "$url":
                sent["url"] = value
            case _:
                status = value
    scope.inputs, scope.outputs, scope.steps = inputs, outputs, steps
    scope.workflows = {"unused": WorkflowValues({}, {})}
    scope.request, scope.response = SentRequest(**sent), Response(status)
    return scope


def nested(pointer: tuple[str, ...], value: Any) -> Any:
    for token in reversed(pointer):
        value = [value] if token == "0" else {token: value}
    return value


def test_the_suite_is_whole() -> None:
    counts = {kind: len(CASES[kind]) for kind in CASES if kind != "source"}
    assert counts == {"valid": 83, "invalid": 11, "ast": 68, "extract": 38, "interpolate": 20}


@pytest.mark.requirement("EX-01", "EX-02", "EX-04", "EX-05", "EX-09")
@pytest.mark.parametrize("text", CASES["valid"])
def test_valid(text: str) -> None:
    assert str(parse_expression(text)) == text


@pytest.mark.requirement("EX-07")
@pytest.mark.parametrize("text", CASES["invalid"])
def test_invalid(text: str) -> None:
    with pytest.raises(SyntaxFault):
        parse_expression(text)


@pytest.mark.requirement("EX-06")
@pytest.mark.parametrize(("text", "expected"), CASES["ast"].items())
def test_ast(text: str, expected: dict[str, Any]) -> None:
    assert tree(parse_expression(text)) == expected


@pytest.mark.requirement("A-02")
@pytest.mark.parametrize("case", deviating(CASES["extract"]), ids=lambda case: case["template"])
def test_extract(case: dict[str, Any]) -> None:
    parsed = parse_text(case["template"])
    found = parsed.expressions if isinstance(parsed, Template) else ()
    assert [expression.text for expression in found] == case["expressions"]


@pytest.mark.requirement("EXR-02", "A-02", "A-16", "A-51")
@pytest.mark.parametrize("case", deviating(CASES["interpolate"]), ids=lambda case: case["template"])
def test_interpolate(case: dict[str, Any]) -> None:
    parsed = parse_text(case["template"])
    if isinstance(parsed, Template):
        assert compile_template(parsed)(scope_of(case["values"])) == case["expected"]
    else:
        assert parsed == case["expected"]
