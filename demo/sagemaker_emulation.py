"""Amazon SageMaker on 127.0.0.1: moto's server with real signature checks and jobs that take time.

moto alone completes a training job the moment it is created. Here a job goes through the states of
a plan, one per ``DescribeTrainingJob``, and stays in the last one.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self
from unittest.mock import patch

from moto import settings
from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import (
    InvalidClientTokenIdError,
    JsonRESTError,
    SignatureDoesNotMatchError,
)
from moto.iam.models import iam_backends
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.sagemaker.models import SageMakerModelBackend, sagemaker_backends

__all__ = ["SageMakerEmulation"]

ACCOUNT = "123456789012"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sagemaker:*", "Resource": "*"}],
}
SECONDARY_STATUS = {"InProgress": "Training"}  # the others are called the same
STATES = frozenset({"InProgress", "Completed", "Failed", "Stopping", "Stopped"})
TWO_LOOKS = ("InProgress", "InProgress", "Completed")
DATE = "%Y%m%dT%H%M%SZ"
SKEW = timedelta(minutes=15)  # AWS refuses signatures that are older or newer


class SageMakerEmulation:
    """A context manager; the server runs in a thread of this process while it is entered.

    Only requests signed with ``access_key`` and ``secret_key`` are answered; other ones get
    moto's refusals. One emulation at a time: moto keeps its state in the process.

    Args:
        states: the plan of every job that has none of its own: the states that successive
            describes show, the last one for good. A name that is no state of a job, such as
            ``ThrottlingException``, is answered as an error of that name.
    """

    def __init__(self, states: Sequence[str] = TWO_LOOKS) -> None:
        self._usual = tuple(states)
        self._plans: dict[str, tuple[str, ...]] = {}
        self._creates: Counter[str] = Counter()
        self._describes: Counter[str] = Counter()
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._patches = [
            patch.object(settings, "INITIAL_NO_AUTH_ACTION_COUNT", 0.0),
            patch.object(
                ActionAuthenticatorMixin, "_authenticate_and_authorize_action", _authenticate()
            ),
            patch.object(SageMakerModelBackend, "create_training_job", self._create()),
            patch.object(SageMakerModelBackend, "describe_training_job", self._describe()),
        ]
        self.url = ""
        self.access_key = ""
        self.secret_key = ""

    def __enter__(self) -> Self:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.reset()
        iam = iam_backends[ACCOUNT]["aws"]
        user = f"trainer-{secrets.token_hex(4)}"
        iam.create_user("us-east-1", user)
        iam.put_user_policy(user, "sagemaker", json.dumps(POLICY))
        key = iam.create_access_key(user)
        self.access_key, self.secret_key = key.access_key_id, key.secret_access_key
        for each in self._patches:
            each.start()
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.url = f"http://{host}:{port}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.stop()
        for each in reversed(self._patches):
            each.stop()

    def environment(self) -> dict[str, str]:
        """The environment for a child process: these credentials and nobody's AWS settings."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return kept | {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": "127.0.0.1",
        }

    def reset(self) -> None:
        """Forget all jobs, plans and counts; the credentials stay."""
        for backend in sagemaker_backends[ACCOUNT].values():
            backend.training_jobs.clear()
        self._plans.clear()
        self._creates.clear()
        self._describes.clear()

    @property
    def create_count(self) -> int:
        """How many CreateTrainingJob requests were accepted: signed rightly and allowed."""
        return self._creates.total()

    @property
    def describe_count(self) -> int:
        """How many DescribeTrainingJob requests were accepted."""
        return self._describes.total()

    def describes_of(self, job: str) -> int:
        """How often one job was described."""
        return self._describes[job]

    def plan(self, job: str, states: Sequence[str]) -> None:
        """Set the states that the next describes of a job show. The job need not exist yet."""
        self._plans[job] = tuple(states)
        self._describes[job] = 0

    def _create(self) -> Any:
        original = SageMakerModelBackend.create_training_job

        def create_training_job(backend: Any, training_job_name: str, **members: Any) -> Any:
            if training_job_name in backend.training_jobs:
                arn = backend.training_jobs[training_job_name].arn
                raise _error("ResourceInUse", f"Training job names must be unique: {arn}")
            self._creates[training_job_name] += 1
            return original(backend, training_job_name=training_job_name, **members)

        return create_training_job

    def _describe(self) -> Any:
        original = SageMakerModelBackend.describe_training_job

        def describe_training_job(backend: Any, training_job_name: str) -> Any:
            job = backend.training_jobs.get(training_job_name)
            if job is not None:
                self._move(job)
            return original(backend, training_job_name)

        return describe_training_job

    def _move(self, job: Any) -> None:
        name = job.training_job_name
        states = self._plans.get(name, self._usual)
        state = states[min(self._describes[name], len(states) - 1)]
        self._describes[name] += 1
        if state not in STATES:
            raise _error(state, "as planned")
        job.training_job_status = state
        job.secondary_status = SECONDARY_STATUS.get(state, state)
        job.failure_reason = "AlgorithmError: as planned" if state == "Failed" else None


def _authenticate() -> Any:
    """Moto's check, which stumbles over unsigned requests and does not look at the clock."""
    original = ActionAuthenticatorMixin._authenticate_and_authorize_action

    def authenticate(self: Any, iam_request_cls: type, resource: str = "*") -> None:
        if "Authorization" not in self.headers:
            raise InvalidClientTokenIdError
        signed = datetime.strptime(self.headers.get("X-Amz-Date", "19700101T000000Z"), DATE)
        if abs(datetime.now(UTC) - signed.replace(tzinfo=UTC)) > SKEW:
            raise SignatureDoesNotMatchError
        original(self, iam_request_cls, resource)

    return authenticate


def _error(name: str, message: str) -> JsonRESTError:
    error = JsonRESTError(name, message)
    error.content_type = "application/x-amz-json-1.1"
    return error
