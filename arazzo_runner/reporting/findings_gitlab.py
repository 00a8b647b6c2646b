"""Findings as a Code Quality report of GitLab (a part of the Code Climate format)."""

from __future__ import annotations

import json
from collections import Counter

from arazzo_runner.reporting.findings import Report
from arazzo_runner.reporting.text import Style
from arazzo_runner.validation.baseline import fingerprint, shown_path
from arazzo_runner.values import Json

__all__ = ["write"]

_SEVERITIES = {"error": "major", "warning": "minor", "hint": "info"}


def write(report: Report, style: Style) -> str:  # noqa: ARG001 - JSON has no colours
    """The list of findings; fingerprints are unique in it."""
    seen: Counter[str] = Counter()
    rows: list[Json] = []
    for finding in report.findings:
        key = fingerprint(finding)
        seen[key] += 1
        at = finding.location
        rows.append(
            {
                "description": finding.message + (f" ({finding.hint})" if finding.hint else ""),
                "check_name": finding.rule,
                "fingerprint": key if seen[key] == 1 else f"{key}-{seen[key]}",
                "severity": _SEVERITIES[finding.severity],
                "location": {
                    "path": shown_path(at.file),
                    "lines": {"begin": at.line, "end": at.end_line or at.line},
                },
            }
        )
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"
