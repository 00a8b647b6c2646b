"""The two standard streams as a command sees them: texts out, errors explained, secrets masked."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from typing import TextIO

from arazzo_runner.cli.errors import diagnostics
from arazzo_runner.cli.streams import write_all
from arazzo_runner.errors import ArazzoError, Fault
from arazzo_runner.reporting.diagnostics import Diagnostic, from_fault, render, render_line
from arazzo_runner.reporting.text import Style
from arazzo_runner.values import Json, Redactor

__all__ = ["Screen"]

_ALIKE = 3  # warnings of one rule that are shown one by one


class Screen:
    """Standard output for results, standard error for everything else.

    ``terminal`` says that lines of standard error can be rewritten in place, ``reflows`` that it
    breaks them anew when it becomes narrower; ``width`` is its columns. ``redactor`` learns every
    secret of the run.
    """

    def __init__(self, *, no_color: bool = False) -> None:
        self.redactor = Redactor()
        dumb = os.environ.get("TERM") == "dumb"
        self.terminal = _is_terminal(sys.stderr) and not dumb and _understands_escapes()
        self.reflows = not any(os.environ.get(name) for name in ("XTERM_VERSION", "STY"))
        plain = no_color or bool(os.environ.get("NO_COLOR")) or dumb
        self.color = self.terminal and not plain
        self.out_terminal = _is_terminal(sys.stdout)
        self.out_style = Style(enabled=self.out_terminal and not plain)
        self.style = Style(enabled=self.color)
        self.width = _width(sys.stderr)
        self._failed = False

    @property
    def stderr(self) -> TextIO | None:
        """The stream of progress; None when it is closed."""
        return sys.stderr

    def size(self) -> tuple[int, int]:
        """Columns and rows of the terminal as it is now."""
        try:
            columns, rows = os.get_terminal_size(sys.stderr.fileno())
        except (AttributeError, OSError, ValueError):
            return self.width, 24
        return min(_given_width() or columns or 80, columns or 80), rows or 24

    def out(self, text: str) -> None:
        """Write to standard output, at once."""
        error = write_all(sys.stdout, text)
        if error is not None:
            self.lost_output(f"cannot write to standard output: {error.strerror}")

    def out_document(self, text: str) -> None:
        """Write a document (XML, HTML, SVG, …) to standard output: UTF-8, but on a terminal."""
        if not self.out_terminal and hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
        self.out(text)

    def out_json(self, data: Json) -> None:
        """Write JSON data to standard output, indented on a terminal, one line otherwise."""
        utf8 = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().startswith("utf")
        indent = 2 if self.out_terminal else None
        self.out(json.dumps(data, ensure_ascii=not utf8, indent=indent, allow_nan=False) + "\n")

    def err(self, text: str) -> None:
        """Write to standard error, at once."""
        write_all(sys.stderr, text)

    def show(self, diagnostic: Diagnostic) -> None:
        """Explain one thing on standard error."""
        columns = self.size()[0] if self.terminal else 0
        self.err(render(diagnostic, self.style, self.redactor, columns) + "\n")

    def error(self, message: str, *, kind: str, hint: str | None = None) -> None:
        """Say that something is wrong."""
        self.show(Diagnostic(kind, message, hint=hint))

    def lost_output(self, message: str) -> None:
        """Something that was asked for could not be written: the exit code will tell."""
        self._failed = True
        self.error(message, kind="output")

    def report(self, error: ArazzoError) -> None:
        """Explain an error, all its causes included."""
        for diagnostic in diagnostics(error):
            self.show(diagnostic)

    def warnings(self, faults: Iterable[Fault], *, verbose: bool = False) -> None:
        """Show warnings, a line each; many of one rule are counted."""
        groups: dict[str, list[Fault]] = {}
        for fault in faults:
            groups.setdefault(fault.rule, []).append(fault)
        for rule, alike in groups.items():
            shown = alike if verbose else alike[:_ALIKE]
            say = render if verbose else render_line
            for fault in shown:
                self.err(say(from_fault(fault), self.style, self.redactor) + "\n")
            if len(alike) > len(shown):
                self.err(f"  and {len(alike) - len(shown)} more of {rule} (-v shows them)\n")

    def finish(self, code: int) -> int:
        """The exit code: a result that could not be written is no success.

        What is still to be written is written now: at exit a closed pipe would change the code.
        """
        for stream in (sys.stdout, sys.stderr):
            write_all(stream, "")
        return 1 if code == 0 and self._failed else code


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def _understands_escapes() -> bool:
    """Whether the terminal can rewrite lines; a console of Windows has to be asked to."""
    if os.name == "nt":
        from colorama import just_fix_windows_console

        just_fix_windows_console()  # what a console does not understand, it translates
    return True


def _width(stream: TextIO | None) -> int:
    try:
        return (
            _given_width() or os.get_terminal_size(stream.fileno()).columns or 80 if stream else 80
        )
    except (OSError, ValueError):
        return 80


def _given_width() -> int:
    given = os.environ.get("COLUMNS", "")
    return int(given) if given.isascii() and given.isdigit() else 0
