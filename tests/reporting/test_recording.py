"""Records put together again, whatever order and nesting they come in."""

from __future__ import annotations

from arazzo_runner.interpreter.records import (
    ActionTaken,
    RequestLost,
    RequestSent,
    ResponseReceived,
    StepFinished,
    StepStarted,
    WorkflowStarted,
)
from arazzo_runner.reporting.recording import StepRun, WorkflowRun
from tests.reporting.recordings import recorded
from tests.reporting.records import POST, T0, WORKFLOW, call, happy, response, rough, started, step


def test_a_poll_is_one_execution_per_visit_with_the_wait_after_it() -> None:
    recording = recorded(happy())
    (root,) = recording.roots
    assert [s.step_id for s in root.steps] == ["createTrainingJob", *["pollTrainingJob"] * 4]
    assert [len(s.waits) for s in root.steps] == [0, 1, 1, 1, 0]
    assert [s.loops for s in root.steps] == [False, True, True, True, False]
    assert [a.answer is not None for _, _, a in recording.attempts()] == [True] * 5
    assert root.finished is not None
    assert root.finished.status == "completed"
    assert recording.started_at == T0
    assert recording.failure is None


def test_children_belong_to_the_step_that_runs_them() -> None:
    recording = recorded(rough())
    assert [w.workflow_id for w in recording.workflows()] == [WORKFLOW, "inner"]
    (child,) = [s for _, s in recording.steps() if s.step_id == "child"]
    assert [w.workflow_id for w in child.children] == ["inner"]
    (first, *_), last = recording.roots[0].steps, recording.roots[0].steps[-1]
    assert len(first.attempts) == 1
    assert last.attempts[0].lost is not None
    assert round(last.attempts[0].duration_ms) == 100


def test_a_step_that_runs_during_a_retry_keeps_its_own_requests() -> None:
    inner = step("login", reference=True)
    recording = recorded(
        [
            started(),
            *call("get", T0, 1, response(401)),
            *call("login", T0 + 1, 1, response(200)),
            inner,
            RequestSent("get", WORKFLOW, POST, 2, 0, T0 + 2),
            ResponseReceived("get", WORKFLOW, response(), 2, 0, T0 + 3, 1000.0),
            step("get", attempts=2),
        ]
    )
    statuses = {
        run.step_id: [a.answer.response.status for a in run.attempts if a.answer]
        for _, run in recording.steps()
    }
    assert statuses == {"get": [401, 200], "login": [200]}


def test_dependencies_and_transfers_stand_beside_the_steps() -> None:
    recording = recorded(
        [
            started(),
            WorkflowStarted("first", "dependency", {}, 1, T0),
            WorkflowStarted("other", "transfer", {}, 0, T0 + 1),
        ]
    )
    assert [w.workflow_id for w in recording.roots] == [WORKFLOW, "other"]
    (item,) = recording.roots[0].items
    assert isinstance(item, WorkflowRun)
    assert item.workflow_id == "first"


def test_an_unfinished_step_ends_when_it_was_last_heard_of() -> None:
    recording = recorded([started(), *call("a", T0 + 1)])
    ((_, run),) = recording.steps()
    assert isinstance(run, StepRun)
    assert run.status == "unfinished"
    assert run.loops is False
    assert run.ended_at == T0 + 1
    assert run.attempts[0].duration_ms == 0.0


def test_what_does_not_fit_is_left_out() -> None:
    recording = recorded(
        [
            RequestSent("a", WORKFLOW, POST, 1, 0, T0),
            StepStarted("a", WORKFLOW, 1, 3, T0),
            started(),
            step("never", action=ActionTaken("x", "end")),
            StepStarted("a", WORKFLOW, 1, 0, T0),
            RequestLost("a", WORKFLOW, "dns", "no such host", 1, 0, T0),
        ]
    )
    assert recording.attempts() == []
    assert [s.step_id for _, s in recording.steps()] == ["a"]
    assert recorded([]).started_at == 0.0
    assert recorded([started()]).started_at == T0
    assert isinstance(step("x"), StepFinished)
