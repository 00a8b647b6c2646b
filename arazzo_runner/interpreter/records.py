"""Records: everything a person may ask about a run, in the order it happened.

A console, a result object, a HAR file or a trace is a view of these. Times (``at``) are seconds
since the epoch, durations are milliseconds. ``depth`` counts the workflows above: 0 for the
workflow that was asked for, 1 for one that a step of it runs. Values are as they are: a view masks
secrets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from arazzo_runner.criteria import Verdict
from arazzo_runner.errors import Location
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import Request, Response, Value

__all__ = [
    "ActionConsidered",
    "ActionTaken",
    "CriterionChecked",
    "FailureReason",
    "Noted",
    "Record",
    "RequestLost",
    "RequestSent",
    "ResponseReceived",
    "RunFinished",
    "StepFinished",
    "StepStarted",
    "Waiting",
    "WorkflowFinished",
    "WorkflowStarted",
]


class FailureReason(NamedTuple):
    """Why a step or a run failed.

    ``kind``: ``criteria`` (a success criterion or the status said no), ``request`` kinds of
    :class:`~arazzo_runner.errors.TransportError`, ``contract`` (the answer is not as described),
    ``absent-value``, ``binding``, ``workflow`` (a child workflow failed), ``depends-on``,
    ``step-timeout``, or a guard: ``deadline``, ``steps``, ``depth``, ``size``, ``poll-timeout``,
    ``interrupted``. ``code`` is what an AWS service calls the error that it answered.
    """

    kind: str
    message: str
    step_id: str | None = None
    workflow_id: str | None = None
    location: Location | None = None
    hint: str | None = None
    code: str | None = None


class CriterionChecked(NamedTuple):
    """One evaluated criterion with its operand values."""

    condition: str
    type: str
    verdict: Verdict


class ActionTaken(NamedTuple):
    """Which action decided what comes next. ``type`` is end, goto or retry.

    ``name`` is empty for an action of ours: a throttled request of a poll that is sent again.
    """

    name: str
    type: str
    step_id: str | None = None
    workflow_id: str | None = None


class ActionConsidered(NamedTuple):
    """An action that a step came to, in order; the last one was taken when all its criteria passed.

    ``criteria`` are those that were evaluated, up to the first that failed. ``used_up``: a retry
    whose limit was reached; its criteria are not looked at.
    """

    name: str
    type: str
    criteria: tuple[CriterionChecked, ...] = ()
    used_up: bool = False


class WorkflowStarted(NamedTuple):
    """A workflow begins. ``reason``: run, step, dependency, retry or transfer."""

    workflow_id: str
    reason: str
    inputs: Mapping[str, Value]
    depth: int
    at: float


class WorkflowFinished(NamedTuple):
    """A workflow is over. ``status``: completed, ended (through a failure action) or failed."""

    workflow_id: str
    status: str
    outputs: Mapping[str, Value]
    missing_outputs: tuple[str, ...]
    failure: FailureReason | None
    depth: int
    at: float


class StepStarted(NamedTuple):
    """A step begins; ``visit`` counts its executions in this run of the workflow, from 1."""

    step_id: str
    workflow_id: str
    visit: int
    depth: int
    at: float


class RequestSent(NamedTuple):
    """A request is about to go out."""

    step_id: str
    workflow_id: str
    request: Request
    attempt: int
    depth: int
    at: float


class ResponseReceived(NamedTuple):
    """Its answer."""

    step_id: str
    workflow_id: str
    response: Response
    attempt: int
    depth: int
    at: float
    duration_ms: float


class RequestLost(NamedTuple):
    """No answer came; ``kind`` as in :class:`~arazzo_runner.errors.TransportError`."""

    step_id: str
    workflow_id: str
    kind: str
    message: str
    attempt: int
    depth: int
    at: float


class Waiting(NamedTuple):
    """The run lets time pass before the next request of a step.

    ``reason`` is poll, retry or throttled; ``visit`` says how often the step ran so far; ``since``
    is when the poll or the step began; ``state`` are the step's newest outputs; ``source`` says
    where the seconds come from: ``pacing``, ``retryAfter`` or ``Retry-After``.
    """

    step_id: str
    workflow_id: str
    reason: str
    seconds: float
    visit: int
    since: float
    state: Mapping[str, Value]
    source: str
    depth: int
    at: float


class StepFinished(NamedTuple):
    """A step is over: what was sent, what came, which comparisons held, which action was taken.

    ``status`` is success or failure. ``request`` and ``response`` are those of the last attempt.
    ``reference`` marks a step that ran because a retry action named it. ``considered`` are the
    actions that were looked at for ``action``, which says why it was taken or why there is none.
    """

    step_id: str
    workflow_id: str
    status: str
    attempts: int
    action: ActionTaken | None
    request: Request | None
    response: Response | None
    criteria: tuple[CriterionChecked, ...]
    outputs: Mapping[str, Value]
    missing_outputs: tuple[str, ...]
    failure: FailureReason | None
    visit: int
    depth: int
    started_at: float
    at: float
    reference: bool = False
    considered: tuple[ActionConsidered, ...] = ()

    @property
    def duration_ms(self) -> float:
        """From the first attempt to the end, waits included, in milliseconds."""
        return (self.at - self.started_at) * 1000


class Noted(NamedTuple):
    """Something worth knowing that did not stop the run; ``rule`` names it.

    ``pointer`` is the place in the answer's body, for an answer that is not as described.
    """

    rule: str
    message: str
    step_id: str | None
    workflow_id: str | None
    at: float
    location: Location | None = None
    pointer: str = ""


class RunFinished(NamedTuple):
    """The last record of a run. ``transferred_to`` names the workflow that a goto ended in."""

    workflow_id: str
    status: str
    outputs: Mapping[str, Value]
    missing_outputs: tuple[str, ...]
    failure: FailureReason | None
    transferred_to: str | None
    started_at: float
    at: float
    notes: tuple[str, ...] = ()


Record: TypeAlias = (
    WorkflowStarted
    | WorkflowFinished
    | StepStarted
    | RequestSent
    | ResponseReceived
    | RequestLost
    | Waiting
    | StepFinished
    | Noted
    | RunFinished
)
