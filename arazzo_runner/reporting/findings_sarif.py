"""Findings as SARIF 2.1.0 (OASIS), for code scanning."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

from arazzo_runner._version import __version__
from arazzo_runner.reporting.findings import Report
from arazzo_runner.reporting.text import Style
from arazzo_runner.validation.baseline import fingerprint, shown_path
from arazzo_runner.validation.findings import Finding
from arazzo_runner.validation.pages import paragraphs, rule_page
from arazzo_runner.validation.registry import known_rules
from arazzo_runner.values import Json

__all__ = ["write"]

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {"error": "error", "warning": "warning", "hint": "note"}


def write(report: Report, style: Style) -> str:  # noqa: ARG001 - JSON has no colours
    """One log with one run."""
    names = sorted({finding.rule for finding in report.findings})
    index = {name: number for number, name in enumerate(names)}
    run = {
        "tool": {
            "driver": {
                "name": "arazzo",
                "version": __version__,
                "informationUri": "https://spec.openapis.org/arazzo/latest.html",
                "rules": [_rule(name) for name in names],
            }
        },
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": {"uri": _uri(file)}} for file in report.files],
        "results": [_result(finding, index) for finding in report.findings],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _rule(name: str) -> Json:
    rule = known_rules().get(name)
    if rule is None:
        return {"id": name}
    return {
        "id": name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": "\n\n".join(paragraphs(rule.explanation))},
        "help": {"text": f"arazzo rules {name}", "markdown": rule_page(rule)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding, index: dict[str, int]) -> Json:
    at = finding.location
    text = finding.message + (f" ({finding.hint})" if finding.hint else "")
    return {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": text},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(at.file)},
                    "region": {
                        "startLine": at.line,
                        "startColumn": at.column,
                        "endLine": at.end_line or at.line,
                        "endColumn": at.end_column or at.column,
                    },
                },
                "logicalLocations": [{"fullyQualifiedName": finding.pointer or "/"}],
            }
        ],
        "partialFingerprints": {"arazzoFinding/v1": fingerprint(finding)},
    }


def _uri(file: str) -> str:
    if "://" in file:
        return file
    path = Path(shown_path(file))
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
