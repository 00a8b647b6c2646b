"""Documents and servers that mean harm, through the whole command."""

from __future__ import annotations

import gzip
import json
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.answers import Answer, Line, json_answer
from tests.support.command import Command
from tests.support.endpoint import Endpoint

API = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "servers": [{"url": "http://127.0.0.1:1"}],
    "paths": {
        "/a": {"get": {"operationId": "first", "responses": {}}},
        "/b/{id}": {
            "get": {
                "operationId": "second",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "X-Id", "in": "header", "schema": {"type": "string"}},
                ],
                "responses": {},
            }
        },
    },
}
FLOW = """
arazzo: 1.0.1
info: {title: t, version: '1'}
sourceDescriptions: [{name: api, url: api.json, type: openapi}]
workflows:
  - workflowId: w
    inputs: INPUTS
    steps:
      - stepId: first
        operationId: first
        outputs: {evil: $response.body#/evil}
      - stepId: second
        operationId: second
        parameters:
          - {name: id, in: path, value: PATH}
          - {name: X-Id, in: header, value: HEADER}
"""
EVIL = "$steps.first.outputs.evil"


@pytest.fixture
def write(tmp_path: Path) -> Path:
    (tmp_path / "api.json").write_text(json.dumps(API))
    return tmp_path / "flow.yaml"


def flow(file: Path, *, path: str = "x", header: str = "x", inputs: str = "{}") -> Path:
    text = FLOW.replace("PATH", path).replace("HEADER", header).replace("INPUTS", inputs)
    file.write_text(text)
    return file


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b"])
def test_a_line_break_in_a_header_is_not_sent(stranger: Command, write: Path, value: str) -> None:
    with Endpoint([json_answer({"evil": value})]) as end:
        done = stranger("run", flow(write, header=EVIL), "--server", f"api={end.url}")
    assert done.code == 1
    assert "X-Id" in done.err
    assert len(end.requests) == 1


@pytest.mark.parametrize(
    ("value", "target"),
    [
        ("../../admin?x=1#y", "/b/..%2F..%2Fadmin%3Fx%3D1%23y"),
        ("a\r\nHost: evil", "/b/a%0D%0AHost%3A%20evil"),
        ("{$inputs.secret}", "/b/%7B%24inputs.secret%7D"),
    ],
)
def test_a_path_stays_one_segment(stranger: Command, write: Path, value: str, target: str) -> None:
    with Endpoint([json_answer({"evil": value}), json_answer({})]) as end:
        done = stranger("run", flow(write, path=EVIL), "--server", f"api={end.url}")
    assert done.code == 0, done.err
    assert end.requests[1].target == target


def test_schemas_fetch_nothing(stranger: Command, write: Path, tmp_path: Path) -> None:
    """References of an inputs schema, to the network or to files, are not followed."""
    (tmp_path / "secret.json").write_text('{"const": "hidden-in-a-file"}')
    with Endpoint([]) as end:
        for reference in (f"{end.url}/schema.json", (tmp_path / "secret.json").as_uri()):
            inputs = f"{{properties: {{a: {{$ref: '{reference}'}}}}}}"
            done = stranger("run", flow(write, inputs=inputs), "-i", "a=1")
            assert done.code == 2
            assert "hidden-in-a-file" not in done.err
    assert not end.requests


def test_a_document_names_no_file(stranger: Command, write: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("hidden")
    with Endpoint([json_answer({}), json_answer({})]) as end:
        file = flow(write, header=f"'@{tmp_path}/secret.txt'")
        assert stranger("run", file, "--server", f"api={end.url}").code == 0
    assert end.requests[1].header("X-Id") == f"@{tmp_path}/secret.txt"


def test_an_answer_that_unpacks_without_end(stranger: Command, write: Path) -> None:
    packed = gzip.compress(b" " * 80 * 2**20, 9)
    headers = (("Content-Type", "application/json"), ("Content-Encoding", "gzip"))

    def write_all(line: Line, answer: Answer) -> bool:
        with suppress(OSError):  # the client leaves when it has seen enough
            line.send(answer.head(("Content-Length", str(len(packed)))) + packed)
        return False

    with Endpoint([Answer(200, headers, packed, write_all)]) as end:
        done = stranger("run", flow(write), "--server", f"api={end.url}")
    assert done.code == 4
    assert "64 MiB" in done.err


def test_a_stranger_s_file_at_once(stranger: Command, write: Path) -> None:
    """What the documentation advises: see everything, send nothing, read nothing else."""
    folder = write.parent
    words = ("--dry-run", "--json", "--allow-files-under", folder, "--deny-private", "--offline")
    done = stranger("run", flow(write, path=EVIL), *words)
    assert done.code == 0, done.err
    data = json.loads(done.out)
    assert data["steps"][1]["request"]["url"].endswith("%3Csteps.first.outputs.evil%3E")
