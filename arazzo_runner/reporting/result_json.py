"""The result object of ``run --json`` (its shape is fixed in the outside contract)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from arazzo_runner.errors import ArazzoError, InputError, LinkError
from arazzo_runner.execution.result import RunResult
from arazzo_runner.interpreter.records import FailureReason, StepFinished
from arazzo_runner.reporting.json_data import (
    action_data,
    criterion_data,
    failure_data,
    fault_data,
    json_data,
    timestamp,
)
from arazzo_runner.values import Json, Redactor, Response
from arazzo_runner.values.service_errors import service_error

__all__ = ["error_to_json", "result_to_json"]

LONGEST_LOOP: Final = 50
"""More consecutive visits of one step are folded: the first and the last few stay."""
KEPT: Final = 5


def result_to_json(result: RunResult, redactor: Redactor) -> dict[str, Json]:
    """The result as JSON data with every known secret masked.

    ``teardown`` is there when a workflow ran last.
    """
    last = result.teardown
    return {
        "runId": result.run_id,
        "workflowId": result.workflow_id,
        "status": result.status,
        "outputs": json_data(result.outputs, redactor),
        "missingOutputs": list(result.missing_outputs),
        "steps": list(_steps(result.steps, redactor)),
        "warnings": [fault_data(fault, redactor) for fault in result.warnings],
        "error": failure_data(result.error, redactor),
        "transferredTo": result.transferred_to,
        "startedAt": timestamp(result.started_at),
        "durationMs": round(result.duration_ms),
        **({} if last is None else {"teardown": result_to_json(last, redactor)}),
    }


def error_to_json(
    error: ArazzoError, workflow_id: str | None, at: float, redactor: Redactor
) -> dict[str, Json]:
    """The same object for a run that could not begin; ``error.problems`` lists every cause."""
    reason = FailureReason(error.kind, error.message, location=error.location, hint=error.hint)
    data: dict[str, Json] = {
        "runId": None,
        "workflowId": workflow_id,
        "status": "failed",
        "outputs": {},
        "missingOutputs": [],
        "steps": [],
        "warnings": [],
        "error": failure_data(reason, redactor),
        "transferredTo": None,
        "startedAt": timestamp(at),
        "durationMs": 0,
    }
    if isinstance(error, InputError):
        data["error"]["problems"] = [redactor.text(problem) for problem in error.problems]
    if isinstance(error, LinkError):
        data["error"]["problems"] = [redactor.text(str(fault)) for fault in error.faults]
    return data


def _steps(steps: Sequence[StepFinished], redactor: Redactor) -> Iterator[Json]:
    """Each visit of each step in order; the middle of a long loop is one entry that says so."""
    for _, group in groupby(steps, key=lambda step: (step.workflow_id, step.step_id, step.depth)):
        visits = list(group)
        if len(visits) <= LONGEST_LOOP:
            yield from (_step(step, redactor) for step in visits)
            continue
        folded = visits[KEPT:-KEPT]
        yield from (_step(step, redactor) for step in visits[:KEPT])
        entry = _step(folded[-1], redactor)
        entry["durationMs"] = round(sum(step.duration_ms for step in folded))
        entry["visits"] = len(folded)
        entry["note"] = f"{len(folded)} visits are folded into this entry, which shows the last"
        yield entry
        yield from (_step(step, redactor) for step in visits[-KEPT:])


def _answer(response: Response, redactor: Redactor) -> Json:
    error = service_error(response)
    if error is None:
        return {"status": response.status}
    told = {"code": redactor.text(error.code), "message": redactor.text(error.message)}
    return {"status": response.status, "error": told}


def _step(step: StepFinished, redactor: Redactor) -> dict[str, Json]:
    request, response = step.request, step.response
    data: dict[str, Json] = {
        "stepId": step.step_id,
        "workflowId": step.workflow_id,
        "status": step.status,
        "attempts": step.attempts,
        "action": action_data(step.action),
        "request": request and {"method": request.method, "url": redactor.text(request.url)},
        "response": response and _answer(response, redactor),
        "criteria": [criterion_data(checked, redactor) for checked in step.criteria],
        "outputs": json_data(step.outputs, redactor),
        "durationMs": round(step.duration_ms),
    }
    if step.failure is not None:
        data["error"] = {
            "kind": step.failure.kind,
            "message": redactor.text(step.failure.message),
        }
    return data
