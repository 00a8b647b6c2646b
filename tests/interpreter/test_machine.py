"""The machine itself: guards, stops, events nobody waits for, the state as JSON."""

# ruff: noqa: E501 - documents in the tests

from __future__ import annotations

import json

import pytest

from arazzo_runner.interpreter import (
    Finish,
    RequestFailed,
    ResponseArrived,
    RunSettings,
    SendRequest,
    StepFinished,
    Stop,
    Wait,
    WaitOver,
    advance,
    start,
    state_from_json,
    state_to_json,
)
from arazzo_runner.values import Response
from tests.support.machines import answer, play, program

LOOP = """
- {stepId: one, operationId: a}
- {stepId: two, operationId: b, onSuccess: [{name: back, type: goto, stepId: one}]}
"""
POLL = "- {stepId: p, operationId: a, onSuccess: [{name: again, type: goto, stepId: p}]}"


@pytest.mark.requirement("A-55", "ACT-15")
def test_the_step_budget_names_the_loop() -> None:
    run = play(LOOP, settings=RunSettings(max_steps=7))
    assert len(run.requests) == 7
    failure = run.end.failure
    assert failure is not None
    assert failure.kind == "steps"
    assert failure.message == (
        "the budget of 7 step attempts is used up; the run went round and round: two → one → two"
    ) or failure.message.endswith("one → two → one")
    assert failure.hint is not None
    assert play(LOOP).end.failure is not None
    assert len(play(LOOP).requests) == 1000


@pytest.mark.requirement("A-55")
def test_paced_polls_have_a_larger_budget() -> None:
    run = play(POLL, settings=RunSettings(max_steps=3, max_paced_steps=40))
    assert len(run.requests) == 40
    assert run.end.failure is not None
    assert run.end.failure.kind == "steps"


def test_a_path_without_a_loop_is_shown_by_its_end() -> None:
    steps = "\n".join(f"- {{stepId: s{n}, operationId: a}}" for n in range(12))
    run = play(steps, settings=RunSettings(max_steps=10))
    assert run.end.failure is not None
    assert run.end.failure.message.endswith("… s3 → s4 → s5 → s6 → s7 → s8 → s9 → s10")


def test_a_workflow_reference_is_charged() -> None:
    text = """
- workflowId: main
  steps: [{stepId: s, operationId: a, onFailure: [{name: r, type: retry, workflowId: fix}]}]
- workflowId: fix
  steps: []
"""
    run = play(text, [500], settings=RunSettings(max_steps=1))
    assert run.end.failure is not None
    assert run.end.failure.kind == "steps"
    assert [type(r).__name__ for r in run.records].count("WorkflowStarted") == 1


def test_no_steps_is_completed() -> None:
    run = play("- {workflowId: main, steps: [], outputs: {v: $inputs.v}}", inputs={"v": [1]})
    assert (run.end.status, run.end.outputs, run.requests) == ("completed", {"v": [1]}, [])


def test_an_unknown_workflow_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        start(program(POLL), "nope", {}, 0.0)


# -- stops ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["deadline", "interrupted"])
def test_a_stop_closes_the_step_and_keeps_the_outputs(kind: str) -> None:
    text = """
- workflowId: main
  steps:
    - {stepId: one, operationId: a, outputs: {n: $response.body#/n}}
    - {stepId: call, workflowId: child}
  outputs: {n: $steps.one.outputs.n}
- workflowId: child
  steps: [{stepId: inner, operationId: b}]
"""
    run = play(text, [(200, {"n": 1}), Stop(kind, "enough", 0.0)])
    assert (run.end.status, run.end.outputs) == ("failed", {"n": 1})
    assert run.end.failure is not None
    assert (run.end.failure.kind, run.end.failure.message) == (kind, "enough")
    last = run.steps[-1]
    assert (last.step_id, last.status, last.depth) == ("inner", "failure", 1)
    assert last.failure is not None
    assert last.failure.kind == kind


def test_a_stop_in_a_wait_closes_the_step_that_waits() -> None:
    text = "- {stepId: s, operationId: a, onFailure: [{name: r, type: retry, retryAfter: 9}]}"
    linked = program(text)
    state = start(linked, "main", {}, 0.0).state
    state, (wait,), _ = advance(linked, state, ResponseArrived(Response(500), 1.0))
    assert type(wait) is Wait
    state, effects, records = advance(linked, state, Stop("interrupted", "stop", 4.0))
    assert effects == (Finish(),)
    assert state.frames == ()
    (step,) = [r for r in records if type(r) is StepFinished]
    assert (step.step_id, step.attempts, step.duration_ms) == ("s", 1, 4000)


def test_a_stop_between_the_steps_of_a_poll_closes_nothing() -> None:
    run = play(POLL, [200, Stop("deadline", "over", 0.0)])
    assert [s.status for s in run.steps] == ["success", "failure"]
    linked = program(POLL)
    state = start(linked, "main", {}, 0.0).state
    state, _, _ = advance(linked, state, ResponseArrived(Response(200), 1.0))
    _, _, records = advance(linked, state, Stop("deadline", "over", 2.0))
    assert StepFinished not in [type(r) for r in records]


# -- events nobody waits for ---------------------------------------------------------------------


def test_events_that_the_state_does_not_wait_for_change_nothing() -> None:
    linked = program(POLL)
    sent = start(linked, "main", {}, 0.0).state
    assert advance(linked, sent, WaitOver(1.0)) == (sent, (), ())
    waiting = advance(linked, sent, ResponseArrived(Response(200), 1.0)).state
    assert advance(linked, waiting, ResponseArrived(Response(200), 1.0)) == (waiting, (), ())
    assert advance(linked, waiting, RequestFailed("dns", "x", 1.0)) == (waiting, (), ())
    over = advance(linked, waiting, Stop("interrupted", "x", 1.0)).state
    for event in (Stop("deadline", "x", 2.0), WaitOver(2.0), ResponseArrived(Response(200), 2.0)):
        assert advance(linked, over, event) == (over, (), ())


# -- the state as JSON ---------------------------------------------------------------------------


def test_values_that_look_like_marks_survive() -> None:
    values = {
        "a": {"$bytes": "no"},
        "b": {"$object": {"$bytes": "AA=="}},
        "c": {"$bytes": 1, "x": 2},
        "d": [{"$object": None}],
        "e": b"\x00\xff",
        "f": {"in": [b"x"]},
        "g": {"$file": {"path": "/etc/passwd"}},
        "h": {"$stream": ["text"]},
    }
    linked = program(POLL)
    state = start(linked, "main", values, 0.5).state
    data = json.loads(json.dumps(state_to_json(state)))
    assert state_from_json(data) == state
    assert state_from_json(data).frames[0].inputs == values


def test_a_saved_run_goes_on_where_it_was() -> None:
    text = """
- workflowId: main
  dependsOn: [first]
  steps:
    - {stepId: one, operationId: a, outputs: {raw: $response.body}}
    - stepId: call
      workflowId: child
      timeout: 60000
      onFailure: [{name: r, type: retry, retryLimit: 3, retryAfter: 2, stepId: one},
                  {name: o, type: goto, workflowId: target}]
- workflowId: first
  steps: [{stepId: f, operationId: create, requestBody: {payload: {name: n}}}]
- workflowId: child
  steps:
    - {stepId: two, operationId: b, onFailure: [{name: r, type: retry, workflowId: first, retryAfter: 1}]}
    - {stepId: poll, operationId: c, onSuccess: [{name: x, type: goto, stepId: poll,
       criteria: [{condition: $statusCode == 202}]}]}
- workflowId: target
  steps: [{stepId: last, operationId: a}]
"""
    linked = program(text)
    replies = [200, answer(200, b"\x00raw"), 500, 200, 500, 200, 500, 201, 202, 202, 429, 500, 200]
    plain, saved = play(linked, replies), play(linked, replies, saved=True)
    assert saved.records == plain.records
    assert saved.sends == plain.sends
    assert len(plain.requests) > 10
    assert plain.end.transferred_to in (None, "target")


def test_the_effect_of_a_request_says_whose_it_is() -> None:
    (effect,) = start(program(POLL), "main", {}, 0.0).effects
    assert type(effect) is SendRequest
    assert effect.call.source_name == "api"
    assert (effect.step_id, effect.workflow_id, effect.attempt) == ("p", "main", 1)
