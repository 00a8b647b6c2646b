"""Documents by URI: the only place that opens what a document refers to, file or URL.

What the caller names is read as it is. What a *document* refers to is a stranger's choice: one
from the network never leads to a file of this machine, and the network is reached through our own
client, under the same policy as requests.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from arazzo_runner.errors import UNREACHABLE, DocumentNotFound, TransportError
from arazzo_runner.reading import Fetch, Fetched, Permit, file_path, read_file
from arazzo_runner.values import Request

if TYPE_CHECKING:
    from arazzo_runner.execution.settings import Settings

__all__ = ["fetch_url", "fetcher", "file_rule"]

_NETWORK = ("dns", "connect", "timeout", "reset", "network")


def fetcher(settings: Settings) -> Fetch:
    """From a URI to its bytes, under the settings."""

    def fetch(uri: str) -> bytes | Fetched:
        if _scheme(uri) not in ("http", "https"):
            return read_file(uri)
        if settings.offline:
            raise DocumentNotFound(
                f"{uri} is on the network and the run is offline",
                hint="give the document with --document FILE, or leave out --offline",
                kind=UNREACHABLE,
            )
        return fetch_url(uri, settings)

    return fetch


def fetch_url(uri: str, settings: Settings) -> Fetched:
    """The bytes of a document at an http(s) URL, and where redirects led to.

    Raises:
        DocumentNotFound: no answer, one that is not 2xx, or the host may not be reached.
    """
    from arazzo_runner.execution.http import HttpSettings, SyncHttp

    client = SyncHttp(
        HttpSettings(
            timeout=settings.http_timeout,
            limit=settings.max_response_bytes,
            verify=settings.verify,
            proxy=settings.proxy,
            **settings.network_policy.hooks(),
            redirects=settings.max_redirects,
        )
    )
    headers = (("Accept", "application/yaml, application/json, */*"),)
    try:
        status, raw, found = client.fetch(Request("GET", uri, headers))
    except TransportError as error:
        kind = UNREACHABLE if error.kind in _NETWORK else None
        raise DocumentNotFound(
            f"{uri} cannot be fetched: {error.message}", hint=error.hint, kind=kind
        ) from None
    finally:
        client.close()
    if not 200 <= status < 300:
        raise DocumentNotFound(f"{uri} cannot be fetched: the server answered {status}")
    return Fetched(raw, found)


def file_rule(folders: tuple[str, ...]) -> Permit:
    """What documents may refer to.

    A document that was read from the network refers to no file. With ``folders``, a document refers
    to files below one of them only, symbolic links followed.
    """
    allowed = [Path(folder).resolve() for folder in folders]

    def permit(uri: str, referrer: str) -> None:
        if _scheme(uri) != "file":
            return
        if _scheme(referrer) != "file":
            raise DocumentNotFound(
                f"{referrer} refers to a file of this machine, {uri}: not read",
                hint="give the document yourself: --document FILE",
            )
        path = file_path(uri)
        if not allowed or path is None:
            return
        real = path.resolve()
        if not any(real.is_relative_to(folder) for folder in allowed):
            raise DocumentNotFound(
                f"{real} is not below a folder that documents may refer to: not read",
                hint=f"--allow-files-under {real.parent} allows it",
            )

    return permit


def _scheme(uri: str) -> str:
    try:
        return urlsplit(uri).scheme.lower()
    except ValueError:
        return ""
