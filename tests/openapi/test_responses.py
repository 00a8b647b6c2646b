"""Answers: JSON, text, bytes, and bodies that are not what they say."""

from __future__ import annotations

import codecs
from typing import Any

import pytest

from arazzo_runner.openapi import decode_response
from arazzo_runner.values import ABSENT, Response


def decode(raw: bytes, content_type: str | None = None) -> Response:
    headers = (("Date", "x"),)
    if content_type is not None:
        headers += (("content-TYPE", content_type),)
    return decode_response(200, headers, raw)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/problem+json",
        "application/x-amz-json-1.1",
        " text/json",
    ],
)
def test_json(content_type: str) -> None:
    response = decode(b' {"a": [1, 2.5, null, "\xc3\xa9"]}\n', content_type)
    assert response.body == {"a": [1, 2.5, None, "é"]}
    assert (response.status, response.content_type, response.size, response.note) == (
        200,
        content_type.strip(),
        29,
        None,
    )


@pytest.mark.parametrize(
    ("raw", "content_type", "body"),
    [
        (b"", "application/json", ABSENT),
        (b"", None, ABSENT),
        (b" \n", "application/json", ABSENT),
        (b"null", "application/json", None),
        (b'"x"', "application/json", "x"),
        (codecs.BOM_UTF8 + b"[1]", "application/json", [1]),
        ('["é"]'.encode("utf-16"), "application/json", ["é"]),
        ('["é"]'.encode("utf-16-be"), "application/json", ["é"]),
        ('["é"]'.encode("utf-32"), "application/json", ["é"]),
        (b'["\xe9"]', "application/json; charset=iso-8859-1", ["é"]),
        (b'{"a":1}', None, {"a": 1}),
        (b'{"a":1}', "", {"a": 1}),
        (b"3", None, 3),
        (codecs.BOM_UTF8 + b"{}", None, {}),
        (b"plain text", None, "plain text"),
        (b"x" * 200, None, "x" * 200),
        (b"{broken", None, "{broken"),
        (b"\xff\xfe\0\0\1", None, b"\xff\xfe\0\0\1"),
        (b"<a/>", "application/xml", "<a/>"),
        (b"a,b", "text/csv", "a,b"),
        (codecs.BOM_UTF8 + b"a", "text/plain", "a"),
        (b"\xe9", "text/plain; charset=latin-1", "é"),
        ("é".encode("utf-16"), "text/plain", "é"),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>', "text/xml",
         '<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'),
        (b"<svg/>", "image/svg+xml", "<svg/>"),
        (b"text", "image/png", b"text"),
        (b"text", "application/octet-stream", b"text"),
        (b"%PDF", "application/pdf", b"%PDF"),
        (b"PK", "application/zip", b"PK"),
        (b"text", "application/x-unknown", "text"),
        (b"\xff", "application/x-unknown", b"\xff"),
        (b"\0", "application/x-unknown", b"\0"),
        (b"\xff", "application/x-unknown; charset=latin-1", "ÿ"),
        (b"a=1", "application/x-www-form-urlencoded", "a=1"),
    ],
)  # fmt: skip
def test_bodies(raw: bytes, content_type: str | None, body: Any) -> None:
    response = decode(raw, content_type)
    assert response.body == body
    assert type(response.body) is type(body)
    assert response.note is None
    assert response.size == len(raw)


@pytest.mark.parametrize(
    ("raw", "content_type", "body", "note"),
    [
        (b"<html>", "application/json", "<html>", "is not JSON: Expecting value"),
        (b'{"a": NaN}', "application/json", '{"a": NaN}', "NaN is not a JSON value"),
        (b"[-Infinity]", "application/json", "[-Infinity]", "-Infinity is not"),
        (b"1" * 5000, "application/json", "1" * 5000, "too many digits"),
        (b"[" * 100_000, "application/json", "[" * 100_000, "nested too deep"),
        (b'["\xe9"]', "application/json", ["é"], "not UTF-8"),
        (b"\xe9", "text/plain", "é", "not UTF-8: read as Latin-1"),
        (b"a\xe9", "text/plain; charset=utf-8", "a�", "is not utf-8: some characters"),
        (b"a\xe9", "text/plain; charset=klingon", "aé", "charset 'klingon' is not known"),
        (b"a", "text/plain; charset=unicode_escape", "a", "is not known"),
        (b"a", "text/plain; charset=hex", "a", "is not known"),
        (b"a", "text/plain; charset=\0", "a", "is not known"),
        (b'{"a":1}', "application/json; charset=x", {"a": 1}, None),
    ],
)
def test_bodies_that_are_not_what_they_say(
    raw: bytes, content_type: str, body: Any, note: str | None
) -> None:
    response = decode(raw, content_type)
    assert response.body == body
    assert (note is None and response.note is None) or (note or "") in (response.note or "-")


def test_the_first_content_type_counts() -> None:
    headers = (("Content-Type", "text/plain"), ("Content-Type", "application/json"))
    assert decode_response(200, headers, b"1").body == "1"
    assert decode_response(200, headers, b"1").headers is headers


@pytest.mark.parametrize(
    ("raw", "body", "noted"),
    [
        (b' {"a": 1}', {"a": 1}, True),
        (b"[1]", [1], True),
        (b"{not json", "{not json", False),
        (b"<p>{}</p>", "<p>{}</p>", False),
    ],
)
def test_json_that_is_called_html(raw: bytes, body: Any, noted: bool) -> None:
    found = decode_response(200, (("Content-Type", "text/html; charset=utf-8"),), raw)
    assert found.body == body
    assert (found.note is not None) is noted
