"""Rules about the operations that steps call, against the descriptions that have them."""

from __future__ import annotations

from collections.abc import Iterator

from arazzo_runner.linking import OperationCall
from arazzo_runner.validation.definition import Rule, rule
from arazzo_runner.validation.findings import Fix, Problem, ReplaceValue
from arazzo_runner.validation.parts import LinkedStepPart, Part, Subject

_TWO = """\
sourceDescriptions:
- {name: petstore, url: petstore.yaml, type: openapi}
- {name: other, url: other.yaml, type: openapi}
"""
_OTHER = {
    "other.yaml": (
        "openapi: 3.1.0\ninfo: {title: Other, version: 1.0.0}\n"
        "servers: [{url: https://other.example.com}]\n"
        "paths: {/dogs: {get: {operationId: listDogs, responses: {}}}}\n"
    )
}


@rule(
    "step-operation-id-qualified",
    on="Linked",
    severity="error",
    summary="An operationId does not say of which of several source descriptions it is.",
    explanation="""With more than one source that is not of type arazzo, an operationId is written
    `$sourceDescriptions.<name>.<operationId>`. A run takes the only source that has it.""",
    wrong=_TWO + "steps: [{stepId: list, operationId: listPets}]",
    right=_TWO + "steps: [{stepId: list, operationId: $sourceDescriptions.petstore.listPets}]",
    requirement="ST-05",
    files=_OTHER,
    fixable=True,
)
def step_operation_id_qualified(subject: Subject) -> Iterator[Problem]:
    sources = [s for s in subject.of("SourceDescription") if s.text("type") != "arazzo"]
    if len({source.text("name") for source in sources}) < 2:
        return
    prefixes = tuple(f"{source.text('name')}{mark}" for source in sources for mark in ".#/")
    for step in subject.of("Step"):
        written = step.text("operationId")
        # What begins with the name of a source is operation-id-form's.
        if written and not written.startswith(("$", *prefixes)):
            yield _unqualified(step, written)


def _unqualified(step: Part, written: str) -> Problem:
    names = _sources_with(step, written)
    fix = None
    if len(names) == 1:
        conforming = f"$sourceDescriptions.{names[0]}.{written}"
        change = ReplaceValue((*step.pointer, "operationId"), conforming)
        fix = Fix(f"write {conforming}", (change,))
    return step.problem(
        f"operationId '{written}' does not name its source description",
        "operationId",
        hint=f"write $sourceDescriptions.{names[0] if len(names) == 1 else '<name>'}.{written}",
        fix=fix,
    )


def _sources_with(step: Part, operation_id: str) -> list[str]:
    """The sources that have the operation; none is known before linking."""
    linked = step.subject.linked
    return [
        source.name
        for source in (linked.sources if linked else ())
        if source.description is not None and source.description.by_id(operation_id)
    ]


step_operation_id_exists = Rule(
    "step-operation-id-exists",
    "error",
    "No source description has the operation that a step calls.",
    "An `operationId` is compared with those of the descriptions, case included.",
    wrong="steps: [{stepId: list, operationId: listPuppies}]",
    right="steps: [{stepId: list, operationId: listPets}]",
    requirement="ST-04, ST-06",
)

step_operation_id_ambiguous = Rule(
    "step-operation-id-ambiguous",
    "error",
    "Several operations have the operationId that a step calls.",
    "Say which with `$sourceDescriptions.<name>.<operationId>`, or use `operationPath`.",
    wrong=(
        "sourceDescriptions: [{name: twice, url: twice.yaml, type: openapi}]\n"
        "steps: [{stepId: list, operationId: list}]"
    ),
    right=(
        "sourceDescriptions: [{name: twice, url: twice.yaml, type: openapi}]\n"
        "steps:\n- stepId: list\n"
        "  operationPath: '{$sourceDescriptions.twice.url}#/paths/~1cats/get'"
    ),
    requirement="ST-06",
    files={
        "twice.yaml": (
            "openapi: 3.1.0\ninfo: {title: Twice, version: 1.0.0}\n"
            "servers: [{url: https://twice.example.com}]\n"
            "paths:\n  /dogs: {get: {operationId: list, responses: {}}}\n"
            "  /cats: {get: {operationId: list, responses: {}}}\n"
        )
    },
)

step_operation_id_source_kind = Rule(
    "step-operation-id-source-kind",
    "error",
    "An operationId names a source description without operations.",
    "Operations are in sources of type openapi (and asyncapi); one of type arazzo has workflows.",
    wrong="""
    sourceDescriptions:
    - {name: petstore, url: petstore.yaml, type: openapi}
    - {name: flows, url: flows.arazzo.yaml, type: arazzo}
    steps: [{stepId: list, operationId: $sourceDescriptions.flows.listPets}]
    """,
    right="""
    sourceDescriptions:
    - {name: petstore, url: petstore.yaml, type: openapi}
    - {name: flows, url: flows.arazzo.yaml, type: arazzo}
    steps: [{stepId: in, workflowId: $sourceDescriptions.flows.log-in}]
    """,
    requirement="ST-04",
)

step_operation_path_exists = Rule(
    "step-operation-path-exists",
    "error",
    "An operationPath does not lead to an operation.",
    "The pointer leads to a method below a path of the description: `#/paths/~1pets/get`.",
    wrong="""
    steps:
    - stepId: list
      operationPath: '{$sourceDescriptions.petstore.url}#/paths/~1puppies/get'
    """,
    right="""
    steps:
    - stepId: list
      operationPath: '{$sourceDescriptions.petstore.url}#/paths/~1pets/get'
    """,
    requirement="ST-08",
)

step_operation_path_source = Rule(
    "step-operation-path-source",
    "error",
    "An operationPath names a source description without operations.",
    "Operations are in sources of type openapi.",
    wrong="""
    sourceDescriptions:
    - {name: petstore, url: petstore.yaml, type: openapi}
    - {name: flows, url: flows.arazzo.yaml, type: arazzo}
    steps:
    - stepId: list
      operationPath: '{$sourceDescriptions.flows.url}#/paths/~1pets/get'
    """,
    right="""
    steps:
    - stepId: list
      operationPath: '{$sourceDescriptions.petstore.url}#/paths/~1pets/get'
    """,
    requirement="ST-08",
)

step_operation = Rule(
    "step-operation",
    "error",
    "A step cannot be bound to the operation it calls.",
    """The operation, or a part of it that the step needs, cannot be read in the description, or
    what the step gives cannot be sent by it.""",
    wrong="""
    steps:
    - stepId: list
      operationId: listPets
      parameters: [{name: X Status, in: header, value: new}]
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      parameters: [{name: X-Status, in: header, value: new}]
    """,
    requirement="ST-04",
)

operation_incomplete = Rule(
    "operation-incomplete",
    "warning",
    "A part of the operation cannot be read in its description.",
    "A reference in the description leads nowhere, so a parameter or the body is left out.",
    wrong=(
        "sourceDescriptions: [{name: torn, url: torn.yaml, type: openapi}]\n"
        "steps: [{stepId: list, operationId: list}]"
    ),
    right="steps: [{stepId: list, operationId: listPets}]",
    requirement="URI-13",
    files={
        "torn.yaml": (
            "openapi: 3.1.0\ninfo: {title: Torn, version: 1.0.0}\n"
            "servers: [{url: https://torn.example.com}]\n"
            "paths:\n  /dogs:\n    get:\n      operationId: list\n"
            "      parameters: [{$ref: '#/components/parameters/none'}]\n      responses: {}\n"
        )
    },
)


@rule(
    "prefer-operation-id",
    on="LinkedStep",
    severity="hint",
    summary="An operation that has an operationId is named by its path.",
    explanation="The specification recommends `operationId`: it survives a change of the path.",
    wrong="""
    steps:
    - stepId: list
      operationPath: '{$sourceDescriptions.petstore.url}#/paths/~1pets/get'
    """,
    right="steps: [{stepId: list, operationId: listPets}]",
    requirement="ST-09",
)
def prefer_operation_id(step: LinkedStepPart) -> Iterator[Problem]:
    call = step.step.target
    if not isinstance(call, OperationCall) or "operationPath" not in step.part.data:
        return
    name = call.operation.operation_id
    if name and len(call.description.by_id(name)) == 1:
        yield step.part.problem(
            f"the operation has the operationId '{name}'",
            "operationPath",
            hint=f"write operationId: $sourceDescriptions.{call.source_name}.{name}",
        )


@rule(
    "step-deprecated-operation",
    on="LinkedStep",
    severity="warning",
    summary="A step calls an operation that its description calls deprecated.",
    explanation="Deprecated operations go away; the description usually names what replaces them.",
    wrong="""
    steps:
    - {stepId: drop, operationId: deletePet, parameters: [{name: petId, in: path, value: 1}]}
    """,
    right="steps: [{stepId: list, operationId: listPets}]",
    requirement="ST-04",
)
def step_deprecated_operation(step: LinkedStepPart) -> Iterator[Problem]:
    call = step.step.target
    if isinstance(call, OperationCall) and call.operation.deprecated:
        field = "operationId" if "operationId" in step.part.data else "operationPath"
        yield step.part.problem(
            f"{call.operation.method} {call.operation.path} is deprecated", field
        )
