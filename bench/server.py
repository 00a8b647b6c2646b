"""The server of all measurements, a process of its own with as little work per request as can be.

It reads only where a request ends and always answers the same JSON. As ``python -m bench.server``
it prints its port and serves until its standard input ends. With ``--later`` its answers ask to
come back in 1 to 19 seconds, each after another time.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle

BODY = b'{"id": 7, "status": "ok", "name": "an item", "tags": ["a", "b"], "owner": {"id": "u-1"}}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n" % len(BODY)
ANSWER = HEAD + b"\r\n" + BODY
# 7 and 19 have no common factor: every second from 1 to 19 comes as often as any other.
LATER = [HEAD + b"Retry-After: %d\r\n\r\n" % (1 + 7 * n % 19) + BODY for n in range(19)]


class Responder(asyncio.Protocol):
    """One connection."""

    def __init__(self, answers: Iterator[bytes]) -> None:
        self.answers = answers

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
            self.write(next(self.answers))
            data = data[end:]
        self.waiting = data


def length(head: bytes) -> int:
    """The Content-Length of a request's head, 0 without one."""
    start = head.lower().find(b"\r\ncontent-length:")
    if start < 0:
        return 0
    return int(head[start + 17 :].split(b"\r\n", 1)[0])


async def serve(answers: Iterator[bytes]) -> None:
    """Print the port, then serve."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Responder(answers), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


@contextmanager
def running(*, later: bool = False) -> Iterator[str]:
    """The URL of a server in a child process, stopped at the end."""
    words = [sys.executable, "-m", "bench.server", *(["--later"] if later else [])]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        yield f"http://127.0.0.1:{int(child.stdout.readline())}"


if __name__ == "__main__":
    asyncio.run(serve(cycle(LATER if "--later" in sys.argv else [ANSWER])))
