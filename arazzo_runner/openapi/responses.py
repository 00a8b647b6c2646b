"""Answers decoded by media type and charset (SEMANTICS §5). Nothing here raises."""

from __future__ import annotations

import json
from typing import Final

from arazzo_runner.values import ABSENT, Headers, Response, Value
from arazzo_runner.values.media_types import charset, essence, is_json, is_text

__all__ = ["decode_response"]

_BINARY: Final = ("image/", "audio/", "video/", "font/")
_BOM: Final = "\ufeff"


def decode_response(status: int, headers: Headers, raw: bytes) -> Response:
    """The answer as a value: JSON, text, or bytes for binary types.

    A body that is not what its type says is kept as text, and ``note`` says so.
    """
    content_type = ""
    for name, value in headers:
        if name.lower() == "content-type":
            content_type = value
            break
    size = len(raw)
    if not raw:
        return Response(status, headers, ABSENT, content_type, 0)
    if is_json(content_type):
        body, note = _json(raw, content_type)
        return Response(status, headers, body, content_type, size, note)
    if not content_type:
        body, note = _sniffed(raw)
        return Response(status, headers, body, content_type, size, note)
    if not is_text(content_type):
        kind = essence(content_type)
        if kind.startswith(_BINARY) or not _looks_like_text(raw):
            return Response(status, headers, raw, content_type, size)
    body, note = _text(raw, content_type)
    return Response(status, headers, body, content_type, size, note)


def _looks_like_text(raw: bytes) -> bool:
    """Unknown application types are text when they are valid UTF-8 without control bytes."""
    head = raw[:4096]
    if b"\0" in head:
        return False
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _text(raw: bytes, content_type: str) -> tuple[str, str | None]:
    name = charset(content_type)
    try:
        return raw.decode(name or "utf-8").removeprefix(_BOM), None
    except (UnicodeDecodeError, LookupError):
        if name is None:
            return raw.decode("latin-1"), "the body is not UTF-8; read as Latin-1"
    return raw.decode("utf-8", "replace"), f"the body is not {name}; undecodable bytes replaced"


def _json(raw: bytes, content_type: str) -> tuple[Value, str | None]:
    try:
        return json.loads(raw, parse_constant=_refuse), None
    except (ValueError, RecursionError) as error:
        text, note = _text(raw, content_type)
        reason = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        if not text.strip():
            return ABSENT, None
        if note is None and not isinstance(error, UnicodeDecodeError):
            return text, f"the body says {essence(content_type)} and is not JSON: {reason}"
        try:
            return json.loads(text, parse_constant=_refuse), note
        except (ValueError, RecursionError):
            return text, f"the body says {essence(content_type)} and is not JSON: {reason}"


def _refuse(name: str) -> Value:
    raise ValueError(f"{name} is not JSON")


def _sniffed(raw: bytes) -> tuple[Value, str | None]:
    """No Content-Type: JSON when it is JSON, else text, else bytes."""
    try:
        return json.loads(raw, parse_constant=_refuse), None
    except (ValueError, RecursionError):
        pass
    if not _looks_like_text(raw):
        return raw, None
    return raw.decode(), None
