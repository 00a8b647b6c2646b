"""Runtime expressions as closures: compiled once when a program is linked, called at run time.

An evaluator never raises and gives ABSENT when nothing is there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from arazzo_runner.expressions.navigation import follow, in_only_items, read_inside
from arazzo_runner.expressions.nodes import (
    LENGTH,
    Accessed,
    BodyReference,
    ComponentsExpression,
    Expression,
    HeaderReference,
    InputsExpression,
    MessageExpression,
    MethodExpression,
    OutputsExpression,
    PathReference,
    PayloadReference,
    Pointer,
    QueryReference,
    RequestExpression,
    ResponseExpression,
    SelfExpression,
    SourceDescriptionsExpression,
    Special,
    StatusCodeExpression,
    StepsExpression,
    UrlExpression,
    WorkflowsExpression,
)
from arazzo_runner.expressions.scope import Scope
from arazzo_runner.values import ABSENT, Value, header

__all__ = ["Evaluator", "compile_expression"]

Evaluator: TypeAlias = Callable[[Scope], Value]


def compile_expression(expression: Expression) -> Evaluator:
    """The closure that reads the expression's value from a scope (Arazzo 1.1.0, Runtime
    Expressions). It keeps the value's type; it gives ABSENT when nothing is there."""
    return _COMPILERS[type(expression)](expression)


def _inside(base: Evaluator, pointer: Pointer, text: str) -> Evaluator:
    """The evaluator, followed by a pointer when there is one. ``text`` is the whole expression."""
    if not pointer:
        return base

    def evaluate(scope: Scope) -> Value:
        value = base(scope)
        for token in pointer:
            if isinstance(value, dict):
                value = value.get(token, ABSENT)
            elif value is ABSENT:
                return ABSENT
            else:  # arrays, XML texts and scalars are rarer than members
                value = base(scope)
                return _tolerated(value, read_inside(value, pointer), pointer, scope, text)
        return value

    return evaluate


def _tolerated(
    value: Value, found: Value, tokens: Sequence[str] | None, scope: Scope, text: str
) -> Value:
    """What was found in the value, or else what a list of one has for plain ``tokens``; the
    tolerance that it took is remembered."""
    if isinstance(value, str):
        if found is not ABSENT:
            scope.tolerate("xml-by-pointer", text)
    elif found is ABSENT and tokens is not None:
        found = in_only_items(value, tokens)
        if found is not ABSENT:
            scope.tolerate("list-of-one", text)
    return found


def _url(_: UrlExpression) -> Evaluator:
    return lambda scope: ABSENT if scope.request is None else scope.request.url


def _method(_: MethodExpression) -> Evaluator:
    return lambda scope: ABSENT if scope.request is None else scope.request.method


def _status_code(_: StatusCodeExpression) -> Evaluator:
    return lambda scope: ABSENT if scope.response is None else scope.response.status


def _self(_: SelfExpression) -> Evaluator:
    return lambda scope: ABSENT if scope.self_uri is None else scope.self_uri


def _request(expression: RequestExpression) -> Evaluator:
    source = expression.source
    if isinstance(source, BodyReference | PayloadReference):
        return _inside(
            lambda scope: ABSENT if scope.request is None else scope.request.body,
            source.pointer,
            expression.text,
        )
    name = source.name
    if isinstance(source, QueryReference):
        return lambda scope: (
            ABSENT if scope.request is None else scope.request.query.get(name, ABSENT)
        )
    if isinstance(source, PathReference):
        return lambda scope: (
            ABSENT if scope.request is None else scope.request.path.get(name, ABSENT)
        )

    def request_header(scope: Scope) -> Value:
        found = None if scope.request is None else header(scope.request.headers, name)
        return ABSENT if found is None else found

    return request_header


def _response(expression: ResponseExpression) -> Evaluator:
    source = expression.source
    if isinstance(source, BodyReference | PayloadReference):
        return _inside(
            lambda scope: ABSENT if scope.response is None else scope.response.body,
            source.pointer,
            expression.text,
        )
    if not isinstance(source, HeaderReference):
        return _nothing  # a response has no query and no path
    name = source.name

    def response_header(scope: Scope) -> Value:
        found = None if scope.response is None else scope.response.header(name)
        return ABSENT if found is None else found

    return response_header


def _message(_: MessageExpression) -> Evaluator:
    return _nothing  # no step of this engine receives messages yet


def _nothing(_: Scope) -> Value:
    return ABSENT


def _inputs(expression: InputsExpression) -> Evaluator:
    name = expression.name
    return _inside(
        lambda scope: scope.inputs.get(name, ABSENT), expression.pointer, expression.text
    )


def _outputs(expression: OutputsExpression) -> Evaluator:
    name = expression.name
    return _inside(
        lambda scope: scope.outputs.get(name, ABSENT), expression.pointer, expression.text
    )


def _steps(expression: StepsExpression) -> Evaluator:
    step_id, name = expression.step_id, expression.name

    def step_output(scope: Scope) -> Value:
        outputs = scope.steps.get(step_id)
        return ABSENT if outputs is None else outputs.get(name, ABSENT)

    return _inside(step_output, expression.pointer, expression.text)


def _workflows(expression: WorkflowsExpression) -> Evaluator:
    workflow_id, name = expression.workflow_id, expression.name
    of_inputs = expression.field == "inputs"

    def workflow_value(scope: Scope) -> Value:
        values = scope.workflows.get(workflow_id)
        if values is None:
            return ABSENT
        return (values.inputs if of_inputs else values.outputs).get(name, ABSENT)

    return _inside(workflow_value, expression.pointer, expression.text)


def _source_descriptions(expression: SourceDescriptionsExpression) -> Evaluator:
    name, reference = expression.source_name, expression.reference
    return lambda scope: scope.sources.get(name, {}).get(reference, ABSENT)


def _components(expression: ComponentsExpression) -> Evaluator:
    kind, name = expression.component_type, expression.name
    return lambda scope: scope.components.get(kind, {}).get(name, ABSENT)


def _accessed(expression: Accessed) -> Evaluator:
    base, path = compile_expression(expression.expression), expression.path
    measures = path[-1] is LENGTH
    is_plain = not any(isinstance(accessor, Special) for accessor in path)
    tokens = tuple(map(str, path)) if is_plain else None

    def evaluate(scope: Scope) -> Value:
        value = base(scope)
        found = follow(value, path)
        if measures and found is not ABSENT and not _has_length(follow(value, path[:-1])):
            scope.tolerate("simple-length", expression.text)
        if path[0] is LENGTH:  # of the value itself: nothing is read inside
            return found
        return _tolerated(value, found, tokens, scope, expression.text)

    return evaluate


def _has_length(value: Value) -> bool:
    return isinstance(value, dict) and "length" in value


_COMPILERS: Final[dict[type, Callable[[Any], Evaluator]]] = {
    UrlExpression: _url,
    MethodExpression: _method,
    StatusCodeExpression: _status_code,
    SelfExpression: _self,
    RequestExpression: _request,
    ResponseExpression: _response,
    MessageExpression: _message,
    InputsExpression: _inputs,
    OutputsExpression: _outputs,
    StepsExpression: _steps,
    WorkflowsExpression: _workflows,
    SourceDescriptionsExpression: _source_descriptions,
    ComponentsExpression: _components,
    Accessed: _accessed,
}
