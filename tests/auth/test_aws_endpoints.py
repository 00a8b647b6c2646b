"""Host names of AWS, and that the shipped table says what botocore says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.regions import EndpointResolver
from hypothesis import given, settings
from hypothesis import strategies as st

from arazzo_runner.auth import AwsEndpoint, aws_endpoint, dns_suffix
from arazzo_runner.auth.aws_endpoints import TABLE
from arazzo_runner.auth.build_endpoints import (
    KnownEndpoint,
    build_table,
    differences,
    known_endpoints,
    main,
)

KNOWN = {
    "api.sagemaker.us-east-1.amazonaws.com": ("sagemaker", "us-east-1"),
    "sagemaker.us-east-1.amazonaws.com": ("sagemaker", "us-east-1"),
    "runtime.sagemaker.eu-west-1.amazonaws.com": ("sagemaker", "eu-west-1"),
    "API.SageMaker.us-east-1.AmazonAWS.com.": ("sagemaker", "us-east-1"),
    "api.sagemaker.us-east-1.amazonaws.com:443": ("sagemaker", "us-east-1"),
    "api-fips.sagemaker.us-gov-west-1.amazonaws.com": ("sagemaker", "us-gov-west-1"),
    "ec2.us-east-1.amazonaws.com": ("ec2", "us-east-1"),
    "ec2.amazonaws.com": ("ec2", "us-east-1"),
    "rds.us-west-2.amazonaws.com": ("rds", "us-west-2"),
    "rds.amazonaws.com": ("rds", None),
    "email.eu-central-1.amazonaws.com": ("ses", "eu-central-1"),
    "fips.batch.us-east-1.amazonaws.com": ("batch", "us-east-1"),
    "iam.amazonaws.com": ("iam", "us-east-1"),
    "iam-fips.amazonaws.com": ("iam", "us-east-1"),
    "iam.us-gov.amazonaws.com": ("iam", "us-gov-west-1"),
    "iam.cn-north-1.amazonaws.com.cn": ("iam", "cn-north-1"),
    "route53.amazonaws.com.cn": ("route53", "cn-northwest-1"),
    "ec2.cn-north-1.api.amazonwebservices.com.cn": ("ec2", "cn-north-1"),
    "ec2.eu-west-1.api.aws": ("ec2", "eu-west-1"),
    "aos.eu-west-1.api.aws": ("es", "eu-west-1"),
    "sts.eusc-de-east-1.amazonaws.eu": ("sts", "eusc-de-east-1"),
    "s3.amazonaws.com": ("s3", "us-east-1"),
    "s3.eu-west-1.amazonaws.com": ("s3", "eu-west-1"),
    "s3-us-west-2.amazonaws.com": ("s3", "us-west-2"),
    "bucket.s3-us-west-2.amazonaws.com": ("s3", "us-west-2"),
    "bucket.s3.amazonaws.com": ("s3", "us-east-1"),
    "my.bucket.s3.eu-west-1.amazonaws.com": ("s3", "eu-west-1"),
    "bucket.s3.dualstack.eu-west-1.amazonaws.com": ("s3", "eu-west-1"),
    "s3-fips.dualstack.us-gov-west-1.amazonaws.com": ("s3", "us-gov-west-1"),
    "123456789012.s3-control.eu-west-1.amazonaws.com": ("s3", "eu-west-1"),
    "point-123456789012.s3-accesspoint.eu-west-1.amazonaws.com": ("s3", "eu-west-1"),
    "bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com": ("s3", "us-east-1"),
    "vpce-1a2b-c3.api.sagemaker.us-east-1.vpce.amazonaws.com": ("sagemaker", "us-east-1"),
    "123456789012.ddb.us-east-1.amazonaws.com": ("dynamodb", "us-east-1"),
    "streams.dynamodb.us-east-1.amazonaws.com": ("dynamodb", "us-east-1"),
    "abc-ats.iot.us-east-1.amazonaws.com": ("iotdata", "us-east-1"),
    "us-east-1.queue.amazonaws.com": ("sqs", "us-east-1"),
    "queue.amazonaws.com": ("sqs", None),
    "efs.eu-west-1.api.aws": ("elasticfilesystem", "eu-west-1"),
    "cloudfront.global.api.aws": ("cloudfront", "us-east-1"),
    "codecatalyst.global.api.aws": ("codecatalyst", None),
    "routes.geo.us-gov-west-1.us-gov.amazonaws.com": ("geo-routes", "us-gov-west-1"),
    "sts.cn-north-1.amazonaws.com": ("sts", "cn-north-1"),
}
CUSTOMERS = {
    "a1b2c3.execute-api.us-east-1.amazonaws.com": ("execute-api", "us-east-1"),
    "abc.lambda-url.eu-west-1.on.aws": ("lambda", "eu-west-1"),
    "abc.appsync-api.eu-west-1.amazonaws.com": ("appsync", "eu-west-1"),
    "search-d-x.us-east-1.es.amazonaws.com": ("es", "us-east-1"),
    "x.us-east-1.aoss.amazonaws.com": ("aoss", "us-east-1"),
}
NOT_AN_API = [
    "",
    "example.com",
    "127.0.0.1:5000",
    "amazonaws.com",
    "us-east-1.amazonaws.com",
    "api.sagemaker.us-east-1.amazonaws.com.evil.example",
    "evilamazonaws.com",
    "my-balancer-1.us-east-1.elb.amazonaws.com",
    "ec2-1-2-3-4.compute-1.amazonaws.com",
    "ec2-1-2-3-4.eu-west-1.compute.amazonaws.com",
    "db.abc.us-east-1.rds.amazonaws.com",
    "bucket.s3-website-us-east-1.amazonaws.com",
    "bucket.s3-website.eu-central-1.amazonaws.com",
    "vpce-1.us-east-1.vpce.amazonaws.com",
]


@pytest.mark.parametrize("host", KNOWN)
def test_known_hosts(host: str) -> None:
    assert aws_endpoint(host) == AwsEndpoint(*KNOWN[host])


@pytest.mark.parametrize("host", CUSTOMERS)
def test_hosts_of_customers_own_apis(host: str) -> None:
    assert aws_endpoint(host) == AwsEndpoint(*CUSTOMERS[host], customers_own=True)


@pytest.mark.parametrize("host", NOT_AN_API)
def test_other_hosts(host: str) -> None:
    assert aws_endpoint(host) is None


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30), st.sampled_from(["", ".amazonaws.com", ".api.aws", ".on.aws"]))
def test_any_text_is_answered(name: str, suffix: str) -> None:
    found = aws_endpoint(name + suffix)
    assert found is None or found.service


def test_every_host_that_botocore_knows() -> None:
    """Regional, FIPS, dual-stack and global hosts of every service in two regions of every
    partition, by the rules of whatever botocore is installed. Its new services may be missing.
    """
    known = set(json.loads(TABLE.read_text())["services"])
    told: dict[str, KnownEndpoint] = {}
    for endpoint in known_endpoints(Loader()):
        told.setdefault(endpoint.host, endpoint)  # some mean the partition of the caller
    wrong = []
    for host, endpoint in told.items():
        if endpoint.service not in known - ODD:
            continue
        found = aws_endpoint(host)
        expected = (endpoint.signing_name, endpoint.region)
        if found is None or (found.service, found.region or endpoint.region) != expected:
            wrong.append((endpoint, found))
    assert len(told) > 5000
    assert wrong == []


# Signs with a signature of its own; is no host of an API; names regions and means one.
ODD = {"importexport", "signin", "sustainability"}


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_every_host_of_the_list_of_endpoints(partition: str) -> None:
    """All regional hosts of all services: the region is found, and so is the signing name."""
    data = Loader().load_data("endpoints")
    resolver = EndpointResolver(data)
    table = json.loads(TABLE.read_text())
    part = next(each for each in data["partitions"] if each["partition"] == partition)
    wrong = []
    for prefix, service in part["services"].items():
        if prefix in ("docdb", "neptune"):  # served by, and signed for, RDS
            continue
        for region in set(service["endpoints"]) & set(part["regions"]):
            told = resolver.construct_endpoint(prefix, region, partition)
            scope: dict[str, Any] = told.get("credentialScope", {})
            found = aws_endpoint(told["hostname"])
            expected = scope.get("service") or table["signingNames"].get(prefix, prefix)
            if found is None or (found.region or region, found.service) != (
                scope.get("region", region),
                expected,
            ):
                wrong.append((told["hostname"], expected, found))
    assert wrong == []


@pytest.fixture(scope="module")
def built() -> dict[str, Any]:
    """The table built now; seconds, because it reads every service model."""
    return build_table()


def test_the_table_is_current(
    built: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With any botocore: nothing that both know means something else, and only what belongs to
    new services is missing.
    """
    monkeypatch.setattr("arazzo_runner.auth.build_endpoints.build_table", lambda: built)
    code = main(["--check"])
    assert code == 0, (
        f"{capsys.readouterr().out}\nrun: python -m arazzo_runner.auth.build_endpoints"
    )
    assert "is current" in capsys.readouterr().out


def test_what_is_a_difference() -> None:
    old = {"partitions": [{"id": "aws", "suffixes": ["a"]}], "signingNames": {"x": "y"}}
    new = {
        "partitions": [{"id": "aws", "suffixes": ["b"]}, {"id": "aws-moon", "suffixes": ["m"]}],
        "signingNames": {"x": "z", "fresh.api": "fresh", "old.api": "old"},
        "globalHosts": {"fresh.amazonaws.com": ["fresh", "us-east-1"]},
    }
    assert list(differences(old, new, ["fresh"])) == [
        "signingNames: x is y, botocore says z",
        "signingNames: old.api is missing, botocore says old",
        "partitions: aws has changed",
    ]
    assert list(differences(new, new)) == []
    gone = {**new, "signingNames": {}}
    assert list(differences(new, gone)) == []


def test_new_services_are_told(
    built: dict[str, Any],
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    target = tmp_path / "table.json"
    target.write_text(json.dumps({**built, "services": built["services"][1:]}))
    monkeypatch.setattr("arazzo_runner.auth.build_endpoints.TABLE", target)
    monkeypatch.setattr("arazzo_runner.auth.build_endpoints.build_table", lambda: built)
    assert main(["--check"]) == 0
    assert f"is current; new since botocore {built['botocore']}: " in capsys.readouterr().out


def test_the_command_writes_and_checks(
    built: dict[str, Any],
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    target = tmp_path / "table.json"
    target.write_text('{"botocore": "0"}')
    monkeypatch.setattr("arazzo_runner.auth.build_endpoints.TABLE", target)
    monkeypatch.setattr("arazzo_runner.auth.build_endpoints.build_table", lambda: built)
    assert main(["--check"]) == 1
    assert main([]) == 0
    assert main(["--check"]) == 0
    assert json.loads(target.read_text()) == built
    assert "not current" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("region", "suffix"),
    [
        ("us-east-1", "amazonaws.com"),
        ("us-gov-west-1", "amazonaws.com"),
        ("cn-north-1", "amazonaws.com.cn"),
        ("eusc-de-east-1", "amazonaws.eu"),
        ("us-iso-east-1", "c2s.ic.gov"),
        ("moon-1", "amazonaws.com"),
    ],
)
def test_dns_suffixes(region: str, suffix: str) -> None:
    assert dns_suffix(region) == suffix
