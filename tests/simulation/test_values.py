"""Values made from schemas fit them, whatever the dialect, and are the same every time."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from arazzo_runner.openapi import Description
from arazzo_runner.reading import Document, parse_document
from arazzo_runner.simulation.values import NoValueError, make_value


def document(data: Any) -> Document:
    return parse_document(json.dumps(data).encode(), uri="file:///schema.json")


def made(schema: Any, **options: Any) -> Any:
    return make_value(schema, document(schema), **options)


# -- what comes first --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string", "example": "a", "default": "b"}, "a"),
        ({"type": "string", "examples": ["a", "c"]}, "a"),
        ({"type": "string", "default": "b"}, "b"),
        ({"type": "string", "x-example": "x"}, "x"),
        ({"const": 7}, 7),
        ({"const": None}, None),
        ({"enum": ["x", "y"]}, "x"),
        ({"enum": [None, "y"], "nullable": True}, "y"),
        ({"enum": ["x", "y"], "default": "y"}, "y"),
        ({"type": "integer", "example": "no number", "default": 4}, 4),
        ({"type": "object", "example": {"a": 1}}, {"a": 1}),
        ({"type": "array", "example": [1, 2]}, [1, 2]),
        ({"example": {"any": ["thing"]}}, {"any": ["thing"]}),
        ({"type": ["null", "integer"], "minimum": 5, "maximum": 5}, 5),
        ({"type": "null"}, None),
    ],
)
def test_examples_defaults_and_enums_are_taken(schema: Any, value: Any) -> None:
    assert made(schema, name="value") == value


def test_an_example_that_lacks_something_required_is_completed() -> None:
    schema = {
        "type": "object",
        "required": ["id", "kind"],
        "properties": {
            "id": {"type": "integer"},
            "kind": {"enum": ["cat"]},
            "name": {"type": "string"},
        },
        "example": {"id": "not a number", "name": "Tom"},
    }
    value = made(schema)
    assert value["kind"] == "cat"
    assert value["name"] == "Tom"
    assert isinstance(value["id"], int)


def test_undeclared_parts_of_examples_stay_where_they_may() -> None:
    assert made({"type": "object", "example": {"x": 1}}) == {"x": 1}
    closed = {"type": "object", "example": {"x": 1}, "additionalProperties": False}
    assert made(closed) == {}
    assert made({"type": "object", "example": {"x": 1}}, optional=False) == {}


# -- dialects ----------------------------------------------------------------------------------


def test_exclusive_bounds_of_openapi_3_0_are_booleans() -> None:
    schema = {
        "type": "integer",
        "minimum": 3,
        "exclusiveMinimum": True,
        "maximum": 5,
        "exclusiveMaximum": True,
    }
    assert made(schema) == 4


def test_examples_may_be_null_where_nullable() -> None:
    assert made({"type": "string", "nullable": True, "example": None}) is None
    assert made({"type": "string", "example": None}, name="x") != ""


def test_items_as_a_list_are_the_first_items() -> None:
    assert made({"type": "array", "items": [{"const": 1}, {"const": "b"}]}) == [1, "b"]
    assert made({"prefixItems": [{"const": 1}], "items": False}) == [1]


def test_what_is_read_only_is_not_for_requests() -> None:
    schema = {
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "secret": {"type": "string", "writeOnly": True},
        }
    }
    assert set(made(schema, purpose="request")) == {"secret"}
    assert set(made(schema, purpose="response")) == {"id"}
    assert set(made(schema)) == {"id", "secret"}


def test_a_discriminator_names_the_branch() -> None:
    schema = {
        "oneOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}],
        "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/$defs/Cat"}},
        "$defs": {
            "Cat": {"type": "object", "properties": {"kind": {"type": "string"}}},
            "Dog": {"type": "object", "required": ["bark"], "properties": {"bark": {}}},
        },
    }
    assert made(schema) == {"kind": "cat"}
    assert made(schema, wanted={"bark": {}})["kind"] == "Dog"


def test_references_lead_through_the_description() -> None:
    data = {
        "openapi": "3.1.0",
        "components": {"schemas": {"Id": {"type": "integer", "minimum": 9, "maximum": 9}}},
    }
    description = Description(document(data))
    schema = {"properties": {"id": {"$ref": "#/components/schemas/Id", "description": "d"}}}
    assert make_value(schema, description.document, description.follow) == {"id": 9}


def test_definitions_inside_of_a_schema_are_found() -> None:
    schema = {"$ref": "#/$defs/A", "$defs": {"A": {"const": 1}}}
    assert make_value(schema, document({"somewhere": schema})) == 1


def test_a_reference_to_nothing_says_nothing() -> None:
    assert isinstance(made({"$ref": "#/nowhere"}), str)
    assert isinstance(made({"$ref": "other.json"}), str)


# -- recursion ---------------------------------------------------------------------------------

TREE = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "children": {"type": "array", "items": {"$ref": "#"}},
        "parent": {"$ref": "#"},
    },
}


def test_recursion_ends() -> None:
    value = make_value({"$ref": "#"}, document(TREE))
    assert set(value) == {"name", "children"}
    assert value["children"] == []


def test_recursion_goes_as_far_as_wanted() -> None:
    wanted = {"children": {"0": {"children": {"0": {"name": {}}}}}}
    value = make_value({"$ref": "#"}, document(TREE), optional=False, wanted=wanted)
    assert value["children"][0]["children"][0]["name"]


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#", "required": ["a"], "properties": {"a": {"$ref": "#"}}},
        False,
        {"type": "string", "enum": [1]},
        {"allOf": [{"type": "string"}, {"type": "integer"}]},
        {"type": "integer", "minimum": 3, "maximum": 2},
        {"type": "array", "minItems": 1, "items": False, "prefixItems": [False]},
        {"enum": ["a"], "const": "b"},
        {"oneOf": [False, {"type": "string", "enum": [2]}]},
        {"type": "object", "required": ["a"], "properties": {"a": False}},
    ],
)
def test_a_schema_without_a_value_is_told(schema: Any) -> None:
    endless = {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#"}}}
    whole = endless if isinstance(schema, dict) and "$ref" in schema else schema
    with pytest.raises(NoValueError):
        make_value(schema, document(whole))


def test_a_branch_without_a_value_is_passed_over() -> None:
    assert made({"anyOf": [False, {"type": "integer", "minimum": 2, "maximum": 2}]}) == 2
    assert made({"oneOf": [{"type": "null"}, {"const": "x"}]}) == "x"


def test_an_optional_property_without_a_value_is_left_out() -> None:
    assert made({"properties": {"a": False, "b": {"const": 1}}}) == {"b": 1}


def test_big_schemas_cost_little() -> None:
    wide = {"properties": {f"p{n}": {"$ref": f"#/$defs/d{(n * 7) % 30}"} for n in range(30)}}
    data = {"$defs": {f"d{n}": wide for n in range(30)}, "$ref": "#/$defs/d0"}
    assert len(json.dumps(made(data))) < 200_000


# -- wanted parts ------------------------------------------------------------------------------


def test_what_is_wanted_is_made_even_where_nothing_declares_it() -> None:
    value = made({}, wanted={"items": {"1": {"id": {}}}, "map": {"*": {"x": {}}}})
    assert value["items"][1]["id"]
    assert next(iter(value["map"]))["x"] if isinstance(value["map"], list) else value["map"]


def test_what_is_forbidden_is_not_made_even_if_wanted() -> None:
    schema = {"type": "object", "additionalProperties": False, "properties": {"a": {"const": 1}}}
    assert made(schema, wanted={"b": {}}) == {"a": 1}


# -- the same every time -----------------------------------------------------------------------


def test_the_seed_decides() -> None:
    schema = {"properties": {"id": {"type": "string"}, "n": {"type": "integer"}}}
    assert made(schema, seed=1) == made(schema, seed=1)
    assert made(schema, seed=1) != made(schema, seed=2)


def test_a_value_depends_on_its_place_only() -> None:
    less = {"properties": {"b": {"type": "string"}}}
    more = {"properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    assert made(less)["b"] == made(more)["b"]


# -- the property ------------------------------------------------------------------------------

_texts = st.fixed_dictionaries(
    {"type": st.just("string")},
    optional={
        "format": st.sampled_from(["date", "date-time", "email", "uri", "uuid", "ipv4", "other"]),
        "minLength": st.integers(0, 12),
    },
) | st.builds(
    lambda low, more: {"type": "string", "minLength": low, "maxLength": low + more},
    st.integers(0, 9),
    st.integers(0, 9),
)
_patterns = st.builds(
    lambda pattern: {"type": "string", "pattern": pattern},
    st.sampled_from(
        [
            "^[a-z]{2,4}-[0-9]+$",
            r"^\d{3}$",
            "^(?!x)[a-z]+$",
            "a|b",
            "^(foo|bar)+$",
            r"^[^\s]+$",
            "^arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:.*$",
            r"^(a)(b)\1$",
            ".*",
            "^.{5}$",
            r"^[\w.+-]+@[\w-]+\.\w+$",
            "^[^a-z]$",
            r"^\S\D\W$",
            "",
        ]
    ),
)
_numbers = st.builds(
    lambda kind, low, more, step: {
        "type": kind,
        **({"minimum": low, "maximum": low + more} if more is not None else {"minimum": low}),
        **({"multipleOf": step} if step else {}),
    },
    st.sampled_from(["integer", "number"]),
    st.integers(-500, 500),
    st.none() | st.integers(20, 90),
    st.none() | st.sampled_from([1, 2, 5, 20, 0.5]),
)
_leaves = (
    _texts
    | _patterns
    | _numbers
    | st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"enum": ["a", 1, None]}, {}])
)
_names = st.sampled_from(["id", "name", "created_at", "url", "items"])


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    objects = st.builds(
        lambda properties, required, closed: {
            "type": "object",
            "properties": properties,
            "required": [name for name in required if name in properties],
            "additionalProperties": not closed,
        },
        st.dictionaries(_names, inner, max_size=4),
        st.lists(_names, unique=True),
        st.booleans(),
    )
    arrays = st.builds(
        lambda items, least, more: {
            "type": "array",
            "items": items,
            "minItems": least,
            "maxItems": least + more,
        },
        inner,
        st.integers(0, 3),
        st.integers(0, 3),
    )
    branches = st.builds(
        lambda key, parts: {key: parts},
        st.just("anyOf"),
        st.lists(inner, min_size=1, max_size=3),
    )
    both = st.builds(
        lambda one, two: {"allOf": [{"properties": {"left": one}}, {"required": ["right"]}, two]},
        inner,
        st.builds(lambda part: {"type": "object", "properties": {"right": part}}, inner),
    )
    return objects | arrays | branches | both


SCHEMAS = st.recursive(_leaves, _nested, max_leaves=12)


@settings(max_examples=150, deadline=None)
@given(SCHEMAS, st.integers(0, 5), st.booleans())
def test_every_value_fits_its_schema(schema: Any, seed: int, optional: bool) -> None:
    value = made(schema, seed=seed, optional=optional)
    problems = [error.message for error in Draft202012Validator(schema).iter_errors(value)]
    assert problems == []
    assert value == made(schema, seed=seed, optional=optional)


# -- rarer keywords ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "minProperties": 3},
        {"type": "object", "minProperties": 1, "propertyNames": {"pattern": "^k[0-9]$"}},
        {
            "type": "object",
            "minProperties": 1,
            "patternProperties": {"^x-[a-z]+$": {"type": "integer"}},
            "additionalProperties": False,
        },
        {
            "type": "object",
            "maxProperties": 1,
            "required": ["b"],
            "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        },
        {"type": "array", "contains": {"const": 7}},
        {"type": "array", "maxItems": 0},
        {"type": "object", "additionalProperties": {"type": "integer"}},
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        {"type": "number", "exclusiveMinimum": 2.5, "exclusiveMaximum": 2.6},
        {"type": "number", "multipleOf": 0.25, "minimum": 0.3, "maximum": 0.6},
        {"type": "integer", "allOf": [{"multipleOf": 4}, {"multipleOf": 6}], "minimum": 1},
        {"type": "integer", "maximum": -5},
        {"allOf": [{"enum": [1, 2, 3]}, {"enum": [3, 4]}]},
        {"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 2},
        {"minLength": 3},
        {"minimum": 2},
        {"maxItems": 3, "minItems": 1},
        {"oneOf": [{"type": "object", "properties": {"a": {"const": 1}}, "required": ["a"]}]},
        {"type": ["null", "string"]},
        True,
    ],
)
@pytest.mark.parametrize("seed", [0, 5])
def test_rarer_keywords(schema: Any, seed: int) -> None:
    value = made(schema, seed=seed)
    assert [e.message for e in Draft202012Validator(schema).iter_errors(value)] == []


def test_an_entry_of_a_map_is_made() -> None:
    assert made({"type": "object", "additionalProperties": {"const": 1}}) == {"key": 1}
    schema = {"type": "object", "additionalProperties": {"const": 1}}
    assert made(schema, optional=False) == {}
    assert made(schema, optional=False, wanted={"*": {}}) == {"key": 1}


def test_an_array_ends_where_its_items_repeat_it() -> None:
    schema = {
        "$ref": "#/$defs/L",
        "$defs": {"L": {"type": "array", "items": {"$ref": "#/$defs/L"}}},
    }
    assert made(schema) == []


def test_an_item_without_a_value_ends_the_array() -> None:
    assert made({"type": "array", "items": {"type": "string", "enum": [1]}}) == []


def test_examples_of_lists_are_kept_where_they_fit() -> None:
    schema = {"type": "array", "items": {"type": "integer"}, "example": [1, "x", 3]}
    first, second, third = made(schema)
    assert (first, third) == (1, 3)
    assert isinstance(second, int)


def test_a_discriminator_of_openapi_2_is_a_name() -> None:
    assert made({"discriminator": "kind", "properties": {"kind": {"const": "a"}}}) == {"kind": "a"}


def test_keywords_of_a_wrong_type_say_nothing() -> None:
    schema = {
        "type": ["nonsense"],
        "minLength": "x",
        "required": "a",
        "allOf": 5,
        "pattern": 5,
        "format": 5,
        "properties": [],
        "minimum": True,
        "multipleOf": 0,
    }
    assert isinstance(made(schema), dict | str)


def test_a_name_read_from_a_list_makes_a_list_of_one() -> None:
    schema = {"type": "array", "items": {"type": "object"}, "example": [{"a": 1}, {"a": 2}]}
    found = made(schema, wanted={"id": {}})
    assert len(found) == 1
    assert found[0]["a"] == 1
    assert "id" in found[0]
    assert len(made(schema, wanted={"1": {"id": {}}})) == 2
