"""The result object of ``--json`` and the lines of ``--events``."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from arazzo_runner.criteria import Verdict
from arazzo_runner.errors import DocumentNotFound, Fault, InputError, LinkError, Location
from arazzo_runner.interpreter.records import (
    ActionTaken,
    CriterionChecked,
    RequestSent,
    ResponseReceived,
)
from arazzo_runner.reporting.events import record_to_json
from arazzo_runner.reporting.json_data import json_data
from arazzo_runner.reporting.result_json import error_to_json, result_to_json
from arazzo_runner.values import ABSENT, MASK, Redactor, Request, Response
from tests.reporting.records import (
    ARN,
    LOCATION,
    REASON,
    T0,
    URL,
    WORKFLOW,
    failed_step,
    happy,
    response,
    result,
    rough,
    step,
)

PLAIN = Redactor()


def test_the_shape_of_the_contract() -> None:
    finished = step(
        "createTrainingJob",
        outputs={"trainingJobArn": ARN},
        action=ActionTaken("stillTraining", "goto", "pollTrainingJob"),
    )
    warning = Fault("jsonpath-comparison", "odd", LOCATION, "write it so", "warning")
    data = result_to_json(result(steps=(finished,), warnings=(warning,)), PLAIN)
    assert data == {
        "runId": "r1",
        "workflowId": WORKFLOW,
        "status": "completed",
        "outputs": {"trainingJobStatus": "Completed"},
        "missingOutputs": [],
        "steps": [
            {
                "stepId": "createTrainingJob",
                "workflowId": WORKFLOW,
                "status": "success",
                "attempts": 1,
                "action": {"name": "stillTraining", "type": "goto", "stepId": "pollTrainingJob"},
                "request": {"method": "POST", "url": URL},
                "response": {"status": 200},
                "criteria": [
                    {
                        "condition": "$statusCode == 200",
                        "passed": True,
                        "operands": [{"expression": "$statusCode", "value": 200}],
                    }
                ],
                "outputs": {"trainingJobArn": ARN},
                "durationMs": 12,
            }
        ],
        "warnings": [
            {
                "rule": "jsonpath-comparison",
                "message": "odd",
                "file": "flow.yaml",
                "line": 12,
                "column": 9,
                "hint": "write it so",
            }
        ],
        "error": None,
        "transferredTo": None,
        "startedAt": "2023-11-14T22:13:20.000Z",
        "durationMs": 1234,
    }
    json.dumps(data, allow_nan=False)


def test_a_failure_says_why() -> None:
    data = result_to_json(result(status="failed", error=REASON, steps=(failed_step(),)), PLAIN)
    assert data["error"] == {
        "kind": "criteria",
        "message": REASON.message,
        "stepId": "createTrainingJob",
        "file": "flow.yaml",
        "line": 12,
        "column": 9,
        "hint": None,
    }
    assert data["steps"][0]["error"] == {"kind": "criteria", "message": REASON.message}
    told = {"code": "ValidationException", "message": "too long"}
    assert data["steps"][0]["response"] == {"status": 400, "error": told}


def test_a_step_without_request_and_a_criterion_that_could_not_be_evaluated() -> None:
    broken = CriterionChecked("x", "regex", Verdict(passed=False, error="too slow"))
    target = ActionTaken("", "goto", None, "other")
    finished = step("s", request=None, response=None, criteria=(broken,), action=target)
    (data,) = result_to_json(result(steps=(finished,)), PLAIN)["steps"]
    assert data["request"] is data["response"] is None
    assert data["criteria"][0]["error"] == "too slow"
    assert data["action"] == {"name": "", "type": "goto", "workflowId": "other"}


@pytest.mark.parametrize(("visits", "entries"), [(50, 50), (51, 11), (4000, 11)])
def test_long_loops_are_folded_and_say_so(visits: int, entries: int) -> None:
    steps = tuple(step("poll", visit=n, outputs={"n": n}) for n in range(1, visits + 1))
    data = result_to_json(result(steps=(step("a"), *steps, step("b"))), PLAIN)["steps"]
    assert len(data) == entries + 2
    assert data[-2]["outputs"] == {"n": visits}
    folded = [entry for entry in data if "visits" in entry]
    if visits > 50:
        assert folded == [data[6]]
        assert folded[0]["visits"] == visits - 10
        assert folded[0]["outputs"] == {"n": visits - 5}
        assert "folded" in folded[0]["note"]
        assert folded[0]["durationMs"] == pytest.approx(12 * (visits - 10), abs=1)
    else:
        assert folded == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"\x00\xff", {"base64": "AP8="}),
        ({"a": ABSENT, "b": 1, 5: "x"}, {"b": 1, "5": "x"}),
        ([ABSENT, (1,)], [None, [1]]),
        (ABSENT, None),
        (math.nan, None),
        (math.inf, None),
        (1.5, 1.5),
        ("s3cret-key", MASK),
        ({"s3cret-key": ["x s3cret-key"]}, {MASK: [f"x {MASK}"]}),
    ],
)
def test_values_as_json(value: Any, expected: Any) -> None:
    assert json_data(value, Redactor(["s3cret-key"])) == expected


def test_an_error_before_the_run_has_the_same_shape() -> None:
    at = T0
    link = LinkError([Fault("x", "one", LOCATION), Fault("y", "two", hint="do it")])
    inputs = InputError("2 inputs", problems=["a", "b"])
    missing = DocumentNotFound("no file", hint="look")
    for error in (link, inputs, missing):
        data = error_to_json(error, None, at, PLAIN)
        assert data.keys() == result_to_json(result(), PLAIN).keys()
        assert data["status"] == "failed"
    assert error_to_json(link, None, at, PLAIN)["error"]["problems"] == [
        "flow.yaml:12:9: one",
        "two (do it)",
    ]
    assert error_to_json(inputs, "w", at, PLAIN)["error"]["problems"] == ["a", "b"]
    assert error_to_json(missing, "w", at, PLAIN)["error"] == {
        "kind": "document-not-found",
        "message": "no file",
        "stepId": None,
        "file": None,
        "line": None,
        "column": None,
        "hint": "look",
    }


# -- events --------------------------------------------------------------------------------------


@pytest.mark.parametrize("record", [*happy(), *rough()])
def test_every_record_is_a_line_of_json(record: Any) -> None:
    data = json.loads(json.dumps(record_to_json(record, PLAIN), allow_nan=False))
    assert data["record"] == type(record).__name__
    assert data["at"].endswith("Z")
    assert not any("_" in key for key in data)


def test_requests_and_responses_are_whole_where_they_happen() -> None:
    request = Request("POST", URL, (("Authorization", "AWS4 abc"), ("X", "s3cret-key")), b"\xff")
    redactor = Redactor(["s3cret-key"])
    sent = record_to_json(RequestSent("s", "w", request, 1, 0, T0), redactor)
    assert sent["request"] == {
        "method": "POST",
        "url": URL,
        "headers": [["Authorization", MASK], ["X", MASK]],
        "body": {"base64": "/w=="},
    }
    text = Request("POST", URL, (), b'{"a": "s3cret-key"}')
    data = record_to_json(RequestSent("s", "w", text, 1, 0, T0), redactor)
    assert data["request"]["body"] == f'{{"a": "{MASK}"}}'
    empty = record_to_json(RequestSent("s", "w", Request("GET", URL), 1, 0, T0), redactor)
    assert empty["request"]["body"] is None
    answer = Response(200, (("Set-Cookie", "x"),), ABSENT, "text/plain", 0, "odd s3cret-key")
    data = record_to_json(ResponseReceived("s", "w", answer, 1, 0, T0, 5.0), redactor)
    assert data["response"] == {
        "status": 200,
        "headers": [["Set-Cookie", MASK]],
        "contentType": "text/plain",
        "size": 0,
        "note": f"odd {MASK}",
    }
    data = record_to_json(ResponseReceived("s", "w", response(), 1, 0, T0, 5.0), redactor)
    assert data["response"]["body"] == {"a": 1}


def test_a_finished_step_is_a_summary() -> None:
    data = record_to_json(failed_step(), PLAIN)
    assert data["request"] == {"method": "POST", "url": URL}
    assert data["response"] == {"status": 400}
    assert data["failure"]["kind"] == "criteria"
    assert data["criteria"][0]["passed"] is False
    assert data["missingOutputs"] == []


def test_a_place_of_a_note() -> None:
    note = next(record for record in rough() if type(record).__name__ == "Noted")
    assert record_to_json(note, PLAIN)["location"] is None

    placed = note._replace(location=Location("f", 1, 2))
    assert record_to_json(placed, PLAIN)["location"] == {"file": "f", "line": 1, "column": 2}
