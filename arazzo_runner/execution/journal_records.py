"""Records as JSON data for the journal, and back: without bodies and headers, secrets masked.

What is kept is what a person may ask of a run later. What a run needs to go on is in its state.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from arazzo_runner.criteria import Operand, Verdict
from arazzo_runner.errors import JournalError, Location
from arazzo_runner.execution.result import RunResult
from arazzo_runner.interpreter import (
    ActionConsidered,
    ActionTaken,
    CriterionChecked,
    FailureReason,
    Noted,
    Record,
    RequestLost,
    RequestSent,
    ResponseReceived,
    RunFinished,
    StepFinished,
    StepStarted,
    Waiting,
    WorkflowFinished,
    WorkflowStarted,
)
from arazzo_runner.values import ABSENT, EMPTY, Json, Redactor, Request, Response

if TYPE_CHECKING:
    from arazzo_runner.execution.journal import StoredRun
    from arazzo_runner.execution.journal_queries import RunRow

__all__ = [
    "answer_digest",
    "data_of",
    "kept_result",
    "records_from_text",
    "records_to_text",
    "value_of",
]

_RECORDS: Final = (
    WorkflowStarted, WorkflowFinished, StepStarted, RequestSent, ResponseReceived, RequestLost,
    Waiting, StepFinished, Noted, RunFinished,
)  # fmt: skip
_PARTS: Final = (
    FailureReason, ActionTaken, ActionConsidered, CriterionChecked, Verdict, Operand, Location,
    Request, Response,
)  # fmt: skip
_CLASSES: Final[dict[str, Any]] = {each.__name__: each for each in (*_RECORDS, *_PARTS)}
_KINDS: Final = frozenset(_CLASSES.values())
_NUMBERS: Final = frozenset({int, float, bool, type(None)})  # no field of ours is a secret
_TUPLES: Final = frozenset(
    {"considered", "criteria", "headers", "missing_outputs", "notes", "operands"}
)  # fields whose lists are tuples


_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def records_to_text(records: Iterable[Record], redactor: Redactor) -> str:
    """The records as JSON text."""
    return _encode([data_of(record, redactor) for record in records])


def records_from_text(text: str) -> list[Record]:
    """The records of a text; what a newer version added to them is left out.

    Raises:
        JournalError: it holds no records.
    """
    try:
        found = [value_of(data) for data in json.loads(text)]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise JournalError(f"what a run did cannot be read: {text:.40} ({error})") from None
    return found


def data_of(value: Any, redactor: Redactor) -> Json:
    """A record, a part of one, or a value as JSON data; ``$`` names the class."""
    kind = type(value)
    if kind is str:
        return redactor.text(value)
    if value is None or kind in (int, float, bool):
        return redactor.value(value)
    if kind in _KINDS:
        return _fields(value, kind, redactor)
    if isinstance(value, Mapping):
        plain = {redactor.text(str(k)): data_of(v, redactor) for k, v in value.items()}
        return {"$": "object", "value": plain} if "$" in plain else plain
    if isinstance(value, list | tuple):
        return [data_of(item, redactor) for item in value]
    if isinstance(value, bytes):
        return {"$": "bytes", "size": len(value)}
    return {"$": "absent"}


def _fields(value: Any, kind: Any, redactor: Redactor) -> dict[str, Json]:
    if kind is Request:
        return {"$": "Request", "method": value.method, "url": redactor.text(value.url)}
    if kind is Response:
        return {
            "$": "Response",
            "status": value.status,
            "content_type": value.content_type,
            "size": value.size,
        }
    data: dict[str, Json] = {"$": kind.__name__}
    defaults = kind._field_defaults
    for name, item in zip(kind._fields, value, strict=True):
        if name not in defaults or item != defaults[name]:
            data[name] = item if type(item) in _NUMBERS else data_of(item, redactor)
    return data


def value_of(data: Json) -> Any:
    """What :func:`data_of` made data of."""
    if isinstance(data, list):
        return [value_of(item) for item in data]
    if not isinstance(data, dict):
        return data
    name = data.get("$")
    if name is None:
        return {key: value_of(item) for key, item in data.items()}
    if name == "object":
        return {key: value_of(item) for key, item in data["value"].items()}
    if name == "bytes":
        return f"({data['size']} bytes)"
    kind = _CLASSES.get(name)
    if kind is None:
        return ABSENT
    known = kind._fields
    values = {key: value_of(item) for key, item in data.items() if key in known}
    return kind(**{k: tuple(v) if k in _TUPLES else v for k, v in values.items()})


def kept_result(stored: StoredRun | RunRow, records: Sequence[Record]) -> RunResult:
    """What a run came to so far, as the journal has it."""
    found: Mapping[str, Any] = stored.result or EMPTY
    return RunResult(
        run_id=stored.run_id,
        workflow_id=stored.workflow_id,
        status=stored.status,
        outputs=value_of(found.get("outputs", {})),
        missing_outputs=tuple(found.get("missing_outputs", ())),
        steps=tuple(record for record in records if type(record) is StepFinished),
        warnings=(),
        error=value_of(found.get("error")),
        transferred_to=found.get("transferred_to"),
        started_at=stored.started_at,
        duration_ms=found.get("duration_ms", (stored.updated_at - stored.started_at) * 1000),
    )


def answer_digest(records: Iterable[Record]) -> str | None:
    """The SHA-256 of the last answer's value, shortened; None without an answer."""
    digest = None
    for record in records:
        if type(record) is ResponseReceived:
            body = record.response.body
            text = "" if body is ABSENT else json.dumps(body, sort_keys=True, default=repr)
            digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return digest
