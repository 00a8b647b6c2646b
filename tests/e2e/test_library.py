"""The library's two doors do what the command does: the same bytes, the same ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

import arazzo_runner as arazzo
from tests.e2e.training import CORPUS, INPUTS, JOB, OURS, PUBLISHED, Edition
from tests.support import answers
from tests.support.answers import Answer, json_answer
from tests.support.endpoint import Received
from tests.support.paths import REPOSITORY
from tests.support.sagemaker_endpoint import (
    ACCESS_KEY,
    ARN,
    MEDIA_TYPE,
    SECRET_KEY,
    SageMakerEndpoint,
)

Door = Callable[..., arazzo.RunResult]
DONE = json_answer({"TrainingJobStatus": "Completed"}, content_type=MEDIA_TYPE)
FAST = arazzo.RunSettings(pacing=arazzo.Pacing(interval=0.02, max_interval=0.1))


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)


def file(edition: Edition) -> str:
    path = edition.path()
    return path if path.startswith("/") else str(REPOSITORY / path)


def function(endpoint: SageMakerEndpoint, edition: Edition = OURS, **settings: Any) -> Any:
    servers = {edition.source: endpoint.url}
    return arazzo.run(file(edition), inputs=INPUTS, servers=servers, run=FAST, **settings)


def sync_runner(endpoint: SageMakerEndpoint, edition: Edition = OURS, **settings: Any) -> Any:
    servers = {edition.source: endpoint.url}
    with arazzo.Runner(servers=servers, run=FAST, **settings) as runner:
        program = runner.load(file(edition))
        return runner.run(program, "train-and-poll-job", inputs=INPUTS)


def async_runner(endpoint: SageMakerEndpoint, edition: Edition = OURS, **settings: Any) -> Any:
    async def work() -> arazzo.RunResult:
        servers = {edition.source: endpoint.url}
        async with arazzo.AsyncRunner(servers=servers, run=FAST, **settings) as runner:
            return await runner.run(file(edition), inputs=INPUTS)

    return asyncio.run(work())


DOORS = pytest.mark.parametrize("door", [function, sync_runner, async_runner])
NETWORK = pytest.mark.parametrize("door", [sync_runner, async_runner])


@DOORS
@pytest.mark.parametrize("edition", [OURS, PUBLISHED, CORPUS], ids=["ours", "published", "corpus"])
def test_a_job_that_completes(edition: Edition, door: Door) -> None:
    with SageMakerEndpoint(["InProgress", "InProgress", "Completed"]) as endpoint:
        result = door(endpoint, edition)
    assert (result.status, result.error) == ("completed", None)
    assert result.outputs == {
        "trainingJobArn": ARN + JOB,
        "trainingJobStatus": "Completed",
        "modelArtifacts": f"s3://bucket/models/{JOB}/output/model.tar.gz",
    }
    assert [step.step_id for step in result.steps] == ["createTrainingJob"] + [
        "pollTrainingJob"
    ] * 3
    assert {request.connection for request in endpoint.requests} == {1}


def constant(request: Received) -> list[tuple[str, str]]:
    """The headers that do not change from run to run, names without case."""
    headers = [(name.lower(), value) for name, value in request.headers]
    return [each for each in headers if each[0] not in ("host", "x-amz-date", "authorization")]


def test_both_doors_send_the_same() -> None:
    seen = []
    for door in (sync_runner, async_runner):
        with SageMakerEndpoint(["Completed"]) as endpoint:
            door(endpoint)
        seen.append([(r.method, r.target, constant(r), r.body) for r in endpoint.requests])
    assert seen[0] == seen[1]


@NETWORK
@pytest.mark.parametrize(
    ("broken", "kind"),
    [
        pytest.param(answers.reset(), "reset", id="reset"),
        pytest.param(answers.closed(), "reset", id="closed"),
        pytest.param(answers.garbage(), "protocol", id="garbage"),
        pytest.param(answers.truncated(DONE), "reset", id="reset in the middle"),
        pytest.param(answers.truncated(DONE, orderly=True), "reset", id="closed in the middle"),
        pytest.param(DONE.having(("Content-Encoding", "gzip")), "protocol", id="no gzip"),
        pytest.param(answers.slow(DONE, 20), "timeout", id="nothing is said"),
        pytest.param(
            answers.endless(DONE, piece=b" ", pause=0.1), "timeout", id="a byte now and then"
        ),
        pytest.param(answers.endless(DONE), "size", id="endless"),
        pytest.param(answers.redirect("http://127.0.0.1:1/"), "criteria", id="redirect"),
    ],
)
def test_a_broken_answer(broken: Answer, kind: str, door: Door) -> None:
    with SageMakerEndpoint(["InProgress", broken]) as endpoint:
        began = time.monotonic()
        result = door(endpoint, http_timeout=1.5, max_response_bytes=2**20)
        assert time.monotonic() - began < 8
    assert len(endpoint.requests) == 3, "a request whose answer is lost is not sent again"
    assert result.status == "failed"
    assert result.error is not None
    assert (result.error.kind, result.error.step_id) == (kind, "pollTrainingJob")
    assert result.exit_code == (4 if kind == "size" else 1)
    with pytest.raises(arazzo.WorkflowFailed):
        result.raise_for_status()


@NETWORK
def test_a_server_that_closes_kept_connections(door: Door) -> None:
    def write(line: answers.Line, answer: Answer) -> bool:
        answers.whole(line, answer)
        return False

    busy = json_answer({"TrainingJobStatus": "InProgress"}, content_type=MEDIA_TYPE)
    rude = Answer(200, busy.headers, busy.body, write)
    with SageMakerEndpoint([rude, "InProgress", "InProgress", "InProgress", DONE]) as endpoint:
        result = door(endpoint)
    assert result.status == "completed"
    assert max(request.connection for request in endpoint.requests) == 2


@NETWORK
@pytest.mark.parametrize("wrapped", [answers.gzipped, answers.chunked])
def test_answers_in_other_wrappings(wrapped: Callable[[Answer], Answer], door: Door) -> None:
    with SageMakerEndpoint(["InProgress", wrapped(DONE)]) as endpoint:
        result = door(endpoint)
    assert result.outputs["trainingJobStatus"] == "Completed"


@NETWORK
def test_throttling(door: Door) -> None:
    plan = ["InProgress", answers.throttled(), answers.unavailable(), "InProgress", "Completed"]
    with SageMakerEndpoint(plan) as endpoint:
        result = door(endpoint)
    assert result.status == "completed"
    assert len(result.steps) == 4
    assert result.steps[2].attempts == 3


@NETWORK
def test_the_whole_run_takes_too_long(door: Door) -> None:
    with SageMakerEndpoint(["InProgress", answers.slow(DONE, 30)]) as endpoint:
        began = time.monotonic()
        result = door(endpoint, timeout=2.0)
        assert time.monotonic() - began < 8
    assert result.error is not None
    assert result.error.kind == "deadline"
    assert result.exit_code == 4


@pytest.mark.requirement("A-36")
@DOORS
def test_wrong_inputs_are_exceptions(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(INPUTS, "instanceCount", "two")
    with SageMakerEndpoint([]) as endpoint, pytest.raises(arazzo.InputError, match="instanceCount"):
        door(endpoint)
    assert endpoint.requests == []


def test_many_runs_at_once() -> None:
    """Each job is created once and looked at by its own run; rows keep their order."""
    names = [f"job-{number}" for number in range(60)]
    rows = [{**INPUTS, "trainingJobName": name} for name in names]
    rows[7] = {**rows[7], "instanceCount": "many"}

    async def work(endpoint: SageMakerEndpoint) -> list[arazzo.RunResult]:
        servers = {"sagemakerApi": endpoint.url}
        async with arazzo.AsyncRunner(servers=servers, run=FAST) as runner:
            return await runner.run_many(runner.load(file(OURS)), rows, concurrency=20)

    with SageMakerEndpoint(["InProgress", "InProgress", "Completed"]) as endpoint:
        results = asyncio.run(work(endpoint))
    assert len(results) == 60
    wrong = results.pop(7)
    assert wrong.error is not None
    assert (wrong.status, wrong.error.kind) == ("failed", "inputs")
    names.pop(7)
    assert [result.outputs["trainingJobArn"] for result in results] == [ARN + n for n in names]
    assert {result.outputs["trainingJobStatus"] for result in results} == {"Completed"}
    assert len({result.run_id for result in results}) == 59
    assert endpoint.operations.count("CreateTrainingJob") == 59
    assert endpoint.operations.count("DescribeTrainingJob") == 59 * 3
    assert max(request.connection for request in endpoint.requests) <= 20


def test_a_cancelled_run_stops() -> None:
    async def work(endpoint: SageMakerEndpoint) -> None:
        servers = {"sagemakerApi": endpoint.url}
        async with arazzo.AsyncRunner(servers=servers, run=FAST) as runner:
            task = asyncio.create_task(runner.run(file(OURS), inputs=INPUTS))
            while len(endpoint.requests) < 2:  # noqa: ASYNC110 - the endpoint is in a thread
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            seen = len(endpoint.requests)
            await asyncio.sleep(0.2)
            assert len(endpoint.requests) == seen

    with SageMakerEndpoint([answers.slow(DONE, 20)]) as endpoint:
        asyncio.run(work(endpoint))
