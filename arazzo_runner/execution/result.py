"""The result of a run, for people who embed the engine and for ``--json``."""

from __future__ import annotations

from collections.abc import Mapping

from arazzo_runner.errors import Fault, WorkflowFailed
from arazzo_runner.interpreter.records import FailureReason, StepFinished
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import Value

__all__ = ["GUARD_KINDS", "RunResult"]

GUARD_KINDS = frozenset({"deadline", "steps", "depth", "size", "poll-timeout"})


class RunResult(NamedTuple):
    """How a run went.

    ``status`` is ``completed``, ``ended`` (through a failure action) or ``failed``. ``steps`` lists
    every execution of every step in order, those of called workflows included. ``outputs`` are the
    workflow's outputs, ``missing_outputs`` names those that had no value. ``error`` says why the
    run is not completed. ``transferred_to`` names the workflow that a goto ended in; the outputs
    are then its outputs. ``started_at`` is seconds since the epoch, ``duration_ms`` milliseconds.
    ``teardown`` is the result of the workflow that ran last (``Settings.teardown``).
    """

    run_id: str
    workflow_id: str
    status: str
    outputs: Mapping[str, Value]
    missing_outputs: tuple[str, ...]
    steps: tuple[StepFinished, ...]
    warnings: tuple[Fault, ...]
    error: FailureReason | None
    transferred_to: str | None
    started_at: float
    duration_ms: float
    teardown: RunResult | None = None

    @property
    def ok(self) -> bool:
        """True when the workflow completed."""
        return self.status == "completed"

    @property
    def exit_code(self) -> int:
        """The exit code of ``arazzo run``: 0, 1, 4 (a guard) or 130 (interrupted)."""
        if self.ok:
            return 0 if self.teardown is None else self.teardown.exit_code
        if self.error and self.error.kind == "interrupted":
            return 130
        return 4 if self.error and self.error.kind in GUARD_KINDS else 1

    def raise_for_status(self) -> RunResult:
        """The result itself when the workflow completed.

        Raises:
            WorkflowFailed: the run ended through a failure action or failed.
        """
        if self.ok:
            return self
        why = self.error.message if self.error else "a failure action ended it"
        raise WorkflowFailed(f"workflow '{self.workflow_id}' {self.status}: {why}", self)
