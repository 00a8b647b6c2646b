"""How fast many runs send requests to one host: by a given rate, and by what the host asks for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

from arazzo_runner.interpreter.pacing import is_throttling, retry_after
from arazzo_runner.values import Response

__all__ = ["Pace"]

_SLOWER: Final = 2.0  # times the pause between two requests, when the host says "too often"
_QUICKER: Final = 0.95  # times it, after every other answer
_SOONEST: Final = 0.001  # seconds: a pause below is none
_PAUSE: Final = 1.0  # seconds for a host that does not say how long
_CAP: Final = 300.0  # seconds that a host may ask for


class _Host:
    """One host: until when it wants none, when the next request may go, the pause between two, how
    many were sent since when, and how many throttling answers came in a row.
    """

    __slots__ = ("asked", "free_at", "next", "pause", "sent", "since")

    def __init__(self, pause: float, now: float) -> None:
        self.free_at = now
        self.next = now
        self.pause = pause
        self.asked = 0
        self.since = now
        self.sent = 0


class Pace:
    """Lets requests through one after the other, host by host.

    ``rate`` is requests per second to one host, None for as many as come. A host that answers 429
    or 503 gets none until the time it asks for (``Retry-After``) is over, and half as many
    afterwards; with every other answer a little more, up to ``rate``.
    """

    def __init__(
        self,
        rate: float | None,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._pause = 0.0 if rate is None else 1.0 / rate
        self._now = now
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}

    async def ready(self, url: str) -> None:
        """Return when a request to the URL may go."""
        host = self._host(url)
        host.sent += 1
        while True:
            now = self._now()
            if now < host.free_at:
                await self._sleep(host.free_at - now)
                continue
            moment = max(now, host.next)
            host.next = moment + host.pause
            if moment > now:
                await self._sleep(moment - now)
                if self._now() < host.free_at:  # the host has asked for less meanwhile
                    continue
            return

    def learn(self, url: str, response: Response) -> None:
        """Take in an answer."""
        host, now = self._host(url), self._now()
        if not is_throttling(response):
            host.asked = 0
            host.pause = max(self._pause, host.pause * _QUICKER)
            if host.pause < _SOONEST:
                host.pause = self._pause
            return
        burst = now < host.free_at  # of requests that were under way with the first one to say so
        host.asked += not burst
        asked = retry_after(response, now)
        wait = min(_PAUSE * 2 ** min(host.asked - 1, 5) if asked is None else asked, _CAP)
        if not burst:
            seen = max(now - host.since, _SOONEST) / max(host.sent, 1)
            host.pause = min(max(host.pause, seen) * _SLOWER, wait or _PAUSE)
        if now + wait > host.free_at:
            host.free_at = now + wait
            host.since, host.sent = now + wait, 0

    def _host(self, url: str) -> _Host:
        name = urlsplit(url).netloc
        found = self._hosts.get(name)
        if found is None:
            found = self._hosts[name] = _Host(self._pause, self._now())
        return found
