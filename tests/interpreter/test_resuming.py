"""States that wait: what a run goes on with, keys for its requests, answers that nobody knows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from arazzo_runner.expressions import WorkflowValues
from arazzo_runner.interpreter import (
    Assumed,
    Finish,
    Noted,
    Pacing,
    RequestFailed,
    ResponseArrived,
    ResponseReceived,
    RunSettings,
    SendRequest,
    Shared,
    State,
    StepFinished,
    Stop,
    Transition,
    Wait,
    WaitOver,
    advance,
    pending,
    poll_of,
    start,
    state_from_json,
    state_to_json,
    take_poll,
    without_requests,
)
from arazzo_runner.interpreter.state import response_from_json, value_to_json
from arazzo_runner.linking import Program
from arazzo_runner.values import ABSENT, Response, header
from tests.support.machines import API, link_text, program

POLL = """
- stepId: s
  operationId: list
  parameters: [{name: must, in: query, value: 1}]
  outputs: {n: $response.body#/n}
  onSuccess: [{name: again, type: goto, stepId: s, criteria: [{condition: $response.body#/n < 3}]}]
- {stepId: t, operationId: a}
"""

KEYED = (
    API
    + """
  /keyed:
    post:
      operationId: keyed
      parameters: [{name: Idempotency-Key, in: header, required: true, schema: {type: string}}]
      responses: {}
  /plain: {post: {operationId: plain, responses: {}}}
"""
)


def kept(state: State) -> State:
    """The state as a journal gives it back."""
    return state_from_json(json.loads(json.dumps(state_to_json(without_requests(state)))))


def answered(n: int, at: float = 1.0) -> ResponseArrived:
    return ResponseArrived(Response(200, (), {"n": n}), at)


def begin(what: Program | str, **options: Any) -> Transition:
    linked = program(what) if isinstance(what, str) else what
    return start(linked, "main", {}, 0.0, **options)


def test_a_request_in_flight_is_built_again() -> None:
    linked = program(POLL)
    first = begin(linked)
    assert first.state.frames[-1].request is not None
    state = kept(first.state)
    assert state.frames[-1].request is None
    again = pending(linked, state, 5.0)
    assert again.effects == first.effects
    assert again.state == first.state
    assert [type(record).__name__ for record in again.records] == ["RequestSent"]


def test_only_what_is_left_of_a_wait() -> None:
    linked = program(POLL)
    waiting = advance(linked, begin(linked).state, answered(1))
    (wait,) = waiting.effects
    assert isinstance(wait, Wait)
    for at, left in ((1.0, 1.0), (1.75, 0.25), (99.0, 0.0)):
        assert pending(linked, kept(waiting.state), at).effects == (Wait(left, "poll", "s"),)
    over = advance(linked, kept(waiting.state), WaitOver(2.0))
    assert over.state.frames[-1].pause is None


def test_a_state_that_is_over_has_nothing_to_do() -> None:
    linked = program("- {stepId: s, operationId: a}")
    over = advance(linked, begin(linked).state, answered(1))
    assert pending(linked, kept(over.state), 2.0).effects == (Finish(),)


def test_a_state_without_requests_is_left_alone() -> None:
    linked = program(POLL)
    state = without_requests(begin(linked).state)
    assert without_requests(state) is state


def test_a_wait_of_a_called_workflow_ends_with_the_step_that_called_it() -> None:
    linked = program("""
        - workflowId: main
          steps: [{stepId: s, workflowId: inner, timeout: 2000}]
        - workflowId: inner
          steps:
          - {stepId: t, operationId: a, onFailure: [{name: r, type: retry, retryAfter: 60}]}
    """)
    waiting = advance(linked, begin(linked).state, RequestFailed("reset", "x", 1.0))
    assert waiting.effects == (Wait(1.0, "retry", "t"),)
    assert pending(linked, kept(waiting.state), 1.5).effects == (Wait(0.5, "retry", "t"),)


# -- answers that nobody knows -------------------------------------------------------------------


def test_a_step_is_taken_to_have_done_its_work() -> None:
    linked = program("""
        - stepId: s
          operationId: a
          successCriteria: [{condition: $statusCode == 201}]
          outputs: {n: $response.body#/n, u: $url}
        - {stepId: t, operationId: b}
    """)
    went = advance(linked, kept_with_request(linked), Assumed(None, 3.0))
    (step,) = (r for r in went.records if type(r) is StepFinished)
    assert (step.status, step.response, step.criteria) == ("success", None, ())
    assert step.missing_outputs == ("n",)
    assert step.outputs == {"u": "http://api.test/a"}
    assert [r.rule for r in went.records if type(r) is Noted] == ["uncertain"]
    assert went.effects[0].step_id == "t"  # type: ignore[union-attr]


def kept_with_request(linked: Program) -> State:
    return pending(linked, kept(begin(linked).state), 1.0).state


def test_what_another_request_found_out_is_its_answer() -> None:
    linked = program("- {stepId: s, operationId: a, outputs: {n: $response.body#/n}}")
    went = advance(linked, begin(linked).state, Assumed(Response(200, (), {"n": 7}), 3.0))
    (step,) = (r for r in went.records if type(r) is StepFinished)
    assert (step.outputs, step.response) == ({"n": 7}, Response(200, (), {"n": 7}))
    assert not [r for r in went.records if type(r) is ResponseReceived]


def test_nothing_is_assumed_while_a_run_waits() -> None:
    linked = program(POLL)
    waiting = advance(linked, begin(linked).state, answered(1))
    assert advance(linked, waiting.state, Assumed(None, 2.0)).effects == ()


# -- keys ----------------------------------------------------------------------------------------


def keys(transition: Transition, name: str = "Idempotency-Key") -> str | None:
    (effect,) = transition.effects
    assert isinstance(effect, SendRequest)
    return header(effect.request.headers, name)


def keyed(steps: str) -> Program:
    linked = link_text(steps, files={"api.yaml": KEYED})
    assert not linked.errors
    assert not linked.program.warnings, "a run adds the header that the description requires"
    return linked.program


def test_a_declared_key_is_the_same_for_every_attempt_and_no_other() -> None:
    linked = keyed("""
        - {stepId: s, operationId: keyed, onFailure: [{name: r, type: retry}]}
        - {stepId: t, operationId: keyed, onSuccess: [{name: g, type: goto, stepId: s}]}
    """)
    first = begin(linked, run_id="r1")
    key = keys(first)
    assert key is not None
    assert len(key) == 36
    assert key[14] == "8", "a UUID of version 8"
    assert keys(pending(linked, kept(first.state), 9.0)) == key
    again = advance(linked, first.state, RequestFailed("reset", "x", 1.0))
    assert keys(again) == key
    other = advance(linked, again.state, answered(1))
    once_more = advance(linked, other.state, answered(1))
    found = [key, keys(other), keys(once_more), keys(begin(linked, run_id="r2"))]
    assert len(set(found)) == 4
    assert keys(begin(linked)) is None, "a run without an id has nothing to make a key of"


def test_a_key_for_every_request_that_may_not_be_sent_twice() -> None:
    linked = keyed("- {stepId: s, operationId: plain}\n- {stepId: t, operationId: a}")
    settings = RunSettings(idempotency_header="X-Once")
    first = begin(linked, run_id="r1", settings=settings)
    assert keys(first, "X-Once")
    assert keys(advance(linked, first.state, answered(1)), "X-Once") is None


def test_the_key_of_the_step_wins() -> None:
    linked = keyed("""
        - stepId: s
          operationId: keyed
          parameters: [{name: idempotency-key, in: header, value: mine}]
    """)
    assert keys(begin(linked, run_id="r1")) == "mine"


def test_steps_of_the_same_name_in_different_calls_have_keys_of_their_own() -> None:
    linked = keyed("""
        - workflowId: main
          steps: [{stepId: a, workflowId: inner}, {stepId: b, workflowId: inner}]
        - workflowId: inner
          steps: [{stepId: s, operationId: keyed}]
    """)
    first = begin(linked, run_id="r1")
    assert keys(first) != keys(advance(linked, first.state, answered(1)))


# -- polls as one effect -------------------------------------------------------------------------


def unrolled(linked: Program, transition: Transition, answers: list[int]) -> Transition:
    at = 1.0
    while poll_of(transition.state) is not None:
        (effect,) = transition.effects
        if isinstance(effect, Wait):
            at += effect.seconds
            transition = advance(linked, transition.state, WaitOver(at))
        else:
            transition = advance(linked, transition.state, answered(answers.pop(0), at))
    return transition


def test_a_poll_taken_whole_comes_to_the_same() -> None:
    linked = program(POLL)
    waiting = advance(linked, begin(linked).state, answered(0))
    assert poll_of(begin(linked).state) is None
    key = poll_of(waiting.state)
    assert key is not None
    assert (key.depth, key.position, key.since) == (1, 0, 1.0)
    expected = unrolled(linked, waiting, [0, 1, 1, 3])
    answers, at = [0, 1, 1, 3], 1.0
    poll = take_poll(linked, waiting)
    effect = next(poll)
    while True:
        try:
            if isinstance(effect, Wait):
                at += effect.seconds
                effect = poll.send(WaitOver(at))
            else:
                effect = poll.send(answered(answers.pop(0), at))
        except StopIteration as end:
            polled = end.value
            break
    assert polled.requests == 4
    assert polled.transition.state == expected.state
    assert polled.transition.effects == expected.effects
    kinds = [type(record).__name__ for record in polled.transition.records]
    assert kinds == [
        "StepStarted", "RequestSent", "ResponseReceived", "StepFinished", "StepStarted",
        "RequestSent",
    ], "the records of the last round"  # fmt: skip
    assert poll_of(polled.transition.state) is None


def test_a_poll_that_is_stopped_ends() -> None:
    linked = program(POLL)
    waiting = advance(linked, begin(linked).state, answered(0))
    poll = take_poll(linked, waiting)
    next(poll)
    with pytest.raises(StopIteration) as end:
        poll.send(Stop("interrupted", "x", 2.0))
    assert end.value.value.transition.effects == (Finish(),)
    assert poll_of(end.value.value.transition.state) is None


# -- work in common ------------------------------------------------------------------------------


def test_shared_dependencies_are_not_run_again() -> None:
    linked = program("""
        - workflowId: main
          dependsOn: [login]
          steps:
          - stepId: s
            operationId: list
            parameters: [{name: must, in: query, value: $workflows.login.outputs.token}]
        - workflowId: login
          steps: [{stepId: t, operationId: a}]
          outputs: {token: $steps.t.outputs.token}
    """)
    login = linked.workflows[linked.entries["login"]]
    shared = Shared(
        {login.key: "completed"},
        {str(login.document): {"login": WorkflowValues({}, {"token": "T"})}},
    )
    (effect,) = begin(linked, shared=shared).effects
    assert isinstance(effect, SendRequest)
    assert effect.request.url == "http://api.test/list?must=T"


def test_responses_go_through_json() -> None:
    for body in (ABSENT, b"\x00", {"$absent": True}, [{"$bytes": "x"}], None, "text"):
        response = Response(200, (("A", "b"),), body, "x/y", 3, "odd")
        data = json.loads(json.dumps(value_to_json(response._asdict())))
        assert response_from_json(data) == response


def test_pacing_of_a_state_survives() -> None:
    settings = RunSettings(pacing=Pacing(timeout=5.0), idempotency_header="X")
    state = begin(POLL, settings=settings, run_id="r").state
    assert kept(state).settings == settings
    assert kept(state).run_id == "r"
