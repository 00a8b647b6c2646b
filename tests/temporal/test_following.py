"""Runs followed when something is amiss."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from arazzo_runner.interpreter import Noted, Record
from tests.support.temporal import cluster, serving
from tests.temporal.flows import endpoint, write_flow
from tests.temporal.test_runner import runner_of, until


def followed_without_workers(address: str, folder: Path, created: int) -> tuple[Any, list[Record]]:
    """The result of a run whose workers are gone when it is asked for, and what is told."""
    records: list[Record] = []
    with endpoint(looks=1) as jobs:
        jobs.on_create = lambda _: created
        file = write_flow(folder, jobs.port)

        async def work() -> Any:
            where = cluster(address)
            async with runner_of(where, on_record=records.append) as runner:
                async with serving(where):
                    run_id = await runner.start(file, inputs={"name": "x"})
                    client = await runner.client()
                    handle = client.get_workflow_handle(run_id)
                    await asyncio.gather(handle.result(), return_exceptions=True)
                return await runner.result(run_id)

        return asyncio.run(work()), records


def test_the_end_is_known_without_workers(
    temporal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from arazzo_runner.temporal import following

    monkeypatch.setattr(following, "_PATIENCE", timedelta(seconds=1))
    result, records = followed_without_workers(temporal, tmp_path, 201)
    assert (result.status, result.outputs, result.steps) == ("completed", {"status": "done"}, ())
    notes = [record.message for record in records if isinstance(record, Noted)]
    assert any("no worker answers" in note for note in notes)
    failed, _ = followed_without_workers(temporal, tmp_path, 500)
    assert (failed.status, failed.error.step_id) == ("failed", "create")


def test_a_run_that_somebody_terminated(temporal: str, tmp_path: Path) -> None:
    with endpoint(looks=1000) as jobs:
        file = write_flow(tmp_path, jobs.port)

        async def work() -> tuple[Any, Any, str]:
            where = cluster(temporal)
            async with serving(where), runner_of(where) as runner:
                run_id = await runner.start(file, inputs={"name": "x"})
                await until(lambda: jobs.looked["x"] > 2)
                following = asyncio.create_task(runner.result(run_id))
                handle = (await runner.client()).get_workflow_handle(run_id)
                await handle.terminate()
                result = await asyncio.wait_for(following, 60)
                from arazzo_runner.temporal.runs import end_of

                end = await end_of(handle, where)
                return result, end, (await runner.described(run_id)).status

        result, end, status = asyncio.run(work())
    assert (result.status, result.error.message) == ("failed", "the run was terminated")
    assert (end.status, end.failure.kind, status) == ("failed", "temporal", "cancelled")


def test_a_worker_that_stumbles_is_told_of(
    temporal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from arazzo_runner.temporal import workflow

    original = workflow.begin
    stumbled: list[int] = []

    def begin(*arguments: Any) -> Any:
        if not stumbled:
            stumbled.append(1)
            raise OSError("cannot do that now")
        return original(*arguments)

    monkeypatch.setattr(workflow, "begin", begin)
    notes: list[str] = []

    def on_record(record: Record) -> None:
        if isinstance(record, Noted):
            notes.append(record.message)

    with endpoint(looks=1) as jobs:
        file = write_flow(tmp_path, jobs.port)

        async def work() -> Any:
            where = cluster(temporal)
            async with serving(where), runner_of(where, on_record=on_record) as runner:
                return await asyncio.wait_for(runner.run(file, inputs={"name": "x"}), 60)

        assert asyncio.run(work()).ok
    assert any("a worker could not go on with the run" in note for note in notes)


def test_rows_are_no_longer_waited_for(temporal: str, tmp_path: Path) -> None:
    from arazzo_runner.execution.keeper import Origin

    with endpoint(looks=1000) as jobs:
        file = write_flow(tmp_path, jobs.port)

        async def work() -> Any:
            where = cluster(temporal)
            async with serving(where), runner_of(where) as runner:
                program = runner.load(file)
                origin = Origin(where.queue, 1, "k" * 32)
                row = asyncio.create_task(runner.run_row(program, "job", {"name": "x"}, origin))
                await until(lambda: jobs.looked["x"] > 1)
                assert runner.waiting == 1
                runner.stop()
                result = await row
                assert runner.stopping
                other = asyncio.create_task(runner.go_on_with_row(program, result.run_id, {}))
                await asyncio.sleep(0.2)
                await runner.cancel(result.run_id)
                return result, await other

        result, other = asyncio.run(work())
    assert result.error.kind == "interrupted"
    assert other.error.kind == "cancelled"
