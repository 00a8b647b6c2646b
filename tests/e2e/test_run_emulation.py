"""``arazzo run`` against moto, which checks signatures as IAM does."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest

from tests.e2e.training import INPUTS, JOB, OURS, PUBLISHED, Edition, words
from tests.support.answers import Answer
from tests.support.command import Command, Golden
from tests.support.endpoint import Endpoint, Received
from tests.support.sagemaker import training_job

if TYPE_CHECKING:
    from demo.sagemaker_emulation import SageMakerEmulation


@pytest.fixture
def trainer(stranger: Command, sagemaker: SageMakerEmulation) -> Command:
    """The command with the emulation's credentials."""
    return Command(
        stranger.home,
        environment={
            "AWS_ACCESS_KEY_ID": sagemaker.access_key,
            "AWS_SECRET_ACCESS_KEY": sagemaker.secret_key,
        },
    )


@pytest.mark.parametrize("edition", [OURS, PUBLISHED], ids=["ours", "published"])
def test_a_job_is_trained(
    edition: Edition, trainer: Command, sagemaker: SageMakerEmulation
) -> None:
    sagemaker.plan(JOB, ["InProgress", "InProgress", "Completed"])
    done = trainer(*words(sagemaker.url, edition=edition))
    assert done.code == 0, done.err
    assert "trainingJobStatus: Completed" in done.out
    assert f"modelArtifacts: {INPUTS['s3OutputPath']}/{JOB}/output/model.tar.gz" in done.out
    assert (sagemaker.create_count, sagemaker.describe_count) == (1, 3)


def test_the_name_is_taken(trainer: Command, sagemaker: SageMakerEmulation, golden: Golden) -> None:
    sagemaker.plan(JOB, ["Completed"])
    assert trainer(*words(sagemaker.url)).code == 0
    done = trainer(*words(sagemaker.url))
    assert done.code == 1
    assert "ResourceInUse" in done.err
    assert sagemaker.create_count == 1
    golden.check(done)


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_a_wrong_key(
    name: str, trainer: Command, sagemaker: SageMakerEmulation, golden: Golden
) -> None:
    wrong = "AKIAWRONGWRONGWRONG1"
    done = trainer(*words(sagemaker.url), **{name: wrong})
    assert done.code == 1
    assert sagemaker.create_count == 0
    if name == "AWS_SECRET_ACCESS_KEY":
        assert wrong not in done.out + done.err
    golden.check(done)


def test_without_a_signature(
    trainer: Command, sagemaker: SageMakerEmulation, golden: Golden
) -> None:
    done = trainer(*words(sagemaker.url, "--no-sign"))
    assert done.code == 1
    assert sagemaker.create_count == 0
    golden.check(done)


Change = Callable[[Received], Received]


def between(sagemaker: SageMakerEmulation, body: Callable[[bytes], bytes]) -> Endpoint:
    """A proxy that changes bodies on their way to the emulation."""

    def forward(request: Received) -> Answer:
        connection = HTTPConnection(sagemaker.url.removeprefix("http://"), timeout=10)
        sent = body(request.body)
        headers = {name: value for name, value in request.headers if name != "Content-Length"}
        try:
            connection.request(request.method, request.target, sent, headers)
            response = connection.getresponse()
            kept = (("Content-Type", response.headers["Content-Type"]),)
            return Answer(response.status, kept, response.read())
        finally:
            connection.close()

    return Endpoint(forward)


def test_an_honest_proxy(trainer: Command, sagemaker: SageMakerEmulation) -> None:
    """The proxy below is not what is refused: without a change it is let through."""
    sagemaker.plan(JOB, ["Completed"])
    with between(sagemaker, lambda body: body) as proxy:
        done = trainer(*words(proxy))
    assert done.code == 0, done.err
    assert (sagemaker.create_count, sagemaker.describe_count) == (1, 1)


def test_a_tampered_body(trainer: Command, sagemaker: SageMakerEmulation, golden: Golden) -> None:
    def tamper(body: bytes) -> bytes:
        members = json.loads(body)
        assert members.keys() >= training_job("x").keys()
        return json.dumps({**members, "RoleArn": "arn:aws:iam::666666666666:role/Evil"}).encode()

    with between(sagemaker, tamper) as proxy:
        done = trainer(*words(proxy))
    assert done.code == 1
    assert sagemaker.create_count == 0
    golden.check(done)
