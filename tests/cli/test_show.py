"""``list`` and ``show``: what a workflow needs, and an example that works."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from arazzo_runner.cli.commands_running import RUN
from arazzo_runner.cli.example import example_command, example_value, required_inputs
from arazzo_runner.cli.inputs import input_schema, read_inputs
from arazzo_runner.cli.main import main
from arazzo_runner.cli.parsing import parse_arguments
from arazzo_runner.values import Redactor
from tests.cli.flows import API, FLOW, write_flow
from tests.support.goldens import check_golden
from tests.support.paths import SHARED, require

GOLDENS = Path(__file__).parent / "goldens"


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.chdir(tmp_path)


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(words)
    out, err = capsys.readouterr()
    return code, out, err


def test_list(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_flow(tmp_path, FLOW.replace("api.yaml", "missing.yaml"))
    code, out, err = shown(capsys, "list", "flow.yaml")
    assert (code, err) == (0, "")
    assert out == "run-job  2 steps  Create a job and wait until it is done.\n"
    _, out, _ = shown(capsys, "list", "flow.yaml", "--json")
    assert json.loads(out) == {
        "file": "flow.yaml",
        "arazzo": "1.0.1",
        "title": "Jobs",
        "version": "1.0.0",
        "workflows": [
            {
                "workflowId": "run-job",
                "summary": "Create a job and wait until it is done.",
                "steps": 2,
            }
        ],
    }


def test_list_of_a_document_with_faults(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_flow(tmp_path, FLOW.replace("- stepId: wait", "- stepIdd: wait"))
    code, out, err = shown(capsys, "list", "flow.yaml")
    assert code == 3
    assert out.startswith("run-job  1 step ")
    assert "'stepId' is missing" in err


def test_show(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_flow(tmp_path)
    code, out, err = shown(capsys, "show", "flow.yaml")
    check_golden(GOLDENS / "show.txt", out)
    assert (code, err) == (0, "")
    _, out, _ = shown(capsys, "show", "flow.yaml", "run-job", "--json")
    check_golden(GOLDENS / "show.json", json.dumps(json.loads(out), indent=2) + "\n")


def test_show_with_a_server_override(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_flow(tmp_path)
    _, out, _ = shown(capsys, "show", "flow.yaml", "--server", "jobs=http://127.0.0.1:1")
    assert "http://127.0.0.1:1" in out
    assert "instead of https://jobs.example.com/v1" in out


def test_show_of_what_does_not_link(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_flow(tmp_path, FLOW.replace("operationId: getJob", "operationId: getJobb"))
    code, out, err = shown(capsys, "show", "flow.yaml")
    assert code == 3
    assert "create  POST /jobs  createJob  (jobs)" in out
    assert "getJobb (not resolved)" in out
    assert "arazzo run flow.yaml" in out
    assert "did you mean 'getJob'?" in err


def test_show_without_the_description(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    write_flow(tmp_path)
    (tmp_path / "api.yaml").unlink()
    code, out, err = shown(capsys, "show", "flow.yaml")
    assert code == 3
    assert "createJob (not resolved)" in out
    assert "api.yaml" in err


def test_the_example_of_a_relative_server_has_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    write_flow(tmp_path, api=API.replace("https://jobs.example.com/{stage}", "/{stage}"))
    _, out, _ = shown(capsys, "show", "flow.yaml")
    assert "--server jobs=http://127.0.0.1:8080" in out


def test_a_workflow_that_calls_workflows(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    outer = """\
  - workflowId: outer
    dependsOn: [run-job]
    steps:
      - {stepId: inner, workflowId: run-job, parameters: [{name: name, value: x}]}
"""
    write_flow(tmp_path, FLOW + outer)
    _, out, _ = shown(capsys, "show", "flow.yaml", "outer")
    assert "Runs first\n  run-job" in out
    assert "1. inner  runs workflow run-job" in out
    assert "arazzo run flow.yaml outer" in out


def test_show_of_the_published_sagemaker_workflow(capsys: pytest.CaptureFixture[str]) -> None:
    folder = require(SHARED / "seed" / "workflows")
    file = folder / "amazon-sagemaker-train-and-poll-job-workflow.yml"
    code, out, _ = shown(capsys, "show", str(file), "--json")
    data = json.loads(out)
    assert code == 0
    assert data["credentials"] == [
        {
            "source": "sagemakerApi",
            "kind": "aws-sigv4",
            "service": "sagemaker",
            "region": "us-east-1",
        }
    ]
    assert data["servers"][0]["variables"] == {"region": "us-east-1"}
    assert [step["operation"]["operationId"] for step in data["steps"]] == [
        "CreateTrainingJob",
        "DescribeTrainingJob",
    ]


# -- examples ------------------------------------------------------------------------------------

SCHEMAS: list[dict[str, Any]] = [
    {"type": "string", "example": "x y"},
    {"type": "string", "examples": ["it's"]},
    {"type": "string", "default": "d"},
    {"const": 5},
    {"enum": ["a", "b"]},
    {"type": "integer", "minimum": 5, "multipleOf": 3},
    {"type": "integer", "exclusiveMinimum": 5},
    {"type": "number", "maximum": 0},
    {"type": "number", "exclusiveMaximum": 1},
    {"type": "boolean"},
    {"type": "null"},
    {"type": ["null", "integer"]},
    {"type": "string", "minLength": 40},
    {"type": "string", "maxLength": 2},
    {"type": "string", "format": "uuid"},
    {"type": "string", "format": "date-time"},
    {"type": "array", "items": {"type": "integer"}, "minItems": 2},
    {"type": "array"},
    {"type": "object", "required": ["a"], "properties": {"a": {"type": "boolean"}}},
    {"properties": {"a": {}}, "required": ["a"]},
    {"items": {}},
    {"allOf": [{"type": "object", "required": ["x"]}, {"properties": {"x": {"const": 1}}}]},
    {"oneOf": [{"type": "integer"}, {"type": "string"}]},
    {"$ref": "#/components/inputs/size"},
    {"type": "string", "example": "@file"},
    {"type": "string", "example": 5},
    {},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_an_example_fits_its_schema_and_comes_back_from_the_command(schema: Any) -> None:
    from jsonschema import Draft202012Validator

    root = {"components": {"inputs": {"size": {"type": "integer", "minimum": 2}}}}
    inputs = {"type": "object", "properties": {"theInput": schema}, "required": ["theInput"]}
    value = example_value("theInput", schema, root)
    if "$ref" not in schema and schema.get("example") != 5:
        Draft202012Validator(schema).validate(value)
    command = example_command("flow.yaml", None, {"theInput": value}, inputs, root)
    words = shlex.split(re.sub(r"\\\n", " ", command))
    values = parse_arguments(RUN, words[2:])
    read = read_inputs(values.input, None, inputs, root, Redactor())
    if "default" not in schema:
        assert read == {"theInput": value}


def test_recursive_schemas_end() -> None:
    root: dict[str, Any] = {"a": {"type": "object", "required": ["a"]}}
    root["a"]["properties"] = {"a": {"$ref": "#/a"}}
    assert example_value("a", {"$ref": "#/a"}, root)
    root["l"] = {"type": "array", "items": {"$ref": "#/l"}}
    assert example_value("l", root["l"], root)
    assert input_schema({"$ref": "#/a"}, "a", root) == root["a"]


def test_only_what_must_be_given() -> None:
    schema = {
        "required": ["a", "b", 5],
        "properties": {"a": {"default": 1}, "b": {}, "c": {}},
        "allOf": [{"required": ["d"]}],
    }
    assert required_inputs(schema, None) == ["b", "d"]


def test_names_that_an_option_cannot_carry() -> None:
    command = example_command("-f.yaml", "w w", {"a=b": 1}, {}, None)
    assert command == "echo '{\"a=b\":1}' | arazzo run ./-f.yaml 'w w' --inputs -"


def test_the_example_of_a_file_is_a_file() -> None:
    schema = {"properties": {"thePhoto": {"type": "string", "format": "binary"}}}
    command = example_command("flow.yaml", None, {"thePhoto": "x"}, schema, None)
    assert command.endswith("-i thePhoto=@the-photo")
