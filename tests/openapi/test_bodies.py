"""Request bodies by media type."""

from __future__ import annotations

import json
from typing import Any

import pytest

from arazzo_runner.openapi import BindingError, bind
from arazzo_runner.values import ABSENT, header
from tests.openapi.support import SERVER, describe, posting

FORM = "application/x-www-form-urlencoded"


def body(value: Any, content_type: str, media: Any = None) -> bytes:
    return posting({content_type: media or {}}).request([], value).body


# -- the media type ------------------------------------------------------------------------------


@pytest.mark.requirement("RB-01", "A-39")
@pytest.mark.parametrize(
    ("offered", "chosen", "noted"),
    [
        (["text/csv"], "text/csv", False),
        (["text/csv", "application/json"], "application/json", False),
        (["application/xml", "application/vnd.a+json"], "application/vnd.a+json", False),
        (["a/b+json", "application/json"], "application/json", False),
        (["application/xml", "text/csv"], "application/xml", True),
        (["*/*"], "application/json", False),
        (["application/*"], "application/json", False),
        (["text/*"], "text/plain", False),
        (["multipart/*"], "multipart/form-data", False),
        (["image/*", "text/csv"], "text/csv", True),
        (["text/*", "*/*"], "text/plain", True),
        ([], "application/json", False),
        ([""], "application/json", False),
        (["application/json; charset=utf-8"], "application/json; charset=utf-8", False),
    ],
)
def test_choice(offered: list[str], chosen: str, noted: bool) -> None:
    bound = posting({name: {} for name in offered})
    assert bound.content_type == chosen
    assert bool(bound.notes) == noted


def test_the_type_of_the_step_comes_first() -> None:
    bound = posting({"application/json": {}, "text/csv": {}}, content_type=" text/csv ")
    assert bound.content_type == "text/csv"


@pytest.mark.parametrize("content_type", ["a/b\r\nX: y", "a/ü"])
def test_types_that_cannot_be_sent(content_type: str) -> None:
    with pytest.raises(BindingError, match="cannot be sent in a header"):
        posting({}, content_type=content_type)


# -- JSON ----------------------------------------------------------------------------------------


@pytest.mark.requirement("RB-03", "RB-04")
@pytest.mark.parametrize(
    "content_type", ["application/json", "application/a+json", "application/x-amz-json-1.1"]
)
@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, 2.5, True, None], "ü": "é"}, '{"a":[1,2.5,true,null],"ü":"é"}'),
        ([], "[]"),
        (3, "3"),
        (None, "null"),
        ("text", '"text"'),
        ("\ud800", '"\\ud800"'),
        (b"\xff as it is", None),
    ],
)
def test_json(content_type: str, value: Any, text: str | None) -> None:
    expected = value if text is None else text.encode()
    assert body(value, content_type) == expected


@pytest.mark.requirement("A-39", "RB-05")
@pytest.mark.parametrize(
    ("types", "text", "expected"),
    [
        (None, '{"a": 1}', '{"a": 1}'),
        (None, ' [1, 2]', ' [1, 2]'),
        (None, '"x"', '"x"'),
        (None, "12", '"12"'),
        (None, "true", '"true"'),
        (None, "{x", '"{x"'),
        (None, "", '""'),
        ("integer", "12", "12"),
        ("integer", "x", '"x"'),
        ("object", '{"a": 1}', '{"a": 1}'),
        ("string", '{"a": 1}', '"{\\"a\\": 1}"'),
        (["string", "null"], "12", '"12"'),
        (None, '{"a": "\ud800"}', '{"a":"\\ud800"}'),
    ],
)  # fmt: skip
def test_text_for_json_is_a_template_or_a_string(types: Any, text: str, expected: str) -> None:
    schema = {} if types is None else {"schema": {"type": types}}
    assert body(text, "application/json", schema) == expected.encode()


@pytest.mark.parametrize("text", ["x", '{"a": }', "[" * 100_000])
@pytest.mark.parametrize("types", ["object", ["array", "object"]])
def test_text_that_should_be_json_and_is_not(text: str, types: Any) -> None:
    with pytest.raises(BindingError, match="text that is not JSON"):
        body(text, "application/json", {"schema": {"type": types}})


@pytest.mark.parametrize(
    "value", [{"a": b"x"}, [ABSENT], float("nan"), [float("inf")], {"a": 10**5000}]
)
def test_what_json_cannot_hold(value: Any) -> None:
    with pytest.raises(BindingError, match="cannot be written as JSON"):
        body(value, "application/json")


def test_json_that_is_nested_too_deep() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(BindingError, match="nested too deep"):
        body(deep, "application/json")


# -- forms ---------------------------------------------------------------------------------------


@pytest.mark.requirement("RB-06")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a=1&b=%20 as given", "a=1&b=%20 as given"),
        (b"a=1", "a=1"),
        ({}, ""),
        ({"a b": "c d&", "n": None, "t": True, "gone": ABSENT}, "a%20b=c%20d%26&n=&t=true"),
        ({"a": [1, 2], "e": []}, "a=1&a=2"),
        ({"a": {"b": {"c": 1}, "d": [1, 2]}}, "a[b][c]=1&a[d]=1&a[d]=2"),
        ({"a": [{"b": 1}, {"b": 2}]}, "a[0][b]=1&a[1][b]=2"),
        ({"a[b]": 1}, "a[b]=1"),
    ],
)
def test_form(value: Any, expected: str) -> None:
    text = expected if isinstance(value, str) else expected.replace("[", "%5B").replace("]", "%5D")
    assert body(value, FORM) == text.encode()


@pytest.mark.requirement("RB-06")
@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        ({"style": "deepObject"}, {"b": 1}, "a[b]=1"),
        ({"style": "deepObject", "explode": True}, [1, 2], "a[0]=1&a[1]=2"),
        ({"style": "form", "explode": False}, [1, 2], "a=1,2"),
        ({"style": "form"}, {"b": 1, "c": 2}, "b=1&c=2"),
        ({"explode": False}, [1, 2], "a=1,2"),
        ({"explode": False}, [], ""),
        ({"style": "pipeDelimited", "explode": False}, [1, 2], "a=1%7C2"),
        ({"style": "form", "allowReserved": True}, ["a/b"], "a=a/b"),
        ({"contentType": "application/json"}, {"b": 1}, "a=%7B%22b%22%3A1%7D"),
        ({"contentType": "text/plain"}, [1, 2], "a=1&a=2"),
        ({"style": 3}, [1, 2], "a=1&a=2"),
        (None, [1, 2], "a=1&a=2"),
        ({"style": "form", "explode": False}, "x,y", "a=x%2Cy"),
    ],
)
def test_form_encoding(rule: Any, value: Any, expected: str) -> None:
    text = expected.replace("[", "%5B").replace("]", "%5D")
    assert body({"a": value}, FORM, {"encoding": {"a": rule}}) == text.encode()


def test_the_convention_of_the_operation_is_kept_for_other_properties() -> None:
    encoding = {"metadata": {"style": "deepObject", "explode": True}}
    value = {"metadata": {"k": "v"}, "expand": ["a", "b"]}
    text = "metadata%5Bk%5D=v&expand%5B0%5D=a&expand%5B1%5D=b"
    assert body(value, FORM, {"encoding": encoding}) == text.encode()


@pytest.mark.parametrize("value", [[1], 3, None, {"a": b"x"}, "\ud800", {"a": "\ud800"}])
def test_what_no_form_can_hold(value: Any) -> None:
    with pytest.raises(BindingError):
        body(value, FORM)


# -- multipart -----------------------------------------------------------------------------------


def parts(value: Any, media: Any = None, content_type: str = "multipart/form-data") -> list[str]:
    request = posting({content_type: media or {}}).request([], value)
    sent = header(request.headers, "content-type")
    assert sent is not None
    kind, _, boundary = sent.partition("; boundary=")
    assert kind == content_type
    first, *middle, last = request.body.decode("latin-1").split(f"--{boundary}")
    assert (first, last) == ("", "--\r\n")
    assert all(part.startswith("\r\n") and part.endswith("\r\n") for part in middle)
    return [part[2:-2] for part in middle]


@pytest.mark.requirement("RB-07", "A-42")
def test_multipart() -> None:
    value = {
        "a": "x y",
        "n": 1,
        "file": b"\xff\0",
        "o": {"k": [1]},
        "many": ["p", "q"],
        "g": ABSENT,
    }
    disposition = "Content-Disposition: form-data; name="
    octets = "Content-Type: application/octet-stream"
    assert parts(value) == [
        f'{disposition}"a"\r\n\r\nx y',
        f'{disposition}"n"\r\n\r\n1',
        f'{disposition}"file"; filename="file"\r\n{octets}\r\n\r\n\xff\0',
        f'{disposition}"o"\r\nContent-Type: application/json\r\n\r\n{{"k":[1]}}',
        f'{disposition}"many"\r\n\r\np',
        f'{disposition}"many"\r\n\r\nq',
    ]


def test_multipart_without_parts() -> None:
    body = posting({"multipart/form-data": {}}).request([], {}).body
    assert body.startswith(b"--")
    assert body.endswith(b"--\r\n")


@pytest.mark.parametrize(
    ("media", "head"),
    [
        ({"encoding": {"f": {"contentType": "text/csv, text/plain"}}}, "Content-Type: text/csv"),
        ({"encoding": {"f": {"contentType": "image/*"}}}, ""),
        ({"encoding": {"f": {"contentType": 3}}}, ""),
        ({"encoding": {"f": 3}}, ""),
        (
            {"schema": {"properties": {"f": {"type": "string", "format": "binary"}}}},
            "filename=Content-Type: application/octet-stream",
        ),
        (
            {"schema": {"properties": {"f": {"contentMediaType": "image/png"}}}},
            "filename=Content-Type: application/octet-stream",
        ),
        ({"schema": {"properties": {"f": {"contentMediaType": "text/x"}}}}, ""),
        ({"schema": {"properties": {"f": {"type": "file"}}}},
         "filename=Content-Type: application/octet-stream"),
        ({"schema": {"properties": {"f": {"type": "array", "items": {"format": "binary"}}}}},
         "filename=Content-Type: application/octet-stream"),
        ({"schema": {"allOf": [{"oneOf": [{}, {"properties": {"f": {"format": "binary"}}}]}]}},
         "filename=Content-Type: application/octet-stream"),
        ({"schema": {"properties": {"f": {"$ref": "#/nowhere"}}}}, ""),
    ],
)  # fmt: skip
def test_multipart_by_schema_and_encoding(media: Any, head: str) -> None:
    (part,) = parts({"f": "text"}, media)
    lines = part.split("\r\n")
    written = ("filename=" if "filename=" in lines[0] else "") + "".join(lines[1:-2])
    assert written == head
    assert lines[-1] == "text"


def test_json_parts_by_encoding() -> None:
    media = {"encoding": {"f": {"contentType": "application/json"}}}
    assert parts({"f": 1.0}, media)[0].endswith("application/json\r\n\r\n1.0")
    assert parts({"f": '{"a":1}'}, media)[0].endswith('application/json\r\n\r\n{"a":1}')


def test_names_cannot_break_out_of_their_header() -> None:
    (part,) = parts({'a"\r\nX: y': "v"})
    assert part.startswith('Content-Disposition: form-data; name="a%22%0D%0AX: y"\r\n\r\n')


def test_the_boundary_depends_on_the_content_only() -> None:
    def boundary(value: Any) -> str:
        request = posting({"multipart/form-data": {}}).request([], value)
        return request.headers[0][1]

    assert boundary({"a": "1"}) == boundary({"a": "1"})
    assert boundary({"a": "1"}) != boundary({"a": "2"})


def test_a_multipart_body_that_is_written_already() -> None:
    bound = posting({}, content_type="multipart/mixed; boundary=xyz")
    request = bound.request([], "--xyz--")
    assert request.body == b"--xyz--"
    assert request.headers == (("Content-Type", "multipart/mixed; boundary=xyz"),)


@pytest.mark.parametrize("value", ["x", [1], None, {"a": "\ud800"}, {"\ud800": 1}, {"a": {1: b""}}])
def test_what_no_multipart_body_can_hold(value: Any) -> None:
    with pytest.raises(BindingError):
        parts(value)


# -- everything else -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content_type", "value", "expected"),
    [
        ("text/plain", "é", "é".encode()),
        ("text/plain; charset=iso-8859-1", "é", b"\xe9"),
        ("text/plain", 3, b"3"),
        ("text/plain", True, b"true"),
        ("text/plain", {"a": 1}, b'{"a":1}'),
        ("application/xml", "<a>{x}</a>", b"<a>{x}</a>"),
        ("application/octet-stream", b"\xff", b"\xff"),
        ("application/octet-stream", "text", b"text"),
        ("image/png", b"\xff", b"\xff"),
    ],
)
def test_text_and_bytes(content_type: str, value: Any, expected: bytes) -> None:
    assert body(value, content_type) == expected


@pytest.mark.parametrize(
    ("content_type", "value", "message"),
    [
        ("application/xml", {"a": 1, "b": 2}, "its root element has no name"),
        ("application/xml", [1], "its root element has no name"),
        ("text/csv", [1], "an array cannot be written as text/csv"),
        ("text/plain; charset=ascii", "é", "cannot be written as"),
        ("text/plain; charset=none", "e", "cannot be written as"),
        ("text/plain", "\ud800", "cannot be written as"),
    ],
)
def test_what_cannot_be_written(content_type: str, value: Any, message: str) -> None:
    with pytest.raises(BindingError, match=message):
        body(value, content_type)


def test_a_schema_in_another_file_is_followed_there() -> None:
    """The references in it are relative to that file."""
    files = {"s.json": {"S": {"$ref": "#/T"}, "T": {"type": "object", "required": ["a"]}}}
    content = {"application/json": {"schema": {"$ref": "s.json#/S"}}}
    description = describe(
        {"paths": {"/a": {"post": {"requestBody": {"content": content}}}}}, files=files
    )
    target = description.at("/a", "post")
    assert target is not None
    bound = bind(target, base_url=SERVER, parameters=[], has_body=True)
    assert bound.body_requires(("a",))
    with pytest.raises(BindingError):
        bound.request([], "x")
    assert json.loads(bound.request([], '{"a": 1}').body) == {"a": 1}
