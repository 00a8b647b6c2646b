"""Rules about runtime expressions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from arazzo_runner.errors import SyntaxFault
from arazzo_runner.expressions import (
    BodyReference,
    MessageExpression,
    MethodExpression,
    PathReference,
    PayloadReference,
    QueryReference,
    RequestExpression,
    ResponseExpression,
    StatusCodeExpression,
    UrlExpression,
    parse_prefix,
)
from arazzo_runner.validation.definition import Rule, rule
from arazzo_runner.validation.findings import Fix, Problem, ReplaceValue
from arazzo_runner.validation.parts import Text


def _output(text: str) -> str:
    return f"steps:\n- stepId: list\n  operationId: listPets\n  outputs:\n    found: {text}\n"


def _parameter(text: str) -> str:
    return (
        "inputs: {type: object, properties: {status: {type: string}}}\n"
        "steps:\n- stepId: list\n  operationId: listPets\n  parameters:\n"
        f"  - {{name: status, in: query, value: {text}}}\n"
    )


expression_syntax = Rule(
    "expression-syntax",
    "error",
    "A runtime expression cannot be read.",
    """The text begins like a runtime expression and does not follow the grammar of the
    specification, so that it is taken for a literal and sent as it stands.""",
    wrong=_output("$response.bodi"),
    right=_output("$response.body"),
    requirement="EX-01",
)

expression_json_pointer = Rule(
    "expression-json-pointer",
    "error",
    "The JSON Pointer of an expression cannot be read.",
    "A JSON Pointer begins with `/`; `~` is written `~0` and a slash in a name `~1`.",
    wrong=_output("$response.body#/a~b"),
    right=_output("$response.body#/0/id"),
    requirement="EX-08",
)

expression_case = Rule(
    "expression-case",
    "error",
    "The name of an expression is in the wrong case.",
    "The names of expressions are case-sensitive: `$statusCode`, `$response`, `$inputs`.",
    wrong=_output("$statuscode"),
    right=_output("$statusCode"),
    requirement="EX-10, A-49",
    fixable=True,
)


@rule(
    "expression-embedded",
    on="Text",
    severity="error",
    summary="An embedded expression cannot be read.",
    explanation="""`{$…}` in a text embeds an expression. One that cannot be read, or whose brace is
    not closed, stays as it stands, braces and all.""",
    wrong=_parameter("'is {$input.status}'"),
    right=_parameter("'is {$inputs.status}'"),
    requirement="EX-07, A-02",
)
def expression_embedded(text: Text) -> Iterator[Problem]:
    """The open braces; the linker reports what is in closed ones."""
    at = text.data.rfind("{$")
    if at < 0 or "}" in text.data[at:] or text.role == "condition":
        return
    try:
        _, end = parse_prefix(text.data, at + 1)
    except SyntaxFault:
        return  # no expression: braces may stand in any text
    yield text.inside("'}' is missing", at, end - at, hint="close the brace after the expression")


expression_literal_like = Rule(
    "expression-literal-like",
    "hint",
    "A text begins with '$' and is not an expression.",
    "It is sent as it stands. There is no escape for a literal that looks like an expression.",
    wrong=_parameter("$100"),
    right=_parameter("100 dollars"),
    requirement="EXR-13, A-59",
)

_ANSWER: Final = (ResponseExpression, StatusCodeExpression, MessageExpression)
_OWN: Final = (RequestExpression, UrlExpression, MethodExpression)


@rule(
    "expression-context",
    on="Text",
    severity="error",
    summary="An expression reads an answer or request where there is none.",
    explanation="""`$response`, `$statusCode`, `$message`, `$request`, `$url` and `$method` are
    of the step that is running: in its criteria, outputs and actions. Its parameters and body
    are made before anything is sent, and a workflow's outputs belong to no step. Declare an
    output of the step and refer to that.""",
    wrong="""
    steps: [{stepId: list, operationId: listPets}]
    outputs: {pets: $response.body}
    """,
    right="""
    steps: [{stepId: list, operationId: listPets, outputs: {pets: $response.body}}]
    outputs: {pets: $steps.list.outputs.pets}
    """,
    requirement="EXR-14",
)
def expression_context(text: Text) -> Iterator[Problem]:
    where = _without_answer(text)
    if where is None:
        return
    for found in text.references:
        if isinstance(found.plain, (*_ANSWER, *_OWN)):
            yield text.inside(
                f"{text.data[found.offset : found.offset + found.length]} has no value {where}",
                found.offset,
                found.length,
                hint="read an output of a step: $steps.<stepId>.outputs.<name>",
            )


def _without_answer(text: Text) -> str | None:
    """Where the text is, when no step has been sent there."""
    if text.enclosing("SuccessAction", "FailureAction") is not None or text.in_components:
        return None
    if text.role in ("output", "context"):
        workflow = text.enclosing("Step") is None
        return "in the outputs of a workflow" if workflow else None
    if text.role in ("parameter", "payload", "replacement", "reusable"):
        return "before the step is sent"
    return None


@rule(
    "expression-source-rule",
    on="Text",
    severity="warning",
    summary="An expression combines parts that the grammar allows and nothing has.",
    explanation="""The grammar shares one rule for requests, responses and messages, so it lets a
    response have a query and a message a body. An HTTP request and response have `body` (not
    `payload`), only requests have `query` and `path`, and a message has `header` and `payload`.""",
    wrong=_output("$response.query.status"),
    right=_output("$request.query.status"),
    requirement="EX-02, A-06",
)
def expression_source_rule(text: Text) -> Iterator[Problem]:
    for found in text.references:
        expression = found.plain
        if isinstance(expression, ResponseExpression):
            odd = isinstance(expression.source, QueryReference | PathReference | PayloadReference)
        elif isinstance(expression, RequestExpression):
            odd = isinstance(expression.source, PayloadReference)
        elif isinstance(expression, MessageExpression):
            odd = isinstance(expression.source, QueryReference | PathReference | BodyReference)
        else:
            continue
        if odd:
            written = text.data[found.offset : found.offset + found.length]
            yield text.inside(f"{written} is never there", found.offset, found.length)


@rule(
    "expression-braced-typed",
    on="Text",
    severity="hint",
    summary="A value is one expression in braces, which makes a string of it.",
    explanation="""`'{$inputs.limit}'` embeds the input in a text: the result is a string,
    whatever the type of the input. Without braces and quotes the value keeps its type.""",
    wrong=_parameter("'{$inputs.status}'"),
    right=_parameter("$inputs.status"),
    requirement="EXR-03, A-51",
)
def expression_braced_typed(text: Text) -> Iterator[Problem]:
    data = text.data
    if (
        text.role in ("parameter", "payload", "output", "replacement", "reusable")
        and data[:2] == "{$"
        and data.find("}") == len(data) - 1
        and text.references
    ):
        fix = Fix("remove the braces", (ReplaceValue(text.pointer, data[1:-1]),))
        yield text.problem(
            f"'{data}' is always a string",
            hint=f"write {data[1:-1]} to keep the type",
        )._replace(fix=fix if text.role == "output" else None)
