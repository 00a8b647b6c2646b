"""Reads runtime expressions by the grammar (grammar.abnf), strictly."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from arazzo_runner.errors import SyntaxFault, did_you_mean
from arazzo_runner.expressions.nodes import (
    BodyReference,
    ComponentsExpression,
    HeaderReference,
    InputsExpression,
    MessageExpression,
    MethodExpression,
    OutputsExpression,
    PathReference,
    PayloadReference,
    PlainExpression,
    Pointer,
    QueryReference,
    RequestExpression,
    ResponseExpression,
    SelfExpression,
    Source,
    SourceDescriptionsExpression,
    StatusCodeExpression,
    StepsExpression,
    UrlExpression,
    WorkflowsExpression,
)
from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.values import parse_pointer

__all__ = ["ROOTS", "parse_expression", "parse_prefix"]

_WORD = lazy_pattern(r"[A-Za-z]*")
_MAYBE_WORD = lazy_pattern(r"[A-Za-z0-9_-]*")
_STRICT = lazy_pattern(r"[A-Za-z0-9_-]+")
_IDENTIFIER = lazy_pattern(r"[A-Za-z0-9._-]+")
_TOKEN = lazy_pattern(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_NAME = lazy_pattern(r"""(?:[^\x00-\x1f"\\{}]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*""")
_ACCESSORS = lazy_pattern(r"(?:\.[\w$@-]+|\[[0-9]+\])+")
_ACCESSOR_MARK = lazy_pattern(r"\]?[.\[]")
_POINTER = lazy_pattern(r"(?:/(?:[^/{}~]|~[01])*)*")

Parsed = tuple[PlainExpression, int]


def parse_expression(text: str) -> PlainExpression:
    """The expression that the whole text is.

    Raises:
        SyntaxFault: the text is not a runtime expression; ``offset`` is the first character that
            does not fit, ``hint`` the probable meaning.
    """
    expression, end = parse_prefix(text)
    if end < len(text):
        raise _leftover(text, end)
    return expression


@lru_cache(maxsize=2048)  # a document writes few expressions often, and each is read twice or more
def parse_prefix(text: str, start: int = 0, end: int | None = None) -> Parsed:
    """The longest expression at ``start`` and the index after it, not beyond ``end``.

    Raises:
        SyntaxFault: no expression starts there.
    """
    limit = len(text) if end is None else end
    if text[start : start + 1] != "$" or start >= limit:
        raise SyntaxFault("a runtime expression starts with '$'", text=text, offset=start)
    return _Parser(text, limit).expression(start)


class _Parser:
    """One text and where it ends. Each method reads a rule at an index."""

    __slots__ = ("end", "text")

    def __init__(self, text: str, end: int) -> None:
        self.text = text
        self.end = end

    def expression(self, start: int) -> Parsed:
        name, after = self.match(_WORD, start + 1, "a name")
        if name in _COMPOUND:
            after = self.expect(".", after, f"'.' is expected after '${name}'")
            return _COMPOUND[name](self, after)
        for root, node in _SIMPLE.items():
            if name.startswith(root):
                return node, start + 1 + len(root)
        raise SyntaxFault(
            f"'${name}' is not a runtime expression",
            text=self.text,
            offset=start,
            hint=did_you_mean(f"${name}", ROOTS),
        )

    def expect(self, literal: str, at: int, message: str, hint: str | None = None) -> int:
        """The index after ``literal``, which must be at ``at``."""
        if not self.text.startswith(literal, at, self.end):
            raise SyntaxFault(message, text=self.text, offset=at, hint=hint)
        return at + len(literal)

    def match(self, rule: re.Pattern[str], at: int, what: str) -> tuple[str, int]:
        found = rule.match(self.text, at, self.end)
        if found is None:
            raise SyntaxFault(f"{what} is expected", text=self.text, offset=at)
        return found.group(), found.end()

    def keyword(self, words: tuple[str, ...], at: int) -> tuple[str, int]:
        """One of the words; only a name boundary ends it."""
        word, _ = self.match(_MAYBE_WORD, at, "a name")
        if word not in words:
            raise SyntaxFault(
                f"one of {', '.join(words)} is expected",
                text=self.text,
                offset=at,
                hint=did_you_mean(word, words) if word else None,
            )
        return word, at + len(word)

    def pointer(self, at: int) -> tuple[Pointer, int]:
        """``[ "#" json-pointer ]``."""
        if not self.text.startswith("#", at, self.end):
            return None, at
        raw, end = self.match(_POINTER, at + 1, "a JSON Pointer")
        return parse_pointer(raw), end

    def char_name(self, at: int) -> tuple[str, int]:
        """``*CHAR``, with its escapes read."""
        raw, end = self.match(_NAME, at, "a name")
        name: str = json.loads(f'"{raw}"') if "\\" in raw else raw
        return name, end

    def source(self, at: int) -> tuple[Source, int]:
        for word in ("body", "payload"):
            if self.text.startswith(word, at, self.end):
                pointer, end = self.pointer(at + len(word))
                return (BodyReference if word == "body" else PayloadReference)(pointer), end
        word, at = self.keyword(("header", "query", "path", "body", "payload"), at)
        at = self.expect(".", at, f"'.' is expected after '{word}'")
        if word == "header":
            name, end = self.match(_TOKEN, at, "a header name")
            return HeaderReference(name), end
        name, end = self.char_name(at)
        return (QueryReference if word == "query" else PathReference)(name), end

    def request(self, at: int) -> Parsed:
        source, end = self.source(at)
        return RequestExpression(source), end

    def response(self, at: int) -> Parsed:
        source, end = self.source(at)
        return ResponseExpression(source), end

    def message(self, at: int) -> Parsed:
        source, end = self.source(at)
        return MessageExpression(source), end

    def inputs(self, at: int) -> Parsed:
        name, at = self.match(_IDENTIFIER, at, "the name of an input")
        pointer, end = self.pointer(at)
        return InputsExpression(name, pointer), end

    def outputs(self, at: int) -> Parsed:
        name, at = self.match(_IDENTIFIER, at, "the name of an output")
        pointer, end = self.pointer(at)
        return OutputsExpression(name, pointer), end

    def steps(self, at: int) -> Parsed:
        step_id, at = self.match(_STRICT, at, "a stepId")
        rest = self.text[at + 1 : self.end]
        missing = _IDENTIFIER.fullmatch(rest) and not rest.startswith("outputs")
        at = self.expect(
            ".outputs.",
            at,
            f"'.outputs.' is expected after '$steps.{step_id}'",
            hint=f"write '$steps.{step_id}.outputs.{rest}'" if missing else None,
        )
        name, at = self.match(_IDENTIFIER, at, "the name of an output")
        pointer, end = self.pointer(at)
        return StepsExpression(step_id, name, pointer), end

    def workflows(self, at: int) -> Parsed:
        workflow_id, at = self.match(_STRICT, at, "a workflowId")
        at = self.expect(".", at, f"'.' is expected after '$workflows.{workflow_id}'")
        field, at = self.keyword(("inputs", "outputs"), at)
        at = self.expect(".", at, f"'.' is expected after '{field}'")
        name, at = self.match(_IDENTIFIER, at, f"a name of the {field}")
        pointer, end = self.pointer(at)
        return WorkflowsExpression(workflow_id, field, name, pointer), end

    def source_descriptions(self, at: int) -> Parsed:
        name, at = self.match(_STRICT, at, "the name of a source description")
        at = self.expect(".", at, f"'.' is expected after '$sourceDescriptions.{name}'")
        reference, end = self.char_name(at)
        if end == at:
            raise SyntaxFault(
                "an operationId, workflowId or field is expected", text=self.text, offset=at
            )
        return SourceDescriptionsExpression(name, reference), end

    def components(self, at: int) -> Parsed:
        kind, at = self.keyword(("parameters", "successActions", "failureActions"), at)
        at = self.expect(".", at, f"'.' is expected after '{kind}'")
        name, end = self.match(_IDENTIFIER, at, "the name of a component")
        return ComponentsExpression(kind, name), end


_SIMPLE: Final[dict[str, PlainExpression]] = {
    "url": UrlExpression(),
    "method": MethodExpression(),
    "statusCode": StatusCodeExpression(),
    "self": SelfExpression(),
}

_COMPOUND: Final[dict[str, Callable[[_Parser, int], Parsed]]] = {
    "request": _Parser.request,
    "response": _Parser.response,
    "message": _Parser.message,
    "inputs": _Parser.inputs,
    "outputs": _Parser.outputs,
    "steps": _Parser.steps,
    "workflows": _Parser.workflows,
    "sourceDescriptions": _Parser.source_descriptions,
    "components": _Parser.components,
}

ROOTS: Final = tuple(f"${name}" for name in (*_SIMPLE, *_COMPOUND))


def _leftover(text: str, at: int) -> SyntaxFault:
    """What is wrong with the text after a complete expression."""
    read, rest = text[:at], text[at:]
    hint = None
    if rest[0] in "{}":
        message = f"'{rest[0]}' cannot stand in a runtime expression"
    elif read.endswith("#"):
        message, hint = "a JSON Pointer starts with '/'", f"write '{read}/{rest}'"
    elif rest[0] == "~" and "#" in read:
        message = "'~' in a JSON Pointer is followed by 0 or 1"
        hint = "write '~0' for '~' and '~1' for '/'"
    elif rest[0] in ".[" and "#" not in read:
        message = f"'{read}' ends here: members are read with a JSON Pointer"
        if _ACCESSORS.fullmatch(rest):
            hint = f"write '{read}#{_ACCESSOR_MARK.sub('/', rest).rstrip(']')}'"
    else:
        message = f"'{rest[0]}' does not fit after '{read}'"
    return SyntaxFault(message, text=text, offset=at, hint=hint)
