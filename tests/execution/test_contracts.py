"""Answers held against their descriptions, on the checker itself and through real servers."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from arazzo_runner.errors import Fault, UsageError
from arazzo_runner.execution import AsyncRunner, Runner
from arazzo_runner.execution.contracts import ResponseChecker
from arazzo_runner.linking import OperationCall
from arazzo_runner.openapi import Description, decode_response
from arazzo_runner.reading import Loader, parse_document
from arazzo_runner.values import Response
from tests.support.answers import Answer, json_answer
from tests.support.endpoint import Endpoint

JSON = (("Content-Type", "application/json"),)


def description(
    responses: Any, version: str = "3.1.0", loader: Loader | None = None, **more: Any
) -> Description:
    kind = "swagger" if version == "2.0" else "openapi"
    operation = {"operationId": "op", "responses": responses}
    data = {kind: version, "paths": {"/a": {"get": operation, "head": operation}}, **more}
    return Description(
        parse_document(json.dumps(data).encode(), uri="file:///d/api.json", name="api"), loader
    )


def checked(
    source: Description,
    body: Any = None,
    status: int = 200,
    headers: tuple[tuple[str, str], ...] = JSON,
    *,
    method: str = "get",
    checker: ResponseChecker | None = None,
) -> tuple[Fault, ...]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return answered(source, decode_response(status, headers, raw), method, checker)


def answered(
    source: Description,
    response: Response,
    method: str = "get",
    checker: ResponseChecker | None = None,
) -> tuple[Fault, ...]:
    operation = source.at("/a", method)
    assert operation is not None
    call = OperationCall("s", source, operation, None, "", "")  # type: ignore[arg-type]
    return (checker or ResponseChecker("error")).check(call, response)


def body_errors(
    schema: Any, body: Any, version: str = "3.1.0", **more: Any
) -> list[tuple[str, str]]:
    responses = {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}
    if version == "2.0":
        responses = {"200": {"description": "", "schema": schema}}
    faults = checked(description(responses, version, **more), body)
    assert all(fault.rule == "response-body" for fault in faults), faults
    return [(fault.pointer, fault.message) for fault in faults]


# -- status, content type, headers ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "status", "fits"),
    [
        (["200"], 200, True),
        (["200"], 201, False),
        (["2XX"], 299, True),
        (["2xx"], 201, True),
        (["default"], 500, True),
        (["200", "4XX"], 500, False),
        ([], 200, False),
    ],
)
def test_status(declared: list[str], status: int, fits: bool) -> None:
    found = checked(description({name: {} for name in declared}), {}, status)
    assert [fault.rule for fault in found] == ([] if fits else ["response-status"])
    if not fits:
        assert f"GET /a answered {status}" in found[0].message
        assert found[0].severity == "error"


CONTENT = {"200": {"content": {"application/json": {}, "text/*": {}}}}


@pytest.mark.parametrize(
    ("content_type", "rules"),
    [
        ("application/json; charset=utf-8", []),
        ("application/problem+json", []),
        ("text/csv", []),
        ("application/xml", ["response-content-type"]),
        ("", ["response-content-type"]),
    ],
)
def test_content_type(content_type: str, rules: list[str]) -> None:
    headers = (("Content-Type", content_type),) if content_type else ()
    assert [f.rule for f in checked(description(CONTENT), {}, headers=headers)] == rules


def test_bodies_that_are_missing() -> None:
    assert [f.rule for f in checked(description(CONTENT), b"")] == ["response-body"]
    assert checked(description(CONTENT), b"", method="head") == ()
    assert checked(description({"204": CONTENT["200"]}), b"", 204) == ()
    assert checked(description({"200": {}}), {"a": 1}) == (), "nothing is said of a body"
    assert "is not JSON" in checked(description(CONTENT), b"<html>")[0].message


@pytest.mark.parametrize(
    ("header", "value", "message"),
    [
        ({"required": True}, None, "the answer has no header 'X-A'"),
        ({"schema": {"type": "integer"}}, None, None),
        ({"schema": {"type": "integer"}}, "5", None),
        ({"schema": {"type": "integer"}}, "five", "header 'X-A': 'five' is not of type 'integer'"),
        ({"schema": {"type": "number"}}, "1.5", None),
        ({"schema": {"type": "boolean"}}, "true", None),
        ({"schema": {"type": ["string", "null"]}}, "true", None),
        ({"schema": {"type": "array", "items": {"type": "integer"}}}, "1, 2", None),
        ({"schema": {"type": "array", "items": {"type": "integer"}}}, "1, b", "X-A' at $[1]: 'b'"),
        ({"schema": {"$ref": "#/components/schemas/N"}}, "5", None),
        ({"content": {"application/json": {"schema": {"required": ["a"]}}}}, '{"a": 1}', None),
        ({"content": {"application/json": {"schema": {"required": ["a"]}}}}, "{}", "required"),
        ({"content": {"application/json": {"schema": {}}}}, "{", "is not JSON"),
        ({"content": {"text/plain": {"schema": {"maxLength": 1}}}}, "ab", "too long"),
        ({"$ref": "#/nowhere"}, "x", None),
        ({}, "x", None),
    ],
)
def test_headers(header: Any, value: str | None, message: str | None) -> None:
    source = description(
        {"200": {"headers": {"X-A": header, "Content-Type": {"required": True}}}},
        components={"schemas": {"N": {"type": "integer"}}},
    )
    found = checked(source, {}, headers=() if value is None else (("x-a", value),))
    assert [f.rule for f in found] == ([] if message is None else ["response-header"])
    if message:
        assert message in found[0].message


def test_headers_of_version_2() -> None:
    source = description({"200": {"headers": {"X-A": {"type": "integer"}}}}, "2.0")
    assert checked(source, {}, headers=(("X-A", "5"),)) == ()
    assert checked(source, {}, headers=(("X-A", "b"),))[0].rule == "response-header"


# -- bodies --------------------------------------------------------------------------------------


def test_the_place_in_the_answer() -> None:
    price = {"type": "object", "properties": {"price/net": {"type": "number"}}}
    schema = {"type": "object", "properties": {"items": {"type": "array", "items": price}}}
    found = body_errors(schema, {"items": [{}, {"price/net": "x"}]})
    (only,) = found
    assert only[0] == "/items/1/price~1net"
    assert only[1] == (
        "the body does not fit at $.items[1]['price/net']: 'x' is not of type 'number'"
    )


@pytest.mark.parametrize(
    ("schema", "value", "version", "fits"),
    [
        ({"type": "string", "nullable": True}, None, "3.0.3", True),
        ({"type": "string", "nullable": True}, 5, "3.0.3", False),
        ({"type": "string", "enum": ["a"], "nullable": True}, None, "3.0.3", True),
        ({"type": "string", "nullable": True}, None, "3.1.0", False),
        ({"type": ["string", "null"]}, None, "3.1.0", True),
        ({"type": "string", "x-nullable": True}, None, "2.0", True),
        ({"minimum": 5, "exclusiveMinimum": True}, 5, "3.0.0", False),
        ({"minimum": 5, "exclusiveMinimum": False}, 5, "3.0.0", True),
        ({"maximum": 5, "exclusiveMaximum": True}, 5, "2.0", False),
        ({"exclusiveMaximum": True}, 5, "2.0", True),
        ({"exclusiveMinimum": 5}, 5, "3.1.0", False),
        ({"type": "file"}, {"a": 1}, "2.0", True),
        ({"allOf": [{"type": "object"}], "nullable": True}, None, "3.0.0", True),
        ({"const": 1}, True, "3.1.0", False),
        ({"type": "integer", "format": "int32"}, 2**31, "3.1.0", False),
        ({"type": "integer", "format": "int32"}, -(2**31), "3.1.0", True),
        ({"type": "integer", "format": "int64"}, 2**63, "3.0.0", False),
        ({"type": "string", "format": "int64"}, "x", "3.0.0", True),
        ({"type": "string", "format": "date-time"}, "2026-01-01 10:00", "3.0.0", False),
        ({"type": "string", "format": "date-time"}, "2026-01-01T10:00:00Z", "3.0.0", True),
        ({"type": "string", "format": "uuid"}, "no", "3.1.0", False),
        ({"type": "string", "format": "binary"}, "no", "3.0.0", True),
        ({"type": "string", "pattern": "^\\p{Lu}+$"}, "Ä", "3.1.0", True),
        ({"type": "string", "pattern": "^[a-z]+$"}, "A", "3.1.0", False),
        ({"type": "string", "pattern": "(("}, "A", "3.1.0", True),
        ({"pattern": "a"}, 5, "3.1.0", True),
        ({"uniqueItems": True}, [1, True, {"a": [1]}, {"a": [2]}], "3.1.0", True),
        ({"uniqueItems": True}, [{"a": 1, "b": 2}, {"b": 2, "a": 1.0}], "3.1.0", False),
        ({"uniqueItems": True}, 5, "3.1.0", True),
        ({"uniqueItems": False}, [1, 1], "3.1.0", True),
        ({"prefixItems": [{"type": "string"}]}, [1], "3.1.0", False),
        ({"items": [{"type": "string"}]}, [1], "3.0.0", None),
        ({"dependentSchemas": {"a": {"required": ["b"]}}}, {"a": 1}, "3.1.0", False),
        ({"additionalProperties": False}, {"a": 1}, "3.1.0", False),
        ({"additionalProperties": {"type": "string"}}, {"a": 1}, "3.0.0", False),
        ({"not": {"type": "object"}}, {}, "3.0.0", False),
        (False, {}, "3.1.0", False),
        ("nonsense", {}, "3.1.0", True),
        ({"oneOf": [{"type": "string"}, {"type": "array"}]}, {}, "3.1.0", False),
        ({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, {}, "3.1.0", False),
        ({"type": "string"}, {"a": 1}, "3.1.0", False),
        ({"type": "string"}, [1], "3.1.0", False),
    ],
)
def test_dialects(schema: Any, value: Any, version: str, fits: bool | None) -> None:
    if fits is None:  # broken by the version: said, not raised
        source = description(
            {"200": {"content": {"application/json": {"schema": schema}}}}, version
        )
        assert [fault.rule for fault in checked(source, value)] == ["response-unchecked"]
    else:
        assert (body_errors(schema, value, version) == []) is fits


def test_what_is_only_written_need_not_be_answered() -> None:
    schema = {
        "required": ["password", "id"],
        "properties": {"password": {"writeOnly": True}, "id": {}},
    }
    assert body_errors(schema, {"id": 1}, "3.0.0") == []
    assert body_errors(schema, {}, "3.0.0") != []


SCHEMAS = {
    "Node": {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string"},
            "next": {"$ref": "#/components/schemas/Node"},
            "kids": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
        },
    },
    "Closed": {
        "allOf": [{"$ref": "#/components/schemas/Node"}],
        "unevaluatedProperties": False,
    },
    "Round": {"allOf": [{"$ref": "#/components/schemas/Round"}]},
    "Chain": {"$ref": "#/components/schemas/Chain"},
    "Beside": {"$ref": "#/components/schemas/Node", "required": ["kids"]},
}


def reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def test_references_are_followed_as_deep_as_the_answer_goes() -> None:
    components = {"schemas": SCHEMAS}
    deep: Any = {"name": 5}
    for _ in range(30):
        deep = {"name": "a", "next": deep}
    ((pointer, message),) = body_errors(reference("Node"), deep, components=components)
    assert pointer == "/next" * 30 + "/name"
    assert "5 is not of type 'string'" in message
    assert body_errors(reference("Closed"), {"name": "a"}, components=components) == []
    assert body_errors(reference("Closed"), {"name": "a", "x": 1}, components=components)
    assert body_errors(reference("Beside"), {"name": "a"}, components=components)
    assert not body_errors(reference("Beside"), {"name": "a"}, "3.0.0", components=components)
    assert body_errors(reference("Nowhere"), {"name": 1}, components=components) == []


def test_other_documents_come_through_our_own_loader(tmp_path: Path) -> None:
    (tmp_path / "parts.json").write_text(
        json.dumps({"N": {"type": "integer"}, "M": {"$ref": "#/N"}})
    )
    uri = (tmp_path / "parts.json").as_uri()
    responses = {"200": {"content": {"application/json": {"schema": {"$ref": f"{uri}#/M"}}}}}
    assert len(checked(description(responses, loader=Loader()), "x")) == 1
    with Endpoint([]) as end:  # no loader fetches here, and the validator never does by itself
        schema = {
            "$id": f"{end.url}/root",
            "$schema": f"{end.url}/dialect",
            "allOf": [{"$ref": f"{end.url}/x.json"}, {"$ref": "other.json#/a"}],
            "$dynamicRef": f"{end.url}/y",
        }
        assert body_errors(schema, {"a": 1}) == []
    assert not end.requests


def test_work_is_bounded() -> None:
    """A schema that branches at every level, and one that never ends."""
    branch = {"type": "object", "properties": {"a": reference("Tree")}}
    tree = {"oneOf": [{**branch, "title": str(n)} for n in range(4)]}
    deep: Any = 1
    for _ in range(40):
        deep = {"a": deep}
    source = description(
        {"200": {"content": {"application/json": {"schema": reference("Tree")}}}},
        components={"schemas": {"Tree": tree}},
    )
    assert {f.rule for f in checked(source, deep)} == {"response-unchecked"}
    for name in ("Round", "Chain"):
        source = description(
            {"200": {"content": {"application/json": {"schema": reference(name)}}}},
            components={"schemas": SCHEMAS},
        )
        (fault,) = checked(source, {})
        assert (fault.rule, fault.severity) == ("response-unchecked", "warning")
        assert "nested too deep" in fault.message


def test_many_deviations_are_cut() -> None:
    found = body_errors({"items": {"type": "string"}}, list(range(1000)))
    assert len(found) == 20
    assert len(body_errors({"const": "x"}, "y" * 5000)[0][1]) < 300


def test_schemas_are_compiled_once() -> None:
    source = description({"200": {"content": {"application/json": {"schema": {"type": "string"}}}}})
    checker = ResponseChecker("warn")
    for _ in range(3):
        (fault,) = checked(source, 5, checker=checker)
        assert fault.severity == "warning"


@pytest.mark.parametrize(
    "responses",
    [
        {"200": {"$ref": "#/nowhere"}},
        {"200": "text"},
        {"200": {"content": {"application/json": {"$ref": "#/nowhere"}}}},
        {"200": {"content": "x", "headers": "y"}},
        {"200": {"content": {"application/json": "x"}}},
        {"200": {"headers": {"X-A": "x"}, "content": {"application/json": {"schema": 5}}}},
        {"200": {"content": {"application/json": {"schema": {"type": "thing"}}}}},
        {"200": {"content": {"application/json": {"schema": {"required": 5, "minLength": "x"}}}}},
    ],
)
def test_broken_descriptions_raise_nothing(responses: Any) -> None:
    for fault in checked(description(responses), {"a": "b"}, headers=(*JSON, ("X-A", "b"))):
        assert fault.rule == "response-unchecked"


# -- runs ----------------------------------------------------------------------------------------

API = """
openapi: 3.0.3
info: {title: t, version: '1'}
servers: [{url: "http://api.example"}]
paths:
  /a:
    get:
      operationId: op
      responses:
        '200':
          content:
            application/json: {schema: {required: [id], properties: {id: {type: integer}}}}
"""
FLOW = """
arazzo: 1.0.1
info: {title: t, version: '1'}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
workflows:
  - workflowId: w
    steps:
      - stepId: a
        operationId: op
        outputs: {id: $response.body#/id}
        onFailure: [{name: again, type: retry, retryLimit: 1}]
    outputs: {id: $steps.a.outputs.id}
"""


@pytest.fixture
def flow(tmp_path: Path) -> str:
    (tmp_path / "api.yaml").write_text(API)
    (tmp_path / "flow.yaml").write_text(FLOW)
    return str(tmp_path / "flow.yaml")


def run(flow: str, answers: list[Answer], *, asynchronous: bool, mode: str | None) -> Any:
    async def go(servers: dict[str, str]) -> Any:
        async with AsyncRunner(servers=servers, check_responses=mode) as runner:
            return await runner.run(flow)

    with Endpoint(answers) as end:
        servers = {"api": end.url}
        if asynchronous:
            return asyncio.run(go(servers))
        with Runner(servers=servers, check_responses=mode) as runner:
            return runner.run(flow)


both = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])


@both
def test_a_warning_goes_on(flow: str, asynchronous: bool) -> None:
    result = run(flow, [json_answer({"id": "x"})], asynchronous=asynchronous, mode="warn")
    assert result.ok
    assert result.outputs == {"id": "x"}
    (warning,) = result.warnings
    assert (warning.rule, warning.pointer, warning.severity) == ("response-body", "/id", "warning")
    assert warning.location.line == 8


@both
def test_an_error_fails_the_step_and_its_actions_follow(flow: str, asynchronous: bool) -> None:
    answers = [json_answer({"id": "x"}), json_answer({"id": 1})]
    result = run(flow, answers, asynchronous=asynchronous, mode="error")
    assert result.ok
    assert result.steps[-1].attempts == 2
    result = run(flow, answers[:1] * 2, asynchronous=asynchronous, mode="error")
    assert (result.status, result.error.kind) == ("failed", "contract")
    assert "$.id: 'x' is not of type 'integer'" in result.error.message
    assert result.exit_code == 1


def test_what_failed_already_stays_the_reason(flow: str) -> None:
    bad = json_answer({"id": "x"}, status=500)
    result = run(flow, [bad, bad], asynchronous=False, mode="error")
    assert result.error.kind == "criteria"
    assert [warning.rule for warning in result.warnings] == ["response-status"]


def test_nothing_is_checked_unasked(flow: str) -> None:
    result = run(flow, [json_answer({"id": "x"})], asynchronous=False, mode=None)
    assert result.ok
    assert result.warnings == ()


def test_another_mode_is_refused() -> None:
    with pytest.raises(UsageError, match="check_responses"):
        Runner(check_responses="maybe")
