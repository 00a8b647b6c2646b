"""Rules about components and the references to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from arazzo_runner.expressions import ComponentsExpression
from arazzo_runner.validation.definition import Rule, rule
from arazzo_runner.validation.findings import Problem
from arazzo_runner.validation.objects import is_extension
from arazzo_runner.validation.parts import Part, Subject
from arazzo_runner.validation.rules.parameters import KINDS, remove
from arazzo_runner.validation.rules.workflows import misnamed
from arazzo_runner.values import Json
from arazzo_runner.values.json_pointer import unescape_token

MAPS: Final = ("inputs", "parameters", "successActions", "failureActions")

_PARAMETERS: Final = """
components:
  parameters:
    ten: {name: limit, in: query, value: 10}
"""


def _referring(reference: str) -> str:
    return (
        f"{_PARAMETERS}steps:\n- stepId: list\n  operationId: listPets\n  parameters:\n"
        f"  - {reference}\n"
    )


_RIGHT: Final = _referring("reference: $components.parameters.ten")


@rule(
    "component-key",
    on="Components",
    severity="error",
    summary="The name of a component has characters that are not allowed.",
    explanation="""Names of components match `^[a-zA-Z0-9\\.\\-_]+$`, so that references can
    spell them.""",
    wrong="""
    components:
      parameters:
        ten pets: {name: limit, in: query, value: 10}
    """,
    right=_RIGHT,
    requirement="CMP-01",
)
def component_key(components: Part) -> Iterator[Problem]:
    for field in MAPS:
        yield from misnamed(components, field, "name of the component")


reusable_reference = Rule(
    "reusable-reference",
    "error",
    "A Reusable Object refers to the wrong kind of component.",
    """`reference` is `$components.parameters.<name>` in a list of parameters,
    `$components.successActions.<name>` in success actions, `$components.failureActions.<name>` in
    failure actions.""",
    wrong=_referring("reference: '#/components/parameters/ten'"),
    right=_RIGHT,
    requirement="CMP-04, WF-11, ST-14, ACT-13",
)

reusable_exists = Rule(
    "reusable-exists",
    "error",
    "A Reusable Object refers to a component that does not exist.",
    "References are to components of the same document.",
    wrong=_referring("reference: $components.parameters.twenty"),
    right=_RIGHT,
    requirement="CMP-03, CMP-04",
)

reusable_extra = Rule(
    "reusable-extra",
    "error",
    "A Reusable Object has fields that it cannot have.",
    """A Reusable Object has `reference` and, for parameters, `value`. The text of the specification
    says that anything else is ignored; its JSON Schema refuses it.""",
    wrong=_referring("{reference: $components.parameters.ten, in: header}"),
    right=_RIGHT,
    requirement="CMP-07, A-47, EXT-03",
)


@rule(
    "reusable-value",
    on="Reusable",
    severity="error",
    summary="A reused action has a value.",
    explanation="`value` overrides the value of a parameter. Actions have none.",
    wrong="""
    components:
      failureActions:
        stop: {name: stop, type: end}
    steps:
    - stepId: list
      operationId: listPets
      onFailure: [{reference: $components.failureActions.stop, value: 1}]
    """,
    right="""
    components:
      failureActions:
        stop: {name: stop, type: end}
    steps:
    - stepId: list
      operationId: listPets
      onFailure: [{reference: $components.failureActions.stop}]
    """,
    requirement="CMP-06",
    fixable=True,
)
def reusable_value(reusable: Part) -> Iterator[Problem]:
    reference = reusable.text("reference") or ""
    action = reference.startswith(("$components.successActions.", "$components.failureActions."))
    if action and "value" in reusable.data:
        yield reusable.problem(
            "an action has no value to override",
            "value",
            key=True,
            hint="remove it",
            fix=remove(reusable, "value"),
        )


@rule(
    "component-unused",
    on="Subject",
    severity="warning",
    summary="A component is never used.",
    explanation="Components have no effect unless something refers to them.",
    wrong=_PARAMETERS,
    right=_RIGHT,
    requirement="CMP-02",
)
def component_unused(subject: Subject) -> Iterator[Problem]:
    components = subject.part(("components",))
    if components is None:
        return
    used = set(_references(subject))
    for field in MAPS:
        for name in components.members(field):
            if (field, name) not in used and not is_extension(name):
                yield components.problem(
                    f"components.{field}.{name} is never used", field, name, key=True
                )


def _references(subject: Subject) -> Iterator[tuple[str, str]]:
    """The maps and names of all components that something refers to."""
    for reusable in subject.of("Reusable"):
        words = (reusable.text("reference") or "").split(".", 2)
        if len(words) == 3 and words[1] in KINDS:
            yield words[1], words[2]
    for text in subject.texts():
        for found in text.references:
            if isinstance(found.plain, ComponentsExpression):
                yield found.plain.component_type, found.plain.name
    yield from _schema_references(subject)


def _schema_references(subject: Subject) -> Iterator[tuple[str, str]]:
    """The input schemas that something refers to, by pointer or by anchor."""
    schemas: list[Json] = [workflow.data.get("inputs") for workflow in subject.of("Workflow")]
    components: Any = subject.data.get("components")
    if isinstance(components, dict):
        schemas.append(components.get("inputs"))
    while schemas:
        schema = schemas.pop()
        if isinstance(schema, dict):
            reference = schema.get("$ref")
            if isinstance(reference, str) and reference.startswith("#/components/inputs/"):
                name = unescape_token(reference.split("/")[3])
                yield "inputs", name
            elif isinstance(reference, str) and reference.startswith("#"):
                yield from _by_anchor(components, reference[1:])
            schemas.extend(schema.values())
        elif isinstance(schema, list):
            schemas.extend(schema)


def _by_anchor(components: Any, anchor: str) -> Iterator[tuple[str, str]]:
    inputs = components.get("inputs") if isinstance(components, dict) else None
    for name, schema in inputs.items() if isinstance(inputs, dict) else ():
        if isinstance(schema, dict) and schema.get("$anchor") == anchor:
            yield "inputs", name
