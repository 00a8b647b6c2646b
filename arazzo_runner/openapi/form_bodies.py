"""``application/x-www-form-urlencoded`` bodies (OpenAPI §Encoding Object)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from arazzo_runner.openapi.styles import (
    BindingError,
    deep_pairs,
    encode,
    join_nested,
    scalar,
    serialize,
)
from arazzo_runner.values import ABSENT, Body, File, Json, Stream, Value
from arazzo_runner.values.media_types import is_json

__all__ = ["form_pairs", "form_writer", "utf8"]


def form_writer(pairs: Callable[[dict[str, Json]], str]) -> Callable[[Value], Body]:
    """Writes an object as pairs; text, bytes and files are sent as they are."""

    def write(value: Value) -> Body:
        if isinstance(value, bytes):
            return value
        if isinstance(value, File):
            return Stream([value])
        if isinstance(value, str):
            return utf8(value)
        if not isinstance(value, dict):
            raise BindingError("the payload of a form must be an object or a text")
        return pairs(value).encode()

    return write


def form_pairs(rules: Mapping[str, Json]) -> Callable[[dict[str, Json]], str]:
    """Writes an object as pairs by the Encoding Objects of its members.

    A property with an ``encoding`` follows it. Otherwise nested values are bracketed,
    ``a[b]=c``, and items of an array repeat the name, ``a=1&a=2``; they are numbered,
    ``a[0]=1``, where the operation writes its other properties as deepObject, and where the items
    are objects or arrays. A space is ``%20``.
    """
    numbered = any(_style(rule) == "deepObject" for rule in rules.values())

    def write(value: dict[str, Json]) -> str:
        return "&".join(
            [
                pair
                for name, item in value.items()
                if item is not ABSENT
                for pair in _pairs(name, item, rules.get(name), numbered=numbered)
            ]
        )

    return write


def _style(rule: Json) -> str | None:
    style = rule.get("style") if isinstance(rule, Mapping) else None
    return style if isinstance(style, str) else None


def _pairs(name: str, value: Json, rule: Json, *, numbered: bool) -> Iterator[str]:
    rule = rule if isinstance(rule, Mapping) else {}
    style, explode = _style(rule), rule.get("explode")
    value = join_nested(value, rule.get("items"))  # only 2.0 has them
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


def utf8(text: str) -> bytes:
    """The text in UTF-8.

    Raises:
        BindingError: it holds half a surrogate pair.
    """
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise BindingError("a text with half a surrogate pair cannot be sent") from None
