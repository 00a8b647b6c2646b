"""``arazzo run`` of the SageMaker workflow: what is sent is right, every end of a job is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.e2e.training import CORPUS, JOB, OURS, PUBLISHED, Edition, created, words
from tests.support.answers import (
    Answer,
    aws_error,
    chunked,
    gzipped,
    json_answer,
    throttled,
    unavailable,
)
from tests.support.command import Command, Golden
from tests.support.endpoint import Endpoint
from tests.support.sagemaker_endpoint import ARN, MEDIA_TYPE, SageMakerEndpoint

EDITIONS = [
    pytest.param(OURS, id="ours"),
    pytest.param(PUBLISHED, id="published"),
    pytest.param(CORPUS, id="corpus"),
]
CHANNEL = [
    {
        "ChannelName": "train",
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/data"}},
    }
]


@pytest.mark.requirement("A-02", "A-24")
@pytest.mark.parametrize("edition", EDITIONS)
def test_a_job_that_completes(edition: Edition, arazzo: Command, golden: Golden) -> None:
    with SageMakerEndpoint(["InProgress", "InProgress", "Completed"]) as endpoint:
        done = arazzo(*words(endpoint, edition=edition))
    assert endpoint.operations == ["CreateTrainingJob", *["DescribeTrainingJob"] * 3]
    assert done.code == 0
    assert done.out.splitlines() == [
        f"trainingJobArn: {ARN}{JOB}",
        "trainingJobStatus: Completed",
        f"modelArtifacts: s3://bucket/models/{JOB}/output/model.tar.gz",
    ]
    golden.check(done)


@pytest.mark.parametrize("edition", EDITIONS)
def test_what_is_sent(edition: Edition, arazzo: Command) -> None:
    """The endpoint has checked signatures and members already: here are the exact bytes."""
    with SageMakerEndpoint(["Completed"]) as endpoint:
        assert arazzo(*words(endpoint, edition=edition)).code == 0
    create, describe = endpoint.requests
    assert create.body == json.dumps(created(), separators=(",", ":")).encode()
    assert describe.body == b'{"TrainingJobName":"%b"}' % JOB.encode()
    for request, operation in ((create, "CreateTrainingJob"), (describe, "DescribeTrainingJob")):
        assert (request.method, request.target) == ("POST", "/")
        assert request.header("Content-Type") == "application/x-amz-json-1.1"
        assert request.header("X-Amz-Target") == f"SageMaker.{operation}"
        assert request.header("Content-Length") == str(len(request.body))
        assert request.header("Authorization").startswith("AWS4-HMAC-SHA256 Credential=AKIA")
    assert {create.connection, describe.connection} == {1}, "one connection serves all requests"


@pytest.mark.parametrize(
    "given",
    [f"inputDataConfig={json.dumps(CHANNEL)}", f"inputDataConfig:={json.dumps(CHANNEL)}"],
    ids=["coerced", "json"],
)
def test_optional_inputs_are_sent_when_given(given: str, arazzo: Command) -> None:
    with SageMakerEndpoint(["Completed"]) as endpoint:
        more = ["-i", given, "-i", "trainingInputMode=Pipe"]
        assert arazzo(*words(endpoint, *more)).code == 0
    expected = created(InputDataConfig=CHANNEL)
    expected["AlgorithmSpecification"]["TrainingInputMode"] = "Pipe"
    assert json.loads(endpoint.requests[0].body) == expected


def test_text_from_outside_stays_text(arazzo: Command) -> None:
    """An input that looks like an expression, JSON or header is data and nothing else."""
    odd = 's3://b/{$inputs.roleArn}"\\\r\nX-Evil: 1 ☃ $statusCode'
    with Endpoint([json_answer({}, 400)]) as endpoint:
        assert arazzo(*words(endpoint, "-i", f"trainingInputMode={odd}")).code == 1
    sent = json.loads(endpoint.requests[0].body)
    assert sent["AlgorithmSpecification"]["TrainingInputMode"] == odd
    assert endpoint.requests[0].values("X-Evil") == []


def test_the_region_is_in_url_and_signature(arazzo: Command) -> None:
    with SageMakerEndpoint(["Completed"], region="eu-west-3") as endpoint:
        done = arazzo(*words(endpoint, "--server-var", "sagemakerApi.region=eu-west-3"))
    assert done.code == 0


def test_a_session_token_is_sent_and_signed(arazzo: Command) -> None:
    with SageMakerEndpoint(["Completed"], token="a/session+token==") as endpoint:
        done = arazzo(*words(endpoint), AWS_SESSION_TOKEN="a/session+token==")
    assert done.code == 0
    assert "session+token" not in done.out + done.err


def test_without_a_signature(stranger: Command, golden: Golden) -> None:
    with SageMakerEndpoint(["Completed"], region=None) as endpoint:
        done = stranger(*words(endpoint, "--no-sign"))
    assert endpoint.operations == ["CreateTrainingJob", "DescribeTrainingJob"]
    assert done.code == 0
    golden.check(done)


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_job_that_fails(edition: Edition, arazzo: Command, golden: Golden) -> None:
    """The workflow did what it is for: it is completed, and its output says how the job ended."""
    with SageMakerEndpoint(["InProgress", "Failed"]) as endpoint:
        done = arazzo(*words(endpoint, edition=edition))
    assert done.code == 0
    assert "trainingJobStatus: Failed" in done.out
    assert "modelArtifacts" not in done.out
    golden.check(done)


def test_a_job_that_is_stopped(arazzo: Command, golden: Golden) -> None:
    with SageMakerEndpoint(["InProgress", "Stopping", "Stopped"]) as endpoint:
        done = arazzo(*words(endpoint))
    assert done.code == 0
    assert "trainingJobStatus: Stopped" in done.out
    golden.check(done)


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(
            aws_error("ResourceInUse", f"Training job names must be unique: {ARN}{JOB}"),
            id="ResourceInUse",
        ),
        pytest.param(
            aws_error("ValidationException", "1 validation error detected: roleArn is no ARN"),
            id="ValidationException",
        ),
        pytest.param(aws_error("ThrottlingException", "Rate exceeded"), id="ThrottlingException"),
        pytest.param(aws_error("InternalFailure", "We failed", 500), id="InternalFailure"),
        pytest.param(aws_error("AccessDeniedException", "not you", 403), id="AccessDenied"),
    ],
)
def test_the_job_is_refused(refusal: Answer, arazzo: Command, golden: Golden) -> None:
    with SageMakerEndpoint([], create=refusal) as endpoint:
        done = arazzo(*words(endpoint))
    assert endpoint.operations == ["CreateTrainingJob"], "a job is never created twice"
    assert done.code == 1
    assert json.loads(refusal.body)["message"] in done.err
    golden.check(done)


THROTTLING = [
    pytest.param(throttled(), id="429"),
    pytest.param(aws_error("ThrottlingException", "Rate exceeded"), id="ThrottlingException"),
    pytest.param(unavailable(), id="503"),
]


@pytest.mark.parametrize("answer", THROTTLING)
def test_throttling_during_the_poll(answer: Answer, arazzo: Command, golden: Golden) -> None:
    with SageMakerEndpoint(["InProgress", answer, answer, "InProgress", "Completed"]) as endpoint:
        done = arazzo(*words(endpoint))
    assert len(endpoint.requests) == 6
    assert done.code == 0
    assert "trainingJobStatus: Completed" in done.out
    golden.check(done)


def test_the_first_describe_is_throttled(arazzo: Command, golden: Golden) -> None:
    with SageMakerEndpoint([throttled(), "InProgress", "Completed"]) as endpoint:
        done = arazzo(*words(endpoint))
    assert (done.code, len(endpoint.requests)) == (0, 4)
    golden.check(done)


@pytest.mark.requirement("A-30")
def test_retry_after_is_waited_for(arazzo: Command, golden: Golden) -> None:
    with SageMakerEndpoint(["InProgress", throttled(retry_after=1), "Completed"]) as endpoint:
        done = arazzo(*words(endpoint))
    assert done.code == 0
    refused, again = endpoint.requests[-2:]
    assert 0.95 < again.at - refused.at < 5
    golden.check(done)


def test_throttling_without_end(arazzo: Command, golden: Golden) -> None:
    with SageMakerEndpoint(["InProgress", *[throttled()] * 11]) as endpoint:
        done = arazzo(*words(endpoint, "--poll-interval", "0.01", "--poll-max-interval", "0.02"))
    assert len(endpoint.requests) == 13
    assert done.code == 1
    golden.check(done)


def test_the_poll_is_paced(arazzo: Command) -> None:
    """0.2 s, doubled to the maximum of 0.5 s while nothing changes."""
    with SageMakerEndpoint([*["InProgress"] * 4, "Completed"]) as endpoint:
        pace = ["--poll-interval", "0.2", "--poll-max-interval", "0.5"]
        assert arazzo(*words(endpoint, *pace)).code == 0
    times = [request.at for request in endpoint.requests[1:]]
    waits = [after - before for before, after in pairwise(times)]
    for wait, least in zip(waits, [0.2, 0.4, 0.5, 0.5], strict=True):
        assert least - 0.01 < wait < least + 1


@pytest.mark.parametrize("wrapped", [gzipped, chunked], ids=["gzip", "chunked"])
def test_answers_in_other_wrappings(wrapped: Callable[[Answer], Answer], arazzo: Command) -> None:
    job = {"TrainingJobStatus": "Completed", "ModelArtifacts": {"S3ModelArtifacts": "s3://m"}}
    answer = json_answer(job, content_type=MEDIA_TYPE)
    with SageMakerEndpoint(["InProgress", wrapped(answer)]) as endpoint:
        done = arazzo(*words(endpoint))
    assert done.code == 0
    assert "modelArtifacts: s3://m\n" in done.out


def test_the_result_as_json(arazzo: Command, golden: Golden) -> None:
    with SageMakerEndpoint(["InProgress", "Completed"]) as endpoint:
        done = arazzo(*words(endpoint, "--json"))
    result = json.loads(done.out)
    assert (result["status"], result["workflowId"]) == ("completed", "train-and-poll-job")
    assert [step["stepId"] for step in result["steps"]] == [
        "createTrainingJob",
        "pollTrainingJob",
        "pollTrainingJob",
    ]
    assert result["outputs"]["trainingJobStatus"] == "Completed"
    golden.check(done)


def test_a_failure_as_json(arazzo: Command, golden: Golden) -> None:
    with SageMakerEndpoint([], create=aws_error("ResourceInUse", "it exists")) as endpoint:
        done = arazzo(*words(endpoint, "--json"))
    result = json.loads(done.out)
    assert (done.code, result["status"]) == (1, "failed")
    assert result["error"]["stepId"] == "createTrainingJob"
    assert (result["outputs"], result["missingOutputs"]) == (
        {},
        ["trainingJobArn", "trainingJobStatus", "modelArtifacts"],
    )
    golden.check(done)


@pytest.mark.parametrize("option", ["--verbose", "--quiet"])
def test_more_and_less_words(option: str, arazzo: Command, golden: Golden) -> None:
    with SageMakerEndpoint(["InProgress", "Completed"]) as endpoint:
        done = arazzo(*words(endpoint, option))
    assert done.code == 0
    golden.check(done)


def test_strict_on_the_published_document(arazzo: Command, golden: Golden) -> None:
    with SageMakerEndpoint([]) as endpoint:
        done = arazzo(*words(endpoint, "--strict", edition=PUBLISHED))
    assert (done.code, endpoint.requests) == (3, [])
    golden.check(done)


def test_strict_on_ours(arazzo: Command) -> None:
    with SageMakerEndpoint(["Completed"]) as endpoint:
        assert arazzo(*words(endpoint, "--strict")).code == 0
