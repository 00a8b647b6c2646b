"""Requests to a host are limited over all workers of a queue."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

from tests.support.temporal import cluster, serving
from tests.temporal.flows import endpoint, write_flow
from tests.temporal.test_runner import runner_of

RATE = 5.0
RUNS = 20


def test_two_workers_keep_to_one_limit(temporal: str, tmp_path: Path) -> None:
    with endpoint(looks=1) as jobs:
        times: list[float] = []
        answer = jobs.answer

        def noted(method: str, path: str, body: bytes) -> tuple[int, object]:
            times.append(time.monotonic())
            return answer(method, path, body)

        jobs.answer = noted  # type: ignore[method-assign]
        file = write_flow(tmp_path, jobs.port)

        async def work() -> list[str]:
            where = cluster(temporal)
            limits = {f"127.0.0.1:{jobs.port}": RATE}
            async with AsyncExitStack() as stack:
                for _ in range(2):
                    await stack.enter_async_context(serving(where, limits=limits))
                async with runner_of(where) as runner:
                    await asyncio.sleep(0.5)  # the server knows who takes tasks
                    rows = [{"name": f"job-{index}"} for index in range(RUNS)]
                    results = await runner.run_many(file, rows, concurrency=RUNS)
            return [result.status for result in results]

        assert asyncio.run(work()) == ["completed"] * RUNS
    assert len(times) == 2 * RUNS
    took = max(times) - min(times)
    assert took >= (2 * RUNS - 2 * RATE) / RATE, "twice the rate would be one worker's each"
