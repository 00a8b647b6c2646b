"""Why an expression has no value, in words for the person who wrote it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from arazzo_runner.expressions.evaluation import compile_expression
from arazzo_runner.expressions.navigation import as_structure, follow
from arazzo_runner.expressions.nodes import (
    Accessed,
    Accessor,
    BodyReference,
    ComponentsExpression,
    Expression,
    HeaderReference,
    InputsExpression,
    MessageExpression,
    OutputsExpression,
    PayloadReference,
    QueryReference,
    RequestExpression,
    ResponseExpression,
    SelfExpression,
    SourceDescriptionsExpression,
    Special,
    StatusCodeExpression,
    StepsExpression,
    WorkflowsExpression,
)
from arazzo_runner.expressions.scope import Scope
from arazzo_runner.values import ABSENT, Value, format_pointer, type_name

__all__ = ["explain_absent"]


def explain_absent(expression: Expression, scope: Scope) -> str:
    """One sentence part that says why the expression gives ABSENT in this scope."""
    if isinstance(expression, Accessed):
        value = compile_expression(expression.expression)(scope)
        if value is ABSENT:
            return explain_absent(expression.expression, scope)
        return _nothing_at(_subject(expression.expression), value, expression.path)
    if isinstance(expression, RequestExpression | ResponseExpression):
        return _explain_message(expression, scope)
    if isinstance(expression, MessageExpression):
        return "no message was received"
    if isinstance(expression, StatusCodeExpression):
        return "there was no response"
    if isinstance(expression, SelfExpression):
        return "the document has no '$self'"
    if isinstance(expression, SourceDescriptionsExpression):
        return _explain_source(expression, scope)
    if isinstance(expression, ComponentsExpression):
        return f"there is no component '{expression.name}' in '{expression.component_type}'"
    if isinstance(
        expression, InputsExpression | OutputsExpression | StepsExpression | WorkflowsExpression
    ):
        return _explain_named(expression, scope)
    return "nothing was sent"


_LONGEST_EXPLAINED: Final = 50  # tokens of a pointer
_Named: TypeAlias = InputsExpression | OutputsExpression | StepsExpression | WorkflowsExpression


def _explain_named(expression: _Named, scope: Scope) -> str:
    values: Mapping[str, Value] | None
    if isinstance(expression, InputsExpression):
        values, missing = scope.inputs, f"input '{expression.name}' was not given"
    elif isinstance(expression, OutputsExpression):
        values, missing = scope.outputs, f"there is no output '{expression.name}'"
    elif isinstance(expression, StepsExpression):
        values = scope.steps.get(expression.step_id)
        if values is None:
            return f"step '{expression.step_id}' has not run"
        missing = f"step '{expression.step_id}' has no output '{expression.name}'"
    else:
        run = scope.workflows.get(expression.workflow_id)
        if run is None:
            return f"workflow '{expression.workflow_id}' has not run"
        values = run.inputs if expression.field == "inputs" else run.outputs
        kind = expression.field[:-1]
        missing = f"workflow '{expression.workflow_id}' has no {kind} '{expression.name}'"
    if expression.name not in values:
        return missing
    return _nothing_at(_subject(expression), values[expression.name], expression.pointer or ())


def _explain_message(expression: RequestExpression | ResponseExpression, scope: Scope) -> str:
    side: str = "request" if isinstance(expression, RequestExpression) else "response"
    message = scope.request if side == "request" else scope.response
    source = expression.source
    if message is None:
        return "nothing was sent" if side == "request" else "there was no response"
    if isinstance(source, HeaderReference):
        return f"the {side} has no header '{source.name}'"
    if isinstance(source, BodyReference | PayloadReference):
        if message.body is ABSENT:
            return f"the {side} has no body"
        return _nothing_at(f"the {side} body", message.body, source.pointer or ())
    kind = "query" if isinstance(source, QueryReference) else "path"
    if side == "response":
        return f"a response has no {kind} parameters"
    return f"no {kind} parameter '{source.name}' was sent"


def _explain_source(expression: SourceDescriptionsExpression, scope: Scope) -> str:
    name = expression.source_name
    if name not in scope.sources:
        return f"there is no source description '{name}'"
    return f"source description '{name}' has no field '{expression.reference}'"


def _subject(expression: Expression) -> str:
    """What a pointer is read from, in words."""
    if isinstance(expression, RequestExpression | ResponseExpression) and isinstance(
        expression.source, BodyReference | PayloadReference
    ):
        return f"the {'request' if isinstance(expression, RequestExpression) else 'response'} body"
    if isinstance(expression, InputsExpression):
        return f"input '{expression.name}'"
    if isinstance(expression, OutputsExpression):
        return f"output '{expression.name}'"
    if isinstance(expression, StepsExpression):
        return f"output '{expression.name}' of step '{expression.step_id}'"
    if isinstance(expression, WorkflowsExpression):
        kind = expression.field[:-1]
        return f"{kind} '{expression.name}' of workflow '{expression.workflow_id}'"
    return expression.text


def _nothing_at(subject: str, value: Value, path: Sequence[Accessor]) -> str:
    """Names the longest part of the path that is there."""
    wanted = _place(path)
    for length in range(min(len(path) - 1, _LONGEST_EXPLAINED), 0, -1):
        found = follow(value, path[:length])
        if found is not ABSENT:
            there = _place(path[:length]).removeprefix("/")
            list_of = _list_of(found, path[length])
            return f"{subject} has '{there}'{_scalar(found)} but nothing at '{wanted}'{list_of}"
    found = as_structure(value)
    return f"{subject}{_scalar(found)} has nothing at '{wanted}'{_list_of(found, path[0])}"


def _list_of(found: Value, accessor: Accessor) -> str:
    """What to say when a name is read from a list (of one item it would have been that item's)."""
    is_name = isinstance(accessor, str) and accessor != "-" and not accessor.isdecimal()
    if not isinstance(found, list) or len(found) == 1 or not is_name:
        return ""
    return f" (it is a list of {len(found)}: which item is not said)"


def _place(path: Sequence[Accessor]) -> str:
    """The path as a JSON Pointer, ``*`` for a wildcard."""
    return format_pointer(
        key.value.strip(".[]") if isinstance(key, Special) else key for key in path
    )


def _scalar(value: Value) -> str:
    """Says of a value that has no members what it is."""
    return "" if isinstance(value, dict | list) else f" ({type_name(value)})"
