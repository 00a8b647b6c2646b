"""Secrets in what HTTP clients, botocore and Temporal log: masked before any handler sees it."""

from __future__ import annotations

import logging
import traceback
from typing import Final
from weakref import WeakSet

from arazzo_runner.values import Redactor

__all__ = ["mask_logs"]

_LIBRARIES: Final = frozenset(
    {"aiohttp", "asyncio", "botocore", "httpcore", "httpx", "temporalio", "urllib3"}
)
_redactors: WeakSet[Redactor] = WeakSet()
_installed: list[object] = []


def mask_logs(redactor: Redactor) -> None:
    """Mask what a redactor knows in the records of those libraries from now on.

    Loggers of their modules come and go; what all records pass is the factory.
    """
    _redactors.add(redactor)
    make = logging.getLogRecordFactory()
    if make in _installed:
        return

    def masked(*arguments: object, **options: object) -> logging.LogRecord:
        record = make(*arguments, **options)
        if record.name.partition(".")[0] in _LIBRARIES:
            _mask(record)
        return record

    _installed.append(masked)
    logging.setLogRecordFactory(masked)


def _mask(record: logging.LogRecord) -> None:
    try:
        text = record.getMessage()
    except (TypeError, ValueError):  # as logging says it: arguments that do not fit
        text = f"{record.msg} {record.args}"
    if record.exc_info:
        record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
    for redactor in tuple(_redactors):
        text = redactor.text(text)
        if record.exc_text:
            record.exc_text = redactor.text(record.exc_text)
    record.msg, record.args = text, ()
