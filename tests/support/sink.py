"""A server that takes bodies of any size without keeping them, for uploads and downloads."""

from __future__ import annotations

import hashlib
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

__all__ = ["Sink", "Taken"]


@dataclass(frozen=True)
class Taken:
    """A request whose body was hashed while it came: its head, how long it was, its SHA-256."""

    head: bytes
    size: int
    sha256: str
    start: bytes
    end: bytes

    def header(self, name: str) -> str | None:
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.decode().lower() == name.lower():
                return value.strip().decode()
        return None


class Sink:
    """Answers every request with ``answer`` (pieces of bytes), after it has taken the body."""

    def __init__(self, *answers: list[bytes]) -> None:
        self.taken: list[Taken] = []
        self._answers = list(answers) or [[b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]]
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while True:
                data = b""
                while b"\r\n\r\n" not in data:
                    part = connection.recv(65536)
                    if not part:
                        return
                    data += part
                head, _, rest = data.partition(b"\r\n\r\n")
                self._take(connection, head, rest)
                answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
                for piece in answer:
                    connection.sendall(piece)

    def _take(self, connection: socket.socket, head: bytes, rest: bytes) -> None:
        digest, size, start, end = hashlib.sha256(), 0, b"", b""
        length = int(Taken(head, 0, "", b"", b"").header("content-length") or 0)
        while True:
            digest.update(rest)
            size += len(rest)
            start = (start + rest[:2000])[:2000]
            end = (end + rest)[-2000:]
            if size >= length:
                break
            rest = connection.recv(1 << 20)
            if not rest:
                return
        self.taken.append(Taken(head, size, digest.hexdigest(), start, end))
