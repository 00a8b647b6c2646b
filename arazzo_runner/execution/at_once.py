"""The same work so many times at once, also very many times."""

from __future__ import annotations

import gc
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Final

__all__ = ["at_once", "calm_collector"]

_MANY: Final = 1000  # runs
_RARELY: Final = 1000


async def at_once(work: Callable[[], Coroutine[Any, Any, None]], count: int) -> None:
    """Do ``work`` ``count`` times at once, at least once. The first error ends all, and is raised
    as it is.
    """
    import asyncio

    try:
        with calm_collector(count):
            async with asyncio.TaskGroup() as group:
                for _ in range(max(1, count)):
                    group.create_task(work())
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


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
