"""Workers that are killed or stopped: others take over, and nothing is done twice."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import arazzo_runner as arazzo
from arazzo_runner.errors import UncertainError
from tests.support.temporal import cluster, serving
from tests.temporal.flows import Endpoint, endpoint, write_flow
from tools.failover_test import FLOW, failover_test, worker

POSIX = pytest.mark.skipif(os.name != "posix", reason="there is no SIGSTOP")
QUICK = arazzo.RunSettings(pacing=arazzo.Pacing(interval=0.2, max_interval=0.2))


@POSIX
def test_runs_survive_workers_that_are_killed_and_stopped(temporal: str) -> None:
    report = asyncio.run(failover_test(temporal, 20, looks=6))
    assert report.ok, str(report)
    assert report.completed == 20
    assert report.created == {1: 20}


@pytest.fixture
def held() -> Iterator[tuple[Endpoint, threading.Event, threading.Event]]:
    """An endpoint that holds the first creation up: it came, and it may go on."""
    came, go_on = threading.Event(), threading.Event()
    with endpoint(looks=1) as jobs:

        def create(count: int) -> int:
            if count == 1 and not came.is_set():
                came.set()
                go_on.wait(30)
            return 201

        jobs.on_create = create
        yield jobs, came, go_on
        go_on.set()


def lost_worker(
    address: str,
    folder: Path,
    held: tuple[Endpoint, threading.Event, threading.Event],
    then: Callable[[Any, str], Any],
    *,
    number: int = signal.SIGKILL,
    **settings: Any,
) -> Any:
    """A run whose worker is lost while it creates a job, and what comes then."""
    from arazzo_runner.temporal.runner import TemporalRunner

    jobs, came, _ = held
    file = write_flow(folder, jobs.port, FLOW)
    where = cluster(address)
    child: subprocess.Popen[bytes] = worker(address, where.queue, folder)

    async def work() -> Any:
        async with TemporalRunner(where, run=QUICK, **settings) as runner:
            run_id = await runner.start(file, inputs={"name": "job"})
            assert await asyncio.to_thread(came.wait, 30)
            child.send_signal(number)
            async with serving(where):
                return await asyncio.wait_for(then(runner, run_id), 60)

    try:
        return asyncio.run(work())
    finally:
        child.kill()
        child.wait()


async def asked(runner: Any, run_id: str) -> str:
    """The question of a run."""
    with pytest.raises(UncertainError) as caught:
        await runner.result(run_id)
    assert "did step 'create' do its work? POST http://" in caught.value.message
    assert f"arazzo runs resume {run_id} --temporal" in str(caught.value.hint)
    assert (await runner.described(run_id)).status == "uncertain"
    return caught.value.message


@pytest.mark.parametrize(("choice", "created"), [("skip", 1), ("resend", 2)])
def test_somebody_says_what_became_of_a_request(
    choice: str, created: int, temporal: str, tmp_path: Path, held: Any
) -> None:
    async def then(runner: Any, run_id: str) -> Any:
        await asked(runner, run_id)
        with pytest.raises(UncertainError):
            await runner.resume(run_id)
        result = await runner.resume(run_id, choice=choice)
        assert (await runner.described(run_id)).status == "completed"
        return result

    result = lost_worker(temporal, tmp_path, held, then)
    assert result.status == "completed"
    assert held[0].created == {"job": created}


def test_a_run_may_fail_instead(temporal: str, tmp_path: Path, held: Any) -> None:
    async def then(runner: Any, run_id: str) -> Any:
        return await runner.result(run_id)

    result = lost_worker(temporal, tmp_path, held, then, on_uncertain="fail")
    assert (result.status, result.error.kind) == ("failed", "uncertain")
    assert held[0].created == {"job": 1}


def test_a_probe_finds_out(temporal: str, tmp_path: Path, held: Any) -> None:
    async def then(runner: Any, run_id: str) -> Any:
        return await runner.result(run_id)

    result = lost_worker(temporal, tmp_path, held, then, probes={"create": "getJob"})
    assert result.ok
    assert held[0].created == {"job": 1}


def test_what_may_be_sent_twice_is_sent_again(temporal: str, tmp_path: Path, held: Any) -> None:
    async def then(runner: Any, run_id: str) -> Any:
        return await runner.result(run_id)

    result = lost_worker(temporal, tmp_path, held, then, idempotent=("create",))
    assert result.ok
    assert held[0].created == {"job": 2}
