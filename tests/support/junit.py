"""What Jenkins' schema of JUnit files (its version 10, the strictest that is in use) asks for.

The schema itself is not copied: pytest's source distribution has it, as
``testing/example_scripts/junit-10.xsd``. The facts below were compared with it.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from xml.etree import ElementTree as ET

__all__ = ["check_junit"]

_SECONDS = re.compile(r"[0-9]+(\.[0-9]{0,3})?")


class _Element(NamedTuple):
    needs: frozenset[str]
    may: frozenset[str]
    holds: frozenset[str]


def _element(needs: str, may: str, holds: str) -> _Element:
    return _Element(frozenset(needs.split()), frozenset(may.split()), frozenset(holds.split()))


_TOLD = _element("", "type message", "")
_ELEMENTS = {
    "testsuites": _element("", "name time tests failures errors", "testsuite"),
    "testsuite": _element(
        "name tests failures errors",
        "group time skipped timestamp hostname id package file log url version",
        "testsuite properties testcase system-out system-err",
    ),
    "testcase": _element(
        "name", "time classname group", "skipped error failure system-out system-err"
    ),
    "properties": _element("", "", "property"),
    "property": _element("name value", "", ""),
    "failure": _TOLD,
    "error": _TOLD,
    "skipped": _TOLD,
    "system-out": _element("", "", ""),
    "system-err": _element("", "", ""),
}


def check_junit(text: str) -> ET.Element:
    """The root of a JUnit file that the schema accepts."""
    root = ET.fromstring(text)
    assert root.tag in ("testsuites", "testsuite")
    for element in root.iter():
        known = _ELEMENTS[element.tag]
        names = set(element.attrib)
        assert known.needs <= names, f"{element.tag} lacks {known.needs - names}"
        assert names <= known.needs | known.may, f"{element.tag} has {names}"
        held = {child.tag for child in element}
        assert held <= known.holds, f"{element.tag} holds {held}"
        if element.tag != "testcase" and "time" in element.attrib:
            assert _SECONDS.fullmatch(element.attrib["time"])
    return root
