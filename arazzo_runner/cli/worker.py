"""``arazzo worker``: carry out runs for a Temporal server."""

from __future__ import annotations

import asyncio
import logging
import signal
from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress

from arazzo_runner._version import __version__
from arazzo_runner.cli.cluster import cluster_of
from arazzo_runner.cli.screen import Screen
from arazzo_runner.cli.settings import make_settings
from arazzo_runner.errors import Fault
from arazzo_runner.execution.settings import Settings
from arazzo_runner.temporal.cluster import connect
from arazzo_runner.temporal.names import ENGINE_VERSION

__all__ = ["run"]

_CONCURRENCY = 100


def run(values: Namespace, screen: Screen) -> int:
    """Carry out runs until a signal comes; the exit code.

    Raises:
        ArazzoError: the server cannot be used.
    """
    values.no_config = True  # a run brings the settings of its document
    settings = make_settings(values, screen.redactor)
    logging.getLogger("temporalio").setLevel(logging.ERROR)
    return asyncio.run(_serve(values, screen, settings))


async def _serve(values: Namespace, screen: Screen, settings: Settings) -> int:
    cluster = cluster_of(values)
    client = await connect(cluster, settings, screen.redactor)
    from arazzo_runner.temporal.worker import left_alone, serve

    def tell(text: str) -> None:
        if not values.quiet:
            screen.err(text + "\n")

    def warn(fault: Fault) -> None:
        if not values.quiet:
            screen.warnings([fault])

    stop, others = asyncio.Event(), await left_alone(client, cluster)
    for version, count in others.items():
        which = "1 run of this queue was" if count == 1 else f"{count} runs of this queue were"
        tell(
            f"{which} begun by version {version} of the engine; this worker is of version "
            f"{ENGINE_VERSION} and leaves that alone: it takes a worker of version {version}"
        )
    _stop_with_signals(stop, lambda: tell("finishing requests under way; once more stops at once"))
    await serve(
        client,
        cluster,
        settings,
        screen.redactor,
        limits=dict(values.limit),
        concurrency=values.concurrency or _CONCURRENCY,
        stop=stop,
        ready=lambda: tell(
            f"arazzo {__version__} serves the queue '{cluster.queue}' of {cluster.address} "
            f"(namespace {cluster.namespace}, engine {ENGINE_VERSION})"
        ),
        warn=warn,
    )
    return 0


def _stop_with_signals(stop: asyncio.Event, tell: Callable[[], None]) -> None:
    """The first signal ends the worker when its requests are done, the second one at once."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None

    def interrupt() -> None:
        if stop.is_set():
            task.cancel()
            return
        stop.set()
        tell()

    with suppress(NotImplementedError, RuntimeError):  # Windows, or not the main thread
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, interrupt)
