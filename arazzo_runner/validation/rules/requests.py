"""Rules about the parameters that steps send, against what the operations take."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from arazzo_runner.errors import did_you_mean
from arazzo_runner.linking import OperationCall, WorkflowCall
from arazzo_runner.validation.definition import Rule, rule
from arazzo_runner.validation.findings import Problem
from arazzo_runner.validation.parts import LinkedStepPart, Part, is_open
from arazzo_runner.values import Json

if TYPE_CHECKING:
    from arazzo_runner.openapi import Parameter

parameter_declared = Rule(
    "parameter-declared",
    "warning",
    "A step gives a parameter that the operation does not declare.",
    """It is sent with the default style of its place. Either it is misspelt, or the description
    lacks it.""",
    wrong="""
    steps:
    - {stepId: list, operationId: listPets, parameters: [{name: colour, in: query, value: red}]}
    """,
    right="""
    steps:
    - {stepId: list, operationId: listPets, parameters: [{name: status, in: query, value: new}]}
    """,
    requirement="PAR-09, A-37",
)

parameter_required_missing = Rule(
    "parameter-required-missing",
    "error",
    "A step does not give a parameter that the operation requires.",
    "It may still come from credentials, or from the command line with `--header`.",
    wrong=(
        "sourceDescriptions: [{name: strict, url: strict.yaml, type: openapi}]\n"
        "steps: [{stepId: list, operationId: list}]"
    ),
    right=(
        "sourceDescriptions: [{name: strict, url: strict.yaml, type: openapi}]\n"
        "steps: [{stepId: list, operationId: list, parameters: [\n"
        "  {name: status, in: query, value: new}]}]"
    ),
    requirement="PAR-10",
    files={
        "strict.yaml": (
            "openapi: 3.1.0\ninfo: {title: Strict, version: 1.0.0}\n"
            "servers: [{url: https://strict.example.com}]\n"
            "paths:\n  /dogs:\n    get:\n      operationId: list\n      parameters:\n"
            "      - {name: status, in: query, required: true, schema: {type: string}}\n"
            "      responses: {}\n"
        )
    },
)

parameter_path_template = Rule(
    "parameter-path-template",
    "error",
    "The variables of the path and the path parameters of a step do not fit.",
    "Every variable in braces needs a value, and a path parameter needs a variable.",
    wrong="steps: [{stepId: get, operationId: getPet}]",
    right="""
    steps:
    - {stepId: get, operationId: getPet, parameters: [{name: petId, in: path, value: 1}]}
    """,
    requirement="PAR-08",
)


@rule(
    "parameter-in-required",
    on="Parameter",
    severity="error",
    summary="A parameter of an operation does not say where it goes.",
    explanation="""`in` is path, query, header, cookie or querystring. A run puts it where the
    operation declares the only parameter of that name.""",
    wrong="""
    steps:
    - {stepId: list, operationId: listPets, parameters: [{name: status, value: new}]}
    """,
    right="""
    steps:
    - {stepId: list, operationId: listPets, parameters: [{name: status, in: query, value: new}]}
    """,
    requirement="PAR-04",
    fixable=True,
)
def parameter_in_required(parameter: Part) -> Iterator[Problem]:
    step = parameter.parent
    if step is None or step.kind != "Step" or "in" in parameter.data:
        return
    if any(field in step.data for field in ("operationId", "operationPath", "channelPath")):
        name = parameter.text("name")
        yield parameter.problem(
            f"parameter '{name}' does not say where it goes",
            hint="add 'in: query', or header, path, cookie",
        )


def _own_parameters(step: LinkedStepPart) -> Iterator[tuple[Part, str, str]]:
    """The Parameter Objects that stand in the step, with name and place."""
    for part in step.part.parts("parameters"):
        name, place = part.text("name"), part.text("in")
        if part.kind == "Parameter" and name and place:
            yield part, name, place


def _declared(call: OperationCall, name: str, place: str) -> Parameter | None:
    for parameter in call.operation.parameters:
        if parameter.location == place and (
            parameter.name == name or (place == "header" and parameter.name.lower() == name.lower())
        ):
            return parameter
    return None


@rule(
    "parameter-type",
    on="LinkedStep",
    severity="warning",
    summary="The literal value of a parameter does not fit its schema.",
    explanation="What is compared is how it is written: `10` and `'10'` are the same in a URL.",
    wrong="""
    steps:
    - {stepId: list, operationId: listPets, parameters: [{name: limit, in: query, value: many}]}
    """,
    right="""
    steps:
    - {stepId: list, operationId: listPets, parameters: [{name: limit, in: query, value: 10}]}
    """,
    requirement="PAR-14",
)
def parameter_type(step: LinkedStepPart) -> Iterator[Problem]:
    call = step.call
    if call is None:
        return
    from arazzo_runner.openapi.schema_lookup import misfits

    for part, name, place in _own_parameters(step):
        declared = _declared(call, name, place)
        if declared is None or "value" not in part.data or declared.content_type is not None:
            continue
        value = part.data["value"]
        if value is None or is_open(value):
            continue
        wrong = []  # for each reading
        for read in _readings(value):
            found = misfits(declared.schema, None, read, call.description, is_open)
            wrong.append([one for one in found if one.kind in ("type", "value")])
        if all(wrong):
            first = wrong[0][0]
            yield part.problem(
                f"the value of '{name}' {first.message}",
                "value",
                *first.path,
                hint=did_you_mean(str(value), first.known),
            )


def _readings(value: Json) -> Iterator[Json]:
    """The value, and what its text may be read as."""
    yield value
    if isinstance(value, bool):
        yield str(value).lower()
    elif isinstance(value, int | float):
        yield str(value)
    elif isinstance(value, str):
        if re.fullmatch(r"-?\d{1,15}", value):
            yield int(value)
        elif re.fullmatch(r"-?\d{1,15}\.\d{1,15}", value):
            yield float(value)
        elif value in ("true", "false"):
            yield value == "true"
        yield value.split(",")  # an array, written as one


@rule(
    "parameter-querystring-mix",
    on="LinkedStep",
    severity="error",
    summary="A step gives a whole query string and single query parameters.",
    explanation="`in: querystring` is all of the query; it cannot stand beside `in: query`.",
    wrong="""
    steps:
    - stepId: list
      operationId: listPets
      parameters:
      - {name: all, in: querystring, value: limit=1}
      - {name: status, in: query, value: new}
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      parameters: [{name: status, in: query, value: new}, {name: limit, in: query, value: 1}]
    """,
    requirement="PAR-12",
)
def parameter_querystring_mix(step: LinkedStepPart) -> Iterator[Problem]:
    places = {parameter.location for parameter in step.step.parameters}
    if not {"query", "querystring"} <= places:
        return
    for part, name, place in _own_parameters(step):
        if place == "querystring":
            yield part.problem(f"'{name}' is all of the query, and there are others", "in")
            return
    yield step.part.problem("a whole query string stands beside query parameters", "parameters")


@rule(
    "parameter-workflow-input",
    on="LinkedStep",
    severity="error",
    summary="A step does not give a workflow the inputs it takes.",
    explanation="""The parameters of a step that runs a workflow are its inputs, by name: each
    should be declared there, and required inputs without a default must be given.""",
    wrong="""
    workflows:
    - workflowId: look
      inputs: {type: object, required: [status], properties: {status: {type: string}}}
      steps: [{stepId: list, operationId: listPets, parameters: [
        {name: status, in: query, value: $inputs.status}]}]
    - {workflowId: main, steps: [{stepId: look, workflowId: look}]}
    """,
    right="""
    workflows:
    - workflowId: look
      inputs: {type: object, required: [status], properties: {status: {type: string}}}
      steps: [{stepId: list, operationId: listPets, parameters: [
        {name: status, in: query, value: $inputs.status}]}]
    - workflowId: main
      steps: [{stepId: look, workflowId: look, parameters: [{name: status, value: new}]}]
    """,
    requirement="PAR-05, PAR-06",
)
def parameter_workflow_input(step: LinkedStepPart) -> Iterator[Problem]:
    call = step.step.target
    linked = step.subject.linked
    if not isinstance(call, WorkflowCall) or linked is None:
        return
    workflow = linked.program.workflows[call.key]
    known = workflow.input_names
    schema = workflow.inputs_schema
    given = {parameter.name for parameter in step.step.parameters}
    meant: set[str] = set()
    for part in step.part.parts("parameters"):
        name = part.text("name")
        if part.kind == "Parameter" and name and name not in known and known:
            meant.update(near for near in known if did_you_mean(name, (near,)))
            yield part.problem(
                f"workflow '{call.workflow_id}' declares no input '{name}'",
                "name",
                hint=did_you_mean(name, known),
                severity="warning",
            )
    required = schema.get("required") if isinstance(schema, dict) else None
    properties = schema.get("properties") if isinstance(schema, dict) else None
    properties = properties if isinstance(properties, dict) else {}
    for name in required if isinstance(required, list) else ():
        written = properties.get(name) if isinstance(name, str) else None
        has_default = isinstance(written, dict) and ("default" in written or "$ref" in written)
        if isinstance(name, str) and name not in given | meant and not has_default:
            yield step.part.problem(
                f"workflow '{call.workflow_id}' needs the input '{name}'",
                "workflowId",
                hint=f"add a parameter with name: {name}",
            )


_RESERVED: Final = {
    "accept": "the description says what answers are taken",
    "content-type": "it is requestBody.contentType",
    "authorization": "it comes from the operation's security scheme",
}


@rule(
    "parameter-reserved-header",
    on="LinkedStep",
    severity="hint",
    summary="A step sets a header that has a place of its own.",
    explanation="""`Accept`, `Content-Type` and `Authorization` are not parameters of an
    operation: OpenAPI says them elsewhere. What the step says is sent all the same, and wins.""",
    wrong="""
    inputs: {type: object, properties: {token: {type: string, format: password}}}
    steps:
    - stepId: list
      operationId: listPets
      parameters: [{name: Authorization, in: header, value: "Bearer {$inputs.token}"}]
    """,
    right="steps: [{stepId: list, operationId: listPets}]",
    requirement="PAR-14, A-38",
)
def parameter_reserved_header(step: LinkedStepPart) -> Iterator[Problem]:
    for part, name, place in _own_parameters(step):
        reason = _RESERVED.get(name.lower())
        if place == "header" and reason and step.call is not None:
            yield part.problem(f"'{name}' has a place of its own: {reason}", "name")
