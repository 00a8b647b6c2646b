"""Rules about workflows: ids, steps, dependencies, outputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from arazzo_runner.errors import did_you_mean
from arazzo_runner.expressions import StepsExpression, WorkflowsExpression
from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.validation.definition import Rule, rule
from arazzo_runner.validation.findings import Problem
from arazzo_runner.validation.parts import Part, Subject, Text
from arazzo_runner.validation.rules.identity import IDENTIFIER, conforming, repeated

KEY: Final = lazy_pattern(r"[a-zA-Z0-9.\-_]+")

workflow_not_empty = Rule(
    "workflow-not-empty",
    "error",
    "The document has no workflow.",
    "A document without workflows describes nothing that can be run.",
    wrong="workflows: []",
    right="steps: [{stepId: list, operationId: listPets}]",
    requirement="DOC-06",
)

workflow_steps_not_empty = Rule(
    "workflow-steps-not-empty",
    "error",
    "A workflow has no step.",
    "`steps` lists at least one step.",
    wrong="steps: []",
    right="steps: [{stepId: list, operationId: listPets}]",
    requirement="WF-03",
)


@rule(
    "workflow-id-unique",
    on="Subject",
    severity="error",
    summary="Two workflows have the same workflowId.",
    explanation="A workflowId names one workflow of the document; case matters.",
    wrong="""
    workflows:
    - {workflowId: main, steps: [{stepId: list, operationId: listPets}]}
    - {workflowId: main, steps: [{stepId: list, operationId: listPets}]}
    """,
    right="""
    workflows:
    - {workflowId: main, steps: [{stepId: list, operationId: listPets}]}
    - {workflowId: other, steps: [{stepId: list, operationId: listPets}]}
    """,
    requirement="WF-01",
)
def workflow_id_unique(subject: Subject) -> Iterator[Problem]:
    yield from repeated(subject.of("Workflow"), "workflowId")


def _referenced(subject: Subject, field: str, name: str) -> bool:
    """Whether an expression of the document wants to name a step or workflow."""
    prefix = f"${'steps' if field == 'stepId' else 'workflows'}.{name}."
    return any(prefix in text.data for text in subject.of("Text"))


def badly_named(part: Part, field: str) -> Iterator[Problem]:
    """A problem when the id cannot be spelt in expressions; an error when one tries to."""
    name = part.text(field)
    if name is None or IDENTIFIER.fullmatch(name):
        return
    used = _referenced(part.subject, field, name)
    yield part.problem(
        f"{field} '{name}' should have only letters, digits, '_' and '-'"
        + (": expressions cannot refer to it" if used else ""),
        field,
        hint=conforming(name),
        severity="error" if used else None,
    )


@rule(
    "workflow-id-pattern",
    on="Workflow",
    severity="warning",
    summary="A workflowId has characters that expressions cannot spell.",
    explanation="""A workflowId should have only letters, digits, `_` and `-`. When an expression
    refers to it, anything else is an error: the grammar has no way to write it.""",
    wrong="""
    workflows:
    - {workflowId: list all pets, steps: [{stepId: list, operationId: listPets}]}
    """,
    right="""
    workflows:
    - {workflowId: list-all-pets, steps: [{stepId: list, operationId: listPets}]}
    """,
    requirement="WF-02",
)
def workflow_id_pattern(workflow: Part) -> Iterator[Problem]:
    yield from badly_named(workflow, "workflowId")


def _without(part: Part, field: str, what: str) -> Iterator[Problem]:
    if field not in part.data:
        name = part.text(f"{part.kind.lower()}Id")
        label = f"{part.kind.lower()} '{name}'" if name else f"a {part.kind.lower()}"
        yield part.problem(f"{label} has no {what}")


@rule(
    "workflow-summary",
    on="Workflow",
    severity="hint",
    summary="A workflow has no summary.",
    explanation="The summary is what lists of workflows show.",
    wrong="steps: [{stepId: list, operationId: listPets}]",
    right="""
    summary: List all pets
    steps: [{stepId: list, operationId: listPets}]
    """,
)
def workflow_summary(workflow: Part) -> Iterator[Problem]:
    yield from _without(workflow, "summary", "summary")


@rule(
    "workflow-description",
    on="Workflow",
    severity="hint",
    summary="A workflow has no description.",
    explanation="The description tells when to use the workflow and what it needs.",
    wrong="steps: [{stepId: list, operationId: listPets}]",
    right="""
    description: Lists all pets, those that are sold included.
    steps: [{stepId: list, operationId: listPets}]
    """,
)
def workflow_description(workflow: Part) -> Iterator[Problem]:
    yield from _without(workflow, "description", "description")


workflow_depends_on_exists = Rule(
    "workflow-depends-on-exists",
    "error",
    "A workflow depends on one that does not exist.",
    """`dependsOn` lists workflowIds of this document, or
    `$sourceDescriptions.<name>.<workflowId>` for a workflow of a source of type arazzo.""",
    wrong="""
    dependsOn: [log-in]
    steps: [{stepId: list, operationId: listPets}]
    """,
    right="""
    sourceDescriptions:
    - {name: petstore, url: petstore.yaml, type: openapi}
    - {name: flows, url: flows.arazzo.yaml, type: arazzo}
    dependsOn: [$sourceDescriptions.flows.log-in]
    steps: [{stepId: list, operationId: $sourceDescriptions.petstore.listPets}]
    """,
    requirement="WF-07, WF-08",
)

workflow_depends_on_cycle = Rule(
    "workflow-depends-on-cycle",
    "error",
    "A workflow depends on itself.",
    """What a workflow depends on is completed before it starts, so it can never start when it is
    among them, directly or through others.""",
    wrong="""
    dependsOn: [main]
    steps: [{stepId: list, operationId: listPets}]
    """,
    right="""
    workflows:
    - {workflowId: first, steps: [{stepId: list, operationId: listPets}]}
    - {workflowId: second, dependsOn: [first], steps: [{stepId: list, operationId: listPets}]}
    """,
    requirement="WF-09",
)


@rule(
    "workflow-depends-on-unique",
    on="Workflow",
    severity="error",
    summary="A workflow depends on another one twice.",
    explanation="Each workflow is listed once in `dependsOn`.",
    wrong="""
    workflows:
    - {workflowId: first, steps: [{stepId: list, operationId: listPets}]}
    - {workflowId: next, dependsOn: [first, first], steps: [{stepId: list, operationId: listPets}]}
    """,
    right="""
    workflows:
    - {workflowId: first, steps: [{stepId: list, operationId: listPets}]}
    - {workflowId: next, dependsOn: [first], steps: [{stepId: list, operationId: listPets}]}
    """,
    requirement="WF-09",
)
def workflow_depends_on_unique(workflow: Part) -> Iterator[Problem]:
    yield from listed_twice(workflow, "dependsOn")


def listed_twice(part: Part, field: str) -> Iterator[Problem]:
    """A problem for each text that a list has once more."""
    seen: set[str] = set()
    for index, item in enumerate(part.items(field)):
        if isinstance(item, str):
            if item in seen:
                yield part.problem(f"'{item}' is listed twice", field, index, hint="remove it")
            seen.add(item)


@rule(
    "workflow-ref-defined",
    on="Text",
    severity="error",
    summary="An expression refers to a workflow that does not exist.",
    explanation="`$workflows.<workflowId>` names a workflow of this document.",
    wrong="""
    steps: [{stepId: list, operationId: listPets}]
    outputs: {token: $workflows.log-in.outputs.token}
    """,
    right="""
    workflows:
    - workflowId: log-in
      steps: [{stepId: list, operationId: listPets, outputs: {token: $statusCode}}]
      outputs: {token: $steps.list.outputs.token}
    - workflowId: main
      steps: [{stepId: list, operationId: listPets}]
      outputs: {token: $workflows.log-in.outputs.token}
    """,
    requirement="EX-01",
)
def workflow_ref_defined(text: Text) -> Iterator[Problem]:
    known = text.subject.names_for(text).workflows
    for found in text.references:
        expression = found.plain
        if isinstance(expression, WorkflowsExpression) and expression.workflow_id not in known:
            yield text.inside(
                f"there is no workflow '{expression.workflow_id}'",
                found.offset,
                found.length,
                hint=did_you_mean(expression.workflow_id, known),
            )


def misnamed(part: Part, field: str, what: str) -> Iterator[Problem]:
    """A problem for each key of a map that does not match the pattern of names."""
    for name in part.members(field):
        if not KEY.fullmatch(name):
            yield part.problem(
                f"the {what} '{name}' may have only letters, digits, '.', '_' and '-'",
                field,
                name,
                key=True,
                hint=conforming(name),
            )


@rule(
    "workflow-outputs-name",
    on="Workflow",
    severity="error",
    summary="The name of a workflow's output has characters that are not allowed.",
    explanation="""Names of outputs match `^[a-zA-Z0-9\\.\\-_]+$`, so that expressions can spell
    them.""",
    wrong="""
    steps: [{stepId: list, operationId: listPets, outputs: {pets: $response.body}}]
    outputs: {'all pets': $steps.list.outputs.pets}
    """,
    right="""
    steps: [{stepId: list, operationId: listPets, outputs: {pets: $response.body}}]
    outputs: {allPets: $steps.list.outputs.pets}
    """,
    requirement="WF-15",
)
def workflow_outputs_name(workflow: Part) -> Iterator[Problem]:
    yield from misnamed(workflow, "outputs", "name of the output")


def constant_outputs(text: Text) -> Iterator[Problem]:
    """A problem when an output is a text without any expression."""
    doubtful = text.data[:1] == "$" or "{$" in text.data  # another rule says what is wrong
    if text.role == "output" and not doubtful and not text.references:
        yield text.problem(
            f"the output is the constant '{text.data}', not a runtime expression",
            hint="write an expression such as $steps.<stepId>.outputs.<name>"
            if text.owner.kind == "Workflow"
            else "write an expression such as $response.body",
        )


@rule(
    "workflow-outputs-value",
    on="Text",
    severity="error",
    summary="A workflow's output is no runtime expression.",
    explanation="""An output is a runtime expression, or since Arazzo 1.1 a Selector Object.
    Constants are not outputs.""",
    wrong="""
    steps: [{stepId: list, operationId: listPets, outputs: {pets: $response.body}}]
    outputs: {allPets: steps.list.outputs.pets}
    """,
    right="""
    steps: [{stepId: list, operationId: listPets, outputs: {pets: $response.body}}]
    outputs: {allPets: $steps.list.outputs.pets}
    """,
    requirement="WF-16",
)
def workflow_outputs_value(text: Text) -> Iterator[Problem]:
    if text.owner.kind == "Workflow":
        yield from constant_outputs(text)


@rule(
    "step-outputs-name",
    on="Step",
    severity="error",
    summary="The name of a step's output has characters that are not allowed.",
    explanation="""Names of outputs match `^[a-zA-Z0-9\\.\\-_]+$`, so that expressions can spell
    them.""",
    wrong="steps: [{stepId: list, operationId: listPets, outputs: {'all pets': $response.body}}]",
    right="steps: [{stepId: list, operationId: listPets, outputs: {allPets: $response.body}}]",
    requirement="ST-25",
)
def step_outputs_name(step: Part) -> Iterator[Problem]:
    yield from misnamed(step, "outputs", "name of the output")


@rule(
    "step-outputs-value",
    on="Text",
    severity="error",
    summary="A step's output is no runtime expression.",
    explanation="""An output is a runtime expression, or since Arazzo 1.1 a Selector Object.
    Constants are not outputs.""",
    wrong="steps: [{stepId: list, operationId: listPets, outputs: {pets: response.body}}]",
    right="steps: [{stepId: list, operationId: listPets, outputs: {pets: $response.body}}]",
    requirement="ST-25",
)
def step_outputs_value(text: Text) -> Iterator[Problem]:
    if text.owner.kind == "Step":
        yield from constant_outputs(text)


@rule(
    "outputs-defined",
    on="Text",
    severity="error",
    summary="An expression reads an output that nothing declares.",
    explanation="""`$steps.<stepId>.outputs.<name>` reads an output that the step lists under
    `outputs`, and `$workflows.<workflowId>.outputs.<name>` one of the workflow. What is not
    listed is never there.""",
    wrong="""
    steps: [{stepId: list, operationId: listPets, outputs: {pets: $response.body}}]
    outputs: {all: $steps.list.outputs.pet}
    """,
    right="""
    steps: [{stepId: list, operationId: listPets, outputs: {pets: $response.body}}]
    outputs: {all: $steps.list.outputs.pets}
    """,
    requirement="OUT-05",
)
def outputs_defined(text: Text) -> Iterator[Problem]:
    names = text.subject.names_for(text)
    for found in text.references:
        expression, message, known = found.plain, "", None
        if isinstance(expression, StepsExpression):
            known = names.steps.get(expression.step_id)
            if known is None:
                message = f"there is no step '{expression.step_id}'"
                hint = did_you_mean(expression.step_id, names.steps)
            elif expression.name not in known:
                message = f"step '{expression.step_id}' has no output '{expression.name}'"
                hint = did_you_mean(expression.name, known) or _listed(known)
        elif isinstance(expression, WorkflowsExpression) and expression.field == "outputs":
            workflow = names.workflows.get(expression.workflow_id)
            known = workflow.outputs if workflow is not None else None
            if known is not None and expression.name not in known:
                message = f"workflow '{expression.workflow_id}' has no output '{expression.name}'"
                hint = did_you_mean(expression.name, known) or _listed(known)
        if message:
            yield text.inside(message, found.offset, found.length, hint=hint)


def _listed(names: frozenset[str]) -> str | None:
    return f"it has: {', '.join(sorted(names)[:10])}" if names else "it has no outputs"
