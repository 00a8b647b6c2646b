"""XPath 1.0, 2.0, 3.0 and 3.1 by elementpath, under a time limit (A-14, A-44; extra ``xml``).

Namespace prefixes are those of the document element. Functions that reach outside of the document
(files, network, environment) do not exist here. Functions with regular expressions run on
``regex``, which can be stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import lru_cache
from itertools import product
from types import FunctionType
from typing import Any, Final, TypeVar

from arazzo_runner.criteria.limits import MAX_NODES, REGEX_SECONDS, EvaluationFault, run_limited
from arazzo_runner.criteria.xml_tree import parse_xml, require_xml, shared_tree
from arazzo_runner.errors import SyntaxFault
from arazzo_runner.values import ABSENT, Value

__all__ = ["DEFAULT_XPATH", "VERSIONS", "XPath", "compile_xpath"]

T = TypeVar("T")

DEFAULT_XPATH: Final = "xpath-31"
VERSIONS: Final = ("xpath-31", "xpath-30", "xpath-20", "xpath-10")

_OUTSIDE: Final = frozenset(
    {
        "available-environment-variables", "collection", "doc", "doc-available",
        "environment-variable", "json-doc", "load-xquery-module", "parse-xml",
        "parse-xml-fragment", "transform", "unparsed-text", "unparsed-text-available",
        "unparsed-text-lines", "uri-collection",
    }
)  # fmt: skip
_WITH_REGEX: Final = ("analyze-string", "matches", "replace", "tokenize")
_COMPARISONS: Final = ("=", "!=", "<", "<=", ">", ">=")
_UNDECLARED_PREFIX: Final = "XPST0081"


class XPath:
    """A compiled expression. Its methods raise EvaluationFault."""

    __slots__ = ("text", "version")

    def __init__(self, text: str, version: str) -> None:
        self.text = text
        self.version = version

    def boolean(self, value: Value) -> bool:
        """The effective boolean value on an XML text, by the rules of the version."""
        token, items = self._evaluate(_tree(value))
        return _guarded(self.text, lambda: bool(token.boolean_value(items)))

    def value(self, value: Value) -> Value:
        """What a selector gives (A-14): one item as it is, a node as its text; several as an
        array; nothing as ABSENT."""
        items = [_plain(item) for item in self._evaluate(_tree(value))[1]]
        if not items:
            return ABSENT
        return items[0] if len(items) == 1 else items

    def nodes(self, root: Any) -> list[Any]:
        """The selected nodes of an lxml tree, as elementpath's nodes."""
        from elementpath import XPathNode

        items = self._evaluate(root)[1]
        if not all(isinstance(item, XPathNode) for item in items):
            raise EvaluationFault(f"{self.text} does not select nodes")
        return items

    def _evaluate(self, root: Any) -> tuple[Any, list[Any]]:
        from elementpath import XPathContext

        prefixes = tuple((prefix, uri) for prefix, uri in root.nsmap.items() if prefix)

        def evaluate() -> tuple[Any, list[Any]]:
            token = _parse(self.text, self.version, prefixes)
            return token, list(token.select(XPathContext(root.getroottree())))

        return _guarded(self.text, evaluate)


def compile_xpath(text: str, version: str = DEFAULT_XPATH) -> XPath:
    """Compile an expression of ``version``.

    Raises:
        SyntaxFault: not an expression, an unknown version, or the extra is not installed.
    """
    if version not in VERSIONS:
        raise SyntaxFault(
            f"'{version}' is not an XPath version",
            text=text,
            hint=f"use one of {', '.join(VERSIONS)}",
        )
    require_xml(text)
    try:
        _guarded(text, lambda: _parse(text, version, ()))
    except EvaluationFault as fault:
        # Which prefixes there are is only known with the document.
        if _UNDECLARED_PREFIX not in fault.message:
            raise SyntaxFault(f"not an XPath expression: {fault.message}", text=text) from None
    return XPath(text, version)


def _tree(value: Value) -> Any:
    return shared_tree(value) if isinstance(value, str) else parse_xml(value)


def _plain(item: Any) -> Value:
    """An item of a sequence as a JSON value."""
    from elementpath import XPathNode

    if isinstance(item, XPathNode):
        return item.string_value
    if isinstance(item, bool | str | float):
        return item
    if isinstance(item, int):
        return int(item)
    if isinstance(item, Decimal):
        return int(item) if item == item.to_integral_value() else float(item)
    return str(item)


def _guarded(text: str, call: Callable[[], T]) -> T:
    """The result of what the library does, its errors as EvaluationFault."""
    try:
        return run_limited(f"the expression {text}", call)
    except EvaluationFault:
        raise
    except RecursionError:
        raise EvaluationFault(f"the expression {text[:80]} is nested too deeply") from None
    except Exception as error:  # noqa: BLE001 - elementpath lets errors of any kind through
        message = str(error).partition("\n")[0] or type(error).__name__
        raise EvaluationFault(message) from None


@lru_cache(maxsize=128)
def _parse(text: str, version: str, prefixes: tuple[tuple[str, str], ...]) -> Any:
    return _parser_class(version)(namespaces=dict(prefixes)).parse(text)


@lru_cache(maxsize=4)
def _parser_class(version: str) -> Any:
    """The library's parser without the functions that reach outside, with stoppable ones."""
    from elementpath import XPath1Parser, XPath2Parser
    from elementpath.xpath30 import XPath30Parser
    from elementpath.xpath31 import XPath31Parser

    base = dict(
        zip(VERSIONS, (XPath31Parser, XPath30Parser, XPath2Parser, XPath1Parser), strict=True)
    )[version]
    table = {name: token for name, token in base.symbol_table.items() if name not in _OUTSIDE}
    for name in (*_WITH_REGEX, "to"):
        if name in table:
            table[name] = _limited(table[name])
    if version == "xpath-10":
        for name in _COMPARISONS:
            table[name] = _comparing(table[name])
    metaclass: Any = type(base)
    parser = metaclass(
        f"Safe{base.__name__}", (base,), {"symbol_table": table, "__module__": __name__}
    )
    parser.build()
    return parser


def _limited(token: Any) -> Any:
    """A token class whose code sees limited doubles where it says ``re`` and ``range``."""
    original = token.evaluate
    evaluate = FunctionType(
        original.__code__,
        original.__globals__ | {"re": _TimedRe(), "range": _limited_range},
        original.__name__,
        original.__defaults__,
        original.__closure__,
    )
    return type(token)(token.__name__, (token,), {"evaluate": evaluate, "__module__": __name__})


def _comparing(token: Any) -> Any:
    """A comparison's token class that converts its operands by XPath 1.0 §3.4.

    The library compares a node with a number as text, and without a node with nothing.
    """
    members = {"iter_comparison_data": _comparison_data, "__module__": __name__}
    return type(token)(token.__name__, (token,), members)


def _comparison_data(self: Any, context: Any) -> Iterator[tuple[Any, Any]]:
    sides = [list(item.select(context)) for item in self]
    equality = self.symbol in ("=", "!=")
    if any(_is_boolean(items) for items in sides) and (equality or any(map(_is_nodes, sides))):
        yield self.boolean_value(sides[0]), self.boolean_value(sides[1])
        return
    for pair in product(*(list(item.atomization(context)) for item in self)):
        numbers = not equality or any(isinstance(value, int | float | Decimal) for value in pair)
        yield (_number(pair[0]), _number(pair[1])) if numbers else pair


def _is_boolean(items: list[Any]) -> bool:
    return len(items) == 1 and isinstance(items[0], bool)


def _is_nodes(items: list[Any]) -> bool:
    from elementpath import XPathNode

    return all(isinstance(item, XPathNode) for item in items)


def _number(value: Any) -> float:
    """The number that XPath 1.0 makes of a value; NaN when it is none."""
    try:
        return float(value if isinstance(value, bool) else str(value))
    except ValueError:
        return float("nan")


def _limited_range(start: int, stop: int, step: int = 1) -> range:
    """The library makes a list of it at once, in C."""
    if abs(stop - start) > MAX_NODES:
        raise EvaluationFault(f"a range of more than {MAX_NODES:,} numbers")
    return range(start, stop, step)


class _TimedRe:
    """The part of :mod:`re` that elementpath's functions use, on ``regex`` with a time limit."""

    def __init__(self) -> None:
        import regex

        self.error = regex.error
        self.I, self.M, self.S, self.X = 2, 8, 16, 64
        self.escape = regex.escape
        self.sub = regex.sub
        self.split = regex.split

    def compile(self, pattern: str, flags: int = 0) -> _TimedPattern:
        import regex

        return _TimedPattern(regex.compile(pattern, flags))

    def search(self, pattern: str, text: str, flags: int = 0) -> Any:
        return self.compile(pattern, flags).search(text)


class _TimedPattern:
    """A compiled pattern of ``regex`` whose methods stop in time."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled
        self.groups = compiled.groups
        self.pattern = compiled.pattern

    def _call(self, method: str, *arguments: object) -> Any:
        try:
            return getattr(self._compiled, method)(*arguments, timeout=REGEX_SECONDS)
        except TimeoutError:
            raise EvaluationFault(
                f"the pattern {self.pattern} took longer than {REGEX_SECONDS:g} s"
            ) from None

    def search(self, *arguments: object) -> Any:
        return self._call("search", *arguments)

    def match(self, *arguments: object) -> Any:
        return self._call("match", *arguments)

    def sub(self, *arguments: object) -> Any:
        return self._call("sub", *arguments)

    def split(self, *arguments: object) -> Any:
        return self._call("split", *arguments)
