"""Findings as a Markdown summary, for job summaries and comments on changes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from arazzo_runner.reporting.findings import Report
from arazzo_runner.reporting.findings_text import summary
from arazzo_runner.reporting.text import Style, one_line
from arazzo_runner.validation.baseline import shown_path

__all__ = ["write"]

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>|#])")
_MARKS: Final = {"error": "❌ error", "warning": "⚠️ warning", "hint": "💡 hint"}


def write(report: Report, style: Style) -> Iterator[str]:  # noqa: ARG001 - Markdown has no colours
    """A heading with the counts, and a table for each file that has findings."""
    yield f"## Arazzo: {summary(report, Style(enabled=False))}\n"
    for file, findings in report.by_file().items():
        if not findings:
            continue
        yield f"\n### {_text(shown_path(file))}\n\n"
        yield "| place | severity | rule | finding |\n|---|---|---|---|\n"
        for finding in findings:
            at = finding.location
            hint = f"<br>{_text(finding.hint)}" if finding.hint else ""
            yield (
                f"| {at.line}:{at.column} | {_MARKS[finding.severity]} | `{finding.rule}` "
                f"| {_text(finding.message)}{hint} |\n"
            )


def _text(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", one_line(text))
