"""``arazzo aws whoami``: the identity that would sign, asked with a workflow of our own."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from arazzo_runner.auth import dns_suffix, find_aws_region
from arazzo_runner.cli.screen import Screen
from arazzo_runner.cli.settings import make_settings
from arazzo_runner.errors import CredentialsError
from arazzo_runner.execution import Runner
from arazzo_runner.execution.result import RunResult
from arazzo_runner.reporting.failure import describe_failure

__all__ = ["run"]

DOCUMENT = Path(__file__).parent / "documents" / "whoami.arazzo.yaml"
USUAL_REGION = "us-east-1"
SECONDS = 30.0


def run(values: Namespace, screen: Screen) -> int:
    """Show the identity: 0, or 1 when AWS does not say it.

    Raises:
        CredentialsError: there is nothing to sign with.
    """
    url, values.server = values.server, []
    settings = make_settings(values, screen.redactor)
    region = settings.aws.region or find_aws_region(settings.aws.profile) or USUAL_REGION
    settings = settings._replace(
        servers={"sts": url or f"https://sts.{region}.{dns_suffix(region)}"},
        aws=settings.aws._replace(region=region, service="sts"),
        timeout=SECONDS,
    )
    with Runner(settings, redactor=screen.redactor) as runner:
        result = runner.run(str(DOCUMENT))
    if result.status != "completed":
        return _failed(result, screen)
    found = {**result.outputs, "region": region, "profile": settings.aws.profile}
    if values.json:
        screen.out_json(found)
        return 0
    for name, value in found.items():
        if value is not None:
            screen.out(f"{screen.out_style.strong(name.ljust(8))} {value}\n")
    return 0


def _failed(result: RunResult, screen: Screen) -> int:
    failure = describe_failure(result, screen.redactor)
    assert failure is not None
    screen.show(failure)
    return CredentialsError.exit_code if _refused(result) else 1


def _refused(result: RunResult) -> bool:
    """Whether AWS answered and does not take the credentials."""
    response = result.steps[-1].response if result.steps else None
    return response is not None and response.status in (400, 401, 403)
