"""Every path is driven, and what is wrong with a workflow is found."""

from __future__ import annotations

import pytest

from arazzo_runner.errors import InputError
from tests.simulation.support import CREATE, POLL, explore, rules, step


def told(flow: str, rule: str, **options: object) -> list[str]:
    return [one.message for one in explore(flow, **options).findings if one.rule == rule]


def outcomes(flow: str, **options: object) -> set[tuple[str, str, str]]:
    return set(explore(flow, **options).shortest)


def test_success_failure_and_no_answer() -> None:
    found = explore(POLL)
    assert set(found.shortest) == {
        ("completed", "", ""),
        ("failed", "poll", "criteria"),
        ("failed", "poll", "connect"),
    }
    assert found.complete
    assert found.paths == len(found.found)
    assert [path.number for path in found.found] == list(range(1, found.paths + 1))


def test_the_shortest_example_of_each_outcome() -> None:
    completed = explore(POLL).shortest["completed", "", ""]
    assert [choice.answer.body["status"] for choice in completed.answers] == ["DONE"]


def test_absent_outputs() -> None:
    messages = told(POLL, "output-absent")
    assert len(messages) == 1
    assert "output 'result' has no value on " in messages[0]


def test_absent_values_that_are_needed() -> None:
    flow = CREATE.replace(
        "outputs: {id: $response.body#/id}", "outputs: {id: $response.body#/owner/email}"
    )
    messages = told(flow, "value-absent")
    assert any("step 'make' has no output 'id'" in message for message in messages)
    assert "without /owner" in messages[0]


def test_inputs_that_are_needed_and_not_required() -> None:
    flow = POLL.replace("required: [id], ", "")
    found = explore(flow)
    messages = [one.message for one in found.findings if one.rule == "input-needed"]
    assert len(messages) == 1
    assert "input 'id' was not given" in messages[0]
    assert not found.ok


def test_a_loop_without_exit() -> None:
    flow = step(more="onSuccess: [{name: again, type: goto, stepId: only}]")
    found = explore(flow)
    assert rules(found) == {"loop-endless", "run-failed"}
    assert not found.ok


def test_a_loop_with_an_exit_is_none() -> None:
    assert not told(POLL, "loop-endless")


def test_steps_that_are_never_reached() -> None:
    flow = (
        step(more="onSuccess: [{name: stop, type: end}]")
        + """
      - stepId: second
        operationId: listPets
      - stepId: third
        operationId: listPets
"""
    )
    assert told(flow, "step-unreached") == [
        "no path leads to it: step 'only' before it always leads elsewhere (action 'stop': end)",
        "no path leads to it: step 'second' before it is not reached either",
    ]


def test_steps_behind_one_that_fails() -> None:
    flow = (
        step('[{condition: "1 == 2"}]')
        + """
      - stepId: second
        operationId: listPets
"""
    )
    [message] = told(flow, "step-unreached")
    assert message.startswith(
        "no path leads to it: step 'only' before it never succeeds: not satisfied: 1 == 2"
    )


def test_actions_that_are_never_taken() -> None:
    more = """
    onSuccess:
      - {name: first, type: end}
      - {name: late, type: end}
    onFailure:
      - name: never
        type: end
        criteria: [{condition: "1 == 2"}]
      - {name: none, type: retry, retryLimit: 0}
    """
    assert told(step(more=more), "action-unreached") == [
        (
            "success action 'late' is never taken: action 'first' before it has no criteria and "
            "is always taken"
        ),
        "failure action 'never' is never taken: '1 == 2' never holds",
        "failure action 'none' is never taken: its retryLimit is 0",
    ]


def test_retries_used_up_and_not() -> None:
    more = """
    onFailure:
      - {name: again, type: retry, retryLimit: 2, retryAfter: 1}
      - {name: over, type: end}
    """
    found = explore(step("[{condition: $statusCode == 200}]", more))
    assert {path.outcome[0] for path in found.found} == {"completed", "ended"}
    assert max(len(path.answers) for path in found.found) == 3
    assert "action-unreached" not in rules(found)


def test_retries_that_name_a_step() -> None:
    more = """
    onFailure: [{name: repair, type: retry, stepId: fix, retryLimit: 1}]
    onSuccess: [{name: fine, type: end}]
    """
    flow = (
        step("[{condition: $statusCode == 200}]", more)
        + """
      - stepId: fix
        operationId: listPets
"""
    )
    found = explore(flow)
    assert "action-unreached" not in rules(found)
    assert "step-unreached" not in rules(found)


def test_an_action_behind_one_that_is_always_taken() -> None:
    more = """
    onSuccess:
    - {name: go, type: end, criteria: [{condition: $statusCode < 400}]}
    - {name: never, type: end, criteria: [{condition: $statusCode == 200}]}
    onFailure:
    - {name: again, type: retry, retryLimit: 1, criteria: [{condition: $statusCode >= 400}]}
    - {name: stop, type: end}
    """
    flow = step("[{condition: $statusCode == 200}]", more)
    [message] = told(flow, "action-unreached")
    assert message.startswith("success action 'never' is never taken: action 'go' before it is ")
    assert message.endswith("always taken: its criteria always hold")


def test_conditions_that_never_change() -> None:
    flow = step('[{condition: "1 == 1"}, {condition: $statusCode == 200}]')
    assert told(flow, "condition-constant") == ["the success criterion '1 == 1' is always true"]


def test_requests_that_the_description_forbids() -> None:
    flow = CREATE.replace("{name: $inputs.name, kind: $inputs.kind}", "{kind: cat}")
    assert told(flow, "request-required") == ["request body: the value lacks the required 'name'"]


def test_a_workflow_that_never_completes() -> None:
    found = explore(step('[{condition: "1 == 2"}]'))
    messages = [one.message for one in found.findings if one.rule == "run-failed"]
    assert len(messages) == 1
    assert messages[0].startswith("no path completes; the furthest (path ")


def test_inputs_are_varied() -> None:
    flow = step(
        more="""
        onSuccess:
          - name: keep
            type: end
            criteria: [{condition: "$inputs.mode == 'keep'"}]
          - name: drop
            type: end
            criteria: [{condition: "$inputs.mode == 'drop'"}]
        """
    ).replace(
        "    steps:",
        "    inputs: {type: object, properties: {mode: {enum: [keep, drop]}}}\n    steps:",
        1,
    )
    assert "action-unreached" not in rules(explore(flow))
    assert told(flow, "action-unreached", given={"mode": "keep"})


def test_the_budget_ends_the_search() -> None:
    found = explore(CREATE, budget=3)
    assert not found.complete
    assert "budget" in rules(found)
    assert "step-unreached" not in rules(found)


def test_given_inputs_are_checked() -> None:
    with pytest.raises(InputError):
        explore(CREATE, given={"name": 5})


def test_the_same_every_time() -> None:
    first, again = explore(CREATE), explore(CREATE)
    assert [path.outcome for path in first.found] == [path.outcome for path in again.found]
    assert [one.message for one in first.findings] == [one.message for one in again.findings]


def test_throttling_of_a_poll_is_tried() -> None:
    found = explore(POLL)
    reasons = {choice.reason for path in found.found for choice in path.answers}
    assert "too many requests" in reasons


def test_workflows_that_call_workflows() -> None:
    flow = (
        POLL
        + """
  - workflowId: outer
    steps:
      - stepId: call
        workflowId: wait
        parameters: [{name: id, value: j1}]
        outputs: {s: $outputs.status}
      - stepId: last
        operationId: listPets
    outputs: {s: $steps.call.outputs.s}
"""
    )
    found = explore(flow, "outer")
    assert found.ok
    assert ("completed", "", "") in found.shortest
