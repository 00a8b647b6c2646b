"""Answers decoded by media type and charset (SEMANTICS §5). Nothing here raises."""

from __future__ import annotations

import codecs
import json
from functools import lru_cache
from typing import Final

from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.values import ABSENT, Headers, Response, Value
from arazzo_runner.values.media_types import charset, essence, is_json, is_text, is_xml

__all__ = ["decode_response", "is_binary_type"]

_BINARY_FAMILIES: Final = ("image/", "audio/", "video/", "font/", "model/")
_BINARY_TYPES: Final = frozenset(
    {
        "application/gzip",
        "application/octet-stream",
        "application/pdf",
        "application/protobuf",
        "application/vnd.amazon.eventstream",
        "application/vnd.apache.parquet",
        "application/x-gzip",
        "application/x-protobuf",
        "application/x-tar",
        "application/zip",
        "binary/octet-stream",
    }
)
# Text codecs whose output is not the text that a server meant.
_ODD_CODECS: Final = frozenset({"idna", "punycode", "raw_unicode_escape", "unicode_escape"})
_XML_ENCODING: Final = lazy_pattern(
    rb"""<\?xml[^>]{0,100}?encoding=["']([A-Za-z0-9._\-]{1,40})["']"""
)
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def _refuse(name: str) -> Value:
    raise ValueError(f"{name} is not a JSON value")


_decode_json: Final = json.JSONDecoder(parse_constant=_refuse).decode


def decode_response(status: int, headers: Headers, raw: bytes) -> Response:
    """The answer as a value: JSON, text, or bytes for binary types; ABSENT for an empty body.

    Without a Content-Type the body is JSON if it can be read so, else text, else bytes. A body
    that is not what its type says is kept as text, and ``note`` says so.
    """
    content_type = ""
    for name, value in headers:
        if len(name) == 12 and name.lower() == "content-type":
            content_type = value.strip()
            break
    if not raw:
        return Response(status, headers, ABSENT, content_type)
    if is_json(content_type):
        body, note = _json(raw, content_type)
    elif not content_type:
        body, note = _sniffed(raw)
    elif _is_binary(content_type, raw):
        body, note = raw, None
    elif essence(content_type) == "text/html" and raw.lstrip()[:1] in b"{[":
        body, note = _not_html(raw, content_type)
    else:
        body, note = _text(raw, content_type)
    return Response(status, headers, body, content_type, len(raw), note)


# -- JSON ----------------------------------------------------------------------------------------


def _json(raw: bytes, content_type: str) -> tuple[Value, str | None]:
    try:
        return _decode_json(raw.decode()), None
    except (ValueError, RecursionError):
        return _odd_json(raw, content_type)


def _odd_json(raw: bytes, content_type: str) -> tuple[Value, str | None]:
    """JSON in another charset or with a byte order mark; else the text, with a note."""
    name = charset(content_type)
    if raw.startswith(_UTF_16) or b"\0" in raw[:4]:
        name = json.detect_encoding(raw)
    text, note = _decoded(raw, name)
    if not text.strip():
        return ABSENT, None
    try:
        return _decode_json(text), note
    except RecursionError:
        reason = "it is nested too deep"
    except ValueError as error:
        reason = str(error)
        if "integer string conversion" in reason:
            reason = "it holds a number with too many digits"
    return text, f"the body says {essence(content_type)} and is not JSON: {reason}"


def _not_html(raw: bytes, content_type: str) -> tuple[Value, str | None]:
    """JSON that a server forgot to call so: no HTML begins with a brace."""
    try:
        return _decode_json(raw.decode()), "the body says text/html and is JSON: read as JSON"
    except (ValueError, RecursionError):
        return _text(raw, content_type)


def _sniffed(raw: bytes) -> tuple[Value, str | None]:
    if raw.lstrip()[:1] in b"{[" or len(raw) < 100:
        try:
            return _decode_json(raw.decode("utf-8-sig")), None
        except (ValueError, RecursionError):
            pass
    if not _looks_like_text(raw):
        return raw, None
    return _text(raw, "")


# -- text and bytes ------------------------------------------------------------------------------


def is_binary_type(content_type: str) -> bool:
    """Whether a media type is known to be bytes, whatever the body looks like."""
    if is_text(content_type):
        return False
    kind = essence(content_type)
    return kind in _BINARY_TYPES or kind.startswith(_BINARY_FAMILIES)


def _is_binary(content_type: str, raw: bytes) -> bool:
    if is_text(content_type):
        return False
    if is_binary_type(content_type):
        return True
    return charset(content_type) is None and not _looks_like_text(raw)


def _looks_like_text(raw: bytes) -> bool:
    """Types that are not known are text when they are UTF-8 without NUL."""
    if b"\0" in raw[:4096]:
        return False
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _text(raw: bytes, content_type: str) -> tuple[str, str | None]:
    name = charset(content_type)
    if raw.startswith(_UTF_16):
        name = "utf-16"
    elif name is None and is_xml(content_type):
        declared = _XML_ENCODING.match(raw[:200].lstrip())
        name = declared[1].decode().lower() if declared else None
    return _decoded(raw, name)


def _decoded(raw: bytes, name: str | None) -> tuple[str, str | None]:
    codec = _codec(name or "utf-8")
    if codec is None:
        return _decoded(raw, None)[0], f"the charset '{name}' is not known"
    try:
        return raw.decode(codec).removeprefix("\ufeff"), None
    except ValueError:
        if name is None:
            return raw.decode("latin-1"), "the body is not UTF-8: read as Latin-1"
    return raw.decode(codec, "replace"), f"the body is not {name}: some characters are replaced"


@lru_cache(maxsize=64)
def _codec(name: str) -> str | None:
    """The Python codec of a charset, None when there is none for text."""
    try:
        codec = codecs.lookup(name).name
        b"aaaa".decode(codec, "replace")  # some codecs are not for text
    except (LookupError, ValueError):
        return None
    return None if codec.replace("-", "_") in _ODD_CODECS else codec
