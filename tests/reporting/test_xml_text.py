"""Every JUnit writer makes well-formed XML of any text."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from arazzo_runner.errors import Location
from arazzo_runner.reporting.batch_report import RowSummary
from arazzo_runner.reporting.batch_report import junit_text as batch_junit
from arazzo_runner.reporting.findings import Report
from arazzo_runner.reporting.findings_junit import write
from arazzo_runner.reporting.test_reports import Ran, junit
from arazzo_runner.reporting.text import Style
from arazzo_runner.reporting.xml_text import xml_attribute, xml_content
from arazzo_runner.validation.findings import Finding
from arazzo_runner.values import Redactor

ANY = st.text(
    st.one_of(st.characters(exclude_categories=()), st.sampled_from("\0\x1b\ud800\uffff<&]>\"'\r"))
)


@given(ANY)
def test_any_text_is_well_formed(text: str) -> None:
    root = ET.fromstring(f"<a b={xml_attribute(text)}>{xml_content(text)}</a>")
    expected = "".join("\ufffd" if is_odd(char) else char for char in text)
    assert root.attrib["b"] == expected
    assert (root.text or "") == expected.replace("\r\n", "\n").replace("\r", "\n")


def is_odd(char: str) -> bool:
    return (
        (char < " " and char not in "\t\n\r")
        or "\ud800" <= char <= "\udfff"
        or char in "\ufffe\uffff"
    )


@given(ANY)
def test_reports_of_any_text(text: str) -> None:
    row = RowSummary(1, "failed", "r", text, 0.1)
    assert ET.fromstring(batch_junit([row], text, 1.0)).attrib["tests"] == "1"
    ran = Ran(text, text, (text,))
    assert ET.fromstring(junit([ran], Redactor())).attrib["failures"] == "1"
    finding = Finding("rule", "error", text, Location(text, 1, 1), "", text)
    report = Report((text,), (finding,), fail_on="error")
    found = "".join(write(report, Style(enabled=False)))
    assert ET.fromstring(found).attrib["failures"] == "1"
