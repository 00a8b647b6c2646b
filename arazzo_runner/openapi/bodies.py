"""Request bodies: from a value to the bytes of a media type (RB-01 … RB-08, A-39)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from arazzo_runner.openapi.action_queries import ActionForm
from arazzo_runner.openapi.form_bodies import form_pairs, form_writer
from arazzo_runner.openapi.json_bodies import json_body_writer, json_bytes
from arazzo_runner.openapi.objects import MediaType
from arazzo_runner.openapi.schemas import Properties, schema_types
from arazzo_runner.openapi.styles import BindingError, scalar
from arazzo_runner.values import EMPTY, Body, File, Stream, Value
from arazzo_runner.values.media_types import (
    charset,
    essence,
    is_form,
    is_json,
    is_multipart,
    is_xml,
)

if TYPE_CHECKING:
    from arazzo_runner.openapi.description import Description

__all__ = ["BodyWriter", "body_writer", "choose_content_type", "find_media"]

BodyWriter = Callable[[Value], tuple[Body, str]]
"""A value to bytes and the Content-Type they are sent with; raises BindingError."""

_PLAIN: Final = "application/octet-stream"
_UTF_8: Final = ("utf-8", "utf8", "us-ascii")
_RANGES: Final = {
    "*/*": "application/json",
    "application/*": "application/json",
    "text/*": "text/plain",
    "multipart/*": "multipart/form-data",
}


def choose_content_type(
    wanted: str | None, offered: Mapping[str, MediaType]
) -> tuple[str, str | None]:
    """The media type to send, and a note when it was a guess (A-39).

    What the step says, else the operation's only type, else JSON, else the first. A range such as
    ``*/*`` is sent as the type that people mean by it.
    """
    if wanted and wanted.strip():
        return _sendable(wanted.strip()), None
    types = [name for name in offered if "/" in name] or ["application/json"]
    json_types = [name for name in types if is_json(name)]
    if "application/json" in json_types:
        return "application/json", None
    if json_types or len(types) == 1:
        chosen = (json_types or types)[0]
        return _sendable(_RANGES.get(essence(chosen), chosen)), None
    concrete = [name for name in types if "*" not in name] or types
    chosen = _sendable(_RANGES.get(essence(concrete[0]), concrete[0]))
    return chosen, f"the operation takes {', '.join(types)}: {chosen} is sent"


def _sendable(content_type: str) -> str:
    if not (content_type.isascii() and content_type.isprintable()):
        raise BindingError(f"contentType {content_type!r} cannot be sent in a header")
    return content_type


def find_media(content_type: str, offered: Mapping[str, MediaType]) -> MediaType | None:
    """The declared Media Type Object for a type: the same, one of its family, or a range."""
    wanted = essence(content_type)
    for same in (
        lambda name: name == wanted,
        lambda name: is_json(wanted) and is_json(name),
        lambda name: name in ("*/*", wanted.partition("/")[0] + "/*"),
    ):
        for name, media in offered.items():
            if same(essence(name)):
                return media
    return None


def body_writer(content_type: str, media: MediaType | None, source: Description) -> BodyWriter:
    """How values become bodies of a media type."""
    if is_json(content_type):
        types = schema_types(media, source) if media else frozenset[str]()
        return _fixed(json_body_writer(types), content_type)
    if is_form(content_type):
        action = ActionForm(media, source) if media else None
        if action is not None and action.is_action:
            return _fixed(form_writer(action.write), content_type)
        return _fixed(form_writer(form_pairs(media.encoding if media else EMPTY)), content_type)
    if is_multipart(content_type):
        return _multipart(content_type, Properties(media, source))
    if is_xml(content_type):
        return _fixed(_xml(content_type, media, source), content_type)
    return _fixed(lambda value: _text(value, content_type), content_type)


def _fixed(write: Callable[[Value], Body], content_type: str) -> BodyWriter:
    if "*" not in content_type:
        return lambda value: (write(value), content_type)

    def ranged(value: Value) -> tuple[Body, str]:
        kind = value.media_type if isinstance(value, File) else _PLAIN
        return write(value), kind

    return ranged


def _multipart(content_type: str, properties: Properties) -> BodyWriter:
    from arazzo_runner.openapi.multipart_bodies import multipart_writer

    write = multipart_writer(content_type, properties)

    def with_boundary(value: Value) -> tuple[Body, str]:
        if isinstance(value, str | bytes | File) and "boundary=" in content_type:
            return _text(value, content_type), content_type
        return write(value)

    return with_boundary


def _xml(
    content_type: str, media: MediaType | None, source: Description
) -> Callable[[Value], Body]:
    """Objects and arrays as XML; everything else is XML already."""

    def write(value: Value) -> Body:
        if not isinstance(value, dict | list):
            return _text(value, content_type)
        from arazzo_runner.openapi.xml_bodies import xml_text

        name = charset(content_type) or "utf-8"
        declaration = "" if name in _UTF_8 else f'<?xml version="1.0" encoding="{name}"?>'
        return _text(declaration + xml_text(value, media, source), content_type)

    return write


def _text(value: Value, content_type: str) -> Body:
    """Text in the charset of its type, bytes and files as they are, the rest as JSON."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, File):
        return Stream([value])
    if isinstance(value, dict | list):
        if essence(content_type) in ("text/plain", _PLAIN):
            return json_bytes(value)
        raise BindingError(
            f"an {'object' if isinstance(value, dict) else 'array'} cannot be written as "
            f"{essence(content_type)}",
            hint="write the payload as a text",
        )
    text = scalar(value, "the body")
    try:
        return text.encode(charset(content_type) or "utf-8")
    except (LookupError, ValueError):
        raise BindingError(f"the body cannot be written as '{content_type}'") from None
