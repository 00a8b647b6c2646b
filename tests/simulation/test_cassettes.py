"""Cassettes: secrets masked, replayed, drift told."""

from __future__ import annotations

from typing import Any

import pytest

from arazzo_runner.errors import UsageError
from arazzo_runner.interpreter import (
    RequestLost,
    RequestSent,
    ResponseReceived,
    RunFinished,
    WorkflowStarted,
)
from arazzo_runner.simulation.cassettes import Recorder, replay
from arazzo_runner.values import ABSENT, Redactor, Request, Response
from tests.simulation.support import CREATE, POLL, program, simulate


def cassette(flow: str = CREATE, *secrets: str, **options: Any) -> dict[str, Any]:
    redactor = Redactor()
    for secret in secrets:
        redactor.add(secret)
    recorder = Recorder(redactor)
    for record in simulate(flow, **options).records:
        recorder.record(record)
    return recorder.cassette("flow.yaml", {"pets": "https://pets.example.com/v1"})


def test_a_recorded_run_replays_without_drift() -> None:
    for flow, given in ((CREATE, {"name": "Tom"}), (POLL, {"id": "j"})):
        recorded = cassette(flow, given=given)
        done = replay(program(flow), recorded, "run.yaml")
        assert done.drift == ()
        assert done.simulation.result.outputs == recorded["result"]["outputs"]


def test_secrets_are_masked_and_fit_anything() -> None:
    recorded = cassette(CREATE, "hunter2hunter2", given={"name": "hunter2hunter2"})
    assert "hunter2" not in str(recorded)
    done = replay(program(CREATE), recorded, "run.yaml")
    assert done.drift == ()


def test_drift() -> None:
    recorded = cassette(CREATE, given={"name": "Tom"})
    del recorded["exchanges"][0]["request"]["headers"]["Accept"]
    recorded["exchanges"][1]["request"]["url"] = "https://other/"
    recorded["result"] = {"status": "failed", "outputs": {"name": True}}
    drift = replay(program(CREATE), recorded, "run.yaml").drift
    assert drift[0] == 'request 1 (make): headers/accept: was absent, is "application/json"'
    assert drift[1].startswith('request 2 (read): url: was "https://other/", is "https://pets')
    assert drift[2] == "status: was failed, is completed"
    assert 'outputs/name: was true, is "Tom"' in drift


def test_more_fewer_and_other_requests() -> None:
    recorded = cassette(CREATE, given={"name": "Tom"})
    first, second = recorded["exchanges"]
    recorded["exchanges"] = [first]
    [drift] = replay(program(CREATE), recorded, "r").drift
    assert drift.startswith("one more request: GET https://pets.example.com/v1/pets/")
    recorded["exchanges"] = [first, second, second]
    assert replay(program(CREATE), recorded, "r").drift == (
        "a request is not sent any more: step read",
    )
    recorded["exchanges"] = [second, first]
    assert replay(program(CREATE), recorded, "r").drift[0] == (
        "request 1: was of step read, is of make"
    )


def test_lists_and_bodies_of_other_kinds() -> None:
    redactor = Redactor()
    recorder = Recorder(redactor)
    request = Request("POST", "https://x/", (("Authorization", "secret"), ("A", "b")), b"plain")
    recorder.record(WorkflowStarted("wait", "run", {"id": "j", "list": [1, None]}, 0, 0.0))
    recorder.record(RequestSent("poll", "wait", request, 1, 0, 0.0))
    answer = Response(200, (("Set-Cookie", "a=b"), ("X", "y")), b"\0\1", "image/png")
    recorder.record(ResponseReceived("poll", "wait", answer, 1, 0, 0.0, 1.0))
    recorder.record(RequestSent("poll", "wait", Request("GET", "https://x/"), 2, 0, 0.0))
    recorder.record(RequestLost("poll", "wait", "size", "too big", 2, 0, 0.0))
    recorder.record(RequestSent("poll", "wait", Request("GET", "https://x/"), 3, 0, 0.0))
    empty = Response(204, (), ABSENT, "")
    recorder.record(ResponseReceived("poll", "wait", empty, 3, 0, 0.0, 1.0))
    recorder.record(RequestSent("poll", "wait", Request("GET", "https://x/"), 4, 0, 0.0))
    data = recorder.cassette("flow.yaml")
    assert data["result"] is None
    assert data["inputs"] == {"id": "j", "list": [1, None]}
    sent, lost, none = data["exchanges"]
    assert sent["request"] == {
        "method": "POST",
        "url": "https://x/",
        "headers": {"A": "b"},
        "body": "plain",
    }
    assert sent["response"]["headers"] == {"X": "y"}
    assert sent["response"]["body"] == "base64:AAE="
    assert lost["fail"] == "connect"
    assert "body" not in none["response"]
    done = replay(program(POLL), data, "r")
    assert done.simulation.result.steps[0].response.body == b"\0\1"  # type: ignore[union-attr]


def test_a_run_that_was_lost() -> None:
    recorder = Recorder(Redactor())
    recorder.record(RunFinished("wait", "failed", {}, (), None, None, 0.0, 0.0))
    recorder.record(WorkflowStarted("wait", "run", {"id": "j"}, 0, 0.0))
    assert recorder.cassette("x")["result"] == {"status": "failed", "outputs": {}}


@pytest.mark.parametrize("data", [5, {}, {"exchanges": [], "workflow": "nobody"}])
def test_what_is_no_cassette(data: Any) -> None:
    with pytest.raises(UsageError):
        replay(program(POLL), data, "run.yaml")
