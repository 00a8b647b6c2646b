"""Dry runs: the requests of the straight path, with what is not known yet made up visibly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from arazzo_runner.auth import AwsSettings
from arazzo_runner.errors import InputError
from arazzo_runner.execution import Settings, link_file
from arazzo_runner.simulation.dry_run import DryRun, dry_run
from arazzo_runner.simulation.wanted_parts import with_parts

API: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "servers": [{"url": "https://api.example/v1"}],
    "paths": {
        "/pets": {
            "get": {
                "operationId": "list",
                "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
                "responses": {
                    "200": {
                        "content": {
                            "text/csv": {},
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "required": ["count", "pets"],
                                    "properties": {
                                        "count": {"type": "integer", "const": 7},
                                        "name": {"type": "string"},
                                        "pets": {"type": "array", "items": {"type": "object"}},
                                    },
                                }
                            },
                        }
                    }
                },
            },
            "post": {
                "operationId": "add",
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                "responses": {
                    "201": {"content": {"application/json": {"example": {"id": 5, "ok": True}}}}
                },
            },
        },
        "/pets/{id}": {"get": {"operationId": "get", "responses": {"default": {}}}},
    },
}
OUTPUTS = {
    "n": "$response.body#/count",
    "name": "$response.body#/name",
    "p": "$response.body#/pets",
}


def planned(
    tmp_path: Path,
    steps: list[dict[str, Any]],
    *,
    inputs: dict[str, Any] | None = None,
    given: dict[str, Any] | None = None,
    more: list[dict[str, Any]] | None = None,
    api: dict[str, Any] | None = None,
    settings: Settings | None = None,
    **workflow: Any,
) -> DryRun:
    first = {"workflowId": "w", "steps": steps, **workflow}
    if inputs is not None:
        first["inputs"] = inputs
    document = {
        "arazzo": "1.1.0",
        "info": {"title": "t", "version": "1"},
        "sourceDescriptions": [{"name": "Pet API", "url": "api.json", "type": "openapi"}],
        "workflows": [first, *(more or [])],
    }
    (tmp_path / "api.json").write_text(json.dumps(api or API))
    file = tmp_path / "flow.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    settings = settings or Settings()
    linked = link_file(str(file), None, settings, any_server=True)
    assert not linked.errors, linked.errors
    return dry_run(linked.program, "w", given or {}, settings)


def get(name: str = "a", value: str = "1", **more: Any) -> dict[str, Any]:
    parameter = {"name": "id", "in": "path", "value": value}
    return {"stepId": name, "operationId": "get", "parameters": [parameter], **more}


def urls(plan: DryRun) -> list[str]:
    return [
        step.request.url.removeprefix("https://api.example/v1") if step.request else ""
        for step in plan.steps
    ]


LIST = {"stepId": "l", "operationId": "list", "outputs": OUTPUTS}


def test_what_an_answer_would_give(tmp_path: Path) -> None:
    plan = planned(
        tmp_path,
        [
            LIST,
            get("a", "$steps.l.outputs.n"),
            get("b", "$steps.l.outputs.name"),
            get("c", "$steps.l.outputs.p#/1/id"),
            get("d", "x{$steps.l.outputs.name}y"),
        ],
    )
    assert plan.ok
    assert urls(plan) == [
        "/pets",
        "/pets/7",
        "/pets/%3Csteps.l.outputs.name%3E",
        "/pets/%3Csteps.l.outputs.p%2F1%2Fid%3E",
        "/pets/x%3Csteps.l.outputs.name%3Ey",
    ]
    assert plan.steps[0].made_up["n"] == 7
    assert plan.steps[0].made_up["name"] == "<steps.l.outputs.name>"


def test_parts_that_texts_are_read_for(tmp_path: Path) -> None:
    """An output of which only a part is used is a structure that has it."""
    outputs = {"who": "$response.body#/who", "deep": "$response.body#/deep"}
    body = {"contentType": "application/json", "payload": {"a": "$steps.l.outputs.who#/x/0/y"}}
    add = {"stepId": "p", "operationId": "add", "requestBody": body}
    plan = planned(
        tmp_path, [{**LIST, "outputs": outputs}, add, get("g", "$steps.l.outputs.deep[0].id")]
    )
    assert plan.ok
    assert plan.steps[1].request
    assert json.loads(plan.steps[1].request.body) == {"a": "<steps.l.outputs.who/x/0/y>"}
    every = get("h", "$steps.l.outputs.deep[*].id")
    long = get("i", "$steps.l.outputs.who.length")
    plan = planned(tmp_path, [{**LIST, "outputs": outputs}, every, long])
    assert urls(plan)[1] == "/pets/%3Csteps.l.outputs.deep%2F0%2Fid%3E"


def test_inputs_are_made_up(tmp_path: Path) -> None:
    inputs = {
        "type": "object",
        "required": ["id"],
        "properties": {
            "id": {"type": "integer", "minimum": 5, "maximum": 5},
            "limit": {"type": "integer"},
            "page": {"type": "string", "default": "first"},
        },
    }
    limit = [{"name": "limit", "in": "query", "value": "$inputs.limit"}]
    steps = [get("a", "$inputs.id"), {**LIST, "parameters": limit}]
    plan = planned(tmp_path, steps, inputs=inputs)
    assert plan.made_up == ("id",), "optional inputs stay away, as in a run"
    assert plan.inputs == {"id": 5, "page": "first"}
    assert urls(plan) == ["/pets/5", "/pets"]
    plan = planned(tmp_path, steps, inputs=inputs, given={"id": 5, "limit": 9})
    assert plan.made_up == ()
    assert urls(plan) == ["/pets/5", "/pets?limit=9"]


def test_optional_inputs_that_a_request_needs(tmp_path: Path) -> None:
    inputs = {"type": "object", "properties": {"id": {"type": "string", "const": "x"}}}
    plan = planned(tmp_path, [get("a", "$inputs.id")], inputs=inputs)
    assert plan.ok
    assert plan.made_up == ("id",)


def test_inputs_that_do_not_fit(tmp_path: Path) -> None:
    inputs = {"type": "object", "properties": {"id": {"type": "integer"}}}
    with pytest.raises(InputError):
        planned(tmp_path, [get("a", "$inputs.id")], inputs=inputs, given={"id": "x"})
    impossible = {"type": "object", "required": ["id"], "properties": {"id": False}}
    plan = planned(tmp_path, [get("a", "$inputs.id")], inputs=impossible)
    assert not plan.ok
    assert any(fault.rule == "made-up-input" for fault in plan.warnings)
    assert plan.steps[0].problem
    assert "id" in plan.steps[0].problem


def test_unconditional_actions_are_followed(tmp_path: Path) -> None:
    def then(**action: Any) -> dict[str, Any]:
        return {"onSuccess": [{"name": "x", **action}]}

    steps = [
        get("a", **then(type="goto", stepId="c")),
        get("b"),
        get("c", **then(type="goto", stepId="a")),
        get("d", **then(type="end")),
        get("e"),
    ]
    assert [s.step_id for s in planned(tmp_path, steps).steps] == ["a", "c", "d"]
    criteria = [{"condition": "$statusCode == 202"}]
    steps = [get("a", **then(type="end", criteria=criteria)), get("b")]
    assert [s.step_id for s in planned(tmp_path, steps).steps] == ["a", "b"]


CHILD = {
    "workflowId": "child",
    "inputs": {
        "type": "object",
        "properties": {"id": {"type": "string"}, "z": {"type": "string", "default": "9"}},
    },
    "steps": [get("one", "$inputs.id"), get("two", "$inputs.z")],
    "outputs": {"seen": "$steps.one.outputs.x", "sent": "$inputs.id"},
}


def test_called_workflows(tmp_path: Path) -> None:
    call = {
        "stepId": "call",
        "workflowId": "child",
        "parameters": [{"name": "id", "value": "5"}],
        "outputs": {"s": "$outputs.sent"},
    }
    plan = planned(tmp_path, [call, get("after", "$steps.call.outputs.s")], more=[CHILD])
    assert plan.ok
    assert urls(plan) == ["/pets/5", "/pets/9", "/pets/%3Csteps.call.outputs.s%3E"]
    assert [step.workflow_id for step in plan.steps] == ["child", "child", "w"]


def test_transfers_and_dependencies(tmp_path: Path) -> None:
    goto = {
        "name": "x",
        "type": "goto",
        "workflowId": "child",
        "parameters": [{"name": "id", "value": "5"}, {"name": "z", "value": "$inputs.nothing"}],
    }
    before = {"workflowId": "before", "steps": [get("zero", "0")]}
    plan = planned(
        tmp_path,
        [get("a", onSuccess=[goto]), get("never")],
        more=[CHILD, before],
        dependsOn=["before"],
    )
    assert [step.step_id for step in plan.steps] == ["zero", "a", "one", "two"]


def test_workflows_that_call_themselves_end(tmp_path: Path) -> None:
    again = {"stepId": "again", "workflowId": "w"}
    plan = planned(tmp_path, [get("a"), again])
    assert len(plan.steps) == 33


def test_a_workflow_step_that_lacks_a_value(tmp_path: Path) -> None:
    child = {**CHILD, "inputs": {**CHILD["inputs"], "required": ["id"]}}
    call = {
        "stepId": "call",
        "workflowId": "child",
        "parameters": [{"name": "id", "value": "$inputs.nothing"}],
    }
    plan = planned(tmp_path, [call], more=[child])
    assert [step.step_id for step in plan.steps if step.problem] == ["call", "one"]


def test_headers_server_signing_and_credentials(tmp_path: Path) -> None:
    api = json.loads(json.dumps(API))
    api["servers"] = [{"url": "/v2"}]
    api["paths"]["/pets"]["get"]["security"] = [{"key": []}]
    api["components"] = {
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
    }
    settings = Settings(headers=(("X-A", "1"), ("accept", "mine")))
    (step,) = planned(tmp_path, [LIST], api=api, settings=settings).steps
    assert step.request
    assert step.request.url == "https://pet-api.invalid/v2/pets"
    assert step.credentials == ("key",)
    assert "--server Pet API=URL" in step.notes[0]
    assert ("X-A", "1") in step.request.headers
    assert ("accept", "mine") not in step.request.headers

    api["servers"] = [{"url": "https://sagemaker.eu-west-1.amazonaws.com"}]
    (step,) = planned(tmp_path, [LIST], api=api).steps
    assert step.signing == ("sagemaker", "eu-west-1")
    settings = Settings(aws=AwsSettings(sign=False))
    (step,) = planned(tmp_path, [LIST], api=api, settings=settings).steps
    assert step.signing is None


def test_no_region_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    api = {**API, "servers": [{"url": "https://api.example"}]}
    settings = Settings(aws=AwsSettings(service="thing"))
    (step,) = planned(tmp_path, [LIST], api=api, settings=settings).steps
    assert "--aws-region" in step.notes[0]


@pytest.mark.parametrize(
    "responses",
    [
        {"200": {"$ref": "#/nowhere"}},
        {"2XX": {"content": {"application/json": {"$ref": "#/nowhere"}}}},
        {"200": {"content": {"application/json": {"schema": False}}}},
        {"200": {"content": {"application/json": {}}}},
        {"200": {"content": {"text/plain": {"schema": {"type": "string"}}}}},
        {"404": {}},
    ],
)
def test_descriptions_that_say_little(tmp_path: Path, responses: dict[str, Any]) -> None:
    api = json.loads(json.dumps(API))
    api["paths"]["/pets"]["get"]["responses"] = responses
    plan = planned(tmp_path, [LIST, get("a", "$steps.l.outputs.n")], api=api)
    assert plan.ok
    assert plan.steps[0].made_up["n"] == "<steps.l.outputs.n>"


def test_version_2(tmp_path: Path) -> None:
    schema = {"type": "object", "required": ["count"], "properties": {"count": {"type": "boolean"}}}
    operations = {
        "list": {"200": {"description": "", "schema": schema}},
        "add": {"204": {"description": ""}},
    }
    paths = {
        f"/{name}": {"get": {"operationId": name, "responses": responses}}
        for name, responses in operations.items()
    }
    api = {"swagger": "2.0", "info": {"title": "t", "version": "1"}, "host": "h", "paths": paths}
    steps = [LIST, {"stepId": "b", "operationId": "add", "outputs": {"s": "$statusCode"}}]
    plan = planned(tmp_path, steps, api=api)
    assert isinstance(plan.steps[0].made_up["n"], bool)
    assert plan.steps[1].made_up == {"s": 204}


def test_request_values_and_missing_bodies(tmp_path: Path) -> None:
    outputs = {"u": "$request.path.id", "v": "$url"}
    plan = planned(tmp_path, [get("a", "5", outputs=outputs)])
    assert plan.steps[0].made_up["u"] == "<steps.a.outputs.u>"


def test_with_parts() -> None:
    assert with_parts("<a>", "a", []) == "<a>"
    assert with_parts({"k": 1}, "a", [("k",)]) == {"k": 1}
    assert with_parts(["x"], "a", [("2", "id")]) == ["x", None, {"id": "<a/2/id>"}]
    assert with_parts([1], "a", [("9999",)]) == {"9999": "<a/9999>"}
