"""``multipart/*`` bodies (OpenAPI §Encoding Object, RFC 7578, RFC 2046 §5.1).

Bytes, files, and text that the schema calls binary are files to the server: they have a filename.
That of a File is its own, any other is the name of its property. Objects are JSON; each item of an
array is a part of its own. With ``style`` or ``explode`` (3.1, and 2.0's ``collectionFormat``) both
are pairs as in a form, one part each.

What a part is sent as is the first of these that says something:

1. ``contentType`` of its Encoding Object; of several, the one that a File is, else the first;
2. for bytes and Files, ``contentMediaType`` of its schema;
3. the media type of a File; ``application/octet-stream`` for other files, ``application/json`` for
   objects, nothing for text.

``headers`` of the Encoding Object are sent where their schema leaves one value: ``const``, an
``enum`` of one, or ``default``.

A payload that is an array is parts in order, without names (``multipart/related``, ``mixed``):
their types come from ``prefixEncoding`` and ``itemEncoding`` (3.2), else from the values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import unquote

from arazzo_runner.openapi.form_bodies import utf8
from arazzo_runner.openapi.json_bodies import json_bytes
from arazzo_runner.openapi.schemas import Properties
from arazzo_runner.openapi.styles import BindingError, scalar, serialize
from arazzo_runner.values import ABSENT, Body, File, Json, Stream, Value
from arazzo_runner.values.media_types import essence, is_json

__all__ = ["multipart_writer"]

_UNSAFE_IN_NAME: Final = {'"': "%22", "\r": "%0D", "\n": "%0A"}
_PLAIN: Final = "application/octet-stream"

_Part = tuple[bytes, bytes | File]
"""The header lines with the empty line after them, and the content."""


def multipart_writer(
    content_type: str, properties: Properties
) -> Callable[[Value], tuple[Body, str]]:
    """Writes an object as parts; gives the body and its Content-Type with the boundary.

    The boundary comes from the content (of files: from what identifies them), so the same values
    give the same body.
    """
    kind = essence(content_type)

    def write(value: Value) -> tuple[Body, str]:
        if isinstance(value, dict):
            parts = [
                _part(key, one, properties)
                for name, item in value.items()
                for key, one in _named(name, item, properties)
                if one is not ABSENT
            ]
        elif isinstance(value, list) and kind != "multipart/form-data":
            parts = [_item(index, one, properties) for index, one in enumerate(value)]
        else:
            raise BindingError(f"the payload of {kind} must be an object, one member per part")
        boundary = _boundary(parts)
        return _joined(parts, boundary.encode()), f"{kind}; boundary={boundary}"

    return write


def _named(name: str, value: Json, properties: Properties) -> Iterator[tuple[str, Json]]:
    """The parts of a member: one; the items of an array; or what its ``style`` makes of it."""
    style, explode = properties.style(name)
    structured = isinstance(value, dict) or (
        isinstance(value, list) and not any(isinstance(item, bytes | File) for item in value)
    )
    if (style is None and explode is None) or not structured:
        for item in value if isinstance(value, list) else [value]:
            yield name, item
        return
    pairs = serialize(name, value, style=style or "form", explode=explode)
    for pair in filter(None, pairs.split("&")):
        key, _, text = pair.partition("=")
        yield unquote(key), unquote(text)  # nothing is percent-encoded here


def _joined(parts: list[_Part], boundary: bytes) -> Body:
    """All in one piece when there are no files."""
    pieces: list[bytes | File] = []
    for head, content in parts:
        pieces += [b"--" + boundary + b"\r\n" + head, content, b"\r\n"]
    pieces.append(b"--" + boundary + b"--\r\n")
    plain = [piece for piece in pieces if isinstance(piece, bytes)]
    return b"".join(plain) if len(plain) == len(pieces) else Stream(pieces)


def _boundary(parts: list[_Part]) -> str:
    from hashlib import blake2b

    digest = blake2b(digest_size=16)
    for head, content in parts:
        known = content if isinstance(content, bytes) else _known(content)
        for text in (head, known):
            digest.update(len(text).to_bytes(8, "big") + text)
    return digest.hexdigest()


def _known(file: File) -> bytes:
    # The token is random: who can choose the content of the file cannot foresee the boundary.
    return f"{file.token} {file.path} {file.size} {file.modified}".encode(
        "utf-8", "surrogateescape"
    )


def _part(name: str, value: Json, properties: Properties) -> _Part:
    """One part: what it is said to be, and its content."""
    is_file = isinstance(value, bytes | File) or properties.is_binary(name)
    own = value.media_type if isinstance(value, File) else None
    if isinstance(value, bytes):
        own = _PLAIN
    kind = properties.content_type(name, own)
    content: bytes | File
    if isinstance(value, bytes | File):
        content = value
        kind = kind or own or _PLAIN
    elif isinstance(value, dict | list) or (kind and is_json(kind) and not isinstance(value, str)):
        content = json_bytes(value, f"'{name}'")
        kind = kind or "application/json"
    else:
        content = utf8(scalar(value, name))
        kind = kind or (_PLAIN if is_file else None)
    head = f'Content-Disposition: form-data; name="{_quoted(name)}"'
    if is_file:
        head += f'; filename="{_quoted(value.name if isinstance(value, File) else name)}"'
    if kind:
        head += f"\r\nContent-Type: {kind}"
    for field, text in properties.part_headers(name):
        head += f"\r\n{field}: {text}"
    return utf8(head) + b"\r\n\r\n", content


def _item(index: int, value: Json, properties: Properties) -> _Part:
    """A part without a name."""
    kind = properties.item_type(index)
    content: bytes | File
    if isinstance(value, bytes | File):
        content = value
        kind = kind or (value.media_type if isinstance(value, File) else _PLAIN)
    elif isinstance(value, str):
        content = utf8(value)
        kind = kind or "text/plain; charset=utf-8"
    else:
        content = json_bytes(value, f"item {index}")
        kind = kind or "application/json"
    return utf8(f"Content-Type: {kind}") + b"\r\n\r\n", content


def _quoted(name: str) -> str:
    return "".join(_UNSAFE_IN_NAME.get(character, character) for character in name)
