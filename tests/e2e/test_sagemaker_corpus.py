"""All published SageMaker workflows run unchanged, with what they send checked by AWS's model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pytest

import arazzo_runner as arazzo
from tests.e2e.training import INPUTS, JOB
from tests.support.answers import Answer, json_answer
from tests.support.endpoint import Violation
from tests.support.paths import SHARED, require
from tests.support.sagemaker_endpoint import (
    ACCESS_KEY,
    ARN,
    MEDIA_TYPE,
    SECRET_KEY,
    SageMakerEndpoint,
)

FOLDER = SHARED / "corpus" / "api-evangelist" / "amazon-sagemaker" / "arazzo"
FAST = arazzo.RunSettings(pacing=arazzo.Pacing(interval=0.02))
AWS = "arn:aws:sagemaker:us-east-1:123456789012:"
Script = Mapping[str, Sequence[Mapping[str, Any]]]


class Scripted(SageMakerEndpoint):
    """Other operations answer from lists of their own, one answer per request."""

    def __init__(self, plan: Sequence[str], script: Script) -> None:
        super().__init__(plan)
        self._script = {operation: list(found) for operation, found in script.items()}
        self.bodies: list[tuple[str, dict[str, Any]]] = []

    def other(self, operation: str, members: dict[str, Any]) -> Answer:
        if not self._script.get(operation):
            raise Violation(f"{operation} {members} is not planned")
        self.bodies.append((operation, members))
        return json_answer(self._script[operation].pop(0), content_type=MEDIA_TYPE)

    def check(self) -> None:
        super().check()
        left = [operation for operation, found in self._script.items() if found]
        if left:
            raise Violation(f"planned and not asked for: {left}")


class Case(NamedTuple):
    """A workflow, what it gets, and what it has to give."""

    name: str
    inputs: Mapping[str, Any]
    script: Script
    outputs: Mapping[str, Any]
    sent: Sequence[tuple[str, dict[str, Any]]]
    plan: Sequence[str] = ()


MODEL = {"modelName": "model-1", "executionRoleArn": INPUTS["roleArn"]}
HOSTING = {
    "endpointConfigName": "config-1",
    "variantName": "all",
    "initialInstanceCount": 1,
    "instanceType": "ml.m5.large",
    "endpointName": "endpoint-1",
}
ENDPOINT_SCRIPT = {
    "CreateEndpointConfig": [{"EndpointConfigArn": AWS + "endpoint-config/config-1"}],
    "CreateEndpoint": [{"EndpointArn": AWS + "endpoint/endpoint-1"}],
    "DescribeEndpoint": [{"EndpointStatus": "Creating"}, {"EndpointStatus": "InService"}],
}
ENDPOINT_SENT = [
    (
        "CreateEndpointConfig",
        {
            "EndpointConfigName": "config-1",
            "ProductionVariants": [
                {
                    "VariantName": "all",
                    "ModelName": "model-1",
                    "InitialInstanceCount": 1,
                    "InstanceType": "ml.m5.large",
                }
            ],
        },
    ),
    ("CreateEndpoint", {"EndpointName": "endpoint-1", "EndpointConfigName": "config-1"}),
    ("DescribeEndpoint", {"EndpointName": "endpoint-1"}),
    ("DescribeEndpoint", {"EndpointName": "endpoint-1"}),
]
ARTIFACTS = f"{INPUTS['s3OutputPath']}/{JOB}/output/model.tar.gz"
CONTAINER = {"Image": "image:2", "ModelDataUrl": ARTIFACTS}
CREATE_MODEL = (
    "CreateModel",
    {
        "ModelName": "model-1",
        "PrimaryContainer": CONTAINER,
        "ExecutionRoleArn": INPUTS["roleArn"],
    },
)
NEWEST = {"SortBy": "CreationTime", "SortOrder": "Descending"}
MODEL_ARN = AWS + "model/model-1"

CASES = [
    Case(
        "inventory-models",
        {},
        {
            "ListModels": [{"Models": [{"ModelName": "model-1"}, {"ModelName": "model-0"}]}],
            "DescribeModel": [{"ModelArn": MODEL_ARN, "PrimaryContainer": CONTAINER}],
        },
        {"newestModelName": "model-1", "modelArn": MODEL_ARN, "modelDataUrl": ARTIFACTS},
        [("ListModels", {**NEWEST, "MaxResults": 10}), ("DescribeModel", {"ModelName": "model-1"})],
    ),
    Case(
        "inventory-models",
        {"maxResults": 5},
        {"ListModels": [{"Models": []}]},
        {},
        [("ListModels", {**NEWEST, "MaxResults": 5})],
    ),
    Case(
        "audit-endpoint-fleet",
        {"maxResults": 1},
        {
            "ListEndpoints": [{"Endpoints": [{"EndpointName": "endpoint-1"}]}],
            "DescribeEndpoint": [{"EndpointStatus": "Failed", "ProductionVariants": [{}, None]}],
        },
        {
            "newestEndpointName": "endpoint-1",
            "endpointStatus": "Failed",
            "productionVariants": [{}, None],
        },
        [
            ("ListEndpoints", {**NEWEST, "MaxResults": 1}),
            ("DescribeEndpoint", {"EndpointName": "endpoint-1"}),
        ],
    ),
    Case(
        "provision-notebook-instance",
        {
            "notebookInstanceName": "book",
            "instanceType": "ml.t3.medium",
            "roleArn": INPUTS["roleArn"],
        },
        {
            "CreateNotebookInstance": [{"NotebookInstanceArn": AWS + "notebook-instance/book"}],
            "DescribeNotebookInstance": [
                {"NotebookInstanceStatus": "Pending"},
                {"NotebookInstanceStatus": "Pending"},
                {"NotebookInstanceStatus": "InService", "Url": "book.example"},
            ],
        },
        {
            "notebookInstanceArn": AWS + "notebook-instance/book",
            "notebookInstanceStatus": "InService",
            "url": "book.example",
        },
        [
            (
                "CreateNotebookInstance",
                {
                    "NotebookInstanceName": "book",
                    "InstanceType": "ml.t3.medium",
                    "RoleArn": INPUTS["roleArn"],
                },
            ),
            *[("DescribeNotebookInstance", {"NotebookInstanceName": "book"})] * 3,
        ],
    ),
    Case(
        "deploy-existing-model",
        {"modelName": "model-1", **HOSTING},
        {"DescribeModel": [{"ModelArn": MODEL_ARN}], **ENDPOINT_SCRIPT},
        {
            "modelArn": MODEL_ARN,
            "endpointConfigArn": AWS + "endpoint-config/config-1",
            "endpointArn": AWS + "endpoint/endpoint-1",
            "endpointStatus": "InService",
        },
        [("DescribeModel", {"ModelName": "model-1"}), *ENDPOINT_SENT],
    ),
    Case(
        "deploy-model-to-endpoint",
        {**MODEL, "image": "image:2", "modelDataUrl": ARTIFACTS, **HOSTING},
        {"CreateModel": [{"ModelArn": MODEL_ARN}], **ENDPOINT_SCRIPT},
        {
            "modelArn": MODEL_ARN,
            "endpointConfigArn": AWS + "endpoint-config/config-1",
            "endpointArn": AWS + "endpoint/endpoint-1",
            "endpointStatus": "InService",
        },
        [CREATE_MODEL, *ENDPOINT_SENT],
    ),
    Case(
        "train-then-deploy",
        {
            **INPUTS,
            **HOSTING,
            "modelName": "model-1",
            "inferenceImage": "image:2",
            "hostingInstanceType": "ml.m5.large",
        },
        {"CreateModel": [{"ModelArn": MODEL_ARN}], **ENDPOINT_SCRIPT},
        {
            "trainingJobArn": ARN + JOB,
            "modelArtifacts": ARTIFACTS,
            "modelArn": MODEL_ARN,
            "endpointArn": AWS + "endpoint/endpoint-1",
            "endpointStatus": "InService",
        },
        [CREATE_MODEL, *ENDPOINT_SENT],
        ("InProgress", "Completed"),
    ),
    Case(
        "train-then-deploy",
        {
            **INPUTS,
            **HOSTING,
            "modelName": "model-1",
            "inferenceImage": "image:2",
            "hostingInstanceType": "ml.m5.large",
        },
        {},
        {"trainingJobArn": ARN + JOB},
        [],
        ("InProgress", "Failed"),
    ),
    Case(
        "register-latest-completed-training",
        {**MODEL, "inferenceImage": "image:2"},
        {"ListTrainingJobs": [{"TrainingJobSummaries": []}]},
        {},
        [
            (
                "ListTrainingJobs",
                {"StatusEquals": "Completed", **NEWEST, "MaxResults": 1},
            )
        ],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[f"{n}-{case.name}" for n, case in enumerate(CASES)])
def test_a_published_workflow(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    file = require(FOLDER / f"amazon-sagemaker-{case.name}-workflow.yml")
    with Scripted(case.plan, case.script) as endpoint, arazzo.Runner() as plain:
        names = [source.name for source in plain.load(str(file)).documents[0].sources]
        servers = dict.fromkeys(names, endpoint.url)
        result = arazzo.run(str(file), inputs=case.inputs, servers=servers, run=FAST)
    assert (result.status, result.error) == ("completed", None)
    assert result.outputs == case.outputs
    assert endpoint.bodies == list(case.sent)
