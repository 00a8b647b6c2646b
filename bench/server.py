"""The server of all measurements, a process of its own with as little work per request as can be.

It reads only where a request ends and always answers the same JSON. As ``python -m bench.server``
it prints its port and serves until its standard input ends.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

BODY = b'{"id": 7, "status": "ok", "name": "an item", "tags": ["a", "b"], "owner": {"id": "u-1"}}'
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)
) + BODY


class Responder(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.write = transport.write  # type: ignore[attr-defined]
        self.waiting = b""

    def data_received(self, data: bytes) -> None:
        data = self.waiting + data
        while data:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                break
            end += 4 + length(data[:end])
            if len(data) < end:
                break
            self.write(ANSWER)
            data = data[end:]
        self.waiting = data


def length(head: bytes) -> int:
    """The Content-Length of a request's head, 0 without one."""
    start = head.lower().find(b"\r\ncontent-length:")
    if start < 0:
        return 0
    return int(head[start + 17 :].split(b"\r\n", 1)[0])


async def serve() -> None:
    """Print the port, then serve."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Responder, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


@contextmanager
def running() -> Iterator[str]:
    """The URL of a server in a child process, stopped at the end."""
    words = [sys.executable, "-m", "bench.server"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        yield f"http://127.0.0.1:{int(child.stdout.readline())}"


if __name__ == "__main__":
    asyncio.run(serve())
