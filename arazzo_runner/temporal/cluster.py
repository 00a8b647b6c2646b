"""Where a Temporal server is and how it is talked to."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from arazzo_runner.auth.references import read_reference
from arazzo_runner.errors import TemporalError, UsageError
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import Redactor

if TYPE_CHECKING:
    from temporalio.client import Client
    from temporalio.service import RPCError, TLSConfig

    from arazzo_runner.execution.settings import Settings

__all__ = ["Cluster", "connect", "explained", "explaining"]

_PATIENCE: Final = 10.0  # seconds for a connection


class Cluster(NamedTuple):
    """A Temporal server and the queue whose workers carry out runs.

    ``address`` is ``HOST:PORT``. ``tls`` asks for TLS; ``tls_ca``, ``tls_cert`` and ``tls_key`` are
    files, ``tls_name`` the name that the server's certificate has. ``api_key`` and ``codec_key``
    are references to secrets (``env:NAME``, ``file:PATH``, ``keyring:NAME``); ``codec_key``
    encrypts what Temporal keeps of a run, ``blobs`` is where large values go (a folder or an S3
    URL).
    """

    address: str
    namespace: str = "default"
    queue: str = "arazzo"
    tls: bool = False
    tls_ca: str | None = None
    tls_cert: str | None = None
    tls_key: str | None = None
    tls_name: str | None = None
    api_key: str | None = None
    codec_key: str | None = None
    blobs: str | None = None


async def connect(cluster: Cluster, settings: Settings, redactor: Redactor) -> Client:
    """A client of the server.

    Raises:
        TemporalError: the package is not installed, the server cannot be reached, it refuses, or
            it has no such namespace.
        ArazzoError: the options are wrong.
    """
    try:
        from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
        from temporalio.client import Client
        from temporalio.service import RPCError
    except ImportError:
        raise TemporalError(
            "runs on Temporal need the package temporalio",
            hint="install the extra: pip install 'arazzo-workflow-engine[temporal]'",
        ) from None
    import asyncio

    from arazzo_runner.temporal.payloads import data_converter

    _check_address(cluster.address)
    converter = data_converter(
        cluster.codec_key, cluster.blobs, settings=settings, redactor=redactor
    )
    key = cluster.api_key and read_reference(cluster.api_key, redactor=redactor)
    try:
        async with asyncio.timeout(_PATIENCE):
            client = await Client.connect(
                cluster.address,
                namespace=cluster.namespace,
                api_key=key,
                tls=_tls(cluster),
                data_converter=converter,
            )
            await client.workflow_service.describe_namespace(
                DescribeNamespaceRequest(namespace=cluster.namespace)
            )
    except RPCError as error:
        raise explained(error, cluster) from None
    except TimeoutError:
        raise _unreachable(cluster, f"no answer in {_PATIENCE:g} s") from None
    except RuntimeError as error:  # what the SDK raises when it cannot connect
        raise _unreachable(cluster, _last_cause(str(error))) from None
    return client


def _check_address(address: str) -> None:
    host, colon, port = address.rpartition(":")
    if not (host and colon and port.isdecimal() and 0 < int(port) < 65536) or "/" in address:
        raise UsageError(
            f"'{address}' is not the address of a Temporal server",
            hint="write HOST:PORT, such as 127.0.0.1:7233",
        )


def _tls(cluster: Cluster) -> TLSConfig | bool | None:
    from temporalio.service import TLSConfig

    files = (cluster.tls_ca, cluster.tls_cert, cluster.tls_key)
    if (cluster.tls_cert is None) != (cluster.tls_key is None):
        raise UsageError("a client certificate needs its key, and a key its certificate")
    if not any(files) and cluster.tls_name is None:
        return True if cluster.tls else None  # None: as the API key asks for
    ca, cert, key = (None if file is None else _content(file) for file in files)
    return TLSConfig(
        server_root_ca_cert=ca, domain=cluster.tls_name, client_cert=cert, client_private_key=key
    )


def _content(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read '{file}': {error.strerror or error}") from None


def _last_cause(text: str) -> str:
    """What of an error of the SDK says most: it comes as the text of a structure."""
    if "InvalidContentType" in text:
        return "what answers there does not talk TLS"
    said = re.findall(r'(?:message|error): "([^"]+)"', text)
    return said[-1].lower() if said else text.rpartition("error: ")[2].strip(" {}")


def _unreachable(cluster: Cluster, why: str) -> TemporalError:
    return TemporalError(
        f"the Temporal server at {cluster.address} cannot be reached: {why}",
        hint="does it run there, and does it want TLS (--tls)? A development server: "
        "temporal server start-dev",
    )


def explained(error: RPCError, cluster: Cluster) -> TemporalError:
    """What an answer of the server means."""
    from temporalio.service import RPCStatusCode as Code

    status, said = error.status, error.message
    if status == Code.NOT_FOUND and "amespace" in said:
        return TemporalError(
            f"the Temporal server at {cluster.address} has no namespace '{cluster.namespace}'",
            hint="--namespace NAME names another; 'temporal operator namespace create' makes one",
        )
    if status in (Code.UNAUTHENTICATED, Code.PERMISSION_DENIED):
        return TemporalError(
            f"the Temporal server at {cluster.address} refuses: {said}",
            hint="--api-key env:NAME, or a client certificate with --tls-cert and --tls-key",
        )
    if status in (Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.CANCELLED):
        return _unreachable(cluster, said)
    return TemporalError(f"the Temporal server at {cluster.address} says: {said}")


@asynccontextmanager
async def explaining(cluster: Cluster) -> AsyncIterator[None]:
    """What the server refuses meanwhile is a :class:`TemporalError` that says what it means."""
    from temporalio.service import RPCError

    try:
        yield
    except RPCError as error:
        raise explained(error, cluster) from None
