"""What a signer is."""

from __future__ import annotations

from typing import Protocol

from arazzo_runner.values import Request

__all__ = ["Signer"]


class Signer(Protocol):
    """Makes one request acceptable to a server. Called last, and again for every retry."""

    def sign(self, request: Request) -> Request:
        """A new request with what the server wants to see added; the given one is not changed.

        Raises:
            CredentialsError: when the credentials cannot be had (any more).
        """
        ...
