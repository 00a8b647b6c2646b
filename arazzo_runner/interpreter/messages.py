"""What goes into the interpreter (events) and what comes out of it (effects).

Every event says when it happened: ``at`` is seconds since the epoch, by the driver's clock.
"""

from __future__ import annotations

from typing import TypeAlias

from arazzo_runner.errors import Fault
from arazzo_runner.linking.program import OperationCall
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import Request, Response
from arazzo_runner.values.cookies import Jar

__all__ = [
    "Assumed",
    "Effect",
    "Event",
    "Finish",
    "RequestFailed",
    "ResponseArrived",
    "SendRequest",
    "Stop",
    "Wait",
    "WaitOver",
]


class SendRequest(NamedTuple):
    """Send this request and report :class:`ResponseArrived` or :class:`RequestFailed`.

    ``call`` tells whose credentials belong to it; ``timeout`` is in seconds, None for the driver's
    default; ``cookies`` are those of the run, for redirects (the request has its own already).
    """

    request: Request
    call: OperationCall
    step_id: str
    workflow_id: str
    attempt: int
    timeout: float | None = None
    cookies: Jar = ()


class Wait(NamedTuple):
    """Let ``seconds`` pass and report :class:`WaitOver`. ``reason``: poll, retry or throttled."""

    seconds: float
    reason: str
    step_id: str


class Finish(NamedTuple):
    """The run is over; the last record is its :class:`~.records.RunFinished`."""


Effect: TypeAlias = SendRequest | Wait | Finish


class ResponseArrived(NamedTuple):
    """The answer to the request in flight.

    ``deviations`` say where it does not keep to its description; one of severity ``error`` makes
    the step fail.
    """

    response: Response
    at: float
    deviations: tuple[Fault, ...] = ()


class RequestFailed(NamedTuple):
    """The request in flight got no answer. ``kind`` is one of ``TransportError.kind``."""

    kind: str
    message: str
    at: float


class Assumed(NamedTuple):
    """Nobody knows the answer to the request in flight: it is taken to have done its work.

    The step succeeds without its criteria being looked at. ``response`` is what another request
    found out, None when its outputs stay without a value.
    """

    response: Response | None
    at: float


class WaitOver(NamedTuple):
    """The time of the last :class:`Wait` has passed."""

    at: float


class Stop(NamedTuple):
    """The driver stops the run: ``kind`` is ``deadline``, ``interrupted``, ``cancelled``,
    ``uncertain`` or ``journal``. ``unperformed`` says that the pending effect was not begun."""

    kind: str
    message: str
    at: float
    unperformed: bool = False


Event: TypeAlias = ResponseArrived | RequestFailed | Assumed | WaitOver | Stop
