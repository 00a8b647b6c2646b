"""Rules about the flow: what is never reached, and what never ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from arazzo_runner.linking import LinkedAction, OperationCall, WorkflowCall
from arazzo_runner.validation.definition import rule
from arazzo_runner.validation.findings import Problem
from arazzo_runner.validation.flow import Flow
from arazzo_runner.validation.parts import LinkedStepPart, LinkedWorkflowPart, Part, Subject
from arazzo_runner.values import Json


@rule(
    "workflow-recursion",
    on="Linked",
    severity="warning",
    summary="A workflow always calls itself again.",
    explanation="""The workflow calls itself, directly or through others, and nothing in it ever
    takes another way. A run is stopped when workflows are nested too deeply.""",
    wrong="""
    steps:
    - {stepId: list, operationId: listPets}
    - {stepId: again, workflowId: main}
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      onSuccess: [{name: done, type: end, criteria: [{condition: $response.body#/0/id == 1}]}]
    - {stepId: again, workflowId: main}
    """,
    requirement="ST-11, A-55",
)
def workflow_recursion(subject: Subject) -> Iterator[Problem]:
    assert subject.linked is not None
    workflows = subject.linked.program.workflows
    calls = {
        key: [(step, called) for step, called in Flow(workflow).certain_calls()]
        for key, workflow in workflows.items()
        if Flow(workflow).is_whole
    }
    for key, workflow in workflows.items():
        for step, called in calls.get(key, ()):
            if workflow.document == 0 and _comes_to(called, key, calls):
                yield Problem(
                    f"workflow '{workflow.workflow_id}' always comes back to itself",
                    step.pointer,
                    "give it a way out: an action with criteria before this step",
                )


def _comes_to(start: str, goal: str, calls: Mapping[str, Sequence[tuple[object, str]]]) -> bool:
    seen, todo = {start}, [start]
    while todo:
        current = todo.pop()
        if current == goal:
            return True
        for _, called in calls.get(current, ()):
            if called not in seen:
                seen.add(called)
                todo.append(called)
    return False


@rule(
    "workflow-no-outputs",
    on="LinkedStep",
    severity="hint",
    summary="A step runs a workflow that has no outputs.",
    explanation="Only its success is known afterwards; nothing it found can be used.",
    wrong="""
    workflows:
    - {workflowId: look, steps: [{stepId: list, operationId: listPets}]}
    - {workflowId: main, steps: [{stepId: look, workflowId: look}]}
    """,
    right="""
    workflows:
    - workflowId: look
      steps: [{stepId: list, operationId: listPets, outputs: {all: $response.body}}]
      outputs: {all: $steps.list.outputs.all}
    - {workflowId: main, steps: [{stepId: look, workflowId: look}]}
    """,
    requirement="WF-17",
)
def workflow_no_outputs(step: LinkedStepPart) -> Iterator[Problem]:
    call = step.step.target
    linked = step.subject.linked
    if not isinstance(call, WorkflowCall) or linked is None:
        return
    if not linked.program.workflows[call.key].outputs:
        yield step.part.problem(f"workflow '{call.workflow_id}' has no outputs", "workflowId")


@rule(
    "step-unreachable",
    on="LinkedWorkflow",
    severity="warning",
    summary="A step can never be reached.",
    explanation="""Every way through the workflow ends before it or goes past it: the step
    before it always ends or goes elsewhere, and no action goes to it.""",
    wrong="""
    steps:
    - {stepId: list, operationId: listPets, onSuccess: [{name: done, type: end}]}
    - {stepId: again, operationId: listPets}
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      onSuccess: [{name: done, type: end, criteria: [{condition: $response.body#/0/id == 1}]}]
    - {stepId: again, operationId: listPets}
    """,
    requirement="ST-31",
)
def step_unreachable(workflow: LinkedWorkflowPart) -> Iterator[Problem]:
    flow = Flow(workflow.workflow)
    if not flow.is_whole:
        return
    reached = flow.reachable
    for step in flow.steps:
        if step.position not in reached:
            yield Problem(f"step '{step.step_id}' can never be reached", step.pointer)


@rule(
    "action-unreachable",
    on="Subject",
    severity="warning",
    summary="An action stands behind one that is always taken.",
    explanation="""The first action whose criteria are met is taken. One without criteria is
    always taken (a retry only until its limit), so that nothing behind it ever is.""",
    wrong="""
    steps:
    - stepId: list
      operationId: listPets
      onSuccess: [{name: done, type: end}, {name: again, type: goto, stepId: list}]
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      onSuccess:
      - {name: again, type: goto, stepId: list, criteria: [{condition: $response.body == null}]}
      - {name: done, type: end}
    """,
    requirement="ACT-14",
)
def action_unreachable(subject: Subject) -> Iterator[Problem]:
    for owner in subject.of("Step", "Workflow"):
        for field in ("onSuccess", "onFailure", "successActions", "failureActions"):
            yield from _behind(owner, field)


def _behind(owner: Part, field: str) -> Iterator[Problem]:
    taken: str | None = None
    for index, item in enumerate(owner.items(field)):
        action = _resolved(owner.subject, item)
        if taken is not None:
            yield owner.problem(f"'{taken}' is always taken before it", field, index)
            return
        if action is None:
            continue
        if action.get("type") in ("end", "goto") and not action.get("criteria"):
            taken = str(action.get("name"))


def _resolved(subject: Subject, item: Json) -> dict[str, Json] | None:
    """An action, or the one that a Reusable Object names."""
    if not isinstance(item, dict):
        return None
    reference = item.get("reference")
    if not isinstance(reference, str):
        return item
    parts = reference.split(".", 2)
    components = subject.data.get("components")
    kind = components.get(parts[1]) if isinstance(components, dict) and len(parts) == 3 else None
    found = kind.get(parts[2]) if isinstance(kind, dict) else None
    return found if isinstance(found, dict) else None


@rule(
    "action-loop",
    on="LinkedWorkflow",
    severity="warning",
    summary="A loop is left only when a step fails.",
    explanation="""Every step of the loop always goes on to the next, so the loop goes on until
    a step fails or the run is stopped for its length. Give the `goto` criteria, or an action
    before it that ends.""",
    wrong="""
    steps:
    - stepId: list
      operationId: listPets
      onSuccess: [{name: again, type: goto, stepId: list}]
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      onSuccess:
      - {name: again, type: goto, stepId: list, criteria: [{condition: $response.body == null}]}
    """,
    requirement="ACT-15, A-55",
)
def action_loop(workflow: LinkedWorkflowPart) -> Iterator[Problem]:
    flow = Flow(workflow.workflow)
    if not flow.is_whole:
        return
    seen: set[int] = set()
    for start in sorted(flow.reachable):
        path: dict[int, int] = {}
        position: int | None = start
        while position is not None and position not in path and position not in seen:
            path[position] = len(path)
            position = flow.always_after(position)
        seen.update(path)
        if position is not None and position in path:
            loop = list(path)[path[position] :]
            last = flow.steps[loop[-1]]
            names = " → ".join(flow.steps[at].step_id for at in (*loop, loop[0]))
            if _leaves_on_failure(flow, loop):
                continue
            yield Problem(f"nothing but a failure ends the loop {names}", last.pointer)


def _leaves_on_failure(flow: Flow, loop: list[int]) -> bool:
    """Whether an action for a failing step leads out: then failing is how the loop ends."""
    for position in loop:
        step = flow.steps[position]
        own = [action for action in step.on_failure if action.type != "retry"]
        if step.success_criteria and any(a.type == "end" or a.step not in loop for a in own):
            return True
    return False


_UNSAFE: Final = ("POST", "PATCH")


@rule(
    "retry-unsafe-method",
    on="LinkedStep",
    severity="hint",
    summary="A retry may do twice what should be done once.",
    explanation="""POST and PATCH are not idempotent: when the answer was lost, the first
    request may have been carried out. Send an idempotency key, when the API has one.""",
    wrong="""
    steps:
    - stepId: create
      operationId: createPet
      requestBody: {payload: {name: Rex}}
      onFailure: [{name: again, type: retry, retryAfter: 1, retryLimit: 3}]
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      onFailure: [{name: again, type: retry, retryAfter: 1, retryLimit: 3}]
    """,
    requirement="RET-01",
)
def retry_unsafe_method(step: LinkedStepPart) -> Iterator[Problem]:
    call = step.step.target
    retries = [a for a in step.step.on_failure if a.type == "retry" and a.retry_limit > 0]
    if not retries or not isinstance(call, OperationCall):
        return
    if call.operation.method not in _UNSAFE or any(
        "idempoten" in parameter.name.lower() for parameter in step.step.parameters
    ):
        return
    if all(map(_after_an_answer, retries)):
        return
    yield step.part.problem(
        f"{call.operation.method} {call.operation.path} is sent again by '{retries[0].name}'",
        hint="send an Idempotency-Key, or retry only on answers that say nothing was done",
    )


def _after_an_answer(action: LinkedAction) -> bool:
    """Whether a retry is only for an answer of a certain status: then one has come."""
    return any("$statusCode" in criterion.condition for criterion in action.criteria)
