"""What the making of credentials needs from outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from arazzo_runner.auth.certificates import ClientCertificate
from arazzo_runner.auth.credential import Send
from arazzo_runner.named_tuples import NamedTuple

if TYPE_CHECKING:
    from arazzo_runner.auth.tokens import TokenStore

__all__ = ["Context"]


class Context(NamedTuple):
    """One source and its surroundings.

    Attributes:
        source: the source description's name.
        base_url: the server that its requests go to; relative URLs are meant from there.
        origin: scheme and authority of ``base_url``: tokens are kept for it alone.
        send: sends a request of a credential's own.
        now: seconds since the epoch.
        tokens: keeps tokens.
        show: tells the client about a certificate for ``origin``.
    """

    source: str
    base_url: str
    origin: str
    send: Send
    now: Callable[[], float]
    tokens: TokenStore
    show: Callable[[ClientCertificate], None]
