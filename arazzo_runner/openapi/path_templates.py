"""Path keys: what of them is sent, and where the values go (SEMANTICS §5).

``/#Op`` selects an operation and its fragment is not sent; ``/?Action=X`` has a query of its own.
Real descriptions also write ``{key+}``, ``{+key}`` and ``{key*}`` (the value keeps its slashes),
``{a|b}`` (either name), ``{id:[0-9]+}`` (a pattern) and ``{?a,b}`` (a query, not a path).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.openapi.styles import encode

__all__ = ["Hole", "PathTemplate", "parse_path", "query_pairs"]

_HOLE: Final = lazy_pattern(r"\{([^{}]*)\}")
_QUERY_EXPANSION: Final = lazy_pattern(r"\{[?&][^{}]*\}")
_LONE_PERCENT: Final = lazy_pattern(r"%(?![0-9A-Fa-f]{2})")
_IN_PATH: Final = "/:@!$&'()*+,;=%"
_IN_QUERY: Final = _IN_PATH + "?"


class Hole(NamedTuple):
    """A template expression: its text, the names that may fill it, whether slashes stay."""

    text: str
    names: tuple[str, ...]
    greedy: bool = False

    def filled_by(self, known: Collection[str]) -> str | None:
        """The first of its names that is known."""
        return next((name for name in self.names if name in known), None)


class PathTemplate(NamedTuple):
    """The path in alternating literals (percent-encoded) and holes; its query as name and parts."""

    parts: tuple[str | Hole, ...]
    query: tuple[tuple[str, tuple[str | Hole, ...]], ...]

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The holes of the path itself, in order."""
        return tuple(part for part in self.parts if isinstance(part, Hole))

    @property
    def all_holes(self) -> tuple[Hole, ...]:
        """The holes of the path and of its query."""
        in_query = (part for _, parts in self.query for part in parts if isinstance(part, Hole))
        return (*self.holes, *in_query)


def parse_path(path: str) -> PathTemplate:
    """What a key of the Paths Object asks for. Any text can be read."""
    text = _QUERY_EXPANSION.sub("", path)
    text, _, _ = _cut(text, "#")
    text, _, query = _cut(text, "?")
    pairs = []
    for pair in query.split("&"):
        if pair:
            name, _, _ = pair.partition("=")
            pairs.append((name, _parts(pair, _IN_QUERY)))
    return PathTemplate(_parts(text, _IN_PATH), tuple(pairs))


def query_pairs(query: str) -> tuple[tuple[str, str], ...]:
    """The pairs of a literal query as (name, pair as sent)."""
    pairs = (pair for pair in query.split("&") if pair)
    return tuple((pair.partition("=")[0], _literal(pair, _IN_QUERY)) for pair in pairs)


def _cut(text: str, mark: str) -> tuple[str, str, str]:
    """As ``str.partition``, but a mark inside braces does not count."""
    depth = 0
    for index, character in enumerate(text):
        if character == "{":
            depth += 1
        elif character == "}":
            depth = max(0, depth - 1)
        elif character == mark and not depth:
            return text[:index], mark, text[index + 1 :]
    return text, "", ""


def _parts(text: str, safe: str) -> tuple[str | Hole, ...]:
    parts: list[str | Hole] = []
    end = 0
    for match in _HOLE.finditer(text):
        if match.start() > end:
            parts.append(_literal(text[end : match.start()], safe))
        parts.append(_hole(match[1]))
        end = match.end()
    if end < len(text):
        parts.append(_literal(text[end:], safe))
    return tuple(parts)


def _literal(text: str, safe: str) -> str:
    return encode(_LONE_PERCENT.sub("%25", text), safe)


def _hole(text: str) -> Hole:
    name = text.strip().partition(":")[0].strip()
    bare = name.strip("+*").strip()
    names = dict.fromkeys((text, name, bare, *(part.strip() for part in bare.split("|"))))
    return Hole(text, tuple(names), greedy=bare != name)
