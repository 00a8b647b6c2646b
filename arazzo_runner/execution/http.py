"""HTTP over httpx: the only module that imports it.

Requests go to httpx transports directly, not through its client: what the client adds (cookies,
redirects, merging of URLs and headers) is decided elsewhere here, and leaving it out saves a
quarter of the CPU time of a request.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Final, TypeAlias
from urllib.request import getproxies, proxy_bypass

import httpx

from arazzo_runner._version import __version__
from arazzo_runner.auth import ClientCertificate, origin_of
from arazzo_runner.errors import TransportError, UsageError
from arazzo_runner.execution.network_policy import NetworkPolicy
from arazzo_runner.openapi import decode_response
from arazzo_runner.values import EMPTY, Request, Response

__all__ = ["AsyncHttp", "HttpSettings", "SyncHttp"]

_Key: TypeAlias = tuple[bool, str | None, ClientCertificate | None]
"""What a transport is for: TLS or not, its proxy, the certificate it shows."""

_DEFAULTS: Final = (
    ("User-Agent", f"arazzo/{__version__}"),
    ("Accept", "*/*"),
    ("Accept-Encoding", "gzip, deflate"),
    ("Connection", "keep-alive"),
)


class HttpSettings:
    """What both doors need to know about the network.

    ``timeout`` in seconds bounds a whole request; ``limit`` bounds an answer's body in bytes.
    ``certificate`` is shown to every server that asks for a client certificate; ``certificates``
    are those of single origins, and may grow while a run prepares.
    ``allow`` is asked about every URL before it is requested and raises a TransportError of kind
    ``policy``; ``guard`` checks the address of every connection that no proxy makes.
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
        allow: Callable[[str], None] | None = None,
        guard: NetworkPolicy | None = None,
    ) -> None:
        self.allow = allow
        self.guard = guard
        self.timeout = timeout
        self.limit = limit
        self.verify = verify
        self.proxy = proxy
        own = {name.lower() for name, _ in headers}
        self.headers = (*headers, *(pair for pair in _DEFAULTS if pair[0].lower() not in own))
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
                _proxy(_with_scheme(self._proxies[scheme]))
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
        return _with_scheme(found) if found else None

    def message(self, request: Request, timeout: float | None) -> tuple[httpx.Request, float]:
        """The httpx request and the time it may take.

        Raises:
            TransportError: it cannot be sent, or may not be (kind ``policy``).
        """
        given = {name.lower() for name, _ in request.headers}
        headers = [
            *request.headers,
            *[pair for pair in self.headers if pair[0].lower() not in given],
        ]
        bound = self.timeout if timeout is None else min(timeout, self.timeout)
        timeouts = {"connect": bound, "read": bound, "write": bound, "pool": bound}
        try:
            message = httpx.Request(
                request.method,
                request.url,
                headers=headers,
                content=request.body or None,
                extensions={"timeout": timeouts},
            )
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            raise TransportError(
                f"the URL or a header cannot be sent: {error}", kind="protocol"
            ) from None
        if message.url.scheme not in ("http", "https") or not message.url.host:
            raise TransportError(
                f"'{request.url}' is not an http(s) URL",
                kind="connect",
                hint="the description has no usable server: give one with --server NAME=URL",
            )
        if self.allow is not None:
            self.allow(str(message.url))
        return message, bound


class SyncHttp:
    """Sends requests one at a time. Connections are kept; close it when done."""

    def __init__(
        self, settings: HttpSettings, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._settings = settings
        self._given = transport
        self._transports: dict[_Key, httpx.BaseTransport] = {}
        self._by_origin: dict[tuple[str, bytes], httpx.BaseTransport] = {}

    def send(self, request: Request, timeout: float | None = None) -> Response:
        """The answer, decoded. ``timeout`` in seconds, at most the setting's.

        Raises:
            TransportError: no usable answer came; ``kind`` says why.
        """
        response, raw = self._exchange(request, timeout)
        return _decoded(response, raw)

    def fetch(self, request: Request) -> tuple[int, bytes]:
        """The status and the bytes of an answer, not decoded.

        Raises:
            TransportError: as :meth:`send`.
        """
        response, raw = self._exchange(request, None)
        return response.status_code, raw

    def _exchange(self, request: Request, timeout: float | None) -> tuple[httpx.Response, bytes]:
        message, bound = self._settings.message(request, timeout)
        origin = (message.url.scheme, message.url.netloc)
        transport = self._given or self._by_origin.get(origin)
        if transport is None:
            transport = self._by_origin[origin] = self._transport(message.url)
        end = time.monotonic() + bound
        with _Translated(self._settings, message.url, bound):
            response = transport.handle_request(message)
            try:
                raw = self._read(response, end, bound)
            finally:
                response.close()
        return response, raw

    def _read(self, response: httpx.Response, end: float, bound: float) -> bytes:
        limit = self._settings.limit
        chunks: Iterator[bytes] = response.iter_bytes()
        parts: list[bytes] = []
        size = 0
        for chunk in chunks:
            size += len(chunk)
            _check(size, limit, end, bound)
            parts.append(chunk)
        return b"".join(parts)

    def _transport(self, url: httpx.URL) -> httpx.BaseTransport:
        secure = url.scheme == "https"
        certificate = self._settings.certificate_for(url) if secure else None
        key = (secure, self._settings.proxy_for(url), certificate)
        transport = self._transports.get(key)
        if transport is None:
            verify = self._settings.ssl_context(certificate) if secure or key[1] else False
            proxy = None if key[1] is None else _proxy(key[1])
            transport = httpx.HTTPTransport(verify=verify, proxy=proxy, trust_env=False)
            if self._settings.guard is not None and proxy is None:
                from arazzo_runner.execution.guarded_connections import guard

                guard(transport, self._settings.guard)
            self._transports[key] = transport
        return transport

    def close(self) -> None:
        """Close all connections that were opened here."""
        for transport in self._transports.values():
            transport.close()
        self._transports.clear()
        self._by_origin.clear()


class AsyncHttp:
    """Sends many requests at once, over aiohttp: five times less CPU than httpx's own pool."""

    def __init__(
        self, settings: HttpSettings, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._settings = settings
        self._given = transport
        self._transports: dict[_Key, httpx.AsyncBaseTransport] = {}
        self._by_origin: dict[tuple[str, bytes], httpx.AsyncBaseTransport] = {}

    async def send(self, request: Request, timeout: float | None = None) -> Response:  # noqa: ASYNC109
        """As :meth:`SyncHttp.send`."""
        message, bound = self._settings.message(request, timeout)
        origin = (message.url.scheme, message.url.netloc)
        transport = self._given or self._by_origin.get(origin)
        if transport is None:
            transport = self._by_origin[origin] = self._transport(message.url)
        end = time.monotonic() + bound
        with _Translated(self._settings, message.url, bound):
            response = await transport.handle_async_request(message)
            try:
                raw = await self._read(response, end, bound)
            finally:
                await response.aclose()
        return _decoded(response, raw)

    async def _read(self, response: httpx.Response, end: float, bound: float) -> bytes:
        limit = self._settings.limit
        chunks: AsyncIterator[bytes] = response.aiter_bytes()
        parts: list[bytes] = []
        size = 0
        async for chunk in chunks:
            size += len(chunk)
            _check(size, limit, end, bound)
            parts.append(chunk)
        return b"".join(parts)

    def _transport(self, url: httpx.URL) -> httpx.AsyncBaseTransport:
        from arazzo_runner.execution.aiohttp_transport import AiohttpTransport

        secure = url.scheme == "https"
        certificate = self._settings.certificate_for(url) if secure else None
        key = (secure, self._settings.proxy_for(url), certificate)
        transport = self._transports.get(key)
        if transport is None:
            verify = self._settings.ssl_context(certificate) if secure or key[1] else False
            policy = None if key[1] else self._settings.guard
            transport = AiohttpTransport(verify=verify, proxy=key[1], policy=policy)
            self._transports[key] = transport
        return transport

    async def close(self) -> None:
        """Close all connections that were opened here."""
        for transport in self._transports.values():
            await transport.aclose()
        self._transports.clear()
        self._by_origin.clear()


def _with_scheme(proxy: str) -> str:
    return proxy if "://" in proxy else f"http://{proxy}"


def _proxy(url: str) -> httpx.Proxy:
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


def _check(size: int, limit: int, end: float, bound: float) -> None:
    if size > limit:
        raise TransportError(
            f"the answer is larger than {limit / 2**20:g} MiB, the limit", kind="size"
        )
    if time.monotonic() > end:
        raise TransportError(f"the answer took longer than {bound:g} s", kind="timeout")


def _decoded(response: httpx.Response, raw: bytes) -> Response:
    headers = tuple(response.headers.multi_items())
    return decode_response(response.status_code, headers, raw)


class _Translated(AbstractContextManager[None]):
    """Turns what httpx raises into a TransportError that says what happened."""

    __slots__ = ("_bound", "_settings", "_url")

    def __init__(self, settings: HttpSettings, url: httpx.URL, bound: float) -> None:
        self._settings = settings
        self._url = url
        self._bound = bound

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None or isinstance(error, TransportError):
            return
        if not isinstance(error, httpx.HTTPError | httpx.StreamError | OSError | ValueError):
            return
        raise self._explain(error) from None

    def _explain(self, error: BaseException) -> TransportError:
        host = self._url.netloc.decode("ascii", "replace")
        detail = _deepest(error)
        if isinstance(error, httpx.TimeoutException):
            what = "connection" if isinstance(error, httpx.ConnectTimeout) else "answer"
            return TransportError(f"no {what} from {host} within {self._bound:g} s", kind="timeout")
        if isinstance(error, httpx.ProxyError):
            return TransportError(f"the proxy refused: {detail}", kind="connect")
        if isinstance(error, httpx.ConnectError):
            proxy = self._settings.proxy_for(self._url)
            if proxy is not None:
                host = f"{_with_scheme(proxy).rpartition('@')[2].rpartition('/')[2]} (the proxy)"
            return _explain_connect(host, detail)
        if isinstance(error, httpx.DecodingError):
            return TransportError(
                f"the answer of {host} cannot be decoded: {detail}", kind="protocol"
            )
        early = "disconnected" in detail or "closed connection" in detail
        if early and isinstance(error, httpx.RemoteProtocolError):
            return TransportError(
                f"{host} closed the connection before its answer was complete", kind="reset"
            )
        if isinstance(error, httpx.ReadError | httpx.WriteError | httpx.CloseError | OSError):
            return TransportError(f"{host} broke the connection: {detail}", kind="reset")
        if isinstance(error, httpx.RemoteProtocolError):
            # What follows the colon shows the bytes as Python writes them.
            what = detail.partition(": bytearray(")[0]
            return TransportError(f"{host} did not answer in HTTP: {what}", kind="protocol")
        return TransportError(f"the request to {host} failed: {detail}", kind="network")


def _explain_connect(host: str, detail: str) -> TransportError:
    lowered = detail.lower()
    if "ssl" in lowered or "certificate" in lowered or "tls" in lowered:
        return TransportError(
            f"no secure connection to {host}: {detail}",
            kind="tls",
            hint="give the server's CA with --ca-bundle FILE, or --insecure for a test server",
        )
    names = ("name or service", "getaddrinfo", "nodename", "temporary failure", "no address")
    if any(name in lowered for name in names):
        return TransportError(f"the host of {host} is not known: {detail}", kind="dns")
    return TransportError(f"no connection to {host}: {detail}", kind="connect")


def _deepest(error: BaseException) -> str:
    """The message nearest to the cause; some wrappers have none."""
    text = str(error)
    while not text and (error.__cause__ or error.__context__):
        error = error.__cause__ or error.__context__ or error
        text = str(error)
    return text or type(error).__name__
