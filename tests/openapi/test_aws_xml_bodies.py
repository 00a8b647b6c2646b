"""Objects through descriptions of AWS's XML services are the XML that botocore sends."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import canonicalize

import pytest
from botocore.serialize import create_serializer
from botocore.session import Session

from arazzo_runner.openapi import bind
from arazzo_runner.openapi.aws_describe import describe_service, load_service_model
from tests.openapi.support import SERVER, describe

RULE = {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": "p"}, "Expiration": {"Days": 3}}
RECORD = {"Name": "n", "Type": "A", "TTL": 1, "ResourceRecords": [{"Value": "1.2.3.4"}]}
CHANGE = {"ChangeBatch": {"Changes": [{"Action": "CREATE", "ResourceRecordSet": RECORD}]}}
TAGS = {"TagSet": [{"Key": "a", "Value": "1 & 2"}, {"Key": "b", "Value": ""}]}
PATHS = {"Paths": {"Quantity": 1, "Items": ["/a"]}, "CallerReference": "r"}
OBJECT = {"Bucket": "b", "Key": "k"}


@pytest.mark.parametrize(
    ("service", "operation", "payload", "members"),
    [
        ("s3", "PutBucketTagging", TAGS, {"Bucket": "b", "Tagging": TAGS}),
        (
            "s3",
            "PutBucketLifecycleConfiguration",
            {"Rule": [RULE]},
            {"Bucket": "b", "LifecycleConfiguration": {"Rules": [RULE]}},
        ),
        (
            "s3",
            "DeleteObjects",
            {"Object": [{"Key": "a"}, {"Key": "b"}], "Quiet": True},
            {"Bucket": "b", "Delete": {"Objects": [{"Key": "a"}, {"Key": "b"}], "Quiet": True}},
        ),
        (
            "s3",
            "CompleteMultipartUpload",
            {"Part": [{"ETag": "e", "PartNumber": 1}]},
            {
                **OBJECT,
                "UploadId": "u",
                "MultipartUpload": {"Parts": [{"ETag": "e", "PartNumber": 1}]},
            },
        ),
        (
            "s3",
            "PutBucketAcl",
            {
                "Owner": {"ID": "o"},
                "AccessControlList": [
                    {"Grantee": {"type": "CanonicalUser", "ID": "i"}, "Permission": "READ"}
                ],
            },
            {
                "Bucket": "b",
                "AccessControlPolicy": {
                    "Owner": {"ID": "o"},
                    "Grants": [
                        {"Grantee": {"Type": "CanonicalUser", "ID": "i"}, "Permission": "READ"}
                    ],
                },
            },
        ),
        (
            "route53",
            "CreateHostedZone",
            {"Name": "e.test", "CallerReference": "1", "HostedZoneConfig": {"Comment": "c"}},
            {"Name": "e.test", "CallerReference": "1", "HostedZoneConfig": {"Comment": "c"}},
        ),
        ("route53", "ChangeResourceRecordSets", CHANGE, {"HostedZoneId": "Z", **CHANGE}),
        (
            "cloudfront",
            "CreateInvalidation",
            PATHS,
            {"DistributionId": "D", "InvalidationBatch": PATHS},
        ),
    ],
)
def test_bodies_are_those_of_botocore(
    service: str, operation: str, payload: Any, members: Any
) -> None:
    described = describe(describe_service(load_service_model(service), [operation]))
    (found,) = described.by_id(operation)
    places = [(p.name, "path") for p in found.parameters if p.location == "path"]
    binding = bind(found, base_url=SERVER, parameters=places, has_body=True)
    sent = binding.request(["x"] * len(places), payload).body
    model = Session().get_service_model(service)
    serializer = create_serializer(model.resolved_protocol)
    expected = serializer.serialize_to_request(members, model.operation_model(operation))["body"]
    assert canonicalize(sent.decode(), rewrite_prefixes=True) == canonicalize(
        expected.decode(), rewrite_prefixes=True
    )
