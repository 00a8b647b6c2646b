"""Findings as JUnit XML: a suite for each file, a case for each finding that counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from arazzo_runner.reporting.findings import Report
from arazzo_runner.reporting.text import Style, printable
from arazzo_runner.reporting.xml_text import XML_DECLARATION, xml_attribute, xml_content
from arazzo_runner.validation.baseline import shown_path
from arazzo_runner.validation.findings import Finding

__all__ = ["write"]


def write(report: Report, style: Style) -> Iterator[str]:  # noqa: ARG001 - XML has no colours
    """The document, in pieces. Findings milder than ``fail_on`` are output of a passed case."""
    yield f"{XML_DECLARATION}\n"
    files = report.by_file()
    failures = sum(len(_failed(report, found)) for found in files.values())
    tests = sum(max(1, len(_failed(report, found))) for found in files.values())
    yield f'<testsuites name="arazzo validate" tests="{tests}" failures="{failures}">\n'
    for file, findings in files.items():
        yield from _suite(shown_path(file), report, findings)
    yield "</testsuites>\n"


def _failed(report: Report, findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in findings if report.fails(finding)]


def _suite(file: str, report: Report, findings: Sequence[Finding]) -> Iterator[str]:
    failed = _failed(report, findings)
    name = _attribute(file)
    count = max(1, len(failed))
    yield f'  <testsuite name={name} tests="{count}" failures="{len(failed)}" errors="0">\n'
    for finding in failed:
        at = finding.location
        case = _attribute(f"{finding.rule} at {at.line}:{at.column}")
        yield f"    <testcase name={case} classname={name}>\n"
        yield (
            f"      <failure type={_attribute(finding.rule)} message={_attribute(finding.message)}>"
            f"{xml_content(printable(_text(finding)))}</failure>\n    </testcase>\n"
        )
    milder = [finding for finding in findings if not report.fails(finding)]
    if not failed:
        yield f'    <testcase name="valid" classname={name}/>\n'
    if milder:
        text = "\n".join(_text(finding) for finding in milder)
        yield f"    <system-out>{xml_content(printable(text))}</system-out>\n"
    yield "  </testsuite>\n"


def _text(finding: Finding) -> str:
    return str(finding) + (f"\nhelp: {finding.hint}" if finding.hint else "")


def _attribute(text: str) -> str:
    return xml_attribute(printable(text))
