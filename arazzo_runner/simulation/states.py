"""When two states of a run are the same for what may follow."""

from __future__ import annotations

from collections.abc import Mapping

from arazzo_runner.expressions import StepsExpression
from arazzo_runner.interpreter import State
from arazzo_runner.interpreter.state import Frame
from arazzo_runner.linking.program import Program
from arazzo_runner.simulation.needs import criteria_of
from arazzo_runner.values import ABSENT, Value

__all__ = ["StateKeys"]


class StateKeys:
    """Keys of states: times and counts that nothing reads are left out, and an output counts with
    its value only where a criterion compares it.
    """

    def __init__(self, program: Program) -> None:
        self._relevant = _relevant_outputs(program)

    def of(self, state: State) -> object:
        """What of a state decides how the run can go on; to be compared and hashed."""
        frames = tuple(self._frame(frame) for frame in state.frames)
        finished = tuple(
            (name, tuple(sorted(values.outputs)))
            for workflows in state.finished.values()
            for name, values in sorted(workflows.items())
        )
        return frames, finished, tuple(sorted(state.dependencies.items()))

    def _frame(self, frame: Frame) -> object:
        suspended = frame.suspended
        return (
            frame.workflow,
            frame.purpose,
            frame.phase,
            frame.position,
            tuple(sorted(frame.retries.items())),
            tuple(
                (step, name, self._abstract(frame.workflow, step, name, value))
                for step, outputs in sorted(frame.outputs.items())
                for name, value in sorted(outputs.items())
            ),
            frame.last_request,
            suspended and (suspended.position, tuple(suspended.retries.items())),
            frame.pending and frame.pending.key,
            frame.poll is not None and (frame.poll.position, frame.poll.throttled > 0),
            _frozen(frame.inputs),
        )

    def _abstract(self, workflow: str, step: str, name: str, value: Value) -> object:
        """An output that is compared counts with its value, any other by what is there."""
        if (workflow, step, name) in self._relevant:
            return _frozen(value)
        return _structure(value, 0)


def _relevant_outputs(program: Program) -> frozenset[tuple[str, str, str]]:
    """The step outputs that a criterion reads: (workflow key, stepId, name)."""
    found: set[tuple[str, str, str]] = set()
    for workflow in program.workflows.values():
        for step in workflow.steps:
            for criterion in criteria_of(step):
                for expression in criterion.expressions:
                    inner = getattr(expression, "expression", expression)
                    if isinstance(inner, StepsExpression):
                        found.add((workflow.key, inner.step_id, inner.name))
    return frozenset(found)


def _frozen(value: Value) -> object:
    if isinstance(value, Mapping):
        return tuple((key, _frozen(item)) for key, item in sorted(value.items()))
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return type(value).__name__, value if value is not ABSENT else None


def _structure(value: Value, depth: int) -> object:
    """What is there, whatever its value: names, and for lists whether they are empty."""
    if depth > 6:
        return None
    if isinstance(value, Mapping):
        return tuple((key, _structure(item, depth + 1)) for key, item in sorted(value.items()))
    if isinstance(value, list):
        return ("list", _structure(value[0], depth + 1)) if value else ("list",)
    return "null" if value is None else "value"
