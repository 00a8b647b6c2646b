"""Rules about what steps expect of answers, against what the operations declare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from arazzo_runner.criteria.simple_nodes import Comparison, Literal, Logical, Node, Not
from arazzo_runner.criteria.simple_nodes import Reference as Operand
from arazzo_runner.errors import did_you_mean
from arazzo_runner.expressions import (
    Accessed,
    BodyReference,
    HeaderReference,
    ResponseExpression,
    StatusCodeExpression,
)
from arazzo_runner.linking import OperationCall
from arazzo_runner.validation.definition import rule
from arazzo_runner.validation.findings import Problem
from arazzo_runner.validation.parts import LinkedStepPart, Text
from arazzo_runner.validation.references import Reference
from arazzo_runner.values import Json

if TYPE_CHECKING:
    from arazzo_runner.openapi import MediaType
    from arazzo_runner.openapi.references import Node as SchemaNode

_ALWAYS: Final = frozenset(
    {"content-type", "content-length", "date", "server", "location", "etag", "retry-after",
     "last-modified", "cache-control", "link", "set-cookie", "www-authenticate", "connection",
     "transfer-encoding", "content-encoding", "vary", "expires", "age", "allow"}
)  # fmt: skip
"""Headers that any answer may have, declared or not."""


def _comparisons(node: Node) -> Iterator[Comparison]:
    if isinstance(node, Comparison):
        yield node
    elif isinstance(node, Not):
        yield from _comparisons(node.operand)
    elif isinstance(node, Logical):
        for operand in node.operands:
            yield from _comparisons(operand)


def _conditions(step: LinkedStepPart) -> Iterator[tuple[Text, Node]]:
    """The simple conditions that stand in a step, with their trees."""
    for text in step.subject.parts_in(step.part.pointer):
        condition = text.condition if isinstance(text, Text) else None
        if isinstance(text, Text) and condition is not None:
            yield text, condition.node


def _sides(comparison: Comparison) -> tuple[Node, Node]:
    """The expression and what it is compared with."""
    if isinstance(comparison.right, Operand) and not isinstance(comparison.left, Operand):
        return comparison.right, comparison.left
    return comparison.left, comparison.right


@rule(
    "success-criteria-status-declared",
    on="LinkedStep",
    severity="warning",
    summary="A condition asks for a status that the operation does not declare.",
    explanation="""The operation's `responses` have neither that status, nor its range (`2XX`),
    nor a `default`. Either the condition or the description is wrong.""",
    wrong="""
    steps:
    - {stepId: list, operationId: listPets, successCriteria: [{condition: $statusCode == 204}]}
    """,
    right="""
    steps:
    - {stepId: list, operationId: listPets, successCriteria: [{condition: $statusCode == 200}]}
    """,
    requirement="CR-01",
)
def success_criteria_status_declared(step: LinkedStepPart) -> Iterator[Problem]:
    call = step.step.target
    if not isinstance(call, OperationCall) or not call.operation.responses:
        return
    declared = [str(status).upper() for status in call.operation.responses]
    if "DEFAULT" in declared:
        return
    for text, node in _conditions(step):
        if "successCriteria" not in text.pointer:
            continue
        for comparison in _comparisons(node):
            status = _status(comparison)
            if status is None or comparison.operator != "==":
                continue
            if status not in declared and f"{status[:1]}XX" not in declared:
                at = max(0, text.data.find(status))
                yield text.inside(
                    f"{call.operation.method} {call.operation.path} declares no answer {status}",
                    at,
                    len(status),
                    hint=f"it declares {', '.join(declared)}",
                )


def _status(comparison: Comparison) -> str | None:
    """The status that ``$statusCode`` is compared with."""
    one, other = _sides(comparison)
    if not isinstance(one, Operand) or not isinstance(one.expression, StatusCodeExpression):
        return None
    value = other.value if isinstance(other, Literal) else None
    text = str(value) if isinstance(value, int | str) else ""
    return text if len(text) == 3 and text.isdecimal() else None


@rule(
    "criterion-type-confusion",
    on="LinkedStep",
    severity="warning",
    summary="A condition compares values of different kinds.",
    explanation="""`$statusCode` is a number, and a body that is an object or an array equals no
    text or number. Numeric texts are converted, so that a status in quotes works here; other
    runners are stricter.""",
    wrong="""
    steps:
    - {stepId: list, operationId: listPets, successCriteria: [{condition: $statusCode == '200'}]}
    """,
    right="""
    steps:
    - {stepId: list, operationId: listPets, successCriteria: [{condition: $statusCode == 200}]}
    """,
    requirement="CR-08",
)
def criterion_type_confusion(step: LinkedStepPart) -> Iterator[Problem]:
    for text, node in _conditions(step):
        for comparison in _comparisons(node):
            message = _confusion(step, comparison)
            if message:
                at = max(0, text.data.find(str(_sides(comparison)[0])))
                yield text.inside(message, at, len(text.data) - at)


def _confusion(step: LinkedStepPart, comparison: Comparison) -> str | None:
    one, other = _sides(comparison)
    if not isinstance(one, Operand) or not isinstance(other, Literal):
        return None
    expression, value = one.expression, other.value
    if isinstance(expression, StatusCodeExpression):
        if isinstance(value, str):
            return f"$statusCode is a number, not the text '{value}'"
        return None
    whole_body = (
        isinstance(expression, ResponseExpression)
        and isinstance(expression.source, BodyReference)
        and not expression.source.pointer
    )
    if whole_body and isinstance(value, str | int | float | bool):
        types = _body_types(step)
        if types and types <= {"object", "array"}:
            return f"the body is {' or '.join(sorted(types))}: it never equals a {_kind(value)}"
    return None


def _kind(value: Json) -> str:
    return "text" if isinstance(value, str) else "boolean" if isinstance(value, bool) else "number"


def _body_types(step: LinkedStepPart) -> frozenset[str]:
    from arazzo_runner.openapi.schemas import schema_types

    call = step.step.target
    assert isinstance(call, OperationCall)
    found: set[str] = set()
    for media in _answers(call):
        types = schema_types(media, call.description)
        if not types:
            return frozenset()
        found |= types
    return frozenset(found)


@rule(
    "output-pointer-in-schema",
    on="LinkedStep",
    severity="warning",
    summary="A step reads something of the answer that its schema does not have.",
    explanation="""A warning when nothing can be there (the schema is closed, or not an object),
    a hint when the schema declares members and not this one. Headers that the operation does
    not declare are a hint too. What a schema leaves open is not reported.""",
    wrong="""
    steps:
    - {stepId: list, operationId: listPets, outputs: {first: $response.body#/id}}
    outputs: {first: $steps.list.outputs.first}
    """,
    right="""
    steps:
    - {stepId: list, operationId: listPets, outputs: {first: $response.body#/0/id}}
    outputs: {first: $steps.list.outputs.first}
    """,
    requirement="OUT-05",
)
def output_pointer_in_schema(step: LinkedStepPart) -> Iterator[Problem]:
    call = step.step.target
    if not isinstance(call, OperationCall):
        return
    answers = _answers(call)
    for text in step.subject.parts_in(step.part.pointer):
        if not isinstance(text, Text) or text.role not in ("output", "condition", "context"):
            continue
        for found in text.references:
            plain = found.plain
            if not isinstance(plain, ResponseExpression):
                continue
            if isinstance(plain.source, HeaderReference):
                yield from _header(call, text, found, plain.source.name)
            elif isinstance(plain.source, BodyReference) and answers:
                yield from _pointer(call, text, found, plain.source, answers)


def _answers(call: OperationCall) -> list[MediaType]:
    """The JSON bodies that the operation may answer with; none when one of them is not declared."""
    from arazzo_runner.openapi import MediaType
    from arazzo_runner.values.media_types import is_json

    found: list[MediaType] = []
    for answer in call.operation.responses.values():
        try:
            node = call.description.follow(answer)
        except Exception:  # noqa: BLE001 - a broken reference says nothing
            return []
        response = node.value if isinstance(node.value, dict) else {}
        if "schema" in response:  # OpenAPI 2.0
            found.append(MediaType(response["schema"], document=node.document))
        content = response.get("content")
        for kind, media in content.items() if isinstance(content, dict) else ():
            if not is_json(kind):
                return []  # text or XML is read in other ways
            if not isinstance(media, dict) or not media.get("schema"):
                return []
            found.append(MediaType(media["schema"], document=node.document))
    return found


def _pointer(
    call: OperationCall,
    text: Text,
    found: Reference,
    source: BodyReference,
    answers: list[MediaType],
) -> Iterator[Problem]:
    tokens = (*(source.pointer or ()), *_plain_accessors(found))
    if not tokens:
        return
    from arazzo_runner.openapi.schema_lookup import IMPOSSIBLE, look_up

    votes = [look_up(media, tokens, call.description) for media in answers]
    best = min(votes, key=lambda vote: (vote.level, -vote.at))
    if best.level and best.at < len(tokens):
        where = f" at /{'/'.join(tokens[: best.at])}" if best.at else ""
        yield text.inside(
            f"the schema of the answer has no '{tokens[best.at]}'{where}",
            found.offset,
            found.length,
            hint=did_you_mean(tokens[best.at], best.known),
            severity=None if best.level == IMPOSSIBLE else "hint",
        )


def _plain_accessors(found: Reference) -> tuple[str, ...]:
    """The names and indexes after an expression, up to the first that is neither."""
    plain: list[str] = []
    path = found.expression.path if isinstance(found.expression, Accessed) else ()
    for accessor in path:
        if not isinstance(accessor, str | int):
            break
        plain.append(str(accessor))
    return tuple(plain)


def _header(call: OperationCall, text: Text, found: Reference, name: str) -> Iterator[Problem]:
    if name.lower() in _ALWAYS:
        return
    declared: set[str] = set()
    for answer in call.operation.responses.values():
        try:
            node: SchemaNode = call.description.follow(answer)
        except Exception:  # noqa: BLE001 - a broken reference says nothing
            return
        headers = node.value.get("headers") if isinstance(node.value, dict) else None
        declared.update(headers if isinstance(headers, dict) else ())
    if declared and name.lower() not in {one.lower() for one in declared}:
        yield text.inside(
            f"no answer of {call.operation.method} {call.operation.path} declares header '{name}'",
            found.offset,
            found.length,
            hint=did_you_mean(name, declared),
            severity="hint",
        )
