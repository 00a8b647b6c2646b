"""Where values, keys and characters stand."""

from __future__ import annotations

import json

import pytest

from arazzo_runner.errors import Location
from arazzo_runner.reading import Document, parse_document
from arazzo_runner.reading.json_positions import JsonPositions
from arazzo_runner.reading.source_text import SourceText

YAML = """\
# first line
arazzo: 1.1.0
info:
  title: "A \\u00e9\\tz"   # comment
  'it''s': 'say ''hi'' now'
steps:
- stepId: a
  list: [1, {k: v}, *none]
- stepId: b
  text: |  # header
    one
      two

    three

  folded: >-
    one
    two

  plain: some words
    go on
  empty:
last: "x
  y"
"""


def yaml_document() -> Document:
    text = YAML.replace("[1, {k: v}, *none]", "&l [1, {k: v}]").replace(
        "  empty:", "  again: *l\n  empty:"
    )
    return parse_document(text.encode(), uri="file:///d.yaml", name="d.yaml")


def place(location: Location) -> tuple[int, int, int | None, int | None]:
    return location.line, location.column, location.end_line, location.end_column


@pytest.mark.parametrize(
    ("pointer", "key", "value"),
    [
        (("arazzo",), (2, 1, 2, 7), (2, 9, 2, 14)),
        (("info",), (3, 1, 3, 5), (4, 3, 5, 28)),
        (("info", "title"), (4, 3, 4, 8), (4, 10, 4, 23)),
        (("info", "it's"), (5, 3, 5, 10), (5, 12, 5, 28)),
        (("steps", 0), (7, 3, 8, 23), (7, 3, 8, 23)),
        (("steps", "0", "stepId"), (7, 3, 7, 9), (7, 11, 7, 12)),
        (("steps", 0, "list", 1, "k"), (8, 17, 8, 18), (8, 20, 8, 21)),
        (("steps", 1, "text"), (10, 3, 10, 7), (10, 9, 14, 10)),
        (("steps", 1, "folded"), (16, 3, 16, 9), (16, 11, 18, 8)),
        (("steps", 1, "again", 1, "k"), (8, 17, 8, 18), (8, 20, 8, 21)),
        (("last",), (24, 1, 24, 5), (24, 7, 25, 5)),
    ],
)
def test_yaml(pointer: tuple[str | int, ...], key: tuple[int, ...], value: tuple[int, ...]) -> None:
    document = yaml_document()
    assert place(document.locate(pointer, key=True)) == key
    assert place(document.locate(pointer)) == value


def test_a_pointer_to_nothing_gives_the_nearest_place_above() -> None:
    document = yaml_document()
    assert place(document.locate(("info", "nope", "x"))) == (3, 1, 3, 5)
    assert place(document.locate(("steps", 7))) == (6, 1, 6, 6)
    assert place(document.locate(("arazzo", "x"))) == (2, 1, 2, 7)
    assert document.locate(("nope",)).line == 2


def test_excerpt_and_name() -> None:
    location = yaml_document().locate(("arazzo",))
    assert location.excerpt == "arazzo: 1.1.0"
    assert str(location) == "d.yaml:2:9"


def test_merged_members_are_found() -> None:
    text = b"a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc:\n  <<: [*a, *b]\n  z: 3\n"
    document = parse_document(text, uri="file:///d.yaml")
    assert place(document.locate(("c", "x"))) == (1, 11, 1, 12)
    assert place(document.locate(("c", "y"))) == (2, 19, 2, 20)
    assert place(document.locate(("c", "z"))) == (5, 6, 5, 7)
    assert document.locate(("c", "w")).line == 3


JSON = '{\n  "a": {"b\\n": [1, "x", {}],\n\t"\\ud83d\\ude00" : -1.5e3},\n  "m": "" , "e": [ ] }\n'


def test_json() -> None:
    document = parse_document(JSON.encode(), uri="file:///d.json")
    assert document.is_json
    assert place(document.locate(())) == (1, 1, 4, 23)
    assert place(document.locate(("a", "b\n", 1))) == (2, 20, 2, 23)
    assert place(document.locate(("a", "b\n"), key=True)) == (2, 9, 2, 14)
    assert place(document.locate(("a", "😀"))) == (3, 19, 3, 25)
    assert place(document.locate(("m",))) == (4, 8, 4, 10)
    assert place(document.locate(("e", 0))) == (4, 13, 4, 16)
    assert place(document.locate(("e", "x"))) == place(document.locate(("e",), key=True))
    assert place(document.locate(("m", 0))) == place(document.locate(("m",), key=True))
    assert place(document.locate(("a", "zzz"))) == (2, 3, 2, 6)


def test_a_merge_that_nests_through_lists_and_repeats() -> None:
    text = b"a: &a {x: 1}\nb: &b {<<: [*a, *a, {q: 2}], y: 2}\nc: {<<: [*a, *b]}\n"
    document = parse_document(text, uri="file:///d.yaml")
    assert document.data["c"] == {"x": 1, "q": 2, "y": 2}
    assert place(document.locate(("c", "q"))) == (2, 25, 2, 26)
    assert document.locate(("c", "nope")).line == 3


def test_line_breaks_and_marks() -> None:
    document = parse_document(
        'a: 1\r\nb: 2\rc: é é\r\nd: "\u2028"\re: 5\n'.encode("utf-16"), uri="file:///d"
    )
    for number, name in enumerate("abcde", 1):
        location = document.locate((name,))
        assert (location.line, location.column) == (number, 4)
    assert document.locate(("c",)).excerpt == "c: é é"
    assert document.locate(("a",)).excerpt == "a: 1"


def test_a_minified_file_has_no_excerpt() -> None:
    document = parse_document(b'{"a": "' + b"x" * 2000 + b'"}', uri="file:///d")
    assert document.locate(("a",)).excerpt is None


@pytest.mark.parametrize(
    ("written", "value", "word", "line", "column"),
    [
        ("k: some plain words", "some plain words", "plain", 1, 9),
        ("k: 'it''s here'", "it's here", "here", 1, 11),
        ('k: "\\x41\\u00e9 \\t\\"q\\" here"', 'Aé \t"q" here', "here", 1, 24),
        ("k: |2 # c\n  a\n\n    b {x}\n  c\n", "a\n\n  b {x}\nc\n", "{x}", 4, 7),
        ("k: >\n  a b\n  c d\n", "a b c d\n", "d", 3, 5),
        ("k: a b\n  c d\n", "a b c d", "c", 2, 3),
        ('k: "a b\\\n  c d"\n', "a bc d", "c", 2, 3),
        ('{"k": "\\ud83d\\ude00\\u0020\\n here"}', "😀 \n here", "here", 1, 29),
    ],
)
def test_characters(written: str, value: str, word: str, line: int, column: int) -> None:
    document = parse_document(written.encode(), uri="file:///d")
    assert document.data["k"] == value
    location = document.offset_location(("k",), value.index(word))
    assert (location.line, location.column) == (line, column)


def test_characters_at_the_edges() -> None:
    document = parse_document(b'k: "ab c"\nn: 5\nb: " "\n', uri="file:///d")
    columns = [document.offset_location(("k",), i).column for i in range(6)]
    assert columns == [5, 6, 7, 8, 9, 4]  # beyond the text: the start of the value
    assert document.offset_location(("n",), 0).column == 4
    assert document.offset_location(("b",), 0).column == 4
    assert document.offset_location(("nope", "x"), 3).line == 1


def test_every_place_of_a_json_text_holds_what_is_there() -> None:
    data = {"a": [1, {"b": None, "c/d": "é😀"}], "e": {"f": [[], {}]}}
    text = json.dumps(data, indent=1, ensure_ascii=False)
    for raw in (text, "# yaml\n" + text):
        document = parse_document(raw.encode(), uri="file:///d")
        lines = raw.split("\n")
        for pointer in (("a", 0), ("a", 1, "b"), ("a", 1, "c/d"), ("e", "f", 0), ("e", "f", 1)):
            location = document.locate(pointer)
            assert location.end_line == location.line
            written = lines[location.line - 1][location.column - 1 : location.end_column - 1]
            value = data
            for token in pointer:
                value = value[token]
            assert json.loads(written) == value


def test_no_duplicate() -> None:
    with pytest.raises(LookupError):
        JsonPositions(SourceText('{"a": [1, {"a": 2}]}', "f")).duplicate()
