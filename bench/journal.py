"""What it costs to keep runs: one run at a time, a hundred at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.documents import chain
from bench.measure import Sample, compare, per, timed
from bench.report import Row, at_most
from bench.server import running
from bench.steps import AT_ONCE, _run, _Timed

__all__ = ["journal"]

STEPS = 5


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
