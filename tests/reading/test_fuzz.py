"""Whatever the text: data, or DocumentSyntaxError with a place inside the text."""

from __future__ import annotations

import json
import math
import re

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from arazzo_runner.errors import DocumentSyntaxError
from arazzo_runner.reading import Limits, Loader, parse_document
from tests.support.paths import SHARED, require

CORPUS = SHARED / "corpus"
SUFFIXES = {".yml", ".yaml", ".json"}

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
)
json_values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=6), inner, max_size=4
        )
    ),
    max_leaves=15,
)
quick = settings(max_examples=150, deadline=None)


def check(raw: bytes) -> None:
    limits = Limits(max_nodes=20_000)
    try:
        document = parse_document(raw, uri="file:///d.json", limits=limits)
    except DocumentSyntaxError as error:
        location = error.location
        assert location is not None
        assert location.column >= 1
        breaks = raw.count(b"\n") + raw.count(b"\r") + 1
        assert 1 <= location.line <= breaks
        if location.excerpt is not None:
            assert location.column <= len(location.excerpt) + 2
        return
    assert_json(document.data)
    visit(document, document.data, (), budget=[15])


def assert_json(data: object) -> None:
    json.dumps(data, allow_nan=False).encode()


def visit(
    document: object, data: object, pointer: tuple[str | int, ...], budget: list[int]
) -> None:
    """Every value has a place that exists and that ends after its start."""
    budget[0] -= 1
    if budget[0] < 0:
        return
    location = document.locate(pointer)
    assert (location.end_line, location.end_column) >= (location.line, location.column)
    if isinstance(data, str):
        assert document.offset_location(pointer, len(data) // 2).line >= location.line
    children = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data)
        if isinstance(data, list)
        else ()
    )
    for token, child in children:
        visit(document, child, (*pointer, token), budget)


@given(st.binary(max_size=60))
@quick
def test_bytes(raw: bytes) -> None:
    check(raw)


tokens = st.sampled_from(
    ["a", "b: ", "- ", "\n", "  ", "\t", "? ", ": ", "&x ", "*x", "!!str ",
     "!c ", "<<: ", "{", "}", "[", "]",
     ",", '"', "'", "|\n",
     ">-\n", "#", "---\n", "...\n", "%YAML 1.2\n", "\\u00e9", "1", "1e9", "null", "\r",
     "\u2028", "\ufeff", "\x00", "é", "\\ud800", "<<", "*x : "]
)  # fmt: skip


@given(st.lists(tokens, max_size=25).map("".join))
@settings(max_examples=250, deadline=None)
def test_yaml_like_text(text: str) -> None:
    check(text.encode())


@given(st.text(max_size=40))
@quick
def test_text(text: str) -> None:
    check(text.encode("utf-8", "surrogatepass"))


@given(json_values, st.sampled_from([None, 2]), st.booleans())
@quick
def test_json_round_trip(value: object, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    if isinstance(value, str | list | dict):
        assert parse_document(text.encode(), uri="file:///d").data == value


NUMBER_ONLY_IN_1_2 = re.compile(r"-?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+")


@given(json_values)
@quick
def test_yaml_round_trip(value: object) -> None:
    text = yaml.dump({"v": value}, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
    assume(yaml.load(text, yaml.CSafeLoader) == {"v": value})  # PyYAML's own losses
    assume(not NUMBER_ONLY_IN_1_2.search(text))
    assert parse_document(text.encode(), uri="file:///d").data == {"v": value}


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers())
@quick
def test_numbers(number: float, integer: int) -> None:
    data = parse_document(f"- {number!r}\n- {integer}\n".encode(), uri="file:///d").data
    assert data == [number, integer]
    assert math.copysign(1, data[0]) == math.copysign(1, number)


def corpus_files(stride: int) -> list:
    found = sorted(path for path in require(CORPUS).rglob("*") if path.suffix in SUFFIXES)
    return found[::stride]


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_mutated_real_documents(data: st.DataObject) -> None:
    files = [path for path in corpus_files(23) if 0 < path.stat().st_size < 20_000]
    raw = bytearray(data.draw(st.sampled_from(files)).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(raw)))
        end = start + data.draw(st.integers(0, 8))
        raw[start:end] = data.draw(tokens).encode()
    check(bytes(raw))


@pytest.mark.requirement("DOC-08")
def test_real_documents_are_read() -> None:
    files = [path for path in corpus_files(4) if path.stat().st_size]
    assert len(files) > 100
    for path in files:
        document = Loader().load(str(path))
        if "manifest" not in path.name:
            assert isinstance(document.data, dict)
