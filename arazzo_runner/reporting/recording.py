"""The records of one run put together again: workflows, their steps, attempts and waits.

A console shows records as they happen; a report at the end (HAR, JUnit, trace, HTML) needs to know
which answer belongs to which request, and which workflow to which step. That is here, once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from arazzo_runner.execution.result import RunResult
from arazzo_runner.interpreter.records import (
    FailureReason,
    Record,
    RequestLost,
    RequestSent,
    ResponseReceived,
    RunFinished,
    StepFinished,
    StepStarted,
    Waiting,
    WorkflowFinished,
    WorkflowStarted,
)
from arazzo_runner.linking.program import LinkedStep, LinkedWorkflow, OperationCall, Program

__all__ = ["Attempt", "Recording", "StepRun", "WorkflowRun"]


@dataclass(slots=True)
class Attempt:
    """A request and what became of it: an answer, a loss, or nothing (the run was stopped)."""

    sent: RequestSent
    answer: ResponseReceived | None = None
    lost: RequestLost | None = None

    @property
    def duration_ms(self) -> float:
        """From sending to the answer or the loss, in milliseconds; 0 when neither came."""
        if self.answer is not None:
            return self.answer.duration_ms
        return 0.0 if self.lost is None else (self.lost.at - self.sent.at) * 1000


@dataclass(slots=True)
class StepRun:
    """One execution of a step. ``waits`` are those during it and, in a poll, the one after it."""

    started: StepStarted
    attempts: list[Attempt] = field(default_factory=list)
    waits: list[Waiting] = field(default_factory=list)
    children: list[WorkflowRun] = field(default_factory=list)
    finished: StepFinished | None = None

    @property
    def step_id(self) -> str:
        """The step's id."""
        return self.started.step_id

    @property
    def status(self) -> str:
        """``success``, ``failure``, or ``unfinished``: the run ended first."""
        return "unfinished" if self.finished is None else self.finished.status

    @property
    def ended_at(self) -> float:
        """When it was over, or when it was last heard of (seconds since the epoch)."""
        if self.finished is not None:
            return self.finished.at
        heard = [self.started.at]
        for attempt in self.attempts:
            heard += [attempt.sent.at, attempt.sent.at + attempt.duration_ms / 1000]
        heard += [wait.at for wait in self.waits]
        return max(heard)

    @property
    def loops(self) -> bool:
        """True when its action went back to the step itself."""
        action = self.finished.action if self.finished else None
        return action is not None and action.type == "goto" and action.step_id == self.step_id


@dataclass(slots=True)
class WorkflowRun:
    """One execution of a workflow; ``items`` are its steps, and workflows that ran before it or
    took its place, in order.
    """

    started: WorkflowStarted
    items: list[Item] = field(default_factory=list)
    finished: WorkflowFinished | None = None
    open: dict[str, StepRun] = field(default_factory=dict)
    last: dict[str, StepRun] = field(default_factory=dict)

    @property
    def workflow_id(self) -> str:
        """The workflow's id."""
        return self.started.workflow_id

    @property
    def steps(self) -> list[StepRun]:
        """The executions of its own steps, in order."""
        return [item for item in self.items if isinstance(item, StepRun)]


Item: TypeAlias = StepRun | WorkflowRun


class Recording:
    """Everything that was recorded of one run. ``record`` is an ``on_record`` of a runner.

    Attributes:
        program: what ran; it tells operations and steps that were never reached.
        roots: the workflow that was asked for, and those a goto went on with.
        signing: the AWS service and region that requests are signed for, by workflowId and stepId.
        end: the last record, once the run is over.
        result: what :meth:`finish` was given.
    """

    def __init__(self, program: Program | None = None) -> None:
        self.program = program
        self.signing: dict[tuple[str, str], tuple[str, str]] = {}
        self.roots: list[WorkflowRun] = []
        self.end: RunFinished | None = None
        self.result: RunResult | None = None
        self._stack: list[WorkflowRun] = []

    def record(self, record: Record) -> None:
        """Take one record in."""
        kind = type(record)
        if kind is WorkflowStarted:
            self._enter(record)  # type: ignore[arg-type]
        elif kind is RunFinished:
            self.end = record  # type: ignore[assignment]
        elif kind is not StepStarted and isinstance(record, _IN_A_STEP):
            step = self._step(record.depth, record.step_id)
            if step is not None:
                self._add(step, record)
        elif isinstance(record, StepStarted) and record.depth < len(self._stack):
            step = StepRun(record)
            workflow = self._stack[record.depth]
            workflow.items.append(step)
            workflow.open[record.step_id] = workflow.last[record.step_id] = step
        elif isinstance(record, WorkflowFinished) and record.depth < len(self._stack):
            self._stack[record.depth].finished = record
            del self._stack[record.depth :]

    def finish(self, result: RunResult) -> None:
        """The run is over, and this is what it came to."""
        self.result = result

    # -- what reports ask ----------------------------------------------------------------------

    @property
    def started_at(self) -> float:
        """When the run began, in seconds since the epoch; 0 when it did not."""
        if self.end is not None:
            return self.end.started_at
        return self.roots[0].started.at if self.roots else 0.0

    def workflows(self) -> Iterator[WorkflowRun]:
        """Every execution of a workflow, in the order they began."""
        todo: list[Item] = [*reversed(self.roots)]
        while todo:
            item = todo.pop()
            if isinstance(item, WorkflowRun):
                yield item
                todo.extend(reversed(item.items))
            else:
                todo.extend(reversed(item.children))

    def steps(self) -> Iterator[tuple[WorkflowRun, StepRun]]:
        """Every execution of a step with its workflow, by workflow."""
        for workflow in self.workflows():
            for step in workflow.steps:
                yield workflow, step

    def attempts(self) -> list[tuple[WorkflowRun, StepRun, Attempt]]:
        """Every request, in the order they were sent."""
        found = [(w, step, attempt) for w, step in self.steps() for attempt in step.attempts]
        return sorted(found, key=lambda entry: entry[2].sent.at)

    def linked(self, workflow_id: str) -> LinkedWorkflow | None:
        """The workflow of the program with that id; one of the entry document first."""
        if self.program is None:
            return None
        workflows = self.program.workflows
        key = self.program.entries.get(workflow_id)
        if key is not None and key in workflows:
            return workflows[key]
        return next((w for w in workflows.values() if w.workflow_id == workflow_id), None)

    def linked_step(self, workflow_id: str, step_id: str) -> LinkedStep | None:
        """The step of the program with these ids."""
        workflow = self.linked(workflow_id)
        steps = workflow.steps if workflow else ()
        return next((step for step in steps if step.step_id == step_id), None)

    def operation(self, workflow_id: str, step_id: str) -> OperationCall | None:
        """What a step calls; None when it runs a workflow, or when there is no program."""
        step = self.linked_step(workflow_id, step_id)
        return step.target if step and isinstance(step.target, OperationCall) else None

    @property
    def failure(self) -> FailureReason | None:
        """Why the run did not complete."""
        return self.end.failure if self.end else None

    # -- how it is put together ----------------------------------------------------------------

    def _enter(self, record: WorkflowStarted) -> None:
        workflow = WorkflowRun(record)
        del self._stack[record.depth :]
        if not self._stack:
            self.roots.append(workflow)
        else:
            above = self._stack[-1]
            calling = list(above.open.values())
            if calling:  # the step that began last is the one that runs it
                calling[-1].children.append(workflow)
            else:
                above.items.append(workflow)
        self._stack.append(workflow)

    def _step(self, depth: int, step_id: str) -> StepRun | None:
        if depth >= len(self._stack):
            return None
        workflow = self._stack[depth]
        return workflow.open.get(step_id) or workflow.last.get(step_id)

    def _add(self, step: StepRun, record: Record) -> None:
        if isinstance(record, RequestSent):
            step.attempts.append(Attempt(record))
        elif isinstance(record, Waiting):
            step.waits.append(record)
        elif isinstance(record, ResponseReceived) and step.attempts:
            step.attempts[-1].answer = record
        elif isinstance(record, RequestLost) and step.attempts:
            step.attempts[-1].lost = record
        elif isinstance(record, StepFinished):
            step.finished = record
            self._stack[record.depth].open.pop(record.step_id, None)


_IN_A_STEP = RequestSent | Waiting | ResponseReceived | RequestLost | StepFinished
