"""The SageMaker workflow in its three editions, and how the tests call it."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.support.endpoint import Endpoint
from tests.support.paths import REPOSITORY, SHARED, require

__all__ = ["CORPUS", "INPUTS", "JOB", "OURS", "PUBLISHED", "Edition", "created", "words"]

JOB = "job-1"
INPUTS = {
    "trainingJobName": JOB,
    "trainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/image:1",
    "roleArn": "arn:aws:iam::123456789012:role/Trainer",
    "s3OutputPath": "s3://bucket/models",
    "instanceType": "ml.m5.large",
    "instanceCount": 2,
    "volumeSizeInGB": 10,
    "maxRuntimeInSeconds": 3600,
}
NAME = "amazon-sagemaker-train-and-poll-job-workflow.yml"


class Edition(NamedTuple):
    """A workflow document and the name of its source description."""

    file: str
    source: str

    def path(self) -> str:
        """The document's path as the command gets it; skips the test when it is missing."""
        return str(require(REPOSITORY / self.file)) if self.file.startswith("/") else self.file


OURS = Edition(f"workflows/{NAME}", "sagemakerApi")
PUBLISHED = Edition(str(SHARED / "seed" / "workflows" / NAME), "sagemakerApi")
CORPUS = Edition(
    str(SHARED / "corpus" / "api-evangelist" / "amazon-sagemaker" / "arazzo" / NAME),
    "trainingJobsApi",
)


def words(endpoint: Endpoint | str, *more: str, edition: Edition = OURS) -> list[str]:
    """``run`` with all inputs against the endpoint, polling as fast as it can be seen."""
    url = endpoint if isinstance(endpoint, str) else endpoint.url
    inputs = [part for name, value in INPUTS.items() for part in ("-i", f"{name}={value}")]
    server = ["--server", f"{edition.source}={url}"]
    pace = [] if "--poll-interval" in more else ["--poll-interval", "0.05"]
    return ["run", edition.path(), *inputs, *server, *pace, *more]


def created(**more: Any) -> dict[str, Any]:
    """The body that CreateTrainingJob has to get."""
    return {
        "TrainingJobName": JOB,
        "AlgorithmSpecification": {
            "TrainingImage": INPUTS["trainingImage"],
            "TrainingInputMode": "File",
        },
        "RoleArn": INPUTS["roleArn"],
        **more,
        "OutputDataConfig": {"S3OutputPath": INPUTS["s3OutputPath"]},
        "ResourceConfig": {
            "InstanceType": INPUTS["instanceType"],
            "InstanceCount": 2,
            "VolumeSizeInGB": 10,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }
