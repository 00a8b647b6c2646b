"""Values and records as JSON data: masked, without ABSENT, bytes as a base64 object."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime

from arazzo_runner.errors import Fault, Location
from arazzo_runner.interpreter.records import (
    ActionConsidered,
    ActionTaken,
    CriterionChecked,
    FailureReason,
)
from arazzo_runner.values import ABSENT, File, Headers, Json, Redactor, Value

__all__ = [
    "action_data",
    "considered_data",
    "criterion_data",
    "failure_data",
    "fault_data",
    "header_data",
    "json_data",
    "timestamp",
]


def json_data(value: Value, redactor: Redactor) -> Json:
    """The value with secrets masked; bytes become ``{"base64": …}``, files
    ``{"file": path, "mediaType": …, "size": …}``, nothing becomes null.

    Members of objects that are ABSENT are left out; NaN and infinities become null.
    """
    if value is ABSENT:
        return None
    if isinstance(value, str):
        return redactor.text(value)
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(redactor.value(value)).decode()}
    if isinstance(value, File):
        path = redactor.text(value.path)
        return {"file": path, "mediaType": value.media_type, "size": value.size}
    if isinstance(value, Mapping):
        return {
            redactor.text(str(key)): json_data(item, redactor)
            for key, item in value.items()
            if item is not ABSENT
        }
    if isinstance(value, list | tuple):
        return [json_data(item, redactor) for item in value]
    if isinstance(value, float) and not -float("inf") < value < float("inf"):
        return None
    return value


def timestamp(at: float) -> str:
    """Seconds since the epoch as RFC 3339 in UTC with milliseconds."""
    moment = datetime.fromtimestamp(at, UTC)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def header_data(headers: Headers, redactor: Redactor) -> Json:
    """Header fields as a list of pairs; credentials are masked whatever they are."""
    return [[name, redactor.header(name, value)] for name, value in headers]


def action_data(action: ActionTaken | None) -> Json:
    """The action that was taken; only the target that it has."""
    if action is None:
        return None
    data = {"name": action.name, "type": action.type}
    if action.step_id is not None:
        data["stepId"] = action.step_id
    if action.workflow_id is not None:
        data["workflowId"] = action.workflow_id
    return data


def considered_data(action: ActionConsidered, redactor: Redactor) -> Json:
    """An action that was looked at; ``usedUp`` only for a retry whose limit was reached."""
    data: dict[str, Json] = {"name": action.name, "type": action.type}
    if action.used_up:
        data["usedUp"] = True
    else:
        data["criteria"] = [criterion_data(checked, redactor) for checked in action.criteria]
    return data


def criterion_data(checked: CriterionChecked, redactor: Redactor) -> Json:
    """A criterion with its operands; ``error`` only when it could not be evaluated."""
    verdict = checked.verdict
    data: dict[str, Json] = {
        "condition": redactor.text(checked.condition),
        "passed": verdict.passed,
        "operands": [
            {"expression": operand.text, "value": json_data(operand.value, redactor)}
            for operand in verdict.operands
        ],
    }
    if verdict.error:
        data["error"] = redactor.text(verdict.error)
    return data


def _place(location: Location | None) -> dict[str, Json]:
    if location is None:
        return {"file": None, "line": None, "column": None}
    return {"file": location.file, "line": location.line, "column": location.column}


def failure_data(failure: FailureReason | None, redactor: Redactor) -> Json:
    """Why something failed: kind, message, stepId, file, line, column, hint; None for nothing.

    An AWS error has its ``code`` too.
    """
    if failure is None:
        return None
    code = {} if failure.code is None else {"code": redactor.text(failure.code)}
    return {
        "kind": failure.kind,
        "message": redactor.text(failure.message),
        "stepId": failure.step_id,
        **_place(failure.location),
        "hint": None if failure.hint is None else redactor.text(failure.hint),
        **code,
    }


def fault_data(fault: Fault, redactor: Redactor) -> Json:
    """A warning: ``rule``, ``message``, ``file``, ``line``, ``column`` and its ``hint``."""
    data: dict[str, Json] = {
        "rule": fault.rule,
        "message": redactor.text(fault.message),
        **_place(fault.location),
        "hint": None if fault.hint is None else redactor.text(fault.hint),
    }
    if fault.rule == "response-body" and fault.pointer:
        data["pointer"] = redactor.text(fault.pointer)  # into the answer's body
    return data
