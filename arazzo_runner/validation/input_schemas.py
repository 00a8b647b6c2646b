"""The JSON Schemas of a document's inputs: which there are, what is inside, contradictions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from arazzo_runner.errors import did_you_mean
from arazzo_runner.model import Pointer
from arazzo_runner.validation.findings import Problem
from arazzo_runner.validation.parts import Subject
from arazzo_runner.values import Json, type_name

__all__ = ["INNER", "LISTS", "TYPES", "contradictions", "input_schemas", "walk_schema"]

INNER: Final = ("items", "additionalProperties", "not", "if", "then", "else", "contains")
LISTS: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAPS: Final = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
TYPES: Final = ("string", "number", "integer", "boolean", "object", "array", "null")
_RANGES: Final = (
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)


def input_schemas(subject: Subject) -> Iterator[tuple[Json, Pointer]]:
    """The schemas of the document: the inputs of workflows and of components."""
    for workflow in subject.of("Workflow"):
        if "inputs" in workflow.data:
            yield workflow.data["inputs"], (*workflow.pointer, "inputs")
    components = subject.data.get("components")
    inputs = components.get("inputs") if isinstance(components, dict) else None
    for name, schema in inputs.items() if isinstance(inputs, dict) else ():
        yield schema, ("components", "inputs", name)


def walk_schema(
    schema: Json, pointer: Pointer, depth: int = 0
) -> Iterator[tuple[dict[str, Json], Pointer]]:
    """A schema and the schemas inside of it that are objects."""
    if not isinstance(schema, dict) or depth > 60:
        return
    yield schema, pointer
    for key in INNER:
        yield from walk_schema(schema.get(key), (*pointer, key), depth + 1)
    for key in LISTS:
        listed = schema.get(key)
        for index, part in enumerate(listed if isinstance(listed, list) else ()):
            yield from walk_schema(part, (*pointer, key, index), depth + 1)
    for key in _MAPS:
        named = schema.get(key)
        for name, part in named.items() if isinstance(named, dict) else ():
            yield from walk_schema(part, (*pointer, key, name), depth + 1)


def contradictions(schema: dict[str, Json], pointer: Pointer) -> Iterator[Problem]:
    """What of a schema, without those inside of it, nothing can fit or was not meant."""
    values = schema.get("enum")
    values = values if isinstance(values, list) else []
    for index, value in enumerate(values):
        at = (*pointer, "enum", index)
        if not _is_of(schema.get("type"), value):
            yield Problem(f"{value!r} is not of type {schema['type']}", at)
        elif any(_same(value, other) for other in values[:index]):
            yield Problem(f"{value!r} stands in the enum twice", at)
    default = schema.get("default")
    if "default" in schema:
        at = (*pointer, "default")
        if not _is_of(schema.get("type"), default):
            yield Problem(f"the default {default!r} is not of type {schema['type']}", at)
        elif values and not any(_same(default, value) for value in values):
            yield Problem(f"the default {default!r} is not in the enum", at)
    yield from _lost_names(schema, pointer)
    for low, high in _RANGES:
        one, other = schema.get(low), schema.get(high)
        numbers = isinstance(one, int | float) and isinstance(other, int | float)
        if numbers and one > other:  # type: ignore[operator]
            yield Problem(f"'{low}' is greater than '{high}': nothing fits", (*pointer, low))


def _same(one: Json, other: Json) -> bool:
    return type(one) is type(other) and one == other


def _lost_names(schema: dict[str, Json], pointer: Pointer) -> Iterator[Problem]:
    names, properties = schema.get("required"), schema.get("properties")
    if not isinstance(names, list) or not isinstance(properties, dict):
        return
    open_ended = ("additionalProperties", "patternProperties", *LISTS)
    if any(schema.get(key) for key in open_ended):
        return
    for index, name in enumerate(names):
        if isinstance(name, str) and name not in properties:
            yield Problem(
                f"'{name}' is required and not in properties",
                (*pointer, "required", index),
                did_you_mean(name, properties),
            )


def _is_of(kind: Json, value: Json) -> bool:
    kinds = kind if isinstance(kind, list) else [kind]
    if not all(isinstance(k, str) and k in TYPES for k in kinds):
        return True
    actual = type_name(value)
    whole = actual == "integer" or (isinstance(value, float) and value.is_integer())
    return actual in kinds or (
        actual in ("integer", "number") and ("number" in kinds or ("integer" in kinds and whole))
    )
