"""Runs that wait can be stopped, all of them or the cancelled ones."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from types import TracebackType
from typing import TYPE_CHECKING

from arazzo_runner.interpreter import Stop

if TYPE_CHECKING:
    import asyncio

__all__ = ["Interruptible", "Stopping"]


class Stopping:
    """The runs of one runner that wait, and whether they are to go on.

    ``cancelled`` has the ids of cancelled runs, kept by somebody else. ``asked`` says that all runs
    are to stop. ``resting`` counts the runs that let time pass.
    """

    def __init__(self, cancelled: AbstractSet[str]) -> None:
        self.asked = False
        self.resting = 0
        self.waiting: dict[asyncio.Task[object], str | None] = {}
        self._cancelled = cancelled

    def stop(self) -> None:
        """Stop all runs; those that wait leave their :class:`Interruptible` now."""
        self.asked = True
        for task in list(self.waiting):
            task.cancel()

    def cancel(self, run_ids: AbstractSet[str]) -> None:
        """Wake those of the runs that wait."""
        for task, run_id in list(self.waiting.items()):
            if run_id in run_ids:
                task.cancel()

    def ends(self, run_id: str | None) -> bool:
        """Whether a run is to stop."""
        return self.asked or run_id in self._cancelled

    def event(self, run_id: str | None, at: float, *, unperformed: bool = False) -> Stop:
        """What a run that is to stop is told."""
        if run_id in self._cancelled:
            return Stop("cancelled", "the run was cancelled", at, unperformed)
        return Stop("interrupted", "the run was interrupted", at, unperformed)


class Interruptible:
    """A block in which a run waits: left early, without an error, when the run is to stop."""

    __slots__ = ("_run_id", "_stopping", "_task")

    def __init__(self, stopping: Stopping, run_id: str | None) -> None:
        import asyncio

        task = asyncio.current_task()
        assert task is not None
        self._stopping, self._run_id, self._task = stopping, run_id, task

    def __enter__(self) -> None:
        self._stopping.waiting[self._task] = self._run_id

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        import asyncio

        del self._stopping.waiting[self._task]
        meant = kind is asyncio.CancelledError and self._stopping.ends(self._run_id)
        return meant and not self._task.uncancel()
