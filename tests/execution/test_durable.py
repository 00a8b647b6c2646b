"""Runs that are killed go on where they were, and nothing is done twice unasked."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

import arazzo_runner as arazzo
from arazzo_runner.errors import (
    InputError,
    JournalError,
    RunBusy,
    RunNotFound,
    UncertainError,
    UsageError,
)
from arazzo_runner.execution import Interrupted
from arazzo_runner.execution.journal_queries import cancel, list_runs, row_of
from arazzo_runner.execution.journal_sqlite import SqliteJournal
from arazzo_runner.interpreter import Noted, StepFinished
from arazzo_runner.testing import CannedResponses, FakeClock
from tests.execution.durable import (
    CREATED,
    DONE,
    FLOW,
    RUNNING,
    Killed,
    Runs,
    both,
    gone,
    only_run,
)


@pytest.fixture(params=["sync", "async"])
def runs(request: pytest.FixtureRequest, tmp_path: Path) -> Runs:
    return Runs(tmp_path, request.param)


@pytest.fixture
def sync(tmp_path: Path) -> Runs:
    return Runs(tmp_path, "sync")


def urls(runs: Runs) -> list[str]:
    return [f"{r.method} {r.url.path}" for r in runs.requests]


def test_a_run_that_is_killed_while_it_polls_goes_on(runs: Runs) -> None:
    runs.killed([CREATED, RUNNING, RUNNING, Killed])
    result = runs.resume([RUNNING, DONE])
    assert result.status == "completed"
    assert result.outputs == {"id": "j1", "status": "done"}
    assert urls(runs) == ["POST /jobs", *["GET /jobs/n1"] * 5]
    assert result.run_id == only_run(runs.path)
    assert next(s.step_id for s in result.steps) == "create", "steps of before are in the result"


def test_only_the_rest_of_a_wait_is_waited_for(sync: Runs) -> None:
    class Dying(FakeClock):
        def sleep(self, seconds: float, on_tick: Any = None) -> None:
            raise Killed

    dying = Dying()
    with pytest.raises(Killed):
        sync.run([CREATED, RUNNING], clock=dying)
    gone(sync.path)
    sync.clock.time = dying.time + 0.25
    assert sync.resume([DONE]).ok
    assert sync.clock.sleeps == [0.75]


def test_a_run_that_is_killed_before_its_first_answer_asks(runs: Runs) -> None:
    runs.killed([Killed])
    with pytest.raises(UncertainError) as caught:
        runs.resume()
    assert "did step 'create' do its work? POST http://jobs.test/jobs was sent" in str(caught.value)
    assert "--on-uncertain skip" in str(caught.value.hint)
    assert caught.value.location is not None
    assert len(runs.requests) == 1
    with SqliteJournal(runs.path).connection as connection:
        assert list_runs(connection)[0].status == "uncertain"
    # It can be asked again: nobody has the run.
    with pytest.raises(UncertainError):
        runs.resume()


def test_sent_again_when_asked_to(runs: Runs) -> None:
    runs.killed([Killed])
    assert runs.resume([CREATED, DONE], on_uncertain="resend").ok
    assert urls(runs) == ["POST /jobs", "POST /jobs", "GET /jobs/n1"]
    assert runs.requests[0].content == runs.requests[1].content


def test_taken_as_done_when_told_so(runs: Runs) -> None:
    runs.killed([Killed])
    result = runs.resume([DONE], on_uncertain="skip")
    assert result.ok
    assert urls(runs) == ["POST /jobs", "GET /jobs/n1"]
    assert result.missing_outputs == ("id",)
    assert next(r.rule for r in runs.records if type(r) is Noted) == "uncertain"


def test_given_up_when_told_so(runs: Runs) -> None:
    runs.killed([Killed])
    result = runs.resume([DONE], on_uncertain="fail")
    assert (result.status, result.error.kind, result.error.step_id) == (
        "failed", "uncertain", "create",
    )  # fmt: skip
    assert len(runs.requests) == 1
    with pytest.raises(UsageError, match="is over: failed"):
        runs.resume()


ONE = (
    FLOW.partition("  - stepId: create")[0]
    + """\
  - stepId: s
    operationId: OPERATION
    parameters: [{name: name, in: path, value: $inputs.name}]
"""
)


@pytest.mark.parametrize(
    ("operation", "settings", "again"),
    [
        ("getJob", {}, True),
        ("putJob", {}, True),
        ("createJob", {}, False),
        ("told", {}, True),
        ("pay", {}, True),
        ("createJob", {"idempotent": ("createJob",)}, True),
        ("createJob", {"idempotent": ("s",)}, True),
        ("createJob", {"idempotent": ("other",)}, False),
        ("createJob", {"run": arazzo.RunSettings(idempotency_header="X-Once")}, True),
    ],
    ids=str,
)
def test_what_may_be_sent_twice_is(
    operation: str, settings: dict[str, Any], again: bool, tmp_path: Path
) -> None:
    flow = ONE.replace("OPERATION", operation)
    if operation not in ("getJob", "putJob"):
        flow = flow.replace("in: path", "in: query")
    runs = Runs(tmp_path, "sync", flow)
    runs.killed([Killed], **settings)
    if again:
        assert runs.resume([DONE]).ok
        first, second = runs.requests
        assert first.headers == second.headers, "the key is the same"
    else:
        with pytest.raises(UncertainError):
            runs.resume([DONE])


AWS = """\
openapi: 3.1.0
info: {title: AWS, version: "1"}
servers: [{url: "https://sqs.us-east-1.amazonaws.com"}]
paths:
  /a: {post: {operationId: DescribeThing, responses: {}}}
  /b: {post: {operationId: Describes, responses: {}}}
  /c: {post: {operationId: CreateThing, responses: {}}}
"""


@pytest.mark.parametrize(
    ("operation", "again"), [("DescribeThing", True), ("Describes", False), ("CreateThing", False)]
)
def test_reads_of_aws_are_posts_and_may_be_sent_twice(
    operation: str, again: bool, tmp_path: Path
) -> None:
    flow = ONE.replace("OPERATION", operation).replace("in: path", "in: query")
    runs = Runs(tmp_path, "sync", flow, AWS)
    settings = {"aws": arazzo.AwsSettings(sign=False)}
    runs.killed([Killed], **settings)
    if again:
        assert runs.resume([DONE], **settings).ok
    else:
        with pytest.raises(UncertainError):
            runs.resume([DONE], **settings)


def test_a_step_that_polls_with_a_post_is_sent_again(tmp_path: Path) -> None:
    flow = FLOW.replace("operationId: getJob", "operationId: look").replace(
        "    parameters: [{name: name, in: path, value: $inputs.name}]\n    outputs: {status",
        "    outputs: {status",
    )
    runs = Runs(tmp_path, "sync", flow)
    runs.killed([CREATED, Killed])
    assert runs.resume([RUNNING, DONE]).ok


# -- probes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((200, {"id": "found"}), "there"),
        ((404, {}), "not there"),
        ((410, {}), "not there"),
        ((400, {"__type": "ValidationException", "message": "Requested resource not found."}),
         "not there"),
        ((400, {"message": "bad"}), "answered 400"),
        ((400, "bad"), "answered 400"),
        ((503, {}), "answered 503"),
        (OSError("gone"), "got no answer"),
    ],
    ids=str,
)  # fmt: skip
def test_a_probe_tells_whether_it_happened(runs: Runs, answer: Any, outcome: str) -> None:
    runs.killed([Killed])
    probes = {"create": "getJob"}
    if outcome == "there":
        result = runs.resume([answer, DONE], probes=probes)
        assert result.outputs == {"id": "found", "status": "done"}
        assert urls(runs) == ["POST /jobs", "GET /jobs/n1", "GET /jobs/n1"]
    elif outcome == "not there":
        assert runs.resume([answer, CREATED, DONE], probes=probes).ok
        assert urls(runs) == ["POST /jobs", "GET /jobs/n1", "POST /jobs", "GET /jobs/n1"]
    else:
        with pytest.raises(UncertainError, match=f"the probe getJob {outcome}"):
            runs.resume([answer, DONE], probes=probes)


def test_a_probe_with_a_body_has_the_members_of_the_step_s(sync: Runs) -> None:
    sync.killed([Killed])
    assert sync.resume([(200, {"id": "x"}), DONE], probes={"create": "look"}).ok
    asked = sync.requests[1]
    assert json.loads(asked.content) == {"name": "n1"}
    assert asked.headers["x-action"] == "Look"
    assert asked.url.params["verbose"] == "yes"


@pytest.mark.parametrize(
    ("probe", "words"),
    [("nothing", "has no operation 'nothing'"), ("pay", "nothing of the step is called Idempot")],
)
def test_a_probe_that_cannot_be_asked(sync: Runs, probe: str, words: str) -> None:
    sync.killed([Killed])
    with pytest.raises(UncertainError, match=words):
        sync.resume(probes={"create": probe})


# -- going on in the middle of things ------------------------------------------------------------

NESTED = (
    FLOW.partition("  - stepId: create")[0]
    + """\
  - stepId: inner
    workflowId: retrying
    parameters: [{name: name, value: $inputs.name}]
    outputs: {id: $outputs.id}
  outputs: {id: $steps.inner.outputs.id}
- workflowId: retrying
  inputs: {type: object, properties: {name: {type: string}}}
  steps:
  - stepId: flaky
    operationId: getJob
    parameters: [{name: name, in: path, value: $inputs.name}]
    outputs: {id: $response.body#/id}
    onFailure: [{name: again, type: retry, retryAfter: 5, retryLimit: 3}]
  outputs: {id: $steps.flaky.outputs.id}
"""
)


@pytest.mark.parametrize("kills", [[0], [1], [2], [0, 1], [1, 2], [0, 1, 2]], ids=str)
@both
def test_a_retry_in_a_called_workflow_goes_on(door: str, kills: list[int], tmp_path: Path) -> None:
    runs = Runs(tmp_path, door, NESTED)
    answers = [(500, {}), (500, {}), (200, {"id": "7"})]
    begun = False
    for number in range(3):
        if number in kills:
            with pytest.raises(Killed):
                runs.resume([Killed]) if begun else runs.run([*answers[:number], Killed])
            begun = True
            gone(runs.path)
        if begun and number < 2:
            with pytest.raises(Killed):
                runs.resume([answers[number], Killed])
            gone(runs.path)
    result = runs.resume([answers[2]])
    assert result.outputs == {"id": "7"}
    assert result.steps[0].attempts == 3, "the budget of retries is the same one"


def test_a_run_goes_on_with_the_documents_that_it_began_with(runs: Runs) -> None:
    runs.killed([CREATED, Killed])
    runs.file.write_text("arazzo: 9")
    (runs.folder / "api.yaml").unlink()
    assert runs.resume([DONE]).ok


def test_documents_given_beside_are_kept_too(sync: Runs) -> None:
    flow = sync.file.read_text().replace("url: api.yaml", "url: https://elsewhere.test/api")
    sync.file.write_text(flow)
    other = sync.folder / "other.yaml"
    other.write_text((sync.folder / "api.yaml").read_text().replace(
        "info:", "$self: https://elsewhere.test/api\ninfo:").replace("3.1.0", "3.2.0"))  # fmt: skip
    sync.killed([CREATED, Killed], documents=(str(other),))
    other.unlink()
    assert sync.resume([DONE]).ok


def test_a_run_goes_on_with_the_settings_that_it_began_with(sync: Runs) -> None:
    sync.killed(
        [CREATED, Killed], servers={"jobs": "http://mine.test"}, headers=(("X-Team", "a"),),
        aws=arazzo.AwsSettings(region="eu-west-1"), proxy="http://127.0.0.1:9",
    )  # fmt: skip
    assert sync.resume([DONE], headers=(("X-Other", "b"),)).ok
    last = sync.requests[-1]
    assert last.url.host == "mine.test"
    assert (last.headers["x-team"], last.headers["x-other"]) == ("a", "b")


def test_what_is_over_cannot_be_resumed(sync: Runs) -> None:
    sync.run([CREATED, DONE])
    with pytest.raises(UsageError, match="is over: completed") as caught:
        sync.resume()
    assert caught.value.hint is None


def test_a_run_of_another_version_is_refused(sync: Runs) -> None:
    sync.killed([CREATED, Killed])
    journal = sync.journal()
    journal.connection.execute("UPDATE runs SET state_version = 99")
    journal.close()
    with pytest.raises(JournalError, match="another version of this program"):
        sync.resume()


@pytest.mark.parametrize("state", ["{}", '{"frames": []}', None])
def test_a_state_that_cannot_be_read_is_refused(sync: Runs, state: str | None) -> None:
    sync.killed([CREATED, Killed])
    journal = sync.journal()
    journal.connection.execute("UPDATE runs SET state = ?", (state,))
    journal.close()
    with pytest.raises(JournalError, match=r"state of run"):
        sync.resume()


def test_a_run_that_is_not_there(sync: Runs) -> None:
    sync.run([CREATED, DONE])
    with arazzo.Runner(journal=sync.journal()) as runner, pytest.raises(RunNotFound):
        runner.resume("nope")


def test_going_on_needs_a_journal() -> None:
    with arazzo.Runner() as runner, pytest.raises(JournalError, match="no journal is named"):
        runner.resume("x")


def test_one_process_at_a_time(sync: Runs) -> None:
    with pytest.raises(Killed):
        sync.run([CREATED, Killed])
    with pytest.raises(RunBusy, match="is carried out by process"):
        sync.resume()


def test_a_run_that_another_process_took_stops(sync: Runs) -> None:
    def stolen(_: object) -> None:
        journal = sync.journal()
        journal.connection.execute("UPDATE runs SET instance = 'other'")
        journal.close()

    with arazzo.Runner(
        transport=CannedResponses([CREATED, DONE], stolen), journal=sync.journal(),
        clock=FakeClock(),
    ) as runner:  # fmt: skip
        result = runner.run(str(sync.file), "main", inputs={"name": "n"})
    assert result.error is not None
    assert result.error.kind == "journal"
    assert "another process took it" in result.error.message


# -- interrupts and cancelling -------------------------------------------------------------------


def test_an_interrupted_run_can_go_on(sync: Runs) -> None:
    class Stopping(FakeClock):
        def sleep(self, seconds: float, on_tick: Any = None) -> None:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        sync.run([CREATED, RUNNING], clock=Stopping())
    assert caught.value.kept
    assert caught.value.result.exit_code == 130
    with sync.journal().connection as connection:
        assert list_runs(connection)[0].status == "interrupted"
    assert sync.resume([DONE]).ok


def test_a_run_that_is_asked_to_stop_finishes_its_request(sync: Runs) -> None:
    journal = sync.journal()
    stopped: list[bool] = []
    runner = arazzo.Runner(
        transport=CannedResponses([CREATED], lambda _: stopped.append(runner.stop())),
        journal=journal, clock=FakeClock(),
    )  # fmt: skip
    with runner, pytest.raises(Interrupted) as caught:
        runner.run(str(sync.file), "main", inputs={"name": "n1"})
    assert stopped == [True]
    assert caught.value.kept
    (row,) = list_runs(journal.connection)
    assert (row.status, row.step_id) == ("interrupted", "wait"), "the answer is recorded"
    journal.close()
    assert sync.resume([DONE]).outputs["id"] == "j1"


def test_a_request_that_was_not_sent_any_more_is_not_in_doubt(tmp_path: Path) -> None:
    runs = Runs(tmp_path, "sync", TWO)
    runner = arazzo.Runner(
        transport=CannedResponses([DONE], lambda _: runner.stop()),
        journal=(journal := runs.journal()),
        clock=FakeClock(),
    )
    with runner, pytest.raises(Interrupted):
        runner.run(str(runs.file), "main", inputs={"name": "n1"})
    (row,) = list_runs(journal.connection)
    assert (row.status, row.step_id) == ("interrupted", "t")
    journal.close()
    assert runs.resume([CREATED]).ok, "nobody has to be asked"


def test_a_request_that_is_interrupted_is_in_doubt(sync: Runs) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    with (
        arazzo.Runner(
            transport=CannedResponses([CREATED], interrupt), journal=sync.journal()
        ) as runner,
        pytest.raises(Interrupted),
    ):
        runner.run(str(sync.file), "main", inputs={"name": "n1"})
    with pytest.raises(UncertainError):
        sync.resume()


def test_a_run_without_a_journal_is_not_asked_to_stop(sync: Runs) -> None:
    stopped: list[bool] = []
    with arazzo.Runner(
        transport=CannedResponses([CREATED, DONE], lambda _: stopped.append(runner.stop())),
        clock=FakeClock(),
    ) as runner:
        assert runner.run(str(sync.file), "main", inputs={"name": "n1"}).ok
    assert stopped == [False, False]


def test_all_runs_of_an_async_runner_stop(tmp_path: Path) -> None:
    runs = Runs(tmp_path, "async")

    async def go() -> list[arazzo.RunResult]:
        runner = arazzo.AsyncRunner(
            transport=CannedResponses([CREATED, RUNNING]), journal=runs.journal()
        )
        rows = [{"name": "a"}, {"name": "b"}]
        task = asyncio.create_task(runner.run_many(str(runs.file), rows, "main"))
        while runner.waiting < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        runner.stop()
        results = await task
        await runner.close()
        return results

    for result in asyncio.run(go()):
        assert result.error is not None
        assert result.error.kind == "interrupted"
    with runs.journal().connection as connection:
        assert [row.status for row in list_runs(connection)] == ["interrupted"] * 2


def test_a_run_is_cancelled_between_two_requests(runs: Runs) -> None:
    def cancel_it(*_: Any) -> Any:
        journal = runs.journal()
        assert cancel(journal.connection, only_run(runs.path)) == "cancelling"
        journal.close()

    class Cancelling:
        def __init__(self, answers: Any) -> None:
            self.answers = CannedResponses(answers, cancel_it)

        def handle_request(self, request: Any) -> Any:
            return self.answers.handle_request(request)

        async def handle_async_request(self, request: Any) -> Any:
            return await self.answers.handle_async_request(request)

    result = runs.run([CREATED], transport=Cancelling([CREATED]))
    assert (result.status, result.error.kind) == ("failed", "cancelled")
    with runs.journal().connection as connection:
        assert list_runs(connection)[0].status == "cancelled"


def test_a_run_is_cancelled_while_it_waits(sync: Runs) -> None:
    class Ticking(FakeClock):
        def sleep(self, seconds: float, on_tick: Any = None) -> None:
            journal = sync.journal()
            cancel(journal.connection, only_run(sync.path))
            journal.close()
            self.time += 10
            on_tick(self.time)
            raise AssertionError("it goes on waiting")

    ticks: list[float] = []
    result = sync.run([CREATED, RUNNING], clock=Ticking(), on_tick=ticks.append)
    assert result.error.kind == "cancelled"
    assert len(ticks) == 1


def test_an_async_run_is_cancelled_while_it_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = Runs(tmp_path, "async")
    monkeypatch.setattr("arazzo_runner.execution.async_runner.BEAT", 0.01)
    monkeypatch.setattr("arazzo_runner.execution.keeper.BEAT", 0.0)

    async def go() -> arazzo.RunResult:
        journal = runs.journal()
        async with arazzo.AsyncRunner(
            transport=CannedResponses([CREATED, RUNNING]), journal=journal
        ) as runner:
            task = asyncio.create_task(runner.run(str(runs.file), "main", inputs={"name": "a"}))
            while not runner.waiting:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            cancel(journal.connection, list_runs(journal.connection)[0].run_id)
            return await task

    result = asyncio.run(go())
    assert result.error is not None
    assert result.error.kind == "cancelled"


def test_cancelling_the_task_of_a_kept_run_leaves_it_to_be_gone_on_with(tmp_path: Path) -> None:
    runs = Runs(tmp_path, "async")

    async def go() -> None:
        async with arazzo.AsyncRunner(
            transport=CannedResponses([CREATED, RUNNING]), journal=(journal := runs.journal())
        ) as runner:
            task = asyncio.create_task(runner.run(str(runs.file), "main", inputs={"name": "a"}))
            while not runner.waiting:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        journal.close()

    asyncio.run(go())
    assert runs.resume([DONE], clock=FakeClock()).ok


# -- secrets -------------------------------------------------------------------------------------


def everything(runs: Runs) -> bytes:
    """All bytes of the journal's files, its log included."""
    return b"".join(file.read_bytes() for file in sorted(runs.folder.glob("*.db*")))


SECRET = "hunter2-secret/+x"


def test_secret_inputs_are_given_again(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"name": "n1", "key": SECRET}
    runs.killed([CREATED, Killed], inputs=given)
    with pytest.raises(InputError, match="input 'key' is secret and was not kept"):
        runs.resume()
    with pytest.raises(UsageError, match="input 'size' of a run cannot be changed"):
        runs.resume(inputs={"size": 4})
    monkeypatch.setenv("ARAZZO_INPUT_KEY", SECRET)
    assert runs.resume([DONE]).ok


def test_a_request_is_the_same_with_the_secret_given_again(runs: Runs) -> None:
    runs.killed([Killed], inputs={"name": SECRET, "key": SECRET})
    assert runs.resume([CREATED, DONE], inputs={"key": SECRET}, on_uncertain="resend").ok
    first, second, _ = runs.requests
    assert first.headers == second.headers
    assert first.content == second.content


def test_secrets_in_headers_and_proxies_are_given_again(sync: Runs) -> None:
    secret = (("Authorization", f"Bearer {SECRET}"),)
    proxy = "http://u:pass%2Fword9@127.0.0.1:9"
    servers = {"jobs": "http://u:word8pass@jobs.test"}
    sync.killed([CREATED, Killed], headers=secret, proxy=proxy, servers=servers)
    with pytest.raises(UsageError, match="the header 'Authorization' of the run holds a secret"):
        sync.resume()
    with pytest.raises(UsageError, match="the proxy of the run has a password"):
        sync.resume(headers=secret)
    with pytest.raises(UsageError, match="the server of 'jobs' has a password"):
        sync.resume(headers=secret, proxy=proxy)
    assert sync.resume([DONE], headers=secret, proxy=proxy, servers=servers).ok
    data = everything(sync)
    assert SECRET.encode() not in data
    assert b"pass%2Fword9" not in data
    assert b"word8pass" not in data


# -- retry ---------------------------------------------------------------------------------------


def retry(runs: Runs, answers: Any, **options: Any) -> Any:
    inputs = options.pop("inputs", None)
    with arazzo.Runner(
        journal=runs.journal(), transport=CannedResponses(answers, runs.requests.append),
        clock=FakeClock(), **options,
    ) as runner:  # fmt: skip
        return runner.retry(only_run(runs.path), inputs=inputs)


def test_a_failed_run_goes_on_from_the_step_that_failed(sync: Runs) -> None:
    assert sync.run([CREATED, (500, {})]).status == "failed"
    result = retry(sync, [DONE])
    assert result.outputs == {"id": "j1", "status": "done"}
    assert urls(sync) == ["POST /jobs", "GET /jobs/n1", "GET /jobs/n1"]


def test_a_retry_with_other_inputs_and_another_server(sync: Runs) -> None:
    assert sync.run([CREATED, (500, {})]).status == "failed"
    result = retry(sync, [DONE], inputs={"name": "n2"}, servers={"jobs": "http://other.test"})
    assert result.ok
    assert str(sync.requests[-1].url) == "http://other.test/jobs/n2"
    with pytest.raises(UsageError, match="did not fail: completed"):
        retry(sync, [DONE])


def test_a_retry_with_inputs_that_do_not_fit(sync: Runs) -> None:
    sync.run([CREATED, (500, {})])
    with pytest.raises(InputError):
        retry(sync, [DONE], inputs={"size": "x"})
    assert retry(sync, [DONE], inputs={"size": 4}).ok, "the run was given back"


def test_a_step_that_could_not_be_sent_is_what_is_tried_again(tmp_path: Path) -> None:
    flow = FLOW.replace(
        "value: $inputs.name}]\n    outputs: {status", "value: $inputs.id}]\n    outputs: {status"
    )
    flow = flow.replace("      size:", "      id: {type: string}\n      size:", 1)
    runs = Runs(tmp_path, "sync", flow)
    result = runs.run([CREATED])
    assert (result.status, result.error.step_id) == ("failed", "wait")
    result = retry(runs, [DONE], inputs={"id": "j1"})
    assert result.outputs == {"id": "j1", "status": "done"}
    assert urls(runs) == ["POST /jobs", "GET /jobs/j1"], "the job is not created again"


def test_a_run_that_goes_on_cannot_be_retried(sync: Runs) -> None:
    sync.killed([CREATED, Killed])
    with pytest.raises(UsageError, match="did not fail") as caught:
        retry(sync, [DONE])
    assert "arazzo runs resume" in str(caught.value.hint)


# -- when a run is kept --------------------------------------------------------------------------


def test_only_runs_that_wait_long_are_kept(runs: Runs) -> None:
    path = runs.folder / "auto.db"
    result = runs.run([CREATED, RUNNING, DONE], journal=None, **auto(path))
    assert result.ok
    assert not path.exists()
    result = runs.run([CREATED, *[RUNNING] * 4, DONE], journal=None, **auto(path))
    assert result.ok
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT number, kind, count FROM events ORDER BY 1").fetchall()
    assert [row[1] for row in rows] == ["Started", "ResponseArrived", "ResponseArrived"]
    (records,) = connection.execute("SELECT records FROM events WHERE number = 1").fetchone()
    assert [r["$"] for r in json.loads(records)][:3] == [
        "WorkflowStarted", "StepStarted", "RequestSent",
    ], "what happened before is there"  # fmt: skip
    connection.close()


def auto(path: Path, after: float = 5.0) -> dict[str, Any]:
    settings = arazzo.Settings(journal=path, journal_after=after)
    return {"settings": settings}


def test_a_run_that_is_kept_from_some_moment_on_goes_on_from_there(runs: Runs) -> None:
    runs.path = runs.folder / "auto.db"
    with pytest.raises(Killed):
        runs.run([CREATED, *[RUNNING] * 4, Killed], journal=None, **auto(runs.path))
    gone(runs.path)
    assert runs.resume([DONE]).outputs == {"id": "j1", "status": "done"}


def test_a_poll_is_one_row(sync: Runs) -> None:
    assert sync.run([CREATED, *[RUNNING] * 30, DONE]).ok
    connection = sqlite3.connect(sync.path)
    rows = connection.execute(
        "SELECT step_id, count, digest FROM events ORDER BY number"
    ).fetchall()
    assert len(rows) == 4
    assert (rows[2][0], rows[2][1]) == ("wait", 29)
    assert rows[2][2] is not None
    connection.close()


def test_a_poll_whose_rows_could_not_be_written_is_one_row_still(sync: Runs) -> None:
    class Flaky(SqliteJournal):
        broken = range(3, 9)
        count = 0

        def commit(self, entry: Any) -> bool:
            self.count += 1
            if self.count in self.broken:
                raise JournalError("the disk is full", hint="make room")
            return super().commit(entry)

    assert sync.run([CREATED, *[RUNNING] * 12, DONE], journal=Flaky(sync.path)).ok
    notes = [r for r in sync.records if type(r) is Noted]
    assert [(n.rule, n.message) for n in notes] == [
        ("journal", "the disk is full; the run goes on")
    ]
    connection = sqlite3.connect(sync.path)
    rows = connection.execute("SELECT number, count FROM events ORDER BY number").fetchall()
    assert [row[0] for row in rows] == [1, 2, 3, 4], "nothing is missing"
    assert rows[2][1] == 11
    connection.close()


class Broken(SqliteJournal):
    """Keeps the beginning; then nothing more."""

    def __init__(self, path: Path, whole: int) -> None:
        super().__init__(path)
        self.left = whole

    def commit(self, entry: Any) -> bool:
        self.left -= 1
        if self.left < 0:
            raise JournalError("the disk is full", hint="make room")
        return super().commit(entry)

    async def commit_async(self, entry: Any) -> bool:
        return self.commit(entry)


def test_nothing_unsafe_is_sent_without_a_journal(runs: Runs) -> None:
    with pytest.raises(JournalError, match="disk is full"):
        runs.run([CREATED], journal=Broken(runs.path, 0))
    assert runs.requests == []


TWO = ONE.replace("OPERATION", "getJob") + "  - {stepId: t, operationId: createJob}\n"


@both
def test_an_unsafe_request_needs_its_intent_on_the_disk(door: str, tmp_path: Path) -> None:
    runs = Runs(tmp_path, door, TWO)
    result = runs.run([DONE], journal=Broken(runs.path, 1))
    assert urls(runs) == ["GET /jobs/n1"], "the POST was not sent"
    assert (result.status, result.error.kind, result.error.step_id) == ("failed", "journal", "t")
    assert "make room" in result.error.message
    gone(runs.path)
    assert runs.resume([DONE, CREATED]).ok


class FullFor(SqliteJournal):
    """A journal on a disk that is full from one commit to another."""

    def __init__(self, path: Path, first: int, last: int) -> None:
        super().__init__(path)
        self.full = range(first, last + 1)
        self.count = 0

    def commit(self, entry: Any) -> bool:
        self.count += 1
        if self.count in self.full:
            raise JournalError("the disk is full", hint="make room")
        return super().commit(entry)

    async def commit_async(self, entry: Any) -> bool:
        return self.commit(entry)


@both
def test_a_run_that_the_journal_stopped_stays_where_it_was(door: str, tmp_path: Path) -> None:
    runs = Runs(tmp_path, door, TWO)
    result = runs.run([DONE], journal=FullFor(runs.path, 2, 2))
    assert result.error.kind == "journal"
    with runs.journal().connection as connection:
        assert row_of(connection, only_run(runs.path)).status == "interrupted"
    assert runs.resume([CREATED]).ok, "with what was answered before"
    assert urls(runs) == ["GET /jobs/n1", "POST /jobs"]


def test_what_was_in_doubt_is_so_no_more_when_its_answer_is_written_late(sync: Runs) -> None:
    class Interrupts(FakeClock):
        def sleep(self, seconds: float, on_tick: Any = None) -> None:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        sync.run([CREATED, RUNNING], journal=FullFor(sync.path, 2, 3), clock=Interrupts())
    assert sync.resume([DONE]).ok
    assert urls(sync) == ["POST /jobs", "GET /jobs/n1", "GET /jobs/n1"]


def test_a_run_that_nobody_asked_to_keep_runs_without_a_journal(runs: Runs) -> None:
    path = runs.folder / "no" / "way" / "runs.db"
    (runs.folder / "no").write_text("a file")
    result = runs.run([CREATED, *[RUNNING] * 6, DONE], journal=None, **auto(path))
    assert result.ok
    (note,) = (r for r in runs.records if type(r) is Noted)
    assert note.rule == "journal"
    assert "the run is not kept" in note.message


def test_the_end_of_a_run_that_cannot_be_written(sync: Runs) -> None:
    assert sync.run([CREATED, DONE], journal=Broken(sync.path, 2)).ok


# -- what is kept --------------------------------------------------------------------------------


def test_the_row_of_a_run(sync: Runs) -> None:
    sync.run([CREATED, (500, {})])
    with sync.journal().connection as connection:
        row = row_of(connection, only_run(sync.path))
    assert (row.status, row.step_id, row.requests, row.owner) == ("failed", "wait", 2, None)
    assert row.result is not None
    assert row.result["error"]["kind"] == "criteria"


def test_results_have_the_id_that_the_journal_has(runs: Runs) -> None:
    result = runs.run([CREATED, DONE])
    assert result.run_id == only_run(runs.path)
    assert [type(r) for r in runs.records].count(StepFinished) == 2


CHAIN = ONE.replace("OPERATION", "getJob") + "".join(
    f"  - {{stepId: t{n}, operationId: getJob, parameters: [{{name: name, in: path, value: x}}]}}\n"
    for n in range(6)
)


def test_requests_that_may_be_sent_twice_need_no_transaction_each(tmp_path: Path) -> None:
    from tests.support.memory_journal import MemoryJournal

    runs = Runs(tmp_path, "sync", CHAIN)
    journal = MemoryJournal()
    assert runs.run([DONE], journal=journal).ok
    assert journal.commits == 2, "the beginning and the end"
    (run_id,) = journal.entries
    assert len(journal.load(run_id).records) == 8, "nothing is missing"


def test_an_interruption_keeps_what_was_not_written_yet(tmp_path: Path) -> None:
    runs = Runs(tmp_path, "sync", CHAIN)
    count = 0

    def stop(_: object) -> None:
        nonlocal count
        count += 1
        if count == 4:
            runner.stop()

    runner = arazzo.Runner(
        transport=CannedResponses([DONE], stop), journal=runs.journal(), clock=FakeClock()
    )
    with runner, pytest.raises(Interrupted):
        runner.run(str(runs.file), "main", inputs={"name": "n1"})
    result = runs.resume([DONE])
    assert result.ok
    assert len(runs.requests) == 3, "four of seven were done"
    assert len(result.steps) == 7


def test_a_retry_goes_on_from_what_was_not_written_yet(tmp_path: Path) -> None:
    runs = Runs(tmp_path, "sync", CHAIN)
    assert runs.run([*[DONE] * 3, (500, {})]).status == "failed"
    assert retry(runs, [DONE]).ok
    assert len(runs.requests) == 4 + 4, "from the step that failed"


def test_both_doors_go_on_with_the_settings_of_the_run(runs: Runs) -> None:
    runs.killed([CREATED, Killed], servers={"jobs": "http://other.test"}, headers=(("X-A", "b"),))
    assert runs.resume([DONE]).ok
    assert {str(r.url.host) for r in runs.requests} == {"other.test"}
    assert {r.headers["x-a"] for r in runs.requests} == {"b"}
    failed = runs.run([CREATED, (500, {})], inputs={"name": "bad"})
    again = runs._with(lambda r: r.retry(failed.run_id, inputs={"name": "n2"}), [DONE], {})
    assert again.ok
    assert runs.requests[-1].url.path == "/jobs/n2"
