"""What messages and inputs teach the redactor."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from arazzo_runner.execution.lessons import Lessons
from arazzo_runner.execution.masked_logs import mask_logs
from arazzo_runner.values import Hop, Redactor, Request, Response

SECRET = "s3cret-value"
JSON = (("Content-Type", "application/json"),)
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


def knows(redactor: Redactor, text: str = SECRET) -> bool:
    return redactor.text(text) == "•••"


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", f"http://h/?access_token={SECRET}"),
        Request("GET", f"http://h/#id_token={SECRET}"),
        Request("POST", "http://h/", JSON, b'{"a": [{"clientSecret": "s3cret-value"}]}'),
        Request("POST", "http://h/", FORM, b"user[password]=s3cret-value"),
        Request("POST", "http://h/", FORM, b"user.password=s3cret-value"),
        Request("GET", "http://h/", (("X-Api-Key", SECRET),)),
        Request("GET", "http://h/", (("Cookie", f"a={SECRET}"),)),
    ],
)
def test_requests(request_: Request) -> None:
    redactor = Redactor()
    Lessons(redactor).request(request_)
    assert knows(redactor)


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", f"http://h/?page={SECRET}"),
        Request("POST", "http://h/", JSON, b'{"password": "s3cret-value"'),
        Request("POST", "http://h/", JSON, b'{"password": {"a": 1}, "b": "s3cret-value"}'),
        Request("POST", "http://h/", (), b'{"password": "s3cret-value"}'),
        Request("POST", "http://h/", FORM, b"\xff"),
        Request("GET", "http://h/", (("Cookie", "lang=en-GB"), ("Accept", SECRET))),
        Request("POST", "http://h/", JSON, b'{"password": "true"}'),
    ],
)
def test_requests_without_a_secret(request_: Request) -> None:
    redactor = Redactor()
    Lessons(redactor).request(request_)
    assert not redactor.knows_any


@pytest.mark.parametrize(
    "response",
    [
        Response(200, (("Set-Cookie", f"a={SECRET}; Path=/"),)),
        Response(200, (), {"@token": SECRET}),
        Response(200, (), [{"SecretAccessKey": SECRET}]),
        Response(302, (("Location", f"http://h/?token={SECRET}"),)),
        Response(200, url=f"http://h/?token={SECRET}"),
        Response(200, hops=(Hop("GET", "http://h", 302, (("set-cookie", f"a={SECRET}"),)),)),
    ],
)
def test_answers(response: Response) -> None:
    redactor = Redactor()
    Lessons(redactor).response(response)
    assert knows(redactor)


@pytest.mark.parametrize("value", ["short1", "required", "not a token", 12345678, None, True])
def test_answers_without_a_secret(value: Any) -> None:
    redactor = Redactor()
    Lessons(redactor).response(Response(200, (), {"password": value}))
    assert not redactor.knows_any


@pytest.mark.parametrize(
    ("schema", "known"),
    [
        ({"properties": {"a": {"format": "password"}}}, True),
        ({"properties": {"a": {"writeOnly": True}}}, True),
        ({"allOf": [{"$ref": "#/deep"}]}, True),
        ({"properties": {"a": {"type": "string"}}}, False),
        ({"properties": 3}, False),
        (True, False),
        ({"$ref": "#/circle"}, False),
    ],
)
def test_inputs(schema: Any, *, known: bool) -> None:
    circle = {"allOf": [{"$ref": "#/circle"}] * 3, "properties": {"b": {"$ref": "#/circle"}}}
    root = {"deep": {"properties": {"a": {"format": "password"}}}, "circle": circle}
    redactor = Redactor()
    Lessons(redactor).inputs(schema, {"a": SECRET}, root)
    assert knows(redactor) is known


@pytest.mark.parametrize("kind", [{"format": "password"}, {"writeOnly": True}])
def test_a_secret_input_may_be_a_number_or_have_members(kind: Any) -> None:
    redactor = Redactor()
    value = {"a": {"pin": 918273, "all": [SECRET, True, None, {"b": 4711.25}]}, "c": 556677}
    Lessons(redactor).inputs({"properties": {"a": kind, "c": {}}}, value, {})
    shown = redactor.value({"x": 918273, "y": f"{SECRET} 4711.25 True None 556677"})
    assert shown == {"x": "•••", "y": "••• ••• True None 556677"}


def test_logs_of_clients_are_masked(caplog: pytest.LogCaptureFixture) -> None:
    redactor = Redactor([SECRET])
    mask_logs(redactor)
    mask_logs(redactor)
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpcore.http11").debug("sent %s", {"a": SECRET})
    logging.getLogger("httpcore.http11").debug("%d", SECRET)
    try:
        int(SECRET)
    except ValueError:
        logging.getLogger("botocore.auth").exception("failed")
    logging.getLogger("temporalio.activity").warning("%s is wrong", SECRET)
    logging.getLogger("mine").debug("my own %s", SECRET)
    ours = [r for r in caplog.records if r.name != "mine"]
    assert not any(SECRET in logging.Formatter().format(record) for record in ours)
    assert caplog.records[-1].getMessage() == f"my own {SECRET}"
