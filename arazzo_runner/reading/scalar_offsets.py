"""From a character of a scalar's value back to the character of the source that wrote it."""

from __future__ import annotations

import re
from typing import Final

from arazzo_runner.lazy import lazy_pattern

__all__ = ["source_offset"]

_BLANKS: Final = " \t\r\n"
_DOUBLE = lazy_pattern(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a pair is one character
    r"|\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\.|.",
    re.DOTALL,
)
_SINGLE = lazy_pattern(r"''|.", re.DOTALL)
_PLAIN = lazy_pattern(r".", re.DOTALL)
_BLANK_ESCAPES = lazy_pattern(r"\\(?:[tnr \r\n]|[xuU]0*(?:09|0[aA]|0[dD]|20))")


def source_offset(written: str, value: str, offset: int) -> int | None:
    """The index in ``written`` of the character ``value[offset]``, or None when it is unclear.

    ``written`` is the scalar as it stands in the source, with its quotes or block header. Folding
    and indentation change only blanks, so the characters that are not blank are counted.
    """
    places = _places(written)
    wanted = 0
    visible = 0
    for index, character in enumerate(value):
        if character not in _BLANKS:
            visible += 1
            wanted += index < offset
    if visible != len(places) or not 0 <= offset <= len(value) or not places:
        return None
    at_end = offset == len(value)
    if not at_end and value[offset] not in _BLANKS:
        return places[wanted][0]
    return places[wanted - 1][1] if wanted else places[0][0]


def _places(written: str) -> list[tuple[int, int]]:
    """Start and end of everything in the source that stands for one visible character."""
    units, start, end = _PLAIN, 0, len(written)
    opening = written[:1]
    if opening in {'"', "'"}:
        units = _DOUBLE if opening == '"' else _SINGLE
        start, end = 1, len(written) - 1
    elif opening in {"|", ">"}:
        start = written.find("\n") + 1 or len(written)
    return [
        match.span()
        for match in units.finditer(written, start, end)
        if match[0] not in _BLANKS and not _BLANK_ESCAPES.fullmatch(match[0])
    ]
