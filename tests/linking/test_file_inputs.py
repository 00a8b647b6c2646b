"""Which inputs are files, by where the workflow sends them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from arazzo_runner.execution import Runner
from arazzo_runner.linking import file_inputs

BINARY = {"type": "string", "format": "binary"}
MULTI = {"multipart/form-data": {"schema": {"properties": {"f": BINARY, "t": {}, "many": {
    "type": "array", "items": BINARY}}}}}  # fmt: skip
OPERATIONS = {
    "multi": MULTI,
    "raw": {"application/octet-stream": {}},
    "json": {"application/json": {}},
}


def found(tmp_path: Path, *workflows: Any) -> frozenset[str]:
    paths = {
        f"/{name}": {"post": {"operationId": name, "requestBody": {"content": content}}}
        for name, content in OPERATIONS.items()
    }
    info = {"title": "x", "version": "1"}
    servers = [{"url": "http://a.test"}]
    api = {"openapi": "3.1.0", "info": info, "paths": paths, "servers": servers}
    flow = {
        "arazzo": "1.0.1",
        "info": info,
        "sourceDescriptions": [{"name": "api", "url": "api.json", "type": "openapi"}],
        "workflows": [
            {"workflowId": f"w{number}", "steps": steps} for number, steps in enumerate(workflows)
        ],
    }
    (tmp_path / "api.json").write_text(json.dumps(api))
    (tmp_path / "flow.json").write_text(json.dumps(flow))
    program = Runner().load(str(tmp_path / "flow.json"))
    return file_inputs(program, program.entries["w0"])


def sending(operation: str, payload: Any) -> list[Any]:
    return [{"stepId": "s", "operationId": operation, "requestBody": {"payload": payload}}]


@pytest.mark.parametrize(
    ("operation", "payload", "names"),
    [
        ("multi", {"f": "$inputs.a", "t": "$inputs.b"}, {"a"}),
        ("multi", {"f": "x{$inputs.a}"}, set()),
        ("multi", {"f": "$inputs.a#/b"}, set()),
        ("multi", {"f": {"deep": "$inputs.a"}}, set()),
        ("multi", {"many": ["$inputs.a", "$inputs.b", 5]}, {"a", "b"}),
        ("multi", {"many": "$inputs.a"}, {"a"}),
        ("multi", "$inputs.a", set()),
        ("raw", "$inputs.a", {"a"}),
        ("raw", "text", set()),
        ("json", {"f": "$inputs.a"}, set()),
        ("json", "$inputs.a", set()),
    ],
)
def test_where_it_is_sent(operation: str, payload: Any, names: set[str], tmp_path: Path) -> None:
    assert found(tmp_path, sending(operation, payload)) == names


def test_through_other_workflows(tmp_path: Path) -> None:
    parameters = [
        {"name": "a", "value": "$inputs.mine"},
        {"name": "a2", "value": "$inputs.other"},
    ]
    calling = {"stepId": "c", "workflowId": "w1", "parameters": parameters}
    again = {"stepId": "r", "workflowId": "w0"}
    outer, inner = [calling], [*sending("raw", "$inputs.a"), again]
    assert found(tmp_path, outer, inner) == {"mine"}


def test_a_step_without_a_body(tmp_path: Path) -> None:
    assert found(tmp_path, [{"stepId": "s", "operationId": "raw"}]) == set()
