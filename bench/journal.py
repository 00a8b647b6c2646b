"""What it costs to keep runs: one run at a time, a hundred at once, ten thousand that wait."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.documents import chain
from bench.measure import Sample, compare, in_child, per, timed
from bench.report import Row, at_most
from bench.server import running
from bench.steps import AT_ONCE, _run, _Timed

__all__ = ["journal", "many_waiting"]

STEPS = 5
ROWS = 10_000


def journal(folder: Path, *, quick: bool) -> Iterator[Row]:
    """Kept and not kept, in turns: what is added to a step."""
    group = "Runs that are kept"
    runs, repeats = (100, 3) if quick else (400, 5)
    numbers = iter(range(10**6))
    with running() as url:
        from arazzo_runner.execution import Runner

        program = Runner().load(str(chain(folder, url, STEPS)))

        def one_by_one(*, kept: bool) -> Sample:
            with Runner(**_where(folder, next(numbers), kept=kept)) as runner:

                def work() -> None:
                    for _ in range(runs // 4):
                        assert runner.run(program, inputs={"first": 1}).ok

                return timed(work, runs // 4 * STEPS)

        def at_once(*, kept: bool) -> Sample:
            return _at_once(program, runs, _where(folder, next(numbers), kept=kept))

        samples = compare(
            {
                "one": lambda: one_by_one(kept=False),
                "one kept": lambda: one_by_one(kept=True),
                "many": lambda: at_once(kept=False),
                "many kept": lambda: at_once(kept=True),
            },
            repeats,
        )
    for name, title, targets in (
        ("one", "one at a time", ()),
        ("many", f"{AT_ONCE} at once", (at_most(0.3, 8),)),
    ):
        for what in ("wall", "cpu"):
            plain = per(samples, name, what=what) * 1e3
            kept = per(samples, f"{name} kept", what=what) * 1e3
            label = f"{title}: {what.replace('cpu', 'CPU')} per step"
            yield Row(group, f"{label}, not kept", plain, "ms")
            yield Row(
                group, f"{label}, added", kept - plain, "ms", targets if what == "wall" else ()
            )


def _where(folder: Path, number: int, *, kept: bool) -> dict[str, Any]:
    return {"journal": None} | (
        {"settings": _settings(folder / f"runs-{number}.db")} if kept else {}
    )


def _settings(path: Path) -> Any:
    from arazzo_runner.execution import Settings

    return Settings(journal=path)


def _at_once(program: Any, runs: int, options: dict[str, Any]) -> Sample:
    from arazzo_runner.execution import AsyncRunner

    async def work(again: _Timed) -> None:
        async with AsyncRunner(**options) as runner:
            rows: list[dict[str, Any]] = [{"first": 1}] * runs
            await runner.run_many(program, rows[:AT_ONCE], concurrency=AT_ONCE)
            with again:
                results = await runner.run_many(program, rows, concurrency=AT_ONCE)
            assert all(each.ok for each in results)

    return _run(work, runs * STEPS)


def many_waiting(folder: Path, *, quick: bool) -> Iterator[Row]:
    """A batch whose rows all wait at the same moment: memory of the process, size of the file."""
    group = f"{ROWS} rows that poll, in one process"
    rows = ROWS // 10 if quick else ROWS
    words = [sys.executable, "-m", "bench.journal", str(folder), str(rows)]
    sample = in_child(words, Path.cwd(), _environment())
    size = sum(file.stat().st_size for file in folder.glob("waiting.db*")) / 2**20
    yield Row(group, f"memory with {rows} rows", sample.memory, "MB")
    yield Row(group, f"journal with {rows} rows", size, "MB")
    yield Row(group, "CPU per row (create, two looks)", sample.cpu / rows * 1e3, "ms")
    yield Row(group, "wall per row", sample.wall / rows * 1e3, "ms")


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(Path.cwd())}


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


async def _wait_all(folder: Path, rows: int) -> None:
    """Every row looks twice and then waits; when all of them do, that is it."""
    from arazzo_runner.execution import AsyncRunner
    from arazzo_runner.execution.batch import Row as BatchRow
    from arazzo_runner.execution.batch import run_rows
    from arazzo_runner.interpreter import Pacing, RunSettings

    settings = _settings(folder / "waiting.db")._replace(
        run=RunSettings(pacing=Pacing(interval=1.0, max_interval=3600.0)), rate=None
    )
    with running() as url:
        chain(folder, url, 1)
        (folder / "poll.yaml").write_text(POLL, encoding="utf-8")
        async with AsyncRunner(settings) as runner:
            program = runner.load(str(folder / "poll.yaml"))
            found = [BatchRow(n, {"first": n}) for n in range(1, rows + 1)]
            limit = asyncio.Semaphore(200)
            real = runner._perform

            async def gently(effect: Any, http: Any) -> Any:
                if hasattr(effect, "seconds"):
                    return await real(effect._replace(seconds=effect.seconds * 600), http)
                async with limit:
                    return await real(effect, http)

            runner._perform = gently  # type: ignore[method-assign]
            task = asyncio.create_task(
                run_rows(
                    runner, program, "poll", found, batch="b", concurrency=rows,
                    on_end=lambda _: None,
                )
            )  # fmt: skip
            while runner.waiting < rows:
                if task.done():
                    await task
                await asyncio.sleep(0.05)
            runner.stop()
            await task


if __name__ == "__main__":
    asyncio.run(_wait_all(Path(sys.argv[1]), int(sys.argv[2])))
