"""What the caller may set for a run, apart from the document: pacing and guards."""

from __future__ import annotations

from collections.abc import Mapping

from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import EMPTY

__all__ = ["Pacing", "RunSettings"]


class Pacing(NamedTuple):
    """How a poll is paced (SEMANTICS §4). All times in seconds.

    The first wait is ``interval``, doubled each time up to ``max_interval``, and starts again at
    ``interval`` when the step's outputs change. ``interval`` 0 turns pacing off. ``timeout`` ends a
    poll that takes longer. ``throttle_limit`` throttling answers in a row are waited for.
    """

    interval: float = 1.0
    max_interval: float = 30.0
    timeout: float | None = None
    throttle_limit: int = 10


class RunSettings(NamedTuple):
    """Pacing and guards of one run.

    ``paces`` are the polls that go another way than ``pacing``, by ``workflowId`` or
    ``workflowId.stepId``, which wins.
    ``max_steps`` bounds the step attempts outside paced polls, ``max_paced_steps`` all of a run;
    ``max_depth`` bounds nested workflows; ``retry_after_cap`` (seconds) bounds what a server may
    ask for with ``Retry-After``. ``idempotency_header`` is the header field that carries a key
    with every request that may not be sent twice, besides those that descriptions declare.
    """

    pacing: Pacing = Pacing()
    max_steps: int = 1_000
    max_paced_steps: int = 10_000
    max_depth: int = 32
    retry_after_cap: float = 300.0
    paces: Mapping[str, Pacing] = EMPTY
    idempotency_header: str | None = None

    def pacing_of(self, workflow_id: str, step_id: str) -> Pacing:
        """How the polls of a step are paced."""
        if not self.paces:
            return self.pacing
        own = self.paces.get(f"{workflow_id}.{step_id}") or self.paces.get(workflow_id)
        return own or self.pacing
