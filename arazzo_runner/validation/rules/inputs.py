"""Rules about the inputs of workflows: their JSON Schema, and what reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from arazzo_runner.errors import did_you_mean
from arazzo_runner.expressions import InputsExpression, WorkflowsExpression
from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.linking.inputs import resolve_local
from arazzo_runner.model import Pointer
from arazzo_runner.validation.definition import rule
from arazzo_runner.validation.findings import AddField, Fix, Problem
from arazzo_runner.validation.input_schemas import (
    INNER,
    LISTS,
    TYPES,
    contradictions,
    input_schemas,
    walk_schema,
)
from arazzo_runner.validation.parts import Part, Subject, Text
from arazzo_runner.values import Json, type_name
from arazzo_runner.values.json_pointer import unescape_token

_NUMBERS: Final = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
)
_COUNTS: Final = frozenset(
    {"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"}
)
_TEXTS: Final = frozenset({"title", "description", "format", "$ref", "$comment", "$anchor", "$id"})
_FREE: Final = frozenset({"default", "example", "examples", "const", "enum", "deprecated"})


@rule(
    "workflow-inputs-schema",
    on="Subject",
    severity="error",
    summary="The inputs of a workflow are not a valid JSON Schema.",
    explanation="`inputs` is a JSON Schema of draft 2020-12, checked against its meta-schema.",
    wrong="inputs: {type: object, properties: {limit: {type: int}}}",
    right="inputs: {type: object, properties: {limit: {type: integer}}}",
    requirement="WF-04",
)
def workflow_inputs_schema(subject: Subject) -> Iterator[Problem]:
    for schema, pointer in input_schemas(subject):
        if not isinstance(schema, dict | bool):
            continue  # field-type says it
        if all(_is_plain(part) for part, _ in walk_schema(schema, pointer)):
            continue
        yield from _meta_problems(schema, pointer)


def _is_plain(schema: Mapping[str, Json]) -> bool:
    """Whether a schema is certainly valid; importing jsonschema costs more than all the rest."""
    return all(_is_plain_keyword(key, value) for key, value in schema.items())


def _is_plain_keyword(key: str, value: Json) -> bool:
    if key == "type":
        listed = value if isinstance(value, list) else [value]
        return bool(listed) and all(isinstance(v, str) and v in TYPES for v in listed)
    if key in _TEXTS:
        return isinstance(value, str) and (key != "$anchor" or value.isidentifier())
    if key == "required":
        return (
            isinstance(value, list)
            and all(isinstance(v, str) for v in value)
            and (len(set(value)) == len(value))
        )
    if key in _NUMBERS or key in _COUNTS:
        return type(value) in (int, float) and (
            key in _NUMBERS or (type(value) is int and value >= 0)
        )
    if key in INNER:
        return isinstance(value, dict | bool)
    if key in LISTS:
        return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)
    if key in ("properties", "$defs", "definitions"):
        return isinstance(value, dict) and all(isinstance(v, dict | bool) for v in value.values())
    if key in ("enum", "examples"):
        return isinstance(value, list)
    if key in ("uniqueItems", "deprecated", "readOnly", "writeOnly"):
        return isinstance(value, bool)
    return key in _FREE or key.startswith("x-")


def _meta_problems(schema: Json, pointer: Pointer) -> Iterator[Problem]:
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(Draft202012Validator.META_SCHEMA)
    try:
        errors = sorted(
            validator.iter_errors(schema), key=lambda e: list(map(str, e.absolute_path))
        )
    except RecursionError:
        yield Problem("the schema is nested too deeply", pointer)
        return
    said: set[Pointer] = set()
    for error in errors:
        at = (*pointer, *error.absolute_path)
        if at not in said:
            said.add(at)
            yield Problem(_sentence(error), at, _advice(error))


def _sentence(error: Any) -> str:
    name = next((str(p) for p in reversed(error.absolute_path) if isinstance(p, str)), "inputs")
    if error.validator in ("enum", "anyOf") and name == "type":
        return f"{error.instance!r} is not a type of JSON Schema"
    if error.validator == "type":
        wanted = error.validator_value
        wanted = " or ".join(wanted) if isinstance(wanted, list) else wanted
        return f"'{name}' must be {wanted}, not {type_name(error.instance)}"
    text = str(error.message)
    return f"'{name}': {text if len(text) < 160 else text[:157] + '…'}"


def _advice(error: Any) -> str | None:
    if isinstance(error.instance, str):
        return did_you_mean(error.instance, TYPES) or f"types are: {', '.join(TYPES)}"
    return None


@rule(
    "workflow-inputs-object",
    on="Workflow",
    severity="error",
    summary="The inputs of a workflow do not describe an object.",
    explanation="Inputs have names: their schema is that of an object with `properties`.",
    wrong="inputs: {type: string}",
    right="inputs: {type: object, properties: {status: {type: string}}}",
    requirement="WF-04",
)
def workflow_inputs_object(workflow: Part) -> Iterator[Problem]:
    schema = resolve_local(workflow.data.get("inputs"), workflow.subject.data)
    kind = schema.get("type") if isinstance(schema, dict) else None
    kinds = kind if isinstance(kind, list) else [kind]
    if kind is not None and "object" not in kinds and all(k in TYPES for k in kinds):
        own = workflow.data["inputs"]
        path = ("inputs", "type") if isinstance(own, dict) and "type" in own else ("inputs",)
        yield workflow.problem(f"the inputs are of type {kind}, not object", *path)


@rule(
    "workflow-inputs-ref",
    on="Subject",
    severity="error",
    summary="A reference in the inputs leads nowhere.",
    explanation="""`$ref` in a schema is a JSON Pointer into this document
    (`#/components/inputs/…`), or the name of an `$anchor` in it.""",
    wrong="inputs: {$ref: '#/components/inputs/pet'}",
    right="""
    inputs: {$ref: '#/components/inputs/pet'}
    components: {inputs: {pet: {type: object}}}
    """,
    requirement="URI-12",
)
def workflow_inputs_ref(subject: Subject) -> Iterator[Problem]:
    found = [
        one for schema, pointer in input_schemas(subject) for one in walk_schema(schema, pointer)
    ]
    anchors = {
        schema.get("$anchor") for schema, _ in found if isinstance(schema.get("$anchor"), str)
    }
    for schema, pointer in found:
        reference = schema.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#"):
            continue
        if (
            reference == "#"
            or reference[1:] in anchors
            or _leads_somewhere(reference, subject.data)
        ):
            continue
        known = [f"#/components/inputs/{name}" for name in _component_inputs(subject)]
        yield Problem(
            f"'{reference}' leads nowhere", (*pointer, "$ref"), did_you_mean(reference, known)
        )


def _component_inputs(subject: Subject) -> list[str]:
    return [str(pointer[2]) for _, pointer in input_schemas(subject) if pointer[0] == "components"]


def _leads_somewhere(reference: str, data: Json) -> bool:
    if not reference.startswith("#/"):
        return False
    for token in reference[2:].split("/"):
        name = unescape_token(token)
        if isinstance(data, dict) and name in data:
            data = data[name]
        elif isinstance(data, list) and name.isdecimal() and int(name) < len(data):
            data = data[int(name)]
        else:
            return False
    return True


@rule(
    "schema-lint",
    on="Subject",
    severity="warning",
    summary="A schema of the inputs contradicts itself.",
    explanation="""An `enum` value or `default` of another type, a value that stands twice in an
    `enum`, a `required` property that `properties` does not have, a range that nothing fits.""",
    wrong="inputs: {type: object, required: [limt], properties: {limit: {type: integer}}}",
    right="inputs: {type: object, required: [limit], properties: {limit: {type: integer}}}",
    requirement="WF-04",
)
def schema_lint(subject: Subject) -> Iterator[Problem]:
    for whole, start in input_schemas(subject):
        for schema, pointer in walk_schema(whole, start):
            yield from contradictions(schema, pointer)


@rule(
    "workflow-unused-input",
    on="Workflow",
    severity="warning",
    summary="Nothing in a workflow reads one of its inputs.",
    explanation="An input that nothing reads is left over, or an expression misspells its name.",
    wrong="inputs: {type: object, properties: {status: {type: string}}}",
    right="""
    inputs: {type: object, properties: {status: {type: string}}}
    steps:
    - stepId: list
      operationId: listPets
      parameters: [{name: status, in: query, value: $inputs.status}]
    """,
    requirement="WF-06",
)
def workflow_unused_input(workflow: Part) -> Iterator[Problem]:
    names = workflow.subject.inputs_of(workflow)
    if not names:
        return
    used, unknown = _used_inputs(workflow)
    if unknown:
        return
    # A name that is read and not declared is this one misspelt: inputs-defined says it.
    odd = used - names
    meant = {name for name in names - used if any(did_you_mean(one, (name,)) for one in odd)}
    schema = workflow.data["inputs"]
    own = schema.get("properties") if isinstance(schema, dict) else None
    for name in sorted(names - used - meant):
        path = ("inputs", "properties", name) if isinstance(own, dict) and name in own else None
        yield workflow.problem(
            f"nothing reads the input '{name}'", *(path or ("inputs",)), key=path is not None
        )


def _used_inputs(workflow: Part) -> tuple[set[str], bool]:
    """The inputs that are read, and whether others may be: `$inputs` as a whole, components."""
    used: set[str] = set()
    own = workflow.text("workflowId")
    for text in workflow.subject.texts():
        inside = text.enclosing("Workflow") is workflow
        if inside and re.search(r"\$inputs(?![.\w])", text.data):
            return used, True
        if inside:
            used.update(re.findall(r"\$inputs\.([A-Za-z0-9_\-]+)", text.data))
        for found in text.references:
            plain = found.plain
            if isinstance(plain, InputsExpression):
                used.update([plain.name] if inside or text.in_components else ())
            elif isinstance(plain, WorkflowsExpression) and plain.workflow_id == own:
                used.add(plain.name)
    return used, False


@rule(
    "inputs-defined",
    on="Text",
    severity="warning",
    summary="An expression reads an input that the workflow does not declare.",
    explanation="Inputs are declared in `properties` of the workflow's `inputs`.",
    wrong="""
    inputs: {type: object, properties: {status: {type: string}}}
    steps:
    - stepId: list
      operationId: listPets
      parameters: [{name: status, in: query, value: $inputs.state}]
    outputs: {s: $inputs.status}
    """,
    right="""
    inputs: {type: object, properties: {status: {type: string}}}
    steps:
    - stepId: list
      operationId: listPets
      parameters: [{name: status, in: query, value: $inputs.status}]
    """,
    requirement="WF-06",
)
def inputs_defined(text: Text) -> Iterator[Problem]:
    known = text.subject.names_for(text).inputs
    workflow = text.enclosing("Workflow")
    if known is None and workflow is not None and "inputs" not in workflow.data:
        known = frozenset()
    if known is None:
        return
    for found in text.references:
        if isinstance(found.plain, InputsExpression) and found.plain.name not in known:
            name = found.plain.name
            yield text.inside(
                f"the workflow declares no input '{name}'",
                found.offset,
                found.length,
                hint=did_you_mean(name, known),
            )


_SECRET_NAME: Final = lazy_pattern(
    r"(?i)(?:^token|password|passwd|passphrase|secret|secret[_\-]?key|api[_\-]?key|private[_\-]?key"
    r"|(?:access|api|auth|bearer|refresh|session)[_\-]?token)$"
)


@rule(
    "password-format",
    on="Subject",
    severity="hint",
    summary="An input that holds a secret does not say so.",
    explanation="Inputs of `format: password` are masked in everything that is shown or written.",
    wrong="""
    inputs: {type: object, properties: {apiKey: {type: string}}}
    outputs: {k: $inputs.apiKey}
    """,
    right="""
    inputs: {type: object, properties: {apiKey: {type: string, format: password}}}
    outputs: {k: $inputs.apiKey}
    """,
    requirement="DOC-15",
    fixable=True,
)
def password_format(subject: Subject) -> Iterator[Problem]:
    for whole, start in input_schemas(subject):
        for schema, pointer in walk_schema(whole, start):
            properties = schema.get("properties")
            for name, part in properties.items() if isinstance(properties, dict) else ():
                if not isinstance(part, dict) or part.get("type") not in (None, "string"):
                    continue
                if _SECRET_NAME.search(name) and "format" not in part and "$ref" not in part:
                    at = (*pointer, "properties", name)
                    change = AddField(at, "format", "password", "type" if "type" in part else None)
                    yield Problem(
                        f"'{name}' looks like a secret",
                        at,
                        "add format: password",
                        Fix("add format: password", (change,)),
                        key=True,
                    )
