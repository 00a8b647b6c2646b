"""How simple conditions compare values (A-11) and what counts as true (A-21)."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Final

from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.values import ABSENT, Value, type_name

__all__ = ["COMPARATORS", "NotOrdered", "equal", "is_true", "without_parameters"]

_NUMERIC = lazy_pattern(r"\s*[+-]?(?:[0-9]+(\.[0-9]*)?|(\.[0-9]+))([eE][+-]?[0-9]+)?\s*")
_LONGEST_NUMBER: Final = 400  # characters; a longer text is not taken for a number


class NotOrdered(TypeError):
    """Two values have no order: one of them is an object, an array, or bytes."""


def equal(left: Value, right: Value) -> bool:
    """Equality of a condition.

    Strings compare without case; null equals null and absent only; a numeric string equals its
    number; a boolean equals a boolean only; objects and arrays compare deeply and exactly.
    """
    kind = type(left)
    if kind is type(right):
        if kind is str:
            return bool(left == right or left.casefold() == right.casefold())
        return bool(_same(left, right) if kind is dict or kind is list else left == right)
    if left is ABSENT or left is None:
        return right is None or right is ABSENT
    pair = _numbers(left, right)
    return False if pair is None else bool(pair[0] == pair[1])


def is_true(value: Value) -> bool:
    """Whether a bare operand passes: true, a number but 0, a text but "", any object or array."""
    if isinstance(value, bool):
        return value
    return isinstance(value, list | dict) or bool(value)


def without_parameters(value: Value) -> Value:
    """A media type without its parameters; any other value as it is."""
    return value.partition(";")[0].strip() if isinstance(value, str) else value


def _ordered(compare: Callable[[Value, Value], bool]) -> Callable[[Value, Value], bool]:
    """The relational operator. Null, absent and unlike scalars are never in order: false.

    Raises (the returned function):
        NotOrdered: one of the values is an object, an array, or bytes.
    """

    def evaluate(left: Value, right: Value) -> bool:
        if isinstance(left, str) and isinstance(right, str):
            return compare(left.casefold(), right.casefold())
        for value in (left, right):
            if isinstance(value, list | dict | bytes):
                raise NotOrdered(f"{_with_article(type_name(value))} has no order")
        pair = _numbers(left, right)
        return False if pair is None else compare(*pair)

    return evaluate


COMPARATORS: Final[dict[str, Callable[[Value, Value], bool]]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
}


def _numbers(left: Value, right: Value) -> tuple[float, float] | None:
    """Two values, not both texts, as numbers; None when one is neither number nor numeric text."""
    first, second = _number(left), _number(right)
    return None if first is None or second is None else (first, second)


def _number(value: Value) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if not isinstance(value, str) or len(value) > _LONGEST_NUMBER:
        return None
    found = _NUMERIC.fullmatch(value)
    if found is None:
        return None
    return float(value) if any(found.groups()) else int(value)


def _same(left: Value, right: Value) -> bool:
    """Deep equality. Unlike Python's, 1 is not true and 0 is not false."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(
            _same(item, right[key]) for key, item in left.items()
        )
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


def _with_article(name: str) -> str:
    return f"an {name}" if name[0] in "ao" else name
