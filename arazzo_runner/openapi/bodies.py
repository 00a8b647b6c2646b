"""Request bodies: from a value to the bytes of a media type (RB-01 … RB-08, A-39)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, Final

from arazzo_runner.openapi.objects import MediaType
from arazzo_runner.openapi.styles import BindingError, encode, scalar, serialize
from arazzo_runner.values import Json, Value
from arazzo_runner.values.media_types import essence, is_form, is_json, is_multipart, is_xml

__all__ = ["BodyWriter", "body_writer", "choose_content_type"]

BodyWriter = Callable[[Value], tuple[bytes, str]]
"""A value to bytes and the Content-Type they are sent with."""


def choose_content_type(
    wanted: str | None, offered: Mapping[str, MediaType]
) -> tuple[str, str | None]:
    """The media type to send and a note when it was a guess (A-39).

    What the step says, else the operation's only type, else JSON, else the first.
    """
    if wanted:
        return wanted, None
    types = [name for name in offered if "*" not in name]
    if len(types) == 1:
        return types[0], None
    json_types = [name for name in types if is_json(name)]
    if json_types:
        plain = "application/json"
        return (plain if plain in json_types else json_types[0]), None
    if not types:
        return "application/json", None
    return types[0], f"the operation offers {', '.join(types)}: {types[0]} is sent"


def body_writer(content_type: str, media: MediaType | None) -> BodyWriter:
    """How values become bodies of a media type."""
    if is_json(content_type):
        return lambda value: (_json(value), content_type)
    if is_form(content_type):
        encoding = media.encoding if media else {}
        return lambda value: (_form(value, encoding), content_type)
    if is_multipart(content_type):
        return lambda value: _multipart(value, content_type)
    if is_xml(content_type):
        return lambda value: (_text(value, content_type, "XML"), content_type)
    return lambda value: (_text(value, content_type, "this media type"), content_type)


def _dumps(value: Value) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise BindingError(f"the body cannot be written as JSON: {error}") from None


def _json(value: Value) -> bytes:
    """Compact JSON. Text that is JSON already (a template) goes out as written (A-39)."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        try:
            json.loads(value)
        except (ValueError, RecursionError):
            return _utf8(_dumps(value))
        return _utf8(value)
    return _utf8(_dumps(value))


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise BindingError(f"the body is not valid Unicode: {error.reason}") from None


def _text(value: Value, content_type: str, what: str) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return _utf8(value)
    if isinstance(value, dict | list) and essence(content_type) != "text/plain":
        raise BindingError(
            f"a payload of {essence(content_type)} must be text: an object cannot be written as "
            f"{what}",
            hint="write the payload as a string",
        )
    return _utf8(scalar(value, "body"))


# -- application/x-www-form-urlencoded ---------------------------------------------------------


def _form(value: Value, encoding: Mapping[str, Json]) -> bytes:
    """Pairs of an object; text goes out as written."""
    if isinstance(value, str):
        return _utf8(value)
    if isinstance(value, bytes):
        return value
    if not isinstance(value, dict):
        raise BindingError("the payload of a form must be an object or a string")
    parts: list[str] = []
    for name, item in value.items():
        rules = encoding.get(name)
        if isinstance(rules, dict) and isinstance(item, dict | list) and "style" in rules:
            style = str(rules["style"])
            parts.append(serialize(name, item, style=style, explode=rules.get("explode")))
        else:
            parts.extend(_field(name, item))
    return _utf8("&".join(part for part in parts if part))


def _field(name: str, value: Value) -> list[str]:
    """Nested values with bracketed names, as the common servers read them."""
    if isinstance(value, dict):
        return [part for key, item in value.items() for part in _field(f"{name}[{key}]", item)]
    if isinstance(value, list):
        if any(isinstance(item, dict | list) for item in value):
            return [
                part
                for index, item in enumerate(value)
                for part in _field(f"{name}[{index}]", item)
            ]
        return [part for item in value for part in _field(name, item)]
    return [f"{encode(name, safe='[]')}={encode(scalar(value, name))}"]


# -- multipart -----------------------------------------------------------------------------------

_CRLF: Final = b"\r\n"


def _multipart(value: Value, content_type: str) -> tuple[bytes, str]:
    """Fields of an object; the boundary comes from the content, so equal bodies are equal."""
    if isinstance(value, bytes | str) and "boundary=" in content_type:
        return _text(value, content_type, "multipart"), content_type
    if not isinstance(value, dict):
        raise BindingError("the payload of a multipart body must be an object")
    parts: list[tuple[bytes, bytes]] = []
    for name, item in value.items():
        for one in item if isinstance(item, list) else [item]:
            parts.append(_part(name, one))  # noqa: PERF401 - a nested comprehension reads worse
    digest = blake2b(digest_size=16)
    for head, content in parts:
        digest.update(head + b"\0" + content)
    boundary = digest.hexdigest().encode()
    lines = b"".join(
        b"--" + boundary + _CRLF + head + _CRLF + _CRLF + content + _CRLF for head, content in parts
    )
    body = lines + b"--" + boundary + b"--" + _CRLF
    return body, f"{essence(content_type)}; boundary={boundary.decode()}"


def _part(name: str, value: Any) -> tuple[bytes, bytes]:
    safe = name.replace("\\", "\\\\").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    head = f'Content-Disposition: form-data; name="{safe}"'
    if isinstance(value, bytes):
        return (
            _utf8(head + f'; filename="{safe}"\r\nContent-Type: application/octet-stream'),
            value,
        )
    if isinstance(value, dict | list):
        return _utf8(head + "\r\nContent-Type: application/json"), _json(value)
    return _utf8(head), _utf8(scalar(value, name))
