"""The trace of a run: everything that happened as one JSON object of a published, stable shape.

``docs/schemas/trace.schema.json`` is its schema. Members may be added; what is there keeps its name
and meaning within a ``traceVersion``. ``arazzo diff`` compares two of them.
"""

from __future__ import annotations

import json
from typing import Final

from arazzo_runner._version import __version__
from arazzo_runner.errors import ArazzoError
from arazzo_runner.interpreter.records import Waiting
from arazzo_runner.reporting.events import request_data, response_data
from arazzo_runner.reporting.json_data import (
    action_data,
    considered_data,
    criterion_data,
    failure_data,
    fault_data,
    json_data,
    timestamp,
)
from arazzo_runner.reporting.recording import Attempt, Recording, StepRun, WorkflowRun
from arazzo_runner.reporting.result_json import error_to_json
from arazzo_runner.values import Json, Redactor

__all__ = ["TRACE_VERSION", "trace_data", "trace_error_data", "trace_error_text", "trace_text"]

TRACE_VERSION: Final = 1


def trace_text(recording: Recording, redactor: Redactor) -> str:
    """The trace of a run as JSON text."""
    return _text(trace_data(recording, redactor))


def trace_error_text(
    error: ArazzoError, workflow_id: str | None, at: float, redactor: Redactor
) -> str:
    """The trace of a run that could not begin, as JSON text."""
    return _text(trace_error_data(error, workflow_id, at, redactor))


def trace_error_data(
    error: ArazzoError, workflow_id: str | None, at: float, redactor: Redactor
) -> dict[str, Json]:
    """The trace of a run that could not begin: no workflows, and the error that says why."""
    result = error_to_json(error, workflow_id, at, redactor)
    data = {name: result[name] for name in _OF_A_RESULT}
    return {**_head(None, redactor), **data, "inputs": {}, "workflows": []}


_OF_A_RESULT: Final = (
    "runId",
    "workflowId",
    "status",
    "startedAt",
    "durationMs",
    "outputs",
    "missingOutputs",
    "transferredTo",
    "error",
    "warnings",
)


def _text(data: Json) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def trace_data(recording: Recording, redactor: Redactor) -> dict[str, Json]:
    """The trace of a run as data."""
    end, result = recording.end, recording.result
    inputs = recording.roots[0].started.inputs if recording.roots else {}
    return {
        **_head(recording, redactor),
        "runId": result.run_id if result else None,
        "workflowId": result.workflow_id if result else None,
        "status": end.status if end else "failed",
        "startedAt": timestamp(recording.started_at),
        "durationMs": _ms((end.at - end.started_at) * 1000) if end else 0,
        "inputs": json_data(inputs, redactor),
        "outputs": json_data(end.outputs if end else {}, redactor),
        "missingOutputs": list(end.missing_outputs) if end else [],
        "transferredTo": end.transferred_to if end else None,
        "error": failure_data(recording.failure, redactor),
        "warnings": [fault_data(f, redactor) for f in (result.warnings if result else ())],
        "workflows": [_workflow(root, recording, redactor) for root in recording.roots],
    }


def _head(recording: Recording | None, redactor: Redactor) -> dict[str, Json]:
    program = recording.program if recording else None
    document: Json = None
    if program is not None:
        source = program.document
        document = {
            "file": redactor.text(source.document.name),
            "arazzo": source.version,
            "title": source.info.title,
            "version": source.info.version,
        }
    return {
        "traceVersion": TRACE_VERSION,
        "engine": {"name": "arazzo-workflow-engine", "version": __version__},
        "document": document,
    }


def _ms(value: float) -> float:
    return round(value, 3)


def _workflow(run: WorkflowRun, recording: Recording, redactor: Redactor) -> dict[str, Json]:
    finished = run.finished
    ended = finished.at if finished else max((s.ended_at for s in run.steps), default=0.0)
    return {
        "kind": "workflow",
        "workflowId": run.workflow_id,
        "reason": run.started.reason,
        "status": finished.status if finished else "unfinished",
        "startedAt": timestamp(run.started.at),
        "durationMs": _ms(max(0.0, ended - run.started.at) * 1000),
        "inputs": json_data(run.started.inputs, redactor),
        "outputs": json_data(finished.outputs if finished else {}, redactor),
        "missingOutputs": list(finished.missing_outputs) if finished else [],
        "error": failure_data(finished.failure if finished else None, redactor),
        "items": [
            _step(item, run, recording, redactor)
            if isinstance(item, StepRun)
            else _workflow(item, recording, redactor)
            for item in run.items
        ],
    }


def _step(
    step: StepRun, run: WorkflowRun, recording: Recording, redactor: Redactor
) -> dict[str, Json]:
    finished = step.finished
    call = recording.operation(run.workflow_id, step.step_id)
    operation: Json = None
    if call is not None:
        operation = {
            "source": call.source_name,
            "operationId": call.operation.operation_id,
            "method": call.operation.method,
            "path": call.operation.path,
        }
    criteria = finished.criteria if finished else ()
    return {
        "kind": "step",
        "stepId": step.step_id,
        "visit": step.started.visit,
        "status": step.status,
        "startedAt": timestamp(step.started.at),
        "durationMs": _ms((step.ended_at - step.started.at) * 1000),
        "operation": operation,
        "attempts": [_attempt(attempt, redactor) for attempt in step.attempts],
        "waits": [_wait(wait) for wait in step.waits],
        "criteria": [
            {"type": checked.type, **criterion_data(checked, redactor)} for checked in criteria
        ],
        "outputs": json_data(finished.outputs if finished else {}, redactor),
        "missingOutputs": list(finished.missing_outputs) if finished else [],
        "action": action_data(finished.action if finished else None),
        "considered": [
            considered_data(action, redactor)
            for action in (finished.considered if finished else ())
        ],
        "error": failure_data(finished.failure if finished else None, redactor),
        "workflows": [_workflow(child, recording, redactor) for child in step.children],
    }


def _attempt(attempt: Attempt, redactor: Redactor) -> dict[str, Json]:
    answer, lost = attempt.answer, attempt.lost
    return {
        "attempt": attempt.sent.attempt,
        "startedAt": timestamp(attempt.sent.at),
        "durationMs": _ms(attempt.duration_ms),
        "request": request_data(attempt.sent.request, redactor, whole=True),
        "response": answer and response_data(answer.response, redactor, whole=True),
        "lost": lost and {"kind": lost.kind, "message": redactor.text(lost.message)},
    }


def _wait(wait: Waiting) -> dict[str, Json]:
    return {
        "reason": wait.reason,
        "seconds": wait.seconds,
        "source": wait.source,
        "startedAt": timestamp(wait.at),
    }
