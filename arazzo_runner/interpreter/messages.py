"""What goes into the interpreter (events) and what comes out of it (effects).

Every event says when it happened: ``at`` is seconds since the epoch, by the driver's clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from arazzo_runner.linking.program import OperationCall
from arazzo_runner.values import Request, Response

__all__ = [
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


@dataclass(frozen=True, slots=True)
class SendRequest:
    """Send this request and report :class:`ResponseArrived` or :class:`RequestFailed`.

    ``call`` tells whose credentials belong to it; ``timeout`` is in seconds, None for the driver's
    default.
    """

    request: Request
    call: OperationCall
    step_id: str
    workflow_id: str
    attempt: int
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Let ``seconds`` pass and report :class:`WaitOver`. ``reason``: poll, retry or throttled."""

    seconds: float
    reason: str
    step_id: str


@dataclass(frozen=True, slots=True)
class Finish:
    """The run is over; the last record is its :class:`~.records.RunFinished`."""


Effect: TypeAlias = SendRequest | Wait | Finish


@dataclass(frozen=True, slots=True)
class ResponseArrived:
    """The answer to the request in flight."""

    response: Response
    at: float


@dataclass(frozen=True, slots=True)
class RequestFailed:
    """The request in flight got no answer. ``kind`` is one of ``TransportError.kind``."""

    kind: str
    message: str
    at: float


@dataclass(frozen=True, slots=True)
class WaitOver:
    """The time of the last :class:`Wait` has passed."""

    at: float


@dataclass(frozen=True, slots=True)
class Stop:
    """The driver stops the run: ``kind`` is ``deadline`` or ``interrupted``."""

    kind: str
    message: str
    at: float


Event: TypeAlias = ResponseArrived | RequestFailed | WaitOver | Stop
