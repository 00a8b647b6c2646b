"""Reads simple conditions: tokens, then operators by precedence (CR-12)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from arazzo_runner.criteria.simple_nodes import (
    Comparison,
    Literal,
    Logical,
    Node,
    Not,
    Reference,
)
from arazzo_runner.errors import SyntaxFault
from arazzo_runner.expressions import ROOTS, Accessed, Expression, parse_prefix
from arazzo_runner.expressions.accessors import parse_accessors
from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.named_tuples import NamedTuple

__all__ = ["Operands", "operand_end", "parse_nodes"]

MAX_NESTING: Final = 100

_NOT_BLANK = lazy_pattern(r"[^ \t\r\n]|$")
_OPERATOR = lazy_pattern(r"==|!=|<=|>=|<|>|&&|\|\||!|\(|\)")
_NUMBER = lazy_pattern(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?(?![\w.$-])")
_KEYWORD = lazy_pattern(r"(?:true|false|null)(?![\w.$-])")
_STRING = lazy_pattern(r"'((?:[^']|'')*)'")
_OPERAND_STOP = lazy_pattern(r"[\s()<>{}]|==|!=|&&|\|\||\['(?:[^']|'')*'\]")
_ROOT_END = lazy_pattern(r"[.#\[]")
_KEYWORDS: Final = {"true": True, "false": False, "null": None}
_COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
_LONGEST_NUMBER: Final = 400


class Operands:
    """How the operands of a condition are read: strictly, here. Tolerance is a subclass."""

    def expression(self, text: str, start: int, end: int) -> Expression:
        """The expression that ``text[start:end]`` is: the longest one, then accessors (A-01).

        Raises:
            SyntaxFault: it is none.
        """
        expression, at = parse_prefix(text, start, end)
        path, stop = parse_accessors(text, at, end)
        if stop < end:
            raise SyntaxFault(
                f"'{text[stop:end]}' does not fit after '{text[start:stop]}'",
                text=text,
                offset=stop,
            )
        return Accessed(expression, path) if path else expression

    def other(self, text: str, start: int, following: bool) -> tuple[Node, int]:  # noqa: ARG002
        """What an operand means that starts like no literal and no expression, and its end.

        ``following``: a comparison operator is before it.

        Raises:
            SyntaxFault: nothing.
        """
        word = text[start : operand_end(text, start)] or text[start]
        hint = "write strings in single quotes"
        if word[0] in "{}":
            hint = "leave the braces out"
        elif f"${_ROOT_END.split(word, 1)[0]}" in ROOTS:
            hint = f"did you mean '${word}'?"
        raise SyntaxFault(
            f"'{word}' is not a value",
            text=text,
            offset=start,
            hint=None if word[0] in "=&|" else hint,
        )


class _Token(NamedTuple):
    """An operator (``node`` is None) or an operand, with its first index."""

    text: str
    offset: int
    node: Node | None = None


def parse_nodes(text: str, operands: Operands) -> Node:
    """The tree of the condition.

    Raises:
        SyntaxFault: it is not a simple condition.
    """
    return _Parser(text, list(_tokens(text, operands))).whole()


def operand_end(text: str, start: int) -> int:
    """Where the run of operand characters at ``start`` ends: blank, operator, unmatched ``)``."""
    depth = 0
    for found in _OPERAND_STOP.finditer(text, start):
        mark = found.group()
        if mark == "(":
            depth += 1
        elif mark == ")" and depth:
            depth -= 1
        elif not mark.startswith("["):
            return found.start()
    return len(text)


def _tokens(text: str, operands: Operands) -> Iterator[_Token]:
    at = _skip_blank(text, 0)
    previous = ""
    while at < len(text):
        found = _OPERATOR.match(text, at)
        if found:
            token, end = _Token(found.group(), at), found.end()
        else:
            node, end = _operand(text, at, operands, previous in _COMPARISONS)
            token = _Token(text[at:end], at, node)
        yield token
        previous = token.text if token.node is None else ""
        at = _skip_blank(text, end)
    yield _Token("", at)


def _skip_blank(text: str, at: int) -> int:
    found = _NOT_BLANK.search(text, at)
    return found.start() if found else len(text)


def _operand(text: str, at: int, operands: Operands, following: bool) -> tuple[Node, int]:
    if text[at] == "$":
        end = operand_end(text, at)
        return Reference(operands.expression(text, at, end)), end
    if found := _STRING.match(text, at):
        return Literal(found.group(1).replace("''", "'")), found.end()
    if text[at] == "'":
        raise SyntaxFault("the string has no closing quote", text=text, offset=at)
    if found := _NUMBER.match(text, at):
        return Literal(_number(found, text)), found.end()
    if found := _KEYWORD.match(text, at):
        return Literal(_KEYWORDS[found.group()]), found.end()
    return operands.other(text, at, following)


def _number(found: re.Match[str], text: str) -> int | float:
    digits = found.group()
    value = float(digits) if found.group(1) or found.group(2) else None
    if len(digits) > _LONGEST_NUMBER or value in (float("inf"), float("-inf")):
        raise SyntaxFault("the number is too large", text=text, offset=found.start())
    return int(digits) if value is None else value


class _Parser:
    """Grouping, ``!``, comparison, ``&&``, ``||``: the first binds tightest."""

    def __init__(self, text: str, tokens: list[_Token]) -> None:
        self.text = text
        self.tokens = tokens
        self.position = 0
        self.depth = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.position]

    def take(self, operator: str) -> bool:
        """Step over the operator when it is next."""
        token = self.next
        if token.node is None and token.text == operator:
            self.position += 1
            return True
        return False

    def whole(self) -> Node:
        node = self.logical("||", "&&")
        if self.next.text:
            raise self.fault(f"'{self.next.text}' does not fit here")
        return node

    def logical(self, operator: str, inner: str | None) -> Node:
        operands = [self.operand_of(inner)]
        while self.take(operator):
            operands.append(self.operand_of(inner))
        return operands[0] if len(operands) == 1 else Logical(operator, tuple(operands))

    def operand_of(self, inner: str | None) -> Node:
        return self.logical(inner, None) if inner else self.comparison()

    def comparison(self) -> Node:
        left = self.unary()
        operator = self.comparison_operator()
        if operator is None:
            return left
        self.position += 1
        node = Comparison(operator, left, self.unary())
        if self.comparison_operator():
            raise self.fault("comparisons do not chain", hint="join two comparisons with '&&'")
        return node

    def comparison_operator(self) -> str | None:
        """The comparison operator that is next, or None."""
        token = self.next
        return token.text if token.node is None and token.text in _COMPARISONS else None

    def unary(self) -> Node:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise self.fault("the condition is nested too deeply")
        try:
            return Not(self.unary()) if self.take("!") else self.primary()
        finally:
            self.depth -= 1

    def primary(self) -> Node:
        token = self.next
        if token.node is not None:
            self.position += 1
            return token.node
        if not self.take("("):
            missing = f"a value is expected before '{token.text}'" if token.text else None
            raise self.fault(missing or "a value is expected")
        node = self.logical("||", "&&")
        if not self.take(")"):
            raise self.fault("')' is expected")
        return node

    def fault(self, message: str, hint: str | None = None) -> SyntaxFault:
        return SyntaxFault(message, text=self.text, offset=self.next.offset, hint=hint)
