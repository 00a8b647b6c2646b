"""The request of a probe: a read operation that tells whether a step's request did its work.

Its parameters and body get the values that the step has under the same names: the step's own
parameters, the members of its body, then the workflow's inputs.
"""

from __future__ import annotations

from collections.abc import Mapping

from arazzo_runner.errors import UsageError, did_you_mean
from arazzo_runner.interpreter import SendRequest, State
from arazzo_runner.interpreter.work import Work
from arazzo_runner.linking import OperationCall, Program
from arazzo_runner.openapi import Operation, Parameter, bind
from arazzo_runner.openapi.schemas import has_property, only_value
from arazzo_runner.values import ABSENT, Value

__all__ = ["probe_request"]


def probe_request(
    program: Program, state: State, effect: SendRequest, operation_id: str
) -> SendRequest:
    """The request that asks; its operation is of the same description as the step's.

    Raises:
        ArazzoError: there is no such operation, or a value that it requires is not known.
    """
    call = effect.call
    found = call.description.by_id(operation_id)
    if not found:
        raise UsageError(
            f"the description of '{call.source_name}' has no operation '{operation_id}'",
            hint=did_you_mean(operation_id, call.description.operation_ids),
        )
    operation = found[0]
    known = _known_values(program, state)
    values = [(p, _parameter_value(p, known, operation)) for p in operation.parameters]
    lacking = [p.name for p, value in values if p.required and value is ABSENT]
    if lacking:
        raise UsageError(f"nothing of the step is called {', '.join(lacking)}")
    body = _body(operation, known)
    binding = bind(
        operation,
        base_url=call.base_url,
        parameters=[(parameter.name, parameter.location) for parameter, _ in values],
        has_body=body is not ABSENT,
    )
    request = binding.request([value for _, value in values], body)
    asked = OperationCall(
        call.source_name, call.description, operation, binding, call.declared_url, call.base_url,
        call.wants_sigv4, call.schemes,
    )  # fmt: skip
    return SendRequest(request, asked, effect.step_id, effect.workflow_id, effect.attempt)


def _parameter_value(
    parameter: Parameter, known: Mapping[str, Value], operation: Operation
) -> Value:
    """The only value that its schema allows, else the step's; headers of the step mean the step."""
    only = only_value(parameter.schema, operation.source)
    if only is not None:
        return only
    return ABSENT if parameter.location == "header" else known.get(parameter.name, ABSENT)


def _known_values(program: Program, state: State) -> Mapping[str, Value]:
    work = Work(program, state, state.started_at)
    frame = work.frame
    workflow = work.workflow(frame)
    step = workflow.steps[frame.position]
    scope = work.scope(frame, workflow)
    values: dict[str, Value] = dict(frame.inputs)
    body = ABSENT if step.body is None else step.body.produce(scope)
    if isinstance(body, dict):
        values |= body
    for parameter in step.parameters:
        value = parameter.produce(scope)
        if value is not ABSENT and parameter.location != "header":
            values[parameter.name] = value
    return values


def _body(operation: Operation, values: Mapping[str, Value]) -> Value:
    """The members of the probe's body whose values are known; ABSENT when it has none."""
    if operation.request_body is None:
        return ABSENT
    media = next(iter(operation.request_body.content.values()), None)
    if media is None:
        return ABSENT
    return {n: v for n, v in values.items() if has_property(media, n, operation.source)}
