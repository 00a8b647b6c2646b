"""The project's workflow over two services, by the command line, against one AWS on one port."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.support.command import Command
from tests.support.moto_server import Moto
from tests.support.paths import REPOSITORY, SHARED, require

WORKFLOW = "workflows/aws-upload-train-and-inspect-workflow.yml"
SCHEMA = SHARED / "suites" / "oai-published-schemas" / "arazzo-1.0-schema-2025-10-15.json"
INPUTS = {
    "bucket": "training-bucket",
    "trainingJobName": "job-1",
    "trainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/image:1",
    "roleArn": "arn:aws:iam::123456789012:role/Trainer",
}


@pytest.fixture
def words(moto: Moto, tmp_path: Path) -> list[str]:
    data = tmp_path / "data.csv"
    data.write_text("a,b\n1,2\n")
    given = [part for name, value in INPUTS.items() for part in ("-i", f"{name}={value}")]
    servers = ["--server", f"s3={moto.url}", "--server", f"sagemaker={moto.url}"]
    pace = ["--poll-interval", "0.02"]
    return ["run", WORKFLOW, *given, "-i", f"data=@{data}", *servers, *pace, "--json"]


def test_from_data_to_model(moto: Moto, words: list[str], arazzo: Command) -> None:
    moto.client("s3").create_bucket(Bucket=INPUTS["bucket"])
    done = arazzo(*words, "--strict")
    assert done.code == 0, done.err
    result = json.loads(done.out)
    assert result["warnings"] == []
    outputs = result["outputs"]
    assert outputs["trainingJobStatus"] == "Completed"
    assert outputs["modelArtifacts"] == "s3://training-bucket/models/job-1/output/model.tar.gz"
    assert outputs["modelSize"] == str(len("a model"))
    model = moto.client("s3").head_object(
        Bucket=INPUTS["bucket"], Key="models/job-1/output/model.tar.gz"
    )
    assert outputs["modelETag"] == model["ETag"]
    stored = moto.client("s3").get_object(Bucket=INPUTS["bucket"], Key="training/data.csv")
    assert stored["Body"].read() == b"a,b\n1,2\n"
    assert outputs["dataETag"] == stored["ETag"]
    polls = [step for step in result["steps"] if step["stepId"] == "pollTrainingJob"]
    assert len(polls) == 3
    job = moto.client("sagemaker").describe_training_job(TrainingJobName="job-1")
    source = job["InputDataConfig"][0]["DataSource"]["S3DataSource"]
    assert source["S3Uri"] == "s3://training-bucket/training/data.csv"


def test_without_the_bucket_nothing_is_trained(
    moto: Moto, words: list[str], arazzo: Command
) -> None:
    done = arazzo(*words)
    assert done.code == 1
    assert json.loads(done.out)["error"]["code"] == "NoSuchBucket"
    assert "NoSuchBucket: The specified bucket does not exist" in done.err
    assert moto.client("sagemaker").list_training_jobs()["TrainingJobSummaries"] == []


def test_the_workflow_fits_the_official_schema() -> None:
    document = yaml.safe_load((REPOSITORY / WORKFLOW).read_text(encoding="utf-8"))
    jsonschema.validate(document, json.loads(require(SCHEMA).read_text()))
