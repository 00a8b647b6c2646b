"""Where a step's outcome leads: the next step, a goto, a poll, a retry, the end."""

from __future__ import annotations

from arazzo_runner.errors import ArazzoError
from arazzo_runner.interpreter.judgement import Judgement
from arazzo_runner.interpreter.messages import Wait
from arazzo_runner.interpreter.outcomes import OUTCOMES
from arazzo_runner.interpreter.pacing import is_throttling, next_poll, retry_after
from arazzo_runner.interpreter.records import FailureReason, Waiting
from arazzo_runner.interpreter.state import Pause, PendingChild, Phase, Suspended
from arazzo_runner.interpreter.values import produce_all
from arazzo_runner.interpreter.work import Work
from arazzo_runner.interpreter.workflows import abort, end_workflow, transfer
from arazzo_runner.linking.program import LinkedAction, LinkedStep
from arazzo_runner.values import EMPTY, Response

__all__ = ["lead", "retry", "throttled_in_a_row", "wait_out_throttling"]

_STATUS = {"fail": "failed", "complete": "completed", "end": "ended"}


def lead(work: Work, judged: Judgement, action: LinkedAction | None) -> None:
    """Do what the table of outcomes says, for everything but a retry."""
    frame = work.frame
    outcome = OUTCOMES[judged.failure is None, None if action is None else action.type]
    if outcome == "next":
        frame.position += 1
        frame.poll = None
        _arrive(work)
    elif outcome == "goto" and action is not None:
        _goto(work, judged, action)
    else:
        end_workflow(work, _STATUS[outcome], judged.failure)


def _arrive(work: Work) -> None:
    """A new execution of the step at the position."""
    work.frame.attempts = 0
    work.frame.retries = EMPTY
    work.frame.phase = Phase.READY


def _goto(work: Work, judged: Judgement, action: LinkedAction) -> None:
    frame = work.frame
    if action.workflow is not None:
        try:
            inputs = produce_all(action.parameters, judged.scope)
        except ArazzoError as error:
            reason = FailureReason(error.kind, f"action '{action.name}': {error.message}")
            placed = work.placed(reason, judged.step, work.workflow(frame))
            end_workflow(work, "failed", placed)
            return
        transfer(work, action.workflow.key, inputs)
        return
    target = judged.step.position if action.step is None else action.step
    again = target == frame.last_request and target <= frame.position
    frame.position = target
    _arrive(work)
    if again and work.pacing(judged.step).interval > 0:
        _poll(work, judged, "poll")
    else:
        frame.poll = None


# -- polls ---------------------------------------------------------------------------------------


def _poll(work: Work, judged: Judgement, reason: str, *, throttled: int = 0) -> None:
    """Wait before the same request is sent again; the wait grows while nothing changes."""
    frame, pacing, step = work.frame, work.pacing(judged.step), judged.step
    fresh = judged.changed and not throttled
    poll = next_poll(frame.poll, frame.position, work.at, pacing, fresh=fresh)
    frame.poll = poll._replace(throttled=throttled)
    if pacing.timeout is not None and work.at - poll.since >= pacing.timeout:
        reached = FailureReason(
            "poll-timeout",
            f"the poll of step '{step.step_id}' took longer than {pacing.timeout:g} s",
            hint="give it more time with --poll-timeout",
        )
        abort(work, work.placed(reached, step, work.workflow(frame)))
        return
    delay, source = _asked(work, judged.response, poll.delay, "pacing", step)
    _wait(work, step, reason, delay, source, poll.since)


def throttled_in_a_row(work: Work, judged: Judgement) -> int:
    """How many answers of a poll in a row were only "too often"; 0 when this one is not waited out.

    Asked only when the document has no action of its own for it (SEMANTICS §4).
    """
    frame, pacing = work.frame, work.pacing(judged.step)
    polling = frame.poll is not None and frame.poll.position == frame.position
    if not (polling or judged.step.polls) or pacing.interval <= 0:
        return 0
    if judged.response is None or not is_throttling(judged.response):
        return 0
    count = 1 + (frame.poll.throttled if frame.poll is not None and polling else 0)
    return 0 if count > pacing.throttle_limit else count


def wait_out_throttling(work: Work, judged: Judgement, count: int) -> None:
    """Send a poll's request again after the ``count``-th throttling answer in a row."""
    _poll(work, judged, "throttled", throttled=count)


# -- retries -------------------------------------------------------------------------------------


def retry(work: Work, judged: Judgement, index: int, action: LinkedAction) -> None:
    """Wait, run what the action names, then attempt the step again (A-29, A-30)."""
    frame, step = work.frame, judged.step
    key = str(index)
    frame.retries = {**frame.retries, key: frame.retries.get(key, 0) + 1}
    if judged.failure is None and not action.retry_after and work.pacing(step).interval > 0:
        _poll(work, judged, "poll")  # the tolerance on-success-retry: a paced goto
        return
    since = frame.step_started_at
    if action.step is not None:
        frame.suspended = Suspended(frame.position, frame.attempts, frame.retries, since)
        frame.position = action.step
        _arrive(work)
    elif action.workflow is not None:
        try:
            inputs = produce_all(action.parameters, judged.scope)
        except ArazzoError as error:
            work.note("absent-value", f"action '{action.name}': {error.message}", step)
            inputs = {}
        frame.pending = PendingChild(action.workflow.key, inputs)
    delay, source = _asked(work, judged.response, action.retry_after, "retryAfter", step)
    _wait(work, step, "retry", delay, source, since)


# -- waits ---------------------------------------------------------------------------------------


def _asked(
    work: Work, response: Response | None, seconds: float, source: str, step: LinkedStep
) -> tuple[float, str]:
    """The wait that applies: ``Retry-After`` overrules, up to the cap (RET-02)."""
    asked = retry_after(response, work.at)
    if asked is None:
        return seconds, source
    cap = work.settings.retry_after_cap
    if asked > cap:
        work.note(
            "retry-after-cap",
            f"the server asks to wait {asked:g} s (Retry-After); waiting {cap:g} s, the cap",
            step,
        )
    return min(asked, cap), "Retry-After"


def _wait(
    work: Work, step: LinkedStep, reason: str, seconds: float, source: str, since: float
) -> None:
    frame = work.frame
    frame.phase = Phase.READY
    frame.pause = None
    if seconds <= 0:
        return
    frame.phase = Phase.WAITING
    work.records.append(
        Waiting(
            step.step_id,
            work.workflow(frame).workflow_id,
            reason,
            seconds,
            frame.visits.get(step.step_id, 0),
            since,
            frame.outputs.get(step.step_id, {}),
            source,
            work.depth,
            work.at,
        )
    )
    if frame.deadline is not None:
        seconds = max(0.0, min(seconds, frame.deadline - work.at))
    frame.pause = Pause(work.at + seconds, reason)
    work.effect = Wait(seconds, reason, step.step_id)
