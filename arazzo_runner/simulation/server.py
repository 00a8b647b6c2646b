"""The mock server: a socket on loopback in front of a :class:`~.serving.Service`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self

from arazzo_runner.errors import UsageError
from arazzo_runner.simulation.routes import arrived
from arazzo_runner.simulation.serving import Entry, Reply, Service

__all__ = ["MockServer"]

_LARGEST: Final = 64 * 2**20
_METHODS: Final = (
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY",
)  # fmt: skip


class MockServer:
    """Serves in threads of its own. A context manager: entering it listens, leaving it stops.

    ``on_entry`` sees every request before its answer goes out.
    """

    def __init__(
        self,
        service: Service,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        on_entry: Callable[[Entry], None] | None = None,
    ) -> None:
        """``port`` 0 takes a free one.

        Raises:
            UsageError: it cannot listen there.
        """
        self.service = service
        self.entries: list[Entry] = []
        self._on_entry = on_entry
        try:
            self._server = _Server((host, port), self)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise UsageError(
                f"cannot listen on {host}:{port}: {reason}", hint="choose another --port"
            ) from None
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self._server.server_address[:2]
        return f"http://{host if isinstance(host, str) else host.decode()}:{port}"

    @property
    def servers(self) -> dict[str, str]:
        """The URL for each source description, as ``--server`` takes it."""
        router = self.service.router
        return {name: self.url + router.mount(name) for name in router.sources}

    def note(self, entry: Entry) -> None:
        """Put an entry into the log."""
        self.entries.append(entry)
        if self._on_entry is not None:
            self._on_entry(entry)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def close(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], mock: MockServer) -> None:
        super().__init__(address, _Handler)
        self.mock = mock

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "arazzo-mock"
    sys_version = ""
    server: _Server

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """The log is ours."""

    def answer(self) -> None:
        """Any method."""
        mock = self.server.mock
        raw = self._body()
        if raw is None:
            self.close_connection = True
            return
        headers = tuple((str(k), str(v)) for k, v in self.headers.items())
        if mock.service.trouble.latency:
            time.sleep(mock.service.trouble.latency)
        reply, entry = mock.service.answer(arrived(self.command, self.path, headers, raw))
        mock.note(entry)
        if reply.status == 0:
            self.close_connection = True
        else:
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value.replace("\r", " ").replace("\n", " "))
        if reply.status != 204:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if reply.status not in (204, 304) and self.command != "HEAD":
            self.wfile.write(reply.body)

    def _body(self) -> bytes | None:
        """The body; None after refusing one that cannot be read."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._chunks()
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > _LARGEST:
            self.send_error(413)
            return None
        return self.rfile.read(int(length))

    def _chunks(self) -> bytes | None:
        body = b""
        while True:
            line = self.rfile.readline(100).partition(b";")[0].strip()
            try:
                size = int(line, 16)
            except ValueError:
                self.send_error(400)
                return None
            if not 0 <= size <= _LARGEST - len(body):
                self.send_error(413)
                return None
            body += self.rfile.read(size)
            self.rfile.readline(100)
            if size == 0:
                return body


for _method in _METHODS:
    setattr(_Handler, f"do_{_method}", _Handler.answer)
