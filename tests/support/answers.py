"""What the strict endpoint answers with: right, wrong, late, broken or without end."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

__all__ = [
    "Answer",
    "Line",
    "aws_error",
    "chunked",
    "closed",
    "endless",
    "garbage",
    "gzipped",
    "json_answer",
    "redirect",
    "reset",
    "slow",
    "throttled",
    "truncated",
    "unavailable",
]

REASONS = {200: "OK", 302: "Found", 307: "Temporary Redirect", 400: "Bad Request"}
AMZ_JSON = "application/x-amz-json-1.1"


class Line:
    """One connection, as an answer sees it."""

    def __init__(self, connection: socket.socket, closing: threading.Event) -> None:
        self.socket = connection
        self._closing = closing

    def send(self, data: bytes) -> None:
        """Write everything; raises OSError when the client is gone."""
        self.socket.sendall(data)

    def pause(self, seconds: float) -> None:
        """Let time pass, but no longer than the endpoint lives."""
        self._closing.wait(seconds)

    @property
    def open(self) -> bool:
        """False when the endpoint is being stopped."""
        return not self._closing.is_set()

    def reset(self) -> None:
        """Close so that the other side gets RST, not an orderly end."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def whole(line: Line, answer: Answer) -> bool:
    """The usual way to write an answer: head and body at once."""
    line.send(answer.head(("Content-Length", str(len(answer.body)))) + answer.body)
    return True


@dataclass(frozen=True)
class Answer:
    """One answer. ``write`` sends it; False from it ends the connection."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    write: Callable[[Line, Answer], bool] = whole

    def head(self, *more: tuple[str, str]) -> bytes:
        """The status line and all header lines, with the empty line."""
        reason = REASONS.get(self.status, "Whatever")
        lines = [f"HTTP/1.1 {self.status} {reason}"]
        lines += [f"{name}: {value}" for name, value in (*self.headers, *more)]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def having(self, *headers: tuple[str, str]) -> Answer:
        """The same with more header lines."""
        return replace(self, headers=(*self.headers, *headers))


def json_answer(value: Any, status: int = 200, content_type: str = "application/json") -> Answer:
    body = json.dumps(value).encode()
    return Answer(status, (("Content-Type", content_type),), body)


def aws_error(name: str, message: str, status: int = 400) -> Answer:
    """An error as the AWS JSON protocol writes it."""
    answer = json_answer({"__type": name, "message": message}, status, AMZ_JSON)
    return answer.having(("x-amzn-RequestId", "00000000-0000-4000-8000-000000000000"))


def throttled(retry_after: int | None = None) -> Answer:
    answer = json_answer({"message": "Too many requests"}, 429)
    return answer if retry_after is None else answer.having(("Retry-After", str(retry_after)))


def unavailable() -> Answer:
    return Answer(503, (("Content-Type", "text/plain"),), b"come back later")


def redirect(location: str, status: int = 307) -> Answer:
    return Answer(status, (("Location", location),))


def slow(answer: Answer, seconds: float) -> Answer:
    """The answer, after some time in which nothing is said."""

    def write(line: Line, _: Answer) -> bool:
        line.pause(seconds)
        return answer.write(line, answer)

    return replace(answer, write=write)


def chunked(answer: Answer, size: int = 7) -> Answer:
    """The answer in chunks of ``size`` bytes instead of with its length."""

    def write(line: Line, answer: Answer) -> bool:
        line.send(answer.head(("Transfer-Encoding", "chunked")))
        for start in range(0, len(answer.body), size):
            part = answer.body[start : start + size]
            line.send(b"%x\r\n%b\r\n" % (len(part), part))
        line.send(b"0\r\n\r\n")
        return True

    return replace(answer, write=write)


def gzipped(answer: Answer) -> Answer:
    packed = gzip.compress(answer.body, mtime=0)
    return replace(answer, body=packed).having(("Content-Encoding", "gzip"))


def truncated(answer: Answer, *, orderly: bool = False) -> Answer:
    """Half of the body, then a reset (or an orderly close)."""

    def write(line: Line, answer: Answer) -> bool:
        head = answer.head(("Content-Length", str(len(answer.body))))
        line.send(head + answer.body[: len(answer.body) // 2])
        line.pause(0.05)  # or the reset overtakes what was sent
        if not orderly:
            line.reset()
        return False

    return replace(answer, write=write)


def endless(answer: Answer, piece: bytes = b" " * 65536, pause: float = 0.0) -> Answer:
    """A body that never ends: it stops when the client leaves."""

    def pieces(line: Line) -> Iterator[bytes]:
        yield answer.head(("Transfer-Encoding", "chunked"))
        while line.open:
            yield b"%x\r\n%b\r\n" % (len(piece), piece)
            if pause:
                line.pause(pause)

    def write(line: Line, _: Answer) -> bool:
        for part in pieces(line):
            line.send(part)
        return False

    return replace(answer, write=write)


def reset() -> Answer:
    """RST instead of an answer."""

    def write(line: Line, _: Answer) -> bool:
        line.reset()
        return False

    return Answer(write=write)


def closed() -> Answer:
    """An orderly end of the connection instead of an answer."""
    return Answer(write=lambda _line, _answer: False)


def garbage(data: bytes = b"\x16\x03\x01 this is no HTTP\r\n\r\n") -> Answer:
    """Bytes that are no HTTP answer, then the end."""

    def write(line: Line, _: Answer) -> bool:
        line.send(data)
        return False

    return Answer(write=write)
