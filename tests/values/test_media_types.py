"""Media types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arazzo_runner.values import media_types
from arazzo_runner.values.media_types import (
    charset,
    essence,
    is_form,
    is_json,
    is_multipart,
    is_text,
    is_xml,
)


def test_essence():
    assert essence(" Application/JSON ; charset=utf-8") == "application/json"
    assert essence("") == ""


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/plain", None),
        ("text/plain; charset=UTF-8", "utf-8"),
        ('text/plain;Charset="iso-8859-1"; x=y', "iso-8859-1"),
        ('text/plain; title="a;charset=b\\"c"; charset=utf-16', "utf-16"),
        ('text/plain; charset="u\\tf-8"', "utf-8"),
        ("text/plain; charset=", None),
        ("text/plain; charset", None),
        ("text/plain; charset = utf-8 ", "utf-8"),
        ("charset=utf-8", None),
    ],
)
def test_charset(content_type, expected):
    assert charset(content_type) == expected


@pytest.mark.parametrize(
    ("content_type", "kinds"),
    [
        ("application/json", {"is_json", "is_text"}),
        ("text/json; charset=utf-8", {"is_json", "is_text"}),
        ("application/problem+json", {"is_json", "is_text"}),
        ("application/x-amz-json-1.1", {"is_json", "is_text"}),
        ("application/xml", {"is_xml", "is_text"}),
        ("text/xml", {"is_xml", "is_text"}),
        ("image/svg+xml", {"is_xml", "is_text"}),
        ("text/csv", {"is_text"}),
        ("application/yaml", {"is_text"}),
        ("application/x-ndjson", {"is_text"}),
        ("Application/X-WWW-Form-URLEncoded", {"is_form", "is_text"}),
        ("multipart/form-data; boundary=x", {"is_multipart"}),
        ("application/octet-stream", set()),
        ("application/jsonish", set()),
        ("", set()),
    ],
)
def test_kinds(content_type, kinds):
    every = {is_json, is_xml, is_text, is_form, is_multipart}
    assert {test.__name__ for test in every if test(content_type)} == kinds


@given(st.text())
def test_any_text(text):
    for name in media_types.__all__:
        getattr(media_types, name)(text)
