"""Fixes: the conforming form is written, everything else stays byte for byte."""

from __future__ import annotations

import json
from difflib import ndiff

import pytest

from arazzo_runner.errors import ArazzoError
from arazzo_runner.reading import Document, Loader, parse_document
from arazzo_runner.validation import (
    AddField,
    Fix,
    RemoveField,
    RenameKey,
    ReplaceText,
    ReplaceValue,
    ValidationSettings,
    Validator,
)
from arazzo_runner.validation.examples import loader_of, whole_document
from arazzo_runner.validation.findings import Change, Finding
from arazzo_runner.validation.fixes import fix_document
from arazzo_runner.validation.registry import all_rules
from tests.support.paths import SHARED, require


def document(text: str | bytes, name: str = "d.yaml") -> Document:
    raw = text if isinstance(text, bytes) else text.encode()
    return parse_document(raw, uri=f"https://example.com/{name}", name=name)


def fixed(text: str | bytes, *changes: Change) -> str:
    """The text after one fix; the same text when it cannot be made."""
    first = document(text)
    fix = Fix("test", changes)

    def once(current: Document) -> tuple[Finding, ...]:
        finding = Finding("test", "error", "test", first.locate(()), "", None, fix)
        return (finding,) if current is first else ()

    return fix_document(first, once).document.text.decode()


CASES = [
    # scalars keep their style when they can
    ("a: b # c\n", ReplaceValue(("a",), "d"), "a: d # c\n"),
    ("a: 'b'\n", ReplaceValue(("a",), "d"), "a: 'd'\n"),
    ('a: "b"\n', ReplaceValue(("a",), 'd"e'), 'a: "d\\"e"\n'),
    ("a: b\n", ReplaceValue(("a",), "1.0"), "a: '1.0'\n"),
    ("a: 1.0\n", ReplaceValue(("a",), "1.0"), "a: '1.0'\n"),
    ("a: b\n", ReplaceValue(("a",), "c: d"), "a: 'c: d'\n"),
    ("a: b\n", ReplaceValue(("a",), "it's: so"), "a: 'it''s: so'\n"),
    ("a: b\n", ReplaceValue(("a",), "\u2028"), 'a: "\u2028"\n'),
    ("a: b\n", ReplaceValue(("a",), 5), "a: 5\n"),
    ("[a, b] # c\n", ReplaceValue((1,), "{c}"), "[a, '{c}'] # c\n"),
    ('{"a": "b"}', ReplaceValue(("a",), "é"), '{"a": "é"}'),
    # a part of a text
    ("a: b.c # d\n", ReplaceText(("a",), 1, 1, "#/"), "a: b#/c # d\n"),
    ("a: 'x b.c'\n", ReplaceText(("a",), 3, 1, "''"), "a: 'x b''''c'\n"),
    ('a: "x \\u0062.c"\n', ReplaceText(("a",), 3, 1, "#/"), 'a: "x \\u0062#/c"\n'),
    ("a: x $y\n", ReplaceText(("a",), 2, 2, "{$y}"), "a: x {$y}\n"),
    ("a: |\n  x $y\n  z\n", ReplaceText(("a",), 2, 2, "{$y}"), "a: |\n  x {$y}\n  z\n"),
    ("a: b c\n", ReplaceText(("a",), 0, 1, "- b: "), "a: '- b:  c'\n"),
    ('{"a": "x\\ty"}', ReplaceText(("a",), 2, 1, '"'), '{"a": "x\\t\\""}'),
    # keys
    ("ab: 1 # c\n", RenameKey(("ab",), "cd"), "cd: 1 # c\n"),
    ('{"ab": 1}', RenameKey(("ab",), "cd"), '{"cd": 1}'),
    # members
    ("a: 1\nb: 2 # x\nc: 3\n", RemoveField(("b",)), "a: 1\nc: 3\n"),
    ("a: 1\n# x\nb: 2", RemoveField(("b",)), "a: 1\n# x\n"),
    ("- in: q # x\n  # y\n  n: 1\n", RemoveField((0, "in")), "- # y\n  n: 1\n"),
    ("- in: q\n  n: 1\n", RemoveField((0, "in")), "- n: 1\n"),
    ("- in: q\n", RemoveField((0, "in")), "- {}\n"),
    ("{a: 1, b: 2, c: 3}", RemoveField(("b",)), "{a: 1, c: 3}"),
    ("{a: 1, b: 2 }", RemoveField(("b",)), "{a: 1 }"),
    ("{ a: 1 }", RemoveField(("a",)), "{  }"),
    ("a:\n- b: |\n    t\n  c: 1\n", RemoveField(("a", 0, "b")), "a:\n- c: 1\n"),
    ('{\n  "a": 1,\n  "b": 2\n}\n', RemoveField(("a",)), '{\n  "b": 2\n}\n'),
    ("a: 1\nb: 2\n", AddField((), "c", "x: y", after="a"), "a: 1\nc: 'x: y'\nb: 2\n"),
    ("- a: 1 # x\n- 2\n", AddField((0,), "c", 3), "- a: 1 # x\n  c: 3\n- 2\n"),
    ("{a: 1}", AddField((), "c", 3), "{a: 1, c: 3}"),
    ('{\n  "a": 1\n}\n', AddField((), "c", 3), '{\n  "a": 1,\n  "c": 3\n}\n'),
    # line ends and byte order marks stay
    ("a: b\r\nc: 1\r\n", ReplaceValue(("a",), "d"), "a: d\r\nc: 1\r\n"),
    ("\ufeffa: b\n", ReplaceValue(("a",), "d"), "\ufeffa: d\n"),
]


@pytest.mark.parametrize(
    ("text", "change", "expected"), CASES, ids=[repr(c[1])[:60] for c in CASES]
)
def test_changes(text: str, change: Change, expected: str) -> None:
    assert fixed(text, change) == expected


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("a: &x b\nc: *x\n", ReplaceValue(("a",), "d")),  # the alias would change as well
        ("a: &x {b: 1}\nc: *x\n", RemoveField(("c", "b"))),
        ("a: !!str b\n", ReplaceValue(("a",), "d")),
        ("a: |\n  b\n", ReplaceValue(("a",), "d")),
        ("a: b\n", ReplaceValue(("x",), "d")),
        ("a: b\n", RemoveField(("x",))),
        ("a: b\n", ReplaceText(("a",), 5, 1, "d")),
        ("a: {}\n", AddField(("a",), "b", 1)),
        ("a: b\n", AddField(("a",), "b", 1)),
        ("a: b\n", ReplaceValue(("a",), {"c": 1})),
        ("a: |\n  b c\n", ReplaceText(("a",), 0, 1, "x\ny")),
    ],
)
def test_what_cannot_be_done_cleanly_is_left(text: str, change: Change) -> None:
    assert fixed(text, change) == text


def test_another_encoding_stays() -> None:
    text = "\ufeffa: bü\n".encode("utf-16-le")
    first = document(text)
    finding = Finding(
        "t", "error", "t", first.locate(()), "", None, Fix("", (ReplaceValue(("a",), "dü"),))
    )
    result = fix_document(first, lambda d: (finding,) if d is first else ())
    assert result.document.text == "\ufeffa: dü\n".encode("utf-16-le")


def test_one_bad_fix_does_not_stop_the_others() -> None:
    text = "a: &x b\nc: *x\ne: f\n"
    first = document(text)
    fixes = [Fix("", (ReplaceText(("a",), 0, 1, "d"),)), Fix("", (ReplaceValue(("e",), "g"),))]
    findings = tuple(
        Finding("t", "error", str(n), first.locate(()), "", None, f) for n, f in enumerate(fixes)
    )
    result = fix_document(first, lambda d: findings if d is first else ())
    assert (result.made, result.document.text) == (1, b"a: &x b\nc: *x\ne: g\n")


def test_two_places_of_one_text_are_fixed_together() -> None:
    text = "a: x $y, $z and $w\nb:\n  p: 1\n  q: 2\n  r: 3\nc: {d: e}\n"
    first = document(text)
    fixes = [
        Fix("", (ReplaceText(("a",), 2, 2, "{$y}"),)),
        Fix("", (RemoveField(("b", "p")),)),
        Fix("", (RenameKey(("c",), "f"),)),
        Fix("", (ReplaceText(("a",), 6, 2, "{$z}"),)),
        Fix("", (RemoveField(("b", "q")),)),
        Fix("", (ReplaceText(("a",), 13, 2, "{$w}"),)),
        Fix("", (ReplaceValue(("c", "d"), "g"),)),
    ]
    for chosen in (fixes, fixes[::-1], [*fixes, Fix("", (ReplaceValue(("nowhere",), 1),))]):
        findings = tuple(
            Finding("t", "error", str(n), first.locate(()), "", None, fix)
            for n, fix in enumerate(chosen)
        )
        result = fix_document(first, lambda d, found=findings: found if d is first else ())  # type: ignore[misc]
        assert result.document.text == b"a: x {$y}, {$z} and {$w}\nb:\n  r: 3\nf: {d: g}\n"
        assert result.made == 7


FIXABLE = [rule for rule in all_rules().values() if rule.fixable]


@pytest.mark.parametrize("rule", FIXABLE, ids=lambda rule: rule.id)
def test_the_wrong_example_of_a_fixable_rule_is_fixed(rule: object) -> None:
    assert hasattr(rule, "wrong")
    text = whole_document(rule.wrong)
    validator = Validator(loader_of(rule.files), ValidationSettings(**rule.settings))
    result = fix_document(document(text, "flow.yaml"), validator.validate_document)
    assert result.made > 0
    assert rule.id not in {finding.rule for finding in result.findings}
    fixed_text = result.document.text.decode()
    changed = list(ndiff(text.splitlines(), fixed_text.splitlines()))
    assert sum(line[:1] in "+-" for line in changed) <= 4 * result.made


def corpus() -> list[str]:
    folder = SHARED / "corpus"
    if not folder.exists():
        return []
    rows = json.loads((folder / "manifest.json").read_text("utf-8"))
    return [row["file"] for row in rows]


@pytest.mark.parametrize("part", range(4))
def test_the_corpus(part: int) -> None:
    """After a fix nothing that can be fixed is found, and nothing else has changed (the engine
    compares the data after each round; here the texts are compared line by line)."""
    folder = require(SHARED / "corpus")
    made = 0
    for file in corpus()[part::4]:
        loader = Loader()
        validator = Validator(loader, ValidationSettings(sources="none"))
        try:
            before = loader.load(str(folder / file))
        except ArazzoError:
            continue
        result = fix_document(before, validator.validate_document)
        assert not [finding for finding in result.findings if finding.fix], file
        made += result.made
        old, new = before.text.decode().splitlines(), result.document.text.decode().splitlines()
        if len(old) == len(new):
            changed = sum(one != other for one, other in zip(old, new, strict=True))
            assert changed <= result.made, file
        comments = [line.partition(" #")[2] for line in old if " # " in line]
        assert comments == [line.partition(" #")[2] for line in new if " # " in line], file
    assert made > 100
