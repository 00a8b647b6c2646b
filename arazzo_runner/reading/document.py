"""A document: its data, and where in its text every part of it stands."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from arazzo_runner.errors import DocumentSyntaxError, Location
from arazzo_runner.reading.limits import DEFAULT_LIMITS, Limits
from arazzo_runner.reading.source_text import SourceText, decode
from arazzo_runner.values import Json, resolve_pointer

if TYPE_CHECKING:
    from arazzo_runner.reading.json_positions import Found

__all__ = ["Document", "check_size", "parse_document"]


class _Positions(Protocol):
    source: SourceText

    def find(self, path: Sequence[str | int]) -> Found: ...


class Document:
    """One file as read. Not to be changed after it is made.

    Attributes:
        uri: where it was read from, absolute, without a fragment.
        name: what people are shown: the path as given, or the URL.
        data: plain JSON data. Parts that an alias repeats are shared objects.
        text: the bytes as fetched.
        is_json: written as JSON, not only as YAML.
    """

    __slots__ = ("_located", "_positions", "data", "is_json", "name", "text", "uri")

    def __init__(
        self, *, uri: str, name: str | None = None, data: Json, text: bytes, is_json: bool
    ) -> None:
        self.uri = uri
        self.name = uri if name is None else name
        self.data = data
        self.text = text
        self.is_json = is_json
        self._positions: _Positions | None = None
        self._located: dict[tuple[tuple[str | int, ...], bool], Location] = {}

    def __repr__(self) -> str:
        return f"Document({self.name!r})"

    def locate(self, pointer: Sequence[str | int], *, key: bool = False) -> Location:
        """The place of a value, or with ``key`` of its key where it has one.

        A pointer to nothing gives the place of the nearest part above it; that is its key when
        it has one, because that is what people look for. The first call walks the text, and so
        does that for each new place.
        """
        wanted = (tuple(pointer), key)
        if wanted not in self._located:
            positions = self._find_positions()
            found = positions.find(pointer)
            span = found.key if found.key and (key or not found.complete) else found.value
            self._located[wanted] = positions.source.location(*span)
        return self._located[wanted]

    def offset_location(
        self, pointer: Sequence[str | int], offset: int, length: int | None = None
    ) -> Location:
        """The place of character ``offset`` (from 0) of a text; of the whole text when unclear.

        With ``length`` it has an end as well.
        """
        span = self.offset_span(pointer, offset, length or 0)
        if span is None:
            return self.locate(pointer)
        source = self._find_positions().source
        return source.location(span[0], span[1] if length else None)

    def offset_span(
        self, pointer: Sequence[str | int], offset: int, length: int
    ) -> tuple[int, int] | None:
        """Where in the source characters of a text are written; None when that is unclear."""
        positions = self._find_positions()
        found = positions.find(pointer)
        value = resolve_pointer(self.data, [str(token) for token in pointer])
        start, end = found.value
        if not found.complete or not isinstance(value, str):
            return None
        from arazzo_runner.reading.scalar_offsets import source_offset

        written = positions.source.text[start:end]
        first = source_offset(written, value, offset)
        if first is None:
            return None
        last = source_offset(written, value, offset + length)
        return start + first, start + (first if last is None else max(first, last))

    def span(self, pointer: Sequence[str | int], *, key: bool = False) -> tuple[int, int] | None:
        """Where in the source a value (or its key) is written; None when it is not there."""
        found = self._find_positions().find(pointer)
        if not found.complete:
            return None
        return found.key if key else found.value

    def source_of(self, pointer: Sequence[str | int]) -> str:
        """The text that a value is written as."""
        span = self.span(pointer)
        return self.source_text.text[span[0] : span[1]] if span else ""

    @property
    def source_text(self) -> SourceText:
        """The decoded text."""
        return self._find_positions().source

    def _find_positions(self) -> _Positions:
        if self._positions is None:
            source = decode(self.text, self.name)
            if self.is_json:
                from arazzo_runner.reading.json_positions import JsonPositions

                self._positions = JsonPositions(source)
            else:
                from arazzo_runner.reading.yaml_positions import YamlPositions

                self._positions = YamlPositions(source)
        return self._positions


def parse_document(
    text: bytes, *, uri: str, name: str | None = None, limits: Limits = DEFAULT_LIMITS
) -> Document:
    """Reads JSON (RFC 8259) or YAML 1.2 with the scalars of JSON; bytes are UTF-8 or have a BOM.

    Raises:
        DocumentSyntaxError: the text is neither, is ambiguous (duplicate keys, several
            documents), holds what JSON cannot express, or breaks a limit.
    """
    name = uri if name is None else name
    check_size(text, name, limits)
    source = decode(text, name)
    json_error = None
    if source.text.lstrip(" \t\r\n")[:1] in {"{", "[", '"'}:
        from arazzo_runner.reading.json_reader import build_json

        try:
            data = build_json(source, limits)
        except json.JSONDecodeError as error:
            json_error = error
        else:
            return Document(uri=uri, name=name, data=data, text=text, is_json=True)
    from arazzo_runner.reading.yaml_builder import build_yaml

    try:
        data = build_yaml(source, limits)
    except DocumentSyntaxError:
        if json_error is not None and name.endswith(".json"):
            raise source.fault(f"not valid JSON: {json_error.msg}", json_error.pos) from None
        raise
    return Document(uri=uri, name=name, data=data, text=text, is_json=False)


def check_size(text: bytes, name: str, limits: Limits) -> None:
    """Refuses a text over the limit.

    Raises:
        DocumentSyntaxError: it has more than ``limits.max_bytes`` bytes.
    """
    if len(text) > limits.max_bytes:
        raise DocumentSyntaxError(
            f"the file is larger than {limits.max_bytes} bytes", location=Location(name)
        )
