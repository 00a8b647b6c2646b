"""Where a run may connect to: one value that every request and every fetch is checked against.

A URL is checked before each request and each hop of a redirect; with ``deny_private`` the address
that a name resolves to is checked again when the connection is made, so a name that changes its
address between the two gains nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypedDict
from urllib.parse import urlsplit

from arazzo_runner.errors import TransportError
from arazzo_runner.named_tuples import NamedTuple

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

__all__ = ["NetworkPolicy", "checked_addresses", "host_pattern"]

_PORTS: Final = {"http": 80, "https": 443}
_PATTERN: Final = re.compile(
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|(\*\.)?[^\s:*/?#@\[\]]+)(:(?P<port>[0-9]{1,5}))?"
)


class Hooks(TypedDict):
    """The arguments of :class:`~arazzo_runner.execution.http.HttpSettings` of these names."""

    allow: Callable[[str], None]
    guard: NetworkPolicy | None


class NetworkPolicy(NamedTuple):
    """Which hosts may be reached.

    ``allow_hosts`` are patterns: ``api.example.com``, ``*.example.com`` (any name below it),
    ``host:port``, ``[::1]:8080``; once there is one, only what matches one is reached.
    ``deny_private`` refuses private, loopback, link-local and cloud metadata addresses, but for an
    address (or ``localhost``) that ``allow_hosts`` names as such. ``offline`` refuses everything.
    """

    allow_hosts: tuple[str, ...] = ()
    deny_private: bool = False
    offline: bool = False

    def hooks(self) -> Hooks:
        """What an HTTP client needs to keep to the policy: ``allow`` and ``guard``."""
        return {"allow": self.check, "guard": self if self.deny_private else None}

    def check(self, url: str) -> None:
        """Refuse a URL that may not be requested.

        Raises:
            TransportError: of kind ``policy``; says which rule refuses it.
        """
        if not (self.offline or self.allow_hosts or self.deny_private):
            return
        if self.offline:
            raise _refusal(f"the run is offline: {_shown(url)} is not requested", "--offline")
        host, port = _host_and_port(url)
        if self.allow_hosts and not self._listed(host, port):
            raise _refusal(
                f"{host}:{port} is not among the hosts that may be reached "
                f"({', '.join(self.allow_hosts)})",
                f"--allow-host {host} adds it",
            )
        if self.deny_private:
            address = _literal(host)
            if address is not None:
                self.check_address(host, str(address))
            elif _is_local_name(host) and not self._names(host):
                raise _private(host, "this machine")

    def check_address(self, host: str, address: str) -> None:
        """Refuse to connect to an address that ``host`` leads to.

        Raises:
            TransportError: of kind ``policy``: the address is not a public one.
        """
        if self.deny_private and not _is_public(address) and not self._names(host):
            raise _private(host, address)

    def _listed(self, host: str, port: int) -> bool:
        return any(_matches(pattern, host, port) for pattern in self.allow_hosts)

    def _names(self, host: str) -> bool:
        """Whether the caller lists this very address (not a name that may lead anywhere)."""
        if not (_is_local_name(host) or _literal(host) is not None):
            return False
        return any(_split(pattern)[0] == host for pattern in self.allow_hosts)


def host_pattern(text: str) -> str:
    """A pattern of ``allow_hosts`` as it is compared: lower case, ASCII.

    Raises:
        ValueError: it is not HOST, ``*.HOST`` or HOST:PORT.
    """
    match = _PATTERN.fullmatch(text)
    if match is None or (match["port"] and int(match["port"]) > 65535):
        raise ValueError(
            f"{text!r} is not a host: write api.example.com, *.example.com or host:port"
        )
    host = _canonical(match["host"])
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{int(match['port'])}" if match["port"] else shown


def _refusal(message: str, hint: str) -> TransportError:
    return TransportError(message, kind="policy", hint=hint)


def _private(host: str, address: str) -> TransportError:
    leads = f"{host} is" if host == address else f"{host} leads to"
    return _refusal(
        f"{leads} {address}, which is not a public address: not requested (--deny-private)",
        "an address that is meant can be allowed: --allow-host ADDRESS",
    )


def _shown(url: str) -> str:
    """The URL without credentials and query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "a URL that cannot be read"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _host_and_port(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host:
        raise _refusal(f"{_shown(url)} names no host", "give the server with --server NAME=URL")
    return _canonical(host), port or _PORTS.get(parts.scheme, 0)


@lru_cache(maxsize=256)
def _canonical(host: str) -> str:
    """Lower case, without brackets and a last dot, international names in their ASCII form."""
    host = host.strip("[]").rstrip(".").lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            return host
    return host


def _split(pattern: str) -> tuple[str, int | None]:
    """Host and port of a pattern."""
    match = _PATTERN.fullmatch(pattern)
    if match is None:
        return "", None
    port = match["port"]
    return _canonical(match["host"]), None if port is None else int(port)


def _matches(pattern: str, host: str, port: int) -> bool:
    wanted, wanted_port = _split(pattern)
    if wanted_port is not None and wanted_port != port:
        return False
    if wanted.startswith("*."):
        return host.endswith(wanted[1:]) and _literal(host) is None
    return wanted == host


def _is_local_name(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host is written as, in the odd spellings that resolvers accept too
    (``127.1``, ``0x7f000001``, ``2130706433``); None for a name.
    """
    if not (host[:1].isdigit() or ":" in host):
        return None
    import socket
    from ipaddress import IPv4Address, ip_address

    try:
        return ip_address(host)
    except ValueError:
        pass
    if not re.fullmatch(r"[0-9a-fx.]+", host):
        return None
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


@lru_cache(maxsize=1024)
def _is_public(text: str) -> bool:
    """Whether an address is one of the public Internet, also when it is wrapped in IPv6."""
    from ipaddress import IPv6Address, ip_address

    try:
        address: IPv4Address | IPv6Address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or _translated(address)
        if inner is None:
            # All of IPv6 that is public is 2000::/3, but for what wraps IPv4.
            return address.is_global and int(address) >> 125 == 1
        address = inner
    return address.is_global and not address.is_multicast


def _translated(address: IPv6Address) -> IPv4Address | None:
    """What NAT64 (64:ff9b::/96, RFC 6052 §2.1) connects to."""
    from ipaddress import IPv4Address

    number = int(address)
    return IPv4Address(number & 0xFFFFFFFF) if number >> 32 == 0x64FF9B << 64 else None


def checked_addresses(policy: NetworkPolicy, host: str, found: Sequence[str]) -> list[str]:
    """The addresses a name resolved to, each once; one that is refused refuses the name.

    Raises:
        TransportError: of kind ``policy``.
    """
    addresses = list(dict.fromkeys(found))
    for address in addresses:
        policy.check_address(_canonical(host), address)
    return addresses
