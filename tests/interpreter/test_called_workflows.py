"""Workflows that run, need, follow or replace each other; their inputs, outputs and time."""

# ruff: noqa: E501 - documents in the tests

from __future__ import annotations

import pytest

from arazzo_runner.interpreter import RunSettings
from tests.support.machines import Lost, answer, play

CHILD = """
- workflowId: child
  inputs:
    type: object
    properties:
      x: {type: string}
      y: {type: string, default: dy}
      deep: {type: object, properties: {z: {default: 9}}}
  steps:
    - stepId: inner
      operationId: list
      parameters:
        - {name: must, in: query, value: $inputs.y}
        - {name: q, in: query, value: $inputs.x}
      outputs: {got: $response.body#/got}
      onFailure: [{name: give-up, type: end, criteria: [{condition: $statusCode == 404}]}]
  outputs: {got: $steps.inner.outputs.got}
"""


def calling(step: str, child: str = CHILD) -> str:
    return (
        f"- workflowId: main\n  steps:\n    - stepId: call\n      workflowId: child\n{step}{child}"
    )


@pytest.mark.requirement("PAR-06", "A-35", "A-36", "OUT-02", "A-41", "EXR-12")
def test_inputs_by_name_defaults_and_outputs_both_ways() -> None:
    step = """
      parameters: [{name: x, value: hello}, {name: deep, value: {k: 1}}]
      outputs:
        a: $outputs.got
        b: $workflows.child.outputs.got
        c: $workflows.child.inputs.y
        d: $workflows.main.inputs.none
"""
    run = play(calling(step), [(200, {"got": 7})])
    assert run.urls == ["/list?must=dy&q=hello"]
    assert run.steps[-1].outputs == {"a": 7, "b": 7, "c": "dy"}
    (child,) = [r for r in run.records if getattr(r, "reason", "") == "step"]
    assert child.inputs == {"x": "hello", "y": "dy", "deep": {"k": 1, "z": 9}}  # type: ignore[union-attr]


@pytest.mark.requirement("A-36", "CMP-05")
def test_defaults_of_a_schema_behind_a_reference() -> None:
    text = """
components:
  inputs:
    shared: {type: object, properties: {y: {default: from-components}}}
workflows:
- workflowId: main
  steps: [{stepId: call, workflowId: child}]
- workflowId: second
  steps:
    - stepId: go
      operationId: a
      onSuccess: [{name: x, type: goto, workflowId: child}]
- workflowId: child
  inputs: {$ref: '#/components/inputs/shared'}
  steps:
    - {stepId: s, operationId: list, parameters: [{name: must, in: query, value: $inputs.y}]}
"""
    assert play(text).urls == ["/list?must=from-components"]
    assert play(text, workflow="second").urls == ["/a", "/list?must=from-components"]


@pytest.mark.requirement("A-35", "PAR-05")
def test_inherited_parameters_go_only_to_declared_inputs() -> None:
    text = (
        """
- workflowId: main
  parameters:
    - {name: x, in: query, value: inherited}
    - {name: other, in: query, value: not for the child}
  steps:
    - {stepId: call, workflowId: child}
    - {stepId: own, workflowId: child, parameters: [{name: x, value: mine}, {name: free, value: 1}]}
"""
        + CHILD
    )
    run = play(text)
    started = [r.inputs for r in run.records if getattr(r, "reason", "") == "step"]
    assert started == [
        {"x": "inherited", "y": "dy"},
        {"x": "mine", "y": "dy", "free": 1},
    ]


@pytest.mark.requirement("A-23", "A-41")
@pytest.mark.parametrize(
    ("criteria", "code", "status", "kind"),
    [
        ("", 200, "completed", None),
        ("", 404, "failed", "workflow"),
        ("", 500, "failed", "criteria"),
        ("successCriteria: [{condition: $outputs.got == 1}]", 200, "failed", "criteria"),
        ("successCriteria: [{condition: $outputs.got == 7}]", 200, "completed", None),
        ("successCriteria: [{condition: $outputs.got == 7}]", 404, "completed", None),
        ("successCriteria: [{condition: $outputs.got == 7}]", 500, "failed", "criteria"),
    ],
)
def test_how_a_workflow_step_is_judged(
    criteria: str, code: int, status: str, kind: str | None
) -> None:
    run = play(calling(f"      {criteria}\n"), [(code, {"got": 7})])
    assert run.end.status == status
    assert (run.end.failure.kind if run.end.failure else None) == kind
    if code == 500:
        assert run.end.failure is not None
        assert "the workflow it runs failed: the answer was 500" in run.end.failure.message
        assert run.end.failure.step_id == "call"


def test_a_workflow_step_has_actions_too() -> None:
    step = "      onFailure: [{name: x, type: retry, retryLimit: 2, retryAfter: 4}]\n"
    run = play(calling(step), [500, 500, 200])
    assert (run.end.status, run.seconds, len(run.requests)) == ("completed", [4, 4], 3)


def test_an_absent_part_of_a_text_fails_the_call_before_the_child_begins() -> None:
    step = "      parameters: [{name: x, value: 'a{$inputs.none}'}]\n"
    run = play(calling(step))
    assert run.end.failure is not None
    assert run.end.failure.kind == "absent-value"
    assert run.requests == []
    assert run.started == [("main", "run")]


# -- goto a workflow -----------------------------------------------------------------------------

TRANSFER = """
- workflowId: main
  steps:
    - stepId: one
      operationId: a
      outputs: {id: $response.body#/id}
      onSuccess:
        - name: over
          type: goto
          workflowId: target
          parameters: [{name: x, value: $response.body#/id}, {name: gone, value: $response.body#/no}]
    - {stepId: never, operationId: c}
  outputs: {mine: $steps.one.outputs.id}
- workflowId: target
  inputs: {type: object, properties: {x: {}, y: {default: 3}}}
  steps:
    - {stepId: two, operationId: list, parameters: [{name: must, in: query, value: $inputs.x}]}
    - {stepId: three, operationId: b, outputs: {code: $statusCode}}
  outputs: {code: $steps.three.outputs.code, y: $inputs.y, before: $workflows.main.inputs.k}
"""


@pytest.mark.requirement("ACT-04", "ACT-11", "A-28")
def test_a_transfer_ends_with_the_target() -> None:
    run = play(TRANSFER, [(200, {"id": 5}), 200, 202], inputs={"k": "kept"})
    assert run.urls == ["/a", "/list?must=5", "/b"]
    assert run.end.outputs == {"code": 202, "y": 3, "before": "kept"}
    assert (run.end.workflow_id, run.end.transferred_to) == ("main", "target")
    assert run.started == [("main", "run"), ("target", "transfer")]
    assert [r.depth for r in run.steps] == [0, 0, 0]


@pytest.mark.requirement("A-28", "A-23")
def test_a_transferred_run_fails_with_its_target() -> None:
    run = play(TRANSFER, [(200, {"id": 5}), 500])
    assert (run.end.status, run.end.transferred_to) == ("failed", "target")
    assert run.end.failure is not None
    assert (run.end.failure.step_id, run.end.failure.workflow_id) == ("two", "target")


def test_parameters_of_a_goto_that_cannot_be_made_fail_the_workflow() -> None:
    text = TRANSFER.replace("value: $response.body#/id}", "value: 'a{$response.body#/id}'}")
    run = play(text, [200])
    assert run.end.status == "failed"
    assert run.end.failure is not None
    assert run.end.failure.message.startswith("action 'over': ")
    assert run.end.transferred_to is None


@pytest.mark.requirement("A-28")
def test_a_called_workflow_that_transfers_answers_with_its_target() -> None:
    text = """
- workflowId: main
  steps: [{stepId: call, workflowId: child, outputs: {code: $outputs.code}}]
- workflowId: child
  steps: [{stepId: s, operationId: a, onSuccess: [{name: x, type: goto, workflowId: target}]}]
- workflowId: target
  steps: [{stepId: t, operationId: b, outputs: {code: $statusCode}}]
  outputs: {code: $steps.t.outputs.code}
"""
    run = play(text, [200, 203])
    assert run.steps[-1].outputs == {"code": 203}
    assert run.end.transferred_to is None, "the run itself was not transferred"


def test_a_dependency_that_runs_the_workflow_that_needs_it() -> None:
    text = """
- workflowId: main
  dependsOn: [first]
  steps: [{stepId: a, operationId: a}]
- workflowId: first
  steps: [{stepId: call, workflowId: main, timeout: 0}, {stepId: b, operationId: a}]
"""
    assert play(text, [(200, {})] * 20).end.status in ("completed", "failed")


# -- dependsOn -----------------------------------------------------------------------------------

NEEDS = """
- workflowId: main
  inputs: {type: object, properties: {k: {}, mine: {}}}
  dependsOn: [login, setup]
  steps:
    - stepId: s
      operationId: list
      parameters: [{name: must, in: query, value: $workflows.login.outputs.token}]
    - {stepId: again, workflowId: login}
- workflowId: setup
  dependsOn: [login]
  steps: [{stepId: u, operationId: b}]
- workflowId: login
  inputs: {type: object, properties: {k: {}, d: {default: 1}}}
  steps: [{stepId: l, operationId: a, outputs: {token: $response.body#/t}}]
  outputs: {token: $steps.l.outputs.token}
"""


@pytest.mark.requirement("WF-10", "A-31")
def test_dependencies_run_once_and_first() -> None:
    run = play(NEEDS, [(200, {"t": "T"})], inputs={"k": 2, "mine": 3})
    assert run.urls == ["/a", "/b", "/list?must=T", "/a"]
    assert run.started == [
        ("main", "run"), ("login", "dependency"), ("setup", "dependency"), ("login", "step"),
    ]  # fmt: skip
    (login, *_) = [r for r in run.records if getattr(r, "reason", "") == "dependency"]
    assert login.inputs == {"k": 2, "d": 1}  # type: ignore[union-attr]


@pytest.mark.requirement("A-31")
@pytest.mark.parametrize("code", [500, 404])
def test_a_failed_dependency_fails_the_workflow_before_any_call(code: int) -> None:
    text = NEEDS.replace(
        "{token: $response.body#/t}",
        "{token: $response.body#/t}, onFailure: "
        "[{name: e, type: end, criteria: [{condition: $statusCode == 404}]}]",
    )
    run = play(text, [code])
    assert run.urls == ["/a"]
    assert run.end.status == "failed"
    assert run.end.failure is not None
    assert run.end.failure.kind == "depends-on"
    status = "failed" if code == 500 else "ended"
    assert run.end.failure.message == f"workflow 'login', which 'main' depends on, {status}"


@pytest.mark.requirement("A-31", "A-28")
def test_a_dependency_that_is_transferred_runs_once() -> None:
    text = """
- workflowId: main
  dependsOn: [first]
  steps: [{stepId: s, operationId: c}]
- workflowId: first
  steps: [{stepId: f, operationId: a, onSuccess: [{name: x, type: goto, workflowId: target}]}]
- workflowId: target
  steps: [{stepId: t, operationId: b}]
"""
    run = play(text)
    assert run.urls == ["/a", "/b", "/c"]
    assert run.end.status == "completed"


@pytest.mark.requirement("DEP-03", "A-32")
def test_a_step_fails_at_once_when_what_it_depends_on_was_skipped() -> None:
    text = """
- {stepId: one, operationId: a, onSuccess: [{name: x, type: goto, stepId: three}]}
- {stepId: two, operationId: b}
- {stepId: three, operationId: c, dependsOn: [two]}
"""
    run = play(text)
    assert run.urls == ["/a"]
    assert run.end.failure is not None
    assert run.end.failure.kind == "depends-on"
    assert "step 'two', which this step depends on, has not run" in run.end.failure.message


# -- time ----------------------------------------------------------------------------------------


@pytest.mark.requirement("ST-26", "A-27")
def test_the_timeout_of_a_step_bounds_each_attempt() -> None:
    text = """
- stepId: s
  operationId: a
  timeout: 1500
  onFailure: [{name: again, type: retry, retryAfter: 60}]
"""
    run = play(text, [Lost("timeout", takes=1.5), answer(200, takes=1)])
    assert [send.timeout for send in run.sends] == [1.5, 1.5]
    assert (run.end.status, run.seconds) == ("completed", [60])


def test_without_a_timeout_the_driver_decides() -> None:
    assert play("- {stepId: s, operationId: a}").sends[0].timeout is None


SLOW_CHILD = """
- workflowId: child
  steps:
    - {stepId: one, operationId: a}
    - stepId: two
      operationId: b
      onFailure: [{name: again, type: retry, retryAfter: 8, retryLimit: 9}]
"""


@pytest.mark.requirement("A-27")
def test_the_timeout_of_a_workflow_step_bounds_the_whole_child() -> None:
    step = """
      timeout: 5000
      onFailure: [{name: x, type: goto, stepId: after}]
    - {stepId: after, operationId: c}
"""
    run = play(calling(step, SLOW_CHILD), [answer(200, takes=2), answer(200, takes=9), 200])
    assert [send.timeout for send in run.sends] == [5, 3, None]
    assert run.urls == ["/a", "/b", "/c"]
    failed = [(s.step_id, s.failure.kind) for s in run.steps if s.failure]
    assert failed == [("two", "step-timeout"), ("call", "step-timeout")]
    assert run.end.status == "completed"


@pytest.mark.requirement("A-27")
def test_a_wait_of_the_child_ends_with_the_timeout() -> None:
    run = play(calling("      timeout: 5000\n", SLOW_CHILD), [200, 500])
    assert run.seconds == [5], "eight seconds were asked for"
    assert run.end.failure is not None
    assert run.end.failure.kind == "step-timeout"


@pytest.mark.requirement("A-27")
def test_nested_timeouts_the_outer_one_wins_when_it_is_due() -> None:
    text = """
- workflowId: main
  steps:
    - stepId: outer
      workflowId: middle
      timeout: 4000
      onFailure: [{name: x, type: goto, stepId: after}]
    - {stepId: after, operationId: c}
- workflowId: middle
  steps:
    - stepId: inner
      workflowId: child
      timeout: INNER
      onFailure: [{name: x, type: goto, stepId: rescue}]
    - {stepId: rescue, operationId: b}
- workflowId: child
  steps: [{stepId: s, operationId: a}]
"""
    # The inner one is longer: it is cut to the outer one, which ends everything at once.
    run = play(text.replace("INNER", "9000"), [answer(200, takes=6), 200])
    assert run.sends[0].timeout == 4
    assert run.urls == ["/a", "/c"]
    # The inner one is shorter: the middle workflow goes on, with what is left of the time.
    run = play(text.replace("INNER", "1000"), [answer(200, takes=1), 200])
    assert [send.timeout for send in run.sends] == [1, 3, None]
    assert run.urls == ["/a", "/b", "/c"]
    # A child that begins late has the time that is left of the step around it.
    late = text.replace("INNER", "9000").replace(
        "- workflowId: middle\n  steps:\n",
        "- workflowId: middle\n  steps:\n    - {stepId: z, operationId: b}\n",
    )
    run = play(late, [answer(200, takes=3), answer(200, takes=2), 200])
    assert [send.timeout for send in run.sends] == [4, 1, None]


def test_a_step_that_comes_after_its_time_still_gets_a_moment() -> None:
    text = """
- workflowId: main
  steps: [{stepId: call, workflowId: child, timeout: 0}]
- workflowId: child
  steps: [{stepId: s, operationId: a}]
"""
    run = play(text)
    assert [send.timeout for send in run.sends] == [0.001]
    assert run.end.failure is not None
    assert run.end.failure.kind == "step-timeout"


# -- depth ---------------------------------------------------------------------------------------


@pytest.mark.requirement("A-55", "ST-11")
def test_endless_nesting_is_stopped_with_its_chain() -> None:
    text = """
- workflowId: main
  steps: [{stepId: call, workflowId: other}]
- workflowId: other
  steps: [{stepId: back, workflowId: main}]
"""
    run = play(text, settings=RunSettings(max_depth=4))
    assert run.end.failure is not None
    assert run.end.failure.kind == "depth"
    assert run.end.failure.message == (
        "workflows are nested deeper than 4: main → other → main → other"
    )
    assert play(text).end.failure is not None


def test_endless_transfers_need_no_depth() -> None:
    text = """
- workflowId: main
  steps: [{stepId: s, operationId: a, onSuccess: [{name: x, type: goto, workflowId: main}]}]
"""
    run = play(text, settings=RunSettings(max_depth=2, max_steps=50))
    assert run.end.failure is not None
    assert run.end.failure.kind == "steps"
    assert len(run.requests) == 50


def test_workflows_of_the_chain_are_visible_with_their_inputs() -> None:
    text = calling(
        "      parameters: [{name: x, value: here}]\n",
        """
- workflowId: child
  steps:
    - stepId: s
      operationId: list
      parameters:
        - {name: must, in: query, value: $workflows.main.inputs.k}
        - {name: q, in: query, value: $workflows.child.inputs.x}
""",
    )
    assert play(text, inputs={"k": "top"}).urls == ["/list?must=top&q=here"]


def test_a_circle_of_calls_and_dependencies_ends() -> None:
    """The dependency calls the workflow that depends on it, whose dependency runs inside."""
    text = """
- workflowId: main
  dependsOn: [needed]
  steps: [{stepId: a, operationId: a}]
- workflowId: needed
  steps:
    - {stepId: b, operationId: a}
    - {stepId: again, workflowId: main}
"""
    run = play(text, [(200, {}), (404, {})])
    assert run.end.status == "failed"
    assert run.end.failure.kind == "depends-on"


def test_in_such_a_circle_every_dependency_runs() -> None:
    text = """
- workflowId: main
  dependsOn: [one, two]
  steps: [{stepId: m, operationId: c}]
- workflowId: one
  steps:
    - {stepId: a, operationId: a}
    - stepId: again
      workflowId: main
      onFailure: [{name: on, type: end}]
- workflowId: two
  steps: [{stepId: b, operationId: b}]
"""
    run = play(text, [(200, {}), (404, {})])
    finished = [r.workflow_id for r in run.records if type(r).__name__ == "WorkflowFinished"]
    assert finished[-2:] == ["one", "main"]
    assert run.end.failure is not None
    assert "'one'" in run.end.failure.message
