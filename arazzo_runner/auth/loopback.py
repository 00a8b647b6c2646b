"""The page on this machine that a browser comes back to after a login (RFC 8252 §7.3)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qsl, urlsplit

from arazzo_runner.errors import CredentialsError

__all__ = ["Loopback"]

_PATH: Final = "/callback"
_HOSTS: Final = ("127.0.0.1", "localhost")
_SLICE: Final = 0.25  # seconds, so that Ctrl-C is heard


class Loopback:
    """Listens on 127.0.0.1 for one answer. A context manager: leaving it closes the port.

    ``address`` is the redirect URI; ``given`` the one that is registered, None for any free port.

    Raises:
        CredentialsError: the address is not one of this machine, or the port is taken.
    """

    def __init__(self, given: str | None = None) -> None:
        host, port, path = _parts(given)
        self._answer: Mapping[str, str] | None = None
        self._state = ""
        try:
            self._server = HTTPServer((host, port), self._handler(path))
        except (OSError, OverflowError) as error:
            raise CredentialsError(
                f"cannot listen on {host}:{port} for the answer of the browser: {error}",
                hint="give another redirect_uri that is registered for the client",
            ) from None
        self._server.timeout = _SLICE
        self.address = given or f"http://{host}:{self._server.server_port}{path}"

    def wait(self, state: str, patience: float) -> Mapping[str, str]:
        """The parameters of the answer that knows ``state``; it has a ``code``.

        Raises:
            CredentialsError: the answer is an error, or none came within ``patience`` seconds.
        """
        self._state = state
        end = time.monotonic() + patience
        while self._answer is None:
            if time.monotonic() > end:
                raise CredentialsError(f"nobody logged in within {patience:g} s")
            self._server.handle_request()
        answer = self._answer
        if "code" not in answer:
            why = answer.get("error_description") or answer.get("error") or "no code came back"
            raise CredentialsError(f"the login was refused: {why}")
        return answer

    def _handler(self, path: str) -> type[BaseHTTPRequestHandler]:
        loopback = self

        class Page(BaseHTTPRequestHandler):
            timeout = 5.0

            def do_GET(self) -> None:
                """Take the answer, whoever brings it, if it knows the state."""
                parts = urlsplit(self.path)
                answer = dict(parse_qsl(parts.query))
                if parts.path != path:
                    self._say(404, "There is nothing here.")
                elif not loopback._state or answer.get("state") != loopback._state:
                    self._say(400, "This is not the answer that is waited for.")
                else:
                    loopback._answer = answer
                    good = "code" in answer
                    self._say(
                        200 if good else 400,
                        "You are logged in. You can close this page."
                        if good
                        else "The login was refused. You can close this page.",
                    )

            def _say(self, status: int, text: str) -> None:
                body = f"<!doctype html><title>arazzo</title><p>{text}</p>\n".encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "no-store")
                self.send_header("Referrer-Policy", "no-referrer")
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing: the request line holds the code."""

        return Page

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.server_close()


def _parts(given: str | None) -> tuple[str, int, str]:
    if given is None:
        return "127.0.0.1", 0, _PATH
    try:
        parts = urlsplit(given)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
        parts = urlsplit("")
    if parts.scheme != "http" or host not in _HOSTS or port is None:
        raise CredentialsError(
            f"'{given}' is not an address of this machine",
            hint="redirect_uri has to be http://127.0.0.1:PORT/PATH or http://localhost:PORT/PATH",
        )
    return "127.0.0.1" if host == "localhost" else host, port, parts.path or "/"
