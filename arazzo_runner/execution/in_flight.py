"""How many requests of one process are under way at a time."""

from __future__ import annotations

import asyncio
from typing import Final

__all__ = ["InFlight", "Turn"]

AT_ONCE: Final = 100
SLOW: Final = 1.0  # seconds
_OTHER_FILES: Final = 64  # what a process opens besides connections


class InFlight:
    """Places for requests: a hundred, and one more for each that is not answered in a second.

    So ten thousand runs ask a quick server over a hundred connections, and a slow one does not
    hold up the runs that its caller wants at once. There are never more than files may be open.
    As many runs may begin at a time: one that cannot send yet takes no memory. Belongs to one
    event loop.
    """

    def __init__(self, at_once: int = AT_ONCE, slow: float = SLOW, most: int | None = None) -> None:
        """``slow`` in seconds; ``most`` by default what the system lets this process open."""
        self.slow = slow
        self.beginning = asyncio.Semaphore(at_once)
        self.quick = asyncio.Semaphore(at_once)
        self.every = asyncio.Semaphore(_open_files() if most is None else most)


class Turn:
    """One run's turns: to begin, then to send each request. It is to be closed."""

    __slots__ = ("_begins", "_in_flight", "_quick", "_timer")

    def __init__(self, in_flight: InFlight) -> None:
        self._in_flight = in_flight
        self._begins = False
        self._quick = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def taken(self) -> bool:
        """Whether a place is taken."""
        return self._timer is not None

    async def begin(self) -> None:
        """Wait until one more run may begin."""
        await self._in_flight.beginning.acquire()
        self._begins = True

    async def take(self) -> None:
        """Wait for a place."""
        places = self._in_flight
        await places.every.acquire()
        try:
            await places.quick.acquire()
        except BaseException:
            places.every.release()
            raise
        self._quick = True
        self._timer = asyncio.get_running_loop().call_later(places.slow, self._make_room)
        self.has_begun()

    def has_begun(self) -> None:
        """The run sends a request, or waits: another may begin."""
        if self._begins:
            self._begins = False
            self._in_flight.beginning.release()

    def leave(self) -> None:
        """The request is over."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._make_room()
            self._in_flight.every.release()

    def close(self) -> None:
        """The run is over."""
        self.leave()
        self.has_begun()

    def _make_room(self) -> None:
        if self._quick:
            self._quick = False
            self._in_flight.quick.release()


def _open_files() -> int:
    """How many connections this process can have."""
    try:
        import resource
    except ImportError:  # not a POSIX system
        return 4096
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 65536 if soft == resource.RLIM_INFINITY else max(16, soft - _OTHER_FILES)
