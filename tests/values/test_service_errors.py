"""The errors of AWS services in every shape that their protocols have."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.parsers import create_parser
from botocore.session import Session
from hypothesis import given, settings
from hypothesis import strategies as st

from arazzo_runner.openapi.responses import decode_response
from arazzo_runner.values import ABSENT, Response
from arazzo_runner.values.service_errors import ServiceError, service_error

QUERY = (
    '<ErrorResponse xmlns="http://x/"><Error><Type>Sender</Type><Code>NoSuchEntity</Code>'
    "<Message>No role &quot;r&quot;</Message></Error><RequestId>1</RequestId></ErrorResponse>"
)
EC2 = (
    "<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code><Message>No i-1</Message>"
    "</Error></Errors><RequestID>1</RequestID></Response>"
)
S3 = (
    '<?xml version="1.0"?><Error><Code>NoSuchKey</Code>\n<Message>Not\n there</Message>'
    "<Key>k</Key></Error>"
)
TYPE = "x-amzn-ErrorType"

CASES: list[tuple[str, int, dict[str, str], bytes, ServiceError]] = [
    (
        "json",
        400,
        {},
        b'{"__type": "com.amazonaws.x#ResourceInUse", "message": "in use"}',
        ServiceError("ResourceInUse", "in use"),
    ),
    (
        "json",
        400,
        {},
        b'{"__type": "ThrottlingException", "Message": "Rate exceeded"}',
        ServiceError("ThrottlingException", "Rate exceeded"),
    ),
    (
        "rest-json",
        404,
        {TYPE: "ResourceNotFoundException:http://internal.amazon.com/x"},
        b'{"Message": "No function f"}',
        ServiceError("ResourceNotFoundException", "No function f"),
    ),
    ("query", 404, {}, QUERY.encode(), ServiceError("NoSuchEntity", 'No role "r"')),
    ("ec2", 400, {}, EC2.encode(), ServiceError("InvalidInstanceID.NotFound", "No i-1")),
    ("rest-xml", 404, {}, S3.encode(), ServiceError("NoSuchKey", "Not there")),
]


def answer(status: int, headers: dict[str, str], body: bytes) -> Response:
    kind = "application/json" if body[:1] == b"{" else "text/xml"
    return decode_response(status, (("Content-Type", kind), *headers.items()), body)


@pytest.mark.parametrize(("protocol", "status", "headers", "body", "expected"), CASES)
def test_shapes(
    protocol: str, status: int, headers: dict[str, str], body: bytes, expected: ServiceError
) -> None:
    assert service_error(answer(status, headers, body)) == expected


@pytest.mark.parametrize(("protocol", "status", "headers", "body", "expected"), CASES)
def test_botocore_reads_the_same_code(
    protocol: str, status: int, headers: dict[str, str], body: bytes, expected: ServiceError
) -> None:
    model = Session().get_service_model("sqs").operation_model("ListQueues").output_shape
    lower = {name.lower(): value for name, value in headers.items()}
    raw: Any = {"body": body, "headers": lower, "status_code": status}
    found = create_parser(protocol).parse(raw, model)["Error"]
    assert found["Code"] == expected.code
    assert " ".join(found["Message"].split()) == expected.message


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ((), {"message": "no code"}),
        ((), {"code": "someones-own", "message": "not of AWS"}),
        ((), {"code": "NOT_FOUND", "message": "not of AWS"}),
        ((), {"code": 404, "message": "not of AWS"}),
        ((), "<html><Code>x</Code></html>"),
        ((), "<Error><Code>cut off"),
        ((), "plain"),
        ((), b"bytes"),
        ((), ["a"]),
        ((), ABSENT),
        ((), {"__type": 7}),
    ],
)
def test_answers_of_others(headers: Any, body: Any) -> None:
    assert service_error(Response(400, headers, body)) is None


def test_a_code_in_json() -> None:
    found = service_error(Response(400, (), {"code": "SlowDown", "message": "m"}))
    assert found == ServiceError("SlowDown", "m")


def test_a_header_alone() -> None:
    assert str(service_error(Response(400, ((TYPE, "Broken"),)))) == "Broken"


def test_success_has_no_error() -> None:
    assert service_error(Response(200, ((TYPE, "X"),), {"__type": "Shown"})) is None


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80), st.sampled_from(["", "<Error>", "<Errors><Error><Code>"]))
def test_any_text_is_answered(text: str, start: str) -> None:
    found = service_error(Response(500, (), start + text))
    assert found is None or found.code
