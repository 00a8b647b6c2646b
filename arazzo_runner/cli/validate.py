"""``arazzo validate``: what is wrong in documents, and where."""

from __future__ import annotations

from argparse import Namespace

from arazzo_runner.cli.screen import Screen
from arazzo_runner.errors import UsageError
from arazzo_runner.reading import Loader
from arazzo_runner.reporting.findings import Report, write_report
from arazzo_runner.validation import ValidationSettings, Validator
from arazzo_runner.validation.findings import SEVERITIES

__all__ = ["run"]


def run(values: Namespace, screen: Screen) -> int:
    """Validate the files; 1 when a finding is as bad as ``--fail-on`` says.

    Raises:
        UsageError: no file is named.
        DocumentNotFound: a file cannot be read.
    """
    if not values.file:
        raise UsageError("no file is named", hint="arazzo validate FILE|FOLDER|GLOB…")
    settings = ValidationSettings(
        select=tuple(values.select or ()),
        ignore=tuple(values.ignore or ()),
        sources="none" if values.no_sources else "full" if values.full_sources else "slice",
    )
    validator = Validator(Loader(), settings)
    findings = [finding for file in values.file for finding in validator.validate(file)]
    report = Report(tuple(values.file), tuple(findings))
    form = values.format or "text"
    screen.out(write_report(report, form, screen.out_style))
    worst = SEVERITIES.index(values.fail_on or "error")
    return int(any(SEVERITIES.index(finding.severity) <= worst for finding in findings))
