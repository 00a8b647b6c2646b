"""Findings as one JSON object."""

from __future__ import annotations

import json

from arazzo_runner.reporting.findings import Report
from arazzo_runner.reporting.text import Style
from arazzo_runner.validation.findings import Finding
from arazzo_runner.values import Json

__all__ = ["write"]


def write(report: Report, style: Style) -> str:  # noqa: ARG001 - JSON has no colours
    """The object, with counts first."""
    counts = report.counts()
    data = {
        "files": len(report.files),
        "errors": counts["error"],
        "warnings": counts["warning"],
        "hints": counts["hint"],
        "fixed": report.fixed,
        "findings": [_finding(finding) for finding in report.findings],
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _finding(finding: Finding) -> Json:
    at = finding.location
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "message": finding.message,
        "file": at.file,
        "line": at.line,
        "column": at.column,
        "endLine": at.end_line or at.line,
        "endColumn": at.end_column or at.column,
        "pointer": finding.pointer,
        "hint": finding.hint,
        "fix": finding.fix.description if finding.fix else None,
    }
