"""JSONPath queries in both dialects of the specification (Expression Type Object).

``rfc9535`` is served by python-jsonpath in its strict mode, the Goessner draft by jsonpath-ng.
Most queries of real documents are singular and simple (``$.jobs[0].status``). Those are walked
directly, so that neither library is imported (150 ms of CPU).
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, Final, Protocol, TypeVar

from arazzo_runner.criteria.limits import (
    MAX_DEPTH,
    MAX_NODES,
    REGEX_SECONDS,
    EvaluationFault,
    run_limited,
)
from arazzo_runner.errors import SyntaxFault
from arazzo_runner.values import ABSENT, Json, Value
from arazzo_runner.values.xml_mapping import XmlElement

__all__ = ["GOESSNER", "RFC9535", "Query", "compile_jsonpath", "rfc_environment", "singular_keys"]

RFC9535: Final = "rfc9535"
T = TypeVar("T")

GOESSNER: Final = "draft-goessner-dispatch-jsonpath-00"

_SEGMENT = re.compile(
    r"\.(?P<name>[A-Za-z_][0-9A-Za-z_]*)"
    r"|\[(?:(?P<quoted>'[^'\\\x00-\x1f]*'|\"[^\"\\\x00-\x1f]*\")|(?P<index>0|-?[1-9][0-9]{0,14}))\]"
)


class Query(Protocol):
    """A compiled JSONPath query.

    ``is_singular`` is true when it selects one node at most, whatever the document (RFC 9535
    §2.3.5.1); ``is_root_filter`` when it is ``$[?…]`` and nothing else. The methods
    raise EvaluationFault when a limit is passed.
    """

    text: str
    is_singular: bool
    is_root_filter: bool

    def select(self, document: Json) -> list[Value]:
        """The values of the selected nodes, in document order."""
        ...

    def places(self, document: Json) -> list[tuple[str | int, ...]]:
        """Where the selected nodes are: member names and indexes from the root."""
        ...

    def exists(self, document: Json) -> bool:
        """True when at least one node is selected."""
        ...

    def satisfied_by(self, document: Json) -> bool:
        """True for a root filter whose condition the document itself, an object, meets
        (tolerance ``jsonpath-root-filter``)."""
        ...


@lru_cache(maxsize=256)
def compile_jsonpath(text: str, version: str = RFC9535) -> Query:
    """Compile a query of the dialect ``version``.

    Raises:
        SyntaxFault: the text is not a query of that dialect, or there is no such dialect.
    """
    if version not in (RFC9535, GOESSNER):
        raise SyntaxFault(
            f"'{version}' is not a JSONPath version",
            text=text,
            hint=f"use '{RFC9535}' or '{GOESSNER}'",
        )
    keys = singular_keys(text)
    if keys is not None:
        return _SingularQuery(text, keys)
    return _RfcQuery(text) if version == RFC9535 else _GoessnerQuery(text)


def singular_keys(text: str) -> tuple[str | int, ...] | None:
    """The member names and indexes of a simple singular query, or None for any other text.

    Simple means: no blanks, no escapes, names after a dot in ASCII. Such a text reads the same in
    both dialects.
    """
    if not text.startswith("$") or not is_unicode(text):
        return None
    keys: list[str | int] = []
    position = 1
    while position < len(text):
        found = _SEGMENT.match(text, position)
        if found is None:
            return None
        name, quoted, index = found.group("name", "quoted", "index")
        if index is not None:
            keys.append(int(index))
        else:
            keys.append(name if name is not None else quoted[1:-1])
        position = found.end()
    return tuple(keys)


def is_unicode(text: str) -> bool:
    """True when the text has no lone surrogates, which neither dialect allows."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class _SingularQuery:
    """A simple singular query, walked without a library."""

    __slots__ = ("is_root_filter", "is_singular", "keys", "text")

    def __init__(self, text: str, keys: tuple[str | int, ...]) -> None:
        self.text = text
        self.keys = keys
        self.is_singular = True
        self.is_root_filter = False

    def value(self, document: Json) -> Value:
        """The value of the one node, or ABSENT."""
        value = document
        for key in self.keys:
            if isinstance(key, str):
                if not isinstance(value, dict) or key not in value:
                    return ABSENT
            elif key == 0 and isinstance(value, XmlElement):
                continue  # the only one of its name
            elif not isinstance(value, list) or not -len(value) <= key < len(value):
                return ABSENT
            value = value[key]
        return value

    def select(self, document: Json) -> list[Value]:
        value = self.value(document)
        return [] if value is ABSENT else [value]

    def places(self, document: Json) -> list[tuple[str | int, ...]]:
        return [self.keys] if self.exists(document) else []

    def exists(self, document: Json) -> bool:
        return self.value(document) is not ABSENT

    def satisfied_by(self, document: Json) -> bool:  # noqa: ARG002
        return False


class _RfcQuery:
    """A query of RFC 9535, evaluated by python-jsonpath."""

    __slots__ = ("_query", "is_root_filter", "is_singular", "text")

    def __init__(self, text: str) -> None:
        from jsonpath import JSONPathError
        from jsonpath.selectors import Filter

        self.text = text
        try:
            self._query = rfc_environment().compile(text)
        except JSONPathError as error:
            raise _syntax_fault(text, error) from None
        except RecursionError:
            raise SyntaxFault("the query is nested too deeply", text=text) from None
        self.is_singular: bool = self._query.singular_query()
        selectors = [s for segment in self._query.segments for s in segment.selectors]
        self.is_root_filter = (
            text.startswith("$[") and len(selectors) == 1 and isinstance(selectors[0], Filter)
        )

    def select(self, document: Json) -> list[Value]:
        return _guarded(self.text, lambda: [match.obj for match in self._matches(document)])

    def places(self, document: Json) -> list[tuple[str | int, ...]]:
        return _guarded(self.text, lambda: [match.parts for match in self._matches(document)])

    def exists(self, document: Json) -> bool:
        return _guarded(self.text, lambda: _any(self._matches(document)))

    def satisfied_by(self, document: Json) -> bool:
        if not self.is_root_filter or not isinstance(document, dict):
            return False
        return _guarded(self.text, lambda: _any(self._matches([document], root=document)))

    def _matches(self, document: Json, root: Value = ABSENT) -> Iterable[Any]:
        """The nodes. The library's own entry would read a text as JSON source."""
        from jsonpath import JSONPathMatch

        matches: Iterable[Any] = [
            JSONPathMatch(
                filter_context={},
                obj=document,
                parent=None,
                path="$",
                parts=(),
                root=document if root is ABSENT else root,
            )
        ]
        for segment in self._query.segments:
            matches = _counted(segment.resolve(matches), self.text)
        return matches


class _GoessnerQuery:
    """A query of the Goessner draft, evaluated by jsonpath-ng with its extensions."""

    __slots__ = ("_query", "is_root_filter", "is_singular", "text")

    def __init__(self, text: str) -> None:
        from jsonpath_ng import Child, Root
        from jsonpath_ng.ext.filter import Filter
        from jsonpath_ng.ext.parser import parse

        self.text = text
        self.is_singular = False
        slow = _UNTIMED_OPERATOR.search(_QUOTED.sub("''", text))
        if slow:
            raise SyntaxFault(
                f"'{slow.group()}' is not part of the draft",
                text=text,
                hint="use a criterion of type regex",
            )
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                query = self._query = parse(_FROM_THE_END.sub(_index, text))
        except Exception as error:  # noqa: BLE001 - the library raises bare Exceptions too
            raise _syntax_fault(text, error) from None
        self.is_root_filter = (
            isinstance(query, Child)
            and isinstance(query.left, Root)
            and isinstance(query.right, Filter)
        )

    def select(self, document: Json) -> list[Value]:
        return [match.value for match in self._find(document)]

    def places(self, document: Json) -> list[tuple[str | int, ...]]:
        return [_path(match) for match in self._find(document)]

    def _find(self, document: Json) -> list[Any]:
        try:
            return run_limited(f"the query {self.text}", lambda: list(self._query.find(document)))
        except EvaluationFault:
            raise
        except Exception as error:  # noqa: BLE001 - operators of the library raise what they like
            raise EvaluationFault(f"the query {self.text} fails: {_reason(error)}") from None

    def exists(self, document: Json) -> bool:
        return bool(self.select(document))

    def satisfied_by(self, document: Json) -> bool:
        return self.is_root_filter and isinstance(document, dict) and self.exists([document])


def _path(match: Any) -> tuple[str | int, ...]:
    """The member names and indexes of a jsonpath-ng match."""
    from jsonpath_ng import Fields, Index

    keys: list[str | int] = []
    while match is not None:
        if isinstance(match.path, Fields):
            keys.append(match.path.fields[0])
        elif isinstance(match.path, Index):
            index = match.path.indices[0]
            keys.append(index if index >= 0 else index + len(match.context.value))
        match = match.context
    return tuple(reversed(keys))


# Extensions of jsonpath-ng that run Python's own regular expressions, which nothing can stop.
_UNTIMED_OPERATOR = re.compile(r"=~|`\s*(?:sub|split)\b")
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
# The draft's one script expression that means the same in every language; the library has none.
_FROM_THE_END = re.compile(
    _QUOTED.pattern + r"|\[\(\s*@\.length\s*-\s*(?P<back>[1-9]\d{0,9})\s*\)\]", re.DOTALL
)


def _index(match: re.Match[str]) -> str:
    return match[0] if match["back"] is None else f"[-{match['back']}]"


def _guarded(text: str, call: Callable[[], T]) -> T:
    """The result of an evaluation by python-jsonpath, its errors as EvaluationFault."""
    from jsonpath import JSONPathError

    try:
        return run_limited(f"the query {text}", call)
    except EvaluationFault:
        raise
    except (JSONPathError, RecursionError, ValueError, TypeError, ArithmeticError) as error:
        raise EvaluationFault(f"the query {text} fails: {_reason(error)}") from None


def _any(nodes: Iterable[Any]) -> bool:
    return next(iter(nodes), None) is not None


def _counted(nodes: Iterable[Any], text: str) -> Iterator[Any]:
    for count, node in enumerate(nodes):
        if count >= MAX_NODES:
            raise EvaluationFault(f"the query {text} selects more than {MAX_NODES:,} nodes")
        yield node


def _syntax_fault(text: str, error: Exception) -> SyntaxFault:
    token = getattr(error, "token", None)
    offset = getattr(token, "index", None) or 0
    return SyntaxFault(
        f"not a JSONPath query: {_reason(error)}", text=text, offset=min(offset, len(text))
    )


def _reason(error: BaseException) -> str:
    """The first line of a library's message, without its own excerpt of the text."""
    if isinstance(error, RecursionError):
        return "the document or the query is nested too deeply"
    message = str(error.args[0]) if error.args else type(error).__name__
    return message.partition("\n")[0]


@lru_cache(maxsize=1)
def rfc_environment() -> Any:
    """The strict environment, its regular expressions under a time limit."""
    from jsonpath import JSONPathEnvironment
    from jsonpath.function_extensions import Match, Search

    class TimedMatch(Match):  # type: ignore[misc, unused-ignore]
        def __call__(self, value: object, pattern: object) -> bool:
            return _timed(self.check_cache, "fullmatch", value, pattern)

    class TimedSearch(Search):  # type: ignore[misc, unused-ignore]
        def __call__(self, value: object, pattern: object) -> bool:
            return _timed(self.check_cache, "search", value, pattern)

    class Environment(JSONPathEnvironment):  # type: ignore[misc, unused-ignore]
        max_recursion_depth = MAX_DEPTH

        def setup_function_extensions(self) -> None:
            super().setup_function_extensions()
            self.function_extensions["match"] = TimedMatch()
            self.function_extensions["search"] = TimedSearch()

    return Environment(strict=True)


def _timed(compiled: Callable[[str], Any], method: str, value: object, pattern: object) -> bool:
    """``match()`` and ``search()`` (RFC 9535 §2.4.6, §2.4.7) that give up in time."""
    if not isinstance(value, str) or not isinstance(pattern, str):
        return False
    expression = compiled(pattern)
    if expression is None:
        return False
    try:
        return getattr(expression, method)(value, timeout=REGEX_SECONDS) is not None
    except TimeoutError:
        raise EvaluationFault(
            f"the pattern {pattern} took longer than {REGEX_SECONDS:g} s"
        ) from None
