"""Names that clients and workers have to agree on."""

from __future__ import annotations

from typing import Final

__all__ = [
    "ENGINE_VERSION",
    "LOG",
    "LOOK_AGAIN",
    "NOT_SENT",
    "SEND",
    "SETTLE",
    "WORKFLOW",
    "host_queue",
    "queue_of",
]

ENGINE_VERSION: Final = 1
"""To be raised when a history of before would not lead to the same effects any more: a test
replays recorded histories. A run is carried out to its end by workers of the version that began it.
"""

WORKFLOW: Final = "ArazzoRun"
SEND: Final = "SendRequest"
LOOK_AGAIN: Final = "LookAgain"
NOT_SENT: Final = "not-sent"
"""The type of a failure that is none of the run's: its request has not left."""
SETTLE: Final = "settle"
"""The signal that says what became of a request whose worker was lost."""
LOG: Final = "log"
"""The query for what happened so far."""


def queue_of(name: str, version: int | None = None) -> str:
    """The task queue of the runs of one version, by default of this one."""
    return f"{name}-v{ENGINE_VERSION if version is None else version}"


def host_queue(queue: str, host: str) -> str:
    """The task queue of the requests to a host whose rate is limited."""
    return f"{queue}/{host}"
