"""``application/x-www-form-urlencoded`` and ``multipart/form-data`` bodies (OpenAPI §Encoding)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from arazzo_runner.openapi.json_bodies import json_bytes
from arazzo_runner.openapi.schemas import Properties
from arazzo_runner.openapi.styles import (
    BindingError,
    deep_pairs,
    encode,
    scalar,
    serialize,
)
from arazzo_runner.values import ABSENT, Json, Value
from arazzo_runner.values.media_types import essence, is_json

__all__ = ["form_writer", "multipart_writer"]

_CRLF: Final = b"\r\n"
_UNSAFE_IN_NAME: Final = {'"': "%22", "\r": "%0D", "\n": "%0A"}


def form_writer(properties: Properties) -> Callable[[Value], bytes]:
    """Writes an object as pairs; text and bytes are sent as they are.

    A property with an ``encoding`` follows it. Otherwise nested values are bracketed,
    ``a[b]=c``, and items of an array repeat the name, ``a=1&a=2``; they are numbered,
    ``a[0]=1``, where the operation writes its other properties as deepObject, and where the items
    are objects or arrays. A space is ``%20``.
    """
    rules = properties.encoding
    numbered = any(_style(rule) == "deepObject" for rule in rules.values())

    def write(value: Value) -> bytes:
        if isinstance(value, bytes):
            return value
        if isinstance(value, str):
            return _utf8(value)
        if not isinstance(value, dict):
            raise BindingError("the payload of a form must be an object or a text")
        pairs = [
            pair
            for name, item in value.items()
            if item is not ABSENT
            for pair in _pairs(name, item, rules.get(name), numbered=numbered)
        ]
        return "&".join(pairs).encode()

    return write


def _style(rule: Json) -> str | None:
    style = rule.get("style") if isinstance(rule, Mapping) else None
    return style if isinstance(style, str) else None


def _pairs(name: str, value: Json, rule: Json, *, numbered: bool) -> Iterator[str]:
    rule = rule if isinstance(rule, Mapping) else {}
    style, explode = _style(rule), rule.get("explode")
    media = rule.get("contentType")
    if not isinstance(value, dict | list):
        yield f"{encode(name)}={encode(scalar(value, name))}"
    elif style == "deepObject" or (style is None and not isinstance(explode, bool)):
        if style is None and isinstance(media, str) and is_json(media):
            yield f"{encode(name)}={encode(scalar(value, name))}"
            return
        index = numbered or style == "deepObject"
        for key, item in deep_pairs(name, value, numbered=index):
            yield f"{encode(key)}={encode(scalar(item, name))}"
    else:
        text = serialize(
            name,
            value,
            style=style or "form",
            explode=explode if isinstance(explode, bool) else None,
            allow_reserved=rule.get("allowReserved") is True,
        )
        if text:
            yield text


# -- multipart -----------------------------------------------------------------------------------


def multipart_writer(content_type: str, properties: Properties) -> Callable[[Value], bytes]:
    """Writes an object as parts; the result starts with ``--boundary``.

    Bytes, and text that the schema calls binary, are files named like their property. Objects are
    JSON; each item of an array is a part of its own. The boundary comes from the content, so the
    same values give the same body.
    """

    def write(value: Value) -> bytes:
        if not isinstance(value, dict):
            raise BindingError(
                f"the payload of {essence(content_type)} must be an object, one member per part"
            )
        parts = [
            _part(name, one, properties)
            for name, item in value.items()
            for one in (item if isinstance(item, list) else [item])
            if one is not ABSENT
        ]
        boundary = _boundary(parts)
        pieces = [b"--" + boundary + _CRLF + part + _CRLF for part in parts]
        return b"".join(pieces) + b"--" + boundary + b"--" + _CRLF

    return write


def _boundary(parts: list[bytes]) -> bytes:
    from hashlib import blake2b

    digest = blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest().encode()


def _part(name: str, value: Json, properties: Properties) -> bytes:
    """The header lines of a part, an empty line, its content."""
    kind = properties.content_type(name)
    file = isinstance(value, bytes) or properties.is_binary(name)
    if isinstance(value, bytes):
        content = value
    elif isinstance(value, dict | list) or (kind and is_json(kind) and not isinstance(value, str)):
        content = json_bytes(value, f"'{name}'")
        kind = kind or "application/json"
    else:
        content = _utf8(scalar(value, name))
    kind = kind or ("application/octet-stream" if file else None)
    shown = "".join(_UNSAFE_IN_NAME.get(character, character) for character in name)
    head = f'Content-Disposition: form-data; name="{shown}"'
    if file:
        head += f'; filename="{shown}"'
    if kind:
        head += f"\r\nContent-Type: {kind}"
    return _utf8(head) + _CRLF + _CRLF + content


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise BindingError("a text with half a surrogate pair cannot be sent") from None
