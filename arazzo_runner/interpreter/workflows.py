"""How workflows begin, call each other, take each other's place, and end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from arazzo_runner.errors import ArazzoError
from arazzo_runner.expressions import Scope, WorkflowValues
from arazzo_runner.interpreter.messages import Finish
from arazzo_runner.interpreter.records import (
    FailureReason,
    Noted,
    RunFinished,
    StepFinished,
    WorkflowFinished,
    WorkflowStarted,
)
from arazzo_runner.interpreter.state import Frame, Phase
from arazzo_runner.interpreter.work import Ended, Work
from arazzo_runner.linking.inputs import apply_defaults
from arazzo_runner.linking.program import LinkedOutput, LinkedWorkflow
from arazzo_runner.values import ABSENT, Value

__all__ = [
    "abort",
    "begin",
    "end_workflow",
    "enter",
    "evaluate_outputs",
    "leave_overdue",
    "transfer",
]


def enter(
    work: Work,
    key: str,
    purpose: str,
    inputs: Mapping[str, Value],
    *,
    deadline: float | None = None,
    reason: str | None = None,
) -> None:
    """Put a workflow on top; it begins at the next turn. ``purpose`` as in :class:`Frame`."""
    workflow = work.program.workflows[key]
    if len(work.frames) >= work.settings.max_depth:
        chain = " → ".join(work.workflow(frame).workflow_id for frame in work.frames)
        abort(
            work,
            FailureReason(
                "depth",
                f"workflows are nested deeper than {work.settings.max_depth}: {chain}",
                hint="a workflow calls itself without an exit",
            ),
        )
        return
    # The inputs of a run are final already: defaults applied and validated.
    values = inputs if purpose == "run" else _with_defaults(work, workflow, inputs)
    work.push(Frame(key, purpose, values, work.at, deadline=deadline))
    work.records.append(
        WorkflowStarted(workflow.workflow_id, reason or purpose, values, work.depth, work.at)
    )


def _with_defaults(
    work: Work, workflow: LinkedWorkflow, inputs: Mapping[str, Value]
) -> dict[str, Value]:
    """The inputs with the defaults of the schema, whose references point into its document."""
    root = work.program.documents[workflow.document].document.data
    return apply_defaults(workflow.inputs_schema, inputs, root)


def _next_dependency(work: Work, ended: str) -> str:
    """The dependency that ran last; where it was transferred to, another workflow ended.

    One that called, in a circle, the workflow that depends on it may have run inside already.
    """
    needed = work.workflow(work.frame).depends_on
    if ended in needed:
        return ended
    return next((key for key in needed if key not in work.dependencies), needed[-1])


def begin(work: Work) -> None:
    """Run the next workflow this one depends on, once per run; else start with the first step."""
    frame = work.frame
    workflow = work.workflow(frame)
    for key in workflow.depends_on:
        status = work.dependencies.get(key)
        if status == "completed":
            continue
        needed = work.program.workflows[key]
        if status is None:
            inputs = {n: value for n, value in frame.inputs.items() if n in needed.input_names}
            frame.phase = Phase.CHILD
            enter(work, key, "dependency", inputs, deadline=frame.deadline)
        else:
            end_workflow(
                work,
                "failed",
                FailureReason(
                    "depends-on",
                    f"workflow '{needed.workflow_id}', which '{workflow.workflow_id}' depends on, "
                    f"{status}",
                    workflow_id=workflow.workflow_id,
                ),
            )
        return
    frame.phase = Phase.READY


def end_workflow(work: Work, status: str, failure: FailureReason | None) -> None:
    """End the workflow on top and hand its outputs to whoever waits for it."""
    frame = work.frame
    workflow = work.workflow(frame)
    outputs, missing = _workflow_outputs(work, frame, workflow)
    work.records.append(
        WorkflowFinished(
            workflow.workflow_id, status, outputs, missing, failure, work.depth, work.at
        )
    )
    work.remember(workflow, WorkflowValues(frame.inputs, outputs))
    work.pop()
    if not work.frames:
        _end_run(work, Ended(status, outputs, failure), missing)
    elif frame.purpose == "dependency":
        work.dependencies = {**work.dependencies, _next_dependency(work, frame.workflow): status}
        work.frame.phase = Phase.BEGIN
    elif frame.purpose == "retry":
        work.frame.phase = Phase.READY  # whatever it came to
    else:
        work.ended = Ended(status, outputs, failure)


def transfer(work: Work, key: str, inputs: Mapping[str, Value]) -> None:
    """Goto a workflow: it takes the place of the one on top (A-28)."""
    frame = work.frame
    workflow = work.workflow(frame)
    work.remember(workflow, WorkflowValues(frame.inputs, {}))
    target = work.program.workflows[key]
    if frame.purpose == "run":
        work.transferred_to = target.workflow_id
        inputs = _with_defaults(work, target, inputs)
    work.frames.pop()
    enter(work, key, frame.purpose, inputs, deadline=frame.deadline, reason="transfer")


def abort(work: Work, failure: FailureReason) -> None:
    """A guard or the driver stops the whole run. What the entry workflow has is kept."""
    frame = work.frame
    steps = work.workflow(frame).steps
    if failure.step_id is None and frame.position < len(steps):
        failure = work.placed(failure, steps[frame.position], work.workflow(frame))
    _close_step(work, failure)
    entry = work.frames[0]
    outputs, missing = _workflow_outputs(work, entry, work.workflow(entry))
    work.frames.clear()
    _end_run(work, Ended("failed", outputs, failure), missing)


def leave_overdue(work: Work) -> bool:
    """End a called workflow whose step's timeout has passed; True when there was one (A-27)."""
    for level in range(1, len(work.frames)):
        frame, caller = work.frames[level], work.frames[level - 1]
        inherited = frame.deadline == caller.deadline  # set by a step further down
        if frame.deadline is None or inherited or work.at < frame.deadline:
            continue
        name = work.workflow(frame).workflow_id
        failure = FailureReason(
            "step-timeout", f"workflow '{name}' did not end within the step's timeout"
        )
        _close_step(work, failure)
        del work.frames[level:]
        work.own_top()
        work.ended = Ended("failed", {}, failure)
        return True
    return False


def evaluate_outputs(
    outputs: Sequence[LinkedOutput], scope: Scope
) -> tuple[dict[str, Value], tuple[str, ...]]:
    """The outputs that have a value, and the names of those that have none (A-12)."""
    values: dict[str, Value] = {}
    missing: tuple[str, ...] = ()
    for output in outputs:
        try:
            value = output.produce(scope)
        except ArazzoError:
            value = ABSENT
        if value is ABSENT:
            missing = (*missing, output.name)
        else:
            values[output.name] = value
    return values, missing


def _workflow_outputs(
    work: Work, frame: Frame, workflow: LinkedWorkflow
) -> tuple[dict[str, Value], tuple[str, ...]]:
    """The workflow's outputs, evaluated once, whatever the outcome (A-24)."""
    scope = work.scope(frame, workflow)
    outputs, missing = evaluate_outputs(workflow.outputs, scope)
    work.note_tolerated(scope)
    if missing and frame.purpose == "run":
        for output in workflow.outputs:
            if output.name in missing:
                message = f"output '{output.name}' has no value: {output.explain(scope)}"
                work.records.append(
                    Noted("output-absent", message, None, workflow.workflow_id, work.at)
                )
    return outputs, missing


def _end_run(work: Work, end: Ended, missing: tuple[str, ...]) -> None:
    work.records.append(
        RunFinished(
            work.entry,
            end.status,
            end.outputs,
            missing,
            end.failure,
            work.transferred_to,
            work.started_at,
            work.at,
        )
    )
    work.effect = Finish()


def _close_step(work: Work, failure: FailureReason) -> None:
    """Record the step that a stop interrupts, when one is under way."""
    frame = work.frame
    workflow = work.workflow(frame)
    if not frame.attempts or frame.position >= len(workflow.steps):
        return
    step = workflow.steps[frame.position]
    work.records.append(
        StepFinished(
            step.step_id,
            workflow.workflow_id,
            "failure",
            frame.attempts,
            None,
            frame.request,
            None,
            (),
            frame.outputs.get(step.step_id, {}),
            (),
            work.placed(failure, step, workflow),
            frame.visits.get(step.step_id, 0),
            work.depth,
            frame.step_started_at,
            work.at,
            frame.suspended is not None,
        )
    )
