"""May a request be sent twice? What happens with one whose answer was never recorded."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from arazzo_runner.errors import ArazzoError, UncertainError
from arazzo_runner.execution.probing import probe_request
from arazzo_runner.execution.settings import Settings
from arazzo_runner.interpreter import (
    Assumed,
    Event,
    ResponseArrived,
    SendRequest,
    State,
    Stop,
    poll_of,
)
from arazzo_runner.interpreter.idempotency import carries_key
from arazzo_runner.linking import LinkedStep, OperationCall, Program
from arazzo_runner.openapi.repeating import IDEMPOTENT_METHODS, calls_itself_idempotent
from arazzo_runner.values import Response

__all__ = ["current_step", "may_repeat", "settle"]

_AWS_READS = (
    "Describe", "Get", "List", "Head", "BatchGet", "Search", "Query", "Scan", "Lookup", "Preview",
)  # fmt: skip
"""How names of AWS operations begin that change nothing: their requests are POSTs all the same."""


def current_step(program: Program, state: State) -> LinkedStep:
    """The step whose request is in flight."""
    frame = state.frames[-1]
    return program.workflows[frame.workflow].steps[frame.position]


def may_repeat(
    program: Program, state: State, effect: SendRequest, settings: Settings
) -> str | None:
    """Why a request may be sent twice; None when it may not."""
    request, call = effect.request, effect.call
    if request.method in IDEMPOTENT_METHODS:
        return f"{request.method} may be sent twice"
    operation_id = call.operation.operation_id
    if effect.step_id in settings.idempotent or operation_id in settings.idempotent:
        return "the settings say that it may be sent twice"
    if carries_key(request, call, state.settings.idempotency_header):
        return "it carries an idempotency key"
    if calls_itself_idempotent(call.operation):
        return "the description calls it idempotent"
    if _is_aws_read(call):
        return f"{operation_id} only reads"
    if poll_of(state) is not None or current_step(program, state).polls:
        return "the step polls, so that it is sent again and again"
    return None


def _is_aws_read(call: OperationCall) -> bool:
    operation_id = call.operation.operation_id or ""
    is_aws = call.wants_sigv4 or ".amazonaws.com" in call.declared_url
    for prefix in _AWS_READS:
        rest = operation_id.removeprefix(prefix)
        if is_aws and rest != operation_id and (not rest or rest[0].isupper()):
            return True
    return False


def settle(
    program: Program, state: State, effect: SendRequest, settings: Settings, at: float
) -> Generator[SendRequest, Any, Event | None]:
    """What stands for the answer to a request that was sent before: an event, or None: send it.

    A probe is yielded to be performed.

    Raises:
        UncertainError: somebody has to say what happened.
    """
    if may_repeat(program, state, effect, settings) is not None:
        return None
    found = ""
    probe = settings.probes.get(effect.step_id)
    if probe is not None:
        event, found = yield from _probe(program, state, effect, probe)
        if isinstance(event, Assumed):
            return event
        if found == "not there":
            return None
    if settings.on_uncertain == "resend":
        return None
    if settings.on_uncertain == "skip":
        return Assumed(None, at)
    what = f"{effect.request.method} {effect.request.url}"
    message = (
        f"did step '{effect.step_id}' do its work? {what} was sent, then the run was killed before "
        f"an answer was recorded{found}"
    )
    if settings.on_uncertain == "fail":
        return Stop("uncertain", message, at)
    raise UncertainError(
        message,
        location=current_step(program, state).location,
        hint="find out, then resume with --on-uncertain skip (it did), resend (it did not) or "
        "fail (give up)",
    )


def _probe(
    program: Program, state: State, effect: SendRequest, operation_id: str
) -> Generator[SendRequest, Any, tuple[Event | None, str]]:
    """Ask whether it happened; the answer, or what to add to the question."""
    try:
        asked = probe_request(program, state, effect, operation_id)
    except ArazzoError as error:
        return None, f"; the probe {operation_id} cannot be sent: {error.message}"
    event = yield asked
    if not isinstance(event, ResponseArrived):
        return None, f"; the probe {operation_id} got no answer: {event.message}"
    response = event.response
    if 200 <= response.status < 300:
        return Assumed(response, event.at), ""
    if _says_not_found(response):
        return None, "not there"
    return None, f"; the probe {operation_id} answered {response.status}, which tells nothing"


def _says_not_found(response: Response) -> bool:
    """404, 410, or an AWS error that says the same with another status."""
    if response.status in (404, 410):
        return True
    if response.status != 400 or not isinstance(response.body, dict):
        return False
    text = " ".join(str(value) for value in response.body.values()).lower()
    return any(words in text for words in ("notfound", "not found", "does not exist", "nosuch"))
