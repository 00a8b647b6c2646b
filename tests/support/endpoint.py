"""A small strict HTTP/1.1 server on 127.0.0.1 for tests of the whole command.

It keeps every request exactly as it came and answers from a script. A request that is malformed,
that nobody planned, or a planned answer nobody asked for is a violation: leaving the ``with``
block raises then.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tests.support.answers import Answer, Line

__all__ = ["Endpoint", "Received", "Violation"]

TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
TARGET = re.compile(rb"/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*")
VISIBLE = rb"[\x21-\x7e\x80-\xff]"
FIELD_VALUE = re.compile(rb"(?:%b(?:[\t\x20-\x7e\x80-\xff]*%b)?)?" % (VISIBLE, VISIBLE))
HEAD_LIMIT = 64 * 1024
ONCE = (
    b"host",
    b"content-length",
    b"content-type",
    b"authorization",
    b"user-agent",
    b"x-amz-date",
    b"x-amz-target",
    b"x-amz-security-token",
    b"x-amz-content-sha256",
)


class Violation(AssertionError):
    """What a client did that HTTP or the test's script does not allow."""


@dataclass(frozen=True)
class Received:
    """A request as it came. ``at`` in seconds (monotonic); ``connection`` counts from 1."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    head: bytes
    at: float
    connection: int

    def values(self, name: str) -> list[str]:
        """Every value of a header, in order."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str:
        """The only value of a header; fails when there are more or none."""
        (only,) = self.values(name)
        return only


Script = Iterable[Answer] | Callable[[Received], Answer]


class Endpoint:
    """A context manager.

    Args:
        script: one answer per request in order, or a function.
        host: the name by which it wants to be called; it listens on 127.0.0.1 only.
    """

    def __init__(self, script: Script = (), *, host: str = "127.0.0.1") -> None:
        self._planned = None if callable(script) else list(script)
        self._decide = script if callable(script) else self._next
        self.requests: list[Received] = []
        self.violations: list[str] = []
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._host = f"{host}:{self.port}"
        self.url = f"http://{self._host}"

    # -- life ----------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            still_open = list(self._open)
        for connection in still_open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        if error is None:
            self.check()

    def check(self) -> None:
        """Raise what was wrong so far."""
        problems = list(self.violations)
        if self._planned:
            problems.append(f"{len(self._planned)} planned answers were not asked for")
        if problems:
            raise Violation("; ".join(problems))

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    # -- the script ----------------------------------------------------------------------------

    def _next(self, request: Received) -> Answer:
        if not self._planned:
            raise Violation(f"nobody planned request {len(self.requests)}: {request.head!r}")
        return self._planned.pop(0)

    # -- connections ---------------------------------------------------------------------------

    def _accept(self) -> None:
        count = 0
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            count += 1
            self._start(self._serve, connection, count)

    def _serve(self, connection: socket.socket, number: int) -> None:
        with self._lock:
            self._open.add(connection)
        line = Line(connection, self._closing)
        try:
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while self._exchange(line, number):
                    pass
        except OSError:
            pass  # the client is gone
        finally:
            with self._lock:
                self._open.discard(connection)

    def _exchange(self, line: Line, number: int) -> bool:
        try:
            request = self._read(line.socket, number)
            if request is None:
                return False
            with self._lock:
                self.requests.append(request)
                answer = self._decide(request)
        except Violation as error:
            self.violations.append(str(error))
            line.send(b"HTTP/1.1 400 Violation\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return False
        except Exception as error:
            self.violations.append(f"the script failed: {error!r}")
            return False
        return answer.write(line, answer)

    # -- reading -------------------------------------------------------------------------------

    def _read(self, connection: socket.socket, number: int) -> Received | None:
        data = b""
        while b"\r\n\r\n" not in data:
            part = connection.recv(65536)
            if not part:
                if data:
                    raise Violation(f"the connection ended in the middle of a head: {data!r}")
                return None
            data += part
            if len(data) > HEAD_LIMIT and b"\r\n\r\n" not in data:
                raise Violation("a head without end")
        head, _, rest = data.partition(b"\r\n\r\n")
        method, target, headers = read_head(head)
        self._check_host(headers)
        body = _Body(connection, rest).read(method, headers)
        text = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in headers)
        return Received(method, target, text, body, head, time.monotonic(), number)

    def _check_host(self, headers: list[tuple[bytes, bytes]]) -> None:
        hosts = [value for name, value in headers if name.lower() == b"host"]
        if hosts != [self._host.encode()]:
            raise Violation(f"the Host header must name this endpoint once, not {hosts!r}")


def read_head(head: bytes) -> tuple[str, str, list[tuple[bytes, bytes]]]:
    """Method, target and headers of a request, by RFC 9112 without its leniencies.

    Raises:
        Violation: what is malformed.
    """
    request_line, *lines = head.split(b"\r\n")
    if b"\r" in head.replace(b"\r\n", b"") or b"\n" in head.replace(b"\r\n", b""):
        raise Violation(f"a bare CR or LF in the head: {head!r}")
    parts = request_line.split(b" ")
    if len(parts) != 3 or parts[2] != b"HTTP/1.1":
        raise Violation(f"no request line: {request_line!r}")
    method, target, _ = parts
    if not TOKEN.fullmatch(method):
        raise Violation(f"no method: {method!r}")
    if not TARGET.fullmatch(target):
        raise Violation(f"no target in origin form: {target!r}")
    headers = [_header(line) for line in lines]
    names = [name.lower() for name, _ in headers]
    for name in ONCE:
        if names.count(name) > 1:
            raise Violation(f"{names.count(name)} headers {name.decode()}")
    return method.decode(), target.decode(), headers


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    if not colon or not TOKEN.fullmatch(name):
        raise Violation(f"no header line: {line!r}")
    value = value.strip(b" \t")
    if not FIELD_VALUE.fullmatch(value):
        raise Violation(f"a control character in the header {line!r}")
    return name, value


class _Body:
    """Reads exactly one body; anything beyond it is a violation."""

    def __init__(self, connection: socket.socket, start: bytes) -> None:
        self._socket = connection
        self._data = start

    def read(self, method: str, headers: list[tuple[bytes, bytes]]) -> bytes:
        named = {name.lower(): value for name, value in headers}
        length, coding = named.get(b"content-length"), named.get(b"transfer-encoding")
        if b"expect" in named:
            raise Violation("Expect is not wanted here")
        if length is not None and coding is not None:
            raise Violation("Content-Length and Transfer-Encoding")
        if coding is not None:
            if coding.lower() != b"chunked":
                raise Violation(f"Transfer-Encoding: {coding!r}")
            body = self._chunks()
        elif length is not None:
            if not re.fullmatch(rb"0|[1-9][0-9]*", length):
                raise Violation(f"Content-Length: {length!r}")
            body = self._take(int(length))
        elif method in ("POST", "PUT", "PATCH"):
            raise Violation(f"a {method} without Content-Length")
        else:
            body = b""
        if self._data:
            raise Violation(f"bytes after the request: {self._data!r}")
        return body

    def _chunks(self) -> bytes:
        body = b""
        while True:
            while b"\r\n" not in self._data:
                self._more()
            size, _, self._data = self._data.partition(b"\r\n")
            if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", size):
                raise Violation(f"no chunk size: {size!r}")
            body += self._take(int(size, 16))
            if self._take(2) != b"\r\n":
                raise Violation("a chunk that is longer than it says")
            if int(size, 16) == 0:
                return body

    def _take(self, count: int) -> bytes:
        while len(self._data) < count:
            self._more()
        taken, self._data = self._data[:count], self._data[count:]
        return taken

    def _more(self) -> None:
        part = self._socket.recv(65536)
        if not part:
            raise Violation("the connection ended in the middle of a body")
        self._data += part
