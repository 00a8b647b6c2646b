"""Help for tests of programs that embed the engine: no network, no waiting.

>>> from arazzo_runner.testing import CannedResponses, FakeClock
>>> answers = CannedResponses([(200, {"status": "running"}), (200, {"status": "done"})])
>>> clock = FakeClock()

Give them to a runner: ``Runner(transport=answers, clock=clock)``. Afterwards ``answers.requests``
are the requests that were made and ``clock.sleeps`` the waits, in seconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

__all__ = ["CannedResponses", "FakeClock"]


class FakeClock:
    """A clock that stands still but for sleeps, which take no time.

    ``start`` is seconds since the epoch; ``sleeps`` collects every wait.
    """

    def __init__(self, start: float = 1_000_000_000.0) -> None:
        self.time = start
        self.sleeps: list[float] = []

    def now(self) -> float:
        """The time it was told."""
        return self.time

    def advance(self, seconds: float) -> None:
        """Let time pass without anybody waiting."""
        self.time += seconds

    def sleep(self, seconds: float, on_tick: Callable[[float], None] | None = None) -> None:
        """Move the clock."""
        self.sleeps.append(seconds)
        if on_tick is not None:
            on_tick(self.time)
        self.time += seconds

    async def sleep_async(self, seconds: float) -> None:
        """Move the clock."""
        self.sleep(seconds)


class CannedResponses(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that gives prepared answers in order; the last one repeats.

    An answer is ``(status, body)`` or ``(status, body, headers)``; a body is JSON data, text, bytes
    or None. An exception in place of an answer is raised.
    """

    def __init__(
        self,
        answers: Sequence[tuple[Any, ...] | Exception],
        on_request: Callable[[httpx.Request], None] | None = None,
    ) -> None:
        self._answers = list(answers)
        self._on_request = on_request
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The next answer."""
        request.read()
        return self._next(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The next answer."""
        await request.aread()
        return self._next(request)

    def _next(self, request: httpx.Request) -> httpx.Response:
        answer = self._answers[min(len(self.requests), len(self._answers) - 1)]
        self.requests.append(request)
        if self._on_request is not None:
            self._on_request(request)
        if isinstance(answer, Exception):
            raise answer
        status, body, *rest = answer
        headers: Mapping[str, str] = rest[0] if rest else {}
        if body is None:
            content, content_type = b"", None
        elif isinstance(body, bytes):
            content, content_type = body, "application/octet-stream"
        elif isinstance(body, str):
            content, content_type = body.encode(), "text/plain; charset=utf-8"
        else:
            content, content_type = json.dumps(body).encode(), "application/json"
        given = {name.lower() for name in headers}
        extra = (
            {}
            if content_type is None or "content-type" in given
            else {"Content-Type": content_type}
        )
        return httpx.Response(status, headers={**extra, **headers}, content=content)
