"""Records of runs that never were, for the reports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from arazzo_runner.criteria import Operand, Verdict
from arazzo_runner.errors import Location
from arazzo_runner.execution.result import RunResult
from arazzo_runner.interpreter.records import (
    ActionTaken,
    CriterionChecked,
    FailureReason,
    Noted,
    Record,
    RequestLost,
    RequestSent,
    ResponseReceived,
    RunFinished,
    StepFinished,
    StepStarted,
    Waiting,
    WorkflowFinished,
    WorkflowStarted,
)
from arazzo_runner.values import Request, Response

T0 = 1_700_000_000.0
URL = "http://127.0.0.1:5000/"
WORKFLOW = "train-and-poll-job"
POST = Request("POST", URL, (("X-Amz-Target", "SageMaker.X"),), b'{"TrainingJobName":"j"}')
LOCATION = Location("flow.yaml", 12, 9, 12, 27, "        $statusCode == 200")
ARN = "arn:aws:sagemaker:us-east-1:123456789012:training-job/j"


def response(status: int = 200, body: Any = None, **changes: Any) -> Response:
    """An answer of JSON."""
    fields: dict[str, Any] = {"content_type": "application/x-amz-json-1.1", "size": 85}
    return Response(status, (), body if body is not None else {"a": 1}, **{**fields, **changes})


def criterion(*, passed: bool = True, value: Any = 200) -> CriterionChecked:
    """``$statusCode == 200`` on a value."""
    verdict = Verdict(passed, (Operand("$statusCode", value),))
    return CriterionChecked("$statusCode == 200", "simple", verdict)


def step(step_id: str, **changes: Any) -> StepFinished:
    """A finished step."""
    fields: dict[str, Any] = {
        "workflow_id": WORKFLOW,
        "status": "success",
        "attempts": 1,
        "action": None,
        "request": POST,
        "response": response(),
        "criteria": (criterion(),),
        "outputs": {},
        "missing_outputs": (),
        "failure": None,
        "visit": 1,
        "depth": 0,
        "started_at": T0,
        "at": T0 + 0.012,
    }
    return StepFinished(step_id, **{**fields, **changes})


def started() -> Record:
    """The first record."""
    return WorkflowStarted(WORKFLOW, "run", {}, 0, T0)


def call(step_id: str, at: float, visit: int = 1, answer: Response | None = None) -> list[Record]:
    """A step that is sent and answered."""
    records: list[Record] = [
        StepStarted(step_id, WORKFLOW, visit, 0, at),
        RequestSent(step_id, WORKFLOW, POST, 1, 0, at),
    ]
    if answer is not None:
        records.append(ResponseReceived(step_id, WORKFLOW, answer, 1, 0, at + 0.012, 12.0))
    return records


def poll(states: list[str], wait: float = 1.0) -> Iterator[Record]:
    """A poll through the states; the last one ends it."""
    at = T0 + 1
    since = at
    for visit, state in enumerate(states, 1):
        yield from call("pollTrainingJob", at, visit, response())
        last = visit == len(states)
        outputs = {"trainingJobStatus": state, "modelArtifacts": "s3://b/m.tar.gz"}
        action = (
            ActionTaken("trainingTerminal", "end")
            if last
            else ActionTaken("stillTraining", "goto", "pollTrainingJob")
        )
        yield step(
            "pollTrainingJob",
            outputs=outputs,
            action=action,
            visit=visit,
            started_at=at,
            at=at + 0.012,
        )
        if not last:
            yield Waiting(
                "pollTrainingJob",
                WORKFLOW,
                "poll",
                wait,
                visit,
                since,
                outputs,
                "pacing",
                0,
                at + 0.012,
            )
            at += wait + 0.012


def happy() -> list[Record]:
    """A job that trains and completes."""
    return [
        started(),
        *call("createTrainingJob", T0, 1, response()),
        step("createTrainingJob", outputs={"trainingJobArn": ARN}),
        *poll(["InProgress", "InProgress", "Stopping", "Completed"]),
        WorkflowFinished(WORKFLOW, "completed", {}, (), None, 0, T0 + 5),
        RunFinished(WORKFLOW, "completed", {"a": 1}, (), None, None, T0, T0 + 5),
    ]


REASON = FailureReason(
    "criteria",
    "not satisfied: $statusCode == 200 ($statusCode = 400); the answer was 400",
    "createTrainingJob",
    WORKFLOW,
    LOCATION,
)


def failed_step(**changes: Any) -> StepFinished:
    """A step whose criterion is false."""
    fields: dict[str, Any] = {
        "status": "failure",
        "response": response(400, {"__type": "ValidationException", "message": "too long"}),
        "criteria": (criterion(passed=False, value=400),),
        "failure": REASON,
    }
    return step("createTrainingJob", **{**fields, **changes})


def rough() -> list[Record]:
    """Retries, a throttled poll, a child workflow, a note, a lost request, a failure."""
    throttled = Waiting(
        "list", WORKFLOW, "throttled", 2.0, 1, T0 + 3, {}, "Retry-After", 0, T0 + 3.012
    )
    lost = FailureReason("connect", "connection refused", "last", WORKFLOW, LOCATION)
    return [
        started(),
        *call("list", T0, 1, response(500)),
        Waiting("list", WORKFLOW, "retry", 1.5, 1, T0, {}, "retryAfter", 0, T0 + 0.012),
        *call("list", T0 + 3, 1, response(429)),
        throttled,
        throttled,
        step("list", attempts=4, at=T0 + 6),
        Noted("sent-undeclared", "parameter 'x' is not declared", "list", WORKFLOW, T0 + 6),
        Noted("output-absent", "output 'o' has no value", None, WORKFLOW, T0 + 6),
        StepStarted("child", WORKFLOW, 1, 0, T0 + 6),
        WorkflowStarted("inner", "step", {}, 1, T0 + 6),
        step("innerStep", workflow_id="inner", depth=1),
        WorkflowFinished("inner", "completed", {}, (), None, 1, T0 + 7),
        step("child", request=None, response=None),
        step("handled", status="failure", action=ActionTaken("x", "goto", "last")),
        StepStarted("last", WORKFLOW, 1, 0, T0 + 7),
        RequestSent("last", WORKFLOW, POST, 1, 0, T0 + 7),
        RequestLost("last", WORKFLOW, "connect", "connection refused", 1, 0, T0 + 7.1),
        step("last", status="failure", response=None, criteria=(), failure=lost),
        WorkflowFinished(WORKFLOW, "failed", {}, (), lost, 0, T0 + 8),
        RunFinished(WORKFLOW, "failed", {}, (), lost, None, T0, T0 + 80),
    ]


def result(**changes: Any) -> RunResult:
    """The result of a run."""
    fields: dict[str, Any] = {
        "run_id": "r1",
        "workflow_id": WORKFLOW,
        "status": "completed",
        "outputs": {"trainingJobStatus": "Completed"},
        "missing_outputs": (),
        "steps": (),
        "warnings": (),
        "error": None,
        "transferred_to": None,
        "started_at": T0,
        "duration_ms": 1234.4,
    }
    return RunResult(**{**fields, **changes})
