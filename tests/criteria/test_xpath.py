"""XPath in four versions: values, effective boolean values, nothing reaches outside, limits."""

from __future__ import annotations

import builtins
from itertools import product
from typing import Any

import pytest
from lxml import etree

from arazzo_runner.criteria import limits
from arazzo_runner.criteria import xpath as module
from arazzo_runner.criteria.limits import EvaluationFault
from arazzo_runner.criteria.xml_tree import parse_xml, xml_text
from arazzo_runner.criteria.xpath import VERSIONS, compile_xpath
from arazzo_runner.errors import SyntaxFault
from arazzo_runner.values import ABSENT

DOCUMENT = '<r xmlns:p="urn:p" a="1"><b>t</b><b>u</b><p:c>5</p:c><empty/></r>'


@pytest.mark.requirement("A-14", "SEL-10")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/r/b", ["t", "u"]),
        ("/r/b[1]", "t"),
        ("/r/p:c", "5"),
        ("/r/@a", "1"),
        ("/r/b/text()", ["t", "u"]),
        ("/r/x", ABSENT),
        ("count(/r/b)", 2),
        ("count(/r/b) > 1", True),
        ("'it''s'", "it's"),
        ("2.5", 2.5),
        ("2.0", 2),
        ("1 div 2", 0.5),
        ("/r/empty", ""),
    ],
)
def test_values(version: str, text: str, expected: Any) -> None:
    value = compile_xpath(text, version).value(DOCUMENT)
    assert value == expected
    assert type(value) is type(expected)


def test_other_items() -> None:
    assert compile_xpath("xs:date('2024-01-02')").value(DOCUMENT) == "2024-01-02"
    assert compile_xpath("('a', 1)").value(DOCUMENT) == ["a", 1]


@pytest.mark.requirement("CR-16", "A-44", "SEL-03")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/r/b", True),
        ("/r/x", False),
        ("/r/empty", True),
        ("1", True),
        ("0", False),
        ("number('x')", False),
        ("''", False),
        ("'false'", True),
        ("/r/b = 'u'", True),
        ("false()", False),
    ],
)
def test_effective_boolean_value(version: str, text: str, expected: bool) -> None:
    assert compile_xpath(text, version).boolean(DOCUMENT) is expected


@pytest.mark.requirement("CR-16")
@pytest.mark.parametrize("version", VERSIONS[:3])
def test_a_sequence_has_no_boolean_value(version: str) -> None:
    with pytest.raises(EvaluationFault, match="FORG0006"):
        compile_xpath("(1, 2)", version).boolean(DOCUMENT)


@pytest.mark.requirement("SEL-03")
def test_versions_differ() -> None:
    assert compile_xpath("map{'a': 1}?a", "xpath-31").value(DOCUMENT) == 1
    for version, text in (
        ("xpath-30", "map{'a': 1}?a"),
        ("xpath-20", "let $x := 1 return $x"),
        ("xpath-10", "(1, 2)"),
    ):
        with pytest.raises(SyntaxFault, match="not an XPath expression"):
            compile_xpath(text, version)


@pytest.mark.parametrize(
    "text",
    [
        "doc('file:///etc/hostname')",
        "unparsed-text('file:///etc/hostname')",
        "environment-variable('HOME')",
        "parse-xml('<a/>')",
        "json-doc('file:///x')",
        "fn:doc#1",
        "function-lookup(xs:QName('fn:doc'), 1)('file:///etc/hostname')",
    ],
)
def test_nothing_reaches_outside(text: str) -> None:
    with pytest.raises((SyntaxFault, EvaluationFault)):
        compile_xpath(text).value(DOCUMENT)


class TestLimits:
    def test_hanging_patterns(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "REGEX_SECONDS", 0.05)
        subject = f"<r>{'a' * 60}!</r>"
        for text in (
            "replace(/r,'(a|aa)+$','')",
            "matches(/r,'(a|aa)+$')",
            "tokenize(/r,'(a|aa)+$')",
        ):
            with pytest.raises(EvaluationFault, match="took longer"):
                compile_xpath(text).value(subject)

    def test_functions_with_patterns_work(self) -> None:
        assert compile_xpath("replace('abcab', 'b(c)?', '[$1]')").value("<r/>") == "a[c]a[]"
        assert compile_xpath("tokenize('a, b', ',\\s*')").value("<r/>") == ["a", "b"]
        assert compile_xpath("matches('AB', 'b$', 'i')").value("<r/>") is True
        assert compile_xpath("replace('a.b', '.', '-', 'q')").value("<r/>") == "a-b"
        assert compile_xpath("string(analyze-string('xay', 'a'))").value("<r/>") == "xay"

    def test_a_bad_pattern(self) -> None:
        with pytest.raises(SyntaxFault, match="nvalid regular expression"):
            compile_xpath("matches('a', '[')")

    def test_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        expression = compile_xpath("for $i in 1 to 100000, $j in 1 to 100000 return $i")
        monkeypatch.setattr(limits, "QUERY_SECONDS", 0.1)
        with pytest.raises(EvaluationFault, match="took longer"):
            expression.value(DOCUMENT)

    def test_long_ranges(self) -> None:
        with pytest.raises(SyntaxFault, match="range"):
            compile_xpath("count(1 to 1000000000)")
        assert compile_xpath("count(1 to 10)").value("<r/>") == 10

    def test_deep_expressions(self) -> None:
        with pytest.raises(SyntaxFault, match="deep"):
            compile_xpath("(" * 5000 + "1" + ")" * 5000)

    def test_deep_documents(self) -> None:
        text = "<a>" * 5000 + "</a>" * 5000
        with pytest.raises(EvaluationFault, match="well-formed"):
            compile_xpath("//b").value(text)


def test_namespaces_come_with_the_document() -> None:
    expression = compile_xpath("/q:r")
    assert expression.value('<q:r xmlns:q="urn:q">x</q:r>') == "x"
    with pytest.raises(EvaluationFault, match="not declared"):
        expression.value("<r/>")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (5, "not XML text"),
        ({"a": 1}, "not XML text"),
        ("plain", "not well-formed"),
        ("<a>", "not well-formed"),
        ("<a>\ud800</a>", "not well-formed"),
        ("", "not well-formed"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "document type"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "document type"),
    ],
)
def test_contexts_that_are_not_xml(value: Any, message: str) -> None:
    with pytest.raises(EvaluationFault, match=message):
        compile_xpath("/a").value(value)


def test_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arazzo_runner.criteria.xml_tree.MAX_CHARACTERS", 5)
    with pytest.raises(EvaluationFault, match="longer than 5"):
        parse_xml("<abcdef/>")


def test_declarations() -> None:
    text = '\ufeff<?xml version="1.0" encoding="latin-1"?><a>é</a>'
    assert compile_xpath("/a").value(text) == "é"
    assert xml_text(parse_xml(text), text).startswith(
        '<?xml version="1.0" encoding="UTF-8"?>\n<a>é'
    )
    assert xml_text(parse_xml("<a/>"), "<a/>") == "<a/>"


def test_an_unknown_version() -> None:
    with pytest.raises(SyntaxFault, match="not an XPath version"):
        compile_xpath("/a", "xpath-40")


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def refuse(name: str, *arguments: Any, **options: Any) -> Any:
        if name.startswith("elementpath"):
            raise ImportError(name)
        return original(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(SyntaxFault, match="not installed") as caught:
        compile_xpath("/a")
    assert caught.value.kind == "missing-extra"
    assert caught.value.hint == "pip install 'arazzo-workflow-engine[xml]'"


OPERANDS = [
    *("//n", "//s", "//e", "//none", "//n[1]", "count(//n)", "'3'", "'abc'", "''"),
    *("3", "0", "12.0", "true()", "false()", "number('x')", "string(//n)"),
]


@pytest.mark.requirement("CR-16", "SEL-03")
@pytest.mark.parametrize("sign", ["=", "!=", "<", "<=", ">", ">="])
def test_xpath_10_compares_as_libxml2_does(sign: str) -> None:
    text = "<r><n>3</n><n> 12 </n><s>abc</s><e/></r>"
    tree = etree.fromstring(text)
    for left, right in product(OPERANDS, OPERANDS):
        query = f"{left} {sign} {right}"
        assert compile_xpath(query, "xpath-10").boolean(text) is tree.xpath(query), query
