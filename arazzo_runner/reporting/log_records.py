"""Records for Python's ``logging``: a readable message, and all fields as data.

The whole record is on the attribute ``arazzo`` of each ``logging.LogRecord``, as the lines of
``run --events`` have it, so a JSON formatter needs nothing else.
"""

from __future__ import annotations

import logging
from typing import Final

from arazzo_runner.interpreter.records import (
    Noted,
    Record,
    RequestLost,
    RequestSent,
    ResponseReceived,
    RunFinished,
    StepFinished,
    Waiting,
    WorkflowFinished,
    WorkflowStarted,
)
from arazzo_runner.reporting.events import record_to_json
from arazzo_runner.reporting.text import duration_text, one_line
from arazzo_runner.values import Redactor

__all__ = ["LogRecords"]


class LogRecords:
    """Sends records to a logger; ``record`` is an ``on_record`` of a runner.

    Failures of steps and lost requests are warnings, a run that did not complete is an error, the
    begin and end of workflows and steps are info, everything else is debug.

    Args:
        redactor: masks secrets; give the runner the same one.
        logger: by default ``arazzo``.
    """

    def __init__(
        self, redactor: Redactor | None = None, logger: logging.Logger | None = None
    ) -> None:
        self._redactor = redactor or Redactor()
        self._logger = logger or logging.getLogger("arazzo")

    def record(self, record: Record) -> None:
        """Log one record."""
        level = _level(record)
        if self._logger.isEnabledFor(level):
            text = one_line(self._redactor.text(_text(record)), 1000)
            data = record_to_json(record, self._redactor)
            self._logger.log(level, "%s", text, extra={"arazzo": data})


def _level(record: Record) -> int:
    if isinstance(record, RunFinished):
        return logging.INFO if record.status == "completed" else logging.ERROR
    if isinstance(record, RequestLost | Noted):
        return logging.WARNING
    if isinstance(record, StepFinished):
        return logging.INFO if record.status == "success" else logging.WARNING
    return logging.INFO if isinstance(record, _INFO) else logging.DEBUG


_INFO: Final = (WorkflowStarted, WorkflowFinished)


def _text(record: Record) -> str:
    where = getattr(record, "step_id", None) or getattr(record, "workflow_id", None) or ""
    if isinstance(record, RequestSent):
        return f"{where}: {record.request.method} {record.request.url}"
    if isinstance(record, ResponseReceived):
        took = duration_text(record.duration_ms / 1000)
        return f"{where}: answered {record.response.status} after {took}"
    if isinstance(record, RequestLost | Noted):
        return f"{where}: {record.message}"
    if isinstance(record, Waiting):
        return f"{where}: waits {duration_text(record.seconds)} ({record.reason})"
    if isinstance(record, StepFinished | RunFinished | WorkflowFinished):
        why = f": {record.failure.message}" if record.failure else ""
        return f"{where}: {record.status}{why}"
    return f"{where}: begins"
