"""``template-unbraced``: an expression in a text, without braces (``Bearer $inputs.token``)."""

from __future__ import annotations

from arazzo_runner.expressions.accessors import parse_accessors
from arazzo_runner.expressions.names import Names
from arazzo_runner.expressions.nodes import Expression
from arazzo_runner.expressions.places import Place, place_at
from arazzo_runner.expressions.templates import Segment
from arazzo_runner.expressions.tolerances import ToleranceUse
from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.values import parse_pointer

__all__ = ["split_unbraced"]

_DOLLAR = lazy_pattern(r"(?<!\{)\$(?=[a-z])")
_OPEN_NAME = lazy_pattern(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")
_NAME_GOES_ON = lazy_pattern(r"[A-Za-z0-9_]")
_POINTER = lazy_pattern(r"#((?:/(?:[\w$@-]|~[01])+)+)")


def split_unbraced(
    text: str, offset: int, names: Names
) -> tuple[list[Segment], list[ToleranceUse]]:
    """The literal text split at the expressions in it whose names the document declares.

    ``offset`` is the place of the text in the whole string.
    """
    segments: list[Segment] = []
    uses: list[ToleranceUse] = []
    done = 0
    for dollar in _DOLLAR.finditer(text):
        found = _reference(text, dollar.start(), names) if dollar.start() >= done else None
        if found is None:
            continue
        expression, end = found
        start = dollar.start()
        if start > done:
            segments.append((offset + done, text[done:start]))
        segments.append((offset + start, expression))
        uses.append(
            ToleranceUse(
                "template-unbraced", text[start:end], f"{{{expression.text}}}", offset + start
            )
        )
        done = end
    if done < len(text):
        segments.append((offset + done, text[done:]))
    return segments, uses


def _reference(text: str, start: int, names: Names) -> tuple[Expression, int] | None:
    """The declared name at ``start``, what is read inside it, and the index after that."""
    place = place_at(text, start, names)
    name = None if place is None else _declared(text, place)
    if place is None or name is None:
        return None
    end = place.name_start + len(name)
    pointer = _POINTER.match(text, end)
    if pointer is not None:
        return place.expression(name, parse_pointer(pointer[1])), pointer.end()
    # An input is most often a scalar, so a dot after it is more likely part of the text.
    if place.kind == "inputs":
        return place.expression(name, None), end
    path, end = parse_accessors(text, end, len(text))
    return place.expression(name, tuple(map(str, path)) if path else None), end


def _declared(text: str, place: Place) -> str | None:
    """The longest declared name at the place that does not go on with another letter."""
    if place.declared is None:
        found = _OPEN_NAME.match(text, place.name_start)
        return found.group() if found else None
    for name in sorted(place.declared, key=len, reverse=True):
        if name and text.startswith(name, place.name_start):
            after = place.name_start + len(name)
            if not _NAME_GOES_ON.match(text, after):
                return name
    return None
