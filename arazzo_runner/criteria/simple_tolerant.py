"""Simple conditions as documents write them: the tolerances ``simple-…`` (SEMANTICS §1)."""

from __future__ import annotations

import json
from typing import Final, NoReturn

from arazzo_runner.criteria.simple_nodes import Comparison, Literal, Node, Reference
from arazzo_runner.criteria.simple_parser import Operands, parse_nodes
from arazzo_runner.errors import SyntaxFault
from arazzo_runner.expressions import (
    LENGTH,
    Accessed,
    Expression,
    Names,
    ToleranceUse,
    read_operand,
)
from arazzo_runner.lazy import lazy_pattern

__all__ = ["read_condition"]

Read = tuple[Node, tuple[ToleranceUse, ...]]

_DOUBLE_QUOTED = lazy_pattern(r'"(?:[^"\\]|\\.)*"')
_UNQUOTED_STOP = lazy_pattern(r"&&|\|\||==|!=|[<>=()]")
_MEDIA_TYPE = lazy_pattern(r"[A-Za-z0-9][\w!#$&^.+-]*/[A-Za-z0-9][\w!#$&^.+-]*")
_QUOTED_OR_BRACE = lazy_pattern(r"""'(?:[^']|'')*'|"[^"]*"|[{}]""")
_LIKE_EXPRESSION = lazy_pattern(r"\$[A-Za-z]")
_GROUPS: Final = {"{": "(", "}": ")"}


def read_condition(text: str, names: Names, context: Expression | None) -> Read:
    """The tree of a simple condition and the tolerances it took to read it.

    ``context`` is the criterion's context; only a condition that is a literal is compared with it.

    Raises:
        SyntaxFault: it cannot be read even tolerantly.
    """
    try:
        return _as_written(text, names, context)
    except SyntaxFault:
        read = _braced(text, names) or _context_literal(text, context)
        if read is None:
            raise
        return read


class _Tolerant(Operands):
    """Reads operands tolerantly and remembers the tolerances it used."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.uses: list[ToleranceUse] = []

    def expression(self, text: str, start: int, end: int) -> Expression:
        written = text[start:end]
        try:
            expression, uses = read_operand(written, self.names, start)
        except SyntaxFault:
            return super().expression(text, start, end)  # for its fault
        self.uses.extend(uses)
        if isinstance(expression, Accessed) and expression.path[-1] == "length":
            read_as = f"the length of {expression.text.removesuffix('.length')}"
            self.uses.append(ToleranceUse("simple-length", written, read_as, start, False))
            return Accessed(expression.expression, (*expression.path[:-1], LENGTH))
        return expression

    def other(self, text: str, start: int, following: bool) -> tuple[Node, int]:
        quoted = _DOUBLE_QUOTED.match(text, start)
        if quoted:
            literal = Literal(_unquote(quoted.group()))
            return self._literal("simple-double-quotes", literal, text, start, quoted.end())
        stop = _UNQUOTED_STOP.search(text, start)
        word = text[start : stop.start() if stop else len(text)].rstrip()
        if not following or not word or word[0] in "[{'\"":
            return super().other(text, start, following)
        media_type = _MEDIA_TYPE.fullmatch(word) is not None
        literal = Literal(word, media_type)
        return self._literal("simple-unquoted-string", literal, text, start, start + len(word))

    def _literal(
        self, rule: str, literal: Literal, text: str, start: int, end: int
    ) -> tuple[Node, int]:
        # A quoted media type would compare with its parameters.
        rewritable = not literal.media_type
        self.uses.append(ToleranceUse(rule, text[start:end], str(literal), start, rewritable))
        return literal, end


def _unquote(quoted: str) -> str:
    """The text in double quotes, with the escapes of JSON when it has no others."""
    try:
        text: str = json.loads(quoted, strict=False)
    except ValueError:
        return quoted[1:-1]
    return text


def _as_written(text: str, names: Names, context: Expression | None) -> Read:
    """The condition with its operands read tolerantly; a literal is compared with the context."""
    operands = _Tolerant(names)
    node = parse_nodes(text, operands)
    if context is not None and isinstance(node, Literal):
        return _equals(context, node, text)
    return node, tuple(operands.uses)


def _braced(text: str, names: Names) -> Read | None:
    """``simple-braced``: braces group, and mostly mean nothing."""
    grouped = _QUOTED_OR_BRACE.sub(lambda found: _GROUPS.get(found[0], found[0]), text)
    if grouped == text or "$" not in text:
        return None
    operands = _Tolerant(names)
    try:
        node = parse_nodes(grouped, operands)
    except SyntaxFault:
        return None
    return node, (ToleranceUse("simple-braced", text, str(node)), *operands.uses)


def _context_literal(text: str, context: Expression | None) -> Read | None:
    """``simple-context-literal``: the condition is JSON, or words, that the context equals."""
    words = text.strip()
    if context is None or not words:
        return None
    try:
        return _equals(context, Literal(json.loads(words, parse_constant=_no_constant)), text)
    except (ValueError, RecursionError):
        return None if _LIKE_EXPRESSION.search(words) else _equals(context, Literal(words), text)


def _equals(context: Expression, literal: Literal, text: str) -> Read:
    node = Comparison("==", Reference(context), literal)
    rewritable = not isinstance(literal.value, dict | list)
    return node, (ToleranceUse("simple-context-literal", text, str(node), 0, rewritable),)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
