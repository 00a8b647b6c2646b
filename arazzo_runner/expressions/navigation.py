"""Reading inside a value: JSON Pointer tokens and accessors, one implementation for both."""

from __future__ import annotations

from collections.abc import Sequence

from arazzo_runner.errors import ArazzoError
from arazzo_runner.expressions.nodes import LENGTH, WILDCARD, Accessor
from arazzo_runner.values import ABSENT, Json, Value, resolve_pointer

__all__ = ["as_structure", "follow", "read_inside"]


def as_structure(value: Value) -> Json | Value:
    """The value, or what an XML text means as JSON (``xml-by-pointer``).

    A text that is not XML, or not well-formed, stays a text: nothing is inside it.
    """
    if not isinstance(value, str) or not value.lstrip("\ufeff \t\r\n").startswith("<"):
        return value
    from arazzo_runner.values.xml_mapping import xml_to_json

    try:
        return xml_to_json(value)
    except ArazzoError:
        return value


def read_inside(value: Value, tokens: Sequence[str]) -> Value:
    """What a pointer finds in the value, or ABSENT."""
    if isinstance(value, str) and tokens:
        value = as_structure(value)
    return resolve_pointer(value, tokens)


def follow(value: Value, path: Sequence[Accessor]) -> Value:
    """What accessors find in the value, or ABSENT.

    ``.name`` and ``[n]`` read as pointer tokens. ``[*]`` gives an array of all that the rest of
    the path finds in the elements or member values.
    """
    for position, accessor in enumerate(path):
        if isinstance(value, str):
            value = as_structure(value)
        if accessor is WILDCARD:
            return _every(value, path[position + 1 :])
        value = _length(value) if accessor is LENGTH else resolve_pointer(value, [str(accessor)])
    return value


def _every(value: Value, rest: Sequence[Accessor]) -> Value:
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return ABSENT
    found = [item for item in (follow(each, rest) for each in value) if item is not ABSENT]
    if WILDCARD in rest:
        return [item for items in found for item in items]
    return found


def _length(value: Value) -> Value:
    if isinstance(value, dict) and "length" in value:
        return value["length"]
    return len(value) if isinstance(value, dict | list | str) else ABSENT
