"""Time at the edge: the only place that reads a clock or sleeps."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Protocol

__all__ = ["Clock", "SystemClock"]

_SLICE = 1.0  # seconds between two ticks of a wait


class Clock(Protocol):
    """What a driver needs of time. A test gives one whose time passes when told."""

    def now(self) -> float:
        """Seconds since the epoch. Never goes back."""
        ...

    def sleep(self, seconds: float, on_tick: Callable[[float], None] | None = None) -> None:
        """Let time pass; ``on_tick`` is called with the time about once a second."""
        ...

    def sleep_async(self, seconds: float) -> Awaitable[None]:
        """Let time pass while other runs go on."""
        ...


class SystemClock:
    """The machine's time. A changed system clock does not disturb waits and durations."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.monotonic() + self._offset

    def sleep(self, seconds: float, on_tick: Callable[[float], None] | None = None) -> None:
        """Sleep, in slices when somebody watches."""
        if on_tick is None:
            time.sleep(seconds)
            return
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            on_tick(self.now())
            time.sleep(min(left, _SLICE))

    def sleep_async(self, seconds: float) -> Awaitable[None]:
        """Sleep without blocking the event loop."""
        import asyncio

        return asyncio.sleep(seconds)
