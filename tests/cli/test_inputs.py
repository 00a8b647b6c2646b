"""Inputs from the command line: coercion by schema, files, literal JSON, mistakes."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arazzo_runner.cli.inputs import coerce, input_schema, read_inputs
from arazzo_runner.cli.option_values import assignment
from arazzo_runner.errors import InputError, UsageError
from arazzo_runner.values import File, Json, Redactor


def read(
    *given: str,
    schema: Json = None,
    file: str | None = None,
    root: Json = None,
    files: tuple[str, ...] = (),
) -> Any:
    redactor = Redactor()
    return read_inputs([assignment(text) for text in given], file, schema, root, redactor, files)


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        (None, "5", "5"),
        ({}, "true", "true"),
        (True, "x", "x"),
        ({"type": "string"}, "5", "5"),
        ({"type": "string"}, "", ""),
        ({"type": "integer"}, "5", 5),
        ({"type": "integer"}, "-5", -5),
        ({"type": "integer"}, "5.0", 5),
        ({"type": "number"}, "5", 5),
        ({"type": "number"}, "1.5e3", 1500.0),
        ({"type": "number"}, ".5", 0.5),
        ({"type": "boolean"}, "true", True),
        ({"type": "boolean"}, "False", False),
        ({"type": "null"}, "null", None),
        ({"type": "array"}, "[1, {}]", [1, {}]),
        ({"type": "object"}, '{"a": 1}', {"a": 1}),
        ({"type": ["string", "null"]}, "null", None),
        ({"type": ["string", "integer"]}, "7", 7),
        ({"type": ["string", "integer"]}, "x7", "x7"),
        ({"type": "integer", "nullable": True}, "null", None),
        ({"enum": [1, 2]}, "2", 2),
        ({"enum": ["a", 2]}, "a", "a"),
        ({"const": True}, "true", True),
        ({"anyOf": [{"type": "integer"}, {"type": "boolean"}]}, "true", True),
        ({"allOf": [{"$ref": "#/d/n"}]}, "5", 5),
        ({"$ref": "#/d/n"}, "5", 5),
        ({"enum": "broken"}, "5", "5"),
        ({"anyOf": "broken"}, "5", "5"),
    ],
)
def test_a_text_is_what_the_schema_says(schema: Json, text: str, value: Json) -> None:
    read_value = coerce(text, schema, {"d": {"n": {"type": "integer"}}})
    assert read_value == value
    assert type(read_value) is type(value)


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("integer", "abc", "'abc' is not an integer"),
        ("integer", "1.5", "'1.5' is not an integer"),
        ("integer", "٣", "'٣' is not an integer"),
        ("integer", "", "'' is not an integer"),
        ("number", "nan", "'nan' is not a number"),
        ("number", "1e999", "'1e999' is too large a number"),
        ("boolean", "yes", "'yes' is not a boolean: write true or false"),
        ("null", "x", "'x' is not null"),
        ("array", "1,2", "'1,2' is not an array: write JSON, such as [1, 2]"),
        ("array", "{}", "'{}' is not an array: write JSON, such as [1, 2]"),
        ("object", "[]", "'[]' is not an object: write JSON, such as"),
        ("object", '{"a":1,"a":2}', "a key is there twice"),
        ("object", '{"a":NaN}', "naN is not a JSON number"),
        (["integer", "boolean"], "x", "'x' is not a boolean or an integer"),
        ("array", "[" * 100_000, "is not an array: "),
        ("integer", "1" * 2000, "is not an integer"),
    ],
)
def test_what_does_not_fit_is_said(kind: Json, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        coerce(text, {"type": kind})
    assert message.lower() in str(caught.value).lower()
    assert len(str(caught.value)) < 300


def test_all_mistakes_are_listed_with_their_options() -> None:
    schema = {"properties": {"a": {"type": "integer"}, "b": {"type": "boolean"}}}
    with pytest.raises(InputError) as caught:
        read("a=x", "b=y", "c:={", schema=schema)
    assert [problem.partition(": ")[0] for problem in caught.value.problems] == [
        "-i a=x",
        "-i b=y",
        "-i c:={",
    ]
    with pytest.raises(InputError, match="-i a=x: 'x' is not an integer"):
        read("a=x", schema=schema)


def test_literal_json_whatever_the_schema_says() -> None:
    assert read("a:=5", "b:=null", schema={"properties": {"a": {"type": "string"}}}) == {
        "a": 5,
        "b": None,
    }


def test_an_input_given_twice() -> None:
    with pytest.raises(UsageError, match="given twice"):
        read("a=1", "a=2")


@pytest.mark.parametrize(
    ("content", "schema", "value"),
    [
        (b"line\n", None, "line\n"),
        (b"line\n", {"type": "string"}, "line\n"),
        (b" 5\n", {"type": "integer"}, 5),
        (b'{"a": 1}\n', {"type": "object"}, {"a": 1}),
        (b"\xef\xbb\xbftext", None, "text"),
    ],
)
def test_the_content_of_a_file(tmp_path: Path, content: bytes, schema: Json, value: Any) -> None:
    file = tmp_path / "input"
    file.write_bytes(content)
    assert read(f"a=@{file}", schema={"properties": {"a": schema}}) == {"a": value}


@pytest.mark.parametrize(
    ("content", "schema", "files"),
    [
        (b"\xff\xfe", None, ()),
        (b"\xff\xfe", {"type": "string"}, ()),
        (b"plain", {"type": "string", "format": "binary"}, ()),
        (b"plain", {"contentMediaType": "image/png"}, ()),
        (b"plain", {"type": "string"}, ("a",)),
        (b"plain", None, ("a",)),
    ],
)
def test_a_file_as_a_file(
    tmp_path: Path, content: bytes, schema: Json, files: tuple[str, ...]
) -> None:
    """What is no text, and what the schema or the operation wants as a file."""
    file = tmp_path / "photo.png"
    file.write_bytes(content)
    value = read(f"a=@{file}", schema={"properties": {"a": schema}}, files=files)["a"]
    assert isinstance(value, File)
    assert (value.name, value.media_type, value.size) == ("photo.png", "image/png", len(content))
    assert b"".join(value.pieces()) == content


@pytest.mark.parametrize("count", [1, 3])
def test_several_files(tmp_path: Path, count: int) -> None:
    names = [tmp_path / f"{number}.txt" for number in range(count)]
    for name in names:
        name.write_bytes(b"text")
    for schema, files in (
        ({"type": "array", "items": {"type": "string", "format": "binary"}}, ()),
        ({"type": "array"}, ("a",)),
    ):
        words = [f"a=@{name}" for name in names]
        values = read(*words, schema={"properties": {"a": schema}}, files=files)["a"]
        assert [value.name for value in values] == [name.name for name in names]


def test_standard_input_and_devices_are_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(b"\xff from outside"))
    monkeypatch.setattr("sys.stdin", stdin)
    binary = {"properties": {"a": {"type": "string", "format": "binary"}}}
    assert read("a=@-", schema=binary) == {"a": b"\xff from outside"}
    assert read("a=@/dev/null", schema=binary) == {"a": b""}


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for text in (f"a=@{tmp_path}", "a=@no/such/file", "a=@\0"):
        with pytest.raises(UsageError, match="cannot read"):
            read(text)
    with pytest.raises(UsageError, match="--inputs: cannot read 'nothere'"):
        read(file="nothere")


@pytest.mark.parametrize("text", ['{"a": 1, "b": "x"}', "a: 1\nb: x\n"])
def test_an_inputs_file_in_json_or_yaml(tmp_path: Path, text: str) -> None:
    file = tmp_path / "inputs"
    file.write_text(text)
    assert read("b=y", file=str(file)) == {"a": 1, "b": "y"}


@pytest.mark.parametrize(
    ("text", "message"), [("[1]", "holds an array"), ("5", "holds an integer"), ("{", "--inputs: ")]
)
def test_an_inputs_file_that_is_no_object(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "inputs.json"
    file.write_text(text)
    with pytest.raises(UsageError, match=message) as caught:
        read(file=str(file))
    assert caught.value.exit_code == 2


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b'{"a": 1}')))
    assert read(file="-") == {"a": 1}
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(UsageError, match="standard input is closed"):
        read(file="-")


def test_the_schema_of_an_input() -> None:
    schema = {
        "allOf": [{"properties": {"a": {"type": "integer"}}}],
        "properties": "broken",
        "additionalProperties": {"type": "boolean"},
    }
    assert input_schema(schema, "a", None) == {"type": "integer"}
    assert input_schema(schema, "b", None) == {"type": "boolean"}
    assert input_schema(None, "a", None) is None
    loop: dict[str, Any] = {"allOf": [{"$ref": "#"}]}
    assert input_schema(loop, "a", loop) is None


@pytest.mark.parametrize("mark", [{"format": "password"}, {"writeOnly": True}])
def test_passwords_are_learnt(mark: dict[str, Json]) -> None:
    redactor = Redactor()
    schema = {"properties": {"key": {"type": "string", **mark}}}
    read_inputs([assignment("key=s3cret-key")], None, schema, schema, redactor)
    assert redactor.text("s3cret-key") == "•••"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30), st.sampled_from(["integer", "number", "boolean", "array", "object"]))
def test_any_text_is_read_or_refused(text: str, kind: str) -> None:
    try:
        value = coerce(text, {"type": kind})
    except ValueError:
        return
    json.dumps(value, allow_nan=False)
