"""Places in a JSON text. A container is looked into only when a path leads through it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from json.decoder import scanstring  # type: ignore[attr-defined]

from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.reading.source_text import SourceText

__all__ = ["Found", "JsonPositions", "Span"]

Span = tuple[int, int]
"""Indexes into the text: the first character, and the one after the last."""

_BLANK = lazy_pattern(r"[ \t\n\r]*")


class Found(NamedTuple):
    """What a path led to: the last place on the path that exists.

    Attributes:
        value: the value there.
        key: its key, None for the root and for items of arrays.
        complete: whether the whole path exists.
    """

    value: Span
    key: Span | None = None
    complete: bool = True


class Child(NamedTuple):
    """A member (``name`` is its key) or an item (``name`` is its index)."""

    name: str | int
    key: Span | None
    value: Span


class JsonPositions:
    """Finds places in a text that is known to be JSON."""

    __slots__ = ("_known", "_scan", "source")

    def __init__(self, source: SourceText) -> None:
        self.source = source
        self._scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]
        self._known: dict[int, dict[str, Child]] = {}

    def find(self, path: Sequence[str | int]) -> Found:
        """The place that the path leads to, or the nearest place above it."""
        found = Found(self._root())
        for token in path:
            start = found.value[0]
            if self.source.text[start] == "[" and not str(token).isdecimal():
                return found._replace(complete=False)
            if start not in self._known:
                self._known[start] = {str(child.name): child for child in self._children(start)}
            child = self._known[start].get(str(token))
            if child is None:
                return found._replace(complete=False)
            found = Found(child.value, child.key)
        return found

    def duplicate(self) -> tuple[str, Span, Span]:
        """A key that one object has twice, and where its first two places are.

        Raises:
            LookupError: no object has a key twice.
        """
        waiting = [self._root()[0]]
        while waiting:
            seen: dict[str | int, Span] = {}
            for child in self._children(waiting.pop()):
                if child.key is not None and child.name in seen:
                    return str(child.name), seen[child.name], child.key
                if child.key is not None:
                    seen[child.name] = child.key
                if self.source.text[child.value[0]] in "[{":
                    waiting.append(child.value[0])
        raise LookupError("no key is there twice")

    def _root(self) -> Span:
        start = self._skip(0)
        return start, self._scan(self.source.text, start)[1]

    def _skip(self, index: int) -> int:
        match = _BLANK.match(self.source.text, index)
        return match.end() if match else index

    def _children(self, start: int) -> Iterator[Child]:
        """The children of the container that starts there; none when it is a scalar."""
        text, skip = self.source.text, self._skip
        opening = text[start]
        if opening not in "[{":
            return
        index = skip(start + 1)
        number = 0
        while text[index] not in "]}":
            name: str | int = number
            key = None
            if opening == "{":
                name, end = scanstring(text, index + 1)
                key = (index, end)
                index = skip(skip(end) + 1)
            end = self._scan(text, index)[1]
            yield Child(name, key, (index, end))
            index = skip(end)
            if text[index] == ",":
                index = skip(index + 1)
            number += 1
