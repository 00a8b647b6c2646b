"""What a batch came to: a line of JSON per row, a summary, JUnit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from arazzo_runner.execution.batch import RowEnded
from arazzo_runner.execution.journal_records import value_of
from arazzo_runner.execution.result import RunResult
from arazzo_runner.interpreter.records import FailureReason
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.reporting.json_data import failure_data, json_data
from arazzo_runner.reporting.text import duration_text, one_line, printable
from arazzo_runner.reporting.xml_text import legal
from arazzo_runner.values import Json, Redactor

__all__ = ["RowSummary", "junit_text", "row_json", "summary_of", "summary_text"]


class RowSummary(NamedTuple):
    """What is remembered of a row until the end."""

    number: int
    status: str
    run_id: str
    message: str | None
    seconds: float


def row_json(row: RowEnded, redactor: Redactor) -> dict[str, Json]:
    """The line of a row; ``earlier`` marks one that an earlier batch has done."""
    result = row.result
    if result is not None:
        return {
            "row": row.number,
            "runId": result.run_id,
            "status": result.status,
            "outputs": json_data(result.outputs, redactor),
            "missingOutputs": list(result.missing_outputs),
            "error": failure_data(result.error, redactor),
            "durationMs": round(result.duration_ms),
            **_last_json(result.teardown, redactor),
        }
    assert row.before is not None
    found = row.before.result or {}
    return {
        "row": row.number,
        "runId": row.before.run_id,
        "status": row.status,
        "outputs": json_data(value_of(found.get("outputs", {})), redactor),
        "missingOutputs": list(found.get("missing_outputs", ())),
        "error": failure_data(_error(row), redactor),
        "durationMs": round(found.get("duration_ms", 0)),
        "earlier": True,
    }


def _last_json(last: RunResult | None, redactor: Redactor) -> dict[str, Json]:
    if last is None:
        return {}
    found: dict[str, Json] = {"runId": last.run_id, "status": last.status}
    return {"teardown": {**found, "error": failure_data(last.error, redactor)}}


def _error(row: RowEnded) -> FailureReason | None:
    if row.result is not None:
        last = row.result.teardown
        return row.result.error or (last and last.error)
    found = (row.before.result or {}).get("error") if row.before else None
    error = value_of(found)
    return error if isinstance(error, FailureReason) else None


def summary_of(row: RowEnded, redactor: Redactor) -> RowSummary:
    """What is kept of a row for the summary and JUnit."""
    error = _error(row)
    message = None
    if row.status != "completed":
        message = row.status if error is None else redactor.text(error.message)
    if row.result is not None:
        run_id, seconds = row.result.run_id, row.result.duration_ms / 1000
    else:
        assert row.before is not None
        run_id = row.before.run_id
        seconds = (row.before.result or {}).get("duration_ms", 0) / 1000
    return RowSummary(row.number, row.status, run_id, message, seconds)


def summary_text(rows: Sequence[RowSummary], total: int, seconds: float) -> str:
    """``98 of 100 rows: 97 completed, 1 failed in 12 s (8.2/s)`` and the first reasons."""
    counts = Counter(row.status for row in rows)
    parts = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    number = f"{len(rows)}" if len(rows) == total else f"{len(rows)} of {total}"
    rate = f" ({len(rows) / seconds:.1f}/s)" if seconds > 0 else ""
    noun = "row" if total == 1 else "rows"
    lines = [f"{number} {noun}: {parts or 'none'} in {duration_text(seconds)}{rate}"]
    reasons = Counter(one_line(printable(row.message), 100) for row in rows if row.message)
    for message, count in reasons.most_common(3):
        example = next(row for row in rows if row.message and row.message.startswith(message[:40]))
        times = f"{count} times, first in " if count > 1 else ""
        lines.append(f"  {times}row {example.number}: {message}")
    return "\n".join(lines)


def junit_text(rows: Sequence[RowSummary], workflow_id: str, seconds: float) -> str:
    """The rows as a JUnit test suite, each a test case."""
    failed = [row for row in rows if row.status != "completed"]
    suite = ET.Element(
        "testsuite",
        name=legal(workflow_id),
        tests=str(len(rows)),
        failures=str(len(failed)),
        errors="0",
        time=f"{seconds:.3f}",
    )
    for row in sorted(rows):
        case = ET.SubElement(
            suite, "testcase", classname=legal(workflow_id), name=f"row {row.number}",
            time=f"{row.seconds:.3f}",
        )  # fmt: skip
        if row.message is not None:
            ET.SubElement(
                case, "failure", message=legal(printable(row.message)), type=row.status
            ).text = legal(printable(f"run {row.run_id}: {row.message}"))
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode", xml_declaration=False) + "\n"
