"""``{$…}`` inside regex, jsonpath and xpath conditions (SEMANTICS §3, A-15, CR-17).

A value is put in as text. Inside a quoted literal of the condition it is escaped for that literal.
Elsewhere in a query it must be one number, ``true``, ``false``, ``null`` or name: anything longer
could change what the query means, so the condition fails instead. A regular expression takes the
text as it is, because patterns may come from inputs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from arazzo_runner.criteria.limits import EvaluationFault
from arazzo_runner.criteria.verdict import Operand
from arazzo_runner.errors import SyntaxFault
from arazzo_runner.expressions import (
    AbsentInText,
    Evaluator,
    Expression,
    Names,
    Scope,
    Template,
    ToleranceUse,
    compile_expression,
    embed,
    explain_absent,
    parse_prefix,
    parse_text,
    read_text,
)
from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import ABSENT, Value

__all__ = ["EmbeddedText", "read_embedded"]

_UNBRACED = lazy_pattern(r"\$[A-Za-z]")
_BARE_END = lazy_pattern(r"[\s()\[\]=!<>&|,'\"]")
_SCALAR = lazy_pattern(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|[^\W\d][\w-]*")
_SAMPLES: Final = ("1", "x", "")


class _Slot(NamedTuple):
    """A place that a value is put into. ``quote`` is the quotation mark around it, if any;
    ``typed`` puts in a literal of the value's own type."""

    expression: Expression
    evaluate: Evaluator
    kind: str
    quote: str = ""
    typed: bool = False

    def text(self, value: Value) -> str:
        """The value as a piece of the condition."""
        if self.typed:
            if isinstance(value, dict | list):
                raise EvaluationFault(f"{self.expression.text} is not a number, string or boolean")
            return json.dumps(value, ensure_ascii=False)
        text = embed(value)
        if self.kind == "regex":
            return text
        if self.quote:
            return _escaped(text, self.kind, self.quote)
        if not _SCALAR.fullmatch(text):
            raise EvaluationFault(
                f"the value of {self.expression.text} cannot stand in a query without quotes",
                hint=f"write '{{{self.expression.text}}}' in quotes",
            )
        return text


class EmbeddedText(NamedTuple):
    """A condition with places for values."""

    parts: tuple[str | _Slot, ...]
    tolerances: tuple[ToleranceUse, ...] = ()

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The embedded expressions in order."""
        return tuple(part.expression for part in self.parts if isinstance(part, _Slot))

    @property
    def constant(self) -> str | None:
        """The text when nothing is embedded."""
        return None if self.expressions else "".join(map(str, self.parts))

    def samples(self) -> Iterator[str]:
        """Texts as the condition could be; when none of them compiles, none ever will."""
        for sample in _SAMPLES:
            yield "".join(part if isinstance(part, str) else sample for part in self.parts)

    def text(self, scope: Scope, operands: list[Operand]) -> str:
        """The condition with the values in it; each is added to ``operands``.

        Raises:
            AbsentInText, BytesInText: a value is missing or is no text.
            EvaluationFault: a value could change the meaning of the query.
        """
        pieces: list[str] = []
        for part in self.parts:
            if isinstance(part, str):
                pieces.append(part)
                continue
            value = part.evaluate(scope)
            operands.append(Operand(part.expression.text, value))
            if value is ABSENT:
                raise AbsentInText(part.expression, explain_absent(part.expression, scope))
            pieces.append(part.text(value))
        return "".join(pieces)


def read_embedded(condition: str, kind: str, names: Names | None) -> EmbeddedText:
    """Find the expressions in a condition of type ``kind``: regex, jsonpath or xpath.

    In jsonpath, expressions without braces count too (tolerance ``template-unbraced``): ``$`` and a
    letter never begin a query.

    Raises:
        SyntaxFault: an XPath condition has both comments and embedded expressions.
    """
    parsed = parse_text(condition)
    pieces = parsed.parts if isinstance(parsed, Template) else (condition,)
    quotes = _Quotes(kind)
    parts: list[str | _Slot] = []
    uses: list[ToleranceUse] = []
    offset = 0
    for piece in pieces:
        if not isinstance(piece, str):
            parts.append(_Slot(piece, compile_expression(piece), kind, quotes.open))
            offset = condition.find("}", offset) + 1
        elif kind == "jsonpath":
            parts.extend(_unbraced(piece, offset, quotes, names, uses))
            offset += len(piece)
        else:
            quotes.read(piece)
            parts.append(piece)
            offset += len(piece)
    embedded = EmbeddedText(tuple(parts), tuple(uses))
    if quotes.comment and embedded.expressions:
        # A quotation mark in a comment would hide where the literals are.
        raise SyntaxFault(
            "an XPath comment cannot stand beside embedded expressions",
            text=condition,
            offset=condition.index("(:"),
        )
    return embedded


def _unbraced(
    text: str, offset: int, quotes: _Quotes, names: Names | None, uses: list[ToleranceUse]
) -> Iterator[str | _Slot]:
    """Split a piece of a jsonpath condition at the expressions without braces."""
    done = 0
    for found in _UNBRACED.finditer(text):
        start = found.start()
        if start < done:
            continue
        quotes.read(text[done:start])
        yield text[done:start]
        done = start
        read = _expression_at(text, start, quotes.open, names)
        if read is None:
            continue
        expression, done = read
        written = text[start:done]
        uses.append(
            ToleranceUse("template-unbraced", written, f"{{{expression.text}}}", offset + start)
        )
        yield _Slot(
            expression, compile_expression(expression), "jsonpath", quotes.open, not quotes.open
        )
    quotes.read(text[done:])
    yield text[done:]


def _expression_at(
    text: str, start: int, quote: str, names: Names | None
) -> tuple[Expression, int] | None:
    stop = re.compile(re.escape(quote)) if quote else _BARE_END
    found = stop.search(text, start + 1)
    end = found.start() if found else len(text)
    reading = read_text(text[start:end], names or Names()).parsed
    if not isinstance(reading, str | Template):
        return reading, end
    try:
        return parse_prefix(text, start, end)
    except SyntaxFault:
        return None


class _Quotes:
    """Follows a condition from left to right: inside which quotation mark are we?"""

    def __init__(self, kind: str) -> None:
        self.open = ""
        self.comment = False
        self._kind = kind

    def read(self, text: str) -> None:
        """Go on over ``text``."""
        escaped = False
        for index, character in enumerate(text):
            if escaped:
                escaped = False
            elif self.open:
                if character == self.open:
                    self.open = ""
                escaped = character == "\\" and self._kind == "jsonpath"
            elif character in "'\"":
                self.open = character
            elif self._kind == "xpath" and text.startswith("(:", index):
                self.comment = True


def _escaped(text: str, kind: str, quote: str) -> str:
    """The text for inside a literal between two ``quote``."""
    if kind == "xpath":
        return text.replace(quote, quote * 2)
    # JSON's escapes are those of RFC 9535, but only the mark around the literal may be escaped.
    escaped = json.dumps(text, ensure_ascii=False)[1:-1]
    return escaped if quote == '"' else escaped.replace('\\"', '"').replace("'", "\\'")
