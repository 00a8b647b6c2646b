"""Operands and comparisons of logical expressions over JSONPath queries (RFC 9535 §2.3.5.2.2)."""

from __future__ import annotations

from typing import Protocol, TypeAlias

from arazzo_runner.criteria.jsonpath import Query, rfc_environment
from arazzo_runner.values import ABSENT, Absent, Json, Value
from arazzo_runner.values.xml_mapping import XmlElement

__all__ = [
    "Count",
    "Length",
    "Literal",
    "Nodes",
    "Operand",
    "RegexTest",
    "Selected",
    "Trace",
    "compare",
    "is_empty",
]

Trace: TypeAlias = list[tuple[str, Value]]
"""The operands that were looked at: text and value."""


class Operand(Protocol):
    """One side of a comparison."""

    def value(self, document: Json, trace: Trace) -> Value:
        """The value on this document; ABSENT stands for Nothing."""
        ...


class Literal:
    """A number, string, boolean or null."""

    __slots__ = ("constant",)

    def __init__(self, constant: Json | Absent) -> None:
        self.constant = constant

    def value(self, document: Json, trace: Trace) -> Value:  # noqa: ARG002
        """Implements :class:`Operand`."""
        return self.constant


class Selected:
    """The value of the only node of a query, else Nothing (also ``value()``, §2.4.8)."""

    __slots__ = ("query", "text")

    def __init__(self, text: str, query: Query) -> None:
        self.text = text
        self.query = query

    def value(self, document: Json, trace: Trace) -> Value:
        """Implements :class:`Operand`."""
        nodes = self.query.select(document)
        found = nodes[0] if len(nodes) == 1 else ABSENT
        trace.append((self.text, found))
        return found


class Count:
    """The number of nodes of a query: ``count()`` (§2.4.5) and ``.length`` after a nodelist."""

    __slots__ = ("query", "text")

    def __init__(self, text: str, query: Query) -> None:
        self.text = text
        self.query = query

    def value(self, document: Json, trace: Trace) -> Value:
        """Implements :class:`Operand`."""
        found = len(self.query.select(document))
        trace.append((self.text, found))
        return found


class Nodes(Count):
    """A query that may select several nodes: it can be empty, but it is not one value."""

    __slots__ = ()


class Length:
    """The length of a string, array or object: ``length()`` (§2.4.4) and ``.length``.

    ``member`` selects a member that is really called length; it wins.
    """

    __slots__ = ("member", "of", "text")

    def __init__(self, text: str, of: Operand, member: Query | None = None) -> None:
        self.text = text
        self.of = of
        self.member = member

    def value(self, document: Json, trace: Trace) -> Value:
        """Implements :class:`Operand`."""
        nodes = self.member.select(document) if self.member else []
        if nodes:
            found = nodes[0]
        else:
            measured = self.of.value(document, [])
            if isinstance(measured, XmlElement):
                measured = [measured]  # the only one of its name
            found = len(measured) if isinstance(measured, str | list | dict) else ABSENT
        trace.append((self.text, found))
        return found


class RegexTest:
    """``match()`` or ``search()`` (§2.4.6, §2.4.7)."""

    __slots__ = ("name", "pattern", "subject")

    def __init__(self, name: str, subject: Operand, pattern: Operand) -> None:
        self.name = name
        self.subject = subject
        self.pattern = pattern

    def test(self, document: Json, trace: Trace) -> bool:
        """True when the subject meets the pattern."""
        function = rfc_environment().function_extensions[self.name]
        return bool(
            function(self.subject.value(document, trace), self.pattern.value(document, trace))
        )


def compare(left: Value, operator: str, right: Value) -> bool:
    """One comparison: no conversion, case matters, ABSENT stands for Nothing."""
    if operator == "==":
        return _equal(left, right)
    if operator == "!=":
        return not _equal(left, right)
    if operator in (">", ">="):
        left, right = right, left
    return _less(left, right) or (operator in ("<=", ">=") and _equal(left, right))


def is_empty(value: Value) -> bool:
    """True for nothing, null, and a string, array or object of length 0."""
    return value is None or value is ABSENT or (isinstance(value, str | list | dict) and not value)


def _equal(left: Value, right: Value) -> bool:
    """Deep equality without conversion: true is not 1, but 1 is 1.0."""
    pairs = [(left, right)]
    while pairs:
        one, other = pairs.pop()
        if isinstance(one, bool) or isinstance(other, bool):
            if one is not other:
                return False
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            pairs.extend(zip(one, other, strict=True))
        elif isinstance(one, dict) and isinstance(other, dict):
            if one.keys() != other.keys():
                return False
            pairs.extend((item, other[key]) for key, item in one.items())
        elif isinstance(one, list | dict) or one != other:
            return False
    return True


def _less(left: Value, right: Value) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left < right
    return _is_number(left) and _is_number(right) and bool(left < right)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
