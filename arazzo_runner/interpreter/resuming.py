"""What a saved state waits for: the effect with which a run goes on."""

from __future__ import annotations

from arazzo_runner.interpreter.machine import Transition
from arazzo_runner.interpreter.messages import Finish, Wait
from arazzo_runner.interpreter.sending import announce, build_request
from arazzo_runner.interpreter.state import Phase, State
from arazzo_runner.interpreter.work import Work
from arazzo_runner.linking.program import OperationCall, Program

__all__ = ["pending", "without_requests"]


def without_requests(state: State) -> State:
    """The state without its requests, which :func:`pending` builds again: they may be large."""
    if all(frame.request is None for frame in state.frames):
        return state
    frames = [frame.copy() for frame in state.frames]
    for frame in frames:
        frame.request = None
    return state._replace(frames=tuple(frames))


def pending(program: Program, state: State, at: float) -> Transition:
    """The state with the effect that it waits for; of a wait, only what is left of it.

    A request is built again of the same values, so that it is the one that was in flight. Whether
    it may be sent again is the driver's to decide.

    Raises:
        ArazzoError: the request cannot be built again; a file that it sends is gone.
    """
    if not state.frames:
        return Transition(state, (Finish(),), ())
    work = Work(program, state, at)
    frame = work.frame
    step = work.workflow(frame).steps[frame.position]
    if frame.phase == Phase.WAITING and frame.pause is not None:
        left = max(0.0, frame.pause.until - at)
        return Transition(state, (Wait(left, frame.pause.reason, step.step_id),), ())
    assert frame.phase == Phase.SENT
    assert isinstance(step.target, OperationCall)
    scope = work.scope(frame, work.workflow(frame))
    frame.request = build_request(work, step, step.target, scope)
    announce(work, step, step.target, frame.request)
    assert work.effect is not None
    return Transition(work.freeze(), (work.effect,), tuple(work.records))
