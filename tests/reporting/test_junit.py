"""JUnit XML: the counts are right, handled failures are green, and every text is legal XML."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arazzo_runner.errors import Fault, InputError, LinkError, Location
from arazzo_runner.interpreter.records import (
    ActionTaken,
    FailureReason,
    RunFinished,
    WorkflowFinished,
)
from arazzo_runner.reporting.junit import junit_error_text, junit_text
from arazzo_runner.values import MASK, Redactor
from tests.reporting.recordings import recorded
from tests.reporting.records import (
    REASON,
    T0,
    WORKFLOW,
    call,
    failed_step,
    happy,
    response,
    rough,
    started,
    step,
)
from tests.support.junit import check_junit

PLAIN = Redactor()
FAULT = Fault("x", "no such step", Location("f", 1, 1))


def suites(text: str) -> Any:
    """The root, its counts checked against the cases and the shape CI systems read."""
    root = check_junit(text)
    assert root.tag == "testsuites"
    for element in (root, *root.iter("testsuite")):
        cases = list(element.iter("testcase"))
        counts = {"tests": len(cases)}
        for tag, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            if name == "skipped" and element is root:
                continue
            counts[name] = len(list(element.iter(tag)))
        assert {name: int(element.attrib[name]) for name in counts} == counts
        assert float(element.attrib["time"]) >= 0
    for case in root.iter("testcase"):
        assert case.attrib.keys() == {"name", "classname", "time"}
        assert {child.tag for child in case} <= {"failure", "error", "skipped", "system-out"}
    return root


def ended(failure: FailureReason | None, status: str = "failed") -> list[Any]:
    return [
        WorkflowFinished(WORKFLOW, status, {}, (), failure, 0, T0 + 5),
        RunFinished(WORKFLOW, status, {}, (), failure, None, T0, T0 + 5),
    ]


def test_a_step_is_a_case_and_a_poll_is_one_case() -> None:
    root = suites(junit_text(recorded(happy()), PLAIN))
    (suite,) = root
    assert suite.attrib["name"] == WORKFLOW
    assert suite.attrib["timestamp"] == "2023-11-14T22:13:20.000"
    create, poll = suite
    assert (create.attrib["name"], poll.attrib["name"]) == ("createTrainingJob", "pollTrainingJob")
    assert float(poll.attrib["time"]) == pytest.approx(3.048), "requests and the waits between"
    assert poll.findtext("system-out").count("200") == 4
    assert root.attrib["failures"] == root.attrib["errors"] == "0"


def test_a_failed_criterion_is_a_failure_with_its_values() -> None:
    records = [started(), *call("createTrainingJob", T0, 1, response(400)), failed_step()]
    root = suites(junit_text(recorded([*records, *ended(REASON)]), Redactor(["too long"])))
    (failure,) = root.iter("failure")
    assert failure.attrib["type"] == "criteria"
    assert "$statusCode == 200" in failure.attrib["message"]
    assert failure.text.splitlines() == [
        f"flow.yaml:12:9: {REASON.message}",
        "'$statusCode == 200' is false: $statusCode is 400",
    ]


def test_a_lost_connection_is_an_error() -> None:
    root = suites(junit_text(recorded(rough()), PLAIN))
    (error,) = root.iter("error")
    assert error.attrib == {"type": "connect", "message": "connection refused"}
    assert root.attrib["errors"] == "1"
    assert [suite.attrib["name"] for suite in root] == [WORKFLOW, "inner"]
    last = next(case for case in root.iter("testcase") if case.attrib["name"] == "last")
    assert "no answer (connect)" in last.findtext("system-out")


def test_a_failure_that_an_action_took_care_of_is_green() -> None:
    handled = step("a", status="failure", action=ActionTaken("mend", "goto", "b"), failure=REASON)
    records = [started(), *call("a", T0, 1, response(400)), handled, *ended(None, "completed")]
    root = suites(junit_text(recorded(records), PLAIN))
    assert root.attrib["failures"] == "0"
    assert "failed, and action 'mend' went on: b" in root.find(".//system-out").text


def test_an_end_action_after_a_failure_is_red() -> None:
    stopped = step("a", status="failure", action=ActionTaken("giveUp", "end"))
    records = [started(), *call("a", T0, 1, response(400)), stopped, *ended(None, "ended")]
    (failure,) = suites(junit_text(recorded(records), PLAIN)).iter("failure")
    assert failure.attrib["type"] == "ended"


def test_a_guard_that_no_step_is_to_blame_for_is_a_case_of_its_own() -> None:
    guard = FailureReason("deadline", "the run's time limit of 5 s is reached", hint="more time")
    records = [started(), *call("a", T0), *ended(guard)]
    root = suites(junit_text(recorded(records), PLAIN))
    assert [case.attrib["name"] for case in root.iter("testcase")] == ["a", "(run)"]
    assert root.find(".//skipped").attrib["message"] == "not finished"
    assert root.find(".//error").text == "help: more time"


def test_a_run_that_could_not_begin_is_an_error_too() -> None:
    for error in (InputError("no", problems=["input 'a' is missing"]), LinkError([FAULT])):
        root = suites(junit_error_text(error, "w", PLAIN))
        assert root.attrib["errors"] == "1"
        assert root.attrib["name"] == "w"
    assert suites(junit_error_text(LinkError([FAULT]), None, PLAIN)).attrib["name"] == "arazzo"


def test_secrets_are_masked() -> None:
    reason = REASON._replace(message="key hunter22 refused", location=Location("f", 1, 1))
    records = [started(), *call("a", T0), failed_step(failure=reason), *ended(reason)]
    text = junit_text(recorded(records), Redactor(["hunter22"]))
    assert "hunter22" not in text
    assert MASK in text


@given(st.text(), st.text())
def test_every_text_is_legal_xml(message: str, name: str) -> None:
    reason = FailureReason("criteria", message, name, hint=message)
    finished = step(name, status="failure", failure=reason)
    suites(junit_text(recorded([started(), *call(name, T0), finished, *ended(reason)]), PLAIN))
