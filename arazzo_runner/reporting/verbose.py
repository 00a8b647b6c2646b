"""The lines that ``-v`` adds: requests, answers, every comparison with its values, waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from arazzo_runner.interpreter.records import (
    CriterionChecked,
    Record,
    RequestLost,
    RequestSent,
    ResponseReceived,
    StepFinished,
    Waiting,
)
from arazzo_runner.reporting.text import (
    body_text,
    duration_text,
    one_line,
    operand_text,
    sent_text,
    size_text,
    value_text,
)
from arazzo_runner.values import Redactor

__all__ = ["criterion_text", "verbose_lines"]


def verbose_lines(record: Record, redactor: Redactor) -> Iterator[str]:
    """What to add under a record's own line, indented by its depth."""
    describe = _DESCRIBE.get(type(record))
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
