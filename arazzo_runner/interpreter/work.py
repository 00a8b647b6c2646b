"""A working copy of a state for one ``advance``: what the parts of the machine share."""

from __future__ import annotations

from collections.abc import Mapping

from arazzo_runner.criteria.tolerances import TOLERANCES
from arazzo_runner.expressions import Scope, WorkflowValues
from arazzo_runner.interpreter.messages import Effect
from arazzo_runner.interpreter.records import FailureReason, Noted, Record
from arazzo_runner.interpreter.settings import Pacing
from arazzo_runner.interpreter.state import Frame, State
from arazzo_runner.linking.program import LinkedStep, LinkedWorkflow, Program
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import Value

__all__ = ["Ended", "Work"]


class Ended(NamedTuple):
    """How the workflow that was on top ended, for the step below that runs it."""

    status: str
    outputs: Mapping[str, Value]
    failure: FailureReason | None


class Work:
    """Fields of a state that may be set, the effect and the records so far.

    ``frame`` is the top frame and ours to change; :meth:`freeze` makes the next state.
    ``ended`` is set between the end of a workflow and the judgement of the step that ran it.
    """

    __slots__ = (
        "at",
        "cookies",
        "dependencies",
        "effect",
        "ended",
        "entry",
        "finished",
        "frame",
        "frames",
        "paced",
        "program",
        "records",
        "run_id",
        "settings",
        "started_at",
        "steps",
        "trail",
        "transferred_to",
    )

    def __init__(self, program: Program, state: State, at: float) -> None:
        self.program = program
        self.at = at
        self.settings = state.settings
        self.entry = state.entry
        self.started_at = state.started_at
        self.finished = state.finished
        self.dependencies = state.dependencies
        self.steps = state.steps
        self.paced = state.paced
        self.trail = state.trail
        self.transferred_to = state.transferred_to
        self.cookies = state.cookies
        self.run_id = state.run_id
        self.frames = list(state.frames)
        self.records: list[Record] = []
        self.effect: Effect | None = None
        self.ended: Ended | None = None
        self.frame: Frame
        if self.frames:
            self.own_top()

    def freeze(self) -> State:
        """The state after this advance."""
        return State(
            tuple(self.frames),
            self.settings,
            self.entry,
            self.started_at,
            self.finished,
            self.dependencies,
            self.steps,
            self.paced,
            self.trail,
            self.transferred_to,
            self.cookies,
            self.run_id,
        )

    # -- frames ------------------------------------------------------------------------------

    @property
    def depth(self) -> int:
        """How many workflows are above the one that was asked for."""
        return len(self.frames) - 1

    def own_top(self) -> None:
        """Make the top frame ours to change: earlier states keep theirs."""
        self.frame = self.frames[-1] = self.frames[-1].copy()

    def push(self, frame: Frame) -> None:
        """A new frame on top."""
        self.frames.append(frame)
        self.frame = frame

    def pop(self) -> None:
        """Leave the top frame."""
        self.frames.pop()
        if self.frames:
            self.own_top()

    def workflow(self, frame: Frame) -> LinkedWorkflow:
        """The workflow that a frame runs."""
        return self.program.workflows[frame.workflow]

    def pacing(self, step: LinkedStep) -> Pacing:
        """How the polls of a step of the top frame are paced."""
        return self.settings.pacing_of(self.workflow(self.frame).workflow_id, step.step_id)

    # -- values ------------------------------------------------------------------------------

    def remember(self, workflow: LinkedWorkflow, values: WorkflowValues) -> None:
        """Keep a workflow's inputs and outputs for ``$workflows``."""
        document = str(workflow.document)
        known = {**self.finished.get(document, {}), workflow.workflow_id: values}
        self.finished = {**self.finished, document: known}

    def scope(self, frame: Frame, workflow: LinkedWorkflow) -> Scope:
        """What the expressions of a workflow's steps see now."""
        workflows: Mapping[str, WorkflowValues] = {}
        if workflow.reads_workflows:
            running = {
                linked.workflow_id: WorkflowValues(other.inputs, {})
                for other in self.frames
                if (linked := self.workflow(other)).document == workflow.document
            }
            workflows = {**running, **self.finished.get(str(workflow.document), {})}
        return Scope(
            frame.inputs,
            frame.outputs,
            workflows,
            sources=workflow.sources,
            self_uri=workflow.self_uri,
            components=workflow.components,
        )

    # -- records -----------------------------------------------------------------------------

    def note(self, rule: str, message: str, step: LinkedStep, pointer: str = "") -> None:
        """Record something worth knowing about a step; ``pointer`` as in :class:`Noted`."""
        workflow_id = self.workflow(self.frame).workflow_id
        self.records.append(
            Noted(rule, message, step.step_id, workflow_id, self.at, step.location, pointer)
        )

    def note_tolerated(self, scope: Scope, step: LinkedStep | None = None) -> None:
        """Record the tolerances that only the values of a scope showed, each once.

        Without ``step`` they belong to the workflow on top.
        """
        if not scope.tolerated:
            return
        workflow = self.workflow(self.frame)
        if step is None:
            text = self.program.documents[workflow.document].document
            location = text.locate((*workflow.source.pointer, "outputs"))
        else:
            location = step.location
        for rule, written in dict.fromkeys(scope.tolerated):
            message = f"'{written}': {TOLERANCES[rule].reads_as}"
            step_id = None if step is None else step.step_id
            self.records.append(
                Noted(rule, message, step_id, workflow.workflow_id, self.at, location)
            )

    def placed(
        self, failure: FailureReason, step: LinkedStep, workflow: LinkedWorkflow
    ) -> FailureReason:
        """The failure with the step it happened in."""
        return failure._replace(
            step_id=step.step_id, workflow_id=workflow.workflow_id, location=step.location
        )
