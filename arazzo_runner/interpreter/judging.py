"""How a step is judged: by its answer, by the lack of one, or by the workflow it ran."""

from __future__ import annotations

from collections.abc import Sequence

from arazzo_runner.errors import Fault
from arazzo_runner.expressions import Scope, SentRequest
from arazzo_runner.interpreter.judgement import Judgement
from arazzo_runner.interpreter.leading import (
    lead,
    retry,
    throttled_in_a_row,
    wait_out_throttling,
)
from arazzo_runner.interpreter.outcomes import check, select_action, taken
from arazzo_runner.interpreter.pacing import is_throttling
from arazzo_runner.interpreter.records import (
    ActionConsidered,
    ActionTaken,
    CriterionChecked,
    FailureReason,
    RequestLost,
    ResponseReceived,
    StepFinished,
)
from arazzo_runner.interpreter.state import Frame, Phase, Suspended
from arazzo_runner.interpreter.work import Ended, Work
from arazzo_runner.interpreter.workflows import abort, evaluate_outputs
from arazzo_runner.linking.program import LinkedStep
from arazzo_runner.values import ABSENT, Response, Value
from arazzo_runner.values.cookies import collect
from arazzo_runner.values.service_errors import service_error

__all__ = ["answered", "assumed", "called_workflow_ended", "lost", "not_sent"]

_LONGEST_VALUE = 60  # characters of an operand's value in a message
_LONGEST_ERROR = 300  # characters of what a service says about an error


def answered(work: Work, response: Response, deviations: Sequence[Fault] = ()) -> None:
    """Judge the step in flight by its answer, and by where that deviates from its description."""
    frame = work.frame
    workflow = work.workflow(frame)
    step = workflow.steps[frame.position]
    work.records.append(
        ResponseReceived(
            step.step_id,
            workflow.workflow_id,
            response,
            frame.attempts,
            work.depth,
            work.at,
            (work.at - frame.sent_at) * 1000,
        )
    )
    _keep_cookies(work, frame, response)
    if response.note is not None:
        work.note("response-body", response.note, step)
    if response.remark is not None:
        work.note("credentials", response.remark, step)
    scope = work.scope(frame, workflow)
    if step.reads_request:
        scope.request = _sent(frame, step, scope)
    scope.response = response
    checked = check(step.success_criteria, scope)
    failure = None
    if checked:
        failure = _criteria_failure(checked, response)
    elif response.status >= 400:  # no criteria: 2xx and 3xx succeed
        answer, code = _answer(response)
        failure = FailureReason("criteria", answer, hint=_hint(response), code=code)
    if deviations:
        failure = _contract(work, step, deviations, failure)
    _judge(work, step, scope, checked, failure, response)


def _contract(
    work: Work, step: LinkedStep, deviations: Sequence[Fault], failure: FailureReason | None
) -> FailureReason | None:
    """Note every deviation; the failure that is there already, else that of broken contract."""
    for fault in deviations:
        work.note(fault.rule, fault.message, step, fault.pointer)
    broken = [fault for fault in deviations if fault.severity == "error"]
    if failure is not None or not broken:
        return failure
    more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
    message = f"the answer is not as described: {broken[0].message}{more}"
    hint = "--check-responses warn goes on all the same"
    return FailureReason("contract", message, hint=hint)


def _keep_cookies(work: Work, frame: Frame, response: Response) -> None:
    """Cookies of the answer and of the redirects that led to it: the jar is a fold of answers."""
    assert frame.request is not None
    for hop in response.hops:
        work.cookies = collect(work.cookies, hop.url, hop.headers, work.at)
    url = response.url or frame.request.url
    work.cookies = collect(work.cookies, url, response.headers, work.at)


def assumed(work: Work, response: Response | None) -> None:
    """The step in flight did its work, and nobody knows its answer; ``response`` is the nearest."""
    frame = work.frame
    workflow = work.workflow(frame)
    step = workflow.steps[frame.position]
    work.note("uncertain", f"step '{step.step_id}' is taken to have done its work", step)
    scope = work.scope(frame, workflow)
    if step.reads_request:
        scope.request = _sent(frame, step, scope)
    if response is not None:
        scope.response = response
    _judge(work, step, scope, (), None, response)


def lost(work: Work, kind: str, message: str) -> None:
    """Judge the step in flight whose request got no answer: ``$statusCode`` is absent."""
    frame = work.frame
    workflow = work.workflow(frame)
    step = workflow.steps[frame.position]
    work.records.append(
        RequestLost(
            step.step_id,
            workflow.workflow_id,
            kind,
            message,
            frame.attempts,
            work.depth,
            work.at,
        )
    )
    failure = FailureReason(kind, message)
    if kind == "size":  # a guard, not an answer to act on
        abort(work, work.placed(failure, step, workflow))
        return
    scope = work.scope(frame, workflow)
    if step.reads_request:
        scope.request = _sent(frame, step, scope)
    _judge(work, step, scope, (), failure, None)


def not_sent(work: Work, step: LinkedStep, scope: Scope, kind: str, message: str) -> None:
    """Judge a step that could not be sent."""
    _judge(work, step, scope, (), FailureReason(kind, message), None)


def called_workflow_ended(work: Work, ended: Ended) -> None:
    """Judge a workflow step by what it ran (A-23, A-41)."""
    frame = work.frame
    workflow = work.workflow(frame)
    step = workflow.steps[frame.position]
    frame.last_request = -1  # the newest request belongs to the other workflow
    scope = work.scope(frame, workflow)
    scope.outputs = ended.outputs
    checked: tuple[CriterionChecked, ...] = ()
    failure = None
    if ended.status == "failed":
        why = ended.failure
        failure = FailureReason(
            why.kind if why else "workflow",
            f"the workflow it runs failed: {why.message}" if why else "the workflow it runs failed",
            hint=why.hint if why else None,
            code=why.code if why else None,
        )
    elif step.success_criteria:
        checked = check(step.success_criteria, scope)
        failure = _criteria_failure(checked, None)
    elif ended.status == "ended":
        failure = FailureReason("workflow", "the workflow it runs ended in a failure action")
    _judge(work, step, scope, checked, failure, None)


def _judge(
    work: Work,
    step: LinkedStep,
    scope: Scope,
    checked: tuple[CriterionChecked, ...],
    failure: FailureReason | None,
    response: Response | None,
) -> None:
    """Outputs first (A-40), then the first matching action, then where it leads."""
    frame = work.frame
    outputs, missing = evaluate_outputs(step.outputs, scope)
    before = frame.outputs
    changed = before.get(step.step_id) != outputs
    frame.outputs = {**frame.outputs, step.step_id: outputs}
    scope.steps = frame.outputs
    if failure is not None:
        failure = work.placed(failure, step, work.workflow(frame))
    judged = Judgement(step, scope, checked, failure, response, outputs, missing, changed)
    if frame.suspended is not None:
        work.note_tolerated(scope, step)
        _finish_step(work, judged, None, (), reference=True)
        _resume(frame, frame.suspended)
        return
    actions = step.on_success if failure is None else step.on_failure
    index, action, considered = select_action(actions, frame.retries, scope)
    work.note_tolerated(scope, step)
    if action is None and failure is not None and (count := throttled_in_a_row(work, judged)):
        frame.outputs = before  # "too often" says nothing about what is polled
        wait_out_throttling(work, judged, count)
        return
    if action is not None and action.type == "retry":
        retry(work, judged, index, action)
        return
    _finish_step(work, judged, None if action is None else taken(action), considered)
    lead(work, judged, action)


def _resume(frame: Frame, suspended: Suspended) -> None:
    """Back to the step whose retry action named the one that just ran."""
    frame.suspended = None
    frame.position = suspended.position
    frame.attempts = suspended.attempts
    frame.retries = suspended.retries
    frame.step_started_at = suspended.started_at
    frame.phase = Phase.READY


def _finish_step(
    work: Work,
    judged: Judgement,
    action: ActionTaken | None,
    considered: tuple[ActionConsidered, ...],
    *,
    reference: bool = False,
) -> None:
    frame, step = work.frame, judged.step
    work.records.append(
        StepFinished(
            step.step_id,
            work.workflow(frame).workflow_id,
            "success" if judged.failure is None else "failure",
            frame.attempts,
            action,
            frame.request,
            judged.response,
            judged.checked,
            judged.outputs,
            judged.missing,
            judged.failure,
            frame.visits.get(step.step_id, 0),
            work.depth,
            frame.step_started_at,
            work.at,
            reference,
            considered,
        )
    )
    frame.request = None


def _criteria_failure(
    checked: Sequence[CriterionChecked], response: Response | None
) -> FailureReason | None:
    """Which comparison failed, on what values; None when all passed."""
    parts = []
    for one in checked:
        verdict = one.verdict
        if verdict.passed:
            continue
        values = ", ".join(f"{o.text} = {_short(o.value)}" for o in verdict.operands)
        detail = verdict.error or values
        parts.append(one.condition + (f" ({detail})" if detail else ""))
    if not parts:
        return None
    message = "not satisfied: " + "; ".join(parts)
    if response is None:
        return FailureReason("criteria", message)
    answer, code = _answer(response)
    return FailureReason("criteria", f"{message}; {answer}", hint=_hint(response), code=code)


def _answer(response: Response) -> tuple[str, str | None]:
    """How a request was answered, with the error of an AWS service, and that error's code."""
    error = service_error(response)
    told = "" if error is None else f": {error}"
    if len(told) > _LONGEST_ERROR:
        told = told[: _LONGEST_ERROR - 1] + "…"
    return f"the answer was {response.status}{told}", None if error is None else error.code


def _hint(response: Response | None) -> str | None:
    """What may help with an answer that nobody expected."""
    if response is None:
        return None
    if is_throttling(response):
        return "the server asks for fewer requests: try later, or poll slower with --poll-interval"
    target = response.header("location")
    if 300 <= response.status < 400 and target:
        return f"the server redirects to {target}, and redirects are not followed"
    return None


def _short(value: Value) -> str:
    if value is ABSENT:
        return "nothing"
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def _sent(frame: Frame, step: LinkedStep, scope: Scope) -> SentRequest:
    """What ``$request`` reads: the parameters by name, evaluated again (A-53)."""
    request = frame.request
    assert request is not None
    named: dict[str, dict[str, Value]] = {"query": {}, "path": {}}
    for parameter in step.parameters:
        group = named.get(parameter.location or "")
        if group is not None:
            value = parameter.produce(scope)
            if value is not ABSENT:
                group[parameter.name] = value
    body = ABSENT if step.body is None else step.body.produce(scope)
    return SentRequest(
        request.method, request.url, request.headers, named["query"], named["path"], body
    )
