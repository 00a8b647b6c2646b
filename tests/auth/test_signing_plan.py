"""Which requests are signed, and for what."""

from __future__ import annotations

from pathlib import Path

import pytest

from arazzo_runner.auth import AwsSettings, SigningPlan, plan_signing
from arazzo_runner.errors import CredentialsError

SAGEMAKER = "https://api.sagemaker.us-east-1.amazonaws.com"
GATEWAY = "https://abc.execute-api.us-east-1.amazonaws.com/prod"


@pytest.fixture(autouse=True)
def nothing_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.mark.parametrize(
    ("url", "scheme", "settings", "plan"),
    [
        (SAGEMAKER, False, AwsSettings(), ("sagemaker", "us-east-1")),
        (SAGEMAKER, True, AwsSettings(), ("sagemaker", "us-east-1")),
        (SAGEMAKER, True, AwsSettings(sign=False), None),
        (SAGEMAKER, False, AwsSettings(region="eu-west-1"), ("sagemaker", "eu-west-1")),
        (SAGEMAKER, False, AwsSettings(service="other"), ("other", "us-east-1")),
        ("https://example.com/", False, AwsSettings(), None),
        ("https://example.com/", False, AwsSettings(region="eu-west-1"), None),
        ("https://e.com/", True, AwsSettings(region="r", service="s"), ("s", "r")),
        ("https://e.com/", False, AwsSettings(region="r", service="s"), ("s", "r")),
        (GATEWAY, False, AwsSettings(), None),
        (GATEWAY, True, AwsSettings(), ("execute-api", "us-east-1")),
        ("/relative", False, AwsSettings(), None),
        ("https://[broken", False, AwsSettings(), None),
    ],
)
def test_plan(url: str, scheme: bool, settings: AwsSettings, plan: tuple[str, str] | None) -> None:
    assert plan_signing(url, scheme, settings) == (plan and SigningPlan(*plan))


def test_a_host_without_region(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CredentialsError, match=r"'rds\.amazonaws\.com'.*region.*--aws-region"):
        plan_signing("https://rds.amazonaws.com", False, AwsSettings())
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    plan = plan_signing("https://rds.amazonaws.com", False, AwsSettings())
    assert plan == SigningPlan("rds", "eu-west-1")


def test_a_scheme_on_a_host_that_does_not_say_the_service() -> None:
    with pytest.raises(CredentialsError, match=r"'example\.com'.*service.*--aws-service"):
        plan_signing("https://example.com", True, AwsSettings(region="eu-west-1"))
