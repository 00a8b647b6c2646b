"""Pacing of polls, and throttling answers during a poll."""

# ruff: noqa: E501 - documents in the tests

from __future__ import annotations

import pytest

from arazzo_runner.interpreter import Pacing, RunSettings
from arazzo_runner.interpreter.pacing import THROTTLING_CODES, is_throttling
from arazzo_runner.values import Response
from tests.support.machines import Reply, answer, play

BUSY = (200, {"s": "busy"})
DONE = (200, {"s": "done"})
POLL = """
- stepId: poll
  operationId: a
  successCriteria: [{condition: $statusCode == 200}]
  outputs: {state: $response.body#/s, n: $response.body#/n}
  onSuccess:
    - {name: again, type: goto, stepId: poll, criteria: [{condition: $response.body.s == 'busy'}]}
- {stepId: after, operationId: b}
"""


def paced(**fields: object) -> RunSettings:
    return RunSettings(pacing=Pacing(**fields))  # type: ignore[arg-type]


@pytest.mark.requirement("A-55", "SEMANTICS-pacing")
def test_the_wait_doubles_up_to_thirty_seconds() -> None:
    run = play(POLL, [BUSY] * 8 + [DONE, 200])
    assert run.seconds == [1, 2, 4, 8, 16, 30, 30, 30]
    assert {(w.reason, w.source) for w in run.waiting} == {("poll", "pacing")}
    assert [w.visit for w in run.waiting] == list(range(1, 9))
    assert {w.since for w in run.waiting} == {0.0}
    assert run.waiting[0].state == {"state": "busy"}
    assert run.urls == ["/a"] * 9 + ["/b"]


def test_the_wait_starts_again_when_the_outputs_change() -> None:
    answers = [(200, {"s": "busy", "n": n}) for n in (1, 1, 1, 2, 2, 3)]
    assert play(POLL, [*answers, DONE, 200]).seconds == [1, 2, 4, 1, 2, 1]


def test_a_step_without_outputs_never_changes() -> None:
    text = POLL.replace("  outputs: {state: $response.body#/s, n: $response.body#/n}\n", "")
    answers = [(200, {"s": "busy", "n": n}) for n in range(4)]
    assert play(text, [*answers, DONE, 200]).seconds == [1, 2, 4, 8]


def test_interval_and_maximum_are_settings() -> None:
    run = play(POLL, [BUSY] * 4 + [DONE, 200], settings=paced(interval=5, max_interval=12))
    assert run.seconds == [5, 10, 12, 12]
    run = play(POLL, [BUSY] * 3 + [DONE, 200], settings=paced(interval=50))
    assert run.seconds == [50, 50, 50], "the interval is the least even above the maximum"


def test_interval_zero_turns_pacing_off() -> None:
    run = play(POLL, [BUSY] * 3 + [DONE, 200], settings=paced(interval=0))
    assert (run.seconds, len(run.requests)) == ([], 5)


@pytest.mark.requirement("RET-02", "A-30")
def test_retry_after_overrules_the_pacing() -> None:
    busy = [answer(200, {"s": "busy"}, Retry_After=s) for s in ("7", "0", "9999")]
    run = play(POLL, [*busy, DONE, 200])
    assert run.seconds == [7, 300]
    assert {w.source for w in run.waiting} == {"Retry-After"}
    assert [note.rule for note in run.notes] == ["retry-after-cap"]


def test_the_poll_timeout_ends_the_run() -> None:
    run = play(POLL, [BUSY], settings=paced(timeout=10))
    assert run.end.status == "failed"
    assert run.end.failure is not None
    assert (run.end.failure.kind, run.end.failure.step_id) == ("poll-timeout", "poll")
    assert run.end.failure.message == "the poll of step 'poll' took longer than 10 s"
    assert run.end.failure.hint == "give it more time with --poll-timeout"
    assert run.seconds == [1, 2, 4, 8]


def test_a_new_poll_has_its_own_time() -> None:
    text = (
        POLL
        + """
- stepId: second
  operationId: c
  onSuccess: [{name: x, type: goto, stepId: second, criteria: [{condition: $response.body.s == 'busy'}]}]
"""
    )
    run = play(text, [BUSY, BUSY, DONE, 200, BUSY, BUSY, DONE], settings=paced(timeout=4))
    assert run.seconds == [1, 2, 1, 2]
    assert run.end.status == "completed"


def test_a_loop_of_two_steps_is_no_poll() -> None:
    text = """
- {stepId: one, operationId: a}
- stepId: two
  operationId: b
  onSuccess: [{name: back, type: goto, stepId: one, criteria: [{condition: $response.body.s == 'busy'}]}]
"""
    run = play(text, [200, BUSY, 200, BUSY, 200, DONE])
    assert (run.seconds, run.urls) == ([], ["/a", "/b"] * 3)


def test_a_step_that_sends_nothing_in_between_does_not_stop_a_poll() -> None:
    text = """
- stepId: one
  operationId: a
- stepId: two
  operationId: list
  parameters: [{name: must, in: query, value: $steps.one.outputs.never}]
  onFailure: [{name: back, type: goto, stepId: one}]
"""
    run = play(text, [200], settings=RunSettings(max_paced_steps=6))
    assert set(run.seconds) == {1}
    assert run.end.failure is not None
    assert run.end.failure.kind == "steps"


def test_a_goto_back_after_a_workflow_step_is_no_poll() -> None:
    text = """
- workflowId: main
  steps:
    - stepId: call
      workflowId: child
      outputs: {n: $outputs.n}
      onSuccess: [{name: x, type: goto, stepId: call, criteria: [{condition: $outputs.n < 3}]}]
- workflowId: child
  steps: [{stepId: s, operationId: a, outputs: {n: $response.body#/n}}]
  outputs: {n: $steps.s.outputs.n}
"""
    run = play(text, [(200, {"n": n}) for n in (1, 2, 3)])
    assert (run.seconds, len(run.requests)) == ([], 3)


def test_a_failure_action_can_poll_as_well() -> None:
    text = """
- stepId: one
  operationId: a
  onFailure: [{name: x, type: goto, stepId: one, criteria: [{condition: $statusCode == 404}]}]
"""
    run = play(text, [404, 404, 404, 200])
    assert run.seconds == [1, 2, 4]


# -- throttling ----------------------------------------------------------------------------------


@pytest.mark.requirement("SEMANTICS-throttling")
def test_throttling_codes_are_those_of_botocore() -> None:
    standard = pytest.importorskip("botocore.retries.standard")
    assert set(standard.ThrottledRetryableChecker._THROTTLED_ERROR_CODES) == THROTTLING_CODES


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (Response(429), True),
        (Response(503), True),
        (Response(500), False),
        (Response(400), False),
        (Response(400, (("x-amzn-ErrorType", "ThrottlingException:http://x"),)), True),
        (Response(400, (("x-amzn-ErrorType", "ValidationException"),)), False),
        (Response(400, (), {"__type": "com.amazon#ThrottlingException"}), True),
        (Response(400, (), {"__type": "ThrottlingException"}), True),
        (Response(400, (), {"code": "SlowDown"}), True),
        (Response(400, (), {"__type": 7}), False),
        (Response(400, (), ["ThrottlingException"]), False),
        (Response(400, (), "<Error><Code>RequestLimitExceeded</Code></Error>"), True),
        (Response(400, (), "<Error><Code>Nope</Code></Error>"), False),
        (Response(400, (), "RequestLimitExceeded"), False),
        (Response(200, (), {"__type": "ThrottlingException"}), False),
    ],
    ids=repr,
)
def test_what_throttling_is(response: Response, expected: bool) -> None:
    assert is_throttling(response) is expected


THROTTLED = answer(400, {"__type": "ThrottlingException"})


@pytest.mark.requirement("SEMANTICS-throttling")
@pytest.mark.parametrize("throttled", [429, 503, THROTTLED], ids=str)
def test_throttling_in_a_poll_is_waited_out(throttled: Reply) -> None:
    run = play(POLL, [BUSY, throttled, throttled, BUSY, DONE, 200])
    assert run.end.status == "completed"
    assert run.seconds == [1, 2, 4, 8], "what is polled did not change"
    assert [w.reason for w in run.waiting] == ["poll", "throttled", "throttled", "poll"]
    assert {w.state["state"] for w in run.waiting} == {"busy"}
    assert [s.attempts for s in run.steps] == [1, 3, 1, 1], "attempts of one execution"


def test_the_first_request_of_a_polling_step_may_be_throttled() -> None:
    run = play(POLL, [429, DONE, 200])
    assert (run.end.status, run.seconds) == ("completed", [1])


def test_retry_after_of_a_throttling_answer_counts() -> None:
    run = play(POLL, [BUSY, answer(429, Retry_After="11"), DONE, 200])
    assert run.seconds == [1, 11]


def test_throttling_has_a_budget() -> None:
    run = play(POLL, [BUSY, 429], settings=paced(throttle_limit=3))
    assert run.end.status == "failed"
    assert len(run.requests) == 5
    assert run.end.failure is not None
    assert run.end.failure.kind == "criteria"


def test_the_budget_starts_again_after_a_real_answer() -> None:
    answers: list[Reply] = [BUSY, 429, 429, BUSY, 429, 429, DONE, 200]
    run = play(POLL, answers, settings=paced(throttle_limit=2))
    assert run.end.status == "completed"
    answers[3:3] = [429]
    assert play(POLL, answers, settings=paced(throttle_limit=2)).end.status == "failed"


def test_throttling_is_not_waited_for_without_pacing_or_budget() -> None:
    assert play(POLL, [BUSY, 429], settings=paced(interval=0)).end.status == "failed"
    assert play(POLL, [BUSY, 429], settings=paced(throttle_limit=0)).end.status == "failed"


def test_a_step_that_does_not_poll_is_not_sent_again() -> None:
    run = play("- {stepId: one, operationId: a}\n- {stepId: two, operationId: b}", [429])
    assert (run.end.status, run.urls, run.seconds) == ("failed", ["/a"], [])


def test_an_action_of_the_document_comes_first() -> None:
    text = POLL.replace(
        "- {stepId: after",
        "  onFailure: [{name: own, type: goto, stepId: after}]\n- {stepId: after",
    )
    run = play(text, [BUSY, 429, 200])
    assert run.urls == ["/a", "/a", "/b"]
    assert run.seconds == [1]


def test_an_action_of_the_document_that_does_not_match_does_not_count() -> None:
    text = POLL.replace(
        "- {stepId: after",
        "  onFailure: [{name: own, type: end, criteria: [{condition: $statusCode == 404}]}]\n"
        "- {stepId: after",
    )
    assert play(text, [BUSY, 429, DONE, 200]).end.status == "completed"


def test_the_poll_timeout_bounds_throttling_too() -> None:
    run = play(POLL, [BUSY, 429], settings=paced(timeout=5))
    assert run.end.failure is not None
    assert run.end.failure.kind == "poll-timeout"
