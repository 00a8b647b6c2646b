"""What texts mean and what is refused."""

from __future__ import annotations

import gc

import pytest

from arazzo_runner.errors import DocumentSyntaxError
from arazzo_runner.reading import Limits, parse_document


def read(text: str | bytes, **limits: int) -> object:
    raw = text.encode() if isinstance(text, str) else text
    return parse_document(raw, uri="file:///d.yaml", name="d.yaml", limits=Limits(**limits)).data


def refusal(text: str | bytes, **limits: int) -> DocumentSyntaxError:
    with pytest.raises(DocumentSyntaxError) as caught:
        read(text, **limits)
    assert caught.value.location is not None
    return caught.value


@pytest.mark.requirement("DOC-09", "A-57")
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2017-07-24", "2017-07-24"),
        ("2017-07-24T10:00:00Z", "2017-07-24T10:00:00Z"),
        ("on", "on"),
        ("No", "No"),
        ("y", "y"),
        ("1:30", "1:30"),
        ("0777", "0777"),
        ("0o17", "0o17"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("+49170", "+49170"),
        (".5", ".5"),
        (".inf", ".inf"),
        ("-.inf", "-.inf"),
        (".NaN", ".NaN"),
        ("NaN", "NaN"),
        ("1.2.3", "1.2.3"),
        ("=", "="),
        ("tRUE", "tRUE"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("''", ""),
        ("0", 0),
        ("-12", -12),
        ("3.50", 3.5),
        ("1e3", 1000.0),
        ("-1.5E-2", -0.015),
        ("1.", 1.0),
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("!!str 5", "5"),
        ("! 5", "5"),
        ("!!int 5", 5),
        ("!!float 5", 5.0),
        ('!!bool "true"', True),
        ("!!null ''", None),
        ("!!map {a: 1}", {"a": 1}),
        ("!!seq [1]", [1]),
        ("{$inputs.x}", {"$inputs.x": None}),
    ],
)
def test_scalar(written: str, meant: object) -> None:
    value = read(f"a: {written}\n")["a"]
    assert value == meant
    assert type(value) is type(meant)


@pytest.mark.requirement("DOC-10", "A-57")
def test_keys_are_always_text() -> None:
    assert read("200: a\ntrue: b\nnull: c\n1.0: d\n2017-07-24: e\n~: f\n!!str 7: g\n&k x: h") == {
        "200": "a", "true": "b", "null": "c", "1.0": "d", "2017-07-24": "e", "~": "f", "7": "g",
        "x": "h",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a: 1\nb: !custom 2\n", 2, 4, "'!custom' is not allowed"),
        ("a: !!timestamp 2001-01-01\n", 1, 4, "'!!timestamp'"),
        ("a: !!binary aGk=\n", 1, 4, "'!!binary'"),
        ("a: !!set {x}\n", 1, 4, "'!!set'"),
        ("a: !!seq {x: 1}\n", 1, 4, "'!!seq'"),
        ("a: !!int x\n", 1, 4, "'x' is not of the type int"),
        ("a: !!int 1.5\n", 1, 4, "not of the type int"),
        ("a: !!bool 1\n", 1, 4, "not of the type bool"),
        ("a: !!null x\n", 1, 4, "not of the type null"),
        ("!!int 5: x\n", 1, 1, "a key has to be text"),
        ("? [1]\n: x\n", 1, 3, "a key has to be text"),
        ("a: &a x\n*a : y\n", 2, 1, "not an alias"),
        ("? \n: x\n", 1, 2, "a key is missing"),
        ("a: 1\nb: 2\na: 3\n", 3, 1, "'a' is there twice, first in line 1"),
        ("x:\n  - b\n  - c: {d: 1,\n      d: 2}\n", 4, 7, "'d' is there twice, first in line 3"),
        ('a: 1\n"a": 3\n', 2, 1, "'a' is there twice, first in line 1"),
        (f"{'k' * 90}: 1\n{'k' * 90}: 2\n", 2, 1, f"the key '{'k' * 57}...' is there twice"),
        ("a: *nope\n", 1, 4, "no anchor '&nope'"),
        ("a: &a\n  b: *a\n", 2, 6, "lies inside what it repeats"),
        ("a: 1\n---\nb: 2\n", 2, 1, "more than one YAML document"),
        ("", 1, 1, "empty"),
        ("  \n# only a comment\n", 1, 1, "empty"),
        ("---\n", 1, 1, "empty"),
        ("a: 1e999\n", 1, 4, "too large"),
        ("a: " + "9" * 5000 + "\n", 1, 4, "5000 digits"),
        ("a: 1\n\tb: 2\n", 2, 1, "not valid YAML"),
        ("a: b: c\n", 1, 5, "mapping values are not allowed"),
        ("a: [1, 2\nb: 3\n", 2, 2, "not valid YAML"),
        ("é: 'x\n", 2, 1, "unexpected end"),
        ("éé: \x07\n", 1, 5, "control characters"),
        ("a: @x\n", 1, 4, "cannot start any token"),
        ("a:\n  <<: 5\n", 3, 1, "merge key"),
        ("<<: {a: 1}\n<<: {b: 1}\n", 2, 1, "'<<' is there twice, first in line 1"),
        ("a: &x {m: 1}\nb:\n  <<: *x\n  <<: *x\n", 4, 3, "'<<' is there twice, first in line 3"),
        ("%YAML 3.0\n---\na: 1\n", 1, 1, "not valid YAML"),
        ('{"a": 1, "b": {"c": 1,\n "c": 2}}', 2, 2, "'c' is there twice, first in line 1"),
        ('[{"a": 1},\n {"a": NaN}]', 2, 8, "NaN is not a JSON value"),
        ('["-Infinity", -Infinity]', 1, 15, "-Infinity is not a JSON value"),
        ('["1e999", 1e999]', 1, 11, "too large"),
        ("[" + "9" * 5000 + "]", 1, 2, "too long"),
        ('["ok \\ud83d\\ude00",\n"\\ud800"]', 2, 1, "surrogate"),
    ],
)  # fmt: skip
@pytest.mark.requirement("DOC-08", "DOC-09", "DOC-10", "DOC-11", "OUT-06")
def test_refused(text: str, line: int, column: int, words: str) -> None:
    error = refusal(text)
    assert words in error.message
    assert (error.location.line, error.location.column) == (line, column)
    assert error.location.file == "d.yaml"


def test_the_usual_mistakes_get_a_hint() -> None:
    assert "tabs" in refusal("a:\n\t- b\n").hint
    assert "quotes" in refusal("a: b: c\n").hint
    assert refusal("a: 1\n---\nb: 2\n").hint.startswith("remove what follows")


def test_a_duplicate_before_another_fault() -> None:
    error = refusal("a:\n  b: 1\n  c: [{b: 1, b: 2}]\nd: [}\n")
    assert "'b' is there twice, first in line 3" in error.message


def test_a_depth_limit_beyond_what_python_can_read() -> None:
    assert "nested deeper" in refusal("[" * 200_000 + "]" * 200_000, max_depth=10**6).message


def test_several_faulty_json_texts() -> None:
    json_like = b'{"a": 1 "b": 2}'
    with pytest.raises(DocumentSyntaxError, match="not valid JSON") as caught:
        parse_document(json_like, uri="file:///d.json")
    assert caught.value.location.column == 9
    with pytest.raises(DocumentSyntaxError, match="not valid YAML"):
        parse_document(json_like, uri="file:///d.yaml")


def test_flow_yaml_is_read_although_it_looks_like_json() -> None:
    assert read("{a: [1, x], # comment\n b: 2017-07-24}") == {"a": [1, "x"], "b": "2017-07-24"}
    assert read('{"a": 1,}') == {"a": 1}


def test_document_markers_and_directives() -> None:
    assert read("%YAML 1.2\n---\na: 1\n...\n") == {"a": 1}
    assert read("--- ~\n") is None
    assert read("null") is None


def test_encodings() -> None:
    text = "a: é😀\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        assert read(text.encode(encoding)) == {"a": "é😀"}
    assert read('{"a": "é"}'.encode("utf-8-sig")) == {"a": "é"}
    error = refusal("é: 1\nb: ".encode() + b"\xff\n")
    assert (error.location.line, error.location.column) == (2, 4)
    assert "0xff" in error.message
    assert "UTF-16" in refusal(b"\xff\xfea\x00b").message


class TestAnchors:
    def test_aliases_share(self) -> None:
        data = read("a: &x {k: [1]}\nb: *x\nc: &s text\nd: *s\n")
        assert data == {"a": {"k": [1]}, "b": {"k": [1]}, "c": "text", "d": "text"}
        assert data["a"] is data["b"]

    def test_the_last_anchor_of_a_name_counts(self) -> None:
        assert read("- &x 1\n- *x\n- &x 2\n- *x\n") == [1, 1, 2, 2]

    def test_merge(self) -> None:
        text = "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\n"
        text += "c:\n  x: 0\n  <<: [*a, *b]\nd:\n  <<: *a\n  y: 9\n"
        data = read(text)
        assert data["c"] == {"x": 0, "y": 2, "z": 4}
        assert data["d"] == {"x": 1, "y": 9}
        assert data["a"] == {"x": 1, "y": 2}

    def test_a_quoted_merge_key_is_a_key(self) -> None:
        assert read("a:\n  '<<': {b: 1}\nc:\n  <<: {d: 1}\n") == {
            "a": {"<<": {"b": 1}},
            "c": {"d": 1},
        }

    def test_bombs_are_refused_quickly(self) -> None:
        lists = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
        merges = ["a0: &a0 {k: v}"]
        for i in range(1, 12):
            lists.append(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]")
            names = ", ".join([f"*a{i - 1}"] * 9)
            merges.append(f"a{i}: &a{i} {{<<: [{names}], k{i}: v}}")
        assert "aliases expanded" in refusal("\n".join(lists)).message
        assert "aliases expanded" in refusal("\n".join(merges)).message


class TestLimits:
    @pytest.mark.parametrize(
        "text", ["[" * 100_000, "[" * 5000 + "]" * 5000, '{"a":' * 900 + "1" + "}" * 900]
    )
    def test_depth(self, text: str) -> None:
        error = refusal(text, max_depth=50)
        assert "deeper than 50" in error.message
        assert error.location.column == (251 if text.startswith("{") else 51)

    def test_depth_of_block_text(self) -> None:
        text = "".join("  " * i + "a:\n" for i in range(200))
        assert refusal(text).location.line == 129

    def test_depth_that_fits(self) -> None:
        assert read("[" * 50 + "]" * 50, max_depth=50)
        assert read("[" * 49 + "x" + "]" * 49, max_depth=50)

    def test_number_of_values(self) -> None:
        assert "more than 10 values" in refusal("[1,2,3,4,5,6,7,8,9,10,11]", max_nodes=10).message
        assert "more than 10 values" in refusal("[a,2,3,4,5,6,7,8,9,10,11]", max_nodes=10).message
        assert "more than 10 values" in refusal("- 1\n" * 11, max_nodes=10).message

    def test_size(self) -> None:
        assert "larger than 3 bytes" in refusal("a: 1\n", max_bytes=3).message


def test_the_collector_is_as_before() -> None:
    read("a: 1")
    assert gc.isenabled()
    refusal("a: [")
    assert gc.isenabled()
    gc.disable()
    try:
        read("a: 1")
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_without_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yaml.__with_libyaml__", False)
    assert read("a: 1\nb: '1'\nc: [on, null]\n") == {"a": 1, "b": "1", "c": ["on", None]}
