"""The interpreter: ``advance(program, state, event)`` gives a new state, effects and records.

Pure: no clock, no random, no network, no files. The same program, state and event always give the
same answer, so a run can be driven synchronously or not, replayed, resumed, simulated or spread
over machines. Nothing here raises for what a document or a server does wrong; that is a failed
step with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from arazzo_runner.expressions import WorkflowValues
from arazzo_runner.interpreter.messages import (
    Effect,
    Event,
    Finish,
    RequestFailed,
    ResponseArrived,
    Stop,
    Wait,
    WaitOver,
)
from arazzo_runner.interpreter.records import (
    FailureReason,
    Noted,
    Record,
    RunFinished,
    WorkflowFinished,
    WorkflowStarted,
)
from arazzo_runner.interpreter.settings import RunSettings
from arazzo_runner.interpreter.state import Frame, Phase, State
from arazzo_runner.interpreter.stepping import Stepping
from arazzo_runner.linking.inputs import apply_defaults
from arazzo_runner.linking.program import LinkedWorkflow, Program
from arazzo_runner.values import Value

__all__ = ["Transition", "advance", "start"]


class Transition(NamedTuple):
    """The new state, what to do now (one effect today), and what happened."""

    state: State
    effects: tuple[Effect, ...]
    records: tuple[Record, ...]


def start(
    program: Program,
    workflow_id: str,
    inputs: Mapping[str, Value],
    at: float,
    settings: RunSettings | None = None,
) -> Transition:
    """Begin a run of a workflow of the entry document.

    ``inputs`` are final: defaults applied and validated (see ``linking.inputs``). ``at`` is seconds
    since the epoch.

    Raises:
        KeyError: the entry document has no such workflow.
    """
    key = program.entries[workflow_id]
    state = State(frames=(), settings=settings or RunSettings(), entry=workflow_id, started_at=at)
    machine = _Machine(program, state, at)
    machine.enter(key, "run", dict(inputs))
    return machine.run()


def advance(program: Program, state: State, event: Event) -> Transition:
    """Go on with an event until the next effect.

    An event that the state does not wait for (an answer that comes after the run is over) changes
    nothing.
    """
    machine = _Machine(program, state, event.at)
    if not state.frames:
        return Transition(state, (Finish(),), ())
    machine.receive(event)
    return machine.run()


class _Machine(Stepping):
    """Frames: how workflows begin, call each other and end. Steps are in :class:`Stepping`."""

    __slots__ = ()

    def run(self) -> Transition:
        """Work until there is an effect."""
        while self.effect is None:
            frame = self.frame
            if frame.phase == Phase.BEGIN:
                self._begin(frame)
            else:
                self.execute(frame)
        return Transition(self.freeze(), (self.effect,), tuple(self.records))

    def receive(self, event: Event) -> None:
        """Take in what happened."""
        if isinstance(event, Stop):
            self.abort(FailureReason(event.kind, event.message))
            return
        if self._past_deadline():
            return
        frame = self.frame
        if isinstance(event, ResponseArrived) and frame.phase == Phase.SENT:
            self.answered(frame, event.response)
        elif isinstance(event, RequestFailed) and frame.phase == Phase.SENT:
            self.lost(frame, event.kind, event.message)
        elif isinstance(event, WaitOver) and frame.phase == Phase.WAITING:
            frame.phase = Phase.READY
        else:
            self.effect = Wait(0.0, "poll", "")  # not ours: ask the driver to come again

    # -- beginning ---------------------------------------------------------------------------

    def enter(
        self,
        key: str,
        purpose: str,
        inputs: dict[str, Value],
        *,
        deadline: float | None = None,
        reason: str | None = None,
    ) -> None:
        """Put a workflow on top; it begins at the next turn."""
        workflow = self.program.workflows[key]
        if len(self.frames) >= self.settings.max_depth:
            chain = " → ".join(
                self.program.workflows[frame.workflow].workflow_id for frame in self.frames
            )
            self.abort(
                FailureReason(
                    "depth",
                    f"workflows are nested deeper than {self.settings.max_depth}: {chain}",
                    hint="a workflow calls itself without an exit",
                )
            )
            return
        if purpose != "run":
            inputs = apply_defaults(workflow.inputs_schema, inputs)
        frame = Frame(key, purpose, inputs, self.at, deadline=deadline)
        self.frames.append(frame)
        self.frame = frame
        self.records.append(
            WorkflowStarted(
                workflow.workflow_id, reason or purpose, inputs, len(self.frames) - 1, self.at
            )
        )

    def _begin(self, frame: Frame) -> None:
        """Run the next workflow this one depends on (once per run), else start with step 0."""
        workflow = self.program.workflows[frame.workflow]
        for key in workflow.depends_on:
            status = self.dependencies.get(key)
            if status == "completed":
                continue
            if status is not None:
                name = self.program.workflows[key].workflow_id
                self.end_workflow(
                    "failed",
                    FailureReason(
                        "depends-on",
                        f"workflow '{name}', which '{workflow.workflow_id}' depends on, {status}",
                        workflow_id=workflow.workflow_id,
                    ),
                )
                return
            needed = self.program.workflows[key].input_names
            frame.phase = Phase.CHILD
            inputs = {name: value for name, value in frame.inputs.items() if name in needed}
            self.enter(key, "dependency", inputs, deadline=frame.deadline)
            return
        frame.phase = Phase.READY

    # -- ending ------------------------------------------------------------------------------

    def end_workflow(self, status: str, failure: FailureReason | None) -> None:
        """End the workflow on top and hand its outputs to whoever waits for it."""
        frame = self.frame
        workflow = self.program.workflows[frame.workflow]
        outputs, missing = self._outputs(frame, workflow)
        self.records.append(
            WorkflowFinished(
                workflow.workflow_id,
                status,
                outputs,
                missing,
                failure,
                len(self.frames) - 1,
                self.at,
            )
        )
        self.remember(workflow, WorkflowValues(frame.inputs, outputs))
        self.pop()
        if not self.frames:
            self._end_run(status, outputs, missing, failure)
        elif frame.purpose == "dependency":
            self.dependencies = {**self.dependencies, frame.workflow: status}
            self.frame.phase = Phase.BEGIN
        elif frame.purpose == "retry":
            self.frame.phase = Phase.READY
        else:
            self.child_ended(self.frame, status, outputs, failure)

    def transfer(self, key: str, inputs: dict[str, Value]) -> None:
        """Goto a workflow: it takes the place of the one on top (A-28)."""
        frame = self.frame
        workflow = self.program.workflows[frame.workflow]
        self.remember(workflow, WorkflowValues(frame.inputs, {}))
        if frame.purpose == "run":
            self.transferred_to = self.program.workflows[key].workflow_id
        self.frames.pop()
        self.enter(key, frame.purpose, inputs, deadline=frame.deadline, reason="transfer")

    def abort(self, failure: FailureReason) -> None:
        """A guard or the driver stops the whole run. What the entry workflow has is kept."""
        self.close_step(failure)
        entry = self.frames[0]
        workflow = self.program.workflows[entry.workflow]
        outputs, missing = self._outputs(entry, workflow)
        self.frames.clear()
        self._end_run("failed", outputs, missing, failure)

    def _end_run(
        self,
        status: str,
        outputs: Mapping[str, Value],
        missing: tuple[str, ...],
        failure: FailureReason | None,
    ) -> None:
        self.records.append(
            RunFinished(
                self.entry,
                status,
                outputs,
                missing,
                failure,
                self.transferred_to,
                self.started_at,
                self.at,
            )
        )
        self.effect = Finish()

    def _outputs(
        self, frame: Frame, workflow: LinkedWorkflow
    ) -> tuple[dict[str, Value], tuple[str, ...]]:
        """The workflow's outputs, evaluated once, whatever the outcome (A-24)."""
        scope = self.scope(frame, workflow)
        outputs, missing = self.evaluate_outputs(workflow.outputs, scope)
        if frame.purpose == "run":
            for output in workflow.outputs:
                if output.name in missing:
                    self.records.append(
                        Noted(
                            "output-absent",
                            f"output '{output.name}' has no value: {output.explain(scope)}",
                            None,
                            workflow.workflow_id,
                            self.at,
                        )
                    )
        return outputs, missing

    def _past_deadline(self) -> bool:
        """End a child workflow whose step's timeout has passed; True when there was one (A-27)."""
        for level, frame in enumerate(self.frames):
            if level and frame.deadline is not None and self.at >= frame.deadline:
                if frame.deadline == self.frames[level - 1].deadline:
                    continue  # inherited: the step that set it is further down
                workflow_id = self.program.workflows[frame.workflow].workflow_id
                message = f"workflow '{workflow_id}' did not end within the step's timeout"
                self.close_step(FailureReason("step-timeout", message))
                while len(self.frames) > level:
                    self.frames.pop()
                self.own_top()
                self.child_ended(self.frame, "failed", {}, FailureReason("step-timeout", message))
                return True
        return False
