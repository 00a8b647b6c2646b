"""SageMaker as a strict script: CreateTrainingJob once, then a plan of states per describe.

botocore's service model says which members a body may have, botocore's signer what the signature
must be. Unlike the emulation in ``demo``, every byte that comes is looked at.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from tests.support.answers import Answer, aws_error, json_answer
from tests.support.endpoint import Endpoint, Received, Violation

__all__ = ["ACCESS_KEY", "ARN", "MEDIA_TYPE", "SECRET_KEY", "SageMakerEndpoint", "verify_signature"]

MEDIA_TYPE = "application/x-amz-json-1.1"
ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
ARN = "arn:aws:sagemaker:us-east-1:123456789012:training-job/"
SKEW = timedelta(minutes=5)
NEVER_SENT = ("{$", "$inputs", "$steps", "undefined")
STATES = frozenset({"InProgress", "Completed", "Failed", "Stopping", "Stopped"})


class SageMakerEndpoint(Endpoint):
    """A context manager.

    Args:
        plan: what successive describes of each job show: a state of the job, or an Answer to give
            instead. It has to be used up exactly.
        create: the answer to CreateTrainingJob instead of the right one.
        region: the one that requests must be signed for; None: requests must not be signed.
    """

    def __init__(
        self,
        plan: Sequence[str | Answer] = ("InProgress", "Completed"),
        *,
        create: Answer | None = None,
        region: str | None = "us-east-1",
        token: str | None = None,
    ) -> None:
        super().__init__(self._answer)
        self._plan = tuple(plan)
        self._left: dict[str, list[str | Answer]] = {}
        self._create_answer = create
        self._region = region
        self._token = token
        self.jobs: dict[str, dict[str, Any]] = {}

    @property
    def operations(self) -> list[str]:
        """What was asked for, in order."""
        return [each.header("X-Amz-Target").removeprefix("SageMaker.") for each in self.requests]

    def check(self) -> None:
        """Raise what was wrong, also a plan that is not used up."""
        super().check()
        left = sum(map(len, self._left.values())) if self.jobs else len(self._plan)
        if left:
            raise Violation(f"{left} planned describes were not asked for")

    def _answer(self, request: Received) -> Answer:
        operation, members = self._read_operation(request)
        if operation == "CreateTrainingJob":
            return self._create(members)
        if operation == "DescribeTrainingJob":
            return self._describe(members)
        return self.other(operation, members)

    def other(self, operation: str, members: dict[str, Any]) -> Answer:
        """The answer to any other operation: none is wanted here."""
        raise Violation(f"{operation} {members} is not wanted")

    def _read_operation(self, request: Received) -> tuple[str, dict[str, Any]]:
        if (request.method, request.target) != ("POST", "/"):
            raise Violation(f"{request.method} {request.target} instead of POST /")
        if request.values("Content-Type") != [MEDIA_TYPE]:
            raise Violation(f"Content-Type {request.values('Content-Type')}")
        self._check_signature(request)
        text = request.body.decode("utf-8")
        for leak in NEVER_SENT:
            if leak in text:
                raise Violation(f"{leak} in the body {text}")
        members = json.loads(text, object_pairs_hook=unique)
        service, _, operation = request.header("X-Amz-Target").partition(".")
        if service != "SageMaker" or operation not in model().operation_names:
            raise Violation(f"X-Amz-Target: {service}.{operation}")
        shape = model().operation_model(operation).input_shape
        report = ParamValidator().validate(members, shape)
        if report.has_errors():
            raise Violation(f"{operation}: {report.generate_report()}")
        return operation, members

    def _check_signature(self, request: Received) -> None:
        if self._region is None:
            signed = [
                name
                for name, _ in request.headers
                if name.lower() == "authorization" or name.lower().startswith("x-amz-date")
            ]
            if signed:
                raise Violation(f"unsigned requests are expected, not {signed}")
            return
        verify_signature(request, region=self._region, token=self._token)

    def _create(self, members: dict[str, Any]) -> Answer:
        if self._create_answer is not None:
            return self._create_answer
        name = members["TrainingJobName"]
        if name in self.jobs:
            raise Violation(f"the job {name} is created a second time")
        if members["AlgorithmSpecification"].get("TrainingInputMode") not in ("File", "Pipe"):
            return aws_error("ValidationException", "TrainingInputMode must be File or Pipe")
        self.jobs[name] = members
        self._left[name] = list(self._plan)
        return json_answer({"TrainingJobArn": ARN + name}, content_type=MEDIA_TYPE)

    def _describe(self, members: dict[str, Any]) -> Answer:
        name = members["TrainingJobName"]
        if name not in self.jobs:
            return aws_error("ValidationException", "Requested resource not found.")
        state = self._next_state(name)
        if isinstance(state, Answer):
            return state
        return json_answer(shown(self.jobs[name], state), content_type=MEDIA_TYPE)

    def _next_state(self, name: str) -> str | Answer:
        if not self._left[name]:
            raise Violation(f"more describes of {name} than planned")
        return self._left[name].pop(0)


def shown(job: Mapping[str, Any], state: str) -> dict[str, Any]:
    """What DescribeTrainingJob says; artifacts and the reason are there only when they exist."""
    assert state in STATES, state
    name = job["TrainingJobName"]
    members: dict[str, Any] = {
        "TrainingJobName": name,
        "TrainingJobArn": ARN + name,
        "TrainingJobStatus": state,
        "SecondaryStatus": "Training" if state == "InProgress" else state,
        "CreationTime": 1700000000.123,
    }
    if state == "Completed":
        where = f"{job['OutputDataConfig']['S3OutputPath']}/{name}/output/model.tar.gz"
        members["ModelArtifacts"] = {"S3ModelArtifacts": where}
    if state == "Failed":
        members["FailureReason"] = "AlgorithmError: exit code 1"
    return members


def verify_signature(
    request: Received,
    *,
    region: str,
    service: str = "sagemaker",
    key: str = ACCESS_KEY,
    secret: str = SECRET_KEY,
    token: str | None = None,
) -> None:
    """Sign again what came and compare.

    Raises:
        Violation: not exactly one Authorization header, or not the one that AWS wants.
    """
    given = request.values("Authorization")
    if len(given) != 1:
        raise Violation(f"{len(given)} Authorization headers")
    kind, _, rest = given[0].partition(" ")
    fields = dict(part.strip().split("=", 1) for part in rest.split(","))
    stamp = request.header("X-Amz-Date")
    scope = f"{key}/{stamp[:8]}/{region}/{service}/aws4_request"
    if kind != "AWS4-HMAC-SHA256" or fields["Credential"] != scope:
        raise Violation(f"{given[0]} is not for {scope}")
    names = fields["SignedHeaders"].split(";")
    wanted = {"host", "x-amz-date", "x-amz-target", "content-type"}
    if token is not None:
        wanted.add("x-amz-security-token")
    if names != sorted(set(names)) or not wanted <= set(names):
        raise Violation(f"signed are {names}, needed are {sorted(wanted)}")
    if request.values("X-Amz-Security-Token") != ([] if token is None else [token]):
        raise Violation(f"X-Amz-Security-Token: {request.values('X-Amz-Security-Token')}")
    when = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if abs(datetime.now(UTC) - when) > SKEW:
        raise Violation(f"X-Amz-Date {stamp} is not now")
    digest = request.values("X-Amz-Content-SHA256")
    if digest and digest != [hashlib.sha256(request.body).hexdigest()]:
        raise Violation("X-Amz-Content-SHA256 is not the body's")
    again = signature(request, names, stamp, Credentials(key, secret, token), service, region)
    if again != fields["Signature"]:
        raise Violation(f"the signature {fields['Signature']} should be {again}")


def signature(
    request: Received,
    names: Sequence[str],
    stamp: str,
    credentials: Credentials,
    service: str,
    region: str,
) -> str:
    """The signature over the named headers, by botocore."""
    signer = SigV4Auth(credentials, service, region)
    message = AWSRequest(
        request.method,
        f"http://{request.header('Host')}{request.target}",
        headers={name: request.header(name) for name in names},
        data=request.body,
    )
    message.context["timestamp"] = stamp
    text = signer.string_to_sign(message, signer.canonical_request(message))
    return str(signer.signature(text, message))


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; refuses a key that is there twice, and null, which AWS never means."""
    members = dict(pairs)
    if len(members) != len(pairs) or None in members.values():
        raise Violation(f"a member twice, or null: {pairs}")
    return members


@cache
def model() -> ServiceModel:
    """What AWS says about SageMaker."""
    return ServiceModel(Loader().load_service_model("sagemaker", "service-2"), "sagemaker")
