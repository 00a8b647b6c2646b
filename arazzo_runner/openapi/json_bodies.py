"""JSON bodies, and when a text is JSON already (A-39).

A payload that is an object, array, number, boolean or null is written as compact JSON. A payload
that is *text* may be a JSON template (``{"id": "{$inputs.id}"}``) or a string value:

1. The schema asks for a string and nothing else: it is a string value.
2. It is valid JSON, and starts with ``{``, ``[`` or ``"`` or the schema asks for something else
   than a string: it is a template, and is sent as it is.
3. The schema asks for an object or array, and the text is not JSON: an error, nothing is sent.
4. Otherwise it is a string value.

Bytes and files are sent as they are.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

from arazzo_runner.openapi.styles import BindingError
from arazzo_runner.values import Body, File, Stream, Value, type_name

__all__ = ["json_body_writer", "json_bytes"]


def _refuse(value: object) -> str:
    raise TypeError(f"it holds {type_name(value)}")


_encode: Final = json.JSONEncoder(
    ensure_ascii=False,
    separators=(",", ":"),
    allow_nan=False,
    check_circular=False,
    default=_refuse,
).encode
_MARKS: Final = ("{", "[", '"')


def json_bytes(value: Value, what: str = "the body") -> bytes:
    """Compact JSON in UTF-8.

    Raises:
        BindingError: bytes or ABSENT inside, a number that JSON cannot hold, nested too deep.
    """
    try:
        text = _encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        reason = "it is nested too deep" if isinstance(error, RecursionError) else error
        raise BindingError(f"{what} cannot be written as JSON: {reason}") from None
    try:
        return text.encode()
    except UnicodeEncodeError:  # half a surrogate pair: JSON can escape it
        return json.dumps(value, separators=(",", ":")).encode()


def json_body_writer(types: frozenset[str]) -> Callable[[Value], Body]:
    """``types`` are the JSON Schema types that the body's schema allows; empty when unknown."""
    only_string = types == {"string"}
    needs_structure = bool(types) and types <= {"object", "array"}
    known = bool(types) and "string" not in types

    def write(value: Value) -> Body:
        if isinstance(value, str):
            return from_text(value)
        if isinstance(value, File):
            return Stream([value])
        return value if isinstance(value, bytes) else json_bytes(value)

    def from_text(text: str) -> bytes:
        if only_string:
            return json_bytes(text)
        looks = known or text.lstrip().startswith(_MARKS)
        fault = _fault(text) if looks else "it does not look like JSON"
        if looks and fault is None:
            return _utf8(text)
        if needs_structure:
            raise BindingError(f"the payload is a text that is not JSON: {fault}")
        return json_bytes(text)

    return write


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(json.loads(text), separators=(",", ":")).encode()


def _fault(text: str) -> str | None:
    """What is wrong with a text as JSON, or None."""
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        return "it is nested too deep" if isinstance(error, RecursionError) else str(error)
    return None
