"""How a failed run ends: what failed, on what values, where in the document, what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from arazzo_runner.execution.result import GUARD_KINDS, RunResult
from arazzo_runner.interpreter.records import FailureReason, StepFinished
from arazzo_runner.reporting.curl import curl_command
from arazzo_runner.reporting.diagnostics import Diagnostic
from arazzo_runner.reporting.text import body_text, one_line, size_text
from arazzo_runner.reporting.verbose import criterion_text
from arazzo_runner.values import Redactor
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


def describe_failure(
    result: RunResult, redactor: Redactor, signing: Signing | None = None
) -> Diagnostic | None:
    """The message about a run that did not complete; None for one that did."""
    error = result.error
    if error is None:
        if result.status == "completed":
            return None
        return Diagnostic("ended", "a failure action ended the workflow")
    step = _failed_step(result, error)
    failing = [] if step is None else [c for c in step.criteria if not c.verdict.passed]
    if error.kind == "criteria" and failing:
        comparisons = [criterion_text(checked, redactor) for checked in failing]
    else:
        comparisons = []
    if len(comparisons) == 1:
        what = comparisons.pop()
    else:
        what = "success criteria are false" if comparisons else error.message
    message = what
    if error.kind in GUARD_KINDS:
        message = f"stopped: {what}"
    elif error.step_id is not None and error.kind != "interrupted":
        message = f"step '{error.step_id}' failed: {what}"
    return Diagnostic(
        error.kind,
        message,
        location=error.location,
        hint=error.hint or _hint(error, step),
        details=(
            *comparisons,
            *_exchange(step, redactor),
            *_decision(step, redactor),
            *_reproduction(step, redactor, signing),
        ),
    )


def _failed_step(result: RunResult, error: FailureReason) -> StepFinished | None:
    for step in reversed(result.steps):
        if step.status == "failure" and step.step_id == error.step_id:
            return step
    return None


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


def _decision(step: StepFinished | None, redactor: Redactor) -> Iterator[str]:
    """Why the run did not go on."""
    if step is None or step.failure is None:
        return
    attempts = f" after {step.attempts} attempts" if step.attempts > 1 else ""
    action = step.action
    if action is None:
        yield f"no failure action applied{attempts}, so the workflow failed"
    elif action.type == "end":
        name = f"failure action '{one_line(redactor.text(action.name), 60)}'"
        yield f"{name} ended the workflow{attempts}"


def _reproduction(
    step: StepFinished | None, redactor: Redactor, signing: Signing | None
) -> Iterator[str]:
    """The request as a command; one with a very long body is in the reports only."""
    if step is None or step.request is None:
        return
    signed = signing(step.workflow_id, step.step_id) if signing else None
    service, region = signed or (None, None)
    command = curl_command(step.request, redactor, service=service, region=region)
    if len(command) > _LONGEST_COMMAND:
        yield "to reproduce it: --har FILE and --html FILE keep the whole request"
    else:
        yield f"to reproduce it: {command}"


def _hint(error: FailureReason, step: StepFinished | None) -> str | None:
    if error.kind == "criteria" and step is not None and step.response is not None:
        return _STATUS_HINTS.get(step.response.status)
    return _HINTS.get(error.kind)
