"""Workers that stood still, and errors of activities."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from arazzo_runner.temporal import activities
from arazzo_runner.temporal.activities import Vigil
from tests.support.temporal import cluster, serving
from tests.temporal.flows import endpoint, write_flow
from tests.temporal.test_runner import runner_of, with_worker


class At:
    """The beginning of a task."""

    def __init__(self, began: float) -> None:
        self.began = began


def test_a_process_that_stood_still_sends_nothing_of_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from temporalio.exceptions import ApplicationError

    clock = {"monotonic": 100.0, "time": 1000.0}
    monkeypatch.setattr(activities.time, "monotonic", lambda: clock["monotonic"])
    monkeypatch.setattr(activities.time, "time", lambda: clock["time"])
    vigil = Vigil()
    vigil.check(At(999.0))  # type: ignore[arg-type]
    clock.update(monotonic=103.0, time=1003.0)
    vigil.check(At(999.0))  # type: ignore[arg-type]
    clock.update(monotonic=120.0, time=1020.0)  # it was stopped for 17 s
    with pytest.raises(ApplicationError, match="stood still") as caught:
        vigil.check(At(1002.0))  # type: ignore[arg-type]
    assert caught.value.type == "not-sent"
    assert not caught.value.non_retryable
    vigil.check(At(1021.0))  # type: ignore[arg-type]


def test_a_request_that_has_not_left_is_tried_again(
    temporal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from temporalio.exceptions import ApplicationError

    checked: list[float] = []

    def check(_self: Vigil, clock: Any) -> None:
        checked.append(clock.began)
        if len(checked) == 1:
            raise ApplicationError("stood still", type="not-sent")

    monkeypatch.setattr(Vigil, "check", check)
    with endpoint(looks=1) as jobs:
        file = write_flow(tmp_path, jobs.port)

        async def work(where: Any) -> Any:
            async with runner_of(where) as runner:
                return await runner.run(file, inputs={"name": "x"})

        assert with_worker(temporal, work).ok
    assert len(checked) == 3
    assert jobs.created == {"x": 1}


def test_a_defect_of_a_worker_ends_the_run(
    temporal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(Vigil, "check", broken)
    file = write_flow(tmp_path, 1)

    async def work(where: Any) -> Any:
        async with runner_of(where) as runner:
            return await runner.run(file, inputs={"name": "x"})

    result = with_worker(temporal, work)
    assert (result.status, result.error.kind) == ("failed", "internal")
    assert "ZeroDivisionError" in result.error.message


def test_a_worker_that_never_saw_the_plan_gets_it_from_the_history(
    temporal: str, tmp_path: Path
) -> None:
    from arazzo_runner.temporal.plans import Plans
    from arazzo_runner.temporal.worker import PLANS

    with endpoint(looks=6) as jobs:
        file = write_flow(tmp_path, jobs.port)

        async def work() -> Any:
            where = cluster(temporal)
            async with serving(where), runner_of(where) as runner:
                run_id = await runner.start(file, inputs={"name": "x"})
                while jobs.looked["x"] < 2:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
                assert isinstance(PLANS, Plans)
                PLANS._known.clear()
                return await asyncio.wait_for(runner.result(run_id), 60)

        assert asyncio.run(work()).ok


def test_connections_for_many_settings_are_closed_again(
    temporal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from arazzo_runner.temporal import doors

    monkeypatch.setattr(doors, "_KEPT", 1)
    with endpoint(looks=1) as jobs:
        file = write_flow(tmp_path, jobs.port)

        async def work(where: Any) -> list[bool]:
            done = []
            for seconds in (5.0, 6.0, 7.0):
                async with runner_of(where, http_timeout=seconds) as runner:
                    done.append((await runner.run(file, inputs={"name": "x"})).ok)
            return done

        assert with_worker(temporal, work) == [True] * 3


def test_a_door_in_use_stays_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from arazzo_runner.execution import Settings
    from arazzo_runner.execution.loading import load_program
    from arazzo_runner.temporal import doors
    from arazzo_runner.temporal.plans import Plans, pack
    from arazzo_runner.values import Redactor

    monkeypatch.setattr(doors, "_KEPT", 0)
    file, redactor = write_flow(tmp_path, 1), Redactor()
    closed: list[Any] = []

    async def close(self: Any) -> None:
        closed.append(self)

    monkeypatch.setattr(doors.AsyncRunner, "close", close)

    def plan(seconds: float) -> Any:
        settings = Settings(http_timeout=seconds)
        return Plans().open(pack(load_program(file, "job", settings), "job", settings, redactor))

    async def work() -> None:
        kept = doors.Doors(Settings(), redactor)
        async with kept.of(plan(5.0)) as first:
            async with kept.of(plan(5.0)) as same:
                assert same is first
            assert closed == []
            async with kept.of(plan(6.0)) as other:
                assert other is not first
            assert closed == [other]
        assert closed == [other, first]
        async with kept.of(plan(5.0)) as again:
            assert again is not first
            await kept.close()
        assert closed[2:] == [again]

    asyncio.run(work())
