"""Rules about parameters, request bodies and replacements as they are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from arazzo_runner.errors import did_you_mean
from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.linking import OperationCall
from arazzo_runner.validation.definition import Rule, rule
from arazzo_runner.validation.findings import Fix, Problem, RemoveField, ReplaceValue
from arazzo_runner.validation.parts import LinkedStepPart, Part

_MEDIA_TYPE: Final = lazy_pattern(
    r"[A-Za-z0-9][\w!#$&^.+-]*/[A-Za-z0-9][\w!#$&^.+-]*\s*(?:;\s*[\w!#$&^.+-]+=(?:[^\s;\"]+|\"[^\"]*\")\s*)*;?"
)


def resolved(part: Part) -> Part | None:
    """The parameter or action itself, or the component that a Reusable Object names."""
    if part.kind != "Reusable":
        return part
    words = (part.text("reference") or "").split(".", 2)
    if len(words) < 3 or words[0] != "$components":
        return None
    found = part.subject.part(("components", words[1], words[2]))
    return found if found is not None and found.kind in KINDS.get(words[1], ()) else None


KINDS: Final = {
    "parameters": ("Parameter",),
    "successActions": ("SuccessAction",),
    "failureActions": ("FailureAction",),
}


def same_twice(part: Part, field: str, what: str) -> Iterator[Problem]:
    """A problem for each item of a list that is deeply equal to an earlier one."""
    items = part.items(field)
    for index, item in enumerate(items):
        if any(equal(item, other) for other in items[:index]):
            yield part.problem(f"the same {what} is listed twice", field, index, hint="remove it")


def equal(one: Any, other: Any) -> bool:
    """Equality of JSON: a boolean is no number."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other)


parameter_in_workflow = Rule(
    "parameter-in-workflow",
    "warning",
    "A parameter of a workflow says where in a request it goes.",
    """A step with `workflowId` makes no request: its parameters become inputs of the workflow,
    by their names. `in` has no meaning there.""",
    wrong="""
    workflows:
    - workflowId: main
      steps:
      - {stepId: a, workflowId: other, parameters: [{name: limit, in: query, value: 1}]}
    - workflowId: other
      inputs: {type: object, properties: {limit: {type: integer}}}
      steps: [{stepId: list, operationId: listPets}]
    """,
    right="""
    workflows:
    - workflowId: main
      steps: [{stepId: a, workflowId: other, parameters: [{name: limit, value: 1}]}]
    - workflowId: other
      inputs: {type: object, properties: {limit: {type: integer}}}
      steps: [{stepId: list, operationId: listPets}]
    """,
    requirement="PAR-05, A-35",
)


@rule(
    "parameter-in-allowed",
    on="Parameter",
    severity="error",
    summary="A parameter has a place that does not exist.",
    explanation="""`in` is `path`, `query`, `header` or `cookie`; since Arazzo 1.1 also
    `querystring`, and for AsyncAPI steps `channel`.""",
    wrong="""
    steps:
    - stepId: list
      operationId: listPets
      parameters: [{name: limit, in: querry, value: 10}]
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      parameters: [{name: limit, in: query, value: 10}]
    """,
    requirement="PAR-03, A-08",
    fixable=True,
)
def parameter_in_allowed(parameter: Part) -> Iterator[Problem]:
    place = parameter.text("in")
    allowed = parameter.subject.version.parameter_locations
    if place is None or place in allowed:
        return
    near = did_you_mean(place, allowed)
    meant = near.split("'")[1] if near else None
    at = (*parameter.pointer, "in")
    if place == "body":
        near = "the body is given by 'requestBody' of the step"
    elif place in ("querystring", "channel"):
        near = f"'{place}' came with Arazzo 1.1"
        meant = None
    yield parameter.problem(
        f"'{place}' is not a place of a parameter",
        "in",
        hint=near or f"one of {', '.join(sorted(allowed))}",
        fix=Fix(f"write {meant}", (ReplaceValue(at, meant),)) if meant else None,
    )


@rule(
    "parameter-unique",
    on="Subject",
    severity="error",
    summary="A list has the same parameter twice.",
    explanation="""A parameter is known by its name and its place; names of headers compare without
    case. Reused parameters count as what they refer to.""",
    wrong="""
    steps:
    - stepId: list
      operationId: listPets
      parameters:
      - {name: limit, in: query, value: 10}
      - {name: limit, in: query, value: 20}
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      parameters:
      - {name: limit, in: query, value: 10}
      - {name: status, in: query, value: sold}
    """,
    requirement="PAR-07, ST-12, WF-12, CMP-09",
)
def parameter_unique(subject: Any) -> Iterator[Problem]:
    for owner in subject.of("Workflow", "Step", "SuccessAction", "FailureAction"):
        seen: dict[tuple[str, str | None], Part] = {}
        for part in owner.parts("parameters"):
            found = resolved(part)
            name = found.text("name") if found is not None else None
            if found is None or name is None:
                continue
            place = found.text("in")
            key = (name.lower() if place == "header" else name, place)
            first = seen.setdefault(key, part)
            if first is not part:
                where = f" in {place}" if place else ""
                line = subject.document.locate(first.pointer).line
                yield part.problem(
                    f"parameter '{name}'{where} is given twice (first in line {line})"
                )


@rule(
    "request-body-content-type",
    on="RequestBody",
    severity="error",
    summary="A contentType is not a media type.",
    explanation="""`contentType` is a media type such as `application/json`, with parameters if
    needed.""",
    wrong="""
    steps:
    - stepId: create
      operationId: createPet
      requestBody: {contentType: json, payload: {name: Rex}}
    """,
    right="""
    steps:
    - stepId: create
      operationId: createPet
      requestBody: {contentType: application/json, payload: {name: Rex}}
    """,
    requirement="RB-08",
)
def request_body_content_type(body: Part) -> Iterator[Problem]:
    text = body.text("contentType")
    if text is not None and "$" not in text and not _MEDIA_TYPE.fullmatch(text.strip()):
        usual = {"json": "application/json", "xml": "application/xml", "text": "text/plain"}
        near = usual.get(text.strip().casefold())
        yield body.problem(
            f"'{text}' is not a media type",
            "contentType",
            hint=f"write {near}" if near else "such as application/json",
        )


@rule(
    "request-body-workflow-step",
    on="Step",
    severity="warning",
    summary="A step that runs a workflow has a request body.",
    explanation="""A step with `workflowId` makes no request, so its `requestBody` is ignored.
    Values go to the workflow as parameters.""",
    wrong="""
    workflows:
    - workflowId: main
      steps: [{stepId: a, workflowId: other, requestBody: {payload: {name: Rex}}}]
    - {workflowId: other, steps: [{stepId: list, operationId: listPets}]}
    """,
    right="""
    workflows:
    - workflowId: main
      steps: [{stepId: a, workflowId: other, parameters: [{name: name, value: Rex}]}]
    - workflowId: other
      inputs: {type: object, properties: {name: {type: string}}}
      steps: [{stepId: list, operationId: listPets}]
    """,
    requirement="ST-16, A-43",
)
def request_body_workflow_step(step: Part) -> Iterator[Problem]:
    if "requestBody" in step.data and "workflowId" in step.data:
        yield step.problem(
            "a step that runs a workflow sends no body: 'requestBody' is ignored",
            "requestBody",
            key=True,
            hint="give values as parameters",
        )


replacement_target = Rule(
    "replacement-target",
    "error",
    "The target of a replacement cannot be read.",
    """`target` is a JSON Pointer for JSON payloads, an XPath expression for XML, or what
    `targetSelectorType` says.""",
    wrong="""
    steps:
    - stepId: create
      operationId: createPet
      requestBody: {payload: {name: Rex}, replacements: [{target: name, value: Max}]}
    """,
    right="""
    steps:
    - stepId: create
      operationId: createPet
      requestBody: {payload: {name: Rex}, replacements: [{target: /name, value: Max}]}
    """,
    requirement="REP-08",
)

replacement_without_payload = Rule(
    "replacement-without-payload",
    "warning",
    "A request body has replacements and no payload to replace in.",
    "Replacements change a payload; without one there is nothing to change.",
    wrong="""
    steps:
    - stepId: create
      operationId: createPet
      requestBody: {replacements: [{target: /name, value: Max}]}
    """,
    right="""
    steps:
    - stepId: create
      operationId: createPet
      requestBody: {payload: {name: Rex}, replacements: [{target: /name, value: Max}]}
    """,
    requirement="RB-10, A-26",
)


@rule(
    "replacement-unique",
    on="RequestBody",
    severity="warning",
    summary="Two replacements have the same target.",
    explanation="""Replacements are applied in order, so the second one wins. The same replacement
    twice is an error.""",
    wrong="""
    steps:
    - stepId: create
      operationId: createPet
      requestBody:
        payload: {name: Rex}
        replacements: [{target: /name, value: Max}, {target: /name, value: Moritz}]
    """,
    right="""
    steps:
    - stepId: create
      operationId: createPet
      requestBody:
        payload: {name: Rex}
        replacements: [{target: /name, value: Max}, {target: /tag, value: dog}]
    """,
    requirement="REP-09",
)
def replacement_unique(body: Part) -> Iterator[Problem]:
    items = body.items("replacements")
    said = set()
    for index, item in enumerate(items):
        if any(equal(item, other) for other in items[:index]):
            said.add(index)
            yield body.problem(
                "the same replacement is listed twice", "replacements", index, severity="error"
            )
    seen: set[str] = set()
    for part in body.parts("replacements"):
        target = part.text("target")
        if target is not None and target in seen and part.pointer[-1] not in said:
            yield part.problem(f"'{target}' is replaced twice", "target")
        seen.add(target or "")


def remove(part: Part, *fields: str) -> Fix:
    """A fix that removes fields of an object."""
    names = " and ".join(fields)
    return Fix(f"remove {names}", tuple(RemoveField((*part.pointer, field)) for field in fields))


@rule(
    "parameter-querystring-shape",
    on="LinkedStep",
    severity="error",
    summary="A parameter is the whole query, and the operation has no such parameter.",
    explanation="""A parameter with `in: querystring` gives the complete query as one text. It is
    for operations whose description has a parameter in that place, which came with OpenAPI 3.2.""",
    wrong="""
    steps:
    - stepId: list
      operationId: listPets
      parameters: [{name: all, in: querystring, value: 'limit=10&status=sold'}]
    """,
    right="""
    steps:
    - stepId: list
      operationId: listPets
      parameters:
      - {name: limit, in: query, value: 10}
      - {name: status, in: query, value: sold}
    """,
    requirement="PAR-11",
)
def parameter_querystring_shape(step: LinkedStepPart) -> Iterator[Problem]:
    target = step.step.target
    if not isinstance(target, OperationCall):
        return
    declared = {parameter.location for parameter in target.operation.parameters}
    parts = step.part.parts("parameters")
    given = [(part, found) for part in parts if (found := resolved(part)) is not None]
    if "querystring" in declared or any(found.text("in") == "query" for _, found in given):
        return  # the two together are another mistake
    for part, found in given:
        if found.text("in") != "querystring":
            continue
        yield part.problem(
            f"{target.operation.method} {target.operation.path} has no parameter in: querystring",
            "in" if part is found else "reference",
            hint="give its parameters one by one, with in: query",
        )
