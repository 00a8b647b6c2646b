"""The Temporal server that a command line names."""

from __future__ import annotations

import asyncio
import atexit
import os
import sys
from argparse import Namespace
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from arazzo_runner.errors import UsageError
from arazzo_runner.temporal.cluster import Cluster

__all__ = ["cluster_of", "go_on_command", "leave", "refuse", "wait_for"]

T = TypeVar("T")
_talked: list[str] = []
"""The servers that this process was told of."""


def cluster_of(values: Namespace) -> Cluster:
    """The server and how it is talked to.

    Raises:
        UsageError: none is named.
    """
    if values.temporal is None:
        raise UsageError(
            "no Temporal server is named", hint="--temporal HOST:PORT, such as 127.0.0.1:7233"
        )
    _talked.append(values.temporal)
    return Cluster(
        values.temporal,
        values.namespace or "default",
        values.queue or "arazzo",
        values.tls,
        values.tls_ca,
        values.tls_cert,
        values.tls_key,
        values.tls_name,
        values.api_key,
        values.codec_key,
        values.blobs,
    )


def refuse(values: Namespace, *names: str) -> None:
    """Refuse options that mean nothing for a run on Temporal.

    Raises:
        UsageError: names the first that is given.
    """
    for name in names:
        if getattr(values, name, None):
            raise UsageError(f"--{name.replace('_', '-')} does not go with --temporal")


def go_on_command(command: str, run_id: str, values: Namespace) -> str:
    """A command about a run on the server that the arguments name."""
    words = ["arazzo", "runs", command, run_id, "--temporal", values.temporal]
    for name in ("namespace", "queue", "codec_key"):
        if getattr(values, name, None):
            words += [f"--{name.replace('_', '-')}", getattr(values, name)]
    import shlex

    return shlex.join(words)


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """Carry out asynchronous work in a command."""
    return asyncio.run(work)


def leave(code: int) -> None:
    """End the process here when it talked to a server: threads of temporalio may still report to
    Python while it ends, which then aborts.
    """
    if not _talked:
        return
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):
            stream.flush()
    os._exit(code)
