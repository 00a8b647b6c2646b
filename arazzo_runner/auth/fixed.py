"""Credentials that stay the same: API keys, basic, bearer tokens, literal Authorization values."""

from __future__ import annotations

import base64
from collections.abc import Callable
from threading import Lock

from arazzo_runner.auth.certificates import ClientCertificate
from arazzo_runner.auth.credential import Credential
from arazzo_runner.auth.given import VALUE, Given
from arazzo_runner.auth.places import AUTHORIZATION, Place
from arazzo_runner.values import Request

__all__ = ["Certificate", "Fixed", "basic_value", "bearer_value", "literal_value"]


class Fixed(Credential):
    """A value that goes to one place of every request. ``read`` finds it, once; it may block."""

    def __init__(self, read: Callable[[], str], place: Place, name: str) -> None:
        self._read = read
        self._place = place
        self._name = name
        self._lock = Lock()
        self._value: str | None = None

    @classmethod
    def authorization(cls, read: Callable[[], str]) -> Fixed:
        """One that is the value of ``Authorization``."""
        return cls(read, AUTHORIZATION, "Authorization")

    def ready(self) -> bool:
        """Whether the value has been read."""
        return self._value is not None

    def prepare(self) -> None:
        """Read the value."""
        with self._lock:
            if self._value is None:
                self._value = self._read()

    def apply(self, request: Request) -> Request:
        """The request with the value, unless it sets the place itself."""
        assert self._value is not None
        return self._place.put(request, self._name, self._value)

    def mask(self, request: Request) -> Request:
        """The request with a mask there."""
        return self._place.mask(request, self._name)


def basic_value(given: Given) -> str:
    """``Basic`` and user and password in base64 (RFC 7617, UTF-8)."""
    user, password = given.user()
    encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
    given.learn(encoded)
    return f"Basic {encoded}"


def bearer_value(given: Given) -> str:
    """``Bearer`` and the token (RFC 6750); a value that says Bearer itself is taken as it is."""
    token = given.read(given.first(VALUE, "token") or VALUE) or ""
    start, space, rest = token.partition(" ")
    if space and start.lower() == "bearer":
        given.learn(rest.strip())
        return token
    return f"Bearer {token}"


def literal_value(given: Given) -> str:
    """The value as it is; its parts are secrets too."""
    value = given.read(VALUE) or ""
    given.learn(value.partition(" ")[2].strip())
    return value


class Certificate(Credential):
    """A client certificate: shown when the connection is made, nothing is put on requests.

    ``show`` tells the client about it.
    """

    def __init__(self, given: Given, show: Callable[[ClientCertificate], None]) -> None:
        self._given = given
        self._show = show
        self._lock = Lock()
        self._shown = False

    def ready(self) -> bool:
        """Whether the client knows it."""
        return self._shown

    def prepare(self) -> None:
        """Find the files, see that they can be used, and tell the client."""
        from ssl import PROTOCOL_TLS_CLIENT, SSLContext

        with self._lock:
            if self._shown:
                return
            given = self._given
            file = given.read(given.first("certificate", VALUE) or VALUE) or ""
            certificate = ClientCertificate(file, given.read("key"), given.read("key_password"))
            certificate.load_into(SSLContext(PROTOCOL_TLS_CLIENT))  # to see that it can be
            self._show(certificate)
            self._shown = True

    def apply(self, request: Request) -> Request:
        """The request as it is."""
        return request
