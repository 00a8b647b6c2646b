"""What httpx raises, turned into a TransportError that says what happened."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

import httpx

from arazzo_runner.errors import TransportError
from arazzo_runner.execution.decoding import BadEncoding

if TYPE_CHECKING:
    from arazzo_runner.execution.http_settings import HttpSettings

__all__ = ["Translated", "with_scheme"]


def with_scheme(proxy: str) -> str:
    """The URL of a proxy, which may be written without its scheme."""
    return proxy if "://" in proxy else f"http://{proxy}"


class Translated:
    """Around an exchange with ``url`` that may take ``bound`` seconds. ``begun`` is to be set when
    the header fields of the answer are there.
    """

    __slots__ = ("_bound", "_settings", "_url", "begun")

    def __init__(self, settings: HttpSettings, url: httpx.URL, bound: float) -> None:
        self._settings = settings
        self._url = url
        self._bound = bound
        self.begun = False

    def __enter__(self) -> Self:
        return self

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
        own = _own_error(error)
        if own is not None:
            return own
        host = self._url.netloc.decode("ascii", "replace")
        detail = _deepest(error)
        if isinstance(error, httpx.TimeoutException | TimeoutError):
            if self.begun:
                return TransportError(
                    f"the answer took longer than {self._bound:g} s", kind="timeout"
                )
            what = "connection" if isinstance(error, httpx.ConnectTimeout) else "answer"
            return TransportError(f"no {what} from {host} within {self._bound:g} s", kind="timeout")
        if isinstance(error, httpx.ProxyError):
            return TransportError(f"the proxy refused: {detail}", kind="connect")
        if isinstance(error, httpx.ConnectError):
            proxy = self._settings.proxy_for(self._url)
            if proxy is not None:
                host = f"{with_scheme(proxy).rpartition('@')[2].rpartition('/')[2]} (the proxy)"
            return _explain_connect(host, detail)
        if isinstance(error, httpx.DecodingError | BadEncoding):
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


def _own_error(error: BaseException | None) -> TransportError | None:
    """What a body that could not be read said, if that is the cause."""
    while error is not None:
        if isinstance(error, TransportError):
            return error
        error = error.__cause__
    return None


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
