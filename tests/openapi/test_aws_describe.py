"""Service models of AWS as OpenAPI descriptions: valid, readable by us, and what the models say."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from botocore.loaders import Loader
from openapi_spec_validator import validate

from arazzo_runner.errors import UsageError
from arazzo_runner.openapi import Description
from arazzo_runner.openapi.aws_describe import (
    describe_service,
    description_text,
    load_service_model,
)
from arazzo_runner.openapi.aws_describe.service_model import words_of
from arazzo_runner.openapi.aws_describe.shapes import _pattern, plain_text
from arazzo_runner.validation.descriptions import Verdicts
from tests.openapi.support import describe

_QUERY = "autoscaling cloudformation cloudsearch docdb ec2 elasticache elb elbv2 iam neptune rds"
_XML = "redshift ses sns sts cloudfront route53 s3 s3control"
_JSON = "acm athena cloudtrail cloudwatch codebuild cognito-idp dms dynamodb ecr ecs events glue"
_MORE = "kinesis kms logs rekognition sagemaker secretsmanager sqs ssm stepfunctions textract"
_REST = "apigateway appsync backup batch bedrock-runtime eks iot lambda polly xray"
SERVICES = " ".join((_QUERY, _XML, _JSON, _MORE, _REST)).split()


@cache
def described(service: str, *operations: str) -> dict[str, Any]:
    return describe_service(load_service_model(service), operations or None)


def operation(service: str, name: str) -> dict[str, Any]:
    (item,) = described(service, name)["paths"].values()
    (found,) = item.values()
    return found


def test_there_are_fifty() -> None:
    assert len(set(SERVICES)) >= 50


@pytest.mark.parametrize("service", SERVICES)
def test_valid_and_readable(service: str) -> None:
    """A few operations of each, so that it takes seconds and not minutes."""
    model = load_service_model(service)
    names = sorted(model.operations)[:: max(1, len(model.operations) // 2)]
    made = describe_service(model, names)
    validate(made)
    ours: Description = describe(made)
    assert Verdicts(None).of(ours, None) == []  # what 'arazzo validate --full-sources' says of it
    for name in names:
        (found,) = ours.by_id(name)
        assert found.servers[0].resolve().startswith("https://")
        assert found.notes == ()
        for scheme in found.security[0] if found.security else ():
            assert ours.security_schemes[scheme].is_sigv4


def test_the_same_model_gives_the_same_text() -> None:
    one, other = (
        description_text(describe_service(load_service_model("sqs")), "c") for _ in range(2)
    )
    assert one == other
    assert one.startswith("# Written by `c`: change it there.\nopenapi: 3.1.0\n")
    assert "&id" not in one


def test_only_what_is_used() -> None:
    made = described("sagemaker", "DescribeTrainingJob", "CreateTrainingJob")
    assert list(made["paths"]) == ["/#DescribeTrainingJob", "/#CreateTrainingJob"]
    assert "CreateModelInput" not in made["components"]["schemas"]
    assert made["servers"] == [
        {
            "url": "https://api.sagemaker.{region}.amazonaws.com",
            "variables": {"region": {"default": "us-east-1", "description": "The AWS region."}},
        }
    ]


def test_global_services_have_no_region() -> None:
    assert described("iam", "GetUser")["servers"] == [{"url": "https://iam.amazonaws.com"}]


def test_json() -> None:
    found = operation("dynamodb", "GetItem")
    assert found["parameters"][0]["schema"]["const"] == "DynamoDB_20120810.GetItem"
    assert list(found["requestBody"]["content"]) == ["application/x-amz-json-1.0"]
    examples = found["responses"]["400"]["content"]["application/x-amz-json-1.0"]["examples"]
    assert examples["ResourceNotFoundException"]["value"] == {
        "__type": "ResourceNotFoundException",
        "message": "Resource not found exception",
    }


def test_a_service_of_several_protocols_is_described_in_json() -> None:
    model = load_service_model("cloudwatch")
    assert model.metadata["protocol"] == "smithy-rpc-v2-cbor"
    assert model.protocol == "json"


def test_rest_json() -> None:
    made = described("lambda", "Invoke")
    assert list(made["paths"]) == ["/2015-03-31/functions/{FunctionName}/invocations"]
    found = operation("lambda", "Invoke")
    places = {each["name"]: each["in"] for each in found["parameters"]}
    assert places["FunctionName"] == "path"
    assert places["Qualifier"] == "query"
    assert places["X-Amz-Invocation-Type"] == "header"
    assert list(found["requestBody"]["content"]) == ["application/octet-stream"]
    assert "X-Amz-Function-Error" in found["responses"]["200"]["headers"]


def test_rest_xml() -> None:
    made = described("s3", "PutObject", "CopyObject", "PutBucketTagging", "ListObjectsV2")
    assert list(made["paths"]) == [
        "/{Bucket}/{Key+}",
        "/{Bucket}/{Key+}#CopyObject",
        "/{Bucket}?tagging",
        "/{Bucket}?list-type=2",
    ]
    put = made["paths"]["/{Bucket}/{Key+}"]["put"]
    key = next(each for each in put["parameters"] if each["name"] == "Key+")
    assert (key["in"], key["required"]) == ("path", True)
    assert "ETag" in put["responses"]["200"]["headers"]
    tagging = made["paths"]["/{Bucket}?tagging"]["put"]["requestBody"]
    assert tagging["content"]["application/xml"]["schema"] == {
        "allOf": [{"$ref": "#/components/schemas/Tagging"}],
        "xml": {"namespace": "http://s3.amazonaws.com/doc/2006-03-01/", "name": "Tagging"},
    }
    schemas = made["components"]["schemas"]
    assert schemas["TagSet"]["xml"] == {"wrapped": True}
    assert schemas["TagSet"]["items"]["xml"] == {"name": "Tag"}
    listed = made["paths"]["/{Bucket}?list-type=2"]["get"]["responses"]["200"]["content"]
    contents = listed["application/xml"]["schema"]["properties"]["Contents"]
    assert contents == {"$ref": "#/components/schemas/ObjectList"}
    assert schemas["ObjectList"]["xml"] == {"wrapped": False}


def test_lists_in_headers_and_moments_in_them() -> None:
    found = operation("s3", "GetObjectAttributes")
    schemas = {each["name"]: each["schema"] for each in found["parameters"]}
    assert schemas["x-amz-object-attributes"]["type"] == "array"
    head = operation("s3", "HeadObject")
    moment = next(each for each in head["parameters"] if each["name"] == "If-Modified-Since")
    assert "HTTP's header Date" in moment["schema"]["description"]


def test_maps_in_the_query() -> None:
    found = operation("apigateway", "GetSdk")
    parameters = next(each for each in found["parameters"] if each["name"] == "parameters")
    assert parameters["schema"] == {
        "type": "object",
        "additionalProperties": {"type": "string"},
    }


def test_deprecated_operations() -> None:
    assert operation("s3", "GetBucketLifecycle")["deprecated"] is True


def test_an_operation_without_input_or_output() -> None:
    found = operation("ssm", "GetDefaultPatchBaseline")
    assert found["requestBody"]["required"] is True


def test_bodies_that_are_text() -> None:
    found = operation("s3", "PutBucketPolicy")
    assert list(found["requestBody"]["content"]) == ["text/plain"]


def test_attributes_of_xml() -> None:
    schemas = described("s3", "PutBucketAcl")["components"]["schemas"]
    grantee = schemas["Grantee"]["properties"]["type"]
    assert grantee["xml"] == {
        "attribute": True,
        "name": "type",
        "prefix": "xsi",
        "namespace": "http://www.w3.org/2001/XMLSchema-instance",
    }
    assert "xml" not in schemas["Grant"]["properties"]["Grantee"]


def test_query() -> None:
    found = operation("sns", "CreateTopic")
    schema = found["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    assert schema["required"] == ["Action", "Version", "Name"]
    assert schema["properties"]["Action"] == {"type": "string", "const": "CreateTopic"}
    schemas = described("sns", "CreateTopic")["components"]["schemas"]
    assert schemas["TopicAttributesMap.form"]["x-aws-map"] == {
        "entry": "entry",
        "key": "key",
        "value": "value",
    }
    answer = found["responses"]["200"]["content"]["text/xml"]["schema"]
    assert list(answer["properties"]) == ["CreateTopicResult", "ResponseMetadata"]


def test_ec2() -> None:
    found = operation("ec2", "RunInstances")
    schema = found["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    assert {"SecurityGroupId", "DryRun", "EbsOptimized"} <= set(schema["properties"])
    schemas = described("ec2", "RunInstances")["components"]["schemas"]
    ids = schema["properties"]["SecurityGroupId"]["$ref"].rpartition("/")[2]
    assert schemas[ids]["xml"] == {"wrapped": False}
    answer = found["responses"]["200"]["content"]["text/xml"]["schema"]
    assert {"requestId", "instancesSet"} <= set(answer["properties"])
    instances = schemas[answer["properties"]["instancesSet"]["$ref"].rpartition("/")[2]]
    assert instances["xml"] == {"wrapped": True}
    assert instances["items"]["xml"] == {"name": "item"}


def test_hosts_of_single_operations() -> None:
    model = load_service_model("s3control")
    made = describe_service(model, ["ListAccessPoints"])
    ((item,),) = [list(item.values()) for item in made["paths"].values()]
    assert item["servers"] == [
        {
            "url": "https://{AccountId}.s3-control.{region}.amazonaws.com",
            "variables": {
                "AccountId": {"default": "accountid"},
                "region": {"default": "us-east-1"},
            },
        }
    ]


def test_unsigned_operations() -> None:
    found = operation("cognito-idp", "SignUp")
    assert found["security"] == []


def test_texts_of_aws_only_when_asked_for() -> None:
    model = load_service_model("sts")
    assert (
        "description"
        not in next(iter(described("sts", "GetCallerIdentity")["paths"].values()))["post"]
    )
    made = describe_service(model, ["GetCallerIdentity"], with_texts=True)
    text = made["paths"]["/#GetCallerIdentity"]["post"]["description"]
    assert text.startswith("Returns details about the IAM user or role")
    assert "<" not in text


def test_unknown_names() -> None:
    with pytest.raises(UsageError, match="no service 'sagemakr'") as caught:
        load_service_model("sagemakr")
    assert caught.value.hint == "did you mean 'sagemaker'?"
    with pytest.raises(UsageError, match="no operation 'ListQueue'") as caught:
        described("sqs", "ListQueue")
    assert caught.value.hint == "did you mean 'ListQueues'?"


def test_protocols_that_openapi_cannot_describe() -> None:
    loader = Loader()
    only_cbor = [
        name
        for name in ("cloudwatchomni", "eventbridgev2", "partnercentral-marketing")
        if name in loader.list_available_services("service-2")
    ]
    for name in only_cbor:
        with pytest.raises(UsageError, match="smithy-rpc-v2-cbor only"):
            load_service_model(name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("CreateTrainingJob", "Create training job"),
        ("CreateDBInstance", "Create DB instance"),
        ("ListObjectsV2", "List objects v 2"),
        ("x", "X"),
    ],
)
def test_words(name: str, words: str) -> None:
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (None, None),
        ("[a-z]+", "^(?:[a-z]+)$"),
        ("[\\p{Alnum}-]+", "^(?:[A-Za-z0-9-]+)$"),
        ("[\\p{L}]+", None),
        ("[[:alpha:]]", None),
        ("a++", None),
        ("[\\u10000-\\u10FFFF]", None),
        ("(", None),
    ],
)
def test_patterns(pattern: str | None, expected: str | None) -> None:
    assert _pattern(pattern) == expected


def test_plain_text() -> None:
    assert plain_text("<p>One &amp; <b>two</b></p>\n<p>three</p>") == "One & two three"
