"""Client certificates: what a client shows to a server that asks who it is (mutual TLS)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arazzo_runner.errors import CredentialsError
from arazzo_runner.named_tuples import NamedTuple

if TYPE_CHECKING:
    from ssl import SSLContext

__all__ = ["ClientCertificate"]


class ClientCertificate(NamedTuple):
    """Paths of PEM files. Without ``key`` the certificate's file holds the private key too.

    ``password`` is that of the private key, None for a key that has none.
    """

    certificate: str
    key: str | None = None
    password: str | None = None

    def load_into(self, context: SSLContext) -> None:
        """Let a TLS context show it.

        Raises:
            CredentialsError: the files cannot be read, do not fit, or the password is wrong.
        """
        from pathlib import Path

        password = self.password or ""  # or OpenSSL asks for it on the terminal
        locked = False
        try:
            files = [self.certificate, *([self.key] if self.key is not None else [])]
            paths = [Path(file).expanduser() for file in files]
            # OpenSSL says neither which file is not there nor that the password is wrong.
            locked = any(b"ENCRYPTED" in path.read_bytes() for path in paths)
            context.load_cert_chain(paths[0], paths[-1], password)
        except (OSError, ValueError, RuntimeError) as error:
            raise CredentialsError(
                f"cannot use the client certificate '{self.certificate}': {_reason(error, locked)}",
                hint="give PEM files: the certificate (with its chain), and its private key",
            ) from None

    def __repr__(self) -> str:
        return f"ClientCertificate({self.certificate!r}, key={self.key!r})"


def _reason(error: Exception, locked: bool) -> str:
    """OpenSSL's words made plain."""
    reason = getattr(error, "reason", None)
    if reason == "KEY_VALUES_MISMATCH":
        return "the private key is another certificate's"
    name = getattr(error, "filename", None)
    if name is not None:
        return f"{getattr(error, 'strerror', None) or error}: '{name}'"
    if locked:
        return "the private key needs a password, or another one"
    return f"the file is not what it should be ({reason or error})"
