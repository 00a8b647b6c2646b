"""Answers as the description has them: statuses, media types, examples, headers, dialects."""

from __future__ import annotations

import json
from typing import Any

import pytest

from arazzo_runner.openapi import Description, Operation
from arazzo_runner.reading import parse_document
from arazzo_runner.simulation.answers import AnswerMaker, resource_of
from arazzo_runner.values import ABSENT


def operation(
    responses: Any, *, path: str = "/things/{id}", method: str = "get", **more: Any
) -> Operation:
    version = more.pop("version", {"openapi": "3.1.0"})
    data = {
        **version,
        "info": {"title": "t", "version": "1"},
        "paths": {path: {method: {"responses": responses, **more.pop("fields", {})}}},
        **more,
    }
    document = parse_document(json.dumps(data).encode(), uri="file:///api.json")
    found = Description(document).at(path, method)
    assert found is not None
    return found


def content(schema: Any = None, **more: Any) -> Any:
    media = {**({} if schema is None else {"schema": schema}), **more}
    return {"description": "d", "content": {"application/json": media}}


def base(responses: Any, status: int | None = None, **options: Any) -> Any:
    wanted, headers = options.pop("wanted", {}), options.pop("headers", ())
    made = operation(responses, **options)
    maker = AnswerMaker()
    return maker.base(made, status or maker.success(made), wanted, headers)


@pytest.mark.parametrize(
    ("responses", "method", "status"),
    [
        ({"201": {}, "202": {}, "400": {}}, "post", 201),
        ({"302": {}, "400": {}}, "get", 302),
        ({"400": {}}, "get", 200),
        ({}, "delete", 204),
        ({}, "get", 200),
        ({"default": {}}, "delete", 204),
        ({"2XX": {}, "404": {}}, "get", 200),
    ],
)
def test_the_status_of_a_success(responses: Any, method: str, status: int) -> None:
    assert AnswerMaker().success(operation(responses, method=method)) == status


def test_the_statuses_of_failures() -> None:
    maker = AnswerMaker()
    assert maker.failures(operation({"200": {}, "404": {}, "401": {}})) == [401, 404]
    assert maker.failures(operation({"200": {}})) == [400, 500]


def test_ranges_and_default_describe_a_status() -> None:
    responses = {"4XX": content({"const": "range"}), "default": content({"const": "rest"})}
    assert base(responses, 418).body == "range"
    assert base(responses, 500).body == "rest"
    assert base(responses, 500).doubts == ()


def test_a_status_that_is_not_declared_is_like_its_neighbour() -> None:
    answer = base({"200": content({"const": "x"}), "201": content({"const": "y"})}, 204 - 1)
    assert answer.body == "y"
    assert answer.doubts[0].message == "status 203 is not declared (200, 201)"
    assert base({}, 200).doubts[0].message == "status 200 is not declared (none)"


def test_examples_come_first() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    assert base({"200": content(schema, example={"a": 1})}).body == {"a": 1}
    assert base({"200": content(schema, examples={"x": {"value": {"a": 2}}})}).body == {"a": 2}
    assert base({"200": content(None, example={"b": 1})}).body == {"b": 1}
    broken = {"x": {"$ref": "#/nowhere"}, "y": 5, "z": {"value": {"a": 3}}}
    assert base({"200": content(schema, examples=broken)}).body == {"a": 3}


def test_a_schema_without_a_value_leaves_the_example_or_nothing() -> None:
    assert base({"200": content(False, example={"a": 1})}).body == {"a": 1}
    assert base({"200": content(False)}).body is ABSENT


def test_json_is_preferred_then_xml_then_the_first() -> None:
    def kind(*names: str) -> str:
        listed = {name: {"schema": {"type": "string"}} for name in names}
        return str(base({"200": {"description": "d", "content": listed}}).content_type)

    assert kind("text/csv", "application/hal+json") == "application/hal+json"
    assert kind("text/csv", "application/xml") == "application/xml"
    assert kind("text/csv", "image/png") == "text/csv"
    assert kind("*/*") == "application/json"


def test_bodies_that_cannot_be() -> None:
    responses = {"204": content({"const": 1}), "200": content({"const": 1})}
    assert base(responses, 204).body is ABSENT
    assert base(responses, 200, method="head").body is ABSENT


def test_references_that_lead_nowhere_say_nothing() -> None:
    assert base({"200": {"$ref": "#/nowhere"}}).body is ABSENT
    media = {"description": "d", "content": {"application/json": {"$ref": "#/nowhere"}}}
    assert base({"200": media}).body is ABSENT
    assert base({"200": 5}, 200).body is ABSENT


def test_swagger_answers() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer", "x-nullable": True}}}
    responses = {"200": {"description": "d", "schema": schema}}
    answer = base(
        responses,
        version={"swagger": "2.0"},
        fields={"produces": ["application/xml", "application/json"]},
    )
    assert answer.content_type == "application/json"
    assert set(answer.body) == {"a"}
    plain = base(responses, version={"swagger": "2.0"})
    assert plain.content_type == "application/json"
    example = {"200": {"description": "d", "examples": {"application/json": {"b": 1}}}}
    assert base(example, version={"swagger": "2.0"}, wanted={"b": {}}).body == {"b": 1}


def test_headers() -> None:
    headers = {
        "X-Rate": {"schema": {"type": "integer"}, "example": 7},
        "X-Text": {"schema": {"type": "string"}},
        "X-None": {"schema": False},
        "Location": {"schema": {"type": "string"}},
        "X-Lost": {"$ref": "#/nowhere"},
    }
    responses = {"200": {"description": "d", "headers": headers}}
    names = ("X-Rate", "x-text", "X-None", "location", "X-Other", "Content-Type")
    answer = base(responses, headers=names)
    found = {name.lower(): value for name, value in answer.headers}
    assert found["x-rate"] == "7"
    assert found["x-text"].startswith("x-text-")
    assert found["x-none"] == "x-none-1"
    assert found["location"].startswith("https://api.example.com/things/")
    assert found["x-other"] == "x-other-1"
    assert "content-type" not in found
    assert [doubt.rule for doubt in answer.doubts] == ["header-undeclared"]


def test_what_is_wanted_and_declared_in_branches_or_maps() -> None:
    schema = {
        "oneOf": [
            {"properties": {"a": {"type": "array", "items": {"type": "string"}}}},
            {"properties": {"b": {"type": "object", "additionalProperties": {"type": "string"}}}},
        ]
    }
    answer = base({"200": content(schema)}, wanted={"b": {"x": {}}})
    assert answer.body["b"]["x"]
    assert answer.doubts == ()
    answer = base({"200": content(schema)}, wanted={"a": {"2": {}, "name": {}}})
    assert len(answer.body["a"]) == 3
    assert [doubt.rule for doubt in answer.doubts] == ["part-impossible"]


@pytest.mark.parametrize(
    ("path", "operation_id", "resource"),
    [
        ("/pets/{id}", "getPet", "pet"),
        ("/pets/{id}/policies", None, "policy"),
        ("/", "CreateTrainingJob", "TrainingJob"),
        ("/#Describe", "DescribeTrainingJob", "TrainingJob"),
        ("/?Action=List", "listUsers", "User"),
        ("/status", None, "statu"),
        ("/address", None, "address"),
        ("/{id}", None, "thing"),
    ],
)
def test_what_an_operation_is_about(path: str, operation_id: str | None, resource: str) -> None:
    fields = {"operationId": operation_id} if operation_id else {}
    assert resource_of(operation({}, path=path, fields=fields)) == resource
