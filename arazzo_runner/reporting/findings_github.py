"""Findings as workflow commands of GitHub Actions: annotations in the changed files."""

from __future__ import annotations

from collections.abc import Iterator

from arazzo_runner.reporting.findings import Report
from arazzo_runner.reporting.findings_text import summary
from arazzo_runner.reporting.text import Style, printable
from arazzo_runner.validation.baseline import shown_path
from arazzo_runner.validation.findings import Finding

__all__ = ["write"]

_COMMANDS = {"error": "error", "warning": "warning", "hint": "notice"}


def write(report: Report, style: Style) -> Iterator[str]:
    """A line for each finding, and the summary."""
    for finding in report.findings:
        yield _line(finding) + "\n"
    yield summary(report, style) + "\n"


def _line(finding: Finding) -> str:
    at = finding.location
    properties = {
        "file": shown_path(at.file),
        "line": at.line,
        "endLine": at.end_line or at.line,
    }
    if at.end_line in (None, at.line):  # columns are only allowed within one line
        properties |= {"col": at.column, "endColumn": max(at.column, (at.end_column or 0) - 1)}
    properties["title"] = f"arazzo {finding.rule}"
    given = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    text = finding.message + (f"\nhelp: {finding.hint}" if finding.hint else "")
    return f"::{_COMMANDS[finding.severity]} {given}::{_data(text)}"


def _data(text: str) -> str:
    return printable(text).replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
