"""Client certificates: what a client shows to a server that asks who it is (mutual TLS)."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ClientCertificate"]


class ClientCertificate(NamedTuple):
    """Paths of PEM files. Without ``key`` the certificate's file holds the private key too.

    ``password`` is that of the private key, None for a key that has none.
    """

    certificate: str
    key: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return f"ClientCertificate({self.certificate!r}, key={self.key!r})"
