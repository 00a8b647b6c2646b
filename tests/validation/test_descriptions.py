"""Descriptions in slices: what the library is given, what it says, and that it opens nothing."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from arazzo_runner.openapi import Description
from arazzo_runner.reading import parse_document
from arazzo_runner.validation import descriptions as module
from arazzo_runner.validation.descriptions import Verdicts, slice_of, used_operations
from tests.support.paths import SHARED


def description(paths: dict[str, Any], version: str = "3.1.0", **more: Any) -> Description:
    data = {"openapi": version, "info": {"title": "T", "version": "1"}, "paths": paths, **more}
    return Description(parse_document(json.dumps(data).encode(), uri="file:///api.json"))


def operation(**more: Any) -> dict[str, Any]:
    return {"responses": {"200": {"description": "ok"}}, **more}


def answers(schema: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    return {"responses": {"200": {"description": "ok", "content": content}}}


GET = used_operations([("/a", "GET")])


def test_only_what_an_operation_reaches_is_taken() -> None:
    api = description(
        {
            "/a": {"get": answers({"$ref": "#/components/schemas/A"}), "post": operation()},
            "/b": {"get": operation()},
        },
        components={
            "schemas": {
                "A": {"properties": {"b": {"$ref": "#/components/schemas/B"}}},
                "B": {"properties": {"a": {"$ref": "#/components/schemas/A"}}},
                "C": {},
            }
        },
    )
    part = slice_of(api, GET)
    assert list(part.copy["paths"]) == ["/a"]
    assert list(part.copy["paths"]["/a"]) == ["get"]
    assert set(part.copy["components"]["schemas"]) == {"A", "B"}
    assert part.faults == []
    assert set(slice_of(api, None).copy["components"]["schemas"]) == {"A", "B", "C"}


def test_references_that_lead_nowhere_are_said_once_and_left_out() -> None:
    api = description(
        {
            "/a": {
                "get": operation(
                    parameters=[{"$ref": "#/components/parameters/none"}],
                    responses={
                        "200": {"$ref": "#/components/responses/none"},
                        "default": {"$ref": "other.yaml#/x"},
                    },
                )
            }
        },
        components={"schemas": {"Self": {"$ref": "#/components/schemas/Self"}}},
    )
    part = slice_of(api, GET)
    assert [fault.message for fault in part.faults] == [
        "the reference '#/components/responses/none' leads nowhere"
    ]
    assert part.faults[0].pointer == ("paths", "/a", "get", "responses", "200", "$ref")
    assert part.copy["paths"]["/a"]["get"]["parameters"] == []
    assert part.copy["paths"]["/a"]["get"]["responses"]["default"] == {"description": ""}
    turning = description(
        {"/a": {"get": answers({"$ref": "#/components/schemas/Self"})}},
        components={"schemas": {"Self": {"$ref": "#/components/schemas/Self"}}},
    )
    (fault,) = slice_of(turning, GET).faults
    assert fault.message.endswith("leads back to itself")


def test_a_reference_into_a_list_leads_somewhere() -> None:
    part = {"oneOf": [{"type": "string"}]}
    api = description(
        {"/a": {"get": answers({"$ref": "#/components/schemas/A/oneOf/0"})}},
        components={"schemas": {"A": part}},
    )
    found = slice_of(api, GET)
    assert found.faults == []
    assert found.copy["components"]["schemas"]["A"] == part
    assert Verdicts(None).of(api, GET) == []


@pytest.mark.parametrize(
    ("version", "paths"),
    [
        ("3.0.3", {"/a": {"get": {"responses": {"200": {}}}}}),
        ("3.1.0", {"/a": {"get": {"responses": {"200": {}}}}}),
        ("3.2.0", {"/a": {"get": {"responses": {"200": {"headers": 1}}}}}),
    ],
)
def test_what_the_library_says_has_its_place(version: str, paths: dict[str, Any]) -> None:
    faults = Verdicts(None).of(description(paths, version), GET)
    assert faults
    assert faults[0].pointer[:2] == ("paths", "/a")
    assert len(faults[0].message) <= 160


def test_swagger_and_unknown_versions() -> None:
    data = {"swagger": "2.0", "info": {"title": "T"}, "paths": {"/a": {"get": operation()}}}
    old = Description(parse_document(json.dumps(data).encode(), uri="file:///api.json"))
    assert [fault.pointer for fault in Verdicts(None).of(old, GET)] == [("info",)]
    assert Verdicts(None).of(description({"/a": {"get": 1}}, "4.0.0"), GET) == []


def test_nothing_is_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("top secret")
    api = description(
        {
            "/a": {
                "get": answers({"$ref": secret.as_uri()}),
                "parameters": [{"$ref": "http://127.0.0.1:9/p"}],
            }
        }
    )

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("opened")

    Verdicts(None).of(description({"/a": {"get": operation()}}), GET)  # the library is imported
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr(Path, "open", refuse)
    assert "top secret" not in str(Verdicts(None).of(api, GET))
    with pytest.raises(LookupError):
        module._refuse("http://127.0.0.1:9/")


def test_verdicts_are_kept_by_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    api = description({"/a": {"get": {"responses": {"200": {}}}}})
    first = Verdicts(tmp_path / "kept").of(api, GET)
    (entry,) = (tmp_path / "kept").iterdir()

    def never(*_: Any) -> Any:
        raise AssertionError("validated again")

    with monkeypatch.context() as patch:
        patch.setattr(module, "_validated", never)
        assert Verdicts(tmp_path / "kept").of(api, GET) == first
    entry.write_text("{damaged")
    assert Verdicts(tmp_path / "kept").of(api, GET) == first
    assert json.loads(entry.read_text())
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert Verdicts(blocked).of(api, GET) == first


def test_verdicts_do_not_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_KEPT", 4)
    monkeypatch.setattr(module, "_validated", lambda *_: [])
    for number in range(9):
        api = description({"/a": {"get": operation(summary=str(number))}})
        assert Verdicts(tmp_path).of(api, GET) == []
    assert 0 < len(list(tmp_path.iterdir())) <= 4


@pytest.mark.parametrize("entry", ["{}", "1", '[["no pointer"]]', "[[1, 2]]", "null", '"text"'])
def test_an_entry_of_another_kind_is_made_again(entry: str, tmp_path: Path) -> None:
    api = description({"/a": {"get": {"responses": {"200": {}}}}})
    first = Verdicts(tmp_path).of(api, GET)
    (file,) = tmp_path.iterdir()
    file.write_text(entry)
    assert Verdicts(tmp_path).of(api, GET) == first


def test_patterns_are_those_of_ecma_262() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "string", "pattern": r"^\p{L}+$"}}}
    api = description({"/a": {"get": answers(schema)}})
    assert Verdicts(None).of(api, GET) == []
    schema["properties"]["n"]["pattern"] = "^(a$"  # type: ignore[index]
    (fault,) = Verdicts(None).of(description({"/a": {"get": answers(schema)}}), GET)
    assert fault.pointer[:2] == ("paths", "/a")
    assert fault.pointer[-4:] == ("schema", "properties", "n", "pattern")


def test_of_many_faults_always_the_same_are_told() -> None:
    """The library has sets inside: each process has another order."""
    code = """
from tests.validation.test_descriptions import GET, Verdicts, description
answer = {"200": {"description": "ok", "headers": {f"X-Header-{n}": {} for n in range(20)}}}
api = description({"/a": {"get": {"responses": answer}}}, "3.0.0")
print(Verdicts(None).of(api, GET))
"""
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in "123"
    }
    assert len(told) == 1


def test_a_parameter_that_the_path_has_is_missed_at_the_operation() -> None:
    api = description({"/a/{id}'s": {"get": operation()}})
    (fault,) = Verdicts(None).of(api, used_operations([("/a/{id}'s", "GET")]))
    assert fault.pointer == ("paths", "/a/{id}'s", "get")
    assert "'id'" in fault.message
    twice = {path: {"get": operation(operationId="x")} for path in ("/a", "/b")}
    (fault,) = Verdicts(None).of(
        description(twice), used_operations([("/a", "GET"), ("/b", "GET")])
    )
    assert fault.pointer == ("paths", "/b", "get")


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_what_is_in_another_file_is_not_missed(version: str) -> None:
    there = {"$ref": "common.yaml#/components/x/y"}
    body = {"application/json": {"schema": there, "examples": {"a": there}}}
    answer = {
        "description": "ok",
        "headers": {"X-A": there},
        "links": {"next": there},
        "content": body,
    }
    get = {
        "parameters": [there],
        "requestBody": there,
        "responses": {"200": answer, "404": there},
        "callbacks": {"done": there},
    }
    assert Verdicts(None).of(description({"/a": {"get": get}}, version), GET) == []


def test_what_is_in_another_file_is_not_missed_in_version_2() -> None:
    there = {"$ref": "common.yaml#/x"}
    answer = {"description": "ok", "headers": {"X-A": there}, "schema": there}
    data = {
        "swagger": "2.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/a": {"get": {"parameters": [there], "responses": {"200": answer}}}},
    }
    old = Description(parse_document(json.dumps(data).encode(), uri="file:///api.json"))
    assert Verdicts(None).of(old, GET) == []


def test_a_null_is_seen() -> None:
    api = description({"/a": {"get": operation(summary=None)}})
    (fault,) = Verdicts(None).of(api, GET)
    assert fault == (("paths", "/a", "get", "summary"), "None is not of type 'string'")
    assert Verdicts(None).of(description({"/a": {"get": operation(**{"x-a": None})}}), GET) == []
    schema = {"enum": ["a", None], "default": None, "type": ["string", "null"]}
    assert Verdicts(None).of(description({"/a": {"get": answers(schema)}}), GET) == []


def test_many_faults_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    many = {f"x{at}": 1 for at in range(50)}
    api = description({"/a": {"get": {"responses": {str(at): many for at in range(200, 260)}}}})
    assert len(Verdicts(None).of(api, GET)) == 20


def test_a_library_that_fails_is_one_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    import openapi_spec_validator

    class Broken:
        def __init__(self, *_: Any) -> None:
            raise RecursionError

    monkeypatch.setattr(openapi_spec_validator, "OpenAPIV31SpecValidator", Broken)
    (fault,) = Verdicts(None).of(description({"/a": {"get": operation()}}), GET)
    assert fault.message == "the description cannot be checked: RecursionError"


@pytest.mark.parametrize("name", ["figma", "slack", "stripe"])
def test_real_descriptions(name: str) -> None:
    folder = SHARED / "corpus" / "api-evangelist" / name / "openapi"
    if not folder.exists():
        pytest.skip(f"{folder} is missing")
    file = min(folder.iterdir())
    api = Description(parse_document(file.read_bytes(), uri=file.as_uri()))
    path, item = next(iter(api.paths.items()))
    method = next(key for key in item if key in module._METHODS)
    for fault in Verdicts(None).of(api, used_operations([(path, method)])):
        assert "cannot be checked" not in fault.message
        assert api.document.locate(fault.pointer).line >= 1


@pytest.mark.parametrize("thread", [False, True])
def test_requests_is_left_out_where_no_other_thread_may_want_it(thread: bool) -> None:
    code = f"""
import sys, threading
from arazzo_runner.validation.descriptions import _validated
stop = threading.Event()
if {thread}:
    threading.Thread(target=stop.wait, daemon=True).start()
found = _validated({{"openapi": "3.1.0", "info": {{"title": "x"}}, "paths": {{}}}}, "3.1")
print(len(found), "requests" in sys.modules)
import requests
stop.set()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"1 {thread}\n"
