"""Retries: budgets, waits, Retry-After, references."""

# ruff: noqa: E501 - documents in the tests

from __future__ import annotations

import pytest

from arazzo_runner.interpreter import Pacing, RunSettings
from arazzo_runner.interpreter.pacing import retry_after
from arazzo_runner.values import Response
from tests.support.machines import answer, link_text, play


def retrying(fields: str, rest: str = "") -> str:
    return f"""
- stepId: one
  operationId: a
  onFailure: [{{name: again, type: retry{fields}}}{rest}]
"""


@pytest.mark.requirement("RET-01", "RET-03", "RET-04", "RET-05", "RET-07")
@pytest.mark.parametrize(
    ("fields", "calls", "seconds"),
    [
        ("", 2, []),
        (", retryLimit: 0", 1, []),
        (", retryLimit: 1", 2, []),
        (", retryLimit: 3", 4, []),
        (", retryAfter: 1.5", 2, [1.5]),
        (", retryAfter: 2, retryLimit: 2", 3, [2, 2]),
        (", retryAfter: 0, retryLimit: 2", 3, []),
    ],
)
def test_limit_and_delay(fields: str, calls: int, seconds: list[float]) -> None:
    run = play(retrying(fields), [500])
    assert (len(run.requests), run.seconds) == (calls, seconds)
    assert run.end.status == "failed"
    assert [step.attempts for step in run.steps] == [calls]


@pytest.mark.requirement("RET-08")
def test_after_success_on_a_retry_the_success_actions_count() -> None:
    text = """
- stepId: one
  operationId: a
  onFailure: [{name: again, type: retry, retryLimit: 5}]
  onSuccess: [{name: skip, type: goto, stepId: three}]
- {stepId: two, operationId: b}
- {stepId: three, operationId: c}
"""
    run = play(text, [500, 500, 200])
    assert run.urls == ["/a", "/a", "/a", "/c"]
    assert run.steps[0].action is not None
    assert run.steps[0].action.name == "skip"


@pytest.mark.requirement("RET-06", "A-29")
def test_an_exhausted_retry_leaves_room_for_the_next_action() -> None:
    rest = ", {name: more, type: retry, retryLimit: 2, retryAfter: 5}, {name: stop, type: end}"
    run = play(retrying(", retryLimit: 1, retryAfter: 1", rest), [500])
    assert run.seconds == [1, 5, 5]
    assert run.end.status == "ended"


@pytest.mark.requirement("RET-09", "A-29")
def test_each_visit_has_its_own_budget() -> None:
    text = """
- stepId: one
  operationId: a
  onFailure: [{name: again, type: retry, retryLimit: 1}, {name: other, type: goto, stepId: two}]
- stepId: two
  operationId: b
  onSuccess: [{name: back, type: goto, stepId: one, criteria: [{condition: $statusCode == 201}]}]
"""
    run = play(text, [500, 500, 201, 500, 500, 200])
    assert run.urls == ["/a", "/a", "/b", "/a", "/a", "/b"]


@pytest.mark.requirement("RET-02", "A-30")
@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "7"}, 7),
        ({"retry-after": " 0.5 "}, 0.5),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "-3"}, 0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "nan"}, None),
        ({}, None),
        (
            {"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT", "Date": "Sun, 06 Nov 1994 08:49:30 GMT"},
            7,
        ),
        ({"Retry-After": "Sunday, 06-Nov-94 08:49:37 GMT", "Date": "Sun, 06 Nov 1994 08:49:36 GMT"}, 1),
        ({"Retry-After": "Sun Nov  6 08:49:37 1994", "Date": "Sun, 06 Nov 1994 08:49:36 GMT"}, 1),
        ({"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"}, 37),
        ({"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT", "Date": "yesterday"}, 37),
        ({"Retry-After": "Sat, 05 Nov 1994 08:49:37 GMT"}, 0),
    ],
    ids=str,
)  # fmt: skip
def test_retry_after_header(headers: dict[str, str], expected: float | None) -> None:
    at = 784111740.0  # Sun, 06 Nov 1994 08:49:00 GMT
    assert retry_after(Response(503, tuple(headers.items())), at) == expected


def test_no_answer_asks_for_nothing() -> None:
    assert retry_after(None, 0.0) is None


@pytest.mark.requirement("RET-02", "A-30")
def test_retry_after_overrules_up_to_the_cap() -> None:
    run = play(
        retrying(", retryAfter: 2, retryLimit: 3"),
        [
            answer(503, Retry_After="9"),
            answer(503, Retry_After="999"),
            answer(503, Retry_After="0"),
            answer(200),
        ],
    )
    assert run.seconds == [9, 300]
    assert [w.source for w in run.waiting] == ["Retry-After", "Retry-After"]
    (note,) = [note for note in run.notes if note.rule == "retry-after-cap"]
    assert "asks to wait 999 s" in note.message
    assert "waiting 300 s" in note.message
    assert note.step_id == "one"


def test_the_cap_is_a_setting() -> None:
    settings = RunSettings(retry_after_cap=5)
    run = play(retrying(""), [answer(503, Retry_After="9"), 200], settings=settings)
    assert run.seconds == [5]


@pytest.mark.requirement("ACT-10", "A-29")
def test_a_step_reference_runs_first_and_its_actions_are_not_followed() -> None:
    text = """
- stepId: login
  operationId: a
  outputs: {token: $response.body#/t}
  onSuccess: [{name: jump, type: end, criteria: [{condition: $response.body.t == 'B'}]}]
  onFailure: [{name: stop, type: end}]
- stepId: call
  operationId: list
  parameters:
    - {name: must, in: query, value: $steps.login.outputs.token}
  onFailure: [{name: relogin, type: retry, retryAfter: 3, retryLimit: 2, stepId: login}]
"""
    run = play(text, [(200, {"t": "A"}), 401, (200, {"t": "B"}), 401, 500, 200])
    assert run.urls[:4] == ["/a", "/list?must=A", "/a", "/list?must=B"]
    assert run.urls[4] == "/a", "the second retry runs the reference again"
    # The reference failed; its outputs are the last execution's: none.
    assert run.end.status == "failed"
    assert run.end.failure is not None
    assert run.end.failure.kind == "absent-value"
    assert [(s.step_id, s.reference, s.status) for s in run.steps] == [
        ("login", False, "success"),
        ("login", True, "success"),
        ("login", True, "failure"),
        ("call", False, "failure"),
    ]
    assert run.steps[-1].attempts == 3
    assert run.seconds == [3, 3]


@pytest.mark.requirement("A-29")
def test_the_retry_happens_although_its_reference_failed() -> None:
    text = """
- {stepId: login, operationId: a}
- stepId: call
  operationId: b
  onFailure: [{name: relogin, type: retry, stepId: login}]
"""
    run = play(text, [200, 401, 500, 200])
    assert run.urls == ["/a", "/b", "/a", "/b"]
    assert run.end.status == "completed"


@pytest.mark.requirement("A-29", "ACT-11")
def test_a_workflow_reference_runs_first_with_the_parameters() -> None:
    text = """
- workflowId: main
  steps:
    - stepId: call
      operationId: b
      outputs: {why: $response.body#/why}
      onFailure:
        - name: repair
          type: retry
          workflowId: fix
          retryLimit: 2
          parameters: [{name: reason, value: $response.body#/why}]
- workflowId: fix
  inputs: {type: object, properties: {reason: {type: string}}}
  steps:
    - stepId: mend
      operationId: list
      parameters: [{name: must, in: query, value: $inputs.reason}]
      onFailure: [{name: stop, type: end}]
"""
    run = play(text, [(401, {"why": "old"}), 500, (401, {"why": "new"}), 200, 200])
    assert run.urls == ["/b", "/list?must=old", "/b", "/list?must=new", "/b"]
    assert run.started == [("main", "run"), ("fix", "retry"), ("fix", "retry")]
    assert run.end.status == "completed"


def test_parameters_of_a_workflow_reference_that_cannot_be_made_are_a_note() -> None:
    text = """
- workflowId: main
  steps:
    - stepId: call
      operationId: b
      onFailure:
        - name: repair
          type: retry
          workflowId: fix
          parameters: [{name: reason, value: 'because {$response.body#/why}'}]
- workflowId: fix
  steps: [{stepId: mend, operationId: a}]
"""
    run = play(text, [401, 200, 200])
    assert run.urls == ["/b", "/a", "/b"]
    assert [note.rule for note in run.notes] == ["absent-value"]


@pytest.mark.requirement("A-29")
def test_a_reference_may_itself_be_a_workflow_step() -> None:
    text = """
- workflowId: main
  steps:
    - {stepId: prepare, workflowId: child}
    - stepId: call
      operationId: b
      onFailure: [{name: again, type: retry, stepId: prepare}]
- workflowId: child
  steps: [{stepId: inner, operationId: a}]
"""
    run = play(text, [200, 500, 200, 200])
    assert run.urls == ["/a", "/b", "/a", "/b"]
    assert [(s.step_id, s.reference) for s in run.steps] == [
        ("inner", False), ("prepare", False), ("inner", False), ("prepare", True), ("call", False)
    ]  # fmt: skip


@pytest.mark.requirement("on-success-retry")
def test_a_retry_on_success_is_a_paced_goto_with_a_limit() -> None:
    text = """
- stepId: one
  operationId: a
  onSuccess:
    - {name: again, type: retry, retryLimit: 3, criteria: [{condition: $response.body.s == 'busy'}]}
- {stepId: two, operationId: b}
"""
    assert [f.rule for f in link_text(text).faults] == ["on-success-retry"]
    run = play(text, [(200, {"s": "busy"})])
    assert run.urls == ["/a", "/a", "/a", "/a", "/b"]
    assert run.seconds == [1, 2, 4]
    run = play(text, [(200, {"s": "busy"})], settings=RunSettings(pacing=Pacing(interval=0)))
    assert run.seconds == []


@pytest.mark.requirement("on-success-retry")
def test_a_retry_on_success_waits_as_long_as_it_says() -> None:
    text = """
- stepId: one
  operationId: a
  onSuccess: [{name: again, type: retry, retryLimit: 2, retryAfter: 7}]
"""
    run = play(text, [200])
    assert run.seconds == [7, 7]
    assert run.end.status == "completed"
