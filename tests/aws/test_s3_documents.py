"""S3 as publishers write it: path and virtual-host style, ``{Key+}``, XML both ways, ETags."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import arazzo_runner as arazzo
from tests.support.moto_server import Moto

FOLDER = Path(__file__).with_name("documents")
FLOWS = FOLDER / "amazon-s3-workflows.yml"
KEY = "in/the folder/a+b~c(1).txt"


def run(moto: Moto, workflow: str, **inputs: Any) -> arazzo.RunResult:
    with arazzo.Runner(servers={"amazonS3Api": moto.url}, timeout=30) as runner:
        result = runner.run(str(FLOWS), workflow, inputs=inputs)
    assert result.status == "completed", (result.error, result.steps[-1].response)
    return result


@pytest.fixture
def bucket(moto: Moto) -> str:
    moto.client("s3").create_bucket(Bucket="bucket")
    return "bucket"


def put(moto: Moto, *keys: str) -> None:
    for key in keys:
        moto.client("s3").put_object(Bucket="bucket", Key=key, Body=b"x")


@pytest.mark.parametrize("key", ["plain.txt", KEY])
def test_store_and_verify(moto: Moto, key: str) -> None:
    outputs = run(
        moto, "store-and-verify-object", bucket="bucket", key=key, content="hello"
    ).outputs
    stored = moto.client("s3").get_object(Bucket="bucket", Key=key)
    assert stored["Body"].read() == b"hello"
    assert outputs["eTag"] == stored["ETag"] == outputs["copiedETag"]
    assert outputs["contentLength"] == "5"
    assert outputs["content"] == "hello"
    assert outputs["firstKey"] == outputs["rootedKey"] == f"copies/{key}"


def test_versioning(moto: Moto, bucket: str) -> None:
    assert run(moto, "enable-versioning", bucket=bucket).outputs == {"status": "Enabled"}


def test_multipart_upload(moto: Moto, bucket: str) -> None:
    outputs = run(
        moto, "multipart-upload", bucket=bucket, key="big/one.bin", content="part one"
    ).outputs
    stored = moto.client("s3").get_object(Bucket=bucket, Key="big/one.bin")
    assert stored["Body"].read() == b"part one"
    assert outputs["eTag"] == stored["ETag"]


def test_empty_and_delete(moto: Moto, bucket: str) -> None:
    put(moto, "a", "b/c", "d")
    run(moto, "empty-and-delete-bucket", bucket=bucket)
    assert moto.client("s3").list_buckets()["Buckets"] == []


def test_delete_several(moto: Moto, bucket: str) -> None:
    put(moto, "a", "b", "kept")
    assert run(moto, "delete-several", bucket=bucket).outputs == {"first": "a"}
    listed = moto.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
    assert [each["Key"] for each in listed] == ["kept"]


VIRTUAL = {
    "openapi": "3.1.0",
    "info": {"title": "S3", "version": "1"},
    "servers": [
        {
            "url": "https://{bucket}.s3.{region}.amazonaws.com",
            "variables": {"bucket": {"default": "b"}, "region": {"default": "us-east-1"}},
        }
    ],
    "paths": {
        "/{Key+}": {
            "get": {
                "operationId": "getObject",
                "parameters": [{"name": "Key", "in": "path", "required": True, "schema": {}}],
                "responses": {"200": {"description": "d"}},
            }
        }
    },
}
READ = {
    "arazzo": "1.0.1",
    "info": {"title": "t", "version": "1"},
    "sourceDescriptions": [{"name": "s3", "url": "s3.yml", "type": "openapi"}],
    "workflows": [
        {
            "workflowId": "read",
            "steps": [
                {
                    "stepId": "read",
                    "operationId": "getObject",
                    "parameters": [{"name": "Key", "in": "path", "value": "x/y z"}],
                    "outputs": {"content": "$response.body"},
                }
            ],
            "outputs": {"content": "$steps.read.outputs.content"},
        }
    ],
}


def test_a_bucket_as_host(moto: Moto, bucket: str, tmp_path: Path) -> None:
    """The bucket is the host of the server; sent elsewhere, the header Host still says it."""
    put(moto, "x/y z")
    (tmp_path / "s3.yml").write_text(yaml.safe_dump(VIRTUAL), encoding="utf-8")
    (tmp_path / "read.yml").write_text(yaml.safe_dump(READ), encoding="utf-8")
    with arazzo.Runner(
        servers={"s3": moto.url}, headers=(("Host", f"{bucket}.s3.us-east-1.amazonaws.com"),)
    ) as runner:
        result = runner.run(str(tmp_path / "read.yml"))
    assert result.status == "completed", result.steps[-1].response
    assert result.outputs["content"] in ("x", b"x")
