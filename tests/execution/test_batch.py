"""Many rows: each once, in whatever order; stopped, gone on with, throttled, logged in once."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

import arazzo_runner as arazzo
from arazzo_runner.errors import InputError, UsageError
from arazzo_runner.execution.batch import (
    Before,
    Row,
    RowEnded,
    find_rows,
    row_key,
    run_rows,
    share_dependencies,
)
from arazzo_runner.execution.journal_queries import rows_of_batch
from arazzo_runner.execution.journal_sqlite import SqliteJournal
from arazzo_runner.testing import CannedResponses, FakeClock
from tests.execution.durable import FLOW, Runs, gone


class Server(httpx.AsyncBaseTransport):
    """Creates jobs; each is done at its third look. ``dies_at`` kills at that request."""

    def __init__(self, *, dies_at: int | None = None, fails: tuple[str, ...] = ()) -> None:
        self.created: list[str] = []
        self.looks: dict[str, int] = {}
        self.dies_at = dies_at
        self.fails = fails
        self.count = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.count += 1
        if self.count == self.dies_at:
            raise RuntimeError("killed")
        if request.method == "POST":
            name = json.loads(await request.aread())["name"]
            self.created.append(name)
            return httpx.Response(500 if name in self.fails else 201, json={"id": f"id-{name}"})
        name = request.url.path.rpartition("/")[2]
        self.looks[name] = self.looks.get(name, 0) + 1
        return httpx.Response(200, json={"status": "running" if self.looks[name] < 3 else "done"})


def batch(
    runs: Runs, rows: list[Row], server: Any, *, before: Any = None, **options: Any
) -> list[RowEnded]:
    ended: list[RowEnded] = []
    journal = runs.journal()

    async def go() -> None:
        settings = {
            k: options.pop(k) for k in ("on_uncertain", "probes", "teardown") if k in options
        }
        async with arazzo.AsyncRunner(
            transport=server, journal=journal, clock=FakeClock(time.time()), **settings
        ) as runner:
            program = runner.load(str(runs.file), "main")
            await run_rows(
                runner, program, "main", rows, batch="b", on_end=ended.append,
                before=find_rows(rows, before or {}),
                **{"concurrency": 4, **options},
            )  # fmt: skip

    try:
        asyncio.run(go())
    finally:
        journal.close()
    return ended


def rows_of(*names: str) -> list[Row]:
    return [Row(number, {"name": name}) for number, name in enumerate(names, 1)]


def kept_rows(runs: Runs) -> dict[tuple[int, str], Before]:
    journal = SqliteJournal(runs.path)
    found = rows_of_batch(journal.connection, "b")
    journal.close()
    return {
        place: Before(run_id, status, None if result is None else json.loads(result))
        for place, (run_id, status, result) in found.items()
    }


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path, "async")


def test_every_row_is_run_once(runs: Runs) -> None:
    server = Server(fails=("c",))
    ended = batch(runs, rows_of(*"abcdefghij"), server)
    assert sorted(server.created) == list("abcdefghij")
    assert {row.number: row.status for row in ended}[3] == "failed"
    assert sum(row.status == "completed" for row in ended) == 9
    first = next(row for row in ended if row.number == 1)
    assert first.result is not None
    assert first.result.outputs == {"id": "id-a", "status": "done"}
    assert first.result.steps == (), "a thousand rows need no steps"


def test_rows_that_cannot_be_read_or_do_not_fit_fail_alone(runs: Runs) -> None:
    rows = [Row(1, {}, InputError("rows.csv:2: bad")), Row(2, {"size": "x"}), Row(3, {"name": "c"})]
    ended = {row.number: row for row in batch(runs, rows, Server())}
    assert [ended[n].status for n in (1, 2, 3)] == ["failed", "failed", "completed"]
    assert ended[1].result is not None
    assert ended[1].result.error is not None
    assert ended[1].result.error.message == "rows.csv:2: bad"


def test_what_is_wrong_with_the_call_is_one_error(runs: Runs) -> None:
    class Wrong(Server):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        batch(runs, rows_of("a", "b"), Wrong())


def test_no_row_is_begun_after_too_many_failures(runs: Runs) -> None:
    server = Server(fails=tuple("abcdefghij"))
    ended = batch(runs, rows_of(*"abcdefghij"), server, max_failures=3, concurrency=1)
    assert len(ended) == 3
    assert server.created == ["a", "b", "c"]


def test_a_batch_that_is_killed_goes_on(runs: Runs) -> None:
    names = "abcdefgh"
    first = Server(dies_at=17)
    with pytest.raises(RuntimeError):
        batch(runs, rows_of(*names), first, concurrency=8)
    gone(runs.path)
    before = kept_rows(runs)
    done = {n for n, row in before.items() if row.status == "completed"}
    second = Server()
    second.looks = first.looks
    ended = batch(runs, rows_of(*names), second, before=before, on_uncertain="resend")
    assert {row.number: row.status for row in ended} == dict.fromkeys(range(1, 9), "completed")
    assert {row.number for row in ended if row.before is not None} == done
    assert sorted(first.created + second.created) == list(names), "none is created twice"


def test_rows_in_doubt_are_failed_and_stay(runs: Runs) -> None:
    with pytest.raises(RuntimeError):
        batch(runs, rows_of("a"), Server(dies_at=1))
    gone(runs.path)
    (row,) = batch(runs, rows_of("a"), Server(), before=kept_rows(runs))
    assert row.result is not None
    assert row.result.error is not None
    assert row.result.error.kind == "uncertain"
    (row,) = batch(runs, rows_of("a"), Server(), before=kept_rows(runs), on_uncertain="resend")
    assert row.status == "completed"


def test_failed_rows_are_repeated_only_when_asked(runs: Runs) -> None:
    batch(runs, rows_of("a", "b"), Server(fails=("a",)))
    before = kept_rows(runs)
    again = Server()
    ended = batch(runs, rows_of("a", "b"), again, before=before)
    assert again.count == 0
    assert sorted(row.status for row in ended) == ["completed", "failed"]
    ended = batch(runs, rows_of("a", "b"), again, before=before, repeat_failed=True)
    assert again.created == ["a"]
    assert all(row.status == "completed" for row in ended)


def test_a_row_that_has_changed_is_another_row(runs: Runs) -> None:
    batch(runs, rows_of("a", "b"), Server())
    server = Server()
    ended = batch(runs, rows_of("a", "c"), server, before=kept_rows(runs))
    assert server.created == ["c"]
    assert len(ended) == 2


def test_rows_are_known_by_what_they_hold(runs: Runs) -> None:
    batch(runs, rows_of("a", "b", "b", "c"), Server())
    server = Server()
    moved = rows_of("new", "b", "c", "b", "b")
    ended = batch(runs, moved, server, before=kept_rows(runs))
    assert sorted(server.created) == ["b", "new"], "there were two of them"
    assert {row.number for row in ended if row.before is not None} == {2, 3, 4}
    again = Server()
    batch(runs, moved, again, before=kept_rows(runs))
    assert again.created == []


def test_rows_have_a_workflow_that_comes_last(runs: Runs) -> None:
    class Cleaning(Server):
        def __init__(self, dies_at: int | None = None) -> None:
            super().__init__()
            self.cleaned: list[str] = []
            self.dies_cleaning = dies_at

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.method == "PUT":
                name = request.url.path.rpartition("/")[2]
                self.cleaned.append(name)
                if len(self.cleaned) == self.dies_cleaning:
                    raise RuntimeError("killed")
                return httpx.Response(500 if name == "b" else 200)
            return await super().handle_async_request(request)

    server = Cleaning()
    ended = batch(runs, rows_of("a", "b"), server, teardown="clean")
    assert sorted(server.cleaned) == ["a", "b"]
    assert {row.number: row.status for row in ended} == {1: "completed", 2: "failed"}
    dying = Cleaning(dies_at=1)
    runs.path = runs.folder / "other.db"
    with pytest.raises(RuntimeError):
        batch(runs, rows_of("a"), dying, teardown="clean")
    gone(runs.path)
    assert [before.status for before in kept_rows(runs).values()] == ["cleaning"]
    again = Cleaning()
    (row,) = batch(runs, rows_of("a"), again, before=kept_rows(runs), teardown="clean")
    assert row.status == "completed"
    assert again.cleaned == ["a"]
    assert again.created == []


def test_a_row_that_was_stopped_and_cleaned_up_begins_anew(runs: Runs) -> None:
    place, interrupted = (1, row_key({"name": "a"})), {"error": {"kind": "interrupted"}}
    server = Server()
    batch(runs, rows_of("a"), server, before={place: Before("r", "failed", interrupted)})
    assert server.created == ["a"]


def test_secret_inputs_of_a_row_are_at_hand_when_it_goes_on(runs: Runs) -> None:
    rows = [Row(1, {"name": "a", "key": "secret-of-a-row"})]
    with pytest.raises(RuntimeError):
        batch(runs, rows, Server(dies_at=2))
    gone(runs.path)
    (row,) = batch(runs, rows, Server(), before=kept_rows(runs))
    assert row.status == "completed"


def test_a_batch_that_is_stopped_can_go_on(runs: Runs) -> None:
    class Stopping(Server):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await super().handle_async_request(request)
            if self.count == 6:
                runners[0].stop()
            return response

    runners: list[arazzo.AsyncRunner] = []
    ended: list[RowEnded] = []
    journal = runs.journal()

    async def go() -> None:
        async with arazzo.AsyncRunner(
            transport=server, journal=journal, clock=FakeClock()
        ) as runner:
            runners.append(runner)
            program = runner.load(str(runs.file), "main")
            await run_rows(
                runner, program, "main", rows_of(*"abcdef"), batch="b", concurrency=3,
                on_end=ended.append,
            )  # fmt: skip

    server = Stopping()
    asyncio.run(go())
    journal.close()
    kinds = [row.result.error.kind for row in ended if row.result and row.result.error]
    assert kinds == ["interrupted"] * len(kinds)
    assert len(kinds) >= 1
    rest = Server()
    rest.looks = server.looks
    batch(runs, rows_of(*"abcdef"), rest, before=kept_rows(runs))
    assert sorted(server.created + rest.created) == list("abcdef")


# -- a login for all -------------------------------------------------------------------------------

SHARED = (
    FLOW.replace("- workflowId: main\n", "- workflowId: main\n  dependsOn: [login]\n", 1).replace(
        "value: $inputs.key", "value: $workflows.login.outputs.token"
    )
    + """\
- workflowId: login
  inputs: {type: object, properties: {size: {type: integer}}}
  steps: [{stepId: in, operationId: told, outputs: {token: $response.body#/id}}]
  outputs: {token: $steps.in.outputs.token}
"""
)


def test_a_login_is_shared_by_all_rows(tmp_path: Path) -> None:
    runs = Runs(tmp_path, "async", SHARED)
    requests: list[httpx.Request] = []
    answers = CannedResponses([(200, {"id": "T", "status": "done"})], requests.append)
    ended: list[RowEnded] = []

    async def go() -> None:
        async with arazzo.AsyncRunner(transport=answers, clock=FakeClock()) as runner:
            program = runner.load(str(runs.file), "main")
            shared = await share_dependencies(runner, program, "main", {"size": 4, "name": "a"})
            await run_rows(
                runner, program, "main", rows_of("a", "b", "c"), batch="b", concurrency=1,
                on_end=ended.append, shared=shared,
            )  # fmt: skip

    asyncio.run(go())
    assert [row.status for row in ended] == ["completed"] * 3
    assert [r.url.path for r in requests].count("/told") == 1
    assert {r.headers["x-key"] for r in requests if r.url.path == "/jobs"} == {"T"}


def test_a_shared_login_is_not_cleaned_up_after(tmp_path: Path) -> None:
    runs = Runs(tmp_path, "async", SHARED)
    answers = CannedResponses([(200, {"id": "T", "status": "done"})])

    async def go() -> None:
        async with arazzo.AsyncRunner(transport=answers, teardown="clean") as runner:
            program = runner.load(str(runs.file))
            await share_dependencies(runner, program, "main", {"size": 4, "name": "a"})

    asyncio.run(go())
    assert [request.url.path for request in answers.requests] == ["/told"]


def test_a_login_that_fails_stops_the_batch(tmp_path: Path) -> None:
    runs = Runs(tmp_path, "async", SHARED)

    async def go() -> None:
        async with arazzo.AsyncRunner(
            transport=CannedResponses([(500, {})]), clock=FakeClock()
        ) as runner:
            program = runner.load(str(runs.file), "main")
            await share_dependencies(runner, program, "main", {})

    with pytest.raises(UsageError, match="'login', which every row depends on, failed: the answer"):
        asyncio.run(go())


def test_a_login_of_another_document_cannot_be_shared(tmp_path: Path) -> None:
    runs = Runs(tmp_path, "async", SHARED)
    (tmp_path / "other.yaml").write_text(SHARED)
    flow = SHARED.replace("dependsOn: [login]", "dependsOn: [$sourceDescriptions.o.login]").replace(
        "type: openapi}]", "type: openapi}, {name: o, url: other.yaml, type: arazzo}]"
    )
    runs.file.write_text(flow.replace("- workflowId: login", "- workflowId: logout"))

    async def go() -> None:
        async with arazzo.AsyncRunner() as runner:
            program = runner.load(str(runs.file), "main")
            await share_dependencies(runner, program, "main", {})

    with pytest.raises(UsageError, match="is of another document"):
        asyncio.run(go())


def test_rows_have_keys() -> None:
    assert row_key({"a": 1, "b": b"x"}) == row_key({"b": b"x", "a": 1})
    assert row_key({"a": 1}) != row_key({"a": "1"})
    assert RowEnded(1, None).status == "failed"
