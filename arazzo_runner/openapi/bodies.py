"""Request bodies: from a value to the bytes of a media type (RB-01 … RB-08, A-39)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from arazzo_runner.openapi.form_bodies import form_writer, multipart_writer
from arazzo_runner.openapi.json_bodies import json_body_writer, json_bytes
from arazzo_runner.openapi.objects import MediaType
from arazzo_runner.openapi.schemas import Properties, schema_types
from arazzo_runner.openapi.styles import BindingError, scalar
from arazzo_runner.values import Value
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

BodyWriter = Callable[[Value], tuple[bytes, str]]
"""A value to bytes and the Content-Type they are sent with; raises BindingError."""

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
        return _fixed(form_writer(Properties(media, source)), content_type)
    if is_multipart(content_type):
        return _multipart(content_type, Properties(media, source))
    return _fixed(lambda value: _text(value, content_type), content_type)


def _fixed(write: Callable[[Value], bytes], content_type: str) -> BodyWriter:
    return lambda value: (write(value), content_type)


def _multipart(content_type: str, properties: Properties) -> BodyWriter:
    write = multipart_writer(content_type, properties)
    kind = essence(content_type)

    def with_boundary(value: Value) -> tuple[bytes, str]:
        if isinstance(value, str | bytes) and "boundary=" in content_type:
            return _text(value, content_type), content_type
        body = write(value)
        boundary = body[2 : body.index(b"\r\n")].removesuffix(b"--").decode()
        return body, f"{kind}; boundary={boundary}"

    return with_boundary


def _text(value: Value, content_type: str) -> bytes:
    """Text in the charset of its type, bytes as they are, numbers and booleans as JSON."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, dict | list):
        if essence(content_type) in ("text/plain", "application/octet-stream"):
            return json_bytes(value)
        what = "XML" if is_xml(content_type) else essence(content_type)
        raise BindingError(
            f"an {'object' if isinstance(value, dict) else 'array'} cannot be written as {what}",
            hint="write the payload as a text",
        )
    text = scalar(value, "the body")
    try:
        return text.encode(charset(content_type) or "utf-8")
    except (LookupError, ValueError):
        raise BindingError(f"the body cannot be written as '{content_type}'") from None
