"""How a failed run ends: what failed, on what values, where in the document, what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from arazzo_runner.execution.result import GUARD_KINDS, RunResult
from arazzo_runner.interpreter.records import FailureReason, StepFinished
from arazzo_runner.reporting.curl import curl_command
from arazzo_runner.reporting.diagnostics import Diagnostic
from arazzo_runner.reporting.text import body_text, one_line, size_text
from arazzo_runner.reporting.verbose import considered_text, criterion_text
from arazzo_runner.values import MASK, Redactor, Request
from arazzo_runner.values.service_errors import service_error

__all__ = ["describe_failure"]

_LONGEST_COMMAND: Final = 4000

_HINTS: Final = {
    "dns": "check the host name; --server NAME=URL sends a source's requests elsewhere",
    "connect": "is the server running there? --server NAME=URL sends a source's requests elsewhere",
    "tls": "--ca-bundle FILE trusts a private authority; --insecure accepts any certificate",
    "timeout": "give each request more time with --http-timeout",
    "deadline": "give the whole run more time with --timeout",
    "poll-timeout": "give the poll more time with --poll-timeout",
}
_STATUS_HINTS: Final = {
    401: "the server wants credentials: see 'arazzo show FILE' for what the operation needs",
    403: "the server refused the credentials or the permission: see 'arazzo show FILE'",
}


Signing: TypeAlias = Callable[[str, str], tuple[str, str] | None]
"""AWS service and region that requests of a step (workflowId, stepId) are signed for, or None."""
AsSent: TypeAlias = Callable[[str, str, Request], Request]
"""A request of a step (workflowId, stepId) as it went out, with masks in place of credentials."""


def describe_failure(
    result: RunResult,
    redactor: Redactor,
    signing: Signing | None = None,
    as_sent: AsSent | None = None,
) -> Diagnostic | None:
    """The message about a run that did not complete; None for one that did."""
    error = result.error
    if error is None:
        if result.status == "completed":
            return None
        return Diagnostic("ended", "a failure action ended the workflow")
    path = _failed_steps(result, error)
    step = path[-1] if path else None
    reason = error if step is None or step.failure is None or len(path) == 1 else step.failure
    failing = [] if step is None else [c for c in step.criteria if not c.verdict.passed]
    if reason.kind == "criteria" and failing:
        comparisons = [criterion_text(checked, redactor) for checked in failing]
    else:
        comparisons = []
    if len(comparisons) == 1:
        what = comparisons.pop()
    else:
        what = "success criteria are false" if comparisons else reason.message
    message = what
    if error.kind in GUARD_KINDS:
        message = f"stopped: {what}"
    elif error.step_id is not None and error.kind != "interrupted":
        names = [f"step '{error.step_id}' failed: "]
        names += [f"step '{s.step_id}' of workflow '{s.workflow_id}' failed: " for s in path[1:]]
        message = "".join(names) + what
    return Diagnostic(
        error.kind,
        message,
        location=reason.location or error.location,
        hint=reason.hint or _hint(reason, step),
        details=(
            *comparisons,
            *_exchange(step, redactor),
            *_absent(result, reason, redactor),
            *_going_on(result, error, redactor),
            *_decision(path, redactor),
            *_reproduction(step, redactor, signing, as_sent),
        ),
    )


def _failed_steps(result: RunResult, error: FailureReason) -> list[StepFinished]:
    """The step that failed, and the one in the workflow it ran that made it fail, and so on."""
    path: list[StepFinished] = []
    wanted = error.step_id
    for step in reversed(result.steps):
        if step.status != "failure":
            continue
        if not path and step.step_id == wanted:
            path.append(step)
        elif path and path[-1].request is None and step.depth == path[-1].depth + 1:
            # Steps of a called workflow are recorded right before the step that called it.
            path.append(step)
        if path and path[-1].request is not None:
            break
    return path


def _exchange(step: StepFinished | None, redactor: Redactor) -> Iterator[str]:
    """The request that was sent and how it was answered."""
    if step is None or step.request is None:
        return
    request = f"{step.request.method} {one_line(redactor.text(step.request.url), 200)}"
    response = step.response
    if response is None:
        yield f"{request} got no answer"
        return
    kind = one_line(response.content_type, 60) or "no content type"
    yield f"{request} answered {response.status} ({kind}, {size_text(response.size)})"
    told = service_error(response)
    if told is not None:
        yield one_line(redactor.text(str(told)), 300)
    body = body_text(response.body, redactor)
    if body:
        yield body
    if response.note:
        yield f"note: {one_line(redactor.text(response.note), 200)}"


def _absent(result: RunResult, reason: FailureReason, redactor: Redactor) -> Iterator[str]:
    """For a value that was not there: what the step answered that should have given it."""
    if reason.kind != "absent-value":
        return
    for step in reversed(result.steps):
        for name in step.missing_outputs:
            if step.response is None or f"'{step.step_id}' has no output '{name}'" not in (
                reason.message
            ):
                continue
            body = body_text(step.response.body, redactor) or "nothing"
            yield f"step '{step.step_id}' was answered {step.response.status}: {body}"
            return


def _going_on(result: RunResult, error: FailureReason, redactor: Redactor) -> Iterator[str]:
    """For a run that a guard stopped: why it went on until then."""
    if error.kind not in GUARD_KINDS or not result.steps:
        return
    last = result.steps[-1]
    if last.action is not None and last.action.type == "goto":
        times = f" (visit {last.visit})" if last.visit > 1 else ""
        name = one_line(redactor.text(last.step_id), 60)
        yield f"step '{name}'{times} went on, because action " + "; action ".join(
            considered_text(action, redactor) for action in last.considered[-1:]
        )


def _decision(path: list[StepFinished], redactor: Redactor) -> Iterator[str]:
    """Why the run did not go on; for a called workflow, why it did not, and then its caller."""
    for depth, step in enumerate(reversed(path)):
        if step.failure is None:
            continue
        attempts = f" after {step.attempts} attempts" if step.attempts > 1 else ""
        action = step.action
        of = f" of step '{one_line(redactor.text(step.step_id), 60)}'" if depth else ""
        if action is None:
            yield f"no failure action{of} applied{attempts}, so the workflow failed"
        elif action.type == "end":
            name = f"failure action '{one_line(redactor.text(action.name), 60)}'{of}"
            yield f"{name} ended the workflow{attempts}"
        else:
            continue
        for considered in step.considered:
            if considered.criteria or considered.used_up:
                yield f"  {considered_text(considered, redactor)}"


def _reproduction(
    step: StepFinished | None,
    redactor: Redactor,
    signing: Signing | None,
    as_sent: AsSent | None,
) -> Iterator[str]:
    """The request as a command; one with a very long body is in the reports only."""
    if step is None or step.request is None:
        return
    signed = signing(step.workflow_id, step.step_id) if signing else None
    service, region = signed or (None, None)
    request = step.request
    if as_sent is not None:
        request = as_sent(step.workflow_id, step.step_id, request)
    command = curl_command(request, redactor, service=service, region=region)
    if len(command) > _LONGEST_COMMAND:
        yield "to reproduce it: --har FILE and --html FILE keep the whole request"
    else:
        secrets = f" (with the secrets in place of {MASK})" if MASK in command else ""
        yield f"to reproduce it{secrets}: {command}"


def _hint(error: FailureReason, step: StepFinished | None) -> str | None:
    if error.kind == "criteria" and step is not None and step.response is not None:
        return _STATUS_HINTS.get(step.response.status)
    return _HINTS.get(error.kind)
