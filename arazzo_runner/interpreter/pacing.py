"""How long a run waits: polls, retries, what servers ask for (SEMANTICS §4, A-30)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from arazzo_runner.interpreter.settings import Pacing
from arazzo_runner.interpreter.state import Poll
from arazzo_runner.values import Response
from arazzo_runner.values.service_errors import service_error

__all__ = ["is_throttling", "next_poll", "retry_after"]

THROTTLING_STATUS: Final = frozenset({429, 503})
THROTTLING_CODES: Final = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottledException",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "TransactionInProgressException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "RequestThrottled",
        "SlowDown",
        "PriorRequestNotComplete",
        "EC2ThrottledException",
    }
)
"""The error codes that botocore's standard retry mode calls throttling."""


def is_throttling(response: Response) -> bool:
    """True when the answer asks to come back later: 429, 503, or an AWS throttling error."""
    if response.status in THROTTLING_STATUS:
        return True
    error = service_error(response) if response.status >= 400 else None
    return error is not None and error.code in THROTTLING_CODES


def retry_after(response: Response | None, at: float) -> float | None:
    """The seconds that ``Retry-After`` asks for, never negative; None when it says nothing.

    A date counts from the answer's own ``Date`` when it has one, else from ``at`` (RFC 9110
    §10.2.3).
    """
    if response is None:
        return None
    text = response.header("retry-after")
    if text is None:
        return None
    text = text.strip()
    try:
        seconds = float(text)
    except ValueError:
        when = _http_date(text)
        if when is None:
            return None
        now = _http_date(response.header("date") or "")
        return max(0.0, when - (at if now is None else now))
    return max(0.0, seconds) if seconds < float("inf") else None


def _http_date(text: str) -> float | None:
    for pattern in (
        "%a, %d %b %Y %H:%M:%S GMT",
        "%A, %d-%b-%y %H:%M:%S GMT",
        "%a %b %d %H:%M:%S %Y",
    ):
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    return None


def next_poll(poll: Poll | None, position: int, at: float, pacing: Pacing, *, fresh: bool) -> Poll:
    """The poll after one more answer; its ``delay`` is the wait before the next request.

    ``fresh`` says that the step's outputs changed: the delay starts again.
    """
    if poll is None or poll.position != position:
        return Poll(position, pacing.interval, at, waits=1)
    doubled = max(pacing.interval, min(poll.delay * 2, pacing.max_interval))
    delay = pacing.interval if fresh else doubled
    return Poll(position, delay, poll.since, poll.waits + 1)
