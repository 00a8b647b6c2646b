"""``arazzo validate``: what is wrong in documents, and where."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from arazzo_runner.cli.cache import cache_folder
from arazzo_runner.cli.screen import Screen
from arazzo_runner.errors import UsageError, did_you_mean
from arazzo_runner.reporting.findings import Report, write_report
from arazzo_runner.validation.batch import BatchSettings, Outcome, validate_files
from arazzo_runner.validation.configuration import Configuration, find_configuration
from arazzo_runner.validation.files import find_files
from arazzo_runner.validation.registry import known_rules

__all__ = ["run"]

_MANY = 16  # files from which on more than one process pays


def run(values: Namespace, screen: Screen) -> int:
    """Validate the files; 1 when a finding is as bad as ``--fail-on`` says, 3 when a file cannot
    be read.

    Raises:
        UsageError: no file is named, or a rule that does not exist.
        DocumentNotFound: a folder or pattern has no Arazzo document.
    """
    if not values.file:
        raise UsageError("no file is named", hint="arazzo validate FILE|FOLDER|PATTERN...")
    configured = find_configuration(Path.cwd())
    files = find_files(values.file, configured.exclude)
    settings = _settings(values, configured, len(files))
    outcomes = []
    for outcome in validate_files(files, settings):
        outcomes.append(outcome)
        if outcome.unreadable:
            message, hint = outcome.unreadable
            screen.error(message, kind="document-not-found", hint=hint)
    report = _report(outcomes, values, configured)
    if values.write_baseline:
        from arazzo_runner.validation.baseline import write_baseline

        write_baseline(values.write_baseline, report.findings)
        screen.err(f"{len(report.findings)} findings written to {values.write_baseline}\n")
        return 0
    style = screen.out_style
    form = values.format or "text"
    out = screen.out if form == "text" else screen.out_document
    out(write_report(report, form, style))
    if any(outcome.unreadable for outcome in outcomes):
        return 3
    return int(any(report.fails(finding) for finding in report.findings))


def _settings(values: Namespace, configured: Configuration, files: int) -> BatchSettings:
    """The options, and the configuration for what they leave open."""
    validation = configured.settings
    for option in ("select", "ignore"):
        names = getattr(values, option)
        if names:
            _check_rules(option, names)
            validation = validation._replace(**{option: names})
    if values.no_sources and values.full_sources:
        raise UsageError("--no-sources and --full-sources exclude each other")
    if values.no_sources or values.full_sources:
        validation = validation._replace(sources="none" if values.no_sources else "full")
    if values.offline:
        validation = validation._replace(offline=True)
    jobs = values.jobs or configured.jobs or 0
    if not jobs:
        jobs = min(os.cpu_count() or 1, 4) if files >= _MANY else 1
    cache = None if values.no_cache else cache_folder()
    return BatchSettings(validation, cache, values.fix, jobs)


def _check_rules(option: str, names: tuple[str, ...]) -> None:
    for name in names:
        if "*" not in name and name not in known_rules():
            raise UsageError(
                f"--{option}: there is no rule '{name}'",
                hint=did_you_mean(name, known_rules()) or "'arazzo rules' lists them",
            )


def _report(outcomes: list[Outcome], values: Namespace, configured: Configuration) -> Report:
    findings = tuple(dict.fromkeys(f for outcome in outcomes for f in outcome.findings))
    known = 0
    baseline = values.baseline or configured.baseline
    if baseline and not values.write_baseline:
        from arazzo_runner.validation.baseline import compare, read_baseline

        findings, known = compare(findings, read_baseline(baseline))
    return Report(
        tuple(outcome.file for outcome in outcomes if not outcome.unreadable),
        findings,
        fixed=sum(outcome.fixed for outcome in outcomes),
        known=known,
        ignored=sum(outcome.ignored for outcome in outcomes),
        fail_on=values.fail_on or configured.fail_on or "error",
    )
