"""The interpreter: ``advance(program, state, event)`` gives a new state, effects and records.

Pure: no clock, no random, no network, no files. The same program, state and event always give the
same answer, so a run can be driven synchronously or not, replayed, resumed, simulated or spread
over machines. Nothing here raises for what a document or a server does wrong; that is a failed
step with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping

from arazzo_runner.expressions import WorkflowValues
from arazzo_runner.interpreter.judging import answered, assumed, called_workflow_ended, lost
from arazzo_runner.interpreter.messages import (
    Assumed,
    Effect,
    Event,
    RequestFailed,
    ResponseArrived,
    Stop,
    WaitOver,
)
from arazzo_runner.interpreter.records import FailureReason, Record
from arazzo_runner.interpreter.sending import execute
from arazzo_runner.interpreter.settings import RunSettings
from arazzo_runner.interpreter.state import Phase, State
from arazzo_runner.interpreter.work import Work
from arazzo_runner.interpreter.workflows import abort, begin, enter, leave_overdue
from arazzo_runner.linking.program import Program
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import Value

__all__ = ["Shared", "Transition", "advance", "start"]


class Transition(NamedTuple):
    """The new state, what to do now, and what happened.

    ``effects`` has one effect, or none when the event was not one the state waits for.
    """

    state: State
    effects: tuple[Effect, ...]
    records: tuple[Record, ...]


class Shared(NamedTuple):
    """What several runs of a program have in common: workflows that are run once for all of them.

    The two mappings are those of :class:`~.state.State`.
    """

    dependencies: Mapping[str, str]
    finished: Mapping[str, Mapping[str, WorkflowValues]]


def start(
    program: Program,
    workflow_id: str,
    inputs: Mapping[str, Value],
    at: float,
    settings: RunSettings | None = None,
    *,
    run_id: str = "",
    shared: Shared | None = None,
) -> Transition:
    """Begin a run of a workflow of the entry document.

    ``inputs`` are final: defaults applied and validated (see ``linking.inputs``), and nobody
    changes them any more. ``at`` is seconds since the epoch. ``run_id`` is what idempotency keys
    are made of. ``shared`` are workflows of ``dependsOn`` that need not run again.

    Raises:
        KeyError: the entry document has no such workflow.
    """
    key = program.entries[workflow_id]
    state = State((), settings or RunSettings(), workflow_id, at, run_id=run_id)
    if shared is not None:
        state = state._replace(dependencies=shared.dependencies, finished=shared.finished)
    work = Work(program, state, at)
    enter(work, key, "run", inputs)
    return _run(work)


def advance(program: Program, state: State, event: Event) -> Transition:
    """Go on with an event until the next effect.

    An event that the state does not wait for (an answer after the run is over) changes nothing.
    """
    work = Work(program, state, event.at)
    if not work.frames or not _receive(work, event):
        return Transition(state, (), ())
    return _run(work)


def _receive(work: Work, event: Event) -> bool:
    """Take in what happened; False when the state does not wait for it."""
    phase = work.frame.phase
    if isinstance(event, Stop):
        abort(work, FailureReason(event.kind, event.message))
    elif leave_overdue(work):
        pass  # whatever the event was, it came too late
    elif isinstance(event, ResponseArrived) and phase == Phase.SENT:
        answered(work, event.response, event.deviations)
    elif isinstance(event, RequestFailed) and phase == Phase.SENT:
        lost(work, event.kind, event.message)
    elif isinstance(event, Assumed) and phase == Phase.SENT:
        assumed(work, event.response)
    elif isinstance(event, WaitOver) and phase == Phase.WAITING:
        work.frame.phase = Phase.READY
        work.frame.pause = None
    else:
        return False
    return True


def _run(work: Work) -> Transition:
    """Work until there is an effect."""
    while work.effect is None:
        if work.ended is not None:
            ended, work.ended = work.ended, None
            called_workflow_ended(work, ended)
        elif work.frame.phase == Phase.BEGIN:
            begin(work)
        else:
            execute(work)
    return Transition(work.freeze(), (work.effect,), tuple(work.records))
