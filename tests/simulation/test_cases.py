"""Scenarios and test cases: read, refused, run."""

from __future__ import annotations

from typing import Any

import pytest

from arazzo_runner.errors import UsageError
from arazzo_runner.simulation.cases import case_of_path, observed, read_cases, run_case
from arazzo_runner.simulation.scenarios import check_script, read_script
from tests.simulation.support import CREATE, POLL, explore, program


def cases(*listed: Any, **more: Any) -> Any:
    return read_cases({"document": "flow.yaml", "cases": list(listed), **more}, "t.yaml").cases


def outcome(flow: str, **case: Any) -> tuple[str, ...]:
    [read] = cases({"workflow": "wait", **case})
    return run_case(program(flow), read).differences


SCENARIO = [
    {"operation": "getJob", "times": 3, "body": {"status": "RUNNING"}},
    {"operation": "getJob", "body": {"status": "FAILED", "result": "no"}},
]


def test_a_case_that_holds() -> None:
    expect = {
        "status": "completed",
        "outputs": {"status": "FAILED"},
        "steps": ["poll"] * 4,
        "requests": [
            {
                "step": "poll",
                "method": "GET",
                "url": "https://pets.example.com/v1/jobs/j",
                "headers": {"accept": "application/json"},
            }
        ],
    }
    assert outcome(POLL, inputs={"id": "j"}, scenario=SCENARIO, expect=expect) == ()


def test_what_differs_is_told() -> None:
    expect = {
        "status": "failed",
        "error": "no such thing",
        "outputs": {"status": "DONE", "more": 1},
        "steps": ["poll"],
        "requests": [
            {"method": "POST", "url": "https://x/", "headers": {"X": "1"}, "body": {"a": 1}},
            {"step": "other"},
            {"step": "another"},
        ],
    }
    told = outcome(POLL, inputs={"id": "j"}, scenario=SCENARIO, expect=expect)
    assert told == (
        "status: expected failed, got completed",
        "error: expected 'no such thing' in ''",
        'steps: expected ["poll"], got ["poll","poll","poll","poll"]',
        'outputs/status: expected "DONE", got "FAILED"',
        "outputs/more: expected 1, got nothing",
        "request 1/method: expected POST, got GET",
        "request 1/url: expected https://x/, got https://pets.example.com/v1/jobs/j",
        "request 1/headers/X: expected 1, got None",
        'request 1/body: expected {"a":1}, got null',
        'request 2: expected {"step":"other"}, got no further request',
    )


def test_lost_answers_and_statuses() -> None:
    told = outcome(
        POLL,
        inputs={"id": "j"},
        scenario=[{"step": "poll", "fail": "timeout"}],
        expect={"status": "failed", "error": "no answer"},
    )
    assert told == ()
    told = outcome(
        POLL,
        inputs={"id": "j"},
        scenario=[{"step": "poll", "status": 404}],
        expect={"status": "failed"},
    )
    assert told == ()


def test_bodies_of_requests() -> None:
    [case] = cases(
        {
            "workflow": "create",
            "inputs": {"name": "Tom"},
            "expect": {"requests": [{"body": {"name": "Tom"}}]},
        }
    )
    assert run_case(program(CREATE), case).ok


def test_paths_of_an_exploration_are_cases_that_hold() -> None:
    made = program(CREATE)
    for path in explore(CREATE).shortest.values():
        data = case_of_path("a path", "create", path.inputs, path.turn)
        [case] = cases(data)
        ran = run_case(made, case)
        assert ran.differences == ()
        assert observed(ran.simulation)["status"] == path.end.status


def test_unknown_workflows_are_told() -> None:
    [case] = cases({"workflow": "wiat"})
    with pytest.raises(UsageError, match="no workflow 'wiat'") as error:
        run_case(program(POLL), case)
    assert error.value.hint == "did you mean 'wait'?"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "is not a file of test cases"),
        ({"cases": [], "documnet": "x"}, "unknown key 'documnet'"),
        ({"cases": [{}]}, "does not name its document"),
        ({"document": "x", "cases": []}, "has no cases"),
        ({"document": "x", "cases": [5]}, "case 1 is not an object"),
        ({"document": "x", "cases": [{"name": "a"}]}, "does not name its workflow"),
        ({"document": "x", "cases": [{"workflow": "w", "inputs": 5}]}, "are objects"),
        ({"document": "x", "cases": [{"workflow": "w", "expect": {"stats": 1}}]}, "'stats'"),
        ({"document": "x", "cases": [{"workflow": "w", "seed": "x"}]}, "'seed' is not"),
        ({"document": "x", "cases": [{"workflow": "w"}, {"workflow": "w"}]}, "two cases"),
    ],
)
def test_files_that_are_refused(data: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_cases(data, "t.yaml")


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (5, "has no scenario"),
        ([5], "answer 1 is not an object"),
        ([{"operation": "x", "bdy": 1}], "unknown key 'bdy'"),
        ([{"status": 200}], "names neither an operation nor a step"),
        ([{"operation": "x", "fail": "explode"}], "'explode' is no way to fail"),
        ([{"operation": "x", "headers": [1]}], "'headers' is not an object"),
        ([{"operation": 5}], "'operation' is not text"),
        ([{"operation": "x", "times": 0}], "'times' is not a whole number from 1 on"),
        ([{"operation": "x", "status": True}], "'status' is not a whole number"),
    ],
)
def test_scenarios_that_are_refused(entries: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_script(entries, "here")


def test_scenarios_name_what_is_there() -> None:
    made = program(POLL)
    check_script(read_script({"scenario": SCENARIO}, "here"), made, "here")
    for entry, what in (({"operation": "getJbo"}, "operation"), ({"step": "pol"}, "step")):
        with pytest.raises(UsageError, match=f"scripts the {what} ") as error:
            check_script(read_script([{**entry, "status": 200}], "here"), made, "here")
        assert error.value.hint
    known = [{"operation": "pets.getJob", "status": 200}, {"operation": "GET /pets", "status": 200}]
    check_script(read_script(known, "here"), made, "here")
