"""What a schema requires and which types it allows."""

from __future__ import annotations

from typing import Any

import pytest

from arazzo_runner.openapi import MediaType
from arazzo_runner.openapi.schemas import requires, schema_types
from tests.openapi.support import api

COMPONENTS = {
    "Pet": {"type": "object", "required": ["name"], "properties": {"owner": {"$ref": "#/Owner"}}},
    "Owner": {"required": ["id"], "properties": {"pets": {"items": {"$ref": "#/Pet"}}}},
    "Self": {"$ref": "#/Self"},
    "Loop": {"allOf": [{"$ref": "#/Loop"}, {"$ref": "#/Loop"}], "oneOf": [{"$ref": "#/Loop"}] * 3},
}
SOURCE = api({}, **COMPONENTS)
A = {"required": ["a"]}


@pytest.mark.parametrize(
    ("schema", "pointer", "expected"),
    [
        (A, ["a"], True),
        (A, ["b"], False),
        (A, [], False),
        ({"$ref": "#/Pet"}, ["name"], True),
        ({"$ref": "#/Pet"}, ["owner"], False),
        ({"$ref": "#/Pet"}, ["owner", "id"], True),
        ({"$ref": "#/Pet"}, ["owner", "pets", "0", "name"], True),
        ({"$ref": "#/Pet"}, ["owner", "pets", "0", "owner"], False),
        ({"allOf": [{}, A]}, ["a"], True),
        ({"allOf": [{"properties": {"x": A}}]}, ["x", "a"], True),
        ({"oneOf": [A, A]}, ["a"], True),
        ({"oneOf": [A, {}]}, ["a"], False),
        ({"anyOf": [A, {"allOf": [A]}]}, ["a"], True),
        ({"anyOf": []}, ["a"], False),
        ({"additionalProperties": A}, ["any", "a"], True),
        ({"additionalProperties": True}, ["any", "a"], False),
        ({"items": A}, ["0", "a"], True),
        ({"properties": {"0": A}}, ["0", "a"], True),
        ({"properties": A, "required": "a"}, ["a"], False),
        ({"$ref": "#/nowhere"}, ["a"], False),
        ({"$ref": "#/Self"}, ["a"], False),
        ({"$ref": "#/Loop"}, ["a"], False),
        (True, ["a"], False),
        (None, ["a"], False),
        ([], ["a"], False),
        ({"required": [["a"]]}, ["a"], False),
        ({"allOf": A, "properties": []}, ["a", "b"], False),
    ],
)
def test_requires(schema: Any, pointer: list[str], expected: bool) -> None:
    assert requires(MediaType(schema), tuple(pointer), SOURCE) is expected


@pytest.mark.parametrize(
    ("schema", "types"),
    [
        ({"type": "string"}, {"string"}),
        ({"type": ["string", "null"]}, {"string", "null"}),
        ({"properties": {}}, {"object"}),
        ({"$ref": "#/Pet"}, {"object"}),
        ({"allOf": [{}, {"type": "array"}]}, {"array"}),
        ({"allOf": [{}]}, set()),
        ({"oneOf": [{"type": "array"}, {"type": "string"}]}, {"array", "string"}),
        ({"anyOf": [{"type": "array"}, {}]}, set()),
        ({"$ref": "#/Loop"}, set()),
        ({}, set()),
        (None, set()),
        ({"type": 3}, set()),
    ],
)
def test_schema_types(schema: Any, types: set[str]) -> None:
    assert schema_types(MediaType(schema), SOURCE) == types


def test_a_long_chain_of_properties_ends() -> None:
    schema = {"$ref": "#/Node"}
    source = api({}, Node={"properties": {"n": {"$ref": "#/Node"}}, "required": ["x"]})
    assert requires(MediaType(schema), ("n", "n", "x"), source)
    assert not requires(MediaType(schema), (*("n" for _ in range(5000)), "x"), source)
