"""How much memory runs take that wait: of one worker, and of the development server.

``python -m tools.sleeping_runs [--runs 2000]``

Every run creates a job and polls it every ten minutes. When all of them wait, the resident memory
of the worker is read.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from tools.failover_test import API, FLOW, Jobs, worker

__all__ = ["Memory", "main", "sleeping_runs"]


class Memory(NamedTuple):
    """Megabytes of a worker that has done one run, and of one whose runs all wait."""

    before: float
    after: float
    seconds: float


async def sleeping_runs(address: str, runs: int) -> Memory:
    """Begin runs, wait until all of them wait, and read the worker's memory."""
    import arazzo_runner as arazzo
    from arazzo_runner.temporal.cluster import Cluster
    from arazzo_runner.temporal.runner import TemporalRunner

    queue = f"sleeping-{uuid4().hex[:8]}"
    jobs = Jobs(0.0, 1)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "api.yaml").write_text(API.replace("PORT", str(jobs.port)))
        (folder / "flow.yaml").write_text(FLOW)
        child = await asyncio.to_thread(worker, address, queue, folder)
        try:
            pacing = arazzo.Pacing(interval=600.0, max_interval=600.0)
            async with TemporalRunner(
                Cluster(address, queue=queue), run=arazzo.RunSettings(pacing=pacing)
            ) as runner:
                program = runner.load(str(folder / "flow.yaml"))
                await runner.run(program, inputs={"name": "first"})
                before = _resident(child.pid)
                jobs.looks = 1_000_000
                gate = asyncio.Semaphore(50)

                async def begin(index: int) -> None:
                    async with gate:
                        await runner.start(program, inputs={"name": f"job-{index}"})

                await asyncio.gather(*(begin(index) for index in range(runs)))
                while len(jobs.seen) <= runs or any(len(t) < 2 for t in jobs.seen.values()):
                    await asyncio.sleep(0.5)
                await asyncio.sleep(5)
                after = _resident(child.pid)
        finally:
            child.kill()
            child.wait()
            jobs.close()
    return Memory(before, after, time.monotonic() - began)


def _resident(pid: int) -> float:
    """The resident memory of a process in megabytes (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the system does not tell")


def main() -> int:
    """Measure with a server of its own; 1 when a worker takes 150 MB or more."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=2000)
    arguments = parser.parse_args()
    from tests.support.temporal import dev_server

    with dev_server() as address:
        memory = asyncio.run(sleeping_runs(address, arguments.runs))
    print(
        f"worker: {memory.before:.0f} MB after one run, {memory.after:.0f} MB with "
        f"{arguments.runs} runs that wait ({memory.seconds:.0f} s)"
    )
    return 0 if memory.after < 150 else 1


if __name__ == "__main__":
    sys.exit(main())
