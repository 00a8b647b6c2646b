"""Accessors after an expression: ``.name``, ``[n]``, ``['name']`` (Arazzo 1.1.0, Operators)."""

from __future__ import annotations

from typing import Final

from arazzo_runner.expressions.nodes import WILDCARD, Accessor
from arazzo_runner.lazy import lazy_pattern

__all__ = ["parse_accessors"]

MAX_ACCESSORS: Final = 100

_ACCESSOR = lazy_pattern(
    r"\.(?P<name>[\w@$-]+)|\[(?:(?P<index>0|[1-9][0-9]{0,17})|'(?P<quoted>(?:[^']|'')*)')\]"
    r"|(?P<every>\[\*?\])"
)


def parse_accessors(
    text: str, start: int, end: int, *, wildcards: bool = False
) -> tuple[tuple[Accessor, ...], int]:
    """The accessors at ``start`` and the index after the last one, not beyond ``end``.

    ``wildcards`` accepts ``[*]`` and ``[]`` too, which no condition may use.
    """
    path: list[Accessor] = []
    at = start
    while len(path) < MAX_ACCESSORS and (found := _ACCESSOR.match(text, at, end)):
        name, index, quoted, every = found.group("name", "index", "quoted", "every")
        if every is not None:
            if not wildcards:
                break
            path.append(WILDCARD)
        elif index is not None:
            path.append(int(index))
        else:
            path.append(quoted.replace("''", "'") if name is None else name)
        at = found.end()
    return tuple(path), at
