"""What a schema says about a pointer, and about a literal value."""

from __future__ import annotations

import json
from typing import Any

import pytest

from arazzo_runner.openapi import Description
from arazzo_runner.openapi.objects import MediaType
from arazzo_runner.openapi.schema_lookup import look_up, misfits
from arazzo_runner.reading import parse_document

PET = {"type": "object", "properties": {"id": {"type": "integer"}, "tags": {"type": "array"}}}
CLOSED = {**PET, "additionalProperties": False}
COMPONENTS = {
    "Pet": PET,
    "Closed": CLOSED,
    "Tree": {
        "type": "object",
        "properties": {"left": {"$ref": "#/components/schemas/Tree"}},
    },
    "Loop": {"allOf": [{"$ref": "#/components/schemas/Loop"}]},
}


def api() -> Description:
    data = {"openapi": "3.1.0", "paths": {}, "components": {"schemas": COMPONENTS}}
    return Description(parse_document(json.dumps(data).encode(), uri="file:///api.json"))


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.mark.parametrize(
    ("schema", "pointer", "level", "at"),
    [
        ({}, "a/b", 0, 2),
        (ref("Pet"), "id", 0, 1),
        (ref("Pet"), "name", 1, 0),
        (ref("Closed"), "name", 2, 0),
        (ref("Pet"), "id/x", 2, 1),
        (ref("Pet"), "tags/0/x", 0, 3),
        (ref("Pet"), "tags/x", 2, 1),
        (ref("Tree"), "left/left/left", 0, 3),
        (ref("Tree"), "left/left/right", 1, 2),
        (ref("Loop"), "a", 0, 1),
        (ref("Nowhere"), "a", 0, 1),
        ({"type": "array", "items": ref("Closed")}, "0/id", 0, 2),
        ({"type": "array", "items": ref("Closed")}, "id", 2, 0),
        ({"type": "array", "items": ref("Closed")}, "0/x", 2, 1),
        ({"type": "array", "prefixItems": [{}], "items": False}, "0/x", 0, 2),
        ({"allOf": [ref("Pet"), {"properties": {"name": {}}}]}, "name", 0, 1),
        ({"allOf": [ref("Pet"), {"properties": {"name": {}}}]}, "nam", 1, 0),
        ({"oneOf": [ref("Closed"), {"type": "string"}]}, "x", 2, 0),
        ({"oneOf": [ref("Closed"), {}]}, "x", 0, 1),
        ({"anyOf": [ref("Closed"), ref("Tree")]}, "left", 0, 1),
        ({"properties": {"a": {}}, "additionalProperties": True}, "b", 0, 1),
        ({"properties": {"a": {}}, "additionalProperties": {}}, "b", 0, 1),
        ({"properties": {"a": {}}, "additionalProperties": ref("Closed")}, "b/x", 2, 1),
        ({"properties": {"a": {}}, "patternProperties": {"^x": {}}}, "b", 0, 1),
        ({"type": ["object", "null"]}, "b", 0, 1),
        ({"type": ["string", "null"]}, "b", 2, 0),
        ({"type": 5, "properties": []}, "b", 0, 1),
    ],
)
def test_look_up(schema: Any, pointer: str, level: int, at: int) -> None:
    found = look_up(MediaType(schema), pointer.split("/"), api())
    assert (found.level, found.at) == (level, at)


def test_what_is_known_is_named() -> None:
    assert look_up(MediaType(ref("Pet")), ["nam"], api()).known == ("id", "tags")


def open_value(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("$")


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({}, {"a": 1}, []),
        ({"type": "integer"}, 1, []),
        ({"type": "integer"}, 1.0, []),
        ({"type": "number"}, 1, []),
        ({"type": "integer"}, "1", [("type", ())]),
        ({"type": "string", "nullable": True}, None, []),
        ({"type": ["string", "null"]}, None, []),
        ({"type": "string"}, None, [("type", ())]),
        ({"type": "string"}, "$inputs.a", []),
        ({"type": "file"}, 1, []),
        ({"enum": ["a", "b"]}, "c", [("value", ())]),
        ({"const": 1}, 2, [("value", ())]),
        ({"type": "array", "items": {"type": "integer"}}, [1, "x"], [("type", (1,))]),
        ({"required": ["a", 5]}, {}, [("missing", ())]),
        (
            {"required": ["a"], "properties": {"a": {"readOnly": True}}},
            {},
            [],
        ),
        (ref("Closed"), {"id": 1, "x": 1}, [("unknown", ("x",))]),
        (ref("Pet"), {"id": 1, "x": 1}, [("undeclared", ("x",))]),
        ({"allOf": [ref("Pet"), {"properties": {"x": {}}}]}, {"x": 1}, []),
        ({"oneOf": [{"type": "string"}, ref("Pet")]}, {"id": "a"}, [("type", ("id",))]),
        ({"oneOf": [{"type": "string"}, ref("Pet")]}, "text", []),
        ({"anyOf": []}, 1, []),
        ({"additionalProperties": {"type": "integer"}, "properties": {"a": {}}}, {"b": "x"},
         [("type", ("b",))]),
        ({"additionalProperties": True, "properties": {"a": {}}}, {"b": "x"}, []),
        (ref("Nowhere"), {"b": "x"}, []),
    ],
)  # fmt: skip
def test_misfits(schema: Any, value: Any, expected: list[tuple[str, tuple[Any, ...]]]) -> None:
    found = misfits(schema, None, value, api(), open_value)
    assert [(one.kind, one.path) for one in found] == expected
