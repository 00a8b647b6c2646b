"""Rules about steps as they are written."""

from __future__ import annotations

from collections.abc import Iterator

from arazzo_runner.errors import did_you_mean
from arazzo_runner.expressions import SourceDescriptionsExpression
from arazzo_runner.validation.definition import Rule, rule
from arazzo_runner.validation.findings import Problem
from arazzo_runner.validation.parts import Part, Text
from arazzo_runner.validation.rules.identity import repeated
from arazzo_runner.validation.rules.workflows import badly_named, listed_twice


@rule(
    "step-id-unique",
    on="Workflow",
    severity="error",
    summary="Two steps of a workflow have the same stepId.",
    explanation="A stepId names one step of its workflow; case matters.",
    wrong="""
    steps:
    - {stepId: list, operationId: listPets}
    - {stepId: list, operationId: listPets}
    """,
    right="""
    steps:
    - {stepId: list, operationId: listPets}
    - {stepId: listAgain, operationId: listPets}
    """,
    requirement="ST-01",
)
def step_id_unique(workflow: Part) -> Iterator[Problem]:
    yield from repeated(workflow.parts("steps"), "stepId")


@rule(
    "step-id-pattern",
    on="Step",
    severity="warning",
    summary="A stepId has characters that expressions cannot spell.",
    explanation="""A stepId should have only letters, digits, `_` and `-`. When an expression refers
    to it, anything else is an error: the grammar has no way to write it.""",
    wrong="steps: [{stepId: list pets, operationId: listPets}]",
    right="steps: [{stepId: list-pets, operationId: listPets}]",
    requirement="ST-02",
)
def step_id_pattern(step: Part) -> Iterator[Problem]:
    yield from badly_named(step, "stepId")


@rule(
    "step-description",
    on="Step",
    severity="hint",
    summary="A step has no description.",
    explanation="The description tells why the step is there; reports show it when the step fails.",
    wrong="steps: [{stepId: list, operationId: listPets}]",
    right="steps: [{stepId: list, description: Find the pets., operationId: listPets}]",
)
def step_description(step: Part) -> Iterator[Problem]:
    if "description" not in step.data:
        name = step.text("stepId")
        yield step.problem(f"step '{name}' has no description" if name else "no description")


step_target_present = Rule(
    "step-target-present",
    "error",
    "A step does not say what it calls.",
    """A step has one of `operationId`, `operationPath`, `workflowId` and, since Arazzo 1.1,
    `channelPath`.""",
    wrong="steps: [{stepId: list, description: Find the pets.}]",
    right="steps: [{stepId: list, description: Find the pets., operationId: listPets}]",
    requirement="ST-03",
)

step_target_exclusive = Rule(
    "step-target-exclusive",
    "error",
    "A step names two things to call.",
    "`operationId`, `operationPath`, `workflowId` and `channelPath` are mutually exclusive.",
    wrong="steps: [{stepId: list, operationId: listPets, workflowId: main}]",
    right="steps: [{stepId: list, operationId: listPets}]",
    requirement="ST-03",
)

step_operation_id_syntax = Rule(
    "step-operation-id-syntax",
    "error",
    "An operationId is an expression that does not name an operation.",
    "`operationId` is an operationId, or `$sourceDescriptions.<name>.<operationId>`.",
    wrong="steps: [{stepId: list, operationId: $sourceDescription.petstore.listPets}]",
    right="steps: [{stepId: list, operationId: $sourceDescriptions.petstore.listPets}]",
    requirement="ST-04, ST-05",
)

step_operation_path_syntax = Rule(
    "step-operation-path-syntax",
    "error",
    "An operationPath does not have the form that the specification gives.",
    """`operationPath` is the URL of a source description as an embedded expression, followed by a
    JSON Pointer to the operation: `{$sourceDescriptions.<name>.url}#/paths/~1pets/get`. Slashes of
    the path are written `~1`.""",
    wrong="steps: [{stepId: list, operationPath: the pets}]",
    right="""
    steps:
    - stepId: list
      operationPath: '{$sourceDescriptions.petstore.url}#/paths/~1pets/get'
    """,
    requirement="ST-07, A-03",
)

step_workflow_exists = Rule(
    "step-workflow-exists",
    "error",
    "A step runs a workflow that does not exist.",
    """`workflowId` names a workflow of this document, or
    `$sourceDescriptions.<name>.<workflowId>` for one of a source of type arazzo.""",
    wrong="steps: [{stepId: in, workflowId: log-on}]",
    right="""
    workflows:
    - {workflowId: log-in, steps: [{stepId: list, operationId: listPets}]}
    - {workflowId: main, steps: [{stepId: in, workflowId: log-in}]}
    """,
    requirement="ST-10, ST-11",
)

source_ref_unknown = Rule(
    "source-ref-unknown",
    "error",
    "A reference names a source description that is not declared.",
    "`$sourceDescriptions.<name>` names one of `sourceDescriptions` of this document.",
    wrong="steps: [{stepId: list, operationId: $sourceDescriptions.petshop.listPets}]",
    right="steps: [{stepId: list, operationId: $sourceDescriptions.petstore.listPets}]",
    requirement="SRC-01",
    on="Text",
)


def _unknown_sources(text: Text) -> Iterator[Problem]:
    known = text.subject.names_for(text).sources
    for found in text.references:
        expression = found.plain
        if not isinstance(expression, SourceDescriptionsExpression):
            continue
        name = expression.source_name
        if name not in known:
            yield text.inside(
                f"there is no source description '{name}'",
                found.offset,
                found.length,
                hint=did_you_mean(name, known),
            )


source_ref_unknown = source_ref_unknown._replace(check=_unknown_sources)


@rule(
    "step-depends-on-form",
    on="Step",
    severity="error",
    summary="A step's dependsOn is empty or lists a step twice.",
    explanation="`dependsOn` lists at least one step, and each once.",
    wrong="""
    steps:
    - {stepId: first, operationId: listPets}
    - {stepId: second, operationId: listPets, dependsOn: [first, first]}
    """,
    right="""
    steps:
    - {stepId: first, operationId: listPets}
    - {stepId: second, operationId: listPets, dependsOn: [first]}
    """,
    requirement="DEP-11",
)
def step_depends_on_form(step: Part) -> Iterator[Problem]:
    yield from listed_twice(step, "dependsOn")


timeout_range = Rule(
    "timeout-range",
    "error",
    "A timeout is negative.",
    "`timeout` is the longest time of an attempt in milliseconds.",
    wrong="steps: [{stepId: list, operationId: listPets, timeout: -1}]",
    right="steps: [{stepId: list, operationId: listPets, timeout: 5000}]",
    requirement="ST-27",
)


@rule(
    "correlation-id-text",
    on="Step",
    severity="warning",
    summary="A correlationId is not a text.",
    explanation="""`correlationId` is a text, or a runtime expression that gives the value to look
    for. Objects and numbers are compared with nothing that a broker sends.""",
    wrong="""
    sourceDescriptions: [{name: events, url: events.yaml, type: asyncapi}]
    steps:
    - stepId: wait
      channelPath: '{$sourceDescriptions.events.url}#/channels/orders'
      action: receive
      correlationId: 17
    """,
    right="""
    sourceDescriptions: [{name: events, url: events.yaml, type: asyncapi}]
    steps:
    - stepId: wait
      channelPath: '{$sourceDescriptions.events.url}#/channels/orders'
      action: receive
      correlationId: order-17
    """,
    requirement="ST-28, ASY-09",
    files={
        "events.yaml": "asyncapi: 3.0.0\ninfo: {title: E, version: '1'}\nchannels: {orders: {}}\n"
    },
)
def correlation_id_text(step: Part) -> Iterator[Problem]:
    if "correlationId" in step.data and not isinstance(step.data["correlationId"], str):
        yield step.problem("'correlationId' is a text or a runtime expression", "correlationId")
