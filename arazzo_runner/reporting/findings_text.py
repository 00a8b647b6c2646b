"""Findings for people: place, message, the line with a caret, help; a summary at the end."""

from __future__ import annotations

from collections.abc import Iterator

from arazzo_runner.reporting.diagnostics import Diagnostic, render
from arazzo_runner.reporting.findings import Report
from arazzo_runner.reporting.text import Style, one_line
from arazzo_runner.validation.findings import Finding
from arazzo_runner.values import Redactor

__all__ = ["summary", "write"]


def write(report: Report, style: Style) -> Iterator[str]:
    """The text, in pieces."""
    redactor = Redactor()
    for finding in report.findings:
        yield render(_diagnostic(finding), style, redactor) + "\n"
    yield summary(report, style) + "\n"


def _diagnostic(finding: Finding) -> Diagnostic:
    # On one line: a line of a message could look like something else to who reads the output.
    hint = one_line(finding.hint) if finding.hint else None
    message = one_line(finding.message)
    return Diagnostic(finding.rule, message, finding.severity, finding.location, hint)


def summary(report: Report, style: Style) -> str:
    """One line: how many files, how many findings, how many can be fixed."""
    size = len(report.files)
    files = f"{size} file" + ("" if size == 1 else "s")
    found = [
        f"{count} {severity}{'' if count == 1 else 's'}"
        for severity, count in report.counts().items()
        if count
    ]
    said = ", ".join(found) if found else "no findings"
    fixable = sum(finding.fix is not None for finding in report.findings)
    notes = [
        (report.fixed, "fixed"),
        (fixable, "can be fixed with --fix"),
        (report.known, "known from the baseline"),
        (report.ignored, "ignored by comments"),
    ]
    more = "".join(f"; {count} {what}" for count, what in notes if count)
    paint = style.bad if report.number_of("error") else style.good
    return f"{paint(said)} in {files}{more}"
