"""A worker: carries out runs for a Temporal server until it is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from typing import Any, Final

from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from arazzo_runner.errors import Fault
from arazzo_runner.execution.settings import Settings
from arazzo_runner.temporal.activities import Activities
from arazzo_runner.temporal.cluster import Cluster
from arazzo_runner.temporal.names import ENGINE_VERSION, WORKFLOW, host_queue, queue_of
from arazzo_runner.temporal.workflow import PLANS, ArazzoRun
from arazzo_runner.values import Redactor

__all__ = ["left_alone", "serve"]

_STICKY: Final = timedelta(seconds=2)
"""A worker that does not go on with a run for so long loses it to another one."""
_BEAT: Final = timedelta(seconds=2)
"""Between two signs of life: a third of what makes a worker a lost one."""
_GRACE: Final = timedelta(seconds=30)
"""For requests under way when a worker is told to stop."""
_CACHED: Final = 80
"""Runs that a worker holds in memory, at 0.1 MB each. One that polls needs no memory: only when its
poll is over its history is read again.
"""
_TASKS: Final = 50
_THREADS: Final = 8
"""Runs that go on at the same time, and the threads for that: each costs memory of its own."""
_AT_ONCE: Final = 100
"""Requests at the same time."""


async def serve(
    client: Client,
    cluster: Cluster,
    own: Settings,
    redactor: Redactor,
    *,
    limits: Mapping[str, float] | None = None,
    concurrency: int = _AT_ONCE,
    stop: asyncio.Event,
    ready: Callable[[], None] = lambda: None,
    warn: Callable[[Fault], None] = lambda _: None,
    **changes: Any,
) -> None:
    """Carry out runs of the cluster's queue until ``stop`` is set.

    ``own`` are the settings of this worker: credentials, certificates, where requests may go.
    ``limits`` are requests per second by host, over all workers of the queue; each is given the
    same. ``changes`` are for the runners that send requests (a transport, a clock).
    """
    PLANS.cache = own.cache
    activities = Activities(client, PLANS, own, redactor, warn, **changes)
    queue = queue_of(cluster.queue)
    threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="runs")
    common: dict[str, Any] = {
        "activities": [activities.send, activities.look_again],
        "max_concurrent_activities": concurrency,
        "graceful_shutdown_timeout": _GRACE,
        "max_heartbeat_throttle_interval": _BEAT,
    }
    workers = [
        Worker(
            client,
            task_queue=queue,
            workflows=[ArazzoRun],
            workflow_runner=UnsandboxedWorkflowRunner(),
            workflow_task_executor=threads,
            max_concurrent_workflow_tasks=_TASKS,
            sticky_queue_schedule_to_start_timeout=_STICKY,
            max_cached_workflows=_CACHED,
            debug_mode=True,  # no limit of 2 s for linking a large description
            **common,
        )
    ]
    workers += [
        Worker(
            client,
            task_queue=host_queue(queue, host),
            max_task_queue_activities_per_second=rate,
            **common,
        )
        for host, rate in (limits or {}).items()
    ]
    vigil = asyncio.create_task(activities.vigil.keep())
    try:
        async with AsyncExitStack() as stack:
            for worker in workers:
                await stack.enter_async_context(worker)
            ready()
            await stop.wait()
    finally:
        vigil.cancel()
        with suppress(asyncio.CancelledError):
            await vigil
        await activities.close()
        threads.shutdown()


async def left_alone(client: Client, cluster: Cluster) -> dict[int, int]:
    """How many runs of the queue other versions of the engine have begun and not ended."""
    found: dict[int, int] = {}
    for version in range(1, ENGINE_VERSION):
        queue = queue_of(cluster.queue, version)
        counted = await client.count_workflows(
            f"WorkflowType = '{WORKFLOW}' AND ExecutionStatus = 'Running' AND TaskQueue = '{queue}'"
        )
        if counted.count:
            found[version] = counted.count
    return found
