"""What follows a step: the table of outcomes, the choice of the action, merging, ends, outputs."""

# ruff: noqa: E501 - documents in the tests

from __future__ import annotations

import pytest

from arazzo_runner.execution.journal_records import records_from_text, records_to_text
from arazzo_runner.interpreter import ActionConsidered, Pacing, RunSettings, StepFinished
from arazzo_runner.interpreter.outcomes import OUTCOMES
from arazzo_runner.values import Redactor, Response
from tests.support.machines import Answered, Lost, answer, play

QUICK = RunSettings(pacing=Pacing(interval=0))


def act(kind: str, action: str) -> str:
    return f"""
- stepId: one
  operationId: a
  {kind}: [{action}]
- {{stepId: two, operationId: b}}
- {{stepId: three, operationId: c}}
"""


NOTHING = "- {stepId: one, operationId: a}\n- {stepId: two, operationId: b}\n"


@pytest.mark.requirement("ST-20", "ST-21", "ACT-03", "ACT-04", "A-20", "A-23")
@pytest.mark.parametrize(
    ("key", "text", "statuses", "status", "urls"),
    [
        ((True, None), NOTHING, [200], "completed", ["/a", "/b"]),
        ((False, None), NOTHING, [500], "failed", ["/a"]),
        ((True, "end"), act("onSuccess", "{name: x, type: end}"), [200], "completed", ["/a"]),
        ((False, "end"), act("onFailure", "{name: x, type: end}"), [500], "ended", ["/a"]),
        (
            (True, "goto"),
            act("onSuccess", "{name: x, type: goto, stepId: three}"),
            [200],
            "completed",
            ["/a", "/c"],
        ),
        (
            (False, "goto"),
            act("onFailure", "{name: x, type: goto, stepId: three}"),
            [500, 200],
            "completed",
            ["/a", "/c"],
        ),
        (
            (True, "retry"),
            act("onSuccess", "{name: x, type: retry, retryLimit: 2}"),
            [200],
            "completed",
            ["/a", "/a", "/a", "/b", "/c"],
        ),
        (
            (False, "retry"),
            act("onFailure", "{name: x, type: retry, retryLimit: 2}"),
            [500, 500, 200],
            "completed",
            ["/a", "/a", "/a", "/b", "/c"],
        ),
    ],
    ids=str,
)
def test_every_row_of_the_table(
    key: tuple[bool, str | None], text: str, statuses: list[int], status: str, urls: list[str]
) -> None:
    assert key in OUTCOMES
    run = play(text, statuses, settings=QUICK)
    assert (run.end.status, run.urls) == (status, urls)


def test_the_table_has_these_rows_only() -> None:
    assert set(OUTCOMES) == {(s, t) for s in (True, False) for t in (None, "end", "goto", "retry")}


@pytest.mark.requirement("A-10", "ST-19")
@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, "completed"), (204, "completed"), (302, "completed"), (399, "completed"),
     (400, "failed"), (404, "failed"), (500, "failed"), (503, "failed")],
)  # fmt: skip
def test_without_criteria_the_status_decides(status: int, outcome: str) -> None:
    run = play("- {stepId: s, operationId: a}", [status])
    assert run.end.status == outcome
    if outcome == "failed":
        assert run.end.failure is not None
        assert run.end.failure.kind == "criteria"
        assert run.end.failure.message == f"the answer was {status}"
        assert run.end.failure.step_id == "s"
        assert run.end.failure.location is not None


@pytest.mark.requirement("A-10")
def test_criteria_decide_alone_when_there_are_some() -> None:
    text = "- {stepId: s, operationId: a, successCriteria: [{condition: $statusCode == 500}]}"
    assert play(text, [500]).end.status == "completed"
    assert play(text, [200]).end.status == "failed"


@pytest.mark.requirement("ST-18", "CR-20")
def test_all_criteria_have_to_hold_and_all_are_recorded() -> None:
    text = """
- stepId: s
  operationId: a
  successCriteria:
    - condition: $statusCode == 200
    - condition: $response.body.state == 'done'
    - condition: $response.body.count > 3
"""
    run = play(text, [(200, {"state": "open", "count": 1})])
    (step,) = run.steps
    assert [c.verdict.passed for c in step.criteria] == [True, False, False]
    assert step.failure is not None
    assert step.failure.message == (
        "not satisfied: $response.body.state == 'done' ($response.body.state = 'open'); "
        "$response.body.count > 3 ($response.body.count = 1); the answer was 200"
    )


def test_a_failed_criterion_shows_nothing_and_shortens_long_values() -> None:
    text = """
- stepId: s
  operationId: a
  successCriteria: [{condition: $response.body.a == 'x'}, {condition: $response.body.b == 'x'}]
"""
    (step,) = play(text, [(200, {"b": "y" * 500})]).steps
    assert step.failure is not None
    assert "$response.body.a = nothing" in step.failure.message
    assert len(step.failure.message) < 250
    assert "…" in step.failure.message


@pytest.mark.requirement("CR-19")
def test_an_evaluation_error_fails_the_step_with_its_reason() -> None:
    text = "- {stepId: s, operationId: a, successCriteria: [{condition: $response.body.o < 3}]}"
    (step,) = play(text, [(200, {"o": {}})]).steps
    assert step.failure is not None
    assert step.criteria[0].verdict.error
    assert step.criteria[0].verdict.error in step.failure.message


@pytest.mark.requirement("ST-22", "ACT-12", "ACT-17", "A-20")
@pytest.mark.parametrize(
    ("code", "urls", "status"),
    [(201, ["/a", "/c"], "completed"), (202, ["/a"], "completed"), (200, ["/a", "/b", "/c"], "completed")],
)  # fmt: skip
def test_the_first_action_whose_criteria_all_hold(code: int, urls: list[str], status: str) -> None:
    text = """
- stepId: one
  operationId: a
  onSuccess:
    - {name: never, type: end, criteria: [{condition: $statusCode > 200}, {condition: 1 == 2}]}
    - {name: created, type: goto, stepId: three, criteria: [{condition: $statusCode == 201}]}
    - {name: later, type: end, criteria: [{condition: $statusCode > 200}]}
- {stepId: two, operationId: b}
- {stepId: three, operationId: c}
"""
    run = play(text, [code, 200])
    assert (run.urls, run.end.status) == (urls, status)
    taken = run.steps[0].action
    assert (taken.name if taken else None) == {201: "created", 202: "later"}.get(code)


@pytest.mark.requirement("A-20")
def test_failure_actions_that_do_not_match_fail_the_workflow() -> None:
    text = act("onFailure", "{name: x, type: end, criteria: [{condition: $statusCode == 404}]}")
    assert play(text, [500]).end.status == "failed"
    assert play(text, [404]).end.status == "ended"


@pytest.mark.requirement("A-19", "WF-13")
def test_workflow_actions_come_after_those_of_the_step() -> None:
    text = """
- workflowId: main
  failureActions:
    - {name: shared, type: goto, stepId: two}
    - {name: fallback, type: goto, stepId: three}
  steps:
    - stepId: one
      operationId: a
      onFailure: [{name: own, type: end, criteria: [{condition: $statusCode == 404}]}]
    - {stepId: two, operationId: b}
    - {stepId: three, operationId: c}
"""
    assert play(text, [404]).end.status == "ended"
    assert play(text, [500, 200]).urls == ["/a", "/b", "/c"]


@pytest.mark.requirement("A-19")
def test_a_step_redefines_a_workflow_action_by_its_name() -> None:
    text = """
- workflowId: main
  failureActions:
    - {name: shared, type: end}
    - {name: fallback, type: goto, stepId: three}
  steps:
    - stepId: one
      operationId: a
      onFailure: [{name: shared, type: end, criteria: [{condition: $statusCode == 404}]}]
    - {stepId: two, operationId: b}
    - {stepId: three, operationId: c}
"""
    run = play(text, [500, 200])
    assert run.urls == ["/a", "/c"], "the workflow's own 'shared' is gone, 'fallback' is not"


@pytest.mark.requirement("A-23", "A-24", "A-40", "OUT-01")
def test_outputs_are_evaluated_whatever_the_outcome() -> None:
    text = """
- workflowId: main
  steps:
    - stepId: one
      operationId: a
      outputs: {code: $statusCode, gone: $response.body#/none}
      onFailure: [{name: stop, type: end, criteria: [{condition: $statusCode == 404}]}]
  outputs:
    code: $steps.one.outputs.code
    gone: $steps.one.outputs.gone
    never: $steps.one.outputs.code#/x
"""
    for code, status in ((200, "completed"), (404, "ended"), (500, "failed")):
        run = play(text, [code])
        assert (run.end.status, run.end.outputs) == (status, {"code": code})
        assert run.end.missing_outputs == ("gone", "never")
        assert run.steps[0].missing_outputs == ("gone",)
        notes = [note.message for note in run.notes if note.rule == "output-absent"]
        assert len(notes) == 2
        assert notes[0].startswith("output 'gone' has no value: step 'one' has no output 'gone'")


@pytest.mark.requirement("A-12", "OUT-04")
def test_an_output_whose_text_lacks_a_part_is_left_out() -> None:
    text = """
- workflowId: main
  steps:
    - {stepId: s, operationId: a, outputs: {ok: 'n={$response.body#/n}', no: 'x={$response.body#/x}'}}
  outputs: {ok: $steps.s.outputs.ok, no: 'y={$steps.s.outputs.no}'}
"""
    run = play(text, [(200, {"n": 1})])
    assert (run.end.outputs, run.end.missing_outputs) == ({"ok": "n=1"}, ("no",))
    (note,) = run.notes
    assert note.message == "output 'no' has no value: step 's' has no output 'no'"


@pytest.mark.requirement("ST-32", "A-24")
def test_the_last_execution_wins() -> None:
    text = """
- stepId: one
  operationId: a
  outputs: {n: $response.body#/n}
  onSuccess: [{name: again, type: goto, stepId: one, criteria: [{condition: $response.body.n < 3}]}]
"""
    run = play(text, [(200, {"n": 1}), (200, {"n": 2}), (200, {"n": 3})])
    assert run.states[-2].frames[0].outputs == {"one": {"n": 2}}
    assert run.steps[-1].outputs == {"n": 3}
    assert [step.visit for step in run.steps] == [1, 2, 3]


@pytest.mark.requirement("A-12")
@pytest.mark.parametrize("kind", ["dns", "connect", "tls", "timeout", "reset", "protocol"])
def test_no_answer_is_a_failed_step_with_actions(kind: str) -> None:
    text = """
- stepId: one
  operationId: a
  successCriteria: [{condition: $statusCode == 200}]
  outputs: {code: $statusCode}
  onFailure: [{name: x, type: goto, stepId: two, criteria: [{condition: $statusCode == null}]}]
- {stepId: two, operationId: b}
"""
    run = play(text, [Lost(kind, "no luck"), 200])
    assert run.end.status == "completed"
    first = run.steps[0]
    assert first.failure is not None
    assert (first.failure.kind, first.failure.message) == (kind, "no luck")
    assert first.outputs == {}
    assert first.missing_outputs == ("code",)
    assert first.response is None


def test_an_answer_that_is_too_large_stops_the_run() -> None:
    text = act("onFailure", "{name: x, type: goto, stepId: three}")
    run = play(text, [Lost("size", "too large")])
    assert run.end.status == "failed"
    assert run.end.failure is not None
    assert (run.end.failure.kind, run.end.failure.step_id) == ("size", "one")
    assert run.urls == ["/a"]


@pytest.mark.requirement("OUT-03", "EXR-01")
def test_types_are_kept_by_whole_expressions() -> None:
    values = {"n": None, "b": False, "i": 0, "l": [1], "o": {}, "s": ""}
    text = "- {stepId: s, operationId: a, outputs: {all: $response.body}}"
    assert play(text, [(200, values)]).steps[0].outputs == {"all": values}
    text = (
        "- {stepId: s, operationId: a, outputs: {n: $response.body#/n, t: 'x{$response.body#/n}'}}"
    )
    assert play(text, [(200, values)]).steps[0].outputs == {"n": None, "t": "xnull"}


def test_records_come_in_the_order_things_happen() -> None:
    run = play("- {stepId: s, operationId: a}", [answer(200, takes=1.5)])
    names = [type(record).__name__ for record in run.records]
    assert names == [
        "WorkflowStarted", "StepStarted", "RequestSent", "ResponseReceived",
        "StepFinished", "WorkflowFinished", "RunFinished",
    ]  # fmt: skip
    assert run.records[3].duration_ms == 1500  # type: ignore[union-attr]
    assert run.steps[0].duration_ms == 1500


def test_what_may_help_with_an_unexpected_answer() -> None:
    text = "- {stepId: s, operationId: a, successCriteria: [{condition: $statusCode == 200}]}"
    redirected = play(text, [answer(302, Location="/there")]).end.failure
    assert redirected is not None
    assert redirected.hint == "the server redirects to /there, and redirects are not followed"
    throttled = play(text, [429]).end.failure
    assert throttled is not None
    assert throttled.hint is not None
    assert "--poll-interval" in throttled.hint
    plain = play(text, [500]).end.failure
    assert plain is not None
    assert plain.hint is None


def test_an_odd_body_is_noted() -> None:
    odd = Answered(Response(200, (), "{", note="the body is not JSON"))
    run = play("- {stepId: s, operationId: a}", [odd])
    assert [(n.rule, n.message) for n in run.notes] == [("response-body", "the body is not JSON")]


def test_what_was_looked_at_says_why_an_action_was_taken_and_why_others_were_not() -> None:
    text = """
- stepId: one
  operationId: a
  onFailure:
    - {name: again, type: retry, retryLimit: 1}
    - {name: gone, type: end, criteria: [{condition: $statusCode > 0}, {condition: $statusCode == 404}, {condition: $statusCode == 1}]}
    - {name: stop, type: end, criteria: [{condition: $statusCode == 500}]}
    - {name: never, type: end}
"""
    run = play(text, [500, 500], settings=QUICK)
    (step,) = [record for record in run.records if type(record) is StepFinished]
    again, gone, stop = step.considered
    assert again == ActionConsidered("again", "retry", (), used_up=True)
    assert [checked.verdict.passed for checked in gone.criteria] == [True, False]
    assert [checked.verdict.passed for checked in stop.criteria] == [True]
    assert step.action is not None
    assert (step.action.name, stop.name) == ("stop", "stop")
    plain = Redactor()
    (again_read,) = records_from_text(records_to_text([step], plain))
    assert again_read.considered == step.considered  # type: ignore[union-attr]
