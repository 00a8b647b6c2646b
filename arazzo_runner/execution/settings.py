"""The settings that ``Runner`` and ``AsyncRunner`` share."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from arazzo_runner.auth import AwsSettings, ClientCertificate
from arazzo_runner.interpreter.settings import RunSettings
from arazzo_runner.values import EMPTY

__all__ = ["Settings"]


class Settings(NamedTuple):
    """Everything a run may be told from outside the document.

    ``servers`` maps a source description's name to the URL that replaces its server.
    ``server_variables`` maps ``NAME.VARIABLE`` to a value. ``headers`` are added to every request
    that does not set them. ``credentials`` maps ``SCHEME`` or ``SOURCE.SCHEME`` (a security
    scheme of a description) to a reference (see :mod:`arazzo_runner.auth.references`) or to a
    mapping of fields to references; ``SCHEME.FIELD`` as a key does the same. ``tokens`` is the
    folder where OAuth2 tokens are kept between runs, None for nowhere. ``certificate`` is a
    client certificate shown to every server that asks for one. ``timeout`` (whole run) and
    ``http_timeout`` (one request) are in seconds. ``verify`` is False to accept any certificate,
    or a path to a CA bundle. ``offline`` refuses every request and every fetch. ``cache`` is the
    folder for parsed descriptions, None for no cache. ``documents`` are more documents that
    sources may refer to by ``$self``.
    """

    servers: Mapping[str, str] = EMPTY
    server_variables: Mapping[str, str] = EMPTY
    headers: tuple[tuple[str, str], ...] = ()
    credentials: Mapping[str, str | Mapping[str, str]] = EMPTY
    tokens: Path | None = None
    certificate: ClientCertificate | None = None
    aws: AwsSettings = AwsSettings()
    run: RunSettings = RunSettings()
    strict: bool = False
    timeout: float | None = None
    http_timeout: float = 30.0
    max_response_bytes: int = 64 * 2**20
    verify: bool | str = True
    proxy: str | None = None
    offline: bool = False
    cache: Path | None = None
    documents: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Without the values of credentials and headers: they are secrets."""
        shown = self._asdict()
        shown["credentials"] = sorted(self.credentials)
        shown["headers"] = [name for name, _ in self.headers]
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in shown.items())})"
