"""The formats of findings: against their schemas, and word by word in goldens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft202012Validator

from arazzo_runner.errors import Location
from arazzo_runner.reporting.findings import FORMATS, Report, write_report
from arazzo_runner.reporting.text import Style
from arazzo_runner.validation.findings import Finding, Fix, RenameKey
from tests.support.goldens import check_golden
from tests.support.junit import check_junit

HERE = Path(__file__).parent
PLAIN = Style(enabled=False)
NASTY = "100% 'a' <b> & \"c\": [d](e), |f|\r\n::error::\x1b[31m \u2028"
FINDINGS = (
    Finding(
        "unknown-field",
        "error",
        "a Step Object has no field 'operationID'",
        Location("flows/a b.yaml", 8, 5, 8, 16, "    operationID: x"),
        "/workflows/0/steps/0/operationID",
        "did you mean 'operationId'?",
        Fix("write operationId", (RenameKey(("a",), "b"),)),
    ),
    Finding(
        "field-type",
        "warning",
        NASTY,
        Location("flows/a b.yaml", 9, 3, 12, 4, "  x: |"),
        "",
        NASTY,
    ),
    Finding("not-arazzo", "hint", "no place", Location("https://example.com/x,y.yaml"), ""),
    Finding("rule-of-somebody", "error", "no page", Location("/tmp/z.json", 1, 1, 1, 2, "{"), "/a"),
)
REPORT = Report(
    ("flows/a b.yaml", "https://example.com/x,y.yaml", "/tmp/z.json", "fine.yaml"),
    FINDINGS,
    fixed=2,
    known=3,
    ignored=4,
)
EMPTY = Report(("fine.yaml",), ())


@pytest.mark.parametrize("form", FORMATS)
def test_goldens(form: str) -> None:
    check_golden(HERE / "goldens" / f"findings.{form}.txt", write_report(REPORT, form, PLAIN))


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_found(form: str) -> None:
    text = write_report(EMPTY, form, PLAIN)
    assert text.endswith("\n")
    assert "fine.yaml" in text or form in {"text", "json", "gitlab", "github", "markdown"}


@pytest.mark.parametrize("report", [REPORT, EMPTY], ids=["some", "none"])
def test_sarif_fits_its_schema(report: Report) -> None:
    schema = json.loads((HERE / "schemas" / "sarif-2.1.0.json").read_text("utf-8"))
    log = json.loads(write_report(report, "sarif", PLAIN))
    assert not [error.message for error in Draft4Validator(schema).iter_errors(log)]
    results = log["runs"][0]["results"]
    assert [result["level"] for result in results] == ["error", "warning", "note", "error"][
        : len(results)
    ]
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert all(rules[r["ruleIndex"]]["id"] == r["ruleId"] for r in results)


GITLAB: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {"lines": {"type": "object", "required": ["begin"]}},
            },
        },
    },
}
"""What GitLab documents of its Code Quality reports."""


def test_gitlab() -> None:
    twice = REPORT._replace(findings=FINDINGS * 2)
    rows = json.loads(write_report(twice, "gitlab", PLAIN))
    Draft202012Validator(GITLAB).validate(rows)
    assert len({row["fingerprint"] for row in rows}) == len(rows) == 8


def test_junit() -> None:
    root = check_junit(write_report(REPORT, "junit", PLAIN))
    assert (root.get("tests"), root.get("failures")) == ("4", "2")
    suites = root.findall("testsuite")
    assert [suite.get("name") for suite in suites] == list(REPORT.files)
    for suite in suites:
        assert suite.get("tests") == str(len(suite.findall("testcase")))
        assert suite.get("failures") == str(len(suite.findall("testcase/failure")))
    strict = check_junit(write_report(REPORT._replace(fail_on="hint"), "junit", PLAIN))
    assert strict.get("failures") == "4"


def test_github_annotations_stay_on_their_line() -> None:
    lines = write_report(REPORT, "github", PLAIN).splitlines()
    assert len([line for line in lines if line.startswith("::")]) == 4
    assert lines[0].startswith("::error file=flows/a b.yaml,line=8,endLine=8,col=5,endColumn=15,")
    assert "file=https%3A//example.com/x%2Cy.yaml" in lines[2]


def test_json_has_the_fields_that_scripts_rely_on() -> None:
    data = json.loads(write_report(REPORT, "json", PLAIN))
    assert {name: data[name] for name in ("files", "errors", "warnings", "hints")} == {
        "files": 4, "errors": 2, "warnings": 1, "hints": 1,
    }  # fmt: skip
    assert data["findings"][0] == {
        "rule": "unknown-field",
        "severity": "error",
        "message": "a Step Object has no field 'operationID'",
        "file": "flows/a b.yaml",
        "line": 8,
        "column": 5,
        "endLine": 8,
        "endColumn": 16,
        "pointer": "/workflows/0/steps/0/operationID",
        "hint": "did you mean 'operationId'?",
        "fix": "write operationId",
    }
