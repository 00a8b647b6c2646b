"""What breaks a schema is told, and nothing else: jsonschema is the judge."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from arazzo_runner.openapi.references import Node, References
from arazzo_runner.simulation.conformity import problems
from arazzo_runner.simulation.shapes import Resolver
from tests.simulation.test_values import SCHEMAS, document


def found(value: Any, schema: Any, purpose: str | None = None) -> list[str]:
    whole = document(schema)
    resolver = Resolver(References(whole, None).follow, schema)
    told = problems(value, [Node(schema, whole)], resolver, purpose=purpose)
    return [one.message for one in told]


@pytest.mark.parametrize(
    ("schema", "value", "messages"),
    [
        ({"type": "string"}, 5, ["the value is integer, not string"]),
        ({"type": ["string", "null"]}, 5, ["the value is integer, not null or string"]),
        ({"type": "number"}, "x", ["the value is string, not number"]),
        ({"type": "number"}, 5, []),
        ({"type": "integer"}, 5.0, []),
        ({"type": "string", "nullable": True}, None, []),
        ({"enum": ["a", 1]}, True, ['the value is true, not one of "a", 1']),
        ({"minLength": 2}, "a", ["the value has 1 characters, 2 are needed"]),
        ({"maxLength": 2}, "abc", ["the value has 3 characters, 2 are allowed"]),
        ({"pattern": "^a"}, "b", ['the value is "b" and does not match ^a']),
        ({"minItems": 1}, [], ["the value has 0 items, 1 are needed"]),
        ({"maxItems": 1}, [1, 2], ["the value has 2 items, 1 are allowed"]),
        ({"minimum": 3}, 2, ["the value is 2: minimum is 3"]),
        ({"maximum": 3}, 4, ["the value is 4: maximum is 3"]),
        ({"exclusiveMinimum": 3}, 3, ["the value is 3: exclusiveMinimum is 3"]),
        ({"exclusiveMaximum": 3}, 3, ["the value is 3: exclusiveMaximum is 3"]),
        ({"prefixItems": [{"type": "string"}]}, [1], ["/0 is integer, not string"]),
        ({"items": {"type": "string"}}, ["a", 1], ["/1 is integer, not string"]),
        ({"required": ["a"]}, {}, ["the value lacks the required 'a'"]),
        (
            {"additionalProperties": {"type": "string"}},
            {"x": {"y": 1}},
            ["/x is object, not string"],
        ),
        ({"additionalProperties": False, "patternProperties": {"^x": {}}}, {"x1": 1}, []),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, 5, []),
        (
            {"anyOf": [{"type": "string"}, {"type": "object", "required": ["a"]}]},
            {},
            ["the value lacks the required 'a'"],
        ),
        (
            {"properties": {"a": {"properties": {"b": {"type": "string"}}}}},
            {"a": {"b": 1}},
            ["/a/b is integer, not string"],
        ),
    ],
)
def test_problems(schema: Any, value: Any, messages: list[str]) -> None:
    assert found(value, schema) == messages


def test_read_only_and_write_only_are_not_required() -> None:
    schema = {
        "required": ["id", "secret"],
        "properties": {"id": {"readOnly": True}, "secret": {"writeOnly": True}},
    }
    assert found({"secret": 1}, schema, "request") == []
    assert found({"id": 1}, schema, "response") == []
    assert len(found({}, schema)) == 2


def test_no_more_than_twenty_are_told() -> None:
    assert len(found([1] * 50, {"items": {"type": "string"}})) == 20


def test_recursion_ends_with_the_value() -> None:
    schema = {"type": "object", "properties": {"a": {"$ref": "#"}}}
    assert found({"a": {"a": {"a": 1}}}, schema) == ["/a/a/a is integer, not object"]


_values = st.recursive(
    st.none() | st.booleans() | st.integers(-600, 600) | st.sampled_from(["", "a", "foo", "abc-1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "name", "url", "items", "right"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@settings(max_examples=120, deadline=None)
@given(SCHEMAS, _values)
def test_only_what_jsonschema_refuses_is_told(schema: Any, value: Any) -> None:
    if Draft202012Validator(schema).is_valid(value):
        assert found(value, schema) == []


def _without_multiples(schema: Any) -> bool:
    return "multipleOf" not in str(schema)


@settings(max_examples=120, deadline=None)
@given(SCHEMAS.filter(_without_multiples), _values)
def test_all_that_jsonschema_refuses_is_told(schema: Any, value: Any) -> None:
    if found(value, schema) == []:
        errors = [error.message for error in Draft202012Validator(schema).iter_errors(value)]
        assert errors == []
