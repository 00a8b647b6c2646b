"""Time for one exchange: bounded as a whole, however slowly the other side talks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from math import inf
from typing import Any

import httpcore

__all__ = ["BoundedBackend", "Deadline"]


class Deadline:
    """When an exchange must be over.

    Without files the whole exchange has ``bound`` seconds. While a file is sent, and while an
    answer is written to one, ``bound`` is counted from the last progress; ``hard`` (seconds, the
    step's or the run's own limit) always counts from the start.
    """

    __slots__ = ("_bound", "_hard", "end", "on_move")

    def __init__(self, bound: float, hard: float | None) -> None:
        now = time.monotonic()
        self._bound = bound
        self._hard = inf if hard is None else now + hard
        self.end = min(now + bound, self._hard)
        self.on_move: Callable[[float], None] | None = None

    @property
    def left(self) -> float:
        """Seconds."""
        return self.end - time.monotonic()

    def progress(self) -> None:
        """Something went on: count anew."""
        self.end = min(time.monotonic() + self._bound, self._hard)
        if self.on_move is not None:
            self.on_move(self.left)


class BoundedBackend(httpcore.NetworkBackend):
    """Connections of httpcore whose reads end with the deadline of the exchange under way.

    httpcore's own limits are for one read each: a server that sends its header fields one byte a
    second would never be too late.
    """

    def __init__(self) -> None:
        self.deadline: Deadline | None = None
        self._inner = httpcore.SyncBackend()

    def within(self, timeout: float | None) -> float | None:
        """The shorter of a limit and what is left.

        Raises:
            httpcore.ReadTimeout: nothing is left.
        """
        if self.deadline is None:
            return timeout
        left = self.deadline.left
        if left <= 0:
            raise httpcore.ReadTimeout("the answer took too long")
        return left if timeout is None else min(timeout, left)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """As httpcore's own backend."""
        stream = self._inner.connect_tcp(
            host, port, self.within(timeout), local_address, socket_options
        )
        return _BoundedStream(stream, self)


class _BoundedStream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, backend: BoundedBackend) -> None:
        self._inner = inner
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._backend.within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: Any,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._inner.start_tls(ssl_context, server_hostname, self._backend.within(timeout))
        return _BoundedStream(stream, self._backend)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
