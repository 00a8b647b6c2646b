"""A body with files on its way out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import httpx

from arazzo_runner.values import Stream

if TYPE_CHECKING:
    from arazzo_runner.execution.deadline import Deadline

__all__ = ["Upload"]


class Upload(httpx.SyncByteStream, httpx.AsyncByteStream):
    """Pieces for both doors; every one that is taken is progress."""

    def __init__(self, body: Stream) -> None:
        self._body = body
        self.deadline: Deadline | None = None

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._body:
            self._progress()
            yield piece
        self._progress()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        import asyncio

        pieces = iter(self._body)
        while piece := await asyncio.to_thread(next, pieces, b""):
            self._progress()
            yield piece
        self._progress()

    def _progress(self) -> None:
        if self.deadline is not None:
            self.deadline.progress()
