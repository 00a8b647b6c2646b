"""The tolerant reader: what documents write wrong but mean clearly (SEMANTICS §1)."""

from __future__ import annotations

from dataclasses import dataclass

from arazzo_runner.errors import SyntaxFault
from arazzo_runner.expressions.names import Names
from arazzo_runner.expressions.nodes import Expression
from arazzo_runner.expressions.templates import Template, parse_text

__all__ = ["Reading", "ToleranceUse", "read_text"]


@dataclass(frozen=True, slots=True)
class ToleranceUse:
    """One use of a tolerance.

    ``written`` stands at ``offset`` of the text; ``read_as`` is the conforming spelling.
    ``rewritable`` is false when ``read_as`` cannot simply take its place.
    """

    rule: str
    written: str
    read_as: str
    offset: int = 0
    rewritable: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """What a string value means, and the tolerances it took to read it so.

    ``doubt`` is set for a literal that starts with ``$``: why it is not an expression.
    """

    parsed: str | Expression | Template
    tolerances: tuple[ToleranceUse, ...] = ()
    doubt: SyntaxFault | None = None


def read_text(text: str, names: Names) -> Reading:
    """What a string value of a document means, read tolerantly."""
    return Reading(parse_text(text))
