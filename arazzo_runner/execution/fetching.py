"""Documents from the network: through our own client, with its limits, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arazzo_runner.errors import DocumentNotFound, TransportError
from arazzo_runner.values import Request

if TYPE_CHECKING:
    from arazzo_runner.execution.settings import Settings

__all__ = ["fetch_url"]


def fetch_url(uri: str, settings: Settings) -> bytes:
    """The bytes of a document at an http(s) URL.

    Raises:
        DocumentNotFound: no answer, or one that is not 2xx.
    """
    from arazzo_runner.execution.http import HttpSettings, SyncHttp

    client = SyncHttp(
        HttpSettings(
            timeout=settings.http_timeout,
            limit=settings.max_response_bytes,
            verify=settings.verify,
            proxy=settings.proxy,
        )
    )
    headers = (("Accept", "application/yaml, application/json, */*"),)
    try:
        status, raw = client.fetch(Request("GET", uri, headers))
    except TransportError as error:
        raise DocumentNotFound(f"{uri} cannot be fetched: {error.message}") from None
    finally:
        client.close()
    if not 200 <= status < 300:
        raise DocumentNotFound(f"{uri} cannot be fetched: the server answered {status}")
    return raw
