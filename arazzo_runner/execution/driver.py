"""One run as a conversation: effects out, events in, a result at the end.

Synchronous and asynchronous doors perform the effects; everything else about a run is here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from arazzo_runner.errors import Fault
from arazzo_runner.execution.result import RunResult
from arazzo_runner.execution.time_limit import TimeLimit
from arazzo_runner.interpreter import (
    Event,
    Finish,
    Noted,
    Record,
    RunFinished,
    RunSettings,
    SendRequest,
    Shared,
    StepFinished,
    Transition,
    Wait,
    Waiting,
    advance,
    start,
)
from arazzo_runner.linking import Program
from arazzo_runner.values import Value

if TYPE_CHECKING:
    from arazzo_runner.execution.journal import Commit
    from arazzo_runner.execution.resuming import Resumed
    from arazzo_runner.execution.run_log import RunLog

__all__ = ["Collector", "Conversation", "drive", "new_run_id", "noted"]

Conversation: TypeAlias = "Generator[SendRequest | Wait | Commit, Any, RunResult]"
"""Effects come out; an :class:`Event` goes in, or :class:`Committed` after a :class:`Commit`."""

Settle: TypeAlias = Callable[[Transition], "Generator[SendRequest, Any, Event | None]"]
"""What becomes of a request that was sent before: an event instead of it, None to send it."""


def new_run_id() -> str:
    """A fresh name for a run: 32 hexadecimal digits."""
    return os.urandom(16).hex()  # as secrets does, which takes 3 ms to import


def drive(
    program: Program,
    workflow_id: str,
    inputs: Mapping[str, Value],
    *,
    settings: RunSettings,
    now: Callable[[], float],
    timeout: float | None = None,
    on_record: Callable[[Record], None] | None = None,
    warnings: tuple[Fault, ...] = (),
    notes: tuple[Fault, ...] = (),
    run_id: str = "",
    log: RunLog | None = None,
    resumed: Resumed | None = None,
    uncertain: Settle | None = None,
    shared: Shared | None = None,
    keep_steps: bool = True,
    fold_polls: bool = False,
) -> Conversation:
    """Yield effects to perform; send the events they lead to; return the result.

    ``timeout`` (seconds) is the whole run's deadline. A wait that would pass it is not begun.
    ``warnings`` are those of the program, ``notes`` those of this run's inputs: they are recorded.
    ``log`` keeps the run. With ``resumed`` it goes on from there, and ``uncertain`` says what
    becomes of its pending request. To save memory, the result has no steps without ``keep_steps``,
    and with ``fold_polls`` of a poll's visits only the newest; while the poll goes on that is
    without its request and answer.
    """
    run_id = run_id or new_run_id()
    collected = Collector(run_id, warnings, on_record, keep_steps=keep_steps, fold_polls=fold_polls)
    began = now()
    for fault in notes:
        note = noted(fault, workflow_id, began)
        collected.record(note)
        if log is not None:
            log.add(note)
    limit = TimeLimit(timeout, began)
    event: Event | None = None
    settled: Event | None = None
    if resumed is None:
        transition = start(
            program, workflow_id, inputs, began, settings, run_id=run_id, shared=shared
        )
    else:
        transition = resumed.transition
        collected.steps.extend(resumed.steps if keep_steps else ())
        if uncertain is not None:
            settled = yield from uncertain(transition)
    while True:
        collected.take(transition)
        effect = transition.effects[0]
        stop = None
        if log is not None:
            stop = yield from log.keep(event, transition, now())
            for note in log.notes:
                collected.record(note)
            log.notes.clear()
        if isinstance(effect, Finish):
            return collected.result()
        event = settled or stop or limit.before(effect, now())
        settled = None
        state = transition.state
        if event is None:
            del transition  # its records have been taken: ten thousand runs that wait hold none
            event = limit.after((yield limit.bounded(effect, now())))
        transition = advance(program, state, event)


class Collector:
    """Keeps what the result needs of the records, and shows every record to whoever watches."""

    __slots__ = (
        "_end", "_fold_polls", "_keep_steps", "_on_record", "_run_id", "_warnings", "steps",
    )  # fmt: skip

    def __init__(
        self,
        run_id: str,
        warnings: tuple[Fault, ...],
        on_record: Callable[[Record], None] | None,
        *,
        keep_steps: bool = True,
        fold_polls: bool = False,
    ) -> None:
        self._run_id = run_id
        self._on_record = on_record
        self._keep_steps = keep_steps
        self._fold_polls = fold_polls
        self.steps: list[StepFinished] = []
        self._warnings = list(warnings)
        self._end: RunFinished | None = None

    def take(self, transition: Transition) -> None:
        """Keep the records of a transition."""
        for record in transition.records:
            self.record(record)

    def record(self, record: Record) -> None:
        """Keep and show one record."""
        kind = type(record)
        if kind is StepFinished:
            if self._keep_steps:
                self._keep(record)  # type: ignore[arg-type]
        elif kind is Noted:
            if not self._note(record):  # type: ignore[arg-type]
                return
        elif kind is RunFinished:
            self._end = record  # type: ignore[assignment]
        elif kind is Waiting and self._fold_polls:
            self._lighten(record)  # type: ignore[arg-type]
        if self._on_record is not None:
            self._on_record(record)

    def _keep(self, step: StepFinished) -> None:
        if self._fold_polls and self.steps and _is_next_visit(step, self.steps[-1]):
            self.steps[-1] = step
        else:
            self.steps.append(step)

    def _lighten(self, waiting: Waiting) -> None:
        """When the wait is for another visit of the newest step, its answer is not held."""
        step = self.steps[-1] if self.steps else None
        if step is not None and step.response is not None and _is_same_visit(step, waiting):
            self.steps[-1] = step._replace(request=None, response=None, criteria=())

    def _note(self, record: Noted) -> bool:
        """Keep a note; False when it was made before, as in a loop."""
        fault = Fault(
            record.rule,
            record.message,
            location=record.location,
            severity="warning",
            pointer=record.pointer,
        )
        if fault in self._warnings:
            return False
        self._warnings.append(fault)
        return True

    def result(self) -> RunResult:
        """What the run came to; its last record has been taken."""
        end = self._end
        assert end is not None
        return RunResult(
            run_id=self._run_id,
            workflow_id=end.workflow_id,
            status=end.status,
            outputs=end.outputs,
            missing_outputs=end.missing_outputs,
            steps=tuple(self.steps),
            warnings=tuple(self._warnings),
            error=end.failure,
            transferred_to=end.transferred_to,
            started_at=end.started_at,
            duration_ms=(end.at - end.started_at) * 1000,
        )


def noted(fault: Fault, workflow_id: str, at: float) -> Noted:
    """The record of a fault in a run's inputs or credentials."""
    hint = f" ({fault.hint})" if fault.hint else ""
    return Noted(fault.rule, fault.message + hint, None, workflow_id, at)


def _is_same_visit(step: StepFinished, waiting: Waiting) -> bool:
    return (step.step_id, step.workflow_id, step.visit, step.depth) == (
        waiting.step_id,
        waiting.workflow_id,
        waiting.visit,
        waiting.depth,
    )


def _is_next_visit(step: StepFinished, before: StepFinished) -> bool:
    return (
        step.step_id == before.step_id
        and step.workflow_id == before.workflow_id
        and step.visit == before.visit + 1
        and step.depth == before.depth
    )
