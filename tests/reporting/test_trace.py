"""The trace and the other JSON outputs against their published schemas."""

from __future__ import annotations

import json
from typing import Any

import pytest

from arazzo_runner.errors import Fault, InputError, LinkError, Location
from arazzo_runner.execution.result import RunResult
from arazzo_runner.interpreter.records import RunFinished
from arazzo_runner.reporting.events import record_to_json
from arazzo_runner.reporting.result_json import error_to_json, result_to_json
from arazzo_runner.reporting.trace import trace_data, trace_error_text, trace_text
from arazzo_runner.values import Redactor
from tests.reporting.recordings import check_schema, recorded, schema
from tests.reporting.records import (
    REASON,
    T0,
    WORKFLOW,
    call,
    failed_step,
    happy,
    response,
    result,
    rough,
    started,
    step,
)

PLAIN = Redactor()
RUNS = pytest.mark.parametrize("records", [happy(), rough(), [], [started(), *call("a", T0)]])


@RUNS
def test_a_trace_fits_its_schema(records: Any) -> None:
    check_schema("trace", json.loads(trace_text(recorded(records), PLAIN)))


@RUNS
def test_events_fit_their_schema(records: Any) -> None:
    for record in records:
        check_schema("event", record_to_json(record, PLAIN))


def test_results_fit_their_schema() -> None:
    warning = Fault("r", "odd", Location("f", 1, 1), "write it so", "warning")
    many = tuple(step("poll", visit=n) for n in range(100))
    for made in (
        result(),
        result(status="failed", error=REASON, steps=(failed_step(), *many), warnings=(warning,)),
    ):
        check_schema("result", result_to_json(made, PLAIN))
    for error in (InputError("no", problems=["a"]), LinkError([warning])):
        check_schema("result", error_to_json(error, None, T0, PLAIN))
        check_schema("trace", json.loads(trace_error_text(error, "w", T0, PLAIN)))


@pytest.mark.parametrize("name", ["trace", "result", "event"])
def test_the_schemas_refuse_something(name: str) -> None:
    assert not schema(name).is_valid({})


def test_it_tells_everything() -> None:
    recording = recorded(rough())
    recording.finish(_result(recording.end))
    data = trace_data(recording, PLAIN)
    assert data["runId"] == "r1"
    assert data["status"] == "failed"
    assert data["error"]["kind"] == "connect"
    items = {item["stepId"]: item for item in data["workflows"][0]["items"]}
    assert items["child"]["workflows"][0]["workflowId"] == "inner"
    assert items["last"]["attempts"][0]["lost"]["kind"] == "connect"
    assert items["last"]["attempts"][0]["response"] is None
    assert [w["reason"] for w in items["list"]["waits"]] == ["throttled", "throttled"]
    sent = items["list"]["attempts"][0]["request"]
    assert sent["headers"] == [["X-Amz-Target", "SageMaker.X"]]
    assert sent["body"] == '{"TrainingJobName":"j"}'


def test_secrets_are_masked() -> None:
    secret = "hunter22"
    records = [started(), *call("a", T0, 1, response(200, {"token": secret}))]
    assert secret in trace_text(recorded(records), PLAIN)
    assert secret not in trace_text(recorded(records), Redactor([secret]))


def _result(end: RunFinished | None) -> RunResult:
    assert end is not None
    return result(status=end.status, workflow_id=WORKFLOW)
