"""Tolerance ``jsonpath-comparison``: a comparison where a JSONPath query belongs (SEMANTICS §1).

``$.status == "done" && $.items.length > 0`` is no query of RFC 9535; nine of ten published
criteria of type jsonpath look so. It is read as a logical expression (RFC 9535 §2.3.5) over
absolute queries, evaluated once against the context, whatever its kind::

    or         = and *("||" and)
    and        = basic *("&&" basic)
    basic      = "!" basic / "(" or ")" / comparison / test
    comparison = operand ("==" / "!=" / "<=" / ">=" / "<" / ">") operand
               / operand "empty" ("true" / "false")
    test       = query / ("match" / "search") "(" operand "," operand ")"
    operand    = literal / query / query ".length"
               / ("length" / "count" / "value") "(" query ")"

An operand that is a query selects one node at most, unless it is counted or asked whether it is
empty. Queries are compiled by :mod:`arazzo_runner.criteria.jsonpath`; simple ones need no library.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Final, TypeAlias

from arazzo_runner.criteria.jsonpath import RFC9535, compile_jsonpath
from arazzo_runner.criteria.jsonpath_operands import (
    Count,
    Length,
    Literal,
    Nodes,
    Operand,
    RegexTest,
    Selected,
    Trace,
    compare,
    is_empty,
)
from arazzo_runner.errors import SyntaxFault
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import ABSENT, Absent, Json

__all__ = ["Comparison", "Fact", "parse_comparison"]

_Test: TypeAlias = Callable[[Json, Trace], bool]

_BLANKS = re.compile(r"[ \t\r\n]*")
_OPERATOR = re.compile(r"==|!=|<=|>=|<|>|empty\b")
_CONSTANT = re.compile(
    r"(?:true|false|null)\b|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.])"
)
_CALL = re.compile(r"(length|count|value|match|search)[ \t\r\n]*\(")
_STRING = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_DOT_STEP = re.compile(r"\.\.?(?:\*|[^\W\d]\w*|(?<=\.\.)(?=\[))")
_REQUOTE = re.compile(r"\\.|\"", re.DOTALL)
_MAX_NESTING: Final = 50


class Comparison:
    """A compiled logical expression. ``test(document, trace)`` is its value; the trace collects
    what its queries gave. It raises EvaluationFault when a query passes a limit.
    ``facts`` are the single comparisons that it is made of."""

    __slots__ = ("facts", "test", "text")

    def __init__(self, text: str, test: _Test, facts: tuple[Fact, ...]) -> None:
        self.text = text
        self.test = test
        self.facts = facts


class Fact(NamedTuple):
    """One comparison: ``right`` is an operand, or a boolean for ``empty``, or None where the left
    side only has to exist. ``negated`` says that it stands below an odd number of ``!``."""

    left: Operand
    operator: str
    right: Operand | bool | None
    negated: bool = False


def parse_comparison(
    text: str, version: str = RFC9535, *, null: Json | Absent = None
) -> Comparison | None:
    """Compile the condition, or None when it is one whole query and so no comparison.

    ``null`` is what ``null`` means: ABSENT where a document has no nulls (XML), so that
    ``$.nextToken == null`` says what it can only mean.

    Raises:
        SyntaxFault: the text is neither.
    """
    reader = _Reader(text, version, null)
    if reader.query_end(0) == len(text):
        return None
    test = reader.alternatives()
    reader.blanks()
    if reader.position < len(text):
        raise reader.fault(f"'{text[reader.position :][:20]}' is unexpected here")
    return Comparison(text, test, tuple(reader.facts))


class _Reader:
    """Recursive descent; each method leaves ``position`` after what it read."""

    def __init__(self, text: str, version: str, null: Json | Absent) -> None:
        self.text = text
        self.version = version
        self.null = null
        self.position = 0
        self.nesting = 0
        self.facts: list[Fact] = []

    def fault(self, message: str, hint: str | None = None) -> SyntaxFault:
        return SyntaxFault(message, text=self.text, offset=self.position, hint=hint)

    def blanks(self) -> None:
        self.position = self.after_blanks(self.position)

    def after_blanks(self, position: int) -> int:
        found = _BLANKS.match(self.text, position)
        return found.end() if found else position

    def take(self, token: str) -> bool:
        self.blanks()
        if not self.text.startswith(token, self.position):
            return False
        self.position += len(token)
        return True

    def expect(self, token: str) -> None:
        if not self.take(token):
            raise self.fault(f"'{token}' is missing")

    # Logic

    def alternatives(self) -> _Test:
        tests = [self.conjunction()]
        while self.take("||"):
            tests.append(self.conjunction())
        return tests[0] if len(tests) == 1 else lambda doc, trace: any(t(doc, trace) for t in tests)

    def conjunction(self) -> _Test:
        tests = [self.basic()]
        while self.take("&&"):
            tests.append(self.basic())
        return tests[0] if len(tests) == 1 else lambda doc, trace: all(t(doc, trace) for t in tests)

    def basic(self) -> _Test:
        self.nesting += 1
        if self.nesting > _MAX_NESTING:
            raise self.fault("the condition is nested too deeply")
        if self.take("!"):
            before = len(self.facts)
            inner = self.basic()
            self.facts[before:] = [
                fact._replace(negated=not fact.negated) for fact in self.facts[before:]
            ]
            test: _Test = lambda doc, trace: not inner(doc, trace)  # noqa: E731
        elif self.take("("):
            test = self.alternatives()
            self.expect(")")
        else:
            test = self.comparison()
        self.nesting -= 1
        return test

    def comparison(self) -> _Test:
        left = self.operand()
        if isinstance(left, RegexTest):
            self.facts.append(Fact(left.subject, left.name, left.pattern))
            return left.test
        self.blanks()
        found = _OPERATOR.match(self.text, self.position)
        if found is None:
            return self.existence(left)
        operator = found.group()
        if operator == "empty":
            self.position = found.end()
            return self.emptiness(left)
        compared = self.comparable(left)
        self.position = found.end()
        right = self.comparable(self.operand())
        self.facts.append(Fact(compared, operator, right))
        return lambda doc, trace: compare(
            compared.value(doc, trace), operator, right.value(doc, trace)
        )

    def existence(self, operand: Operand) -> _Test:
        self.facts.append(Fact(operand, "exists", None))
        if isinstance(operand, Nodes):
            return lambda doc, trace: bool(operand.value(doc, trace))
        if isinstance(operand, Selected | Length):
            return lambda doc, trace: operand.value(doc, trace) is not ABSENT
        raise self.fault("a comparison operator is missing")

    def emptiness(self, operand: Operand) -> _Test:
        wanted = self.take("true")
        if not wanted:
            self.expect("false")
        self.facts.append(Fact(operand, "empty", wanted))
        if isinstance(operand, Nodes):
            return lambda doc, trace: (operand.value(doc, trace) == 0) is wanted
        return lambda doc, trace: is_empty(operand.value(doc, trace)) is wanted

    def comparable(self, operand: Operand | RegexTest) -> Operand:
        if isinstance(operand, Nodes | RegexTest):
            raise self.fault(
                "a query that may select several values cannot be compared",
                hint="move the comparison into a filter, such as $.items[?@.name == 'x']",
            )
        return operand

    # Operands

    def operand(self) -> Operand | RegexTest:
        self.blanks()
        start = self.position
        end = self.query_end(start)
        if end is not None:
            self.position = end
            return self.query_operand(self.text[start:end])
        for pattern, read in (
            (_STRING, self.string),
            (_CONSTANT, self.constant),
            (_CALL, self.call),
        ):
            found = pattern.match(self.text, start)
            if found:
                self.position = found.end()
                return read(found)
        raise self.fault("a query or a literal is missing", hint="strings are quoted: 'text'")

    def query_operand(self, text: str) -> Operand:
        query = compile_jsonpath(text, self.version)
        if text.endswith(".length"):
            base = compile_jsonpath(text.removesuffix(".length").rstrip(), self.version)
            if base.is_singular:
                return Length(text, Selected(base.text, base), member=query)
            return Count(text, base)
        return Selected(text, query) if query.is_singular else Nodes(text, query)

    def string(self, found: re.Match[str]) -> Literal:
        return Literal(self.json(f'"{_REQUOTE.sub(_requoted, found.group()[1:-1])}"'))

    def constant(self, found: re.Match[str]) -> Literal:
        value = self.json(found.group())
        return Literal(self.null if value is None else value)

    def json(self, text: str) -> Json:
        try:
            value = json.loads(text)
            if isinstance(value, str):
                value.encode()
        except ValueError:
            raise self.fault(f"{text[:40]} is not a literal of JSONPath") from None
        return value

    def call(self, found: re.Match[str]) -> Operand | RegexTest:
        start, name = found.start(), found.group(1)
        self.nesting += 1
        if self.nesting > _MAX_NESTING:
            raise self.fault("the condition is nested too deeply")
        argument = self.operand()
        if name in ("match", "search"):
            subject = self.comparable(argument)
            self.expect(",")
            pattern = self.comparable(self.operand())
            self.expect(")")
            self.nesting -= 1
            return RegexTest(name, subject, pattern)
        self.expect(")")
        self.nesting -= 1
        text = self.text[start : self.position]
        if name == "length":
            return Length(text, self.comparable(argument))
        if not isinstance(argument, Selected | Nodes):
            raise self.fault(f"the argument of {name}() is a query")
        kind = Count if name == "count" else Selected
        return kind(text, argument.query)

    # Queries

    def query_end(self, start: int) -> int | None:
        """Where the query that starts here ends; None when none starts here."""
        if not self.text.startswith("$", start):
            return None
        position = start + 1
        while True:
            ahead = self.after_blanks(position)
            step = _DOT_STEP.match(self.text, ahead)
            if step:
                position = step.end()
            elif self.text.startswith("[", ahead):
                position = self.bracket_end(ahead)
            else:
                return position

    def bracket_end(self, start: int) -> int:
        """After the bracket that closes the one at ``start``; strings are skipped."""
        depth = 0
        position = start
        while position < len(self.text):
            character = self.text[position]
            if character in "'\"":
                string = _STRING.match(self.text, position)
                if string is None:
                    break
                position = string.end()
                continue
            depth += (character == "[") - (character == "]")
            position += 1
            if depth == 0:
                return position
        self.position = start
        raise self.fault("']' is missing")


def _requoted(found: re.Match[str]) -> str:
    """A piece of a single-quoted string for a double-quoted one."""
    piece = found.group()
    if piece == "\\'":
        return "'"
    return '\\"' if piece == '"' else piece
