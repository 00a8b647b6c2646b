"""What both HTTP doors need to know about the network."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.request import getproxies, proxy_bypass

import httpx

from arazzo_runner._version import __version__
from arazzo_runner.auth import ClientCertificate, origin_of
from arazzo_runner.errors import TransportError, UsageError
from arazzo_runner.execution.decoding import accepted
from arazzo_runner.execution.intake import download_folder
from arazzo_runner.execution.network_policy import NetworkPolicy
from arazzo_runner.execution.transport_errors import with_scheme
from arazzo_runner.execution.upload import Upload
from arazzo_runner.values import EMPTY, Request, Stream

__all__ = ["HttpSettings", "proxy_of"]

_DEFAULTS: Final = (
    ("User-Agent", f"arazzo/{__version__}"),
    ("Accept", "*/*"),
    ("Connection", "keep-alive"),
)


class HttpSettings:
    """What both doors need to know about the network.

    ``timeout`` in seconds bounds a whole request (see :class:`.deadline.Deadline` for files);
    ``limit`` bounds an answer's body in bytes. ``certificate`` is shown to every server that asks
    for a client certificate; ``certificates`` are those of single origins, and may grow while a run
    prepares. Binary answers go to files in ``downloads``, when
    that is given, and have no limit. ``redirects`` is how many are followed. ``allow`` is asked
    about every URL before anything is sent to it, those of redirects too: it raises an ArazzoError
    to refuse; ``guard`` checks the address of every connection that no proxy makes. ``now`` is
    the time by which cookies expire.
    """

    def __init__(
        self,
        *,
        timeout: float = 30.0,
        limit: int = 64 * 2**20,
        verify: bool | str = True,
        proxy: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        certificate: ClientCertificate | None = None,
        certificates: Mapping[str, ClientCertificate] = EMPTY,
        downloads: Path | None = None,
        redirects: int = 10,
        allow: Callable[[str], None] | None = None,
        guard: NetworkPolicy | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.timeout = timeout
        self.limit = limit
        self.verify = verify
        self.proxy = proxy
        own = {name.lower() for name, _ in headers}
        defaults = (*_DEFAULTS, ("Accept-Encoding", accepted()))
        self.headers = (*headers, *(pair for pair in defaults if pair[0].lower() not in own))
        self.downloads = None if downloads is None else download_folder(downloads)
        self.redirects = redirects
        self.allow = allow
        self.guard = guard
        self.now = now
        self._certificate = certificate
        self._certificates = certificates
        self._contexts: dict[ClientCertificate | None, ssl.SSLContext] = {}
        self._proxies: Mapping[str, str] = getproxies() if proxy is None else {"all": proxy}
        self._check()

    def _check(self) -> None:
        """Find out now what is wrong with the settings, not in the middle of a run.

        Raises:
            UsageError: a CA bundle, a client certificate or a proxy that cannot be used.
        """
        for scheme in ("http", "https", "all"):
            if scheme in self._proxies:
                proxy_of(with_scheme(self._proxies[scheme]))
        if isinstance(self.verify, str) or self._certificate is not None:
            self.ssl_context(self._certificate)

    def certificate_for(self, url: httpx.URL) -> ClientCertificate | None:
        """The client certificate for a server: its origin's, else that of all."""
        return self._certificates.get(origin_of(str(url)), self._certificate)

    def ssl_context(self, certificate: ClientCertificate | None) -> ssl.SSLContext:
        """One context for all connections that show the same certificate, made when the first
        https URL comes (20 ms).

        Raises:
            UsageError: the CA bundle or the certificate cannot be used.
        """
        context = self._contexts.get(certificate)
        if context is None:
            context = self._contexts[certificate] = self._new_context(certificate)
        return context

    def _new_context(self, certificate: ClientCertificate | None) -> ssl.SSLContext:
        try:
            if isinstance(self.verify, str):
                context = ssl.create_default_context(cafile=self.verify)
            else:
                context = httpx.create_ssl_context(verify=self.verify)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(
                f"cannot use the CA bundle '{self.verify}': {error}",
                hint="give a PEM file with --ca-bundle",
            ) from None
        if certificate is not None:
            certificate.load_into(context)
        return context

    def proxy_for(self, url: httpx.URL) -> str | None:
        """The proxy that applies: the setting, else the environment's."""
        if not self._proxies or (self.proxy is None and proxy_bypass(url.host)):
            return None
        found = self._proxies.get(url.scheme) or self._proxies.get("all")
        return with_scheme(found) if found else None

    def message(self, request: Request, timeout: float | None) -> tuple[httpx.Request, float]:
        """The httpx request and the time it may take.

        Raises:
            ArazzoError: the URL is refused, or cannot be sent.
        """
        given = {name.lower() for name, _ in request.headers}
        # UTF-8, as in signatures; asyncio's client could send nothing else.
        headers: list[tuple[str, str | bytes]] = [
            *((name, text if text.isascii() else text.encode()) for name, text in request.headers),
            *[pair for pair in self.headers if pair[0].lower() not in given],
        ]
        bound = self.timeout if timeout is None else min(timeout, self.timeout)
        timeouts = {"connect": bound, "read": bound, "write": bound, "pool": bound}
        body = request.body
        if isinstance(body, Stream):
            headers.append(("Content-Length", str(len(body))))
        try:
            message = httpx.Request(
                request.method,
                request.url,
                headers=headers,  # type: ignore[arg-type]  # it takes a mixture
                content=body or None if isinstance(body, bytes) else None,
                extensions={"timeout": timeouts},
            )
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            raise TransportError(
                f"the URL or a header cannot be sent: {error}", kind="protocol"
            ) from None
        if isinstance(body, Stream):
            message.stream = Upload(body)
        if message.url.scheme not in ("http", "https") or not message.url.host:
            raise TransportError(
                f"'{request.url}' is not an http(s) URL",
                kind="connect",
                hint="the description has no usable server: give one with --server NAME=URL",
            )
        if self.allow is not None:
            self.allow(str(message.url))
        return message, bound


def proxy_of(url: str) -> httpx.Proxy:
    """The proxy of a URL. Its password is not shown when it cannot be used.

    Raises:
        UsageError: it is not the URL of a proxy.
    """
    shown = url.rpartition("@")[2]
    try:
        proxy = httpx.Proxy(url)
    except (ValueError, httpx.InvalidURL) as error:
        reason = str(error).replace(url, shown)
        raise UsageError(
            f"cannot use the proxy '{shown}': {reason}",
            hint="give one with --proxy URL, or correct HTTP_PROXY and HTTPS_PROXY",
        ) from None
    if not proxy.url.host:
        raise UsageError(f"the proxy '{shown}' names no host")
    return proxy
