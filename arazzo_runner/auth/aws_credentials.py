"""AWS credentials: found the way the AWS command line finds them, or one clear error.

botocore does the finding; it is imported when the first credentials are asked for. Every secret
that is found is made known to the redactor, also those that a renewal brings later.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from arazzo_runner.auth.sigv4 import CredentialsSource, FrozenCredentials
from arazzo_runner.errors import CredentialsError, did_you_mean
from arazzo_runner.values import Redactor
from arazzo_runner.values.node import Node

if TYPE_CHECKING:
    from logging import LogRecord

    from botocore.session import Session

__all__ = ["AwsCredentials", "find_aws_credentials", "find_aws_region"]

HOW_TO_GIVE = (
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or choose a profile with "
    "--aws-profile NAME, or send unsigned requests with --no-sign"
)
_REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")


class AwsCredentials(Node):
    """Credentials that are simply there. They are their own source."""

    access_key: str
    secret_key: str
    token: str | None = None

    def __repr__(self) -> str:
        return f"AwsCredentials(access_key={self.access_key!r})"  # the rest is secret

    def get_frozen_credentials(self) -> AwsCredentials:
        """Themselves: they do not expire."""
        return self


def find_aws_credentials(
    *,
    profile: str | None = None,
    region: str | None = None,
    instance_metadata: bool = False,
    redactor: Redactor | None = None,
) -> CredentialsSource:
    """The credentials that botocore's chain finds.

    In botocore's order: environment, assumed role and web identity of a profile, SSO, shared
    credentials file, ``credential_process``, configuration file, container. With a profile given,
    the environment's keys are not looked at.

    Args:
        profile: a profile of ``~/.aws/config``; by default ``AWS_PROFILE``, then ``default``.
        region: used where finding needs a service of its own (assumed role, SSO).
        instance_metadata: whether to ask the metadata service of an EC2 machine in the end. Off by
            default: anywhere else it means seconds of waiting for nothing.
        redactor: learns every secret that is found.

    Raises:
        CredentialsError: nothing is configured, the profile does not exist, or what is configured
            cannot be used (expired SSO login, failing process …).
    """
    with _Guarded():
        session = _session(profile)
        if region is not None:
            session.set_config_variable("region", region)
        chain = session.get_component("credential_provider")
        if not instance_metadata:
            chain.remove("iam-role")
        credentials = chain.load_credentials()
    if credentials is None:
        where = f"the profile '{profile}' has" if profile else "there are"
        raise CredentialsError(
            f"requests to AWS have to be signed and {where} no AWS credentials", hint=HOW_TO_GIVE
        )
    source = _Watched(credentials, redactor or Redactor())
    source.get_frozen_credentials()
    return source


def find_aws_region(
    profile: str | None = None, environ: Mapping[str, str] | None = None
) -> str | None:
    """The region of the environment (``AWS_REGION``, ``AWS_DEFAULT_REGION``), else the profile's.

    Raises:
        CredentialsError: the profile does not exist, or the AWS configuration cannot be read.
    """
    environ = os.environ if environ is None else environ
    for name in _REGION_VARIABLES:
        if value := environ.get(name):
            return value
    with _Guarded():
        region = _session(profile).get_scoped_config().get("region")
    return region if isinstance(region, str) else None


def _session(profile: str | None) -> Session:
    from botocore.session import Session

    _hold_back()
    session = Session(profile=profile)
    wanted = profile or session.get_config_variable("profile")
    if wanted is not None and wanted not in session.available_profiles:
        known = session.available_profiles
        hint = did_you_mean(wanted, known) or (
            f"known profiles: {', '.join(known)}" if known else "no profile is configured"
        )
        raise CredentialsError(f"there is no AWS profile '{wanted}'", hint=hint)
    return session


class _Watched:
    """botocore's credentials; what a renewal brings is made known to the redactor."""

    def __init__(self, credentials: Any, redactor: Redactor) -> None:
        self._credentials = credentials
        self._redactor = redactor
        self._last: FrozenCredentials | None = None

    def renewal_due(self) -> bool:
        """Whether asking for them would fetch new ones, which may block."""
        due = getattr(self._credentials, "refresh_needed", None)
        return due is not None and bool(due())

    def get_frozen_credentials(self) -> FrozenCredentials:
        with _Guarded():
            frozen: FrozenCredentials = self._credentials.get_frozen_credentials()
        if frozen != self._last:
            for secret in (frozen.secret_key, frozen.token):
                if secret:
                    self._redactor.add(secret)
            self._last = frozen
        return frozen


class _Guarded:
    """botocore's failures as CredentialsError, and its debug messages held back meanwhile."""

    __slots__ = ("_mark",)

    def __enter__(self) -> None:
        self._mark = _finding.set(True)

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        _finding.reset(self._mark)
        if error is None or isinstance(error, CredentialsError):
            return
        from botocore.exceptions import BotoCoreError, ClientError, SSOError, TokenRetrievalError

        if isinstance(error, BotoCoreError | ClientError | OSError | ValueError):
            signed_out = isinstance(error, SSOError | TokenRetrievalError)
            raise CredentialsError(
                f"the AWS credentials cannot be used: {error}",
                hint="log in again: aws sso login" if signed_out else HOW_TO_GIVE,
            ) from None


_finding: ContextVar[bool] = ContextVar("finding_credentials", default=False)
_WITH_SECRETS = ("auth", "credentials", "endpoint", "hooks", "httpsession", "parsers", "tokens")


def _may_pass(record: LogRecord) -> bool:
    """Drops debug records of botocore that our own calls cause; other users' records stay."""
    return record.levelname != "DEBUG" or not _finding.get()


def _hold_back() -> None:
    from logging import getLogger

    # By name: a logger's filter does not see what its children log. Adding it again does nothing.
    for name in _WITH_SECRETS:
        getLogger(f"botocore.{name}").addFilter(_may_pass)
