"""A signer as a credential: made when it is first needed, and last on every request."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Protocol

from arazzo_runner.auth.credential import Credential
from arazzo_runner.values import Request

__all__ = ["Signature", "Signer"]


class Signer(Protocol):
    """Makes one request acceptable to a server. Called last, and again for every retry."""

    def sign(self, request: Request) -> Request:
        """A new request with what the server wants to see added; the given one is not changed.

        Raises:
            CredentialsError: when the credentials cannot be had (any more).
        """
        ...


class Signature(Credential):
    """Signs requests. ``make`` finds what it takes to sign; it may block and is called once."""

    last = True

    def __init__(self, make: Callable[[], Signer]) -> None:
        self._make = make
        self._lock = Lock()
        self._signer: Signer | None = None

    def ready(self) -> bool:
        """Whether the signer has been made."""
        return self._signer is not None

    def prepare(self) -> None:
        """Make the signer."""
        with self._lock:
            if self._signer is None:
                self._signer = self._make()

    def apply(self, request: Request) -> Request:
        """The request, signed over exactly what is sent."""
        assert self._signer is not None
        return self._signer.sign(request)
