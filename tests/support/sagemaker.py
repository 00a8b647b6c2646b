"""SageMaker for tests: one emulation per process, empty again for every test.

The fixtures are registered in ``tests/conftest.py``, and only there: imported into two modules,
each would start an emulation of its own, and moto keeps its state in the process.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from demo.sagemaker_emulation import SageMakerEmulation

__all__ = ["sagemaker", "sagemaker_server", "training_job"]


@pytest.fixture(scope="session")
def sagemaker_server() -> Iterator[SageMakerEmulation]:
    """The running emulation. moto is imported here, because importing it takes a second."""
    from demo.sagemaker_emulation import SageMakerEmulation

    with SageMakerEmulation() as emulation:
        yield emulation


@pytest.fixture
def sagemaker(sagemaker_server: SageMakerEmulation) -> SageMakerEmulation:
    """The running emulation without jobs, plans and counts."""
    sagemaker_server.reset()
    return sagemaker_server


def training_job(name: str) -> dict[str, object]:
    """The smallest body of CreateTrainingJob that AWS takes."""
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": "an-image", "TrainingInputMode": "File"},
        "RoleArn": "arn:aws:iam::123456789012:role/Trainer",
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }
