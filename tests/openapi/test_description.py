"""Descriptions of all versions: operations, parameters, bodies, servers, security."""

from __future__ import annotations

from typing import Any

import pytest

from arazzo_runner.errors import ArazzoError
from arazzo_runner.openapi import DanglingReference, Operation
from tests.openapi.support import api, describe, operation, parameter


def found(paths: Any, path: str, method: str = "get", **fields: Any) -> Operation:
    operation = api(paths, **fields).at(path, method)
    assert operation is not None
    return operation


@pytest.mark.parametrize(
    ("data", "version"),
    [
        ({"openapi": "3.0.3"}, "3.0"),
        ({"openapi": "3.1.1"}, "3.1"),
        ({"openapi": "3.2.0"}, "3.2"),
        ({"swagger": "2.0"}, "2.0"),
        ({"swagger": 2.0}, "2.0"),
        ({}, ""),
        ([], ""),
    ],
)
def test_version(data: Any, version: str) -> None:
    assert describe(data).version == version


def test_title() -> None:
    assert api({}).title == "An API"
    assert describe({"openapi": "3.1.0"}).title == ""
    assert describe({"info": {"title": 3}}).title == ""


@pytest.mark.requirement("ST-04")
def test_operation_ids_in_order_and_their_operations() -> None:
    description = api(
        {
            "/b": {"get": {"operationId": "second"}, "put": {"operationId": "first"}},
            "/a": {"post": {"operationId": "third", "summary": "Three", "deprecated": True}},
            "x-note": {"get": {"operationId": "not one"}},
        }
    )
    assert description.operation_ids == ("second", "first", "third")
    (third,) = description.by_id("third")
    assert (third.method, third.path, third.pointer) == ("POST", "/a", ("paths", "/a", "post"))
    assert (third.summary, third.deprecated) == ("Three", True)
    assert description.at("/a", "POST") is third
    assert description.by_id("none") == ()
    assert description.at("/a", "get") is None
    assert description.at("/none", "get") is None


@pytest.mark.requirement("ST-06")
def test_an_id_used_twice_gives_both() -> None:
    description = api({"/a": {"get": {"operationId": "x"}}, "/b": {"get": {"operationId": "x"}}})
    assert [operation.path for operation in description.by_id("x")] == ["/a", "/b"]


def test_the_query_method_and_additional_operations_of_3_2() -> None:
    description = api(
        {
            "/a": {
                "query": {"operationId": "ask"},
                "additionalOperations": {"COPY": {"operationId": "copy"}, "LINK": None},
            }
        },
        version="3.2.0",
    )
    assert description.operation_ids == ("ask", "copy")
    assert description.by_id("ask")[0].method == "QUERY"
    (copy,) = description.by_id("copy")
    assert copy.method == "COPY"
    assert copy.pointer == ("paths", "/a", "additionalOperations", "COPY")
    assert description.at("/a", "copy") is copy


def test_an_operation_is_resolved_only_when_asked_for() -> None:
    paths = {
        "/good": {"get": {"operationId": "good"}},
        "/bad": {"get": {"operationId": "bad", "requestBody": {"$ref": "other.json#/x"}}},
    }
    description = api(paths)
    assert description.operation_ids == ("good", "bad")
    assert description._operations == {}
    description.by_id("good")
    assert list(description._operations) == [("/good", "get")]


def test_parameters_of_path_item_and_operation_are_merged() -> None:
    operation = found(
        {
            "/a/{id}": {
                "parameters": [parameter("id", "path"), parameter("n", style="form")],
                "get": {
                    "parameters": [
                        parameter("n", style="pipeDelimited", explode=False, required=True),
                        parameter("n", "header"),
                    ]
                },
            }
        },
        "/a/{id}",
    )
    merged = [(p.name, p.location, p.style, p.explode) for p in operation.parameters]
    assert merged == [
        ("id", "path", "simple", False),
        ("n", "query", "pipeDelimited", False),
        ("n", "header", "simple", False),
    ]
    assert [p.required for p in operation.parameters] == [True, True, False]


def test_styles_default_and_wrong_styles_are_the_default() -> None:
    target = operation(
        parameters=[
            parameter("a", "cookie"),
            parameter("b", "query", style="simple"),
            parameter("c", "query", style=7, explode="yes", allowReserved=True),
            parameter("d", "query", style="deepObject"),
            parameter("e", "cookie", style="cookie"),
            parameter("f", "header", style=[]),
        ]
    )
    shapes = [(p.style, p.explode, p.allow_reserved) for p in target.parameters]
    assert shapes == [
        ("form", True, False),
        ("form", True, False),
        ("form", True, True),
        ("deepObject", False, False),
        ("cookie", True, False),
        ("simple", False, False),
    ]


def test_content_parameters() -> None:
    target = operation(
        parameters=[
            {"name": "a", "in": "query", "content": {"application/json": {"schema": {"x": 1}}}},
            {"name": "b", "in": "querystring", "content": {"text/plain": None}},
            {"name": "c", "in": "query", "content": {}, "schema": {"y": 1}},
        ]
    )
    parts = [(p.content_type, p.schema) for p in target.parameters]
    assert parts == [("application/json", {"x": 1}), ("text/plain", None), (None, {"y": 1})]


@pytest.mark.parametrize(
    "entry",
    [None, 3, "x", {}, {"name": "", "in": "query"}, {"in": "query"}, {"name": 3, "in": "query"},
     {"name": "a"}, {"name": "a", "in": "nowhere"}, {"name": "a", "in": []}],
)  # fmt: skip
def test_broken_parameters_are_left_out(entry: Any) -> None:
    assert operation(parameters=[entry, parameter("ok")]).parameters[0].name == "ok"


@pytest.mark.parametrize(
    "paths",
    [None, [], "x", 3, {"/a": None}, {"/a": []}, {"/a": {"get": None}}, {"/a": {"get": []}},
     {"/a": {"$ref": "#/nowhere"}}, {"/a": {"$ref": 3}}, {"/a": {"additionalOperations": []}},
     {"/a": {"get": {"operationId": 7}}}],
)  # fmt: skip
def test_broken_paths_have_no_operation_ids(paths: Any) -> None:
    description = api(paths)
    assert description.operation_ids == ()
    assert description.by_id("x") == ()
    description.at("/a", "get")


@pytest.mark.parametrize(
    "fields",
    [
        {"parameters": {}, "requestBody": [], "responses": [], "security": {}, "servers": {}},
        {"requestBody": {"content": []}, "responses": {"200": None}, "servers": [3, {}]},
        {"requestBody": {"content": {"application/json": None}}, "security": [None, {"a": 3}]},
        {"servers": [{"url": 3}], "summary": 3, "deprecated": "yes", "operationId": []},
    ],
)
def test_broken_operations_are_read_as_far_as_they_are_clear(fields: Any) -> None:
    target = operation(**fields)
    assert target.summary is None
    assert target.deprecated is False
    assert target.operation_id is None


def test_integer_status_keys_are_text() -> None:
    description = api({"/a": {"get": {"responses": {}}}})
    description.document.data["paths"]["/a"]["get"]["responses"] = {200: {"description": "x"}}
    operation = description.at("/a", "get")
    assert operation is not None
    assert operation.responses == {"200": {"description": "x"}}


def test_produces_the_types_of_all_answers() -> None:
    target = found(
        {
            "/a": {
                "get": {
                    "responses": {
                        "200": {"content": {"application/xml": {}, "application/json": {}}},
                        "404": {"$ref": "#/components/responses/Problem"},
                        "500": {"$ref": "#/components/responses/Missing"},
                        "default": {"description": "nothing"},
                    }
                }
            }
        },
        "/a",
        components={"responses": {"Problem": {"content": {"application/problem+json": {}}}}},
    )
    assert target.produces == ("application/xml", "application/json", "application/problem+json")


# -- references ----------------------------------------------------------------------------------


def test_references_in_all_places() -> None:
    target = found(
        {"/a": {"$ref": "#/components/pathItems/A"}},
        "/a",
        "post",
        components={
            "pathItems": {
                "A": {
                    "post": {
                        "parameters": [{"$ref": "#/components/parameters/P"}],
                        "requestBody": {"$ref": "#/components/requestBodies/B"},
                    }
                }
            },
            "parameters": {"P": {"$ref": "#/components/parameters/Q"}, "Q": parameter("q")},
            "requestBodies": {
                "B": {
                    "required": True,
                    "content": {"application/json": {"$ref": "#/components/mediaTypes/M"}},
                }
            },
            "mediaTypes": {"M": {"schema": {"type": "object"}, "example": {"a": 1}}},
        },
    )
    assert [p.name for p in target.parameters] == ["q"]
    assert target.request_body is not None
    assert target.request_body.required
    media = target.request_body.content["application/json"]
    assert (media.schema, media.example) == ({"type": "object"}, {"a": 1})
    assert target.notes == ()


def test_fields_beside_the_reference_of_a_path_item_count() -> None:
    description = api(
        {"/a": {"$ref": "#/x", "put": {"operationId": "put"}, "get": {"operationId": "own"}}},
        x={"get": {"operationId": "other"}, "delete": {"operationId": "delete"}},
    )
    assert set(description.operation_ids) == {"own", "put", "delete"}


def test_other_files_are_read_through_the_loader() -> None:
    common = {
        "paths": {"a": {"get": {"operationId": "a", "parameters": [{"$ref": "#/p"}]}}},
        "p": parameter("from common"),
    }
    description = describe(
        {"openapi": "3.0.0", "paths": {"/a": {"$ref": "common.json#/paths/a"}}},
        files={"common.json": common},
    )
    (operation,) = description.by_id("a")
    assert operation.parameters[0].name == "from common"
    assert operation.notes == ()


def test_a_broken_part_is_left_out_with_a_note_that_says_where() -> None:
    target = operation(
        "/a",
        "post",
        parameters=[{"$ref": "#/components/parameters/P"}, parameter("ok")],
        requestBody={"$ref": "common.json#/B"},
    )
    assert [p.name for p in target.parameters] == ["ok"]
    assert target.request_body is None
    first, second = target.notes
    assert "openapi.json:1:" in first
    assert "'$ref: #/components/parameters/P' leads nowhere" in first
    assert "'$ref: common.json#/B' leads to another document" in second


def test_a_media_type_with_a_broken_reference_says_nothing() -> None:
    target = operation("/a", "post", requestBody={"content": {"text/plain": {"$ref": "#/no"}}})
    assert target.request_body is not None
    assert target.request_body.content["text/plain"].schema is None


def test_an_operation_that_is_a_broken_reference_is_an_error_when_it_is_needed() -> None:
    description = api({"/a": {"get": {"$ref": "#/nowhere"}}})
    with pytest.raises(DanglingReference) as caught:
        description.at("/a", "get")
    assert caught.value.location is not None


def test_an_operation_reference_to_something_else_has_no_parts() -> None:
    operation = api({"/a": {"get": {"$ref": "#/info/title"}}}).at("/a", "get")
    assert operation is not None
    assert operation.parameters == ()


# -- servers -------------------------------------------------------------------------------------


def test_the_nearest_servers_win() -> None:
    own = [{"url": "https://operation.test"}]
    item = [{"url": "https://item.test"}]
    description = api(
        {
            "/a": {"servers": item, "get": {"servers": own}, "put": {}},
            "/b": {"get": {"servers": []}},
        },
        servers=[{"url": "https://document.test/{v}", "variables": {"v": {"default": 2}}}],
    )
    urls = []
    for path, method in (("/a", "get"), ("/a", "put"), ("/b", "get")):
        operation = description.at(path, method)
        assert operation is not None
        urls.append(operation.servers[0].resolve())
    assert urls == ["https://operation.test", "https://item.test", "https://document.test/2"]


def test_without_servers_it_is_the_place_of_the_description() -> None:
    description = describe({"openapi": "3.1.0", "paths": {"/a": {"get": {}}}}, uri="https://h/x/d")
    operation = description.at("/a", "get")
    assert operation is not None
    assert operation.servers[0].resolve() == "https://h/"


# -- security ------------------------------------------------------------------------------------


def test_security_of_the_operation_or_of_the_document() -> None:
    description = api(
        {"/a": {"get": {}, "put": {"security": []}, "post": {"security": [{}, {"k": ["s", 1]}]}}},
        security=[{"oauth": ["read"]}],
    )

    def security(method: str) -> Any:
        operation = description.at("/a", method)
        assert operation is not None
        return operation.security

    assert security("get") == ({"oauth": ("read",)},)
    assert security("put") == ()
    assert security("post") == ({}, {"k": ("s", "1")})


def test_security_schemes() -> None:
    schemes = api(
        {},
        components={
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
                "basic": {"type": "http", "scheme": "basic"},
                "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://id.test"},
                "oauth": {"type": "oauth2", "flows": {"implicit": {}}},
                "alias": {"$ref": "#/components/securitySchemes/key"},
                "gone": {"$ref": "#/components/securitySchemes/none"},
                "odd": 7,
            }
        },
    ).security_schemes
    assert list(schemes) == ["key", "basic", "oidc", "oauth", "alias"]
    key = schemes["key"]
    assert (key.name, key.type, key.location, key.parameter) == ("key", "apiKey", "header", "X-Key")
    assert schemes["alias"].parameter == "X-Key"
    assert schemes["basic"].scheme == "basic"
    assert schemes["oidc"].open_id_connect_url == "https://id.test"
    assert schemes["oauth"].flows == {"implicit": {}}
    assert schemes["key"].flows == {}
    assert schemes["key"].open_id_connect_url is None
    assert not any(scheme.is_sigv4 for scheme in schemes.values())


@pytest.mark.parametrize(
    ("name", "scheme"),
    [
        ("sigv4", {"type": "apiKey", "in": "header", "name": "Authorization"}),
        ("aws", {"type": "apiKey", "x-amazon-apigateway-authtype": "awsSigv4"}),
        ("aws", {"type": "http", "scheme": "AWS4-HMAC-SHA256"}),
        ("hmac", {"name": "Authorization", "description": "Amazon Signature Version 4"}),
    ],
)
def test_sigv4_is_recognised(name: str, scheme: Any) -> None:
    schemes = api({}, components={"securitySchemes": {name: scheme}}).security_schemes
    assert schemes[name].is_sigv4


@pytest.mark.parametrize("components", [None, [], {"securitySchemes": []}])
def test_no_security_schemes(components: Any) -> None:
    assert api({}, components=components).security_schemes == {}


def test_following_round_in_a_circle_is_an_error() -> None:
    description = api({}, a={"$ref": "#/b"}, b={"$ref": "#/a"})
    with pytest.raises(ArazzoError, match="round in a circle"):
        description.follow({"$ref": "#/a"})
