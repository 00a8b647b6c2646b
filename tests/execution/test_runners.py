"""Runner and AsyncRunner without a network: records, ticks, deadlines, interrupts, many runs."""

# ruff: noqa: E501 - documents in the tests

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

import arazzo_runner as arazzo
from arazzo_runner.execution import Interrupted, SystemClock
from arazzo_runner.interpreter import RequestSent, RunFinished, StepFinished
from arazzo_runner.testing import CannedResponses, FakeClock
from arazzo_runner.values import Redactor
from tests.support.machines import API, HEAD

FLOW = (
    HEAD
    + """
workflows:
- workflowId: main
  inputs:
    type: object
    required: [n]
    properties: {n: {type: integer}, secret: {$ref: '#/components/inputs/secret'}}
  steps:
  - stepId: s
    operationId: list
    parameters: [{name: must, in: query, value: $inputs.n}]
    outputs: {n: $response.body#/n}
    onFailure: [{name: again, type: retry, retryAfter: 5}]
  outputs: {n: $steps.s.outputs.n, given: $inputs.n}
- workflowId: other
  steps: [{stepId: t, operationId: a}]
components: {inputs: {secret: {type: string, format: password}}}
"""
)


@pytest.fixture
def flow(tmp_path: Path) -> str:
    (tmp_path / "api.yaml").write_text(API)
    (tmp_path / "flow.yaml").write_text(FLOW)
    return str(tmp_path / "flow.yaml")


Run = Callable[..., arazzo.RunResult]


def run_sync(
    file: str, workflow: str = "main", *, inputs: Any = None, **settings: Any
) -> arazzo.RunResult:
    with arazzo.Runner(**settings) as runner:
        return runner.run(file, workflow, inputs={"n": 1} if inputs is None else inputs)


def run_async(
    file: str, workflow: str = "main", *, inputs: Any = None, **settings: Any
) -> arazzo.RunResult:
    async def go() -> arazzo.RunResult:
        async with arazzo.AsyncRunner(**settings) as runner:
            return await runner.run(file, workflow, inputs={"n": 1} if inputs is None else inputs)

    return asyncio.run(go())


both = pytest.mark.parametrize("run", [run_sync, run_async], ids=["sync", "async"])


@both
def test_a_run_with_a_wait(run: Run, flow: str) -> None:
    answers, clock = CannedResponses([(500, {}), (200, {"n": 7})]), FakeClock()
    records: list[arazzo.Record] = []
    result = run(flow, transport=answers, clock=clock, on_record=records.append)
    assert (result.status, result.ok, result.exit_code) == ("completed", True, 0)
    assert result.outputs == {"n": 7, "given": 1}
    assert clock.sleeps == [5]
    assert result.duration_ms == 5000
    assert [type(r) for r in records].count(RequestSent) == 2
    assert type(records[-1]) is RunFinished
    assert result.steps == tuple(r for r in records if type(r) is StepFinished)
    assert result.raise_for_status() is result
    assert [str(request.url) for request in answers.requests] == ["http://api.test/list?must=1"] * 2


@both
def test_a_failed_run_is_a_result_and_an_exception_on_demand(run: Run, flow: str) -> None:
    result = run(flow, transport=CannedResponses([(500, {})]), clock=FakeClock())
    assert (result.status, result.exit_code) == ("failed", 1)
    with pytest.raises(arazzo.WorkflowFailed) as caught:
        result.raise_for_status()
    assert caught.value.result is result
    assert "the answer was 500" in str(caught.value)


@both
def test_headers_of_the_caller_do_not_replace_those_of_the_request(run: Run, flow: str) -> None:
    answers = CannedResponses([(200, {})])
    run(flow, transport=answers, headers=(("X-Team", "a"), ("accept", "x/y"), ("USER-AGENT", "me")))
    sent = answers.requests[0].headers
    assert sent["x-team"] == "a"
    assert sent.get_list("user-agent") == ["me"]


@both
@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("[Errno -2] Name or service not known"), "dns"),
        (httpx.ConnectError("[Errno 111] Connection refused"), "connect"),
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] nope"), "tls"),
        (httpx.ConnectTimeout("x"), "timeout"),
        (httpx.ReadTimeout("x"), "timeout"),
        (httpx.ReadError("broken"), "reset"),
        (httpx.RemoteProtocolError("Server disconnected without sending a response."), "reset"),
        (httpx.RemoteProtocolError("illegal status line: bytearray(b'x')"), "protocol"),
        (httpx.DecodingError("bad gzip"), "protocol"),
        (httpx.ProxyError("407"), "connect"),
        (httpx.UnsupportedProtocol("x"), "network"),
        (OSError("weird"), "reset"),
    ],
    ids=repr,
)  # fmt: skip
def test_what_the_client_raises_is_a_failed_step(
    run: Run, flow: str, error: Exception, kind: str
) -> None:
    result = run(flow, transport=CannedResponses([error]), clock=FakeClock())
    assert result.status == "failed"
    assert result.error is not None
    assert result.error.kind == kind
    assert result.steps[0].attempts == 2, "onFailure applies"


@both
def test_a_defect_of_a_transport_is_not_hidden(run: Run, flow: str) -> None:
    with pytest.raises(ZeroDivisionError):
        run(flow, transport=CannedResponses([ZeroDivisionError()]), clock=FakeClock())


@both
@pytest.mark.requirement("A-36")
def test_wrong_inputs_are_all_named_before_the_first_request(run: Run, flow: str) -> None:
    answers = CannedResponses([(200, {})])
    with pytest.raises(arazzo.InputError) as caught:
        run(flow, transport=answers, inputs={"secret": 5})
    assert len(caught.value.problems) == 2
    assert answers.requests == []


@both
def test_what_is_wrong_with_the_call(run: Run, flow: str) -> None:
    answers = CannedResponses([(200, {})])
    for settings, words in (
        ({"workflow": "mian"}, "there is no workflow 'mian'"),
        ({"servers": {"apy": "http://x.test"}}, "no source description 'apy'"),
        ({"server_variables": {"apy.v": "1"}}, "no source description 'apy'"),
        ({"server_variables": {"api.v": "1"}}, "has no variable 'v'"),
        ({"offline": True}, "the run is offline"),
        ({"tiemout": 3}, "there is no setting 'tiemout'"),
        ({"headers": (("a", "b\n"),)}, "header 'a' cannot be sent"),
    ):
        with pytest.raises(arazzo.UsageError, match=words):
            run(flow, transport=answers, **settings)
    assert answers.requests == []


@both
def test_a_program_runs_only_what_it_was_loaded_for(run: Run, flow: str) -> None:
    program = arazzo.Runner().load(flow, "main")
    answers = CannedResponses([(200, {})])
    assert run(program, "main", transport=answers).ok  # type: ignore[arg-type]
    with pytest.raises(arazzo.UsageError, match="'other' was left out"):
        run(program, "other", transport=answers)  # type: ignore[arg-type]


def test_one_workflow_needs_no_name_and_several_do(flow: str, tmp_path: Path) -> None:
    with pytest.raises(arazzo.UsageError, match="2 workflows: say which one"):
        arazzo.Runner().run(flow)
    single = tmp_path / "one.yaml"
    single.write_text(HEAD + "workflows: [{workflowId: w, steps: []}]")
    assert arazzo.Runner().run(str(single)).ok
    assert arazzo.run(str(single)).ok
    single.write_text(HEAD + "workflows: []")
    with pytest.raises(arazzo.ArazzoError):
        arazzo.run(str(single))


def test_strict_makes_a_tolerance_an_error(tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_text(API)
    file = tmp_path / "odd.yaml"
    file.write_text(HEAD + "workflows: [{workflowId: w, steps: [{stepId: s, operationId: A}]}]")
    answers = CannedResponses([(200, {})])
    result = arazzo.run(str(file), transport=answers)
    assert [w.rule for w in result.warnings] == ["operation-id-case"]
    with pytest.raises(arazzo.LinkError) as caught:
        arazzo.run(str(file), transport=answers, strict=True)
    assert [f.rule for f in caught.value.faults] == ["operation-id-case"]
    assert len(answers.requests) == 1


@pytest.mark.requirement("DOC-15")
def test_passwords_are_learned_behind_references_too(flow: str) -> None:
    redactor = Redactor()
    run_sync(
        flow,
        transport=CannedResponses([(200, {})]),
        redactor=redactor,
        inputs={"n": 1, "secret": "hunter22"},
    )
    assert "hunter22" not in redactor.text("it is hunter22")


# -- time ----------------------------------------------------------------------------------------


@both
@pytest.mark.requirement("A-55")
def test_a_wait_that_would_pass_the_deadline_is_not_begun(run: Run, flow: str) -> None:
    clock = FakeClock()
    result = run(flow, transport=CannedResponses([(500, {})]), clock=clock, timeout=4)
    assert result.error is not None
    assert (result.error.kind, result.exit_code) == ("deadline", 4)
    assert "time limit of 4 s" in result.error.message
    assert clock.sleeps == []
    assert result.error.step_id == "s"


@both
def test_a_request_has_what_is_left_of_the_deadline(run: Run, flow: str) -> None:
    clock = FakeClock()
    times: list[float] = []

    def late(request: httpx.Request) -> None:
        times.append(request.extensions["timeout"]["read"])
        clock.advance(3)

    answers = CannedResponses([(500, {}), httpx.ReadTimeout("x")], late)
    result = run(flow, transport=answers, clock=clock, timeout=10)
    assert times == [10, 2]
    assert result.error is not None
    assert result.error.kind == "deadline"
    assert "while a request was under way" in result.error.message
    result = run(
        flow, transport=CannedResponses([(200, {})], late), clock=clock, timeout=99, http_timeout=7
    )
    assert times[-1] == 7


@both
def test_a_deadline_between_two_requests(run: Run, flow: str, tmp_path: Path) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(
        HEAD
        + "workflows: [{workflowId: main, steps: [{stepId: a, operationId: a}, {stepId: b, operationId: b}]}]"
    )
    clock = FakeClock()
    answers = CannedResponses([(200, {})], lambda _: clock.advance(5))
    result = run(str(file), transport=answers, clock=clock, timeout=5)
    assert result.error is not None
    assert "before step 'b'" in result.error.message
    assert len(answers.requests) == 1


def test_ticks_during_a_wait(flow: str) -> None:
    ticks: list[float] = []
    clock = FakeClock(start=100.0)
    run_sync(
        flow, transport=CannedResponses([(500, {}), (200, {})]), clock=clock, on_tick=ticks.append
    )
    assert ticks == [100.0]


def test_the_system_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    clock = SystemClock()
    assert abs(clock.now() - time.time()) < 1
    ticks: list[float] = []
    monkeypatch.setattr("arazzo_runner.execution.clock._SLICE", 0.01)
    before = clock.now()
    clock.sleep(0.035, ticks.append)
    clock.sleep(0.001)
    asyncio.run(clock.sleep_async(0.001))
    assert clock.now() - before >= 0.036
    assert 2 <= len(ticks) <= 5


# -- interrupts ----------------------------------------------------------------------------------


def test_an_interrupt_in_a_request_carries_the_result(flow: str) -> None:
    def stop(_: httpx.Request) -> None:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        run_sync(flow, transport=CannedResponses([(200, {})], stop))
    result = caught.value.result
    assert (result.status, result.exit_code) == ("failed", 130)
    assert result.error is not None
    assert (result.error.kind, result.error.step_id) == ("interrupted", "s")
    assert [s.step_id for s in result.steps] == ["s"]
    assert isinstance(caught.value, KeyboardInterrupt)


def test_an_interrupt_in_a_wait_carries_the_result(flow: str) -> None:
    class Stopping(FakeClock):
        def sleep(self, seconds: float, on_tick: Callable[[float], None] | None = None) -> None:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        run_sync(flow, transport=CannedResponses([(500, {})]), clock=Stopping())
    assert caught.value.result.exit_code == 130


def test_cancelling_the_task_cancels_the_run(flow: str) -> None:
    async def go() -> None:
        clock = FakeClock()

        async def forever(_: float) -> None:
            await asyncio.sleep(60)

        clock.sleep_async = forever  # type: ignore[method-assign]
        async with arazzo.AsyncRunner(
            transport=CannedResponses([(500, {})]), clock=clock
        ) as runner:
            task = asyncio.create_task(runner.run(flow, "main", inputs={"n": 1}))
            await asyncio.sleep(0.05)
            task.cancel()
            await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(go())


# -- many ----------------------------------------------------------------------------------------


class Echo(httpx.AsyncBaseTransport):
    """Answers with the number it was asked for; later requests first."""

    def __init__(self) -> None:
        self.open = self.most = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        number = int(request.url.params["must"])
        self.open += 1
        self.most = max(self.most, self.open)
        await asyncio.sleep(0.002 * (20 - number % 20))
        self.open -= 1
        return httpx.Response(200, json={"n": number})


def many(flow: str, rows: Any, **options: Any) -> tuple[list[arazzo.RunResult], Echo]:
    echo = Echo()

    async def go() -> list[arazzo.RunResult]:
        async with arazzo.AsyncRunner(transport=echo) as runner:
            return await runner.run_many(flow, rows, "main", **options)

    return asyncio.run(go()), echo


def test_results_come_in_the_order_of_the_rows(flow: str) -> None:
    results, echo = many(flow, ({"n": n} for n in range(40)), concurrency=8)
    assert [r.outputs["n"] for r in results] == list(range(40))
    assert echo.most == 8
    assert len({r.run_id for r in results}) == 40


def test_a_row_that_does_not_fit_is_rejected_and_the_others_run(flow: str) -> None:
    results, _ = many(flow, [{"n": 1}, {"n": "x"}, {}, {"n": 2}], concurrency=0)
    assert [r.status for r in results] == ["completed", "failed", "failed", "completed"]
    rejected = results[1].error
    assert rejected is not None
    assert rejected.kind == "inputs"
    assert results[1].steps == ()
    assert many(flow, [])[0] == []


def test_what_is_wrong_with_the_call_of_many_is_one_plain_error(flow: str) -> None:
    async def go() -> None:
        async with arazzo.AsyncRunner(transport=Echo(), offline=True) as runner:
            await runner.run_many(flow, [{"n": 1}, {"n": 2}], "main")

    with pytest.raises(arazzo.UsageError, match="offline"):
        asyncio.run(go())


def test_runners_can_be_used_again_after_closing(flow: str) -> None:
    runner = arazzo.Runner(transport=CannedResponses([(200, {"n": 1})]))
    assert runner.run(flow, "main", inputs={"n": 1}).ok
    runner.close()
    runner.close()
    assert runner.run(flow, "main", inputs={"n": 1}).ok
    runner.close()


# -- signing -------------------------------------------------------------------------------------

AWS_API = API.replace("http://api.test", "https://sqs.us-east-1.amazonaws.com")


def test_missing_credentials_are_found_before_the_first_request(
    flow: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    (tmp_path / "api.yaml").write_text(AWS_API)
    answers = CannedResponses([(200, {})])
    with pytest.raises(arazzo.CredentialsError):
        run_sync(flow, transport=answers)
    assert answers.requests == []


@both
def test_every_attempt_is_signed_anew(
    run: Run, flow: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    (tmp_path / "api.yaml").write_text(AWS_API)
    answers = CannedResponses([(500, {}), (200, {})])
    result = run(flow, transport=answers, clock=FakeClock(), headers=(("X-Mine", "1"),))
    assert result.ok
    first, second = (request.headers["authorization"] for request in answers.requests)
    assert first.startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert "us-east-1/sqs" in first
    assert first != second, "five seconds later"


def test_a_document_may_be_named_by_a_path(flow: str) -> None:
    path = Path(flow)
    with arazzo.Runner(transport=CannedResponses([(200, {})] * 2)) as runner:
        assert runner.load(path).document.document.name == flow
        assert runner.run(path, "main", inputs={"n": 1}).ok

    async def go() -> bool:
        transport = CannedResponses([(200, {})] * 2)
        async with arazzo.AsyncRunner(transport=transport) as runner:
            one = await runner.run(path, "main", inputs={"n": 1})
            (many,) = await runner.run_many(path, [{"n": 1}], "main")
            return one.ok and many.ok

    assert asyncio.run(go())
    assert not [each for each in arazzo.validate(path) if each.severity == "error"]
