"""Which AWS service and region a host name means, from a table that is shipped.

The table (``aws_endpoints.json``) is built from botocore's data by ``build_endpoints.py``;
looking a host up needs no botocore.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from arazzo_runner.named_tuples import NamedTuple

__all__ = ["TABLE", "AwsEndpoint", "aws_endpoint", "dns_suffix", "plain_labels"]

TABLE = Path(__file__).with_name("aws_endpoints.json")


class AwsEndpoint(NamedTuple):
    """What a host of AWS says about signing.

    Attributes:
        service: the signing name.
        region: the region, or None when the host does not say it.
        customers_own: whether the host serves a customer's own API (API Gateway, function URLs,
            OpenSearch domains …): then the customer decided whether requests are signed.
    """

    service: str
    region: str | None
    customers_own: bool = False


# Hosts below a name of the customer: a bucket, an account, an API. Label(s) to signing name.
_BELOW_CUSTOMER_NAMES = {
    "s3": "s3",
    "s3-control": "s3",
    "s3-accesspoint": "s3",
    "s3-outposts": "s3-outposts",
    "s3-object-lambda": "s3-object-lambda",
    "ddb": "dynamodb",
    "data-ats.iot": "iotdata",
    "iot": "iotdata",
    "execute-api": "execute-api",
    "appsync-api": "appsync",
    "lambda-url": "lambda",
    "es": "es",
    "aoss": "aoss",
    "cloudsearch": "cloudsearch",
}
_CUSTOMERS_OWN = frozenset({"execute-api", "appsync", "lambda", "es", "aoss", "cloudsearch"})
# Hosts that name the region first: `us-east-1.queue.amazonaws.com`, `domain.us-east-1.es.…`.
_AFTER_REGION = {"queue": "sqs", "es": "es", "aoss": "aoss", "cloudsearch": "cloudsearch"}
# Names that are spelt otherwise for history's sake.
_OLD_NAMES = {"queue": "sqs", "s3-accelerate": "s3", "s3-external-1": "s3"}
# AWS sends these hosts to us-east-1 when they come without a region ("general endpoints").
_GENERAL = frozenset({"ec2", "autoscaling", "elasticmapreduce"})
_FUNCTION_URLS = "on.aws"
_S3_WITH_DASH = re.compile(r"s3-(?:fips-)?(?P<region>[a-z]+(?:-[a-z]+)+-\d+)")


class _Table(NamedTuple):
    regions: re.Pattern[str]  # of all partitions: hosts of one may name a region of another
    regions_by_suffix: Sequence[tuple[str, re.Pattern[str]]]
    signing_names: Mapping[str, str]
    global_hosts: Mapping[str, tuple[str, str]]


def aws_endpoint(host: str) -> AwsEndpoint | None:
    """The service and region of a host name (a port is ignored), or None when it is not AWS's.

    Knows regional, global, dual-stack, FIPS and VPC endpoints, virtual-hosted buckets and the
    hosts of customers' own APIs, in all partitions.
    """
    host = host.lower().partition(":")[0].rstrip(".")
    table = _table()
    if host in table.global_hosts:
        return AwsEndpoint(*table.global_hosts[host])
    for suffix, _ in table.regions_by_suffix:
        if host.endswith("." + suffix):
            labels = plain_labels(host.removesuffix("." + suffix))
            known = table.global_hosts.get(".".join((*labels, suffix)))
            return AwsEndpoint(*known) if known else _endpoint(labels, table.regions, table)
    return None


def dns_suffix(region: str) -> str:
    """What host names of a region end in: ``amazonaws.com``, in China ``amazonaws.com.cn`` …"""
    for suffix, regions in _table().regions_by_suffix:
        if regions.fullmatch(region) and not suffix.startswith(("api.", _FUNCTION_URLS)):
            return suffix
    return "amazonaws.com"


def plain_labels(name: str) -> list[str]:
    """The labels of a name without the marks of FIPS and dual-stack endpoints."""
    labels = []
    for label in name.split("."):
        plain = label.removesuffix("-fips").removeprefix("fips-")
        if plain not in ("fips", "dualstack"):
            labels.append(plain)
    return labels


def _endpoint(labels: list[str], regions: re.Pattern[str], table: _Table) -> AwsEndpoint | None:
    if labels and (old := _S3_WITH_DASH.fullmatch(labels[-1])):
        labels = [*labels[:-1], "s3", old["region"]]
    at = next((i for i in reversed(range(len(labels))) if regions.fullmatch(labels[i])), None)
    region = None if at is None else labels[at]
    before, after = (labels, []) if at is None else (labels[:at], labels[at + 1 :])
    if at is None and labels[-1:] == ["global"]:
        before = labels[:-1]
    if after == ["us-gov"]:  # SERVICE.us-gov-west-1.us-gov.amazonaws.com
        after = []
    if after == ["vpce"]:  # vpce-0abc.SERVICE.REGION.vpce.amazonaws.com
        before = before[_last_vpce(before) + 1 :]
    elif after:
        service = _AFTER_REGION.get(".".join(after))
        return AwsEndpoint(service, region, service in _CUSTOMERS_OWN) if service else None
    return _by_prefix(before, region, table)


def _last_vpce(labels: list[str]) -> int:
    return next((i for i in reversed(range(len(labels))) if labels[i].startswith("vpce-")), -1)


def _by_prefix(labels: list[str], region: str | None, table: _Table) -> AwsEndpoint | None:
    prefix = ".".join(labels)
    name = table.signing_names.get(prefix) or _OLD_NAMES.get(prefix)
    if name is None and len(labels) == 1:
        name = prefix or None
    if name is not None:
        if region is None and name in _GENERAL:
            region = "us-east-1"
        return AwsEndpoint(name, region)
    for parts in (2, 1):
        if len(labels) > parts:
            name = _BELOW_CUSTOMER_NAMES.get(".".join(labels[-parts:]))
            if name is not None:
                if region is None and name == "s3":
                    region = table.global_hosts["s3.amazonaws.com"][1]
                return AwsEndpoint(name, region, name in _CUSTOMERS_OWN)
    return None


@cache
def _table() -> _Table:
    data = json.loads(TABLE.read_text(encoding="utf-8"))
    patterns: dict[str, list[str]] = {}
    for partition in data["partitions"]:
        for suffix in partition["suffixes"]:
            patterns.setdefault(suffix, []).append(partition["regionPattern"])
    patterns[_FUNCTION_URLS] = patterns["api.aws"]
    return _Table(
        regions=re.compile("|".join(each["regionPattern"] for each in data["partitions"])),
        regions_by_suffix=[
            (suffix, re.compile("|".join(patterns[suffix])))
            for suffix in sorted(patterns, key=len, reverse=True)
        ],
        signing_names=data["signingNames"],
        global_hosts={host: (name, region) for host, (name, region) in data["globalHosts"].items()},
    )
