"""The settings that ``Runner`` and ``AsyncRunner`` share."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from arazzo_runner.auth import AwsSettings, ClientCertificate
from arazzo_runner.execution.network_policy import NetworkPolicy
from arazzo_runner.interpreter.settings import RunSettings
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import EMPTY, Json

__all__ = ["Settings"]


class Settings(NamedTuple):
    """Everything a run may be told from outside the document.

    ``servers`` maps a source description's name to the URL that replaces its server.
    ``server_variables`` maps ``NAME.VARIABLE`` to a value. ``inputs`` are those of workflows that
    declare them and are not given them. ``headers`` are added to every request that does not set
    them. ``credentials`` maps ``SCHEME`` or ``SOURCE.SCHEME`` (a security scheme of a
    description) to a reference (see :mod:`arazzo_runner.auth.references`) or to a mapping of
    fields to references; ``SCHEME.FIELD`` as a key does the same. ``tokens`` is the folder where
    OAuth2 tokens are kept between runs, None for nowhere. ``certificate`` is a client certificate
    shown to every server that asks for one. ``timeout`` (whole run) and ``http_timeout`` (one
    request) are in seconds. ``verify`` is False to accept any certificate, or a path to a CA
    bundle. ``offline`` refuses every request and every fetch. ``cache`` is the folder for parsed
    descriptions, None for no cache. ``documents`` are more documents that sources may refer to by
    ``$self``. ``allow_hosts`` and ``deny_private`` say where requests and fetches may go, see
    :class:`~arazzo_runner.execution.network_policy.NetworkPolicy`; ``allow_files_under`` are the
    folders that documents may refer to files in, empty for all. ``check_responses`` holds answers
    against their descriptions: ``warn`` or ``error``. ``configured`` names servers and variables
    that come from a configuration for many documents: one that knows them not ignores them.
    ``download_dir`` is a folder where binary answers are written to files, None to keep them in
    memory, where ``max_response_bytes`` bounds them. ``max_redirects`` are followed, 0 for none.
    ``aws`` says how requests to AWS are signed, ``run`` how polls are paced and where a run is
    stopped. ``strict`` refuses every tolerance. ``proxy`` is a URL.

    ``configuration`` is the configuration file that was named, and the environment it was read for.

    ``journal`` is the file that keeps runs; with ``journal_after`` (seconds) only those that wait
    longer. Of a request that was sent when a run was killed nobody knows whether it did its work:
    ``on_uncertain`` says what happens when it may not be sent twice: ``ask`` (stop the run with a
    question), ``fail``, ``resend`` or ``skip``. ``idempotent`` names operations or steps whose
    requests may be sent twice; ``probes`` maps a step to the operation that tells whether its
    request did its work. ``teardown`` names the workflow that runs after the run, however it ends.

    ``rate`` bounds the requests per second to one host, and ``resend_throttled`` is how often a
    request that is answered with 429 is sent again, after what the host asks for (AsyncRunner).
    ``secret_headers`` and ``secret_fields`` are more names of header fields and of members of
    bodies whose values are masked; ``-name`` takes a usual one away, see
    :mod:`arazzo_runner.values.secret_names`.
    """

    servers: Mapping[str, str] = EMPTY
    server_variables: Mapping[str, str] = EMPTY
    headers: tuple[tuple[str, str], ...] = ()
    credentials: Mapping[str, str | Mapping[str, str]] = EMPTY
    tokens: Path | None = None
    certificate: ClientCertificate | None = None
    inputs: Mapping[str, Json] = EMPTY
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
    download_dir: Path | None = None
    max_redirects: int = 10
    allow_hosts: tuple[str, ...] = ()
    deny_private: bool = False
    allow_files_under: tuple[str, ...] = ()
    check_responses: str | None = None
    configured: frozenset[str] = frozenset()
    configuration: tuple[str | None, str | None] = (None, None)
    journal: Path | None = None
    journal_after: float | None = None
    on_uncertain: str = "ask"
    idempotent: tuple[str, ...] = ()
    probes: Mapping[str, str] = EMPTY
    teardown: str | None = None
    rate: float | None = None
    resend_throttled: int = 0
    secret_headers: tuple[str, ...] = ()
    secret_fields: tuple[str, ...] = ()

    @property
    def network_policy(self) -> NetworkPolicy:
        """Where requests and fetches may go."""
        return NetworkPolicy(self.allow_hosts, self.deny_private, self.offline)

    def __repr__(self) -> str:
        """Without the values of credentials, headers and inputs: they may be secrets."""
        shown = self._asdict()
        shown["inputs"] = sorted(self.inputs)
        shown["proxy"] = self.proxy and self.proxy.rpartition("@")[2]
        shown["credentials"] = sorted(self.credentials)
        shown["headers"] = [name for name, _ in self.headers]
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in shown.items())})"
