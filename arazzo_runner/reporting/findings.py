"""Findings of the validator as text, JSON and the formats of continuous integration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import Final

from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.reporting.text import Style
from arazzo_runner.validation.findings import SEVERITIES, Finding

__all__ = ["FORMATS", "Report", "write_report"]


class Report(NamedTuple):
    """What a validation came to. ``files`` are the documents, in the order they were given.

    ``fixed`` counts the findings that ``--fix`` corrected, ``known`` those of the baseline and
    ``ignored`` those that a comment in the document accepts; none of them is in ``findings``.
    ``fail_on`` is the mildest severity that fails the validation.
    """

    files: tuple[str, ...]
    findings: tuple[Finding, ...]
    fixed: int = 0
    known: int = 0
    ignored: int = 0
    fail_on: str = "error"

    def fails(self, finding: Finding) -> bool:
        """Whether the finding is as bad as ``fail_on``."""
        return SEVERITIES.index(finding.severity) <= SEVERITIES.index(self.fail_on)

    def number_of(self, severity: str) -> int:
        """How many findings have the severity."""
        return sum(finding.severity == severity for finding in self.findings)

    def counts(self) -> dict[str, int]:
        """The number of findings by severity, the worst first."""
        return {severity: self.number_of(severity) for severity in SEVERITIES}

    def by_file(self) -> Mapping[str, Sequence[Finding]]:
        """The findings of each file; files without findings have none."""
        found: dict[str, list[Finding]] = {file: [] for file in self.files}
        for finding in self.findings:
            found.setdefault(finding.location.file, []).append(finding)
        return found


FORMATS: Final[Mapping[str, str]] = {
    "text": "findings_text",
    "json": "findings_json",
    "sarif": "findings_sarif",
    "junit": "findings_junit",
    "github": "findings_github",
    "gitlab": "findings_gitlab",
    "markdown": "findings_markdown",
}
"""Formats and the modules that write them: each has ``write(report, style)``, giving the text."""


def write_report(report: Report, form: str, style: Style) -> str:
    """The whole report as text, with a line break at its end unless it is empty."""
    write: Callable[[Report, Style], str | Iterable[str]]
    write = import_module(f"arazzo_runner.reporting.{FORMATS[form]}").write
    return "".join(write(report, style))
