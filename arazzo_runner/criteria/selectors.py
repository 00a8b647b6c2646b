"""Selector Objects: a value out of structured data by JSONPath, XPath or JSON Pointer (A-13, A-14).

* A singular JSONPath query gives its value; any other gives an array, even of one, so that the
  type does not depend on the data. Nothing found by a singular query is ABSENT.
* XPath gives one item as it is (a node as its text), several as an array, nothing as ABSENT.
* JSON Pointer gives the value it leads to, or ABSENT.

Nothing is embedded in ``selector`` (A-15). JSON selectors on an XML text read its mapping.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from arazzo_runner.criteria.criterion import json_views, read_context
from arazzo_runner.criteria.jsonpath import RFC9535, compile_jsonpath
from arazzo_runner.criteria.limits import EvaluationFault
from arazzo_runner.errors import SyntaxFault, did_you_mean
from arazzo_runner.expressions import Expression, Names, Scope, ToleranceUse
from arazzo_runner.values import ABSENT, Value, parse_fragment, parse_pointer, resolve_pointer

__all__ = ["SELECTOR_TYPES", "Selector", "compile_selector", "pointer_tokens"]

SELECTOR_TYPES: Final = ("jsonpath", "xpath", "jsonpointer")
_RFC6901: Final = "rfc6901"

_Select: TypeAlias = Callable[[Value], Value]


class Selector:
    """A compiled Selector Object.

    Attributes:
        selector: the selector as written.
        type: ``jsonpath``, ``xpath`` or ``jsonpointer``.
        tolerances: what its context does not write by the specification.
        expressions: the runtime expression of the context.
    """

    __slots__ = ("_context", "_select", "expressions", "selector", "tolerances", "type")

    def __init__(
        self, context: str, selector: str, kind: str, select: _Select, names: Names | None
    ) -> None:
        self._context = read_context(context, names)
        self._select = select
        self.selector = selector
        self.type = kind
        self.tolerances: tuple[ToleranceUse, ...] = self._context.tolerances
        self.expressions: tuple[Expression, ...] = (self._context.expression,)

    def evaluate(self, scope: Scope) -> Value:
        """The selected value; ABSENT when the context or the selection is nothing.

        Raises:
            EvaluationFault: the context is not structured data, or a limit was passed.
        """
        value = self._context.evaluate(scope)
        if value is ABSENT:
            return ABSENT
        try:
            found = self._select(value)
        except RecursionError:
            raise EvaluationFault(f"the context of {self.selector} is nested too deeply") from None
        if isinstance(value, str) and self.type != "xpath" and found not in (ABSENT, []):
            scope.tolerate("xml-by-pointer", self.selector)
        return found


def compile_selector(
    context: str,
    selector: str,
    type: str,  # noqa: A002 - the specification's name
    version: str | None = None,
    names: Names | None = None,
) -> Selector:
    """Compile a Selector Object.

    Raises:
        SyntaxFault: its context, selector, type or version is wrong, or XPath needs an extra.
    """
    if type == "jsonpath":
        select = _jsonpath(selector, version or RFC9535)
    elif type == "xpath":
        from arazzo_runner.criteria.xpath import DEFAULT_XPATH, compile_xpath

        select = compile_xpath(selector, version or DEFAULT_XPATH).value
    elif type == "jsonpointer":
        select = _pointer(selector, version)
    else:
        raise SyntaxFault(
            f"'{type}' is not a type of selector",
            text=type,
            hint=did_you_mean(type, SELECTOR_TYPES) or f"use {', '.join(SELECTOR_TYPES)}",
        )
    return Selector(context, selector, type, select, names)


def _jsonpath(selector: str, version: str) -> _Select:
    query = compile_jsonpath(selector, version)

    def select(value: Value) -> Value:
        found: list[Value] = []
        for view in json_views(value):
            found = query.select(view)
            if found:
                break
        if not query.is_singular:
            return found
        return found[0] if found else ABSENT

    return select


def _pointer(selector: str, version: str | None) -> _Select:
    tokens = pointer_tokens(selector, version)

    def select(value: Value) -> Value:
        for view in json_views(value):
            found = resolve_pointer(view, tokens)
            if found is not ABSENT:
                return found
        return ABSENT

    return select


def pointer_tokens(text: str, version: str | None) -> tuple[str, ...]:
    """The tokens of a JSON Pointer, in its plain or its URI fragment form.

    Raises:
        SyntaxFault: not a pointer, or ``version`` is not ``rfc6901``.
    """
    if version not in (None, _RFC6901):
        raise SyntaxFault(
            f"'{version}' is not a JSON Pointer version", text=text, hint=f"use '{_RFC6901}'"
        )
    return parse_fragment(text) if text.startswith("#") else parse_pointer(text)
