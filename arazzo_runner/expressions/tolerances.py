"""The tolerances of runtime expressions, one entry each, tried in order (SEMANTICS §1).

A repair rewrites a text that is no expression towards one, or reads it. What may follow a readable
expression (``.name``, ``[n]``) is the reader's business: conditions allow it, values do not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from arazzo_runner.errors import SyntaxFault
from arazzo_runner.expressions.accessors import parse_accessors
from arazzo_runner.expressions.names import Names
from arazzo_runner.expressions.nodes import PlainExpression, Pointer
from arazzo_runner.expressions.parser import parse_prefix
from arazzo_runner.expressions.places import place_at
from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import parse_pointer

__all__ = ["REPAIRS", "Repair", "ToleranceUse", "repair"]


class ToleranceUse(NamedTuple):
    """One use of a tolerance.

    ``written`` stands at ``offset`` of the text; ``read_as`` is the conforming spelling.
    ``rewritable`` is false when ``read_as`` cannot simply take its place.
    """

    rule: str
    written: str
    read_as: str
    offset: int = 0
    rewritable: bool = True


class Repair(NamedTuple):
    """A tolerance. ``read`` gives the repaired text, or the expression itself when no text can
    spell it, or None when the tolerance does not apply."""

    rule: str
    read: Callable[[str, Names], str | PlainExpression | None]


def repair(
    text: str, names: Names, offset: int = 0
) -> tuple[str | PlainExpression, tuple[ToleranceUse, ...]]:
    """The text after all repairs that apply, or the expression that one of them read."""
    uses: list[ToleranceUse] = []
    for entry in REPAIRS:
        result = entry.read(text, names)
        if result is None:
            continue
        rewritable = isinstance(result, str)
        uses.append(ToleranceUse(entry.rule, text, str(result), offset, rewritable))
        if not isinstance(result, str):
            return result, tuple(uses)
        text = result
    return text, tuple(uses)


_PLURAL = lazy_pattern(r"\$(request|response|message)\.headers\.")
_STEP = lazy_pattern(r"\$steps\.([A-Za-z0-9_-]+)\.(?!outputs(?:[.#\[]|$))")
_IDENTIFIER = lazy_pattern(r"[A-Za-z0-9._-]+")


def _headers_plural(text: str, _: Names) -> str | None:
    """``$response.headers.X``: ``$response.header.X``."""
    found = _PLURAL.match(text)
    return f"${found[1]}.header.{text[found.end() :]}" if found else None


def _steps_without_outputs(text: str, names: Names) -> str | None:
    """``$steps.S.N``: ``$steps.S.outputs.N``, when there is a step S."""
    found = _STEP.match(text)
    if found is None or found[1] not in names.steps:
        return None
    return f"{found.group()}outputs.{text[found.end() :]}"


def _pointer_slash(text: str, _: Names) -> str | None:
    """``$response.body#name``: ``$response.body#/name``."""
    try:
        _expression, end = parse_prefix(text)
    except SyntaxFault:
        return None
    if end == len(text) or text[end - 1] != "#" or text[end] in ".[{}":
        return None
    return f"{text[:end]}/{text[end:]}"


def _name_outside_grammar(text: str, names: Names) -> PlainExpression | None:
    """``$inputs.odd name[]``: the input that is declared with that very name."""
    place = place_at(text, 0, names)
    if place is None or not place.declared:
        return None
    rest = text[place.name_start :]
    for name in sorted(place.declared, key=len, reverse=True):
        if name and rest.startswith(name) and not _IDENTIFIER.fullmatch(name):
            pointer = _pointer_after_name(rest[len(name) :])
            if pointer != ():
                return place.expression(name, pointer)
    return None


def _pointer_after_name(rest: str) -> Pointer:
    """The pointer that follows a name: None when nothing does, ``()`` when something else does."""
    if not rest:
        return None
    if rest.startswith("#/"):
        try:
            return parse_pointer(rest[1:])
        except SyntaxFault:
            return ()
    path, end = parse_accessors(rest, 0, len(rest))
    return tuple(map(str, path)) if end == len(rest) else ()


REPAIRS: Final[tuple[Repair, ...]] = (
    Repair("expression-headers-plural", _headers_plural),
    Repair("steps-without-outputs", _steps_without_outputs),
    Repair("name-outside-grammar", _name_outside_grammar),
    Repair("pointer-slash", _pointer_slash),
)
