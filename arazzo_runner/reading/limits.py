"""What the reader accepts before it refuses a text."""

from __future__ import annotations

from typing import Final

from arazzo_runner.named_tuples import NamedTuple

__all__ = ["DEFAULT_LIMITS", "Limits"]


class Limits(NamedTuple):
    """Bounds of one document; a text over a bound is a DocumentSyntaxError.

    Attributes:
        max_bytes: size of the text as fetched.
        max_depth: containers inside one another. Rooms above recurse over the data, so this
            stays far below Python's recursion limit.
        max_nodes: keys, values and containers, with every alias counted as what it repeats.
    """

    max_bytes: int = 64 * 2**20
    max_depth: int = 128
    max_nodes: int = 5_000_000


DEFAULT_LIMITS: Final = Limits()
