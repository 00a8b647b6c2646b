"""The lines at the bottom of a terminal that are drawn again and again, and what goes above them.

A frame is one text: written at once, a terminal shows the old picture or the new one, nothing in
between. The cursor is neither hidden nor saved, and stands on a line of its own below: a program
that is killed or stopped leaves the terminal in order, and the ``^C`` that it echoes moves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from arazzo_runner.reporting.text import shown_width

__all__ = ["LiveRegion"]


class LiveRegion:
    """Knows what stands there and how to get from there to what shall.

    Args:
        reflows: whether the terminal breaks lines anew when it becomes narrower (most do).
    """

    def __init__(self, *, reflows: bool = True) -> None:
        self._reflows = reflows
        self._lines: tuple[str, ...] = ()
        self._columns = 0

    def frame(self, above: str, lines: Sequence[str], columns: int) -> str:
        """What to write so that the text scrolls away above and the lines stand below it.

        Args:
            above: whole lines, each with its line break; they stay.
            lines: each takes fewer than ``columns`` columns.
            columns: those of the terminal now.
        """
        lines = tuple(lines)
        if not above and lines == self._lines and columns == self._columns:
            return ""
        rows = self._rows(columns)
        clear = bool(above) or not lines or columns < self._columns
        if clear or not rows:
            # Line by line: tmux keeps in its history what "erase the rest of the screen" erases.
            start, fill, end = ("\x1b[2K" + "\x1b[A\x1b[2K" * rows + "\r" if rows else ""), "", ""
        else:  # written over what stands there: nothing is blank for a moment
            start, fill, end = f"\r\x1b[{rows}A", "\x1b[K", "\x1b[J"
        text = start + above + "".join(f"{line}{fill}\n" for line in lines) + end
        self._lines, self._columns = lines, columns
        return text

    def forget(self) -> None:
        """Something else was written since: what stands there stays there."""
        self._lines = ()

    def _rows(self, columns: int) -> int:
        """How many rows the region takes."""
        if not self._reflows or not 0 < columns < self._columns:
            return len(self._lines)
        return sum(max(1, -(-shown_width(line) // columns)) for line in self._lines)
