"""An object of a description whose values are parsed one by one, when they are asked for.

A description of 10 MB has thousands of path items and schemas, and a workflow needs ten of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from arazzo_runner.values import Json

__all__ = ["KeptObject", "join", "split"]

_FEWEST: Final = 16  # members of an object that is taken apart
_PLACES: Final = ("paths", "webhooks", "definitions", "parameters", "responses")
_ELSEWHERE: Final = ("$ref", "additionalOperations")
"""Members of a path item whose operations do not stand where an index looks for them."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class KeptObject(dict[str, Any]):
    """A dict to whoever reads it; a value that nobody has read is the bytes of its JSON.

    ``__iter__`` is its own so that ``dict(kept)`` and ``{**kept}`` ask for the values, too.
    """

    __slots__ = ()
    __hash__ = None

    def mentioning(self, text: str) -> Iterator[str]:
        """The keys of values whose compact JSON has the text, and of those that were read."""
        wanted = text.encode()
        for key in list(self):
            value = dict.__getitem__(self, key)
            if type(value) is not bytes or wanted in value:
                yield key

    def __getitem__(self, key: str) -> Any:
        value = dict.__getitem__(self, key)
        if type(value) is bytes:
            value = self[key] = json.loads(value)
        return value

    def get(self, key: str, default: Any = None) -> Any:
        """As that of a dict."""
        return self[key] if key in self else default  # noqa: SIM401

    def __iter__(self) -> Iterator[str]:
        return dict.__iter__(self)

    def items(self) -> Any:
        """As that of a dict."""
        self._read_all()
        return dict.items(self)

    def values(self) -> Any:
        """As that of a dict."""
        self._read_all()
        return dict.values(self)

    def copy(self) -> dict[str, Any]:
        """A plain dict."""
        return dict(self)

    def __or__(self, other: Any) -> Any:
        return dict(self) | other

    def __ror__(self, other: Any) -> Any:
        return other | dict(self)

    def __eq__(self, other: object) -> bool:
        return dict(self) == other

    def __ne__(self, other: object) -> bool:
        return dict(self) != other

    def __repr__(self) -> str:
        return repr(dict(self))

    def _read_all(self) -> None:
        for key in list(self):
            self[key]


def split(data: Json) -> bytes:
    """Data as one line of JSON for what is always needed, then the JSON of each kept value.

    Raises:
        ValueError: it cannot be JSON in UTF-8.
        RecursionError: it is nested too deeply.
    """
    frame = data
    places: list[Any] = []
    chunks: list[bytes] = []
    if isinstance(data, dict):
        frame = dict(data)
        for name in _PLACES:
            _take_apart(frame, name, [name], places, chunks)
        components = frame.get("components")
        if isinstance(components, dict):
            frame["components"] = components = dict(components)
            for name in components:
                _take_apart(components, name, ["components", name], places, chunks)
    head = _encode({"frame": frame, "places": places}).encode()
    return b"\n".join((head, b"".join(chunks)))


def _take_apart(
    parent: dict[str, Any], name: str, where: list[str], places: list[Any], chunks: list[bytes]
) -> None:
    """Move the members of an object out of its parent; small ones and odd ones stay."""
    whole = parent.get(name)
    if not isinstance(whole, dict) or len(whole) < _FEWEST:
        return
    stay, sizes = {}, []
    for key, value in whole.items():
        if isinstance(value, dict) and not any(member in value for member in _ELSEWHERE):
            chunks.append(_encode(value).encode())
            sizes.append(len(chunks[-1]))
        else:
            stay[key] = value
            sizes.append(0)
    places.append([where, list(whole), sizes])
    parent[name] = stay


def join(entry: bytes, start: int = 0) -> Json:
    """The data of which :func:`split` made what an entry has from ``start`` on.

    Raises:
        ValueError: it did not.
        RecursionError: it is nested too deeply.
    """
    end = entry.find(b"\n", start)
    whole = json.loads(entry[start : max(end, start)])
    start = end + 1
    try:
        frame = whole["frame"]
        for where, keys, sizes in whole["places"]:
            parent: Any = frame
            for name in where[:-1]:
                parent = parent[name]
            stay: Mapping[str, Json] = parent[where[-1]]
            kept = KeptObject()
            for key, size in zip(keys, sizes, strict=True):
                kept[key] = entry[start : start + size] if size else stay[key]
                start += size
            parent[where[-1]] = kept
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError("the parts do not fit together") from error
    if start != len(entry):
        raise ValueError("the parts do not fit together")
    return frame
