"""Workflow inputs: defaults, all violations at once, unknown names, local references."""

# ruff: noqa: E501 - schemas in the tests

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from arazzo_runner.errors import InputError
from arazzo_runner.linking import apply_defaults, prepare_inputs
from arazzo_runner.linking.inputs import _certainly_valid, resolve_local
from arazzo_runner.linking.order import order_steps


def prepare(schema: Any, inputs: dict[str, Any], root: Any = None) -> dict[str, Any]:
    return prepare_inputs(schema, inputs, workflow_id="w", definitions=root)[0]


def problems(schema: Any, inputs: dict[str, Any], root: Any = None) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        prepare(schema, inputs, root)
    assert caught.value.message.startswith("workflow 'w': ")
    return caught.value.problems


@pytest.mark.requirement("WF-05", "A-36")
def test_defaults_nested_and_falsy() -> None:
    schema = {
        "type": "object",
        "properties": {
            "a": {"default": 0},
            "b": {"default": None},
            "given": {"default": 1},
            "deep": {"properties": {"x": {"default": False}, "y": {}}},
            "not": {"properties": {"x": {"default": 1}}},
            "odd": True,
        },
    }
    values = prepare(schema, {"given": 2, "deep": {"z": 3}})
    assert values == {"a": 0, "b": None, "given": 2, "deep": {"z": 3, "x": False}}


@pytest.mark.requirement("URI-12", "CMP-05")
def test_local_references() -> None:
    root = {
        "components": {
            "inputs": {
                "a~b/c": {"type": "object", "properties": {"n": {"$ref": "#/components/inputs/n"}}},
                "n": {"type": "integer", "default": 5},
                "loop": {"$ref": "#/components/inputs/loop"},
            }
        }
    }
    schema = {"$ref": "#/components/inputs/a~0b~1c"}
    assert prepare(schema, {}, root) == {"n": 5}
    assert problems(schema, {"n": "x"}, root) == ("input 'n' must be integer, not string",)
    nested = {"type": "object", "properties": {"n": {"$ref": "#/components/inputs/n"}}}
    assert problems(nested, {"n": "x"}, root) == ("input 'n' must be integer, not string",)
    own = {"properties": {"n": {"$ref": "#/$defs/d"}}, "$defs": {"d": {"type": "integer"}}}
    assert problems(own, {"n": "x"}, root) == ("input 'n' must be integer, not string",)
    assert problems(own, {"n": "x"}) == ("input 'n' must be integer, not string",)
    assert resolve_local({"$ref": "#/components/inputs/loop"}, root) == {
        "$ref": "#/components/inputs/loop"
    }
    for missing in ("#/components/none/x", "other.json#/x"):
        (problem,) = problems({"$ref": missing}, {"n": 1}, root)
        assert "cannot be resolved" in problem


def test_a_schema_without_end() -> None:
    root = {"components": {"inputs": {"tree": {"properties": {"t": {"$ref": "#/components/inputs/tree"}, "d": {"default": 1}}}}}}  # fmt: skip
    schema = root["components"]["inputs"]["tree"]
    value: dict[str, Any] = {}
    for _ in range(40):
        value = {"t": value}
    assert apply_defaults(schema, value, root)["d"] == 1


@pytest.mark.requirement("A-36")
def test_all_violations_at_once() -> None:
    schema = {
        "type": "object",
        "required": ["a", "b"],
        "properties": {
            "n": {"type": "integer"},
            "u": {"type": ["string", "null"]},
            "o": {"type": "object", "required": ["k"]},
            "e": {"enum": ["x", "y"]},
            "l": {"items": {"minimum": 3}},
        },
    }
    found = problems(schema, {"n": "x", "u": 1, "o": {}, "e": "z", "l": [1]})
    assert set(found) == {
        "inputs 'a', 'b' are required",
        "input 'n' must be integer, not string",
        "input 'u' must be string or null, not integer",
        "input 'o.k' is required",
        "input 'e': 'z' is not one of ['x', 'y']",
        "input 'l.0': 1 is less than the minimum of 3",
    }


def test_long_messages_are_cut_and_broken_schemas_named() -> None:
    (problem,) = problems({"properties": {"e": {"enum": ["y" * 400]}}}, {"e": "z"})
    assert len(problem) < 230
    assert problem.endswith("…")
    (problem,) = problems({"type": "objekt"}, {})
    assert "the inputs schema itself is not valid" in problem


@pytest.mark.requirement("A-36")
@pytest.mark.parametrize(
    ("schema", "names"),
    [
        ({"properties": {"trainingJobName": {}}}, ["traningJobName"]),
        ({"properties": {}, "additionalProperties": True}, []),
        ({"patternProperties": {"x": {}}}, []),
        (None, ["traningJobName"]),
    ],
)
def test_unknown_inputs_are_warnings(schema: Any, names: list[str]) -> None:
    values, warnings = prepare_inputs(schema, {"traningJobName": 1}, workflow_id="w")
    assert values["traningJobName"] == 1
    assert [w.rule for w in warnings] == ["unknown-input"] * len(names)
    if schema and names:
        assert warnings[0].hint == "did you mean 'trainingJobName'?"


# -- the short cut around jsonschema -------------------------------------------------------------

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([1.0, 1.5]), st.sampled_from("ab")
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from("xyz"), inner, max_size=3)
    ),
    max_leaves=6,
)
kinds = st.sampled_from(["string", "integer", "number", "boolean", "object", "array", "null"])


def keywords(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {},
        optional={
            "type": kinds,
            "enum": st.lists(scalars, max_size=3),
            "required": st.lists(st.sampled_from("xyz"), max_size=2, unique=True),
            "properties": st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
            "items": inner,
            "default": scalars,
            "format": st.just("date"),
            "minimum": st.sampled_from([0, 1.5, "x"]),
            "maximum": st.sampled_from([1, 2.0]),
            "minLength": st.just(1),
            "maxLength": st.sampled_from([0, 2]),
        },
    )


schemas = st.recursive(st.one_of(st.booleans(), keywords(st.just({}))), keywords, max_leaves=5)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(schemas, values)
def test_certainly_valid_agrees_with_jsonschema(schema: Any, value: Any) -> None:
    if _certainly_valid(schema, value):
        assert Draft202012Validator(schema).is_valid(value)


def test_the_plain_cases_need_no_jsonschema() -> None:
    schema = {
        "type": "object",
        "required": ["s"],
        "properties": {
            "s": {"type": "string", "enum": ["a"]},
            "l": {"items": {"type": "null"}},
            "n": {"type": "integer", "minimum": 1, "maximum": 3},
            "t": {"type": "string", "minLength": 2, "maxLength": 3},
        },
    }
    assert _certainly_valid(schema, {"s": "a", "l": [None], "free": object()})
    assert all(_certainly_valid(schema, {"s": "a", "n": number}) for number in (1, 2, 3))
    assert all(_certainly_valid(schema, {"s": "a", "t": text}) for text in ("ab", "abc"))
    outside = (
        {"s": "a", "n": 0},
        {"s": "a", "n": 4},
        {"s": "a", "t": "a"},
        {"s": "a", "t": "abcd"},
    )
    for wrong in ({}, {"s": "b"}, {"s": 1}, {"s": "a", "l": [1]}, [], *outside):
        assert not _certainly_valid(schema, wrong)


# -- the order of steps --------------------------------------------------------------------------


@pytest.mark.requirement("A-33", "DEP-06")
@settings(max_examples=200, deadline=None)
@given(st.integers(0, 8), st.data())
def test_a_stable_topological_order(count: int, data: st.DataObject) -> None:
    place = st.integers(0, max(0, count - 1))
    needs = data.draw(st.dictionaries(place, st.lists(place, max_size=3), max_size=count))
    if not count:
        needs = {}
    order, cycle = order_steps(count, needs)
    assert sorted(order) == list(range(count))
    free = [index for index in order if index not in cycle]
    for index in free:
        before = order[: order.index(index)]
        assert all(need in before or need == index for need in needs.get(index, ()))
    assert cycle == sorted(cycle)
    if not any(need > index for index, found in needs.items() for need in found):
        assert order == list(range(count))
        assert cycle == []
