"""Our requests against those that botocore builds, for every protocol of AWS.

Both get the same operation and values: botocore through its client, we through an OpenAPI
description made from the same model. Compared are method, path byte by byte, the query's pairs,
every header that the operation is about, and the body: bytes for blobs, JSON as values, forms as
pairs, XML as a tree.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree as ET

import pytest

from arazzo_runner.values import Request
from tests.support.botocore_api import our_request
from tests.support.botocore_requests import SERVER, Built, operation_model, their_request

ARN = "arn:aws:lambda:us-east-1:123456789012:function:my fn/with slash"
ROLE = "arn:aws:iam::123456789012:role/R"
JOB = {
    "TrainingJobName": "job-1",
    "AlgorithmSpecification": {"TrainingImage": "img:1", "TrainingInputMode": "File"},
    "RoleArn": ROLE,
    "OutputDataConfig": {"S3OutputPath": "s3://b/é"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    "HyperParameters": {"a": "1", "b": '"quoted"'},
    "EnableNetworkIsolation": True,
    "Tags": [{"Key": "k", "Value": ""}],
}
RECORD = {
    "Action": "UPSERT",
    "ResourceRecordSet": {
        "Name": "a.example.com",
        "Type": "A",
        "TTL": 60,
        "ResourceRecords": [{"Value": "1.2.3.4"}, {"Value": "5.6.7.8"}],
    },
}
CASES: list[tuple[str, str, dict[str, Any]]] = [
    # json
    ("sagemaker", "CreateTrainingJob", JOB),
    ("sagemaker", "DescribeTrainingJob", {"TrainingJobName": "a"}),
    ("sagemaker", "ListTrainingJobs", {}),
    ("sqs", "SendMessage", {"QueueUrl": f"{SERVER}/q", "MessageBody": "a\n<b>", "DelaySeconds": 0}),
    (
        "dynamodb",
        "PutItem",
        {"TableName": "t", "Item": {"id": {"S": "é"}, "raw": {"B": b"\x00\xff"}, "n": {"N": "1"}}},
    ),
    # query
    ("sts", "GetCallerIdentity", {}),
    (
        "sts",
        "AssumeRole",
        {"RoleArn": ROLE, "RoleSessionName": "s+s", "Tags": [{"Key": "a b", "Value": "c&d=é"}]},
    ),
    ("iam", "CreateUser", {"UserName": "u@x", "Tags": [{"Key": "k", "Value": "~v*"}]}),
    (
        "sns",
        "Publish",
        {
            "TopicArn": "arn:aws:sns:us-east-1:1:t",
            "Message": "line\nline",
            "MessageAttributes": {"a": {"DataType": "String", "StringValue": "1"}},
        },
    ),
    ("elasticache", "DescribeCacheClusters", {"ShowCacheNodeInfo": True, "MaxRecords": 20}),
    # ec2
    ("ec2", "DescribeInstances", {"Filters": [{"Name": "tag:a", "Values": ["x", "y z"]}]}),
    ("ec2", "CreateTags", {"Resources": ["i-1", "i-2"], "Tags": [{"Key": "a", "Value": "é"}]}),
    (
        "ec2",
        "RunInstances",
        {
            "ImageId": "ami-1",
            "MinCount": 1,
            "MaxCount": 2,
            "ClientToken": "t",
            "BlockDeviceMappings": [{"DeviceName": "/dev/sda", "Ebs": {"VolumeSize": 8}}],
        },
    ),
    ("ec2", "StopInstances", {"InstanceIds": ["i-1"], "Force": False}),
    # rest-json
    ("lambda", "ListFunctions", {"MaxItems": 5, "FunctionVersion": "ALL"}),
    ("lambda", "GetFunction", {"FunctionName": ARN, "Qualifier": "$LATEST"}),
    (
        "lambda",
        "CreateFunction",
        {"FunctionName": "f", "Role": ROLE, "Code": {"ZipFile": b"PK\x00"}, "Timeout": 3},
    ),
    (
        "lambda",
        "Invoke",
        {"FunctionName": "f", "InvocationType": "Event", "Payload": b'{"a": 1}', "Qualifier": "1"},
    ),
    ("lambda", "TagResource", {"Resource": ARN, "Tags": {"a": "b"}}),
    ("lambda", "UntagResource", {"Resource": ARN, "TagKeys": ["a b", "c&d"]}),
    (
        "apigateway",
        "UpdateStage",
        {
            "restApiId": "a",
            "stageName": "s/1",
            "patchOperations": [{"op": "replace", "path": "/x", "value": "y"}],
        },
    ),
    ("apigateway", "GetExport", {"restApiId": "a", "stageName": "s", "exportType": "oas30",
                                 "parameters": {"extensions": "apigateway"}}),
    # rest-xml
    ("s3", "ListObjectsV2", {"Bucket": "b", "Prefix": "a b/ü&+", "EncodingType": "url"}),
    (
        "s3",
        "PutObject",
        {
            "Bucket": "b",
            "Key": "dir/ü a+b~(1)*'!",
            "Body": b"\x00\xff",
            "ContentType": "image/png",
            "Metadata": {"one": "1", "two": "2"},
            "ServerSideEncryption": "AES256",
        },
    ),
    ("s3", "GetObject", {"Bucket": "b", "Key": "a//b/c", "Range": "bytes=0-9", "PartNumber": 1}),
    (
        "s3",
        "PutBucketTagging",
        {"Bucket": "b", "Tagging": {"TagSet": [{"Key": "a<", "Value": "b&"}]}},
    ),
    (
        "s3",
        "CompleteMultipartUpload",
        {
            "Bucket": "b",
            "Key": "k",
            "UploadId": "u/=+",
            "MultipartUpload": {
                "Parts": [{"ETag": '"e1"', "PartNumber": 1}, {"ETag": '"e2"', "PartNumber": 2}]
            },
        },
    ),
    ("s3", "CreateBucket", {"Bucket": "b",
                            "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}),
    (
        "s3",
        "PutBucketAcl",
        {
            "Bucket": "b",
            "AccessControlPolicy": {
                "Owner": {"ID": "o"},
                "Grants": [
                    {"Grantee": {"Type": "CanonicalUser", "ID": "g"}, "Permission": "READ"},
                    {"Grantee": {"Type": "Group", "URI": "http://x/"}, "Permission": "WRITE"},
                ],
            },
        },
    ),
    (
        "route53",
        "ChangeResourceRecordSets",
        {"HostedZoneId": "Z1", "ChangeBatch": {"Comment": "c", "Changes": [RECORD]}},
    ),
    ("route53", "CreateHostedZone", {"Name": "a.example.com", "CallerReference": "r"}),
    ("route53", "ListHostedZones", {"MaxItems": "5", "Marker": "a b"}),
    (
        "cloudfront",
        "CreateInvalidation",
        {
            "DistributionId": "D",
            "InvalidationBatch": {
                "Paths": {"Quantity": 2, "Items": ["/a", "/b*"]},
                "CallerReference": "r",
            },
        },
    ),
]  # fmt: skip
_NOT_OF_THE_OPERATION = {
    "accept",
    "accept-encoding",
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "authorization",
    "content-length",
    "content-md5",
    "expect",
    "host",
    "transfer-encoding",
    "user-agent",
    "x-amz-checksum-crc32",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-user-agent",
    "x-amzn-query-mode",
}


def _headers(pairs: Any) -> dict[str, str]:
    named = {key.lower(): value for key, value in pairs}
    return {key: value for key, value in named.items() if key not in _NOT_OF_THE_OPERATION}


def _tree(element: ET.Element) -> Any:
    children = [_tree(child) for child in element]
    return element.tag, element.attrib, (element.text or "").strip(), children


def _body(body: bytes, protocol: str, *, blob: bool) -> Any:
    if not body or blob:
        return body
    if protocol in ("query", "ec2"):
        return parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
    return _tree(ET.fromstring(body)) if protocol == "rest-xml" else json.loads(body)


def _compare(ours: Request, theirs: Built, protocol: str, *, blob: bool) -> None:
    mine, other = urlsplit(ours.url), urlsplit(theirs.url)
    assert ours.method == theirs.method
    assert mine.path == other.path
    pairs = [sorted(parse_qsl(url.query, keep_blank_values=True)) for url in (mine, other)]
    assert pairs[0] == pairs[1]
    assert isinstance(ours.body, bytes)
    assert _body(ours.body, protocol, blob=blob) == _body(theirs.body, protocol, blob=blob)
    own, expected = _headers(ours.headers), _headers(theirs.headers.items())
    if "content-type" not in expected:  # botocore sends none for rest-json and rest-xml bodies
        own.pop("content-type", None)
    assert own == expected


@pytest.mark.parametrize(
    ("service", "operation", "values"), CASES, ids=[f"{case[0]}-{case[1]}" for case in CASES]
)
def test_request(service: str, operation: str, values: dict[str, Any]) -> None:
    model = operation_model(service, operation)
    payload = (model.input_shape.serialization if model.input_shape else {}).get("payload")
    blob = payload is not None and model.input_shape.members[payload].type_name == "blob"
    theirs = their_request(service, operation, values)
    ours = our_request(model, SERVER, values)
    _compare(ours, theirs, model.service_model.metadata["protocol"], blob=blob)


def test_every_protocol_has_several_operations() -> None:
    counts: dict[str, int] = {}
    for service, operation, _ in CASES:
        protocol = operation_model(service, operation).service_model.metadata["protocol"]
        counts[protocol] = counts.get(protocol, 0) + 1
    assert set(counts) == {"json", "query", "ec2", "rest-json", "rest-xml"}
    assert min(counts.values()) >= 4
