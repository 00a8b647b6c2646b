"""The lines that ``-v`` adds: requests, answers, every comparison with its values, waits.

``-vv`` shows headers, and bodies as they are, up to a number of lines.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from arazzo_runner.interpreter.records import (
    ActionConsidered,
    CriterionChecked,
    Record,
    RequestLost,
    RequestSent,
    ResponseReceived,
    StepFinished,
    Waiting,
)
from arazzo_runner.reporting.json_data import header_data, json_data
from arazzo_runner.reporting.text import (
    body_text,
    clip,
    duration_text,
    one_line,
    operand_text,
    printable,
    sent_text,
    size_text,
    value_text,
)
from arazzo_runner.values import ABSENT, Headers, Redactor

__all__ = ["considered_text", "criterion_text", "verbose_lines"]

_LINES: Final = 200
_COLUMNS: Final = 2000


def verbose_lines(record: Record, redactor: Redactor, *, detailed: bool = False) -> Iterator[str]:
    """What to add under a record's own line, indented by its depth."""
    describe = (_DETAIL.get(type(record)) if detailed else None) or _DESCRIBE.get(type(record))
    if describe is not None:
        lead = "  " * getattr(record, "depth", 0) + "    "
        for line in describe(record, redactor):
            yield lead + line


def criterion_text(checked: CriterionChecked, redactor: Redactor) -> str:
    """``'$statusCode == 200' is false: $statusCode is 400``."""
    verdict = checked.verdict
    condition = one_line(redactor.text(checked.condition), 120)
    text = f"'{condition}' is {'true' if verdict.passed else 'false'}"
    details = [
        f"{one_line(redactor.text(operand.text), 60)} is {operand_text(operand.value, redactor)}"
        for operand in verdict.operands
    ]
    if verdict.error:
        details.append(one_line(redactor.text(verdict.error), 200))
    return f"{text}: {', '.join(details)}" if details else text


def considered_text(action: ActionConsidered, redactor: Redactor) -> str:
    """``'giveUp' (end) does not apply: '$statusCode == 404' is false: $statusCode is 500``."""
    named = f"'{one_line(redactor.text(action.name), 60)}' ({action.type})"
    if action.used_up:
        return f"{named} is used up: its retryLimit is reached"
    if not action.criteria:
        return f"{named} applies: it has no criteria"
    applies = action.criteria[-1].verdict.passed
    deciding = action.criteria if applies else action.criteria[-1:]
    why = "; ".join(criterion_text(checked, redactor) for checked in deciding)
    return f"{named} {'applies' if applies else 'does not apply'}: {why}"


def _sent(record: RequestSent, redactor: Redactor) -> Iterator[str]:
    request = record.request
    again = f"  (attempt {record.attempt})" if record.attempt > 1 else ""
    yield f"> {request.method} {one_line(redactor.text(request.url))}{again}"
    if request.body:
        text = sent_text(request.body)
        yield f"> {value_text(text, redactor, 200)}  ({size_text(len(request.body))})"


def _received(record: ResponseReceived, redactor: Redactor) -> Iterator[str]:
    response = record.response
    for hop in response.hops:
        yield f"< {hop.status}  redirected from {one_line(redactor.text(hop.url), 160)}"
    if response.hops:
        yield f"> {one_line(redactor.text(response.url))}"
    kind = one_line(response.content_type, 60) or "no content type"
    took = duration_text(record.duration_ms / 1000)
    yield f"< {response.status}  {kind}, {size_text(response.size)}, {took}"
    body = body_text(response.body, redactor, 200)
    if body:
        yield f"< {body}"
    if response.note:
        yield f"< note: {one_line(redactor.text(response.note), 200)}"


def _sent_whole(record: RequestSent, redactor: Redactor) -> Iterator[str]:
    first, *_ = _sent(record, redactor)
    yield first
    request = record.request
    yield from _headers(">", request.headers, redactor)
    if request.body:
        yield from _body(">", _pretty(sent_text(request.body)), redactor)


def _received_whole(record: ResponseReceived, redactor: Redactor) -> Iterator[str]:
    response = record.response
    shown = response._replace(headers=(), body=ABSENT, note=None)
    yield from _received(record._replace(response=shown), redactor)
    yield from _headers("<", response.headers, redactor)
    body = response.body
    if isinstance(body, str):
        yield from _body("<", body, redactor)
    elif isinstance(body, bytes):
        yield f"< ({size_text(len(body))})"
    elif body is not ABSENT:
        text = json.dumps(json_data(body, redactor), ensure_ascii=False, indent=2)
        yield from _body("<", text, redactor)
    if response.note:
        yield f"< note: {one_line(redactor.text(response.note), 200)}"


def _headers(mark: str, headers: Headers, redactor: Redactor) -> Iterator[str]:
    for name, value in header_data(headers, redactor):
        yield f"{mark} {one_line(name, 60)}: {one_line(value, 400)}"


def _pretty(text: str) -> str:
    """JSON with line breaks; other text as it is."""
    if not text.startswith(("{", "[")):
        return text
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return text


def _body(mark: str, text: str, redactor: Redactor) -> Iterator[str]:
    lines = printable(redactor.text(text)).splitlines()
    yield mark
    for line in lines[:_LINES]:
        yield f"{mark} {clip(line, _COLUMNS)}"
    if len(lines) > _LINES:
        yield f"{mark} … {len(lines) - _LINES} more lines (--trace FILE has all of it)"


def _lost(record: RequestLost, redactor: Redactor) -> Iterator[str]:
    yield f"< no answer: {record.kind}: {one_line(redactor.text(record.message), 200)}"


def _waiting(record: Waiting, _redactor: Redactor) -> Iterator[str]:
    yield f"wait {duration_text(record.seconds)}  ({record.reason}, {record.source})"


def _finished(record: StepFinished, redactor: Redactor) -> Iterator[str]:
    for checked in record.criteria:
        yield criterion_text(checked, redactor)
    for name, value in record.outputs.items():
        yield f"{one_line(redactor.text(name), 40)} = {operand_text(value, redactor, 100)}"
    for name in record.missing_outputs:
        yield f"{one_line(redactor.text(name), 40)} has no value"
    for considered in record.considered:
        yield f"action {considered_text(considered, redactor)}"
    action = record.action
    if action is not None:
        target = action.step_id or action.workflow_id
        what = f"{action.type} {target}" if target else action.type
        name = f" '{action.name}'" if action.name else ""
        yield one_line(redactor.text(f"action{name}: {what}"), 160)


_DESCRIBE: Final[dict[type, Callable[[Any, Redactor], Iterator[str]]]] = {
    RequestSent: _sent,
    ResponseReceived: _received,
    RequestLost: _lost,
    Waiting: _waiting,
    StepFinished: _finished,
}
_DETAIL: Final[dict[type, Callable[[Any, Redactor], Iterator[str]]]] = {
    RequestSent: _sent_whole,
    ResponseReceived: _received_whole,
}
