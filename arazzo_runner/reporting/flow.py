"""The flow of workflows as plain data: what a picture, a page or a comparison shows of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from arazzo_runner.linking.program import (
    LinkedAction,
    LinkedStep,
    LinkedWorkflow,
    OperationCall,
    Program,
)
from arazzo_runner.model import Action, ArazzoDocument, Reusable, Step
from arazzo_runner.named_tuples import NamedTuple

__all__ = ["Flow", "FlowAction", "FlowStep", "entry_keys", "flows_of", "workflows_reached"]

_PATH: Final = re.compile(
    r"(?:\{?\$sourceDescriptions\.(?P<source>[^.}#]+)\.url\}?)?#/paths/(?P<path>[^/]+)/(?P<method>\w+)"
)
"""An operationPath."""


class FlowAction(NamedTuple):
    """What a step may do when it is over. ``on`` is success or failure, ``type`` end, goto, retry.

    ``conditions`` all have to hold; none means always. ``workflow`` is the key of a workflow.
    """

    on: str
    name: str
    type: str
    conditions: tuple[str, ...] = ()
    step_id: str | None = None
    workflow: str | None = None
    workflow_id: str | None = None
    retry_after: float = 0.0
    retry_limit: int = 1

    @property
    def summary(self) -> str:
        """``goto pay``, ``retry 3 times every 2 s``, ``end``."""
        target = self.step_id or self.workflow_id or ""
        if self.type != "retry":
            return f"{self.type} {target}".rstrip()
        times = "once" if self.retry_limit == 1 else f"{self.retry_limit} times"
        pause = f" every {self.retry_after:g} s" if self.retry_after else ""
        return f"retry {times}{pause}" + (f" after {target}" if target else "")


class FlowStep(NamedTuple):
    """A step: what it calls (``method``, ``path``, ``source``) or runs (``workflow``, a key).

    ``falls_through`` says that the next step can follow without an action.
    """

    step_id: str
    description: str = ""
    method: str = ""
    path: str = ""
    operation_id: str = ""
    source: str = ""
    workflow: str | None = None
    workflow_id: str = ""
    criteria: tuple[str, ...] = ()
    actions: tuple[FlowAction, ...] = ()
    waits_for: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    timeout: float | None = None
    falls_through: bool = True

    @property
    def calls(self) -> str:
        """``POST /jobs``, ``workflow train``, or nothing."""
        if self.workflow_id:
            return f"workflow {self.workflow_id}"
        path = self.path.partition("#")[0]
        name = self.operation_id
        if not self.method:
            return name
        # A path without a name says little, as in APIs that have one path for everything.
        return f"{self.method} {path}" + (f"  {name}" if name and len(path) < 2 else "")


class Flow(NamedTuple):
    """A workflow: its steps in the order of execution. ``depends_on`` are keys."""

    key: str
    workflow_id: str
    summary: str
    steps: tuple[FlowStep, ...]
    depends_on: tuple[str, ...] = ()


def flows_of(program: Program, keys: Iterable[str]) -> tuple[Flow, ...]:
    """The flows of the workflows with these keys; steps that did not link are as written."""
    return tuple(_flow(program, program.workflows[key]) for key in keys)


def workflows_reached(program: Program, key: str) -> list[str]:
    """The keys of a workflow and of all that it can come to, nearest first."""
    found: dict[str, None] = {}
    todo = [key]
    while todo:
        current = todo.pop(0)
        if current in found or current not in program.workflows:
            continue
        found[current] = None
        workflow = program.workflows[current]
        todo.extend(workflow.depends_on)
        for step in workflow.steps:
            if not isinstance(step.target, OperationCall):
                todo.append(step.target.key)
            actions = (*step.on_success, *step.on_failure)
            todo.extend(action.workflow.key for action in actions if action.workflow)
    return list(found)


def _flow(program: Program, workflow: LinkedWorkflow) -> Flow:
    ids = [step.step_id for step in workflow.steps]
    steps = [_step(step, ids) for step in workflow.steps]
    written = program.documents[workflow.document].workflow(workflow.workflow_id)
    if written is not None and len(written.steps) > len(steps):
        linked = {step.step_id: step for step in steps}
        steps = [linked.get(step.step_id) or _written(step) for step in written.steps]
    return Flow(
        workflow.key,
        workflow.workflow_id,
        workflow.source.summary or "",
        tuple(steps),
        workflow.depends_on,
    )


def _step(step: LinkedStep, ids: list[str]) -> FlowStep:
    target = step.target
    actions = (*_actions(step.on_success, "success"), *_actions(step.on_failure, "failure"))
    flow = FlowStep(
        step.step_id,
        step.description or "",
        criteria=tuple(criterion.condition for criterion in step.success_criteria),
        actions=actions,
        waits_for=tuple(ids[position] for position in step.waits_for),
        outputs=tuple(output.name for output in step.outputs),
        timeout=step.timeout,
        falls_through=not any(a.on == "success" and not a.conditions for a in actions),
    )
    if not isinstance(target, OperationCall):
        return flow._replace(workflow=target.key, workflow_id=target.workflow_id)
    operation = target.operation
    return flow._replace(
        method=operation.method,
        path=operation.path,
        operation_id=operation.operation_id or "",
        source=target.source_name,
    )


def _actions(actions: Iterable[LinkedAction], on: str) -> Iterator[FlowAction]:
    for action in actions:
        yield FlowAction(
            on,
            action.name,
            action.type,
            tuple(" ".join(criterion.condition.split()) for criterion in action.criteria),
            action.step_id,
            action.workflow and action.workflow.key,
            action.workflow and action.workflow.workflow_id,
            action.retry_after,
            action.retry_limit,
        )


def _written(step: Step) -> FlowStep:
    """A step that did not link, as it is written; what refers to components is left out."""
    operation = step.operation_id or step.operation_path or step.channel_path or ""
    actions = (
        *_written_actions(step.on_success, "success"),
        *_written_actions(step.on_failure, "failure"),
    )
    flow = FlowStep(
        step.step_id,
        step.description or "",
        operation_id=operation,
        workflow_id=step.workflow_id or "",
        criteria=tuple(criterion.condition for criterion in step.success_criteria),
        actions=actions,
        outputs=tuple(step.outputs),
        falls_through=not any(a.on == "success" and not a.conditions for a in actions),
    )
    found = _PATH.fullmatch(operation)
    if found is None:
        return flow
    path = found["path"].replace("~1", "/").replace("~0", "~")
    return flow._replace(
        method=found["method"].upper(), path=path, operation_id="", source=found["source"] or ""
    )


def _written_actions(actions: Iterable[Action | Reusable], on: str) -> Iterator[FlowAction]:
    for action in actions:
        if isinstance(action, Action):
            yield FlowAction(
                on,
                action.name,
                action.type,
                tuple(" ".join(criterion.condition.split()) for criterion in action.criteria),
                action.step_id,
                None,
                action.workflow_id,
                action.retry_after or 0.0,
                1 if action.retry_limit is None else action.retry_limit,
            )


def entry_keys(program: Program, document: ArazzoDocument) -> list[str]:
    """The keys of the document's workflows that could be linked, in their order."""
    names = [workflow.workflow_id for workflow in document.workflows]
    keys = [program.entries[name] for name in names if name in program.entries]
    return [key for key in keys if key in program.workflows]
