"""Runs of a journal for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from arazzo_runner.execution.journal_queries import RunRow
from arazzo_runner.execution.journal_records import kept_result
from arazzo_runner.interpreter.records import Record
from arazzo_runner.reporting.json_data import timestamp
from arazzo_runner.reporting.result_json import result_to_json
from arazzo_runner.reporting.text import Style, duration_text, one_line
from arazzo_runner.values import Json, Redactor

__all__ = ["kept_run_json", "run_row_json", "run_row_text", "status_text"]

_GOOD = ("completed",)
_BAD = ("failed", "uncertain", "ended")


def status_text(row: RunRow, now: float) -> str:
    """``polling, next look in 20 s``, ``running in process 123``, ``uncertain``."""
    text = row.status
    if row.wake_at is not None and row.owner is not None and text in ("waiting", "polling"):
        text += f" for {duration_text(max(0.0, row.wake_at - now))} more"
    return text


def run_row_text(row: RunRow, now: float, style: Style) -> str:
    """One line: id, status, workflow, step, when it began, its batch."""
    began = datetime.fromtimestamp(row.started_at).strftime("%Y-%m-%d %H:%M:%S")
    paint = style.good if row.status in _GOOD else style.bad if row.status in _BAD else style.warn
    parts = [row.run_id[:12], began, paint(status_text(row, now)), one_line(row.workflow_id, 40)]
    if row.step_id and row.status not in ("completed", "cancelled"):
        parts.append(f"at {one_line(row.step_id, 40)}")
    if row.owner is not None:
        parts.append(f"process {row.owner.pid}" + ("" if row.owner.is_here else " elsewhere"))
    if row.batch is not None:
        parts.append(f"batch {row.batch[:12]} row {row.row}")
    if row.teardown_of is not None:
        parts.append(f"cleans up after {row.teardown_of[:12]}")
    return "  ".join(parts)


def run_row_json(row: RunRow, redactor: Redactor) -> dict[str, Json]:
    """The same as JSON data."""
    error = (row.result or {}).get("error")
    return {
        "runId": row.run_id,
        "workflowId": row.workflow_id,
        "file": row.name,
        "status": row.status,
        "stepId": row.step_id,
        "wakeAt": None if row.wake_at is None else timestamp(row.wake_at),
        "startedAt": timestamp(row.started_at),
        "updatedAt": timestamp(row.updated_at),
        "requests": row.requests,
        "process": None if row.owner is None else {"host": row.owner.host, "pid": row.owner.pid},
        "batch": row.batch,
        "row": row.row,
        "teardownOf": row.teardown_of,
        "error": None if error is None else redactor.text(str(error.get("message"))),
    }


def kept_run_json(row: RunRow, records: Sequence[Record], redactor: Redactor) -> dict[str, Json]:
    """The object of ``run --json``, and what the list says of the run."""
    whole = result_to_json(kept_result(row, records), redactor)
    listed = run_row_json(row, redactor)
    return {**whole, **{key: listed[key] for key in listed if key not in whole}}
