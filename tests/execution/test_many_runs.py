"""Many runs of one process: requests under way, runs that begin, what is held while they wait."""

from __future__ import annotations

import asyncio
import gc
import weakref
from pathlib import Path
from typing import Any

import httpx
import pytest

import arazzo_runner as arazzo
from arazzo_runner.execution.at_once import calm_collector
from arazzo_runner.execution.in_flight import InFlight, Turn
from arazzo_runner.execution.journal_queries import list_runs
from arazzo_runner.interpreter import ResponseArrived, Wait
from arazzo_runner.testing import CannedResponses, FakeClock
from arazzo_runner.values import Response
from tests.execution.durable import CREATED, DONE, RUNNING, Runs

FLOW = """\
arazzo: 1.0.1
info: {title: Polls, version: 1.0.0}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
workflows:
  - workflowId: main
    inputs: {type: object, properties: {n: {type: integer}}}
    steps:
      - {stepId: make, operationId: look}
      - stepId: look
        operationId: look
        outputs: {state: $response.body#/state}
        onSuccess:
          - name: again
            type: goto
            stepId: look
            criteria: [{condition: $response.body#/state == 'busy'}]
      - {stepId: after, operationId: look}
"""
API = """\
openapi: 3.1.0
info: {title: Api, version: 1.0.0}
servers: [{url: http://api.test}]
paths:
  /look:
    get: {operationId: look, responses: {'200': {description: ok}}}
"""


@pytest.fixture
def flow(tmp_path: Path) -> str:
    (tmp_path / "api.yaml").write_text(API, encoding="utf-8")
    file = tmp_path / "flow.yaml"
    file.write_text(FLOW, encoding="utf-8")
    return str(file)


class Server(httpx.AsyncBaseTransport):
    """Answers when it is told to; counts who waits for it."""

    def __init__(self) -> None:
        self.now = 0
        self.most = 0
        self.go = asyncio.Event()
        self.state = "done"
        self.seen = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.now += 1
        self.seen += 1
        self.most = max(self.most, self.now)
        await self.go.wait()
        self.now -= 1
        return httpx.Response(200, json={"state": self.state}, request=request)


async def until(met: Any) -> None:
    for _ in range(500):
        if met():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to that")


# -- requests under way --------------------------------------------------------------------------


def test_a_quick_server_is_asked_a_hundred_things_at_a_time(flow: str) -> None:
    async def go() -> int:
        server = Server()
        async with arazzo.AsyncRunner(transport=server) as runner:
            program = runner.load(flow)
            runs = runner.run_many(program, [{}] * 350, concurrency=350)
            task = asyncio.create_task(runs)
            await until(lambda: server.now == 100)
            await asyncio.sleep(0.05)
            assert server.now == 100
            server.go.set()
            assert all(result.ok for result in await task)
        return server.most

    assert asyncio.run(go()) == 100


def test_a_slow_server_is_asked_by_all(flow: str) -> None:
    async def go() -> None:
        server = Server()
        async with arazzo.AsyncRunner(transport=server) as runner:
            runner._in_flight = InFlight(at_once=10, slow=0.02)
            program = runner.load(flow)
            task = asyncio.create_task(runner.run_many(program, [{}] * 60, concurrency=60))
            await until(lambda: server.now == 60)
            server.go.set()
            assert all(result.ok for result in await task)

    asyncio.run(go())


def test_never_more_than_files_can_be_open() -> None:
    async def go() -> None:
        places = InFlight(at_once=5, slow=0.0, most=7)
        turns = [Turn(places) for _ in range(9)]
        tasks = [asyncio.create_task(turn.take()) for turn in turns]
        await asyncio.sleep(0.05)
        assert [turn.taken for turn in turns] == [True] * 7 + [False] * 2
        turns[0].leave()
        turns[0].leave()  # once is enough
        await asyncio.sleep(0.05)
        assert [turn.taken for turn in turns] == [False] + [True] * 7 + [False]
        tasks[8].cancel()
        for turn in turns:
            turn.close()
        assert (places.quick._value, places.every._value) == (5, 7)

    asyncio.run(go())


def test_a_place_that_nobody_got_is_given_back() -> None:
    async def go() -> None:
        places = InFlight(at_once=1, slow=60, most=2)
        first, second = Turn(places), Turn(places)
        await first.take()
        waits = asyncio.create_task(second.take())
        await asyncio.sleep(0)
        waits.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waits
        first.close()
        assert (places.quick._value, places.every._value) == (1, 2)

    asyncio.run(go())


def test_no_limit_of_open_files(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource", reason="POSIX only")
    for soft, places in ((1024, 960), (10, 16), (resource.RLIM_INFINITY, 65536)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, soft=soft: (soft, soft))
        assert InFlight().every._value == places
    monkeypatch.setitem(__import__("sys").modules, "resource", None)
    assert InFlight().every._value == 4096


# -- stopping ------------------------------------------------------------------------------------


def test_runs_that_have_not_begun_come_to_nothing(flow: str) -> None:
    async def go() -> None:
        server = Server()
        async with arazzo.AsyncRunner(transport=server) as runner:
            program = runner.load(flow)
            task = asyncio.create_task(runner.run_many(program, [{}] * 250, concurrency=250))
            await until(lambda: server.now == 100)
            runner.stop()
            await asyncio.sleep(0.05)
            server.go.set()
            results = await task
        assert len(results) == 250
        kinds = {result.error.kind for result in results if result.error}
        assert kinds == {"interrupted"}
        assert {result.exit_code for result in results} == {130}
        assert server.seen == 100  # those under way were answered, no other was sent
        assert [len(result.steps) for result in results] == [2] * 100 + [1] * 100 + [0] * 50

    asyncio.run(go())


@pytest.mark.parametrize("kept", [True, False])
def test_a_run_that_waits_for_its_turn_stops(tmp_path: Path, flow: str, kept: bool) -> None:
    """Its request is not sent, and the journal does not say that it may have been."""

    async def go() -> None:
        runs = Runs(tmp_path / "runs", "async")
        server = Server()
        journal = runs.journal() if kept else None
        async with arazzo.AsyncRunner(transport=server, journal=journal) as runner:
            runner._in_flight = InFlight(at_once=1, slow=60)
            runner._in_flight.beginning = asyncio.Semaphore(5)
            first = asyncio.create_task(runner.run(flow, "main"))
            await until(lambda: server.now == 1)
            second = asyncio.create_task(runner.run(flow, "main"))
            await asyncio.sleep(0.05)
            runner.stop()
            result = await second
            assert result.error is not None
            assert result.error.kind == "interrupted"
            server.go.set()
            await first
        assert server.seen == 1
        if kept:
            with runs.journal().connection as connection:
                listed = list_runs(connection)
            assert [row.status for row in listed] == ["interrupted"] * 2  # not: uncertain

    (tmp_path / "runs").mkdir()
    asyncio.run(go())


# -- memory --------------------------------------------------------------------------------------


def test_a_poll_of_many_runs_keeps_its_newest_visit(tmp_path: Path) -> None:
    runs = Runs(tmp_path, "async")

    async def go(fold: bool) -> arazzo.RunResult:
        transport = CannedResponses([CREATED, RUNNING, RUNNING, RUNNING, DONE])
        async with arazzo.AsyncRunner(transport=transport, clock=FakeClock()) as runner:
            if not fold:
                return await runner.run(str(runs.file), "main", inputs={"name": "n"})
            return (await runner.run_many(str(runs.file), [{"name": "n"}], "main"))[0]

    every, folded = asyncio.run(go(fold=False)), asyncio.run(go(fold=True))
    assert every.ok
    assert folded.ok
    polled = [step for step in every.steps if step.step_id == every.steps[-1].step_id]
    assert [step.visit for step in polled] == [1, 2, 3, 4]
    assert [step.step_id for step in folded.steps] == list(
        dict.fromkeys(step.step_id for step in every.steps)
    )
    assert folded.steps[-1].visit == 4
    assert folded.steps[-1].response == every.steps[-1].response
    assert folded.outputs == every.outputs


def test_a_run_that_waits_holds_no_answers(flow: str) -> None:
    """Neither of its poll nor of what it reads: only what the steps put out."""

    class Held(dict[str, Any]):
        """A body that can be looked for."""

    alive: list[weakref.ref[Any]] = []

    class Asked:
        async def perform(self, effect: Any) -> Any:
            if isinstance(effect, Wait):
                await asyncio.sleep(60)
            body = Held(state="busy")
            alive.append(weakref.ref(body))
            return ResponseArrived(Response(200, (), body, ""), 1.0)

    async def go() -> int:
        async with arazzo.AsyncRunner(performer=Asked()) as runner:
            task = asyncio.create_task(runner.run_many(flow, [{}] * 3, "main"))
            await until(lambda: runner.waiting == 3)
            gc.collect()
            held = sum(ref() is not None for ref in alive)
            runner.stop()
            for result in await task:
                assert [step.step_id for step in result.steps] == ["make", "look"]
                assert result.steps[-1].outputs == {"state": "busy"}
        return held

    assert len(alive) == 0
    held = asyncio.run(go())
    assert len(alive) == 6
    assert held == 3  # what the first step was answered, which the result has


def test_runs_that_go_on_in_a_wait_let_others_begin(tmp_path: Path) -> None:
    runs = Runs(tmp_path, "async")

    async def begin(answers: list[Any]) -> None:
        transport = CannedResponses(answers)
        async with arazzo.AsyncRunner(transport=transport, journal=runs.journal()) as runner:
            task = asyncio.create_task(runner.run(str(runs.file), "main", inputs={"name": "n"}))
            await until(lambda: runner.waiting == 1)
            runner.stop()
            await task

    async def go_on() -> None:
        with runs.journal().connection as connection:
            ids = [row.run_id for row in list_runs(connection)]
        async with arazzo.AsyncRunner(journal=runs.journal()) as runner:
            runner._in_flight = InFlight(at_once=1)
            tasks = [asyncio.create_task(runner.resume(run_id)) for run_id in ids]
            await until(lambda: runner.waiting == 3)
            runner.stop()
            for result in await asyncio.gather(*tasks):
                assert result.error is not None
                assert result.error.kind == "interrupted"

    for _ in range(3):
        asyncio.run(begin([CREATED, RUNNING]))
    asyncio.run(go_on())


@pytest.mark.parametrize(("runs", "rarely"), [(999, False), (1000, True)])
def test_the_collector_is_calm_while_very_many_run(runs: int, rarely: bool) -> None:
    before = gc.get_threshold()
    with pytest.raises(KeyError), calm_collector(runs):  # noqa: PT012
        now = gc.get_threshold()
        raise KeyError
    assert now[:2] == before[:2]
    assert (now[2] > before[2]) is rarely
    assert gc.get_threshold() == before


RETRYING = FLOW.replace(
    "      - {stepId: after, operationId: look}\n",
    """\
      - stepId: after
        operationId: look
        onFailure: [{name: later, type: retry, retryAfter: 5, retryLimit: 1}]
""",
)


def test_a_retry_leaves_the_answer_of_the_step_before(flow: str) -> None:
    """Only an answer of the poll that goes on is given up."""
    Path(flow).write_text(RETRYING, encoding="utf-8")

    async def go() -> arazzo.RunResult:
        answers = [(200, {}), (200, {"state": "busy"}), (200, {"state": "done"}), (500, {})]
        transport = CannedResponses([*answers, (200, {"last": 1})])
        async with arazzo.AsyncRunner(transport=transport, clock=FakeClock()) as runner:
            return (await runner.run_many(flow, [{}], "main"))[0]

    result = asyncio.run(go())
    assert result.ok
    bodies = [(step.step_id, step.response and step.response.body) for step in result.steps]
    assert bodies == [("make", {}), ("look", {"state": "done"}), ("after", {"last": 1})]
