"""How a step is attempted: its request built, or the workflow that it runs entered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from arazzo_runner.errors import ArazzoError
from arazzo_runner.expressions import Scope
from arazzo_runner.interpreter.idempotency import with_key
from arazzo_runner.interpreter.judging import not_sent
from arazzo_runner.interpreter.messages import SendRequest
from arazzo_runner.interpreter.records import FailureReason, RequestSent, StepStarted
from arazzo_runner.interpreter.state import Phase
from arazzo_runner.interpreter.values import produce_all
from arazzo_runner.interpreter.work import Work
from arazzo_runner.interpreter.workflows import abort, end_workflow, enter
from arazzo_runner.linking.program import (
    LinkedStep,
    LinkedWorkflow,
    OperationCall,
    WorkflowCall,
)
from arazzo_runner.values import ABSENT, Request, Value
from arazzo_runner.values.cookies import with_cookies

__all__ = ["announce", "build_request", "execute"]

_TRAIL = 24  # steps remembered for the message of a guard
_SOONEST = 0.001  # seconds: a request that is due gets this long at least


def execute(work: Work) -> None:
    """Attempt the step at the top frame's position, or run what comes before it."""
    frame = work.frame
    if frame.pending is not None:
        pending, frame.pending = frame.pending, None
        if _charge(work, work.program.workflows[pending.key].workflow_id):
            frame.phase = Phase.CHILD
            enter(work, pending.key, "retry", pending.inputs, deadline=frame.deadline)
        return
    workflow = work.workflow(frame)
    if frame.position >= len(workflow.steps):
        end_workflow(work, "completed", None)
        return
    step = workflow.steps[frame.position]
    if not _charge(work, step.step_id):
        return
    if frame.attempts == 0:
        _start_step(work, step, workflow)
    frame.attempts += 1
    frame.request = None
    scope = work.scope(frame, workflow)
    for position in step.waits_for:
        before = workflow.steps[position].step_id
        if before not in frame.outputs:  # it never will: a step does not trigger others
            message = f"step '{before}', which this step depends on, has not run"
            not_sent(work, step, scope, "depends-on", message)
            return
    try:
        if isinstance(step.target, WorkflowCall):
            inputs = produce_all(step.parameters, scope)
            work.note_tolerated(scope, step)
            _call_workflow(work, step, step.target, inputs)
        else:
            _send(work, step, step.target, scope)
    except ArazzoError as error:
        not_sent(work, step, scope, error.kind, error.message)


def _start_step(work: Work, step: LinkedStep, workflow: LinkedWorkflow) -> None:
    frame = work.frame
    visit = frame.visits.get(step.step_id, 0) + 1
    frame.visits = {**frame.visits, step.step_id: visit}
    frame.step_started_at = work.at
    work.records.append(StepStarted(step.step_id, workflow.workflow_id, visit, work.depth, work.at))


def _send(
    work: Work,
    step: LinkedStep,
    call: OperationCall,
    scope: Scope,
) -> None:
    frame = work.frame
    request = build_request(work, step, call, scope)
    work.note_tolerated(scope, step)
    frame.request = request
    frame.phase = Phase.SENT
    frame.last_request = frame.position
    frame.sent_at = work.at
    announce(work, step, call, request)


def build_request(work: Work, step: LinkedStep, call: OperationCall, scope: Scope) -> Request:
    """The request of a step: the same one whenever the state is the same.

    Raises:
        ArazzoError: a value is missing or cannot be sent.
    """
    values = [parameter.produce(scope) for parameter in step.parameters]
    body = ABSENT if step.body is None else step.body.produce(scope)
    request = with_key(work, step, call, call.binding.request(values, body))
    if work.cookies:
        headers = with_cookies(request.headers, work.cookies, request.url, work.at)
        request = request._replace(headers=headers)
    return request


def announce(work: Work, step: LinkedStep, call: OperationCall, request: Request) -> None:
    """The effect that sends a request, and its record."""
    frame, workflow_id = work.frame, work.workflow(work.frame).workflow_id
    timeout = step.timeout
    if frame.deadline is not None:
        left = max(_SOONEST, frame.deadline - work.at)
        timeout = left if timeout is None else min(timeout, left)
    work.records.append(
        RequestSent(step.step_id, workflow_id, request, frame.attempts, work.depth, work.at)
    )
    work.effect = SendRequest(
        request, call, step.step_id, workflow_id, frame.attempts, timeout, work.cookies
    )


def _call_workflow(
    work: Work, step: LinkedStep, call: WorkflowCall, inputs: Mapping[str, Value]
) -> None:
    frame = work.frame
    frame.phase = Phase.CHILD
    deadline = frame.deadline
    if step.timeout is not None:
        own = work.at + step.timeout
        deadline = own if deadline is None else min(own, deadline)
    enter(work, call.key, "step", inputs, deadline=deadline)


def _charge(work: Work, name: str) -> bool:
    """Count an attempt; False when a guard stopped the run (A-55)."""
    work.trail = (*work.trail[1 - _TRAIL :], name)
    if work.frame.poll is not None:
        work.paced += 1
    else:
        work.steps += 1
    settings = work.settings
    if work.steps <= settings.max_steps and work.steps + work.paced <= settings.max_paced_steps:
        return True
    limit = settings.max_steps if work.steps > settings.max_steps else settings.max_paced_steps
    message = f"the budget of {limit} step attempts is used up; the run went {_loop(work.trail)}"
    hint = "the loop has no exit, or give it more with --max-steps"
    abort(work, FailureReason("steps", message, hint=hint))
    return False


def _loop(trail: Sequence[str]) -> str:
    """The shortest repeating end of the trail, written as a loop; else its end."""
    for period in range(1, len(trail) // 2 + 1):
        if trail[-period:] == trail[-2 * period : -period]:
            return "round and round: " + " → ".join((*trail[-period:], trail[-period]))
    return "… " + " → ".join(trail[-8:])
