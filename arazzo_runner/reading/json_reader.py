"""JSON text to plain data: the standard library's scanner with what it lets pass refused."""

from __future__ import annotations

import json
import re
from typing import Final, NoReturn

from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.reading.json_positions import JsonPositions
from arazzo_runner.reading.limits import Limits
from arazzo_runner.reading.scalars import UnfitNumber
from arazzo_runner.reading.source_text import SourceText, shorten
from arazzo_runner.values import Json

__all__ = ["build_json"]

_STRING: Final = r'"(?:[^"\\]++|\\.)*+"'
_BRACKET = lazy_pattern(rf"{_STRING}|([\[{{])|([\]}}])", re.DOTALL)
_NUMBER = lazy_pattern(rf"{_STRING}|(-?(?:[0-9][0-9.eE+-]*|Infinity|NaN))", re.DOTALL)
_SURROGATE = lazy_pattern(r"\\u[dD][89a-fA-F]")
_STRINGS = lazy_pattern(_STRING, re.DOTALL)


class _Duplicate(ValueError):
    """An object has a key twice."""


def build_json(source: SourceText, limits: Limits) -> Json:
    """The data of a JSON text (RFC 8259).

    Raises:
        json.JSONDecodeError: the text is not JSON; it may still be YAML.
        DocumentSyntaxError: it is JSON with duplicate keys, a number or a surrogate that cannot
            be held, or it breaks a limit.
    """
    text = source.text
    try:
        data = json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=_float,
            parse_constant=_constant,
        )
    except json.JSONDecodeError:
        raise
    except _Duplicate:
        _refuse_duplicate(source)
    except RecursionError:
        _refuse_depth(source, limits.max_depth)
    except UnfitNumber as error:
        _refuse_number(source, str(error))
    except ValueError:  # more digits than int() converts
        _refuse_number(source, "a number is too long")
    _check_size(source, data, limits)
    if _SURROGATE.search(text):
        _check_surrogates(source)
    return data


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Duplicate
    return members


def _float(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise UnfitNumber(f"the number {shorten(text)} is too large")
    return number


def _constant(text: str) -> NoReturn:
    raise UnfitNumber(f"{text} is not a JSON value")


def _check_size(source: SourceText, data: Json, limits: Limits) -> None:
    """Depth and number of values, level by level: no recursion, one comprehension per level."""
    level = [data]
    depth = count = 0
    while level := [node for node in level if isinstance(node, (dict, list))]:
        depth += 1
        if depth > limits.max_depth:
            _refuse_depth(source, limits.max_depth)
        count += sum(map(len, level))
        if count > limits.max_nodes:
            raise source.fault(f"the document has more than {limits.max_nodes} values", 0)
        level = [
            child for node in level for child in (node.values() if isinstance(node, dict) else node)
        ]


def _check_surrogates(source: SourceText) -> None:
    for match in _STRINGS.finditer(source.text):
        if "\\u" in match[0]:
            try:
                json.loads(match[0]).encode()
            except UnicodeEncodeError:
                raise source.fault(
                    "half of a surrogate pair is not a character", match.start(), match.end()
                ) from None


def _refuse_duplicate(source: SourceText) -> NoReturn:
    name, first, second = JsonPositions(source).duplicate()
    raise source.fault(
        f"the key '{shorten(name)}' is there twice, first in line {source.location(first[0]).line}",
        *second,
        hint="remove or rename one of them",
        kind="duplicate-key",
    ) from None


def _refuse_depth(source: SourceText, max_depth: int) -> NoReturn:
    depth = 0
    start = 0
    for match in _BRACKET.finditer(source.text):
        depth += bool(match[1]) - bool(match[2])
        if depth > max_depth:
            start = match.start()
            break
    raise source.fault(f"the document is nested deeper than {max_depth} levels", start) from None


def _refuse_number(source: SourceText, message: str) -> NoReturn:
    for match in _NUMBER.finditer(source.text):
        if match[1] and not _fits(match[1]):
            raise source.fault(message, match.start(), match.end()) from None
    raise source.fault(message, 0) from None


def _fits(number: str) -> bool:
    try:
        json.loads(number, parse_float=_float, parse_constant=_constant)
    except ValueError:
        return False
    return True
