"""One way to tell people what is wrong: where, what, on what values, what to do.

::

    flow.yaml:12:9: error[criteria]: step 'create' failed: '$statusCode == 200' is false
       12 |       - condition: $statusCode == 200
          |                    ^^^^^^^^^^^^^^^^^^
      $statusCode is 400
      help: ...
"""

from __future__ import annotations

from collections.abc import Iterable

from arazzo_runner.errors import Fault, Location
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.reporting.text import Style, printable, width_of
from arazzo_runner.values import Redactor

__all__ = ["Diagnostic", "from_fault", "render", "render_line"]

_EXCERPT_WIDTH = 100  # columns of a source line that are shown around the place


class Diagnostic(NamedTuple):
    """What one message says. ``severity`` is error, warning or hint; ``kind`` its stable name.

    ``details`` are further lines, such as the values of a comparison.
    """

    kind: str
    message: str
    severity: str = "error"
    location: Location | None = None
    hint: str | None = None
    details: tuple[str, ...] = ()


def from_fault(fault: Fault) -> Diagnostic:
    """A fault of a document as a diagnostic."""
    return Diagnostic(fault.rule, fault.message, fault.severity, fault.location, fault.hint)


def render(diagnostic: Diagnostic, style: Style, redactor: Redactor, columns: int = 0) -> str:
    """The whole message with excerpt, details and help; without a line break at the end.

    On a terminal of so many ``columns`` the excerpt stays on one line.
    """
    lines = [render_line(diagnostic, style, redactor)]
    if diagnostic.location is not None:
        room = _EXCERPT_WIDTH
        if columns:
            room = max(20, min(room, columns - len(str(diagnostic.location.line)) - 6))
        lines.extend(_excerpt(diagnostic.location, style, redactor, room))
    lines.extend(_indented(diagnostic.details, redactor))
    if diagnostic.hint:
        first, *rest = printable(redactor.text(diagnostic.hint)).splitlines() or [""]
        lines.append(f"  {style.good('help:')} {first}")
        lines.extend(f"        {line}" for line in rest)
    return "\n".join(lines)


def render_line(diagnostic: Diagnostic, style: Style, redactor: Redactor) -> str:
    """The first line alone: ``file:line:column: error[kind]: message``."""
    paint = style.bad if diagnostic.severity == "error" else style.warn
    place = f"{diagnostic.location}: " if diagnostic.location else ""
    label = paint(f"{diagnostic.severity}[{diagnostic.kind}]:")
    return f"{printable(place)}{label} {printable(redactor.text(diagnostic.message))}"


def _indented(details: Iterable[str], redactor: Redactor) -> Iterable[str]:
    for detail in details:
        for line in printable(redactor.text(detail)).splitlines():
            yield f"  {line}"


def _excerpt(location: Location, style: Style, redactor: Redactor, room: int) -> Iterable[str]:
    """The source line with its number, and carets under the place."""
    if location.excerpt is None or not location.excerpt.strip():
        return
    text = location.excerpt
    start = min(max(location.column - 1, 0), len(text))
    end = len(text.rstrip())
    if location.end_column is not None and location.end_line in (None, location.line):
        end = min(end, location.end_column - 1)
    end = max(end, start + 1)
    first = max(0, start - room // 2) if len(text) > room else 0
    last = first + room
    shown = printable(redactor.text(text[first:last].replace("\t", " ")))
    lead = width_of(printable(redactor.text(text[first:start].replace("\t", " "))))
    carets = "^" * max(1, width_of(text[start : min(end, last)]))
    number = str(location.line)
    bar = style.faint("|")
    yield f"  {style.faint(number)} {bar} {shown}".rstrip()
    yield f"  {' ' * len(number)} {bar} {' ' * lead}{style.bad(carets)}"
