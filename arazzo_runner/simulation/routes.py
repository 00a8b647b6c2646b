"""Which operation a request means: method, path, and what tells operations of one path apart."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, unquote, urlsplit

from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.openapi import Description, Operation
from arazzo_runner.values import ABSENT, Headers, Json, Value, header

__all__ = ["Arrived", "Route", "Router"]

_HOLE = re.compile(r"\{([^{}]*)\}")


class Arrived(NamedTuple):
    """A request that came: ``path`` decoded as it came, ``query`` pairs in order, body as read."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Headers
    body: Value
    raw: bytes = b""


class Route(NamedTuple):
    """An operation and the values of its path."""

    source: str
    operation: Operation
    values: dict[str, str]


class _Pattern(NamedTuple):
    source: str
    operation: Operation
    path: re.Pattern[str]
    names: tuple[str, ...]
    fixed: int
    query: frozenset[tuple[str, str]]
    marks: tuple[tuple[str, str, frozenset[str]], ...]


def arrived(method: str, target: str, headers: Headers, raw: bytes) -> Arrived:
    """A request read from the line."""
    parts = urlsplit(target)
    query = tuple(parse_qsl(parts.query, keep_blank_values=True))
    kind = (header(headers, "content-type") or "").lower()
    body: Value = ABSENT
    if raw:
        body = _read_body(raw, kind)
    return Arrived(method.upper(), parts.path, query, headers, body, raw)


def _read_body(raw: bytes, kind: str) -> Value:
    if "x-www-form-urlencoded" in kind:
        return dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return raw if "json" not in kind and b"\0" in raw else raw.decode("utf-8", "replace")


class Router:
    """Finds operations. ``sources`` are descriptions by name; with several of them the operations
    of each are below ``/NAME``.
    """

    def __init__(self, sources: Mapping[str, Description]) -> None:
        self.sources = dict(sources)
        self.several = len(self.sources) > 1
        self._patterns: list[_Pattern] = []
        for name, description in self.sources.items():
            for path, method, _ in description.operations():
                operation = description.at(path, method)
                if operation is not None:
                    self._patterns.append(self._pattern(name, operation))

    @property
    def operations(self) -> list[Operation]:
        """All operations that are served."""
        return [pattern.operation for pattern in self._patterns]

    def mount(self, source: str) -> str:
        """Where the operations of a source are: a path without a slash at its end."""
        return f"/{source}" if self.several else ""

    def find(self, request: Arrived) -> tuple[Route | None, Sequence[str]]:
        """The operation, and the methods that its path has when the method is wrong."""
        at_path = []
        for pattern in self._patterns:
            found = pattern.path.fullmatch(request.path)
            if found is not None and pattern.query <= set(request.query):
                at_path.append((pattern, found))
        fitting = [
            (pattern, found)
            for pattern, found in at_path
            if pattern.operation.method == request.method
        ]
        if not fitting:
            return None, sorted({pattern.operation.method for pattern, _ in at_path})
        scored = [(_score(pattern, request), pattern, found) for pattern, found in fitting]
        best, pattern, found = max(scored, key=lambda entry: entry[0])
        if best[0] < 0:
            return None, ()
        values = dict(zip(pattern.names, map(unquote, found.groups()), strict=True))
        return Route(pattern.source, pattern.operation, values), ()

    def _pattern(self, source: str, operation: Operation) -> _Pattern:
        path, _, query = operation.path.partition("#")[0].partition("?")
        text = self.mount(source)
        names: list[str] = []
        done = 0
        path = path if path.startswith("/") else f"/{path}"
        for hole in _HOLE.finditer(path):
            text += re.escape(path[done : hole.start()])
            greedy = hole[1].endswith("+")
            text += "(.+)" if greedy else "([^/]+)"
            names.append(hole[1].rstrip("+"))
            done = hole.end()
        text += re.escape(path[done:])
        return _Pattern(
            source,
            operation,
            re.compile(text.rstrip("/") + "/?"),
            tuple(names),
            sum(1 for part in path.split("/") if part and "{" not in part),
            frozenset(parse_qsl(query, keep_blank_values=True)),
            tuple(_marks(operation)),
        )


def _marks(operation: Operation) -> list[tuple[str, str, frozenset[str]]]:
    """Required parameters with few values: they tell operations of one path apart."""
    found = []
    for parameter in operation.parameters:
        schema: Json = parameter.schema
        if not isinstance(schema, dict) or parameter.location not in ("header", "query"):
            continue
        values = [schema["const"]] if "const" in schema else schema.get("enum")
        if isinstance(values, list) and len(values) == 1:
            found.append((parameter.location, parameter.name, frozenset(map(str, values))))
    return found


def _score(pattern: _Pattern, request: Arrived) -> tuple[int, int, int]:
    """How well an operation fits a request: marks that agree, fixed parts of its path."""
    agree = 0
    query = dict(request.query)
    body = request.body if isinstance(request.body, dict) else {}
    for location, name, values in pattern.marks:
        given = header(request.headers, name) if location == "header" else query.get(name)
        if given is None and location == "query":
            given = body.get(name)
        if given is None:
            continue
        if given not in values:
            return (-1, 0, 0)
        agree += 1
    target = header(request.headers, "x-amz-target")
    identifier = pattern.operation.operation_id
    fragment = pattern.operation.path.partition("#")[2]
    if target is not None and "#" in pattern.operation.path:
        name = target.rpartition(".")[2]
        if name not in (identifier, fragment):
            return (-1, 0, 0)
        agree += 1
    return (agree, len(pattern.query), pattern.fixed)
