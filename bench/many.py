"""Many runs in one process: the memory of those that poll, whether they look in time, and whether
the hundred-thousandth run costs what the first did."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import time
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import Any

from bench.documents import chain
from bench.measure import in_child
from bench.report import Row, at_most
from bench.server import running

__all__ = ["flat", "many"]

RUNS = 10_000
FLAT = 100_000
STEPS = 3
POLL = """\
arazzo: 1.0.1
info: {title: Polls, version: 1.0.0}
sourceDescriptions: [{name: items, url: items.openapi.yaml, type: openapi}]
workflows:
  - workflowId: poll
    inputs: {type: object, properties: {first: {type: integer}}}
    steps:
      - {stepId: make, operationId: getItem, parameters: [{name: itemId, in: path, value: 1}]}
      - stepId: look
        operationId: getItem
        parameters: [{name: itemId, in: path, value: $inputs.first}]
        outputs: {status: $response.body#/status}
        onSuccess:
          - {name: again, type: goto, stepId: look, criteria: [{condition: $inputs.first > 0}]}
"""
SETTLED = 20  # seconds until all runs wait for what the server asked for
WATCHED = 30  # seconds


def many(folder: Path, *, quick: bool) -> Iterator[Row]:
    """Each kind in a process of its own."""
    runs = RUNS // 10 if quick else RUNS
    group = f"{runs} runs that poll, in one process"
    for kind, title in (("library", "run_many"), ("batch", "batch with a journal")):
        found = _child(folder, "memory", kind, runs)
        # The first thousand runs fill what the allocator has; small numbers say little.
        targets = () if quick else (at_most(8, 10),)
        yield Row(group, f"{title}: memory per waiting run", found["per_run"] / 1024, "KB", targets)
        yield Row(group, f"{title}: memory of the process", found["process"] / 2**20, "MB")
        if kind == "batch":
            size = sum(file.stat().st_size for file in folder.glob("waiting.db*"))
            yield Row(group, f"{title}: its file, per run", size / runs / 1024, "KB")
    found = _child(folder, "deadlines", "library", runs)
    yield Row(group, "requests per second", found["rate"], "/s")
    yield Row(group, "CPU per request", found["cpu"] * 1e6, "µs")
    yield Row(group, "latest look after its time", found["latest"] * 1e3, "ms", (at_most(250, 10),))


def flat(folder: Path, *, quick: bool) -> Iterator[Row]:
    """Short runs, one after the other, over the network: does time or memory grow?"""
    runs = FLAT // 10 if quick else FLAT
    group = f"{runs} runs of {STEPS} steps, one after the other"
    found = _child(folder, "slices", "library", runs)
    yield Row(group, "CPU per step, first tenth", found["first"] * 1e6, "µs")
    yield Row(group, "CPU per step, last tenth", found["last"] * 1e6, "µs")
    # The machine's own noise between two minutes is a tenth.
    yield Row(group, "last = first times", found["last"] / found["first"], "×", (at_most(1.1, 10),))
    grown = found["grown"] / 2**20
    yield Row(group, "memory after the first tenth, grown by", grown, "MB", (at_most(1, 10),))


def _child(folder: Path, *words: object) -> dict[str, float]:
    told = folder / "told.json"
    command = [sys.executable, "-m", "bench.many", str(told), *map(str, words)]
    in_child(command, Path.cwd(), {**os.environ, "PYTHONPATH": str(Path.cwd())})
    found: dict[str, float] = json.loads(told.read_text())
    return found


def resident() -> int:
    """Bytes of memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


class Clock:
    """The machine's time, but long waits do not end: a moment that can be measured."""

    def now(self) -> float:
        return time.time()

    def sleep(self, seconds: float, on_tick: Any = None) -> None:
        raise NotImplementedError

    def sleep_async(self, seconds: float) -> Awaitable[None]:
        return asyncio.sleep(10_000 if seconds >= 4 else 0)


async def memory(folder: Path, kind: str, runs: int) -> dict[str, float]:
    """Every run looks three times and then waits; when all of them do, that is the moment."""
    from arazzo_runner.execution import AsyncRunner, Settings
    from arazzo_runner.execution.batch import Row as BatchRow
    from arazzo_runner.execution.batch import run_rows
    from arazzo_runner.interpreter import Pacing, RunSettings

    journal = folder / "waiting.db" if kind == "batch" else None
    pacing = RunSettings(pacing=Pacing(interval=1.0, max_interval=3600.0))
    with running() as url:
        program_file = _write(folder, url)
        async with AsyncRunner(Settings(journal=journal, run=pacing), clock=Clock()) as runner:
            program = runner.load(str(program_file))
            # The client's own: its connections, and what is made once.
            await runner.run_many(program, [{"first": 0}] * 1000, concurrency=100)
            gc.collect()
            before = resident()
            task: asyncio.Task[Any]
            if kind == "batch":
                rows = (BatchRow(n, {"first": n}) for n in range(1, runs + 1))
                task = asyncio.create_task(
                    run_rows(
                        runner, program, "poll", rows, batch="b", concurrency=runs,
                        on_end=lambda _: None,
                    )
                )  # fmt: skip
            else:
                inputs = ({"first": n} for n in range(1, runs + 1))
                task = asyncio.create_task(runner.run_many(program, inputs, concurrency=runs))
            await _all_wait(runner, task, runs)
            gc.collect()
            after = resident()
            runner.stop()
            await task
    return {"per_run": (after - before) / runs, "process": after}


async def _all_wait(runner: Any, task: asyncio.Task[Any], runs: int) -> None:
    """Return when all runs have waited for a second."""
    quiet = 0
    while quiet < 10:
        await asyncio.sleep(0.1)
        if task.done():
            task.result()
            raise RuntimeError("the runs have ended")
        quiet = quiet + 1 if runner.waiting == runs else 0


async def deadlines(folder: Path, _kind: str, runs: int) -> dict[str, float]:
    """The server asks each run to come back in 1 to 19 seconds; how late does the latest come?"""
    from arazzo_runner.execution import AsyncRunner
    from arazzo_runner.execution.clock import SystemClock

    due: dict[Any, float] = {}
    late: list[float] = []
    watching = False

    class Watched(SystemClock):
        def sleep_async(self, seconds: float) -> Awaitable[None]:
            due[asyncio.current_task()] = time.monotonic() + seconds
            return super().sleep_async(seconds)

    with running(later=True) as url:
        program_file = _write(folder, url)
        async with AsyncRunner(clock=Watched()) as runner:
            program = runner.load(str(program_file))
            real = runner._perform

            async def perform(effect: Any, http: Any) -> Any:
                moment = due.pop(asyncio.current_task(), None)
                if watching and moment is not None:
                    late.append(time.monotonic() - moment)
                return await real(effect, http)

            runner._perform = perform  # type: ignore[method-assign]
            inputs = ({"first": n} for n in range(1, runs + 1))
            task = asyncio.create_task(runner.run_many(program, inputs, concurrency=runs))
            await asyncio.sleep(SETTLED)
            watching, cpu = True, time.process_time()
            await asyncio.sleep(WATCHED)
            watching, cpu = False, time.process_time() - cpu
            runner.stop()
            await task
    return {"rate": len(late) / WATCHED, "cpu": cpu / len(late), "latest": max(late)}


async def slices(folder: Path, _kind: str, runs: int) -> dict[str, float]:
    """CPU seconds per step of the first and the last tenth, bytes of memory gained between."""
    from arazzo_runner.execution import Runner

    costs, memory = [], []
    with running() as url, Runner() as runner:
        program = runner.load(str(chain(folder, url, STEPS)))
        for _ in range(10):
            begun = time.process_time()
            for _ in range(runs // 10):
                assert runner.run(program, inputs={"first": 1}).ok
            costs.append((time.process_time() - begun) / (runs // 10 * STEPS))
            gc.collect()
            memory.append(resident())
    return {"first": costs[0], "last": costs[-1], "grown": memory[-1] - memory[0]}


def _write(folder: Path, url: str) -> Path:
    chain(folder, url, 1)
    file = folder / "poll.yaml"
    file.write_text(POLL, encoding="utf-8")
    return file


if __name__ == "__main__":
    told = Path(sys.argv[1])
    work = {"memory": memory, "deadlines": deadlines, "slices": slices}[sys.argv[2]]
    told.write_text(json.dumps(asyncio.run(work(told.parent, sys.argv[3], int(sys.argv[4])))))
