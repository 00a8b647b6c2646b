"""Reading inside a value: JSON Pointer tokens and accessors, one implementation for both."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from arazzo_runner.errors import SyntaxFault
from arazzo_runner.expressions.nodes import LENGTH, WILDCARD, Accessor, Special
from arazzo_runner.values import ABSENT, Value, resolve_pointer

__all__ = ["as_structure", "follow", "in_only_items", "read_inside"]


def as_structure(value: Value) -> Value:
    """The value, or what an XML text means as JSON (``xml-by-pointer``).

    A text that is not XML, or not well-formed, stays a text: nothing is inside it.
    """
    if not isinstance(value, str):
        return value
    from arazzo_runner.values.xml_mapping import looks_like_xml, xml_to_json

    try:
        return xml_to_json(value) if looks_like_xml(value) else value
    except SyntaxFault:
        return value


def read_inside(value: Value, tokens: Sequence[str]) -> Value:
    """What a pointer finds in the value, or ABSENT. An XML text is read by its mapping."""
    if not isinstance(value, str) or not tokens:
        return resolve_pointer(value, tokens)
    from arazzo_runner.values.xml_mapping import looks_like_xml, resolve_in_xml

    try:
        return resolve_in_xml(value, tokens) if looks_like_xml(value) else ABSENT
    except SyntaxFault:
        return ABSENT


def in_only_items(value: Value, tokens: Sequence[str]) -> Value:
    """What tokens find when a name that is read from a list of exactly one item means that item
    (``list-of-one``), or ABSENT. With several items nobody knows which is meant."""
    for token in tokens:
        while isinstance(value, list) and len(value) == 1 and not token.isdecimal():
            value = value[0]
        value = resolve_pointer(value, (token,))
        if value is ABSENT:
            return ABSENT
    return value


def follow(value: Value, path: Sequence[Accessor]) -> Value:
    """What accessors find in the value, or ABSENT.

    ``.name`` and ``[n]`` read as pointer tokens. ``[*]`` gives an array of all that the rest of
    the path finds in the elements or member values.
    """
    plain = takewhile(lambda accessor: not isinstance(accessor, Special), path)
    tokens = tuple(map(str, plain))
    value = read_inside(value, tokens)
    if len(tokens) == len(path):
        return value
    special, rest = path[len(tokens)], path[len(tokens) + 1 :]
    value = as_structure(value)
    return follow(_length(value), rest) if special is LENGTH else _every(value, rest)


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
