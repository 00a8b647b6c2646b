"""Our signatures in front of a server that checks them: moto with IAM authentication."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from arazzo_runner.auth import AwsCredentials, SigV4Signer
from arazzo_runner.values import Request
from tests.support.sagemaker import training_job

if TYPE_CHECKING:
    from demo.sagemaker_emulation import SageMakerEmulation


@pytest.fixture(scope="module")
def client() -> httpx.Client:
    with httpx.Client(trust_env=False) as client:
        yield client  # type: ignore[misc]


def request(server: SageMakerEmulation, action: str, body: object) -> Request:
    headers = (
        ("Content-Type", "application/x-amz-json-1.1"),
        ("X-Amz-Target", f"SageMaker.{action}"),
    )
    return Request("POST", server.url + "/", headers, json.dumps(body).encode())


def sign(server: SageMakerEmulation, request: Request, **other: str) -> Request:
    keys = {"access_key": server.access_key, "secret_key": server.secret_key} | other
    return SigV4Signer(AwsCredentials(**keys), "sagemaker", "us-east-1").sign(request)


def send(client: httpx.Client, request: Request) -> httpx.Response:
    return client.request(
        request.method, request.url, headers=list(request.headers), content=request.body
    )


def test_a_right_signature_is_accepted(sagemaker: SageMakerEmulation, client: httpx.Client) -> None:
    created = send(
        client, sign(sagemaker, request(sagemaker, "CreateTrainingJob", training_job("a")))
    )
    assert created.status_code == 200
    assert created.json()["TrainingJobArn"].endswith(":training-job/a")
    assert sagemaker.create_count == 1


def test_a_job_goes_through_its_plan(sagemaker: SageMakerEmulation, client: httpx.Client) -> None:
    sagemaker.plan("a", ["InProgress", "ThrottlingException", "Stopping", "Failed"])
    send(client, sign(sagemaker, request(sagemaker, "CreateTrainingJob", training_job("a"))))
    look = request(sagemaker, "DescribeTrainingJob", {"TrainingJobName": "a"})
    answers = [send(client, sign(sagemaker, look)) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 400, 200, 200, 200]
    shown = [answer.json().get("TrainingJobStatus") for answer in answers]
    assert shown == ["InProgress", None, "Stopping", "Failed", "Failed"]
    assert answers[1].json()["__type"] == "ThrottlingException"
    assert "FailureReason" in answers[4].json()
    assert sagemaker.describe_count == sagemaker.describes_of("a") == 5


def test_the_same_name_twice(sagemaker: SageMakerEmulation, client: httpx.Client) -> None:
    create = request(sagemaker, "CreateTrainingJob", training_job("a"))
    assert send(client, sign(sagemaker, create)).status_code == 200
    again = send(client, sign(sagemaker, create))
    assert (again.status_code, again.json()["__type"]) == (400, "ResourceInUse")
    assert again.headers["content-type"] == "application/x-amz-json-1.1"


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"access_key": "AKIAIOSFODNN7EXAMPLE"}, "InvalidClientTokenId"),
        ({"secret_key": "wrong"}, "SignatureDoesNotMatch"),
    ],
)
def test_wrong_credentials_are_refused(
    sagemaker: SageMakerEmulation, client: httpx.Client, other: dict[str, str], code: str
) -> None:
    create = request(sagemaker, "CreateTrainingJob", training_job("a"))
    refused = send(client, sign(sagemaker, create, **other))
    assert refused.status_code == 403
    assert f"<Code>{code}</Code>" in refused.text
    assert sagemaker.create_count == 0


def test_a_body_changed_on_the_way_is_refused(
    sagemaker: SageMakerEmulation, client: httpx.Client
) -> None:
    signed = sign(sagemaker, request(sagemaker, "CreateTrainingJob", training_job("a")))
    changed = Request(signed.method, signed.url, signed.headers, signed.body.replace(b"60", b"61"))
    assert changed.body != signed.body
    refused = send(client, changed)
    assert refused.status_code == 403
    assert "<Code>SignatureDoesNotMatch</Code>" in refused.text


def test_a_header_changed_on_the_way_is_refused(
    sagemaker: SageMakerEmulation, client: httpx.Client
) -> None:
    signed = sign(sagemaker, request(sagemaker, "DescribeTrainingJob", {"TrainingJobName": "a"}))
    headers = tuple(
        (name, value.replace("Describe", "Create") if name == "X-Amz-Target" else value)
        for name, value in signed.headers
    )
    refused = send(client, Request(signed.method, signed.url, headers, signed.body))
    assert refused.status_code == 403


def test_an_unsigned_request_is_refused(
    sagemaker: SageMakerEmulation, client: httpx.Client
) -> None:
    refused = send(client, request(sagemaker, "CreateTrainingJob", training_job("a")))
    assert refused.status_code == 403
    assert "InvalidClientTokenId" in refused.text


def test_an_old_signature_is_refused(sagemaker: SageMakerEmulation, client: httpx.Client) -> None:
    def sign_at(moment: datetime) -> Request:
        keys = AwsCredentials(sagemaker.access_key, sagemaker.secret_key)
        signer = SigV4Signer(keys, "sagemaker", "us-east-1", now=lambda: moment)
        return signer.sign(request(sagemaker, "CreateTrainingJob", training_job("a")))

    old = send(client, sign_at(datetime.now(UTC) - timedelta(minutes=20)))
    assert old.status_code == 403
    assert send(client, sign_at(datetime.now(UTC) - timedelta(minutes=10))).status_code == 200
