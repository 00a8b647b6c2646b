"""Parameters as text: ``style``, ``explode`` and ``allowReserved`` (OpenAPI §Style Values).

The styles simple, label, matrix and form are those of RFC 6570; deepObject, spaceDelimited and
pipeDelimited follow OpenAPI's table, nested deepObject what common servers read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import quote

from arazzo_runner.errors import ArazzoError
from arazzo_runner.values import Json, Value, json_text

__all__ = ["BindingError", "encode", "pairs_text", "scalar", "serialize"]

_UNRESERVED: Final = "-._~"
_RESERVED: Final = "-._~:/?#[]@!$&'()*+,;="


class BindingError(ArazzoError, ValueError):
    """A value that cannot be sent where it is meant to go."""

    kind = "binding"


def scalar(value: Value, name: str = "") -> str:
    """A value inside a parameter as text: JSON's words for booleans and numbers, null is empty.

    Raises:
        BindingError: bytes.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, bytes):
        raise BindingError(f"'{name}' is binary: it cannot be sent in a URL, header or form field")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    return json_text(value)


def encode(text: str, *, allow_reserved: bool = False, safe: str = "") -> str:
    """Percent-encoded as RFC 3986 says; with ``allow_reserved``, reserved characters and existing
    escapes stay (RFC 6570 §3.2.3).
    """
    if not allow_reserved:
        return quote(text, safe=_UNRESERVED + safe)
    encoded = quote(text, safe=_RESERVED + "%")
    return _escape_lone_percent(encoded)


def _escape_lone_percent(text: str) -> str:
    if "%" not in text:
        return text
    parts = text.split("%")
    kept = [parts[0]]
    for part in parts[1:]:
        hexadecimal = len(part) >= 2 and all(c in "0123456789abcdefABCDEF" for c in part[:2])
        kept.append(("%" if hexadecimal else "%25") + part)
    return "".join(kept)


def serialize(
    name: str,
    value: Value,
    *,
    location: str = "query",
    style: str | None = None,
    explode: bool | None = None,
    allow_reserved: bool = False,
) -> str:
    """The text of one parameter: ``color=blue`` in a query, ``blue`` in a path or header.

    Raises:
        BindingError: the value cannot be written in that style.
    """
    style = style or ("form" if location in ("query", "cookie") else "simple")
    explode = style in ("form", "cookie") if explode is None else explode

    def enc(text: str) -> str:
        if location == "header" or style == "cookie":
            return text
        return encode(text, allow_reserved=allow_reserved)

    if style in ("simple", "label", "matrix"):
        return _path_style(name, value, style, explode=explode, enc=enc)
    if style == "deepObject":
        return "&".join(f"{encode(key)}={enc(text)}" for key, text in _deep(name, value))
    joiner = "; " if location == "cookie" or style == "cookie" else "&"
    return pairs_text(name, value, style, joiner, explode=explode, enc=enc)


def _path_style(
    name: str, value: Value, style: str, *, explode: bool, enc: Callable[[str], str]
) -> str:
    mark = {"simple": "", "label": ".", "matrix": ";"}[style]
    between = ","
    if explode:
        between = {"simple": ",", "label": ".", "matrix": ";"}[style]
    named = encode(name) if style == "matrix" else ""
    if isinstance(value, dict):
        if explode:
            return mark + between.join(
                f"{enc(str(k))}={enc(scalar(v, name))}" for k, v in value.items()
            )
        flat = ",".join(f"{enc(str(k))},{enc(scalar(v, name))}" for k, v in value.items())
        return f"{mark}{named}={flat}" if named else mark + flat
    if isinstance(value, list):
        items = [enc(scalar(item, name)) for item in value]
        if style == "matrix":
            if explode:
                return "".join(f";{named}={item}" if item else f";{named}" for item in items)
            return f";{named}={','.join(items)}"
        return mark + between.join(items)
    text = enc(scalar(value, name))
    if style == "matrix":
        return f";{named}={text}" if text else f";{named}"
    return mark + text


def pairs_text(
    name: str, value: Value, style: str, joiner: str, *, explode: bool, enc: Callable[[str], str]
) -> str:
    """``name=value`` pairs of the styles form, cookie, spaceDelimited and pipeDelimited."""
    key = encode(name)
    delimiter = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}.get(style, ",")
    if isinstance(value, dict):
        if explode and style in ("form", "cookie"):
            return joiner.join(f"{encode(str(k))}={enc(scalar(v, name))}" for k, v in value.items())
        flat = delimiter.join(
            delimiter.join((enc(str(k)), enc(scalar(v, name)))) for k, v in value.items()
        )
        return f"{key}={flat}"
    if isinstance(value, list):
        items = [enc(scalar(item, name)) for item in value]
        if explode:
            return joiner.join(f"{key}={item}" for item in items)
        return f"{key}={delimiter.join(items)}"
    return f"{key}={enc(scalar(value, name))}"


def _deep(key: str, value: Json) -> Iterator[tuple[str, str]]:
    """``key[a][b]=c``; items of arrays repeat the key."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _deep(f"{key}[{name}]", item)
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, dict | list):
                yield from _deep(f"{key}[]", item)
            else:
                yield key, scalar(item, key)
    else:
        yield key, scalar(value, key)
