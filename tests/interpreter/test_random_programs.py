"""Random programs with random answers: never an exception, never past the guards, always the same
again, and the same through JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from arazzo_runner.interpreter import Pacing, RunSettings
from arazzo_runner.linking import LinkSettings, Program, link
from arazzo_runner.reading import Loader, parse_document
from tests.support.machines import BASE, HEAD, Lost, Played, Reply, answer, memory_loader, play
from tests.support.paths import SHARED

WORKFLOWS = ("main", "w1", "w2")
STEPS = ("s0", "s1", "s2", "s3")
LIMITS = RunSettings(pacing=Pacing(timeout=500), max_steps=25, max_paced_steps=25, max_depth=4)

conditions = st.sampled_from(
    [
        "$statusCode == 200",
        "$statusCode >= 400",
        "$response.body.n > 1",
        "$response.body.s == 'busy'",
        "$steps.s0.outputs.n == 2",
        "$statusCode == null",
        "$request.query.q == 'x'",
        "$outputs.n == 1",
    ]
).map(lambda text: {"condition": text})
criteria = st.lists(conditions, max_size=2)


@st.composite
def actions(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = []
    for number in range(draw(st.integers(0, 2))):
        kind = draw(st.sampled_from(["end", "goto", "goto", "retry", "retry"]))
        action: dict[str, Any] = {"name": f"a{number}", "type": kind}
        if some := draw(criteria):
            action["criteria"] = some
        target = draw(st.sampled_from(["step", "workflow", "none"]))
        if kind == "goto" and target == "none":
            target = "step"
        if kind != "end" and target == "step":
            action["stepId"] = draw(st.sampled_from(STEPS))
        if kind != "end" and target == "workflow":
            action["workflowId"] = draw(st.sampled_from(WORKFLOWS))
            action["parameters"] = [{"name": "x", "value": draw(values)}]
        if kind == "retry":
            action["retryLimit"] = draw(st.integers(0, 3))
            action["retryAfter"] = draw(st.sampled_from([0, 0.5, 7]))
        found.append(action)
    return found


values = st.sampled_from(
    ["$inputs.x", "$steps.s0.outputs.n", "a{$steps.s1.outputs.n}b", "x", 3, "$response.body#/n"]
)


@st.composite
def steps(draw: st.DrawFn, step_id: str) -> dict[str, Any]:
    step: dict[str, Any] = {"stepId": step_id, "outputs": {"n": "$response.body#/n"}}
    if draw(st.integers(0, 3)) == 0:
        step["workflowId"] = draw(st.sampled_from(WORKFLOWS))
        step["outputs"] = {"n": "$outputs.n"}
        step["parameters"] = [{"name": "x", "value": draw(values)}]
    else:
        step["operationId"] = draw(st.sampled_from(["a", "b", "list"]))
        if step["operationId"] == "list":
            step["parameters"] = [
                {"name": "must", "in": "query", "value": "m"},
                {"name": "q", "in": "query", "value": draw(values)},
            ]
    if some := draw(criteria):
        step["successCriteria"] = some
    step["onSuccess"] = draw(actions())
    step["onFailure"] = draw(actions())
    if draw(st.integers(0, 4)) == 0:
        step["timeout"] = draw(st.sampled_from([0, 400, 5000]))
    return step


@st.composite
def programs(draw: st.DrawFn) -> Program:
    workflows = []
    for number, name in enumerate(WORKFLOWS):
        workflow: dict[str, Any] = {
            "workflowId": name,
            "steps": [draw(steps(step_id)) for step_id in STEPS],
            "outputs": {"n": "$steps.s0.outputs.n"},
        }
        if needs := draw(st.lists(st.sampled_from(WORKFLOWS[number + 1 :] or ("",)), max_size=1)):
            workflow["dependsOn"] = [name for name in needs if name]
        if draw(st.booleans()):
            workflow["failureActions"] = draw(actions())
        workflows.append(workflow)
    text = HEAD + "workflows: " + json.dumps(workflows)
    document = parse_document(text.encode(), uri=BASE + "main.yaml")
    linked = link(document, memory_loader())
    # Steps that read each other's outputs have no order.
    assume(not linked.errors)
    return linked.program


replies = st.one_of(
    st.builds(
        answer,
        st.sampled_from([200, 200, 200, 202, 404, 429, 500, 503]),
        st.sampled_from(
            [{}, {"n": 1}, {"n": 2, "s": "busy"}, {"s": "busy"}, "text", b"\x00", None]
        ),
        st.sampled_from([0.0, 0.0, 0.3, 6.0]),
    ),
    st.builds(Lost, st.sampled_from(["timeout", "dns", "reset"])),
    st.just(answer(503, None, 0.0, Retry_After="3")),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(), st.lists(replies, min_size=1, max_size=12))
def test_random_programs(program: Program, answers: list[Reply]) -> None:
    def reply(_: object) -> Reply:
        return answers[next(numbers) % len(answers)]

    numbers = iter(range(10_000))
    first = play(program, reply, settings=LIMITS)
    _check(first)
    numbers = iter(range(10_000))
    again = play(program, reply, settings=LIMITS, saved=True)
    assert again.records == first.records
    assert again.sends == first.sends
    assert again.waits == first.waits


def _check(run: Played) -> None:
    assert run.end.status in ("completed", "ended", "failed")
    assert (run.end.failure is None) == (run.end.status == "completed")
    assert len(run.requests) <= LIMITS.max_steps + LIMITS.max_paced_steps
    assert all(wait.seconds >= 0 for wait in run.waits)
    assert all(len(state.frames) <= LIMITS.max_depth for state in run.states)
    names = [type(record).__name__ for record in run.records]
    assert names.count("RunFinished") == 1
    assert names.count("RequestSent") == len(run.requests)
    answered = names.count("ResponseReceived") + names.count("RequestLost")
    # The answer that comes after a step's time is up is not a record.
    assert answered <= len(run.requests)


# -- the documents of the control-flow suite -----------------------------------------------------

SUITE = SHARED / "suites" / "usearazzo-runs"


def _suite() -> list[Mapping[str, Any]]:
    file = SUITE / "run-cases.json"
    if not file.exists():
        return []
    return json.loads(file.read_text())["cases"]  # type: ignore[no-any-return]


@pytest.mark.skipif(not SUITE.exists(), reason="the suite usearazzo-runs is missing")
def test_the_control_flow_suite_through_json() -> None:
    loader = Loader()
    document = loader.load(str(SUITE / "workflow-control-flow.arazzo.yaml"))
    ran = 0
    for workflow_id in {case["workflowId"] for case in _suite()}:
        here = LinkSettings(servers={"petstoreAPI": "http://petstore.test"})
        linked = link(document, loader, here, workflow_id=workflow_id)
        if linked.errors or workflow_id not in linked.program.entries:
            continue
        for codes in ([200], [500], [500, 200], [200, 500, 500, 200], [404, 429, 200]):
            answers = [answer(code, {"id": 7, "token": "A"}) for code in codes]
            plain, saved = (
                play(linked.program, answers, workflow=workflow_id, saved=s,
                     settings=RunSettings(max_steps=40, max_paced_steps=40))
                for s in (False, True)
            )  # fmt: skip
            assert plain.records == saved.records
            ran += 1
    assert ran > 100
