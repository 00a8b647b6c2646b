"""Whatever comes in: descriptions, values and answers of all shapes end in ours or in nothing."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from arazzo_runner.errors import ArazzoError
from arazzo_runner.openapi import Binding, BindingError, bind, decode_response, serialize
from arazzo_runner.values import ABSENT, Request
from tests.openapi.support import SERVER, describe, operation, parameter, posting

FEW = settings(max_examples=60, deadline=None)

KEYS = st.sampled_from(
    ["get", "post", "parameters", "requestBody", "content", "schema", "$ref", "name", "in",
     "required", "properties", "items", "allOf", "servers", "url", "variables", "default",
     "operationId", "responses", "200", "application/json", "security", "encoding", "style"]
)  # fmt: skip
TEXTS = st.sampled_from(
    ["path", "query", "a", "#/paths", "#/x", "#/components/x", "https://{a}.test", "/x", "form",
     "deepObject", "array", "object", "string", "", "\0", "é"]
)  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers(-5, 500) | TEXTS
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | TEXTS, inner, max_size=4),
    max_leaves=15,
)
PARAMETER = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["a", "id", "X-H", ""]) | LEAVES,
        "in": st.sampled_from(["path", "query", "header", "cookie", "body", "formData"]) | JSON,
        "style": TEXTS | JSON,
        "explode": st.booleans() | JSON,
        "required": st.booleans() | JSON,
        "schema": JSON,
        "content": JSON,
        "collectionFormat": JSON,
        "$ref": TEXTS,
    },
)
OPERATION = st.fixed_dictionaries(
    {},
    optional={
        "operationId": TEXTS | JSON,
        "parameters": st.lists(PARAMETER | JSON, max_size=3) | JSON,
        "requestBody": st.fixed_dictionaries({"content": JSON}) | JSON,
        "responses": JSON,
        "servers": JSON,
        "security": JSON,
        "schemes": JSON,
        "consumes": JSON,
        "produces": JSON,
    },
)
ITEM = st.dictionaries(st.sampled_from(["get", "post", "parameters", "$ref"]), OPERATION | JSON)
DESCRIPTION = st.fixed_dictionaries(
    {"paths": st.dictionaries(st.sampled_from(["/{id}", "/x?a={b}", "#x", ""]), ITEM) | JSON},
    optional={
        "openapi": st.sampled_from(["3.0.0", "3.1.0"]) | JSON,
        "swagger": st.just("2.0"),
        "components": JSON,
        "servers": JSON,
        "security": JSON,
        "info": JSON,
        "host": JSON,
        "basePath": JSON,
        "schemes": JSON,
        "securityDefinitions": JSON,
    },
)


@FEW
@given(DESCRIPTION | JSON)
def test_any_description_gives_operations_or_our_errors(data: Any) -> None:
    try:
        description = describe(data)
        _use(description)
    except ArazzoError:
        pass


def _use(description: Any) -> None:
    assert isinstance(description.title, str)
    assert isinstance(description.version, str)
    for scheme in description.security_schemes.values():
        assert scheme.is_sigv4 in (True, False)
    for path, method, _ in description.operations():
        try:
            target = description.at(path, method)
            assert target is not None
            for server in target.servers:
                server.resolve({})
            bound = bind(
                target,
                base_url=SERVER,
                parameters=[("id", "path"), ("a", "query")],
                has_body=True,
            )
            bound.body_requires(("a", "0", "a"))
            assert isinstance(bound.request(["x", ["y"]], {"a": [1], "b": {"c": "d"}}), Request)
        except ArazzoError:
            continue
    assert isinstance(description.operation_ids, tuple)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary(max_size=5)
    | st.just(ABSENT),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
LOCATIONS = ("path", "query", "header", "cookie", "querystring")


def _bindings() -> list[Binding]:
    given = [("p", "path"), ("q", "query"), ("H", "header"), ("c", "cookie"), ("s", "querystring")]
    declared = [
        [],
        [parameter("p", "path", style="matrix"), parameter("q", style="deepObject")],
        [parameter("p", "path", style="label", explode=True), parameter("q", allowReserved=True)],
    ]
    bodies = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data", "a/b")
    return [
        bind(
            operation(
                path, "post", parameters=parameters, requestBody={"content": {media: {}}}
            ),
            base_url=SERVER,
            parameters=given,
            has_body=True,
        )
        for parameters in declared
        for media in bodies
        for path in ("/x/{p}", "/x/{p+}")
    ]  # fmt: skip


BINDINGS = _bindings()


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(BINDINGS), st.lists(VALUES, min_size=5, max_size=5), VALUES)
def test_any_values_give_a_request_or_a_binding_error(
    bound: Binding, values: list[Any], body: Any
) -> None:
    try:
        request = bound.request(values, body)
    except BindingError:
        return
    assert request.url.isascii()
    assert " " not in request.url
    assert request.url.startswith(f"{SERVER}/x/")
    assert "#" not in request.url
    for name, value in request.headers:
        assert not set("\r\n\0") & set(name + value)
    urlsplit(request.url)


@FEW
@given(st.text(st.characters(exclude_categories=["Cs"])) | st.integers())
@example("a/../b")
@example("%2e%2e")
def test_percent_encoding_goes_round_trip(value: Any) -> None:
    bound = bind(operation("/x/{p}/y"), base_url=SERVER, parameters=[("p", "path"), ("q", "query")])
    if str(value) in ("", ".", ".."):
        with pytest.raises(BindingError):
            bound.request([value, value])
        return
    parts = urlsplit(bound.request([value, value]).url)
    assert unquote(parts.path.split("/")[3]) == str(value)
    assert parse_qsl(parts.query, keep_blank_values=True, separator="&") == [("q", str(value))]


@FEW
@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.text()))
def test_forms_go_round_trip(value: dict[str, str]) -> None:
    try:
        body = posting({"application/x-www-form-urlencoded": {}}).request([], value).body
    except BindingError:
        assert any("\ud800" <= c <= "\udfff" for text in value.values() for c in text)
        return
    assert dict(parse_qsl(body.decode(), keep_blank_values=True)) == value


@FEW
@given(
    VALUES,
    st.sampled_from(["simple", "label", "matrix", "form", "pipeDelimited", "deepObject", "cookie"]),
    st.sampled_from(LOCATIONS),
    st.booleans(),
    st.booleans(),
)
def test_any_value_in_any_style(
    value: Any, style: str, location: str, explode: bool, reserved: bool
) -> None:
    try:
        text = serialize(
            "n", value, location=location, style=style, explode=explode, allow_reserved=reserved
        )
    except BindingError:
        return
    if location != "header":
        assert text.isascii()


TYPES = [
    "",
    "application/json",
    "text/plain",
    "image/png",
    "a/b",
    "application/xml; charset=utf-16",
    "text/plain; charset=idna",
    "application/json; charset=utf-7",
]


@settings(max_examples=150, deadline=None)
@given(
    st.binary() | st.text().map(lambda text: text.encode("utf-8", "replace")),
    st.sampled_from(TYPES) | st.text(),
)
def test_any_answer_is_decoded(raw: bytes, content_type: str) -> None:
    response = decode_response(200, (("Content-Type", content_type),), raw)
    assert response.size == len(raw)
    if not raw:
        assert response.body is ABSENT
    elif content_type == "image/png":
        assert response.body == raw
    elif content_type == "text/plain":
        assert isinstance(response.body, str)
