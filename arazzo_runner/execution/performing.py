"""Who performs effects: the network and the clock of this process, or somebody else's.

An engine that spreads runs over machines is a performer (each request and wait is handed to one of
its workers) or drives :func:`~arazzo_runner.execution.driver.drive` itself.
"""

from __future__ import annotations

from typing import Protocol

from arazzo_runner.interpreter import Event, SendRequest, Wait

__all__ = ["AsyncPerformer", "Performer"]


class Performer(Protocol):
    """Performs one effect after the other."""

    def perform(self, effect: SendRequest | Wait) -> Event:
        """What came of an effect: ``ResponseArrived`` or ``RequestFailed``, ``WaitOver``."""
        ...


class AsyncPerformer(Protocol):
    """Performs effects of many runs."""

    async def perform(self, effect: SendRequest | Wait) -> Event:
        """As :meth:`Performer.perform`."""
        ...
