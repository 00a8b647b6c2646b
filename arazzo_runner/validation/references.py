"""The runtime expressions of a text, each with its place in it."""

from __future__ import annotations

from collections.abc import Iterable

from arazzo_runner.expressions import (
    Accessed,
    Expression,
    Names,
    PlainExpression,
    Template,
    read_text,
)
from arazzo_runner.named_tuples import NamedTuple

__all__ = ["Reference", "placed", "references_in"]


class Reference(NamedTuple):
    """An expression, read tolerantly, and the characters of the text that write it.

    ``plain`` is the expression without accessors behind it, ``accessors`` those that follow
    (``.name``, ``[n]``; conforming in simple conditions only). ``whole`` says that the expression
    is the whole text: its value keeps its type.
    """

    expression: Expression
    offset: int
    length: int
    whole: bool

    @property
    def plain(self) -> PlainExpression:
        """The expression without what follows it."""
        found = self.expression
        return found.expression if isinstance(found, Accessed) else found

    @property
    def accessors(self) -> tuple[object, ...]:
        """The names and indexes that follow the expression."""
        return self.expression.path if isinstance(self.expression, Accessed) else ()


def references_in(text: str, names: Names) -> list[Reference]:
    """The expressions of a text that is a value, or a condition with expressions in braces."""
    reading = read_text(text, names)
    if isinstance(reading.parsed, Template):
        return placed(text, [part for part in reading.parsed.parts if not isinstance(part, str)])
    if isinstance(reading.parsed, str):
        return []
    return [Reference(reading.parsed, 0, len(text), True)]


def placed(text: str, expressions: Iterable[Expression]) -> list[Reference]:
    """Each expression where its spelling is first found; the whole text when it is spelt oddly."""
    found = []
    for expression in expressions:
        written = expression.text
        at = text.find(written)
        if at < 0:
            found.append(Reference(expression, 0, len(text), False))
        else:
            found.append(Reference(expression, at, len(written), False))
    return found
