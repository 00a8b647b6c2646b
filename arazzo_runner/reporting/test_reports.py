"""Results of test cases: lines for people, JUnit XML, TAP 14."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.reporting.text import Style, one_line, printable
from arazzo_runner.reporting.xml_text import XML_DECLARATION, xml_attribute, xml_content
from arazzo_runner.simulation.simulation import Simulation
from arazzo_runner.values import Redactor

__all__ = ["Ran", "junit", "tap", "text_line"]


class Ran(NamedTuple):
    """One test case that ran: what is not as expected; ``simulation`` is None when it could not
    begin.
    """

    file: str
    name: str
    differences: tuple[str, ...]
    simulation: Simulation | None = None

    @property
    def ok(self) -> bool:
        """True when all is as expected."""
        return not self.differences


def text_line(ran: Ran, style: Style, redactor: Redactor) -> str:
    """One case with what differs."""
    mark = style.good("ok") if ran.ok else style.bad("not ok")
    lines = [f"{mark}  {one_line(redactor.text(ran.name))}"]
    lines += [f"    {one_line(redactor.text(text))}" for text in ran.differences]
    return "\n".join(lines) + "\n"


def junit(ran: Sequence[Ran], redactor: Redactor) -> str:
    """JUnit XML: a suite for each file."""
    failed = sum(not one.ok for one in ran)
    lines = [XML_DECLARATION]
    lines.append(f'<testsuites tests="{len(ran)}" failures="{failed}">')
    for file, group in groupby(ran, key=lambda one: one.file):
        own = list(group)
        bad = sum(not one.ok for one in own)
        name = _attribute(file, redactor)
        lines.append(f'  <testsuite name={name} tests="{len(own)}" failures="{bad}" errors="0">')
        for one in own:
            case = f"    <testcase classname={name} name={_attribute(one.name, redactor)}"
            if one.ok:
                lines.append(f"{case}/>")
                continue
            text = "\n".join(one.differences)
            message = _attribute(one.differences[0], redactor)
            lines.append(f"{case}>")
            lines.append(f"      <failure message={message}>{_content(text, redactor)}</failure>")
            lines.append("    </testcase>")
        lines.append("  </testsuite>")
    lines.append("</testsuites>")
    return "\n".join(lines) + "\n"


def tap(ran: Sequence[Ran], redactor: Redactor) -> str:
    """Test Anything Protocol, version 14."""
    lines = ["TAP version 14", f"1..{len(ran)}"]
    for number, one in enumerate(ran, 1):
        name = one_line(redactor.text(one.name)).replace("#", "\\#")
        lines.append(f"{'ok' if one.ok else 'not ok'} {number} - {name}")
        if not one.ok:
            lines.append("  ---")
            lines.append("  differences:")
            for text in one.differences:
                quoted = one_line(redactor.text(text)).replace("'", "''")
                lines.append(f"    - '{quoted}'")
            lines.append("  ...")
    return "\n".join(lines) + "\n"


def _attribute(text: str, redactor: Redactor) -> str:
    return xml_attribute(one_line(redactor.text(text)))


def _content(text: str, redactor: Redactor) -> str:
    return xml_content(printable(redactor.text(text)))
