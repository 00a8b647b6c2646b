"""Runs on the development server: carried out, followed, resumed, retried, cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

import arazzo_runner as arazzo
from arazzo_runner.errors import InputError, RunNotFound, TemporalError, UsageError
from arazzo_runner.interpreter import Noted, Record, StepFinished
from tests.support.temporal import cluster, serving
from tests.temporal.flows import endpoint, write_flow

QUICK = arazzo.RunSettings(pacing=arazzo.Pacing(interval=0.2, max_interval=0.2))


def runner_of(where: Any, **options: Any) -> Any:
    from arazzo_runner.temporal.runner import TemporalRunner

    return TemporalRunner(where, **{"run": QUICK, **options})


def with_worker(
    address: str, work: Callable[[Any], Awaitable[Any]], own: arazzo.Settings | None = None
) -> Any:
    """Do something while a worker serves a queue of its own."""

    async def done() -> Any:
        where = cluster(address)
        async with serving(where, own):
            return await asyncio.wait_for(work(where), 60)

    return asyncio.run(done())


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(600):
        if holds():
            return
        await asyncio.sleep(0.05)
    pytest.fail("it never came to that")


def test_a_run_shows_what_a_local_run_shows(temporal: str, tmp_path: Path) -> None:
    with endpoint(looks=3) as jobs:
        file = write_flow(tmp_path, jobs.port)
        records: list[Record] = []

        async def work(where: Any) -> Any:
            async with runner_of(where, on_record=records.append) as runner:
                return await runner.run(file, inputs={"name": "one"})

        result = with_worker(temporal, work)
        assert result.status == "completed"
        assert result.outputs == {"status": "done"}
        local: list[Record] = []
        jobs.looked.clear()
        with arazzo.Runner(on_record=local.append, run=QUICK) as runner:
            here = runner.run(file, inputs={"name": "one"})
    assert [type(record) for record in records] == [type(record) for record in local]
    assert [(s.step_id, s.visit, s.outputs) for s in result.steps] == [
        (s.step_id, s.visit, s.outputs) for s in here.steps
    ]
    assert jobs.created == {"one": 2}


def test_credentials_are_those_of_the_worker(temporal: str, tmp_path: Path) -> None:
    from tests.temporal.flows import API

    secured = API.replace(
        "components: {}",
        "security: [{key: []}]\ncomponents:\n  securitySchemes:\n"
        "    key: {type: apiKey, in: header, name: X-Key}\n",
    )
    with endpoint(looks=1) as jobs:
        file = write_flow(tmp_path, jobs.port, api=secured)

        async def work(where: Any) -> Any:
            async with runner_of(where) as runner:
                return await runner.run(file, inputs={"name": "one"})

        own = arazzo.Settings(credentials={"jobs.key": "of-the-worker"})
        assert with_worker(temporal, work, own).ok
    assert {headers["x-key"] for headers in jobs.headers} == {"of-the-worker"}


def test_many_runs_and_rows_that_do_not_fit(temporal: str, tmp_path: Path) -> None:
    with endpoint(looks=1) as jobs:
        file = write_flow(tmp_path, jobs.port)

        async def work(where: Any) -> Any:
            async with runner_of(where) as runner:
                rows = [{"name": "a"}, {"name": 5}, {"name": "b"}]
                return await runner.run_many(file, rows, concurrency=3)

        results = with_worker(temporal, work)
    assert [result.status for result in results] == ["completed", "failed", "completed"]
    assert results[1].error.kind == "inputs"
    assert jobs.created == {"a": 1, "b": 1}


def test_a_name_is_used_once(temporal: str, tmp_path: Path) -> None:
    with endpoint(looks=1) as jobs:
        file = write_flow(tmp_path, jobs.port)

        async def work(where: Any) -> None:
            name = f"nightly-{where.queue}"
            async with runner_of(where) as runner:
                assert (await runner.run(file, inputs={"name": "x"}, run_id=name)).run_id == name
                with pytest.raises(TemporalError, match="there is a run with the id"):
                    await runner.run(file, inputs={"name": "x"}, run_id=name)
                with pytest.raises(UsageError, match="is over: completed"):
                    await runner.resume(name)
                with pytest.raises(UsageError, match="is over: completed"):
                    await runner.cancel(name)
                with pytest.raises(UsageError, match="did not fail"):
                    await runner.retry(name)
                with pytest.raises(RunNotFound, match="has no run 'nobody'"):
                    await runner.resume("nobody")

        with_worker(temporal, work)
    assert jobs.created == {"x": 1}


def test_a_run_is_cancelled_while_it_polls(temporal: str, tmp_path: Path) -> None:
    with endpoint(looks=1000) as jobs:
        file = write_flow(tmp_path, jobs.port)

        async def work(where: Any) -> tuple[Any, str]:
            async with runner_of(where) as runner:
                run_id = await runner.start(file, inputs={"name": "x"})
                following = asyncio.create_task(runner.result(run_id))
                await until(lambda: jobs.looked["x"] >= 3)
                await runner.cancel(run_id)
                return await following, (await runner.described(run_id)).status

        result, status = with_worker(temporal, work)
    assert result.error.kind == "cancelled"
    assert status == "cancelled"


def test_what_is_told_while_a_poll_goes_on(temporal: str, tmp_path: Path) -> None:
    """The looks of a poll are seen as they happen, each once."""
    records: list[Record] = []
    with endpoint(looks=30) as jobs:
        file = write_flow(tmp_path, jobs.port)
        seen_at: list[int] = []

        def on_record(record: Record) -> None:
            records.append(record)
            if isinstance(record, StepFinished):
                seen_at.append(jobs.looked["x"])

        async def work(where: Any) -> Any:
            async with runner_of(where, on_record=on_record) as runner:
                return await runner.run(file, inputs={"name": "x"})

        assert with_worker(temporal, work).ok
    visits = [r.visit for r in records if isinstance(r, StepFinished) and r.step_id == "poll"]
    assert visits == list(range(1, 31))
    assert any(looks < 30 for looks in seen_at[5:])


def test_a_failed_run_is_retried_from_the_step_that_failed(temporal: str, tmp_path: Path) -> None:
    with endpoint(looks=1) as jobs:
        file = write_flow(tmp_path, jobs.port)
        jobs.on_create = lambda count: 500 if count == 1 else 201

        async def work(where: Any) -> tuple[Any, Any, str]:
            async with runner_of(where) as runner:
                first = await runner.run(file, inputs={"name": "x"})
                listed = [each async for each in runner.runs() if each.run_id == first.run_id]
                again = await runner.retry(first.run_id)
                return first, again, listed[0].status

        first, again, status = with_worker(temporal, work)
    assert (first.status, first.error.step_id, status) == ("failed", "create", "failed")
    assert (again.status, again.run_id) == ("completed", first.run_id)
    assert jobs.created == {"x": 2}


def test_a_retried_run_takes_other_inputs(temporal: str, tmp_path: Path) -> None:
    with endpoint(looks=1) as jobs:
        file = write_flow(tmp_path, jobs.port)
        jobs.on_create = lambda _: 201 if jobs.created["good"] else 500

        async def work(where: Any) -> Any:
            async with runner_of(where) as runner:
                first = await runner.run(file, inputs={"name": "bad"})
                return await runner.retry(first.run_id, inputs={"name": "good"})

        assert with_worker(temporal, work).ok
    assert jobs.created == {"bad": 1, "good": 1}


def test_secret_inputs_need_a_key(temporal: str, tmp_path: Path) -> None:
    file = write_flow(tmp_path, 1)

    async def work(where: Any) -> None:
        async with runner_of(where) as runner:
            with pytest.raises(InputError) as caught:
                await runner.start(file, inputs={"name": "x", "password": "hush-hush"})
            assert "--codec-key" in str(caught.value.hint)

    with_worker(temporal, work)


def test_secrets_do_not_travel(temporal: str, tmp_path: Path) -> None:
    file = write_flow(tmp_path, 1)

    async def work(where: Any) -> None:
        for settings in (
            {"credentials": {"jobs.key": "as-it-is"}},
            {"headers": (("Authorization", "Bearer abcdefgh"),)},
            {"proxy": "http://user:pass@127.0.0.1:1"},
        ):
            async with runner_of(where, **settings) as runner:
                with pytest.raises(UsageError, match="secrets do not travel"):
                    await runner.start(file, inputs={"name": "x"})

    with_worker(temporal, work)


def test_commands_are_not_run_for_others(temporal: str, tmp_path: Path) -> None:
    from tests.temporal.flows import API

    secured = API.replace(
        "components: {}",
        "security: [{key: []}]\ncomponents:\n  securitySchemes:\n"
        "    key: {type: apiKey, in: header, name: X-Key}\n",
    )
    ran = tmp_path / "ran"
    with endpoint() as jobs:
        file = write_flow(tmp_path, jobs.port, api=secured)

        async def work(where: Any) -> Any:
            async with runner_of(where, credentials={"jobs.key": f"cmd:touch {ran}"}) as runner:
                return await runner.run(file, inputs={"name": "x"})

        result = with_worker(temporal, work)
    assert result.error.kind == "credentials"
    assert "runs a command" in result.error.message
    assert not ran.exists()
    assert not jobs.created


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"teardown": "job"}, "--finally"), ({"rate": 1.0}, "limited by the workers")],
)
def test_what_does_not_go_with_temporal(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        runner_of("127.0.0.1:1", **settings)


def test_nobody_serves_the_queue(temporal: str, tmp_path: Path) -> None:
    notes: list[str] = []
    file = write_flow(tmp_path, 1)

    async def work() -> None:
        def on_record(record: Record) -> None:
            if isinstance(record, Noted):
                notes.append(record.message)

        where = cluster(temporal)
        async with runner_of(where, on_record=on_record) as runner:
            run_id = await runner.start(file, inputs={"name": "x"})
            following = asyncio.create_task(runner.result(run_id))
            await until(lambda: bool(notes))
            await runner.cancel(run_id)
            following.cancel()

    asyncio.run(work())
    assert "no worker serves the queue" in notes[0]
    assert "arazzo worker --temporal" in notes[0]


SHARED = """\
arazzo: 1.0.1
info: {title: Jobs, version: 1.0.0}
sourceDescriptions: [{name: jobs, url: api.yaml, type: openapi}]
workflows:
  - workflowId: login
    inputs: {type: object, properties: {name: {type: string}}}
    steps:
      - stepId: create
        operationId: createJob
        requestBody: {payload: {name: login}}
        outputs: {name: $response.body#/name}
    outputs: {token: $steps.create.outputs.name}
  - workflowId: job
    dependsOn: [login]
    inputs: {type: object, properties: {name: {type: string}}}
    steps:
      - stepId: create
        operationId: createJob
        requestBody: {payload: {name: '{$inputs.name}-{$workflows.login.outputs.token}'}}
"""


def test_rows_share_what_they_depend_on(temporal: str, tmp_path: Path) -> None:
    from arazzo_runner.execution.batch import Row, RowEnded, run_rows, share_dependencies

    ended: list[RowEnded] = []
    with endpoint() as jobs:
        file = write_flow(tmp_path, jobs.port, SHARED)

        async def work(where: Any) -> None:
            async with runner_of(where) as runner:
                program = runner.load(file)
                rows = [Row(1, {"name": "a"}), Row(2, {"name": "b"})]
                shared = await share_dependencies(runner, program, "job", rows[0].inputs)
                await run_rows(
                    runner, program, "job", rows, batch=where.queue, concurrency=2,
                    on_end=ended.append, shared=shared,
                )  # fmt: skip

        with_worker(temporal, work)
    assert [row.status for row in ended] == ["completed", "completed"]
    assert jobs.created == {"login": 1, "a-login": 1, "b-login": 1}


def test_the_time_limit_of_a_run(temporal: str, tmp_path: Path) -> None:
    with endpoint(looks=1000) as jobs:
        file = write_flow(tmp_path, jobs.port)

        async def work(where: Any) -> tuple[Any, Any]:
            async with runner_of(where, timeout=1.5) as runner:
                polled = await runner.run(file, inputs={"name": "x"})
            jobs.on_create = lambda _: 500
            flow = (tmp_path / "flow.yaml").read_text()
            retrying = flow.replace(
                "        outputs: {name: $response.body#/name}\n",
                "        onFailure: [{name: r, type: retry, retryAfter: 60, retryLimit: 9}]\n",
            )
            again = write_flow(tmp_path, jobs.port, retrying)
            async with runner_of(where, timeout=1.5) as runner:
                return polled, await runner.run(again, inputs={"name": "y"})

        polled, retried = with_worker(temporal, work)
    assert (polled.error.kind, polled.exit_code) == ("deadline", 4)
    assert (retried.error.kind, retried.exit_code) == ("deadline", 4)
    assert jobs.created["y"] == 1


def test_a_wait_that_is_no_loop_is_a_timer(temporal: str, tmp_path: Path) -> None:
    """A request that may not be sent twice unasked is retried by the run itself."""
    with endpoint(looks=1) as jobs:
        jobs.on_create = lambda count: 500 if count < 3 else 201
        text = (
            Path(write_flow(tmp_path, jobs.port))
            .read_text()
            .replace(
                "        outputs: {name: $response.body#/name}\n",
                "        outputs: {name: $response.body#/name}\n"
                "        onFailure: [{name: r, type: retry, retryAfter: 0.2, retryLimit: 5}]\n",
            )
        )
        file = write_flow(tmp_path, jobs.port, text)

        async def work(where: Any) -> Any:
            async with runner_of(where) as runner:
                return await runner.run(file, inputs={"name": "x"})

        result = with_worker(temporal, work)
    assert result.ok
    assert result.steps[0].attempts == 3


def test_the_public_door() -> None:
    from arazzo_runner.temporal.cluster import Cluster
    from arazzo_runner.temporal.runner import TemporalRunner

    assert arazzo.TemporalRunner is TemporalRunner
    assert arazzo.Cluster is Cluster
    assert arazzo.TemporalError is TemporalError
    runner = arazzo.TemporalRunner("127.0.0.1:7233", timeout=5)
    assert runner.cluster == Cluster("127.0.0.1:7233")
