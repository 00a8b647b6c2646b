"""The project's own workflow and description: conforming, true to AWS, and the published flow."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonpath
import jsonschema
import pytest
import yaml
from botocore.loaders import Loader
from openapi_spec_validator import validate

from arazzo_runner.openapi.aws_describe import describe_service, load_service_model
from tests.support.paths import REPOSITORY, SHARED, require

TARGET = REPOSITORY / "openapi" / "amazon-sagemaker-openapi.yml"
MEDIA_TYPE = "application/x-amz-json-1.1"
WORKFLOW = REPOSITORY / "workflows" / "amazon-sagemaker-train-and-poll-job-workflow.yml"
PUBLISHED = SHARED / "seed" / "workflows" / WORKFLOW.name
SCHEMA = SHARED / "suites" / "oai-published-schemas" / "arazzo-1.0-schema-2025-10-15.json"
OPERATIONS = ("CreateTrainingJob", "DescribeTrainingJob")
KINDS = {
    "structure": "object",
    "map": "object",
    "list": "array",
    "long": "integer",
    "float": "number",
    "timestamp": "number",
}


@cache
def description() -> dict[str, Any]:
    return yaml.safe_load(TARGET.read_text(encoding="utf-8"))


@cache
def workflow() -> dict[str, Any]:
    (only,) = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["workflows"]
    return only


@cache
def service() -> dict[str, Any]:
    return Loader().load_service_model("sagemaker", "service-2")


def test_the_description_is_valid() -> None:
    validate(description())


def test_the_description_is_what_the_command_writes() -> None:
    """With any botocore: AWS may have added since, and nothing means something else."""
    built = json.loads(json.dumps(describe_service(load_service_model("sagemaker"), OPERATIONS)))
    shipped = description()
    for one in (built, shipped):
        one["info"].pop("x-built-from", None)
    assert additions_only(shipped, built) == []
    assert list(built["paths"]) == list(shipped["paths"])


def additions_only(old: Any, new: Any, at: str = "") -> list[str]:
    """Where a newer description takes back what an older one says. Bounds may have been widened."""
    if isinstance(old, dict) and isinstance(new, dict):
        gone = [f"{at}/{key}" for key in old if key not in new and key not in BOUNDS]
        both = [key for key in old if key in new and key not in BOUNDS]
        return gone + [
            at_ for key in both for at_ in additions_only(old[key], new[key], f"{at}/{key}")
        ]
    if isinstance(old, list) and isinstance(new, list):
        return [f"{at}: {item}" for item in old if item not in new]
    return [] if old == new else [f"{at}: {old} is now {new}"]


BOUNDS = ("minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum", "pattern")


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("side", ["input", "output"])
def test_members_are_those_of_aws(operation: str, side: str) -> None:
    """Against the service model itself, whatever its version: no member is called otherwise."""
    shapes, schemas = service()["shapes"], description()["components"]["schemas"]
    seen: set[str] = set()
    todo = [service()["operations"][operation][side]["shape"]]
    while todo:
        name = todo.pop()
        if name in seen or name not in schemas:  # AWS may have added it since
            continue
        seen.add(name)
        shape, schema = shapes[name], schemas[name]
        assert schema["type"] == KINDS.get(shape["type"], shape["type"]), name
        members = list(shape.get("members", {}))
        assert [m for m in members if m in schema.get("properties", {})] == list(
            schema.get("properties", {})
        ), name
        assert set(schema.get("required", ())) <= set(members), name
        assert set(schema.get("enum", ())) <= set(shape.get("enum", ())), name
        uses = [*shape.get("members", {}).values()]
        todo += [use["shape"] for use in uses]
        todo += [shape[key]["shape"] for key in ("member", "key", "value") if key in shape]
    assert len(seen) > 1


@pytest.mark.parametrize("operation", OPERATIONS)
def test_operations_are_told_apart_by_their_header(operation: str) -> None:
    found = description()["paths"][f"/#{operation}"]["post"]
    (target,) = found["parameters"]
    assert target["schema"]["const"] == f"{service()['metadata']['targetPrefix']}.{operation}"
    assert list(found["requestBody"]["content"]) == [MEDIA_TYPE]
    told = found["responses"]["400"]["content"][MEDIA_TYPE]["examples"]
    assert {error["shape"] for error in service()["operations"][operation]["errors"]} <= set(told)


def test_the_workflow_fits_the_official_schema() -> None:
    schema = json.loads(require(SCHEMA).read_text())
    jsonschema.validate(yaml.safe_load(WORKFLOW.read_text()), schema)


def test_the_workflow_is_the_published_one() -> None:
    """The same ids, inputs, requests and outputs; only the criteria and words differ."""
    (published,) = yaml.safe_load(require(PUBLISHED).read_text())["workflows"]
    ours = workflow()
    assert ours["workflowId"] == published["workflowId"]
    assert ours["outputs"] == published["outputs"]
    assert ours["inputs"]["required"] == published["inputs"]["required"]
    for name, schema in published["inputs"]["properties"].items():
        for key in ("type", "default", "items"):
            assert ours["inputs"]["properties"][name].get(key) == schema.get(key)
    for mine, theirs in zip(ours["steps"], published["steps"], strict=True):
        for key in ("stepId", "operationId", "parameters", "requestBody", "outputs"):
            assert mine.get(key) == theirs.get(key)
        flow = [
            [(each["name"], each["type"], each.get("stepId")) for each in step.get("onSuccess", [])]
            for step in (mine, theirs)
        ]
        assert flow[0] == flow[1]


def _condition() -> str:
    (still, _) = workflow()["steps"][1]["onSuccess"]
    (criterion,) = still["criteria"]
    assert criterion["type"] == "jsonpath"
    return criterion["condition"]


@pytest.mark.requirement("CR-07")
@pytest.mark.parametrize(
    ("status", "under_way"),
    [
        ("InProgress", True),
        ("Stopping", True),
        ("Completed", False),
        ("Failed", False),
        ("Stopped", False),
        ("Deleting", False),
    ],
)
def test_the_jsonpath_criterion_is_a_query_that_means_what_it_says(
    status: str, under_way: bool
) -> None:
    environment = jsonpath.JSONPathEnvironment(strict=True)
    body = {"TrainingJobName": "InProgress", "TrainingJobStatus": status, "SecondaryStatus": "x"}
    assert bool(environment.findall(_condition(), body)) is under_way
    assert status in description()["components"]["schemas"]["TrainingJobStatus"]["enum"]


def test_the_jsonpath_criterion_without_a_status() -> None:
    environment = jsonpath.JSONPathEnvironment(strict=True)
    assert environment.findall(_condition(), {"FailureReason": "InProgress"}) == []


def test_exactly_one_action_fits_every_status() -> None:
    """The end's simple conditions are the opposite of the goto's query."""
    (_, end) = workflow()["steps"][1]["onSuccess"]
    refused = [each["condition"].partition(" != ")[2].strip("'") for each in end["criteria"]]
    environment = jsonpath.JSONPathEnvironment(strict=True)
    for status in description()["components"]["schemas"]["TrainingJobStatus"]["enum"]:
        goes_on = bool(environment.findall(_condition(), {"TrainingJobStatus": status}))
        assert goes_on is (status in refused)
