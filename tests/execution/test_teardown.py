"""The workflow that comes last runs once, whatever happens to the run and to its process."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

import arazzo_runner as arazzo
from arazzo_runner.errors import InputError, JournalError, RunBusy, UncertainError, UsageError
from arazzo_runner.execution import Interrupted
from arazzo_runner.execution.journal_queries import RunRow, cancel, find_run, list_runs, prune
from arazzo_runner.execution.journal_sqlite import SqliteJournal
from arazzo_runner.interpreter import Noted
from arazzo_runner.testing import CannedResponses, FakeClock
from tests.execution.durable import CREATED, DONE, FLOW, RUNNING, Killed, Runs, both, gone

CLEANED = (200, {})
LAST = {"teardown": "clean"}


@pytest.fixture(params=["sync", "async"])
def runs(request: pytest.FixtureRequest, tmp_path: Path) -> Runs:
    return Runs(tmp_path, request.param)


@pytest.fixture
def sync(tmp_path: Path) -> Runs:
    return Runs(tmp_path, "sync")


def urls(runs: Runs) -> list[str]:
    return [f"{r.method} {r.url.path}" for r in runs.requests]


def kept(runs: Runs) -> dict[str, RunRow]:
    """What the journal has, by workflow."""
    journal = runs.journal()
    found = {row.workflow_id: row for row in list_runs(journal.connection)}
    journal.close()
    return found


def resume(runs: Runs, run_id: str, answers: list[Any], **settings: Any) -> Any:
    inputs = settings.pop("inputs", None)
    return runs._with(lambda runner: runner.resume(run_id, inputs=inputs), answers, settings)


# -- what it is given, what it comes to ----------------------------------------------------------


def test_it_runs_whatever_happened(runs: Runs) -> None:
    result = runs.run([CREATED, DONE, CLEANED], **LAST)
    assert (result.status, result.exit_code) == ("completed", 0)
    assert result.teardown.outputs == {"id": "j1"}, "outputs are its inputs by name"
    assert urls(runs)[-1] == "PUT /jobs/n1"
    failed = runs.run([CREATED, (500, {}), CLEANED], **LAST)
    assert (failed.status, failed.exit_code) == ("failed", 1)
    assert failed.teardown.outputs == {"id": "j1"}, "of the steps so far"
    failed = runs.run([CREATED, DONE, (500, {})], **LAST)
    assert (failed.status, failed.exit_code) == ("completed", 1)


def test_without_a_journal_too(sync: Runs) -> None:
    program = arazzo.Runner().load(str(sync.file), "main")
    with arazzo.Runner(transport=CannedResponses([CREATED, DONE, CLEANED]), **LAST) as runner:
        assert runner.run(program, "main", inputs={"name": "n1"}).teardown is not None
        assert runner.run(program, "main", inputs={"name": "n1"}).teardown is not None


def test_rows_have_one_each(tmp_path: Path) -> None:
    runs = Runs(tmp_path, "async")

    async def go() -> list[arazzo.RunResult]:
        async with arazzo.AsyncRunner(
            transport=CannedResponses([CREATED, DONE, CLEANED]), **LAST
        ) as runner:
            return await runner.run_many(
                str(runs.file), [{"name": "a"}, {"name": "b"}], "main", concurrency=1
            )

    assert [row.teardown is not None for row in asyncio.run(go())] == [True, True]


def test_one_that_does_not_exist_is_found_before(runs: Runs) -> None:
    with pytest.raises(UsageError, match="no workflow 'claen'"):
        runs.run([CREATED, DONE], teardown="claen")
    assert runs.requests == []


def test_one_that_may_not_be_sent_is_found_before(runs: Runs) -> None:
    api = runs.folder / "api.yaml"
    api.write_text(api.read_text().replace(
        "    put: {", "    put: {servers: [{url: 'http://other.test'}], "
    ))  # fmt: skip
    with pytest.raises(UsageError, match="step 'remove' may not be sent"):
        runs.run([CREATED, DONE], allow_hosts=("jobs.test",), **LAST)
    assert runs.requests == []


NEEDY = FLOW.replace(
    "inputs: {type: object, properties: {name: {type: string}, id: {type: string}}}",
    "inputs: {type: object, required: [id], properties: {name: {type: string}, id: "
    "{type: string}}}",
)


@both
def test_one_that_lacks_an_input_fails_and_the_run_does_not(door: str, tmp_path: Path) -> None:
    runs = Runs(tmp_path, door, NEEDY)
    result = runs.run([(500, {}), CLEANED], **LAST)
    assert (result.status, result.error.step_id) == ("failed", "create")
    assert (result.teardown.status, result.teardown.error.kind) == ("failed", "inputs")
    assert "id" in result.teardown.error.message
    assert kept(runs)["main"].status == "failed"
    assert "clean" not in kept(runs)


# -- interrupted ---------------------------------------------------------------------------------


class Interrupting(FakeClock):
    """Ctrl-C at the waits of these numbers."""

    def __init__(self, *numbers: int) -> None:
        super().__init__()
        self.numbers = numbers

    def sleep(self, seconds: float, on_tick: Any = None) -> None:
        super().sleep(seconds, on_tick)
        if len(self.sleeps) in self.numbers:
            raise KeyboardInterrupt


SLOW = FLOW.replace(
    "  outputs: {id: $inputs.id}\n",
    "    onSuccess:\n"
    "    - {name: again, type: goto, stepId: remove, "
    "criteria: [{condition: $response.body#/status == 'running'}]}\n"
    "  outputs: {id: $inputs.id}\n",
)


def test_it_runs_after_an_interrupt(sync: Runs) -> None:
    with pytest.raises(Interrupted) as caught:
        sync.run([CREATED, RUNNING, CLEANED], clock=Interrupting(1), **LAST)
    assert urls(sync)[-1] == "PUT /jobs/n1"
    assert not caught.value.kept, "what is cleaned up cannot go on"
    assert caught.value.result.exit_code == 130
    assert caught.value.result.teardown.ok
    assert {row.status for row in kept(sync).values()} == {"completed", "failed"}


def test_the_second_interrupt_stops_it_too_and_it_can_go_on(tmp_path: Path) -> None:
    sync = Runs(tmp_path, "sync", SLOW)
    with pytest.raises(Interrupted) as caught:
        sync.run([CREATED, RUNNING, RUNNING], clock=Interrupting(1, 2), **LAST)
    result = caught.value.result
    assert (result.error.kind, result.teardown.error.kind) == ("interrupted", "interrupted")
    assert caught.value.kept
    assert kept(sync)["clean"].status == "interrupted"
    again = resume(sync, result.run_id, [CLEANED])
    assert (again.run_id, again.status, again.error.kind) == (
        result.run_id, "failed", "interrupted",
    )  # fmt: skip
    assert again.teardown.ok
    with pytest.raises(UsageError, match="is over: failed"):
        resume(sync, result.run_id, [])


def test_an_interrupt_while_it_runs_is_one_of_a_run_that_is_over(tmp_path: Path) -> None:
    sync = Runs(tmp_path, "sync", SLOW)
    with pytest.raises(Interrupted) as caught:
        sync.run([CREATED, DONE, RUNNING], clock=Interrupting(1), **LAST)
    assert (caught.value.result.status, caught.value.result.exit_code) == ("completed", 130)
    assert resume(sync, caught.value.result.run_id, [CLEANED]).exit_code == 0


def test_stopping_all_runs_lets_what_comes_last_run(tmp_path: Path) -> None:
    runs = Runs(tmp_path, "async", SLOW)
    answers = CannedResponses([CREATED, RUNNING, RUNNING, CLEANED])

    async def go() -> arazzo.RunResult:
        class Stopping(FakeClock):
            async def sleep_async(self, seconds: float) -> None:
                await super().sleep_async(seconds)
                if len(self.sleeps) == 1:
                    asyncio.get_running_loop().call_soon(runner.stop)
                    await asyncio.sleep(60)

        runner = arazzo.AsyncRunner(
            transport=answers, clock=Stopping(), journal=runs.journal(), **LAST
        )
        async with runner:
            return await runner.run(str(runs.file), "main", inputs={"name": "n1"})

    result = asyncio.run(go())
    assert result.error is not None
    assert result.error.kind == "interrupted"
    assert result.teardown is not None
    assert result.teardown.ok
    assert len(answers.requests) == 4


# -- killed --------------------------------------------------------------------------------------


def test_of_a_run_that_was_killed(runs: Runs) -> None:
    runs.killed([CREATED, Killed], **LAST)
    runs.file.unlink()
    result = resume(runs, kept(runs)["main"].run_id, [DONE, CLEANED])
    assert result.ok
    assert result.teardown.outputs == {"id": "j1"}
    assert urls(runs)[-1] == "PUT /jobs/n1"


def test_killed_while_it_runs(runs: Runs) -> None:
    runs.killed([CREATED, DONE, Killed], **LAST)
    found = kept(runs)
    assert (found["main"].status, found["clean"].status) == ("completed", "stopped")
    assert found["clean"].teardown_of == found["main"].run_id
    with pytest.raises(UsageError, match="the workflow that comes last is not"):
        runs._with(lambda runner: runner.retry(found["main"].run_id), [], {})
    result = resume(runs, found["main"].run_id, [CLEANED])
    assert (result.workflow_id, result.outputs) == ("main", {"id": "j1", "status": "done"})
    assert [step.step_id for step in result.steps] == ["create", "wait"]
    assert result.teardown.outputs == {"id": "j1"}
    assert urls(runs).count("POST /jobs") == 1
    assert {row.status for row in kept(runs).values()} == {"completed"}


def test_it_can_be_gone_on_with_by_its_own_name(runs: Runs) -> None:
    runs.killed([CREATED, DONE, Killed], **LAST)
    result = resume(runs, kept(runs)["clean"].run_id, [CLEANED], **LAST)
    assert (result.workflow_id, result.teardown) == ("clean", None)
    assert len(kept(runs)) == 2


UNSAFE = FLOW.replace("operationId: putJob", "operationId: createJob").replace(
    "    parameters: [{name: name, in: path, value: $inputs.name}]\n  outputs: {id: $inputs.id}",
    "  outputs: {id: $inputs.id}",
)


@both
def test_it_asks_as_any_run_does(door: str, tmp_path: Path) -> None:
    runs = Runs(tmp_path, door, UNSAFE)
    runs.killed([CREATED, DONE, Killed], **LAST)
    run_id = kept(runs)["main"].run_id
    with pytest.raises(UncertainError, match="did step 'remove' do its work"):
        resume(runs, run_id, [])
    assert resume(runs, run_id, [CLEANED], on_uncertain="resend").teardown.ok


class Dies(SqliteJournal):
    """Its process is dead before or after the transaction of this number."""

    def __init__(self, path: Path, number: int, *, after: bool) -> None:
        super().__init__(path)
        self.left = number
        self.after = after

    def commit(self, entry: Any) -> bool:
        self.left -= 1
        if self.left == 0 and not self.after:
            raise Killed
        cancelled = super().commit(entry)
        if self.left == 0:
            raise Killed
        return cancelled

    async def commit_async(self, entry: Any) -> bool:
        return self.commit(entry)


@both
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(1, 6))
def test_whenever_it_is_killed_it_runs_once(
    door: str, number: int, after: bool, tmp_path: Path
) -> None:
    runs = Runs(tmp_path, door)
    try:
        runs.run([CREATED, DONE, CLEANED], journal=Dies(runs.path, number, after=after), **LAST)
        assert number == 5, "there are four transactions"
    except Killed:
        gone(runs.path)
    found = kept(runs)
    if "main" not in found:
        assert runs.requests == []
        return
    if found.get("clean") is None or found["clean"].status != "completed":
        answers = {"main": [CREATED, DONE, CLEANED], "wait": [DONE, CLEANED], "clean": [CLEANED]}
        where = "clean" if "clean" in found else found["main"].step_id
        run_id = found["main"].run_id
        again = resume(runs, run_id, answers.get(where, answers["main"]), on_uncertain="resend")
        assert again.teardown.ok
    found = kept(runs)
    assert len(found) == 2
    assert {row.status for row in found.values()} == {"completed"}
    assert found["clean"].teardown_of == found["main"].run_id


# -- the journal ---------------------------------------------------------------------------------


class Full(SqliteJournal):
    """A journal on a disk that is full when a run ends, for so many transactions."""

    def __init__(self, path: Path, times: int) -> None:
        super().__init__(path)
        self.times = times

    def commit(self, entry: Any) -> bool:
        if entry.after is not None and self.times > 0:
            self.times -= 1
            raise JournalError("the disk is full")
        return super().commit(entry)

    async def commit_async(self, entry: Any) -> bool:
        return self.commit(entry)


def test_on_a_full_disk_it_sends_what_may_be_sent_twice(runs: Runs) -> None:
    result = runs.run([CREATED, DONE, CLEANED], journal=Full(runs.path, 1), **LAST)
    assert result.teardown.ok
    (note,) = (r for r in runs.records if type(r) is Noted)
    assert "the disk is full; the run goes on" in note.message
    assert {row.status for row in kept(runs).values()} == {"completed"}, "there was room again"


def test_when_it_could_not_be_kept_the_run_goes_on_and_it_runs_again(runs: Runs) -> None:
    assert runs.run([CREATED, DONE, CLEANED], journal=Full(runs.path, 9), **LAST).teardown.ok
    gone(runs.path)
    (row,) = kept(runs).values()
    assert (row.workflow_id, row.status) == ("main", "stopped")
    assert resume(runs, row.run_id, [DONE, CLEANED]).teardown.ok


@both
def test_on_a_full_disk_it_stops_before_what_may_not_be_sent_twice(
    door: str, tmp_path: Path
) -> None:
    runs = Runs(tmp_path, door, UNSAFE)
    result = runs.run([CREATED, DONE, CLEANED], journal=Full(runs.path, 9), **LAST)
    assert (result.status, result.teardown.error.kind) == ("completed", "journal")
    assert urls(runs) == ["POST /jobs", "GET /jobs/n1"]
    gone(runs.path)
    assert resume(runs, result.run_id, [DONE, CLEANED]).teardown.ok
    assert urls(runs) == ["POST /jobs", "GET /jobs/n1", "GET /jobs/n1", "POST /jobs"]


def test_a_run_that_somebody_else_has_now_is_not_cleaned_up_here(runs: Runs) -> None:
    class Lost(SqliteJournal):
        def commit(self, entry: Any) -> bool:
            if entry.after is not None:
                raise RunBusy("another process took it")
            return super().commit(entry)

        async def commit_async(self, entry: Any) -> bool:
            return self.commit(entry)

    result = runs.run([CREATED, DONE, CLEANED], journal=Lost(runs.path), **LAST)
    assert result.teardown is None
    assert urls(runs) == ["POST /jobs", "GET /jobs/n1"]


def test_one_of_a_run_that_is_not_kept_is_kept_when_it_waits(tmp_path: Path) -> None:
    sync = Runs(tmp_path, "sync", SLOW)
    settings = arazzo.Settings(journal=sync.path, journal_after=10.0, teardown="clean")
    answers = [CREATED, DONE, *[RUNNING] * 6, CLEANED]
    assert sync.run(answers, journal=None, settings=settings).teardown.ok
    assert list(kept(sync)) == ["clean"]
    assert kept(sync)["clean"].teardown_of is None


def test_secrets_of_a_run_are_no_secrets_of_its_teardown_s_journal(sync: Runs) -> None:
    flow = FLOW.replace(
        "properties: {name: {type: string}, id: {type: string}}}",
        "properties: {name: {type: string}, id: {type: string}, key: {type: string}}}",
    )
    sync.file.write_text(flow)
    given = {"name": "n1", "key": "sesame-open-now"}
    sync.killed([CREATED, DONE, Killed], inputs=given, **LAST)
    assert b"sesame" not in b"".join(each.read_bytes() for each in sync.folder.glob("runs.db*"))
    run_id = kept(sync)["main"].run_id
    with pytest.raises(InputError, match="input 'key' is secret and was not kept"):
        resume(sync, run_id, [])
    assert resume(sync, run_id, [CLEANED], inputs={"key": "sesame-open-now"}).teardown.ok


def test_what_was_masked_is_taken_from_the_state(sync: Runs) -> None:
    token = {"id": "token-of-the-job", "access_token": "token-of-the-job"}
    sync.killed([(201, token), Killed], **LAST)
    again = resume(sync, kept(sync)["main"].run_id, [DONE, CLEANED])
    assert again.teardown.outputs == {"id": "token-of-the-job"}


# -- cancelled, tried again, forgotten -----------------------------------------------------------


def test_a_stopped_run_that_is_cancelled_is_cleaned_up_by_who_resumes_it(runs: Runs) -> None:
    runs.killed([CREATED, RUNNING, Killed], **LAST)
    journal = runs.journal()
    run_id = kept(runs)["main"].run_id
    assert cancel(journal.connection, run_id) == "cancelling"
    result = resume(runs, run_id, [CLEANED])
    assert (result.error.kind, result.teardown.ok) == ("cancelled", True)
    assert urls(runs)[-2:] == ["GET /jobs/n1", "PUT /jobs/n1"]
    assert kept(runs)["main"].status == "cancelled"
    assert cancel(journal.connection, run_id) == "completed", "that of the teardown"


def test_one_in_doubt_is_not_asked_about(runs: Runs) -> None:
    runs.killed([Killed], **LAST)
    journal = runs.journal()
    run_id = kept(runs)["main"].run_id
    cancel(journal.connection, run_id)
    assert resume(runs, run_id, [CLEANED]).teardown.ok
    assert urls(runs) == ["POST /jobs", "PUT /jobs/n1"]


def test_cancelling_a_run_that_is_over_ends_what_comes_last(runs: Runs) -> None:
    runs.killed([CREATED, DONE, Killed], **LAST)
    journal = runs.journal()
    assert cancel(journal.connection, kept(runs)["main"].run_id) == "cancelled"
    assert {n: row.status for n, row in kept(runs).items()} == {
        "main": "completed", "clean": "cancelled",
    }  # fmt: skip


def test_a_run_that_is_tried_again_is_cleaned_up_again(runs: Runs) -> None:
    runs.clock = FakeClock(time.time())
    failed = runs.run([CREATED, (500, {}), CLEANED], **LAST)
    runs.clock.advance(1.0)
    again = runs._with(lambda runner: runner.retry(failed.run_id), [DONE, CLEANED], {})
    assert again.ok
    assert again.teardown.run_id != failed.teardown.run_id
    journal = runs.journal()
    assert len(list_runs(journal.connection)) == 3
    assert journal.load(failed.run_id).teardown == again.teardown.run_id


def test_last_is_the_run_and_both_are_forgotten_together(sync: Runs) -> None:
    result = sync.run([CREATED, DONE, CLEANED], **LAST)
    journal = sync.journal()
    connection = journal.connection
    assert find_run(connection, "last") == result.run_id
    connection.execute("UPDATE runs SET updated_at = 5 WHERE teardown_of IS NULL")
    prune(connection, 10.0)
    assert len(list_runs(connection)) == 2, "what comes last is not that old"
    connection.execute("UPDATE runs SET updated_at = 5, status = 'waiting' WHERE id <> ?",
                       (result.run_id,))  # fmt: skip
    prune(connection, 10.0)
    assert len(list_runs(connection)) == 2, "it is not over"
    connection.execute("UPDATE runs SET status = 'completed'")
    prune(connection, 10.0)
    assert list_runs(connection) == []


def test_a_journal_of_before_is_read(sync: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    from arazzo_runner.execution import journal_file, journal_schema

    with monkeypatch.context() as patch:
        patch.setattr(journal_schema, "MIGRATIONS", journal_schema.MIGRATIONS[:1])
        patch.setattr(journal_schema, "VERSION", 1)
        patch.setattr(journal_file, "VERSION", 1)
        SqliteJournal(sync.path).close()
    reader = journal_file.open_journal(sync.path, read_only=True)
    assert list_runs(reader) == []
    reader.close()
    assert json.dumps(kept(sync)) == "{}"
