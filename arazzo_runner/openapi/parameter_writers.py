"""How the parameters of a step become text, worked out once when the step is bound."""

from __future__ import annotations

from typing import Final

from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.openapi.form_bodies import form_pairs
from arazzo_runner.openapi.json_bodies import json_bytes
from arazzo_runner.openapi.objects import Parameter
from arazzo_runner.openapi.styles import (
    DEFAULT_STYLES,
    BindingError,
    Write,
    encode,
    encode_cookie,
    encode_reserved,
    join_nested,
    scalar,
    style_writer,
)
from arazzo_runner.values import ABSENT, File, Value
from arazzo_runner.values.media_types import is_json

__all__ = ["check_header", "default_parameter", "header_name", "parameter_writer", "path_writer"]

_TOKEN: Final = lazy_pattern(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_BAD_IN_FIELD: Final = lazy_pattern(r"[\x00-\x08\x0a-\x1f\x7f]")


def default_parameter(name: str, location: str) -> Parameter:
    """What a parameter is taken for that the operation does not declare."""
    style = DEFAULT_STYLES.get(location, "form")
    return Parameter(name, location, location == "path", style, style == "form")


def parameter_writer(parameter: Parameter) -> Write:
    """The text of a query, cookie, header or querystring parameter, its name included where it
    belongs to the text.
    """
    if parameter.location == "querystring":
        return _querystring_writer(parameter)
    if parameter.content_type is not None:
        return _content_writer(parameter)
    write = style_writer(
        parameter.name,
        location=parameter.location,
        style=parameter.style,
        explode=parameter.explode,
        allow_reserved=parameter.allow_reserved,
    )
    schema = parameter.schema
    if isinstance(schema, dict) and "collectionFormat" in schema:  # 2.0
        return lambda value: write(join_nested(value, schema.get("items")))
    return write


def path_writer(parameter: Parameter, *, greedy: bool) -> Write:
    """The text that fills a hole of the path. It is never empty and never a dot segment: that
    would be the URL of something else.
    """
    name = parameter.name
    write = _greedy(name) if greedy else parameter_writer(parameter)

    def checked(value: Value) -> str:
        if value is ABSENT:
            raise BindingError(f"path parameter '{name}' has no value")
        text = write(value)
        if not text:
            raise BindingError(f"path parameter '{name}' is empty")
        if text[0] == "." or greedy:
            _refuse_dots(name, text)
        return text

    return checked


def _refuse_dots(name: str, text: str) -> None:
    if any(segment in (".", "..") for segment in text.split("/")):
        raise BindingError(f"path parameter '{name}' must not be '{text}': it changes the path")


def _greedy(name: str) -> Write:
    return lambda value: encode(scalar(value, name), "/")


def _content_writer(parameter: Parameter) -> Write:
    """A parameter described by ``content``: a value of that media type, as text."""
    name, location = parameter.name, parameter.location
    prefix = f"{encode(name)}=" if location in ("query", "cookie") else ""
    as_text = _json_writer(parameter) if is_json(parameter.content_type or "") else None

    def write(value: Value) -> str:
        text = scalar(value, name) if as_text is None else as_text(value)
        if location == "header":
            return text
        return prefix + (encode_cookie(text) if location == "cookie" else encode(text))

    return write


def _json_writer(parameter: Parameter) -> Write:
    """JSON. A text is taken for JSON already, unless the schema says that it is a string."""
    schema = parameter.schema
    is_string = isinstance(schema, dict) and schema.get("type") in ("string", ["string"])

    def write(value: Value) -> str:
        if isinstance(value, bytes | File) or (isinstance(value, str) and not is_string):
            return scalar(value, parameter.name)
        return json_bytes(value, f"'{parameter.name}'").decode()

    return write


_querystring_form: Final = style_writer("querystring", location="query", style="form")


def _querystring_writer(parameter: Parameter) -> Write:
    """The whole query (3.2 and Arazzo 1.1, A-17) as its media type says. Text is taken as it is
    written, with only those characters encoded that no query can hold.
    """
    kind = parameter.content_type or ""
    if is_json(kind):
        as_json = _json_writer(parameter)
        return lambda value: encode(as_json(value))
    form = form_pairs(parameter.encoding)

    def write(value: Value) -> str:
        if isinstance(value, dict) and kind:
            return form(value)
        if isinstance(value, dict):
            return _querystring_form(value)
        if isinstance(value, list):
            return encode(scalar(value, parameter.name))
        return encode_reserved(scalar(value, parameter.name).removeprefix("?"))

    return write


def header_name(name: str) -> str:
    """The name.

    Raises:
        BindingError: it is not a token (RFC 9110 §5.1).
    """
    if not _TOKEN.fullmatch(name):
        raise BindingError(f"'{name}' cannot be the name of a header")
    return name


def check_header(name: str, text: str) -> str:
    """The value of a header field without the blanks around it (RFC 9110 §5.5).

    Raises:
        BindingError: it has line breaks, other control characters, or characters outside Latin-1.
    """
    if _BAD_IN_FIELD.search(text):
        raise BindingError(
            f"header '{name}' must not hold line breaks or control characters",
            hint="a value read from a file often ends in a line break" if text[-1] < " " else None,
        )
    if not text.isascii():
        try:
            text.encode("latin-1")
        except UnicodeEncodeError:
            raise BindingError(
                f"header '{name}' holds characters that no header can hold",
                hint="percent-encode them, or write them as the server expects",
            ) from None
    return text.strip(" \t")
