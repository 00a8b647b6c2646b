"""An httpx transport over aiohttp that sends exactly what it is given.

aiohttp costs a fifth of the CPU of httpx's own connection pool at 100 requests at once. The package
httpx-aiohttp does the same but encodes URLs anew (a signature over them is then wrong), keeps
cookies across runs, and reports a closed connection as a timeout.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterable, AsyncIterator
from io import BytesIO

import aiohttp
import httpx
from yarl import URL

from arazzo_runner.errors import TransportError
from arazzo_runner.execution.network_policy import NetworkPolicy

__all__ = ["AiohttpTransport"]

_AT_ONCE = 2**20  # bytes of a body
_SKIPPED = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class _Body(httpx.AsyncByteStream):
    """An answer's body as it arrives, not decompressed."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._response.content.iter_any():
                yield chunk
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _translated(error) from error

    async def aclose(self) -> None:
        # A body read to its end has given its connection back; any other one is of no more use.
        self._response.close()


class AiohttpTransport(httpx.AsyncBaseTransport):
    """One session without cookies, redirects or decompression; connections are not limited."""

    def __init__(
        self,
        *,
        verify: ssl.SSLContext | bool = True,
        proxy: str | None = None,
        policy: NetworkPolicy | None = None,
    ) -> None:
        """``policy`` checks the address of every connection."""
        self._policy = policy
        self._verify = verify
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            resolver = None
            if self._policy is not None:
                from arazzo_runner.execution.guarded_connections import GuardedResolver

                resolver = GuardedResolver(self._policy)
            connector = aiohttp.TCPConnector(limit=0, ssl=self._verify, resolver=resolver)
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=_SKIPPED,
                auto_decompress=False,
                trust_env=False,
            )
            # Or it sends a GET, PUT or DELETE again on its own when the server hangs up.
            self._session._retry_connection = False
        return self._session

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request.

        Raises:
            httpx.TransportError: as httpx's own transports.
            TransportError: of kind ``policy``.
        """
        if self._policy is not None:  # addresses as such are not resolved, so check them here
            self._policy.check(str(request.url))
        bounds = request.extensions.get("timeout", {})
        try:
            response = await self._open().request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=request.headers.multi_items(),
                data=_content(request),
                allow_redirects=False,
                proxy=self._proxy,
                timeout=aiohttp.ClientTimeout(
                    sock_connect=bounds.get("connect"),
                    sock_read=bounds.get("read"),
                    connect=bounds.get("pool"),
                ),
            )
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _translated(error) from error
        return httpx.Response(
            response.status, headers=response.raw_headers, stream=_Body(response), request=request
        )

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def _content(request: httpx.Request) -> bytes | BytesIO | AsyncIterable[bytes] | None:
    """Bytes, or the pieces of a body that is read while it is sent."""
    stream = request.stream
    if isinstance(stream, httpx.ByteStream):
        content = request.content or None
        # aiohttp warns of larger ones: written at once, they would hold up everything else.
        return BytesIO(content) if content and len(content) > _AT_ONCE else content
    return stream if isinstance(stream, httpx.AsyncByteStream) else None


def _translated(error: BaseException) -> Exception:
    """The httpx exception that says the same."""
    text = str(error) or type(error).__name__
    refused = getattr(error, "os_error", None)
    if isinstance(refused, TransportError):  # our own resolver's word
        return refused
    if isinstance(error, aiohttp.ClientPayloadError):
        return httpx.ReadError(f"closed in the middle of the answer: {text}")
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return httpx.ConnectTimeout(text)
    if isinstance(error, TimeoutError):
        return httpx.ReadTimeout(text)
    if isinstance(error, aiohttp.ClientProxyConnectionError | aiohttp.ClientHttpProxyError):
        return httpx.ProxyError(text)
    if isinstance(error, aiohttp.ClientConnectorError):
        # Its own text says "ssl" of every connection.
        return httpx.ConnectError(str(getattr(error, "os_error", None) or error))
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return httpx.RemoteProtocolError("Server disconnected without sending a response.")
    if isinstance(error, aiohttp.ClientOSError | OSError):
        return httpx.ReadError(text)
    return httpx.RemoteProtocolError(" ".join(text.split()))
