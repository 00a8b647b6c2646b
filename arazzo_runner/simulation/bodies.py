"""Reading and changing parts of a body by tokens, wildcards included; bodies as bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import lru_cache
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from arazzo_runner.openapi import decode_response
from arazzo_runner.simulation.atoms import ANY, DEEP
from arazzo_runner.values import ABSENT, Headers, Json, Response, Value, json_text
from arazzo_runner.values.media_types import is_json, is_xml

__all__ = ["encode", "part", "resize", "respond", "with_part", "without_part"]

_LONGEST: Final = 200


def _step(value: Value, token: str) -> str | int | None:
    """The key or index that a token means in this value; None when there is none."""
    if isinstance(value, list):
        if token == ANY:
            return 0 if value else None
        if token.lstrip("-").isdecimal() and -len(value) <= int(token) < len(value):
            return int(token)
        return None
    if isinstance(value, dict):
        if token in value:
            return token
        return next(iter(value), None) if token == ANY else None
    return None


def places(body: Value, tokens: Sequence[str]) -> tuple[str, ...]:
    """The tokens with wildcards resolved as far as the body tells."""
    found: list[str] = []
    value = body
    rest = list(tokens)
    while rest:
        token = rest.pop(0)
        if token == DEEP:
            if not rest:
                break
            deep = _deep(value, rest[0], ())
            if deep is None:
                continue
            rest[:0] = deep
            continue
        if token == ANY and isinstance(value, dict) and rest and rest[0] in value:
            continue  # the filter of a whole query, met by the object itself
        key = _step(value, token)
        found.append("0" if key is None and token == ANY else token if key is None else str(key))
        value = ABSENT if key is None else value[key]
    return tuple(found)


def _deep(value: Value, name: str, path: tuple[str, ...]) -> tuple[str, ...] | None:
    """Where above a member of that name is."""
    if isinstance(value, dict) and name in value:
        return path
    children = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, item in children:
        found = _deep(item, name, (*path, str(key)))
        if found is not None:
            return found
    return None


def part(body: Value, tokens: Sequence[str]) -> Value:
    """The part at the tokens, ABSENT when there is none."""
    value = body
    for token in places(body, tokens):
        key = _step(value, token)
        if key is None:
            return ABSENT
        value = value[key]
    return value


def with_part(body: Value, tokens: Sequence[str], value: Json) -> Value:
    """The body with another value there; what leads to it is made where it is missing."""
    return _put(body, places(body, tokens), value)


def _put(body: Value, tokens: tuple[str, ...], value: Json) -> Value:
    if not tokens:
        return value
    token, rest = tokens[0], tokens[1:]
    if isinstance(body, list) and token.lstrip("-").isdecimal():
        index = int(token)
        items = list(body)
        while len(items) <= min(index, _LONGEST):
            items.append(deepcopy(items[-1]) if items else ABSENT)
        if -len(items) <= index < len(items):
            items[index] = _put(items[index], rest, value)
        return [item for item in items if item is not ABSENT]
    if isinstance(body, dict):
        return {**body, token: _put(body.get(token, ABSENT), rest, value)}
    if token.isdecimal() and not int(token):
        return [_put(ABSENT, rest, value)]
    return {token: _put(ABSENT, rest, value)}


def without_part(body: Value, tokens: Sequence[str]) -> Value:
    """The body without the member there; unchanged when it has none."""
    if not tokens or part(body, tokens) is ABSENT:
        return body
    path = places(body, tokens)
    above = part(body, path[:-1])
    if isinstance(above, dict):
        return _put(body, path[:-1], {k: v for k, v in above.items() if k != path[-1]})
    if isinstance(above, list):
        return _put(body, path[:-1], above[: int(path[-1])])
    return body


def resize(value: Value, length: int) -> Value:
    """A list, text or object with another number of elements."""
    length = max(0, min(length, _LONGEST))
    if isinstance(value, str):
        return (value + "x" * length)[:length]
    if isinstance(value, dict):
        names = [*value, *(f"key{n}" for n in range(length))]
        return {name: value.get(name, "x") for name in list(dict.fromkeys(names))[:length]}
    items = list(value) if isinstance(value, list) else []
    while len(items) < length:
        items.append(deepcopy(items[-1]) if items else {})
    return items[:length]


# -- bytes ---------------------------------------------------------------------------------------


def encode(body: Value, content_type: str, name: str = "Response") -> bytes:
    """The body as it goes over the line. ``name`` is the root element of XML."""
    if body is ABSENT:
        return b""
    if isinstance(body, bytes):
        return body
    if is_xml(content_type) and not isinstance(body, str):
        return ('<?xml version="1.0" encoding="UTF-8"?>' + _xml(_element_name(name), body)).encode()
    if isinstance(body, str) and not is_json(content_type):
        return body.encode("utf-8", "replace")
    return json_text(body).encode()


def respond(
    status: int, headers: Headers, content_type: str, body: Value, name: str = "Response"
) -> Response:
    """The answer as an engine sees it that got it over the line."""
    fields = (("Content-Type", content_type), *headers) if content_type else headers
    if isinstance(body, dict | list) and is_json(content_type):
        return Response(status, fields, body, content_type, 0)
    return decode_response(status, fields, encode(body, content_type, name))


@lru_cache(maxsize=1_000)
def _element_name(name: str) -> str:
    kept = "".join(c if c.isalnum() or c in "_-." else "_" for c in name)
    return kept if kept and (kept[0].isalpha() or kept[0] == "_") else f"_{kept}"


def _xml(name: str, value: Json) -> str:
    attributes = ""
    if isinstance(value, Mapping):
        content = ""
        for key, item in value.items():
            if key.startswith("@") and not isinstance(item, dict | list):
                attributes += f" {_element_name(key[1:])}={quoteattr(_text(item))}"
            else:
                content += _xml(_element_name(key), item)
    elif isinstance(value, list):
        content = "".join(_xml("member", item) for item in value)
    else:
        content = escape(_text(value))
    return f"<{name}{attributes}>{content}</{name}>"


def _text(value: Json) -> str:
    if isinstance(value, str):
        if value.isprintable():
            return value
        return "".join(c for c in value if c.isprintable() or c in "\t\n")
    return "" if value is None else json_text(value)
