"""Parameters as text: ``style``, ``explode`` and ``allowReserved`` (OpenAPI §Style Values).

simple, label, matrix and form are RFC 6570's ``{x}``, ``{.x}``, ``{;x}`` and ``{?x}``; the others
follow OpenAPI's tables. Where both leave something open:

* null is OpenAPI's *undefined*: ``color=``, ``;color``, ``.`` or nothing; in an array or object it
  is left out, as RFC 6570 does. An empty array or object is nothing at all.
* An array or object inside an array or object is its compact JSON text, in deepObject brackets.
* A cookie keeps what RFC 6265 allows in one, because cookie values are sent back as they came;
  several values are several cookies.
* Header values are not percent-encoded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isfinite
from typing import Final
from urllib.parse import quote

from arazzo_runner.errors import ArazzoError
from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.values import ABSENT, File, Json, Value, json_text

__all__ = [
    "DEFAULT_STYLES",
    "BindingError",
    "Write",
    "deep_pairs",
    "encode",
    "encode_cookie",
    "encode_reserved",
    "join_nested",
    "scalar",
    "serialize",
    "style_writer",
]

Write = Callable[[Value], str]
"""From a value to the text that is sent; raises BindingError."""

DEFAULT_STYLES: Final = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
_DELIMITERS: Final = {"spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}
_MARKS: Final = {"label": ".", "matrix": ";"}

_is_unreserved: Final = lazy_pattern(r"[A-Za-z0-9\-._~]*").fullmatch
_UNRESERVED: Final = "-._~"
_RESERVED: Final = "-._~:/?@!$&'()*+,;=%"
_COOKIE: Final = "-._~!#$%&'()*+/:<=>?@[]^`{|}"
_EXACT: Final = 1e15  # whole numbers up to here are written without an exponent
_LONE_PERCENT: Final = lazy_pattern(r"%(?![0-9A-Fa-f]{2})")


class BindingError(ArazzoError, ValueError):
    """A value that cannot be sent where it is meant to go."""

    kind = "binding"


def encode(text: str, safe: str = "") -> str:
    """The text percent-encoded (RFC 3986 §2): all but unreserved characters and ``safe`` ones.

    Raises:
        BindingError: it holds half a surrogate pair, which no encoding can hold.
    """
    if _is_unreserved(text):
        return text
    try:
        return quote(text, _UNRESERVED + safe)
    except UnicodeEncodeError:
        raise BindingError("a text with half a surrogate pair cannot be sent") from None


def encode_reserved(text: str) -> str:
    """Reserved characters and escapes stay (RFC 6570 §3.2.3), except ``#[]``: they would end
    the query or do not belong in one.
    """
    return encode(_LONE_PERCENT.sub("%25", text), _RESERVED)


def encode_cookie(text: str) -> str:
    """Only what RFC 6265 §4.1.1 keeps out of a cookie is percent-encoded."""
    return encode(text, _COOKIE)


def scalar(value: Value, name: str) -> str:
    """A value as text: booleans and numbers as JSON, whole numbers without fraction, null empty.

    Arrays and objects are compact JSON.

    Raises:
        BindingError: bytes, a number that JSON cannot hold, or a structure that is nested too
            deep.
    """
    if isinstance(value, str):
        return value
    if value is None or value is ABSENT:
        return ""
    if isinstance(value, bytes | File):
        what = "binary" if isinstance(value, bytes) else "a file"
        raise BindingError(f"'{name}' is {what}: it cannot be sent in a URL, header or form field")
    try:
        if type(value) is int:
            return str(value)
        if isinstance(value, float):
            return _number(value)
        return json_text(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise BindingError(f"'{name}' cannot be written as text: {error}") from None


def _number(value: float) -> str:
    if not isfinite(value):
        raise ValueError(f"{value} is not a JSON number")
    whole = value.is_integer() and abs(value) < _EXACT
    return str(int(value)) if whole else repr(value)


def serialize(
    name: str,
    value: Value,
    *,
    location: str = "query",
    style: str,
    explode: bool | None = None,
    allow_reserved: bool = False,
) -> str:
    """A parameter as it stands in a URL, header or cookie; without ``?`` or ``&`` before it.

    ``explode`` None is the default of the style. ``allow_reserved`` has no effect in a path
    (SEMANTICS §5).

    Raises:
        BindingError: the value cannot be sent there.
    """
    write = style_writer(
        name, location=location, style=style, explode=explode, allow_reserved=allow_reserved
    )
    return write(value)


def style_writer(
    name: str,
    *,
    location: str,
    style: str,
    explode: bool | None = None,
    allow_reserved: bool = False,
) -> Write:
    """What :func:`serialize` does, for many values of one parameter."""
    exploded = style in ("form", "cookie", "deepObject") if explode is None else explode
    enc = _encoder(location, allow_reserved=allow_reserved)
    if style in _MARKS:
        return _marked(name, _MARKS[style], enc, named=style == "matrix", explode=exploded)
    if location in ("path", "header") or style == "simple":
        return _simple(name, enc, _delimiter(style, enc), explode=exploded)
    joiner = "; " if location == "cookie" or style == "cookie" else "&"
    if style == "deepObject":
        return lambda value: joiner.join(
            f"{encode(key)}={enc(scalar(item, name))}" for key, item in deep_pairs(name, value)
        )
    return _pairs(name, enc, _delimiter(style, enc), joiner, explode=exploded)


def _encoder(location: str, *, allow_reserved: bool) -> Callable[[str], str]:
    if location == "header":
        return str
    if location == "cookie":
        return encode_cookie
    return encode_reserved if allow_reserved and location != "path" else encode


def _delimiter(style: str, enc: Callable[[str], str]) -> str:
    delimiter = _DELIMITERS.get(style)
    return "," if delimiter is None else enc(delimiter)


def _simple(name: str, enc: Callable[[str], str], delimiter: str, *, explode: bool) -> Write:
    """``a``, ``a,b``, ``k,v`` and exploded ``k=v``."""

    def write(value: Value) -> str:
        if isinstance(value, list):
            return delimiter.join(_items(value, name, enc))
        if isinstance(value, dict):
            return delimiter.join(_members(value, name, enc, "=" if explode else delimiter))
        return enc(value if type(value) is str else scalar(value, name))

    return write


def _marked(
    name: str, mark: str, enc: Callable[[str], str], *, named: bool, explode: bool
) -> Write:
    """label: ``.a,b`` and ``.a.b``; matrix: ``;name=a,b`` and ``;name=a;name=b``."""
    key = encode(name)

    def one(text: str) -> str:
        if not named:
            return mark + text
        return f"{mark}{key}={text}" if text else mark + key

    def write(value: Value) -> str:
        if isinstance(value, list):
            items = _items(value, name, enc)
            if explode:
                return "".join(map(one, items))
            return one(",".join(items)) if items else ""
        if isinstance(value, dict):
            members = _members(value, name, enc, "=" if explode else ",")
            if explode:
                return "".join(mark + member for member in members)
            return one(",".join(members)) if members else ""
        return one(enc(scalar(value, name)))

    return write


def _pairs(
    name: str, enc: Callable[[str], str], delimiter: str, joiner: str, *, explode: bool
) -> Write:
    """``name=a``, ``name=a,b``, and exploded ``name=a&name=b`` and ``k=v&l=w``."""
    prefix = encode(name) + "="

    def write(value: Value) -> str:
        if isinstance(value, list):
            items = _items(value, name, enc)
            if explode:
                return joiner.join([prefix + item for item in items])
            return prefix + delimiter.join(items) if items else ""
        if isinstance(value, dict):
            members = _members(value, name, enc, "=" if explode else delimiter)
            if explode:
                return joiner.join(members)
            return prefix + delimiter.join(members) if members else ""
        return prefix + enc(value if type(value) is str else scalar(value, name))

    return write


def _items(value: list[Json], name: str, enc: Callable[[str], str]) -> list[str]:
    return [enc(scalar(item, name)) for item in value if item is not None and item is not ABSENT]


def _members(
    value: dict[str, Json], name: str, enc: Callable[[str], str], between: str
) -> list[str]:
    return [
        f"{enc(str(key))}{between}{enc(scalar(item, name))}"
        for key, item in value.items()
        if item is not None and item is not ABSENT
    ]


def join_nested(value: Value, items: Json) -> Value:
    """Arrays in an array as texts, by the ``collectionFormat`` of OpenAPI 2.0's Items Objects."""
    nested = isinstance(items, dict) and items.get("type") == "array"
    if not isinstance(value, list) or not nested:
        return value
    written = items.get("collectionFormat")
    mark = _COLLECTIONS.get(written, ",") if isinstance(written, str) else ","
    return [
        mark.join(_items(join_nested(item, items.get("items")), "items", str))
        if isinstance(item, list)
        else item
        for item in value
    ]


_COLLECTIONS: Final = {"ssv": " ", "tsv": "\t", "pipes": "|"}


def deep_pairs(key: str, value: Json, *, numbered: bool = True) -> Iterator[tuple[str, Json]]:
    """``key[a][b]`` and the value there, for every value that is no array or object.

    Items of an array have their number, ``key[0]``; without ``numbered`` plain items repeat the
    key instead.

    Raises:
        BindingError: nested too deep.
    """
    todo: list[tuple[str, Json]] = [(key, value)]
    while todo:
        place, item = todo.pop()
        if len(place) > 10_000:
            raise BindingError(f"'{key}' is nested too deep for a form or a query")
        if isinstance(item, dict):
            todo.extend((f"{place}[{name}]", member) for name, member in reversed(item.items()))
        elif isinstance(item, list):
            plain = not numbered and not any(isinstance(part, dict | list) for part in item)
            todo.extend(
                (place if plain else f"{place}[{index}]", part)
                for index, part in reversed(list(enumerate(item)))
            )
        elif item is not ABSENT:
            yield place, item
