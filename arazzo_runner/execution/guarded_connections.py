"""Connections that check the address they are made to: for httpx (httpcore) and for aiohttp.

The name is resolved once and the very addresses that were checked are connected to: nobody can
change the answer of the name server in between.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import httpcore
from aiohttp import ThreadedResolver
from aiohttp.abc import ResolveResult

from arazzo_runner.execution.network_policy import NetworkPolicy, checked_addresses

if TYPE_CHECKING:
    import httpx

__all__ = ["GuardedBackend", "GuardedResolver", "guard"]


def guard(transport: httpx.HTTPTransport, policy: NetworkPolicy) -> None:
    """Let a transport connect to addresses that the policy allows only."""
    pool = transport._pool
    pool._network_backend = GuardedBackend(policy, pool._network_backend)


class GuardedBackend(httpcore.NetworkBackend):
    """The connections of another backend, to checked addresses only."""

    def __init__(self, policy: NetworkPolicy, backend: httpcore.NetworkBackend) -> None:
        self._policy = policy
        self._backend = backend

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers.

        Raises:
            TransportError: of kind ``policy``. httpcore.ConnectError: no address answers.
        """
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        addresses = checked_addresses(self._policy, host, [str(entry[4][0]) for entry in found])
        last: Exception | None = None
        for address in addresses:
            try:
                return self._backend.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last or httpcore.ConnectError(f"no address for {host}")


class GuardedResolver(ThreadedResolver):
    """aiohttp's resolver; a name with a refused address is not resolved."""

    def __init__(self, policy: NetworkPolicy) -> None:
        super().__init__()
        self._policy = policy

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a host.

        Raises:
            TransportError: of kind ``policy``.
        """
        found = await super().resolve(host, port, family)
        checked_addresses(self._policy, host, [entry["host"] for entry in found])
        return found
