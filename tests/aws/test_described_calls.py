"""Descriptions that ``aws describe`` makes are true: calls through them work on moto's AWS."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

import arazzo_runner as arazzo
from arazzo_runner.openapi.aws_describe import (
    describe_service,
    description_text,
    load_service_model,
)
from tests.support.moto_server import Moto


class Call(NamedTuple):
    """One step: an operation, what it gets, and its outputs."""

    operation: str
    body: Any = None
    parameters: Sequence[tuple[str, str, Any]] = ()
    outputs: Mapping[str, str] = {}


class Scenario(NamedTuple):
    """Calls of one service, in order; later ones may use ``$steps.sN.outputs.…``."""

    service: str
    calls: Sequence[Call]
    outputs: Mapping[str, Any]


ROLE = "arn:aws:iam::123456789012:role/r"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
TAGGING = "<Tagging><TagSet><Tag><Key>a</Key><Value>1 &amp; 2</Value></Tag></TagSet></Tagging>"
ZONE = {"Name": "example.test", "CallerReference": "1"}
TEMPLATE = json.dumps(
    {
        "Parameters": {"Name": {"Type": "String"}},
        "Resources": {
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "Name"}}}
        },
    }
)

SCENARIOS = [
    # json
    Scenario(
        "sqs",
        [
            Call(
                "CreateQueue",
                {"QueueName": "q", "Attributes": {"DelaySeconds": "0"}},
                outputs={"url": "#/QueueUrl"},
            ),
            Call("SendMessage", {"QueueUrl": "$steps.s0.outputs.url", "MessageBody": "hello"}),
            Call(
                "ReceiveMessage",
                {"QueueUrl": "$steps.s0.outputs.url"},
                outputs={"found": "#/Messages/0/Body"},
            ),
        ],
        {"found": "hello"},
    ),
    Scenario(
        "dynamodb",
        [
            Call(
                "CreateTable",
                {
                    "TableName": "t",
                    "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
                    "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
                    "BillingMode": "PAY_PER_REQUEST",
                },
            ),
            Call("PutItem", {"TableName": "t", "Item": {"k": {"S": "a"}, "n": {"N": "7"}}}),
            Call(
                "GetItem",
                {"TableName": "t", "Key": {"k": {"S": "a"}}},
                outputs={"found": "#/Item/n/N"},
            ),
        ],
        {"found": "7"},
    ),
    Scenario(
        "ssm",
        [
            Call("PutParameter", {"Name": "/a/b", "Value": "x", "Type": "String"}),
            Call("GetParameter", {"Name": "/a/b"}, outputs={"found": "#/Parameter/Value"}),
        ],
        {"found": "x"},
    ),
    Scenario(
        "secretsmanager",
        [
            Call("CreateSecret", {"Name": "s", "SecretString": "hush"}),
            Call("GetSecretValue", {"SecretId": "s"}, outputs={"found": "#/SecretString"}),
        ],
        {"found": "hush"},
    ),
    Scenario(
        "kms",
        [
            Call("CreateKey", {"Description": "d"}, outputs={"id": "#/KeyMetadata/KeyId"}),
            Call(
                "DescribeKey",
                {"KeyId": "$steps.s0.outputs.id"},
                outputs={"found": "#/KeyMetadata/Description"},
            ),
        ],
        {"found": "d"},
    ),
    Scenario(
        "events",
        [
            Call("PutRule", {"Name": "r", "ScheduleExpression": "rate(5 minutes)"}),
            Call("DescribeRule", {"Name": "r"}, outputs={"found": "#/ScheduleExpression"}),
        ],
        {"found": "rate(5 minutes)"},
    ),
    # rest-json
    Scenario(
        "apigateway",
        [
            Call("CreateRestApi", {"name": "api"}, outputs={"id": "#/id"}),
            Call(
                "GetRestApi",
                parameters=[("restapi_id", "path", "$steps.s0.outputs.id")],
                outputs={"found": "#/name"},
            ),
            Call(
                "GetRestApis",
                parameters=[("limit", "query", 5)],
                outputs={"listed": "#/item/0/name"},
            ),
        ],
        {"found": "api", "listed": "api"},
    ),
    Scenario(
        "batch",
        [
            Call(
                "RegisterJobDefinition",
                {
                    "jobDefinitionName": "j",
                    "type": "container",
                    "containerProperties": {"image": "busybox", "vcpus": 1, "memory": 4},
                },
            ),
            Call(
                "DescribeJobDefinitions",
                {"jobDefinitionName": "j"},
                outputs={"found": "#/jobDefinitions/0/containerProperties/image"},
            ),
        ],
        {"found": "busybox"},
    ),
    # rest-xml
    Scenario(
        "s3",
        [
            Call("CreateBucket", parameters=[("Bucket", "path", "bucket")]),
            Call(
                "PutObject",
                "a,b\n1,2\n",
                [("Bucket", "path", "bucket"), ("Key", "path", "in/the data.csv")],
            ),
            Call("PutBucketTagging", TAGGING, [("Bucket", "path", "bucket")]),
            Call(
                "GetBucketTagging",
                parameters=[("Bucket", "path", "bucket")],
                outputs={"tag": "#/TagSet/Tag/Value"},
            ),
            Call(
                "ListObjectsV2",
                parameters=[("Bucket", "path", "bucket"), ("prefix", "query", "in/")],
                outputs={"listed": "#/Contents/0/Key", "size": "#/Contents/0/Size"},
            ),
            Call(
                "GetObject",
                parameters=[("Bucket", "path", "bucket"), ("Key", "path", "in/the data.csv")],
                outputs={"content": ""},
            ),
            Call("DeleteObject", parameters=[("Bucket", "path", "bucket"), ("Key", "path", "x/y")]),
        ],
        {"tag": "1 & 2", "listed": "in/the data.csv", "size": "8", "content": b"a,b\n1,2\n"},
    ),
    Scenario(
        "route53",
        [
            Call("CreateHostedZone", ZONE, outputs={"found": "#/HostedZone/Name"}),
            Call("ListHostedZones", outputs={"listed": "#/HostedZones/HostedZone/Name"}),
        ],
        {"found": "example.test.", "listed": "example.test."},
    ),
    # query
    Scenario(
        "sns",
        [
            Call(
                "CreateTopic",
                {
                    "Name": "t",
                    "Attributes": {"DisplayName": "Shown"},
                    "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}],
                },
                outputs={"arn": "#/CreateTopicResult/TopicArn"},
            ),
            Call(
                "ListTagsForResource",
                {"ResourceArn": "$steps.s0.outputs.arn"},
                outputs={"found": "#/ListTagsForResourceResult/Tags/1/Value"},
            ),
            Call(
                "GetTopicAttributes",
                {"TopicArn": "$steps.s0.outputs.arn"},
                outputs={"all": "#/GetTopicAttributesResult/Attributes/entry"},
            ),
        ],
        {"found": "2", "all": list},
    ),
    Scenario(
        "sts",
        [
            Call(
                "AssumeRole",
                {"RoleArn": ROLE, "RoleSessionName": "me", "DurationSeconds": 900},
                outputs={"found": "#/AssumeRoleResult/AssumedRoleUser/Arn"},
            )
        ],
        {"found": "arn:aws:sts::123456789012:assumed-role/r/me"},
    ),
    Scenario(
        "iam",
        [
            Call("CreateRole", {"RoleName": "r", "AssumeRolePolicyDocument": TRUST}),
            Call(
                "TagRole",
                {"RoleName": "r", "Tags": [{"Key": "k", "Value": "v"}]},
            ),
            Call(
                "ListRoleTags",
                {"RoleName": "r"},
                outputs={"found": "#/ListRoleTagsResult/Tags/0/Value"},
            ),
        ],
        {"found": "v"},
    ),
    Scenario(
        "cloudformation",
        [
            Call(
                "CreateStack",
                {
                    "StackName": "s",
                    "TemplateBody": TEMPLATE,
                    "Parameters": [{"ParameterKey": "Name", "ParameterValue": "topic-7"}],
                },
            ),
            Call(
                "DescribeStackResources",
                {"StackName": "s"},
                outputs={
                    "found": "#/DescribeStackResourcesResult/StackResources/0/PhysicalResourceId"
                },
            ),
        ],
        {"found": "arn:aws:sns:us-east-1:123456789012:topic-7"},
    ),
    Scenario(
        "rds",
        [
            Call(
                "CreateDBParameterGroup",
                {
                    "DBParameterGroupName": "p",
                    "DBParameterGroupFamily": "mysql8.0",
                    "Description": "d",
                    "Tags": [{"Key": "k", "Value": "v"}],
                },
            ),
            Call(
                "ListTagsForResource",
                {"ResourceName": "arn:aws:rds:us-east-1:123456789012:pg:p"},
                outputs={"found": "#/ListTagsForResourceResult/TagList/Tag/Value"},
            ),
        ],
        {"found": "v"},
    ),
    # ec2
    Scenario(
        "ec2",
        [
            Call(
                "CreateVpc",
                {
                    "CidrBlock": "10.9.0.0/16",
                    "TagSpecification": [
                        {"ResourceType": "vpc", "Tag": [{"Key": "Name", "Value": "nine"}]}
                    ],
                },
                outputs={"id": "#/vpc/vpcId"},
            ),
            Call(
                "DescribeVpcs",
                {"Filter": [{"Name": "tag:Name", "Value": ["nine", "ten"]}]},
                outputs={"found": "#/vpcSet/0/cidrBlock", "all": "#/vpcSet"},
            ),
        ],
        {"found": "10.9.0.0/16", "all": list},
    ),
]


def write(scenario: Scenario, folder: Path) -> Path:
    """The description of what the calls use, and the workflow beside it."""
    used = list(dict.fromkeys(call.operation for call in scenario.calls))
    described = describe_service(load_service_model(scenario.service), used)
    (folder / "api.yml").write_text(description_text(described, "a test"), encoding="utf-8")
    steps = []
    for number, call in enumerate(scenario.calls):
        step: dict[str, Any] = {"stepId": f"s{number}", "operationId": call.operation}
        if call.parameters:
            step["parameters"] = [
                {"name": name, "in": place, "value": value}
                for name, place, value in call.parameters
            ]
        if call.body is not None:
            step["requestBody"] = {"payload": call.body}
        step["outputs"] = {name: f"$response.body{at}" for name, at in call.outputs.items()}
        steps.append(step)
    workflow = {
        "workflowId": "w",
        "steps": steps,
        "outputs": {
            name: f"$steps.s{number}.outputs.{name}"
            for number, call in enumerate(scenario.calls)
            for name in call.outputs
        },
    }
    file = folder / "w.arazzo.yaml"
    document = {
        "arazzo": "1.0.1",
        "info": {"title": "t", "version": "1"},
        "sourceDescriptions": [{"name": "api", "url": "api.yml", "type": "openapi"}],
        "workflows": [workflow],
    }
    file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return file


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.service)
def test_calls_work(scenario: Scenario, moto: Moto, tmp_path: Path) -> None:
    file = write(scenario, tmp_path)
    result = arazzo.run(str(file), servers={"api": moto.url}, strict=True, timeout=30)
    assert result.status == "completed", (result.error, result.steps[-1].response)
    for name, expected in scenario.outputs.items():
        found = result.outputs.get(name)
        assert isinstance(found, expected) if isinstance(expected, type) else found == expected
    # moto calls some JSON HTML; XML is read by its mapping, which is a tolerance.
    usual = {"response-body", "xml-by-pointer"}
    assert [warning for warning in result.warnings if warning.rule not in usual] == []
