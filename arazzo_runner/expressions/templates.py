"""Texts with embedded expressions, ``Bearer {$inputs.t}`` (Arazzo 1.1.0, Runtime Expressions)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from arazzo_runner.errors import ArazzoError, SyntaxFault
from arazzo_runner.expressions.absence import explain_absent
from arazzo_runner.expressions.evaluation import Evaluator, compile_expression
from arazzo_runner.expressions.nodes import Expression
from arazzo_runner.expressions.parser import parse_expression
from arazzo_runner.expressions.scope import Scope
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import ABSENT, Value, json_text, type_name

__all__ = [
    "AbsentInText",
    "BytesInText",
    "Segment",
    "Template",
    "compile_template",
    "embed",
    "join_segments",
    "parse_text",
    "split_braces",
]


class AbsentInText(ArazzoError, LookupError):
    """An embedded expression has no value. ``expression`` is it, ``reason`` says why."""

    kind = "absent"

    def __init__(self, expression: Expression, reason: str) -> None:
        super().__init__(f"{expression.text} has no value: {reason}")
        self.expression = expression
        self.reason = reason


class BytesInText(ArazzoError, TypeError):
    """An embedded value cannot be written as text. ``expression`` is None outside a template."""

    kind = "bytes-in-text"

    def __init__(self, reason: str, expression: Expression | None = None) -> None:
        super().__init__(f"{expression.text}: {reason}" if expression else reason)
        self.expression = expression
        self.reason = reason


class Template(NamedTuple):
    """Literal texts and expressions in order. Neighbouring literals are one."""

    parts: tuple[str | Expression, ...]

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The embedded expressions in order."""
        return tuple(part for part in self.parts if not isinstance(part, str))

    @property
    def text(self) -> str:
        """The template as text, expressions in braces."""
        return "".join(part if isinstance(part, str) else f"{{{part.text}}}" for part in self.parts)

    def __str__(self) -> str:
        return self.text


def parse_text(text: str) -> str | Expression | Template:
    """What a string value means: an expression, a template, or itself.

    A string that is exactly one expression is that expression (A-59: anything else that starts
    with ``$`` is a literal). ``{$…}`` that parses is embedded, one alone too (A-51); every other
    brace is literal (A-02).
    """
    if "$" not in text:
        return text
    if text[0] == "$":
        expression = _embedded(text, 0)
        if expression is not None:
            return expression
    return join_segments(split_braces(text, _embedded))


Segment: TypeAlias = tuple[int, str | Expression]
"""A part of a text with its offset."""


def split_braces(text: str, read: Callable[[str, int], Expression | None]) -> list[Segment]:
    """The text split at the ``{$…}`` whose inside ``read(inside, offset)`` understands.

    No expression holds a brace, so it lies between the last ``{$`` before a ``}`` and that.
    """
    segments: list[Segment] = []
    done = 0
    at = text.find("{$")
    close = text.find("}", at)
    while 0 <= at < close:
        at = text.rfind("{$", at, close)
        expression = read(text[at + 1 : close], at + 1)
        if expression is not None:
            if at > done:
                segments.append((done, text[done:at]))
            segments.append((at, expression))
            done = close + 1
        at = text.find("{$", close)
        close = text.find("}", at)
    if done < len(text):
        segments.append((done, text[done:]))
    return segments


def join_segments(segments: Sequence[Segment]) -> str | Template:
    """The template of the segments, or the text when no expression is among them."""
    parts = tuple(part for _, part in segments)
    if all(isinstance(part, str) for part in parts):
        return "".join(map(str, parts))
    return Template(parts)


def _embedded(text: str, _: int) -> Expression | None:
    try:
        return parse_expression(text)
    except SyntaxFault:
        return None


def embed(value: Value) -> str:
    """The value as embedded text: a string as it is, everything else as compact JSON (A-16).

    Raises:
        BytesInText: bytes, ABSENT, or something that JSON cannot write, at any depth.
    """
    if isinstance(value, str):
        return value
    try:
        return json_text(value)
    except (TypeError, ValueError, RecursionError):
        raise BytesInText(f"{type_name(value)} cannot be embedded in text") from None


def compile_template(template: Template, written: Callable[[str], str] | None = None) -> Evaluator:
    """The closure that gives the template's text. Text that was put in is not scanned again.

    ``written`` gives the form in which an embedded text is put in, by default as it is.

    The closure raises:
        AbsentInText: an expression has no value.
        BytesInText: a value cannot be written as text.
    """
    pieces = [
        _constant(part) if isinstance(part, str) else _embedding(part, written)
        for part in template.parts
    ]
    return lambda scope: "".join([piece(scope) for piece in pieces])


def _constant(text: str) -> Callable[[Scope], str]:
    return lambda _: text


def _embedding(
    expression: Expression, written: Callable[[str], str] | None
) -> Callable[[Scope], str]:
    as_it_is = _embedded_text(expression)
    return as_it_is if written is None else lambda scope: written(as_it_is(scope))


def _embedded_text(expression: Expression) -> Callable[[Scope], str]:
    evaluate = compile_expression(expression)

    def text(scope: Scope) -> str:
        value = evaluate(scope)
        if isinstance(value, str):
            return value
        if value is ABSENT:
            raise AbsentInText(expression, explain_absent(expression, scope))
        try:
            return embed(value)
        except BytesInText as fault:
            raise BytesInText(fault.reason, expression) from None

    return text
