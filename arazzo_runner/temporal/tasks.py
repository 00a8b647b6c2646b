"""What goes from clients to runs, from runs to activities, and back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from arazzo_runner.errors import Fault
from arazzo_runner.expressions import WorkflowValues
from arazzo_runner.interpreter import (
    FailureReason,
    RunFinished,
    SendRequest,
    Shared,
    Transition,
    pending,
    start,
    state_from_json,
)
from arazzo_runner.interpreter.state import (
    jar_from_json,
    request_from_json,
    value_from_json,
    value_to_json,
)
from arazzo_runner.linking import LinkedWorkflow, OperationCall, Program
from arazzo_runner.temporal.events import failure_from_json, failure_to_json, fault_to_json
from arazzo_runner.temporal.names import host_queue
from arazzo_runner.temporal.plans import Plan
from arazzo_runner.values import Value

__all__ = [
    "Page",
    "begin",
    "end_from_json",
    "end_to_json",
    "inputs_of",
    "pages",
    "queue_for",
    "sending",
    "sent",
    "task_of",
]

Page: TypeAlias = "dict[str, Any]"
"""A part of a run's log: ``items``, ``began`` (epoch seconds), ``question``."""

_PAGE: Final = 512 * 1024  # characters of JSON in one answer


def task_of(
    run_id: str,
    inputs: Mapping[str, Value],
    *,
    notes: Sequence[Fault] = (),
    shared: Shared | None = None,
    hosts: Sequence[str] = (),
) -> dict[str, Any]:
    """What a run is besides its plan: ``notes`` are about its inputs, ``hosts`` have task queues of
    their own.
    """
    task: dict[str, Any] = {"runId": run_id, "inputs": value_to_json(inputs)}
    if notes:
        task["notes"] = [fault_to_json(fault) for fault in notes]
    if hosts:
        task["hosts"] = list(hosts)
    if shared is not None:
        task["shared"] = value_to_json(shared._asdict())
    return task


def begin(plan: Plan, task: Mapping[str, Any], at: float) -> Transition:
    """The first transition of an execution: of a new run, or of one that goes on."""
    if "state" in task:
        return pending(plan.program, state_from_json(task["state"]), at)
    return start(
        plan.program,
        plan.workflow_id,
        value_from_json(task["inputs"]),
        at,
        plan.settings.run,
        run_id=task["runId"],
        shared=_shared(task.get("shared")),
    )


def inputs_of(
    plan: Plan, task: Mapping[str, Any]
) -> Iterator[tuple[LinkedWorkflow, Mapping[str, Value]]]:
    """The inputs that a run begins or goes on with: of its workflow, and of those under way."""
    workflows = plan.program.workflows
    if "state" in task:
        for frame in state_from_json(task["state"]).frames:
            yield workflows[frame.workflow], frame.inputs
    else:
        key = plan.program.entries[plan.workflow_id]
        yield workflows[key], value_from_json(task["inputs"])


def _shared(data: Any) -> Shared | None:
    if data is None:
        return None
    plain = value_from_json(data)
    finished = {
        document: {name: WorkflowValues(**values) for name, values in workflows.items()}
        for document, workflows in plain["finished"].items()
    }
    return Shared(plain["dependencies"], finished)


def queue_for(task: Mapping[str, Any], queue: str, url: str) -> str | None:
    """The queue of a request when its host has one of its own; None for the run's own."""
    host = urlsplit(url).netloc
    return host_queue(queue, host) if host in task.get("hosts", ()) else None


# -- requests ------------------------------------------------------------------------------------


def sending(effect: SendRequest) -> dict[str, Any]:
    """A request for an activity. Its call is named: the activity has the same program."""
    call = effect.call
    return {
        "request": value_to_json(effect.request),
        "call": [
            call.source_name,
            call.operation.method,
            call.operation.path,
            call.declared_url,
            call.base_url,
        ],
        "step": effect.step_id,
        "workflow": effect.workflow_id,
        "attempt": effect.attempt,
        "timeout": effect.timeout,
        "cookies": value_to_json(effect.cookies),
    }


def sent(program: Program, task: Mapping[str, Any]) -> SendRequest:
    """The request that :func:`sending` made a task of."""
    return SendRequest(
        request_from_json(task["request"]),
        _call(program, task["call"]),
        task["step"],
        task["workflow"],
        task["attempt"],
        task["timeout"],
        jar_from_json(task["cookies"]),
    )


def _call(program: Program, named: Sequence[str]) -> OperationCall:
    """The call of a program; of a probe, the call of its source with another operation."""
    source, method, path, declared, base = named
    other: OperationCall | None = None
    for workflow in program.workflows.values():
        for step in workflow.steps:
            call = step.target
            if not isinstance(call, OperationCall) or call.source_name != source:
                continue
            if (call.declared_url, call.base_url) != (declared, base):
                continue
            if (call.operation.method, call.operation.path) == (method, path):
                return call
            other = call
    assert other is not None
    operation = other.description.at(path, method)
    assert operation is not None
    return other._replace(operation=operation)


# -- what others may know --------------------------------------------------------------------------


def pages(
    items: Sequence[dict[str, Any]], after: int, began: float | None, question: str | None
) -> Page:
    """The items after so many, as much as fits into an answer."""
    chosen: list[dict[str, Any]] = []
    size = 0
    for item in items[after:]:
        size += len(json.dumps(item))
        if chosen and size > _PAGE:
            break
        chosen.append(item)
    return {"items": chosen, "count": len(items), "began": began, "question": question}


def end_to_json(end: RunFinished) -> dict[str, Any]:
    """How a run ended as JSON data."""
    data: dict[str, Any] = value_to_json({**end._asdict(), "failure": None})
    data["failure"] = failure_to_json(end.failure)
    return data


def end_from_json(data: Mapping[str, Any]) -> RunFinished:
    """The record that :func:`end_to_json` made ``data`` of."""
    failure: FailureReason | None = failure_from_json(data["failure"])
    plain = value_from_json({**data, "failure": None})
    for name in ("missing_outputs", "notes"):
        plain[name] = tuple(plain[name])
    plain["failure"] = failure
    return RunFinished(**plain)
