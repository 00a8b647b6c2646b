"""OpenAPI 2.0 on the model of 3.x."""

from __future__ import annotations

from typing import Any

import pytest

from arazzo_runner.openapi import Operation, bind
from tests.openapi.support import api, describe


def swagger(fields: Any, **document: Any) -> Operation:
    operation = api({"/a": {"post": fields}}, version="2.0", **document).at("/a", "post")
    assert operation is not None
    return operation


def field(name: str, location: str = "query", **more: Any) -> dict[str, Any]:
    return {"name": name, "in": location, "type": "string", **more}


@pytest.mark.parametrize(
    ("document", "url"),
    [
        ({"host": "h.test", "basePath": "/v1/", "schemes": ["http", "https"]}, "https://h.test/v1"),
        ({"host": "h.test", "schemes": ["http"]}, "http://h.test"),
        ({"host": "h.test"}, "https://h.test"),
        ({"host": " https://h.test/ ", "basePath": "v1"}, "https://h.test/v1"),
        ({"host": "h.test", "schemes": "https", "basePath": 3}, "https://h.test"),
        ({"host": "h.test", "schemes": [3]}, "https://h.test"),
        ({"basePath": "/v1"}, "http://own.test/v1"),
        ({"host": 3}, "http://own.test/"),
    ],
)
def test_server(document: Any, url: str) -> None:
    data = {"swagger": "2.0", "paths": {"/a": {"get": {}}}, **document}
    base = "http://own.test/d.json" if "own.test" in url else "file:///d.json"
    operation = describe(data, uri=base).at("/a", "get")
    assert operation is not None
    assert operation.servers[0].resolve() == url


def test_the_scheme_of_the_description_is_taken_when_none_is_given() -> None:
    data = {"swagger": "2.0", "paths": {"/a": {"get": {"schemes": []}}}, "host": "h.test"}
    operation = describe(data, uri="http://own.test/d.json").at("/a", "get")
    assert operation is not None
    assert operation.servers[0].resolve() == "http://h.test"


def test_operation_schemes_win() -> None:
    operation = swagger({"schemes": ["http"]}, host="h.test", schemes=["https"])
    assert operation.servers[0].resolve() == "http://h.test"


@pytest.mark.requirement("PAR-14")
@pytest.mark.parametrize(
    ("collection_format", "query", "path"),
    [
        (None, "q=a,b", "a,b"),
        ("csv", "q=a,b", "a,b"),
        ("ssv", "q=a%20b", "a%20b"),
        ("tsv", "q=a%09b", "a%09b"),
        ("pipes", "q=a%7Cb", "a%7Cb"),
        ("multi", "q=a&q=b", "a,b"),
        (["csv"], "q=a,b", "a,b"),
    ],
)
def test_collection_format(collection_format: Any, query: str, path: str) -> None:
    more = {"type": "array"} | (
        {"collectionFormat": collection_format} if collection_format else {}
    )
    item = {"get": {"parameters": [field("q", **more), field("p", "path", **more)]}}
    operation = api({"/a/{p}": item}, version="2.0").at("/a/{p}", "get")
    assert operation is not None
    binding = bind(operation, base_url="https://h.test", parameters=[("q", "query"), ("p", "path")])
    url = binding.request([["a", "b"], ["a", "b"]]).url
    assert url == f"https://h.test/a/{path}?{query}"


def test_body_parameter() -> None:
    schema = {"required": ["a"]}
    body = {"name": "any", "in": "body", "required": True, "schema": schema}
    operation = swagger({"parameters": [body], "consumes": ["application/json", "text/json"]})
    assert operation.parameters == ()
    assert operation.request_body is not None
    assert operation.request_body.required
    assert list(operation.request_body.content) == ["application/json", "text/json"]
    binding = bind(operation, base_url="https://h.test", parameters=[], has_body=True)
    assert binding.body_requires(("a",))
    assert not binding.body_requires(("b",))


def test_body_parameter_without_consumes_is_json() -> None:
    operation = swagger({"parameters": [{"name": "b", "in": "body"}]}, consumes="x")
    assert operation.request_body is not None
    assert list(operation.request_body.content) == ["application/json"]
    assert not operation.request_body.required


def test_no_body() -> None:
    assert swagger({}).request_body is None


@pytest.mark.parametrize(
    ("consumes", "fields", "expected"),
    [
        (None, [field("a", "formData")], "application/x-www-form-urlencoded"),
        (["application/json"], [field("a", "formData")], "application/x-www-form-urlencoded"),
        (["multipart/form-data"], [field("a", "formData")], "multipart/form-data"),
        (None, [field("a", "formData", type="file")], "multipart/form-data"),
        (
            ["application/x-www-form-urlencoded"],
            [field("a", "formData", type="file")],
            "multipart/form-data",
        ),
    ],
)
def test_form_data(consumes: Any, fields: Any, expected: str) -> None:
    operation = swagger({"parameters": fields}, consumes=consumes)
    assert operation.request_body is not None
    assert list(operation.request_body.content) == [expected]


def test_form_data_is_written_by_its_collection_format() -> None:
    fields = [
        field("many", "formData", type="array", collectionFormat="multi"),
        field("list", "formData", type="array"),
        field("piped", "formData", type="array", collectionFormat="pipes"),
        field("text", "formData", required=True),
    ]
    binding = bind(
        swagger({"parameters": fields}), base_url="https://h.test", parameters=[], has_body=True
    )
    items = ["a", "b"]
    body = {"many": items, "list": items, "piped": items, "text": "x y"}
    request = binding.request([], body)
    assert request.body == b"many=a&many=b&list=a,b&piped=a%7Cb&text=x%20y"
    assert binding.body_requires(("text",))
    assert not binding.body_requires(("many",))


def test_produces() -> None:
    assert swagger({"produces": ["a/b"]}, produces=["c/d"]).produces == ("a/b",)
    assert swagger({}, produces=["c/d"]).produces == ("c/d",)
    assert swagger({}, produces="c/d").produces == ()


def test_security_definitions() -> None:
    schemes = api(
        {},
        version="2.0",
        securityDefinitions={"b": {"type": "basic"}, "k": {"type": "apiKey", "in": "query"}},
    ).security_schemes
    assert (schemes["b"].type, schemes["b"].scheme) == ("http", "basic")
    assert schemes["k"].location == "query"


@pytest.mark.requirement("PAR-14")
@pytest.mark.parametrize(
    ("outer", "inner", "query"),
    [
        (None, "pipes", "q=a%7Cb,c"),
        ("multi", "ssv", "q=a%20b&q=c"),
        ("pipes", None, "q=a%2Cb%7Cc"),
        ("csv", ["odd"], "q=a%2Cb,c"),
    ],
)
def test_collection_format_of_items(outer: Any, inner: Any, query: str) -> None:
    items = {"type": "array", "items": {"type": "string"}}
    if inner:
        items["collectionFormat"] = inner
    more = {"type": "array", "items": items} | ({"collectionFormat": outer} if outer else {})
    value = [["a", "b"], ["c", None]]
    operation = swagger({"parameters": [field("q", **more)]})
    binding = bind(operation, base_url="https://h.test", parameters=[("q", "query")])
    assert binding.request([value]).url == f"https://h.test/a?{query}"
    operation = swagger({"parameters": [field("q", "formData", **more)]})
    binding = bind(operation, base_url="https://h.test", parameters=[], has_body=True)
    assert binding.request([], {"q": value}).body == query.encode()


def test_collection_format_of_items_of_items() -> None:
    deepest = {"type": "array", "collectionFormat": "pipes", "items": {"type": "string"}}
    items = {"type": "array", "collectionFormat": "ssv", "items": deepest}
    more = {"type": "array", "items": items}
    operation = swagger({"parameters": [field("q", "header", **more)]})
    binding = bind(operation, base_url="https://h.test", parameters=[("q", "header")])
    request = binding.request([[[["a", "b"], ["c"]], [["d"]], "e"]])
    assert dict(request.headers)["q"] == "a|b c,d,e"
