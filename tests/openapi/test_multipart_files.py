"""Files in bodies: multipart parts, whole bodies, and where a file cannot go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from arazzo_runner.openapi import BindingError, bind
from arazzo_runner.values import File, Request, Stream, header
from tests.openapi.support import SERVER, api, operation, posting

FORM = "multipart/form-data"
BINARY = {"type": "string", "format": "binary"}


@pytest.fixture
def png(tmp_path: Path) -> File:
    (tmp_path / 'ph"oto.png').write_bytes(b"PNG")
    return File(tmp_path / 'ph"oto.png')


def sent(request: Request) -> str:
    """The body with its boundary as B."""
    content_type = header(request.headers, "content-type") or ""
    whole = b"".join(request.body) if isinstance(request.body, Stream) else request.body
    assert len(whole) == len(request.body)
    return whole.decode().replace(content_type.partition("boundary=")[2] or "\0", "B")


def part(value: Any, schema: Any, encoding: Any = None) -> str:
    media = {"schema": {"type": "object", "properties": {"f": schema}}}
    if encoding:
        media["encoding"] = {"f": encoding}
    text = sent(posting({FORM: media}).request([], {"f": value}))
    head = text.removeprefix('--B\r\nContent-Disposition: form-data; name="f"')
    return head.removesuffix("\r\n--B--\r\n").replace("\r\n", "|")


@pytest.mark.parametrize(
    ("schema", "encoding", "kind"),
    [
        (BINARY, None, "image/png"),
        ({"type": "file"}, None, "image/png"),
        ({}, None, "image/png"),
        ({"type": "string"}, None, "image/png"),
        ({"contentMediaType": "image/webp"}, None, "image/webp"),
        ({"contentMediaType": "application/octet-stream"}, None, "image/png"),
        (BINARY, {"contentType": "application/x-own"}, "application/x-own"),
        (BINARY, {"contentType": "image/jpeg, image/png"}, "image/png"),
        (BINARY, {"contentType": "image/*"}, "image/png"),
        (BINARY, {"contentType": "*/*"}, "image/png"),
        (BINARY, {"contentType": "text/csv, text/plain"}, "text/csv"),
        (BINARY, {"contentType": "audio/*"}, "image/png"),
    ],
)
def test_the_type_of_a_file(png: File, schema: Any, encoding: Any, kind: str) -> None:
    expected = f'; filename="ph%22oto.png"|Content-Type: {kind}||PNG'
    assert part(png, schema, encoding) == expected


def test_bytes_have_the_type_of_their_schema() -> None:
    expected = '; filename="f"|Content-Type: image/webp||x'
    assert part(b"x", {"contentMediaType": "image/webp"}) == expected
    assert part(b"x", {}) == '; filename="f"|Content-Type: application/octet-stream||x'


def test_headers_of_a_part() -> None:
    headers = {
        "X-One": {"schema": {"const": "a"}},
        "X-Two": {"schema": {"type": "string", "default": "b"}},
        "X-Three": {"schema": {"enum": ["c"]}},
        "X-Any": {"schema": {"enum": ["d", "e"]}},
        "X-Bad": {"schema": {"const": "f\r\nX-Evil: 1"}},
        "Content-Type": {"schema": {"const": "no/no"}},
        "X-Gone": {"$ref": "#/nowhere"},
        "not a name": {"schema": {"const": "g"}},
    }
    found = part(b"x", {}, {"contentType": "a/b", "headers": headers})
    assert found == '; filename="f"|Content-Type: a/b|X-One: a|X-Two: b|X-Three: c||x'


def test_many_files_and_fields(png: File, tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_bytes(b"text")
    media = {
        "schema": {"properties": {"files": {"type": "array", "items": BINARY}}},
        "encoding": {"meta": {"contentType": "application/json"}},
    }
    value = {"files": [png, File(tmp_path / "b.txt")], "meta": {"n": 1}, "note": "é"}
    assert sent(posting({FORM: media}).request([], value)) == "\r\n".join(
        [
            "--B",
            'Content-Disposition: form-data; name="files"; filename="ph%22oto.png"',
            "Content-Type: image/png",
            "",
            "PNG",
            "--B",
            'Content-Disposition: form-data; name="files"; filename="b.txt"',
            "Content-Type: text/plain",
            "",
            "text",
            "--B",
            'Content-Disposition: form-data; name="meta"',
            "Content-Type: application/json",
            "",
            '{"n":1}',
            "--B",
            'Content-Disposition: form-data; name="note"',
            "",
            "é",
            "--B--",
            "",
        ]
    )


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        ({"style": "form"}, ["a b", "c"], [("f", "a b"), ("f", "c")]),
        ({"style": "form", "explode": False}, ["a,b", "c"], [("f", "a,b,c")]),
        ({"explode": False}, {"k": "é"}, [("f", "k,é")]),
        ({"style": "form"}, {"k": "1", "l": "2"}, [("k", "1"), ("l", "2")]),
        ({"style": "deepObject"}, {"k": {"l": "1&"}}, [("f[k][l]", "1&")]),
        ({"style": "pipeDelimited", "explode": False}, ["a", "b"], [("f", "a|b")]),
        ({"style": "form"}, "a=b", [("f", "a=b")]),
        ({"style": "form"}, [], []),
        ({}, ["a", "b"], [("f", "a"), ("f", "b")]),
    ],
)
def test_styles_of_parts(rule: Any, value: Any, expected: Any) -> None:
    text = sent(posting({FORM: {"encoding": {"f": rule}}}).request([], {"f": value}))
    parts = [part.split("\r\n") for part in text.split("--B\r\n")[1:]]
    start = 'Content-Disposition: form-data; name="'
    assert [(part[0].removeprefix(start)[:-1], part[2]) for part in parts] == expected


def test_an_array_of_files_is_not_joined(png: File) -> None:
    media = {"encoding": {"f": {"style": "form", "explode": False}}}
    text = sent(posting({FORM: media}).request([], {"f": [png, png]}))
    assert text.count("filename=") == 2


def test_parts_without_names(png: File) -> None:
    """multipart/related, as uploads with metadata are described."""
    request = posting({"multipart/related": {}}).request([], [{"name": "é"}, png, "text", b"x"])
    assert sent(request) == "\r\n".join(
        [
            "--B",
            "Content-Type: application/json",
            "",
            '{"name":"é"}',
            "--B",
            "Content-Type: image/png",
            "",
            "PNG",
            "--B",
            "Content-Type: text/plain; charset=utf-8",
            "",
            "text",
            "--B",
            "Content-Type: application/octet-stream",
            "",
            "x",
            "--B--",
            "",
        ]
    )
    kind = header(request.headers, "content-type") or ""
    assert kind.startswith("multipart/related; boundary=")


def test_types_of_parts_by_position() -> None:
    media = {
        "prefixEncoding": [{"contentType": "text/a"}, {"contentType": "x/*"}],
        "itemEncoding": {"contentType": "text/b, text/c"},
    }
    text = sent(posting({"multipart/mixed": media}).request([], ["1", "2", "3", "4"]))
    kinds = [line for line in text.split("\r\n") if line.startswith("Content-Type")]
    named = ["text/a", "text/plain; charset=utf-8", "text/b", "text/b"]
    assert kinds == [f"Content-Type: {kind}" for kind in named]
    with pytest.raises(BindingError, match="must be an object"):
        posting({FORM: {}}).request([], ["1"])


def test_the_boundary_cannot_be_foreseen_and_stays(png: File) -> None:
    bound = posting({FORM: {}})
    first, again = (bound.request([], {"f": png}) for _ in range(2))
    assert first == again, "a retry sends the same"
    other = bound.request([], {"f": File(png.path)})
    assert header(other.headers, "content-type") != header(first.headers, "content-type")


@pytest.mark.parametrize(
    ("offered", "content_type", "kind"),
    [
        ({"application/octet-stream": {}}, None, "application/octet-stream"),
        ({"image/png": {}}, None, "image/png"),
        ({"image/*": {}}, None, "image/png"),
        ({"*/*": {}}, None, "image/png"),
        ({}, None, "image/png"),
        ({}, "application/x-own", "application/x-own"),
        ({"application/json": {}}, None, "application/json"),
        ({"text/csv": {}}, None, "text/csv"),
        ({"application/xml": {}}, None, "application/xml"),
        ({"application/x-www-form-urlencoded": {}}, None, "application/x-www-form-urlencoded"),
        ({}, "multipart/form-data; boundary=x", "multipart/form-data; boundary=x"),
    ],
)
def test_a_file_as_the_whole_body(
    png: File, offered: Any, content_type: str | None, kind: str
) -> None:
    request = posting(offered, content_type=content_type).request([], png)
    assert header(request.headers, "content-type") == kind
    assert isinstance(request.body, Stream)
    assert b"".join(request.body) == b"PNG"


def test_ranges_without_a_file() -> None:
    request = posting({"image/*": {}}).request([], b"x")
    assert header(request.headers, "content-type") == "application/octet-stream"
    request = posting({"*/*": {}}).request([], {"a": 1})
    assert header(request.headers, "content-type") == "application/json"


def test_where_a_file_cannot_go(png: File) -> None:
    with pytest.raises(BindingError, match="cannot be written as JSON: it holds file"):
        posting({"application/json": {}}).request([], {"f": png})
    with pytest.raises(BindingError, match="'f' is a file"):
        posting({"application/x-www-form-urlencoded": {}}).request([], {"f": png})
    bound = bind(operation(), base_url=SERVER, parameters=[("q", "query")])
    with pytest.raises(BindingError, match="'q' is a file"):
        bound.request([png])


def test_files_of_openapi_2(png: File) -> None:
    form = {
        "post": {
            "consumes": ["multipart/form-data"],
            "parameters": [
                {"name": "f", "in": "formData", "type": "file"},
                {"name": "n", "in": "formData", "type": "integer"},
                {"name": "csv", "in": "formData", "type": "array", "items": {"type": "string"}},
            ],
            "responses": {},
        }
    }
    found = api({"/a": form}, "2.0").at("/a", "post")
    assert found is not None
    bound = bind(found, base_url=SERVER, parameters=[], has_body=True)
    assert bound.takes_file(("f",))
    assert not bound.takes_file(("n",))
    text = sent(bound.request([], {"f": png, "n": 1, "csv": ["a", "b"]}))
    assert 'name="csv"\r\n\r\na,b\r\n' in text
    assert 'filename="ph%22oto.png"\r\nContent-Type: image/png' in text
    assert 'name="n"\r\n\r\n1\r\n' in text


@pytest.mark.parametrize(
    ("offered", "at", "takes"),
    [
        ({FORM: {"schema": {"properties": {"f": BINARY}}}}, ("f",), True),
        ({FORM: {"schema": {"properties": {"f": {"type": "string"}}}}}, ("f",), False),
        ({FORM: {"schema": {"properties": {"f": BINARY}}}}, (), False),
        ({"application/octet-stream": {}}, (), True),
        ({"image/*": {}}, (), True),
        ({"text/csv": {}}, (), False),
        ({"application/json": {}}, (), False),
        ({"application/json": {"schema": {"properties": {"f": BINARY}}}}, ("f",), False),
        ({"application/x-www-form-urlencoded": {}}, (), False),
    ],
)
def test_where_an_operation_takes_files(offered: Any, at: tuple[str, ...], takes: bool) -> None:
    assert posting(offered).takes_file(at) is takes


def test_an_operation_without_body_takes_no_file() -> None:
    assert not bind(operation(), base_url=SERVER, parameters=[]).takes_file(())
