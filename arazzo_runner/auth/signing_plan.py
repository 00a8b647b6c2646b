"""Whether requests to a server are signed for AWS, and for which service and region."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from arazzo_runner.auth.aws_credentials import find_aws_credentials, find_aws_region
from arazzo_runner.auth.aws_endpoints import AwsEndpoint, aws_endpoint
from arazzo_runner.auth.sigv4 import SigV4Signer
from arazzo_runner.errors import CredentialsError
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import Redactor

__all__ = ["AwsSettings", "SigningPlan", "aws_signer", "plan_signing"]


class AwsSettings(NamedTuple):
    """What the caller says about AWS; what is None is found out.

    Attributes:
        profile: a profile of the AWS configuration (``--aws-profile``).
        region: overrules the region of the host (``--aws-region``).
        service: overrules the service of the host (``--aws-service``).
        sign: False sends everything unsigned (``--no-sign``).
        instance_metadata: whether credentials may come from the machine's metadata service.
    """

    profile: str | None = None
    region: str | None = None
    service: str | None = None
    sign: bool = True
    instance_metadata: bool = False


class SigningPlan(NamedTuple):
    """Requests are signed for this service and region."""

    service: str
    region: str


def plan_signing(
    declared_url: str, security_schemes_sigv4: bool, settings: AwsSettings
) -> SigningPlan | None:
    """The service and region to sign for, or None when requests go out unsigned.

    Signed is what is declared to go to an AWS endpoint, and what has a security scheme that says
    SigV4. Hosts of customers' own APIs (API Gateway, function URLs …) are signed only when the
    security scheme or ``settings.service`` says so.

    Args:
        declared_url: the server as the description declares it, its variables filled in, before
            any override of the caller.
        security_schemes_sigv4: whether a security scheme of the operation says SigV4.
        settings: the caller's wishes. The region is, in this order: the setting, the host's,
            ``AWS_REGION`` or ``AWS_DEFAULT_REGION``, the profile's.

    Raises:
        CredentialsError: the service or the region cannot be known.
    """
    if not settings.sign:
        return None
    host = _hostname(declared_url)
    endpoint = aws_endpoint(host)
    wanted = security_schemes_sigv4 or settings.service is not None
    if not wanted and (endpoint is None or endpoint.customers_own):
        return None
    service = settings.service or (endpoint and endpoint.service)
    if not service:
        raise CredentialsError(
            f"requests to '{host}' have to be signed, and its name does not say the AWS service",
            hint="give its signing name with --aws-service NAME, or --no-sign",
        )
    return SigningPlan(service, _region(host, endpoint, settings))


def _hostname(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # not a URL; whoever sends to it will say so
        return ""


def _region(host: str, endpoint: AwsEndpoint | None, settings: AwsSettings) -> str:
    region = settings.region or (endpoint and endpoint.region) or find_aws_region(settings.profile)
    if not region:
        raise CredentialsError(
            f"requests to '{host}' have to be signed, and its name does not say the AWS region",
            hint="give it with --aws-region NAME or AWS_REGION, or --no-sign",
        )
    return region


def aws_signer(
    plan: SigningPlan,
    settings: AwsSettings,
    *,
    redactor: Redactor | None = None,
    now: Callable[[], datetime] | None = None,
) -> SigV4Signer:
    """A signer for the plan, with the credentials that are found now.

    Raises:
        CredentialsError: no usable credentials.
    """
    credentials = find_aws_credentials(
        profile=settings.profile,
        region=plan.region,
        instance_metadata=settings.instance_metadata,
        redactor=redactor,
    )
    return SigV4Signer(credentials, plan.service, plan.region, now=now)
