"""A Temporal server and workers for tests: the pinned development server, on loopback."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from arazzo_runner.execution import Settings
from arazzo_runner.values import Redactor

__all__ = ["Switch", "cluster", "dev_server", "server_binary", "serving", "skipping_server"]

SECONDS = 30.0


def server_binary(name: str) -> str:
    """A pinned server's file, or a skip where its package is not for the platform."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is missing: its package is not for this platform")
    return found


@contextmanager
def dev_server(*options: str) -> Iterator[str]:
    """A development server in memory while the block runs; its address."""
    pytest.importorskip("temporalio", reason="the extra temporal is not installed")
    port, metrics = _free_port(), _free_port()
    command = [
        server_binary("temporal"), "server", "start-dev", "--ip", "127.0.0.1", "--headless",
        "--port", str(port), "--metrics-port", str(metrics), "--log-level", "never", *options,
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        try:
            _wait_for(port, child)
            yield f"127.0.0.1:{port}"
        finally:
            child.kill()


@asynccontextmanager
async def skipping_server() -> AsyncIterator[Any]:
    """A server whose time skips over waits; its environment, as the SDK gives it.

    A worker waits for a minute for an answer of this server before it stops: shut it down first.
    """
    testing = pytest.importorskip("temporalio.testing", reason="the extra temporal is missing")
    binary = server_binary("temporal-test-server")
    async with await testing.WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=binary
    ) as environment:
        from temporalio.api.testservice.v1 import UnlockTimeSkippingRequest

        # Time skips from now on, not only while a result is awaited through this environment.
        await environment.client.test_service.unlock_time_skipping(UnlockTimeSkippingRequest())
        yield environment


def cluster(address: str, **fields: Any) -> Any:
    """A queue of its own on a server."""
    from arazzo_runner.temporal.cluster import Cluster

    return Cluster(address, queue=f"test-{uuid4().hex[:8]}", **fields)


@asynccontextmanager
async def serving(
    where: Any,
    own: Settings | None = None,
    *,
    client: Any = None,
    last: Callable[[], Awaitable[None]] | None = None,
    **options: Any,
) -> AsyncIterator[None]:
    """A worker in this process while the block runs; ``last`` is done before it stops."""
    from arazzo_runner.temporal.cluster import connect
    from arazzo_runner.temporal.worker import serve

    settings, redactor = own or Settings(), Redactor()
    if client is None:
        client = await connect(where, settings, redactor)
    stop, ready = asyncio.Event(), asyncio.Event()
    work = asyncio.create_task(
        serve(client, where, settings, redactor, stop=stop, ready=ready.set, **options)
    )
    began = asyncio.create_task(ready.wait())
    await asyncio.wait({work, began}, return_when=asyncio.FIRST_COMPLETED)
    began.cancel()
    try:
        yield
    finally:
        if last is not None:
            await last()
        stop.set()
        await work


class Switch(httpx.AsyncBaseTransport):
    """A transport whose answers can be changed while a worker has it."""

    def __init__(self) -> None:
        self.current: httpx.AsyncBaseTransport | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert self.current is not None
        return await self.current.handle_async_request(request)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _wait_for(port: int, child: subprocess.Popen[bytes]) -> None:
    from temporalio.client import Client

    end = time.monotonic() + SECONDS
    while time.monotonic() < end and child.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            asyncio.run(Client.connect(f"127.0.0.1:{port}"))
        except (OSError, RuntimeError):
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"the Temporal server does not answer (exit code {child.poll()})")
