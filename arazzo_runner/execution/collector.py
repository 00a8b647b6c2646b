"""Python's collector of cyclic garbage, while very many runs wait."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

__all__ = ["calm_collector"]

_MANY: Final = 1000  # runs
_RARELY: Final = 1000


@contextmanager
def calm_collector(runs: int) -> Iterator[None]:
    """Looks through everything that lives come rarely while the block runs; garbage of requests
    is found by the young generations all the same.

    With ten thousand runs such a look takes half a second, in which none of them goes on, and one
    came every three seconds. With fewer than a thousand nothing changes.
    """
    before = gc.get_threshold()
    if runs >= _MANY:
        gc.set_threshold(before[0], before[1], max(before[2], _RARELY))
    try:
        yield
    finally:
        gc.set_threshold(*before)
