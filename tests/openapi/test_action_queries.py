"""Requests of AWS's query protocols: in the query of a path key, and in forms."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest
from botocore.serialize import create_serializer
from botocore.session import Session
from hypothesis import given, settings
from hypothesis import strategies as st

from arazzo_runner.openapi import bind
from arazzo_runner.openapi.aws_describe import describe_service, load_service_model
from arazzo_runner.values import ABSENT
from tests.openapi.support import SERVER, api, describe

LIST = {"type": "array", "items": {"type": "string"}}
EC2 = [{"url": "https://ec2.{region}.amazonaws.com", "variables": {"region": {"default": "x"}}}]


def query(path: str, schema: Any, value: Any, *, name: str = "InstanceId", **fields: Any) -> str:
    described = {"name": name, "in": "query", "schema": schema}
    found = api({path: {"get": {"parameters": [described], "responses": {}}}}, **fields)
    operation = found.at(path, "get")
    assert operation is not None
    binding = bind(operation, base_url=SERVER, parameters=[(name, "query")])
    assert binding.notes == ()
    return binding.request([value]).url.partition("?")[2]


STOP = "/?Action=StopInstances"


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        (LIST, ["i-1", "i-2"], "InstanceId.1=i-1&InstanceId.2=i-2"),
        (LIST, "i-1", "InstanceId.1=i-1"),
        (LIST, [], ""),
        (LIST, ABSENT, ""),
        ({"type": "string"}, "i-1", "InstanceId=i-1"),
        ({"type": "string"}, True, "InstanceId=true"),
        ({}, [{"Key": "a", "Value": "b c"}], "InstanceId.1.Key=a&InstanceId.1.Value=b%20c"),
        ({}, {"A": {"B": 1}, "C": ABSENT}, "InstanceId.A.B=1"),
        ({**LIST, "xml": {"wrapped": True}}, ["a"], "InstanceId.member.1=a"),
        (
            {"type": "array", "xml": {"wrapped": True}, "items": {"xml": {"name": "Id"}}},
            ["a"],
            "InstanceId.Id.1=a",
        ),
    ],
)
def test_queries_of_ec2(schema: Any, value: Any, expected: str) -> None:
    found = query(STOP, schema, value, servers=EC2)
    assert found == "&".join(filter(None, ("Action=StopInstances", expected)))


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (LIST, "InstanceId.member.1=a"),
        ({**LIST, "xml": {"flattened": True}}, "InstanceId.1=a"),
        ({"$ref": "#/components/schemas/Ids"}, "InstanceId.1=a"),
        ({"$ref": "#/components/schemas/None"}, "InstanceId.member.1=a"),
    ],
)
def test_queries_of_other_services(schema: Any, expected: str) -> None:
    components = {"schemas": {"Ids": {**LIST, "xml": {"wrapped": False}}}}
    found = query("/?Action=X", schema, ["a"], components=components)
    assert found == f"Action=X&{expected}"


def test_other_operations_are_not_concerned() -> None:
    assert query("/?action=X", LIST, ["a", "b"]) == "action=X&InstanceId=a&InstanceId=b"
    assert query("/things", LIST, ["a", "b"]) == "InstanceId=a&InstanceId=b"


def form(service: str, operation: str, payload: Any) -> list[tuple[str, str]]:
    """The pairs that a described operation sends."""
    described = describe(describe_service(load_service_model(service), [operation]))
    (found,) = described.by_id(operation)
    binding = bind(found, base_url=SERVER, parameters=[], has_body=True)
    return sorted(parse_qsl(binding.request([], payload).body.decode(), keep_blank_values=True))


def botocores(service: str, operation: str, members: Any) -> list[tuple[str, str]]:
    model = Session().get_service_model(service)
    serializer = create_serializer(model.resolved_protocol)
    sent = serializer.serialize_to_request(members, model.operation_model(operation))
    return sorted((name, str(value)) for name, value in sent["body"].items())


@pytest.mark.parametrize(
    ("service", "operation", "payload", "members"),
    [
        (
            "ec2",
            "RunInstances",
            {
                "ImageId": "ami-1",
                "MinCount": 1,
                "MaxCount": 2,
                "SecurityGroupId": ["sg-1", "sg-2"],
                "TagSpecification": [
                    {"ResourceType": "instance", "Tag": [{"Key": "k", "Value": "v"}]}
                ],
                "BlockDeviceMapping": [{"DeviceName": "/dev/sda", "Ebs": {"VolumeSize": 8}}],
                "DryRun": True,
            },
            {
                "ImageId": "ami-1",
                "MinCount": 1,
                "MaxCount": 2,
                "SecurityGroupIds": ["sg-1", "sg-2"],
                "TagSpecifications": [
                    {"ResourceType": "instance", "Tags": [{"Key": "k", "Value": "v"}]}
                ],
                "BlockDeviceMappings": [{"DeviceName": "/dev/sda", "Ebs": {"VolumeSize": 8}}],
                "DryRun": True,
            },
        ),
        (
            "rds",
            "CreateDBInstance",
            {
                "DBInstanceIdentifier": "db",
                "DBInstanceClass": "c",
                "Engine": "mysql",
                "VpcSecurityGroupIds": ["sg-1"],
                "Tags": [{"Key": "k", "Value": "v"}],
                "EnableCloudwatchLogsExports": ["audit"],
                "MultiAZ": False,
            },
            None,
        ),
        (
            "sns",
            "Publish",
            {
                "Message": "m",
                "TopicArn": "arn",
                "MessageAttributes": {"a": {"DataType": "String", "StringValue": "s"}},
            },
            None,
        ),
        (
            "elbv2",
            "CreateTargetGroup",
            {"Name": "t", "Matcher": {"HttpCode": "200"}, "Tags": [{"Key": "k", "Value": "v"}]},
            None,
        ),
        (
            "autoscaling",
            "CreateAutoScalingGroup",
            {
                "AutoScalingGroupName": "g",
                "MinSize": 0,
                "MaxSize": 1,
                "AvailabilityZones": ["a", "b"],
                "Tags": [{"Key": "k", "PropagateAtLaunch": True}],
            },
            None,
        ),
        (
            "cloudformation",
            "CreateStack",
            {"StackName": "s", "Parameters": [{"ParameterKey": "k", "ParameterValue": "v"}]},
            None,
        ),
        (
            "ses",
            "SendEmail",
            {
                "Source": "a@b",
                "Destination": {"ToAddresses": ["c@d", "e@f"]},
                "Message": {"Subject": {"Data": "ä & b"}, "Body": {"Text": {"Data": "t"}}},
            },
            None,
        ),
        ("sts", "GetCallerIdentity", {}, None),
    ],
)
def test_forms_are_those_of_botocore(
    service: str, operation: str, payload: Any, members: Any
) -> None:
    """``members`` are botocore's names, where they are others than those of the fields."""
    expected = botocores(service, operation, payload if members is None else members)
    lower = [
        (name, {"True": "true", "False": "false"}.get(value, value)) for name, value in expected
    ]
    assert form(service, operation, payload) == sorted(lower)


def test_what_the_step_says_wins() -> None:
    assert ("Version", "2099-01-01") in form("sts", "GetCallerIdentity", {"Version": "2099-01-01"})


def test_bytes_are_base64() -> None:
    pairs = form("ses", "SendRawEmail", {"RawMessage": {"Data": b"\x00\xff"}})
    assert ("RawMessage.Data", "AP8=") in pairs


def test_a_form_that_is_text_is_sent_as_it_is() -> None:
    assert form("sts", "GetCallerIdentity", "Action=X") == [("Action", "X")]


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.text(max_size=5) | st.booleans() | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text("aB", min_size=1), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_any_value_can_be_sent(value: Any) -> None:
    found = query(STOP, {}, value, servers=EC2)
    names = [name for name, _ in parse_qsl(found, keep_blank_values=True)]
    assert names[0] == "Action"
    assert len(names) == len(set(names))
