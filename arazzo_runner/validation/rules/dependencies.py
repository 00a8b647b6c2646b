"""Rules about what steps need of each other, and what may not be there yet."""

from __future__ import annotations

from collections.abc import Iterator

from arazzo_runner.expressions import StepsExpression
from arazzo_runner.validation.definition import Rule, rule
from arazzo_runner.validation.findings import Problem
from arazzo_runner.validation.flow import Flow
from arazzo_runner.validation.parts import LinkedWorkflowPart, Part, Subject, Text
from arazzo_runner.validation.references import Reference

step_depends_on_exists = Rule(
    "step-depends-on-exists",
    "error",
    "A step depends on a step that does not exist.",
    """`dependsOn` names steps of the workflow, or of another as
    `$workflows.<workflowId>.steps.<stepId>`.""",
    wrong="steps: [{stepId: list, operationId: listPets, dependsOn: [first]}]",
    right="""
    steps:
    - {stepId: first, operationId: listPets}
    - {stepId: list, operationId: listPets, dependsOn: [first]}
    """,
    requirement="DEP-01",
)

step_depends_on_cycle = Rule(
    "step-depends-on-cycle",
    "error",
    "Steps need each other.",
    "A step comes after those in its `dependsOn` and those whose outputs it sends.",
    wrong="""
    steps:
    - {stepId: first, operationId: listPets, dependsOn: [second]}
    - {stepId: second, operationId: listPets, dependsOn: [first]}
    """,
    right="""
    steps:
    - {stepId: first, operationId: listPets}
    - {stepId: second, operationId: listPets, dependsOn: [first]}
    """,
    requirement="DEP-08",
)


@rule(
    "step-forward-reference",
    on="LinkedWorkflow",
    severity="error",
    summary="A step sends an output of a later step.",
    explanation="""Without `dependsOn`, steps run in the order of the list, and the later step
    has not run. (A run of this engine puts the steps in the order that the references need.)
    Change the order, or declare `dependsOn`.""",
    wrong="""
    steps:
    - {stepId: get, operationId: getPet, parameters: [
        {name: petId, in: path, value: $steps.list.outputs.first}]}
    - {stepId: list, operationId: listPets, outputs: {first: $response.body#/0/id}}
    """,
    right="""
    steps:
    - {stepId: list, operationId: listPets, outputs: {first: $response.body#/0/id}}
    - {stepId: get, operationId: getPet, parameters: [
        {name: petId, in: path, value: $steps.list.outputs.first}]}
    """,
    requirement="DEP-07",
)
def step_forward_reference(workflow: LinkedWorkflowPart) -> Iterator[Problem]:
    steps = workflow.part.parts("steps")
    order = {step.text("stepId"): index for index, step in enumerate(steps)}
    if any("dependsOn" in step.data for step in steps) or _leads_back(workflow):
        return
    for index, step in enumerate(steps):
        for text, found, read in _sent(step):
            if order.get(read.step_id, -1) > index:
                message = f"step '{read.step_id}' comes later"
                yield text.inside(message, found.offset, found.length)


def _leads_back(workflow: LinkedWorkflowPart) -> bool:
    """Whether an action goes back in the list: then a later step may have run before."""
    for step in workflow.workflow.steps:
        for action in (*step.on_success, *step.on_failure):
            if action.step is not None and action.step <= step.position:
                return True
    return False


def _sent(step: Part) -> Iterator[tuple[Text, Reference, StepsExpression]]:
    """The step outputs that a step's request reads, and where."""
    for text in step.subject.parts_in(step.pointer):
        if not isinstance(text, Text) or text.role not in ("parameter", "payload", "replacement"):
            continue
        if text.enclosing("SuccessAction", "FailureAction") is not None:
            continue
        for found in text.references:
            if isinstance(found.plain, StepsExpression):
                yield text, found, found.plain


@rule(
    "step-depends-on-redundant",
    on="Step",
    severity="hint",
    summary="A step depends on a step that runs before it anyway.",
    explanation="""Steps that call HTTP operations run one after the other, in the order of the
    list. `dependsOn` is for steps that do not wait for their result.""",
    wrong="""
    steps:
    - {stepId: first, operationId: listPets}
    - {stepId: second, operationId: listPets, dependsOn: [first]}
    """,
    right="""
    steps:
    - {stepId: first, operationId: listPets}
    - {stepId: second, operationId: listPets}
    """,
    requirement="DEP-10",
)
def step_depends_on_redundant(step: Part) -> Iterator[Problem]:
    workflow = step.enclosing("Workflow")
    if workflow is None or not step.items("dependsOn"):
        return
    steps = workflow.parts("steps")
    if any("channelPath" in s.data or "action" in s.data for s in steps):
        return
    earlier = {s.text("stepId") for s in steps if s.pointer < step.pointer}
    if all(isinstance(name, str) and name in earlier for name in step.items("dependsOn")):
        yield step.problem("the steps it depends on run before it anyway", "dependsOn", key=True)


@rule(
    "component-action-context",
    on="Subject",
    severity="warning",
    summary="An action that many steps share refers to what not all of them have.",
    explanation="""An action of `components` may be used in any workflow, and one of a workflow
    is for all of its steps. A `stepId` must exist in each, and an output of a step is only
    there after that step.""",
    wrong="""
    failureActions:
    - name: again
      type: end
      criteria: [{condition: $steps.second.outputs.found == 1}]
    steps:
    - {stepId: first, operationId: listPets}
    - {stepId: second, operationId: listPets, outputs: {found: $response.body#/0/id}}
    """,
    right="""
    failureActions: [{name: stop, type: end, criteria: [{condition: $statusCode == 404}]}]
    steps:
    - {stepId: first, operationId: listPets}
    - {stepId: second, operationId: listPets, outputs: {found: $response.body#/0/id}}
    """,
    requirement="CMP-08",
)
def component_action_context(subject: Subject) -> Iterator[Problem]:
    for action in subject.of("SuccessAction", "FailureAction"):
        if action.enclosing("Step") is not None:
            continue
        workflow = action.enclosing("Workflow")
        step_id = action.text("stepId")
        if workflow is None and step_id:
            lacking = [
                w.text("workflowId")
                for w in subject.of("Workflow")
                if step_id not in {s.text("stepId") for s in w.parts("steps")}
            ]
            if lacking:
                names = ", ".join(f"'{name}'" for name in lacking[:3])
                yield action.problem(f"workflow {names} has no step '{step_id}'", "stepId")
        yield from _late_outputs(action, workflow)


def _late_outputs(action: Part, workflow: Part | None) -> Iterator[Problem]:
    steps = [] if workflow is None else workflow.parts("steps")
    first = steps[0].text("stepId") if steps else None
    for text in action.subject.parts_in(action.pointer):
        if not isinstance(text, Text) or text.role != "condition":
            continue
        for found in text.references:
            plain = found.plain
            if isinstance(plain, StepsExpression) and plain.step_id != first:
                yield text.inside(
                    f"step '{plain.step_id}' has not run when an earlier step takes this action",
                    found.offset,
                    found.length,
                )


@rule(
    "step-ref-guaranteed",
    on="LinkedWorkflow",
    severity="warning",
    summary="A step sends an output of a step that may have been skipped.",
    explanation="""An action can go past the step whose output is sent. When it does, the output
    is not there: an optional value is left out, a required one stops the step.""",
    wrong="""
    steps:
    - stepId: list
      operationId: listPets
      onSuccess:
      - {name: skip, type: goto, stepId: get, criteria: [{condition: $response.body == null}]}
    - {stepId: more, operationId: listPets, outputs: {first: $response.body#/0/id}}
    - {stepId: get, operationId: getPet, parameters: [
        {name: petId, in: path, value: $steps.more.outputs.first}]}
    """,
    right="""
    steps:
    - {stepId: more, operationId: listPets, outputs: {first: $response.body#/0/id}}
    - {stepId: get, operationId: getPet, parameters: [
        {name: petId, in: path, value: $steps.more.outputs.first}]}
    """,
    requirement="ST-31",
)
def step_ref_guaranteed(workflow: LinkedWorkflowPart) -> Iterator[Problem]:
    flow = Flow(workflow.workflow)
    if not flow.is_whole:
        return
    positions = {step.step_id: step.position for step in flow.steps}
    reached = flow.reachable
    for step in workflow.part.parts("steps"):
        here = positions.get(step.text("stepId") or "")
        for text, found, read in _sent(step):
            needed = positions.get(read.step_id)
            if needed is None or here is None or here not in reached:
                continue
            # A later step is a matter of order, or of the turns of a loop.
            if needed < here and not flow.always_before(needed, here):
                message = f"step '{read.step_id}' may have been skipped"
                yield text.inside(message, found.offset, found.length)


@rule(
    "output-unused",
    on="Workflow",
    severity="hint",
    summary="Nothing reads an output of a step.",
    explanation="It appears in the result of a run all the same; if nobody needs it, leave it out.",
    wrong="steps: [{stepId: list, operationId: listPets, outputs: {first: $response.body#/0/id}}]",
    right="""
    steps: [{stepId: list, operationId: listPets, outputs: {first: $response.body#/0/id}}]
    outputs: {first: $steps.list.outputs.first}
    """,
)
def output_unused(workflow: Part) -> Iterator[Problem]:
    read = {
        (found.plain.step_id, found.plain.name)
        for text in workflow.subject.texts()
        if text.in_components or text.enclosing("Workflow") is workflow
        for found in text.references
        if isinstance(found.plain, StepsExpression)
    }
    written = "\n".join(
        text.data for text in workflow.subject.texts() if text.enclosing("Workflow") is workflow
    )
    for step in workflow.parts("steps"):
        name = step.text("stepId")
        for output in step.members("outputs"):
            if (name, output) not in read and f"$steps.{name}.outputs.{output}" not in written:
                yield step.problem(
                    f"nothing reads the output '{output}'", "outputs", output, key=True
                )
