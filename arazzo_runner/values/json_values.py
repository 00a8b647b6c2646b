"""JSON values, text, bytes and *absent*: the values a run works on (SEMANTICS §2)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias, final

from arazzo_runner.lazy import lazy_pattern

__all__ = ["ABSENT", "EMPTY", "Absent", "Json", "Value", "json_text", "type_name"]

Json: TypeAlias = Any
"""A JSON value: None, bool, int, float, str, list of Json, dict of str to Json."""


@final
class Absent:
    """The type of :data:`ABSENT`: nothing is there. It is not null and it is false."""

    _instance: Absent | None = None

    def __new__(cls) -> Absent:
        """The one instance."""
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "ABSENT"

    def __reduce__(self) -> tuple[type[Absent], tuple[()]]:
        return Absent, ()


ABSENT: Final = Absent()

Value: TypeAlias = Any
"""A Json value, ``bytes``, a ``File``, or :data:`ABSENT`."""

EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})
"""No names, no values: the default where a mapping may be left out."""


def json_text(value: Json) -> str:
    """The value as compact RFC 8259 JSON text, non-ASCII kept. It can always be encoded as UTF-8.

    Raises:
        TypeError: the value holds bytes or ABSENT.
        ValueError: it holds NaN or an infinity, or itself.
        RecursionError: it is nested too deeply.
    """
    text = _ENCODER.encode(value)
    if text.isascii():
        return text
    return _SURROGATE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_SURROGATE: Final = lazy_pattern("[\ud800-\udfff]")


def type_name(value: Value) -> str:
    """The JSON Schema name of the value's type (``integer``, ``object``, …), for messages."""
    if value is None:
        return "null"
    if value is ABSENT:
        return "nothing"
    for types, name in _TYPE_NAMES:
        if isinstance(value, types):
            return name
    return type(value).__name__.lower()


_TYPE_NAMES: Final[tuple[tuple[type | tuple[type, ...], str], ...]] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
    (bytes, "bytes"),
)
