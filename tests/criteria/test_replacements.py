"""Payload replacements."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from arazzo_runner.criteria import EvaluationFault
from arazzo_runner.criteria.jsonpath import GOESSNER
from arazzo_runner.criteria.replacements import compile_target
from arazzo_runner.errors import SyntaxFault

pytestmark = pytest.mark.requirement("A-25", "REP-02", "REP-03", "REP-04")

FORM = "application/x-www-form-urlencoded"
XML = "application/xml"
PAYLOAD: dict[str, Any] = {"a": {"b": [1, {"c": 2}]}, "e": [], "x/y": 0}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/a/b/0", {"a": {"b": [9, {"c": 2}]}, "e": [], "x/y": 0}),
        ("/a/b/1/c", {"a": {"b": [1, {"c": 9}]}, "e": [], "x/y": 0}),
        ("/a/new", {"a": {"b": [1, {"c": 2}], "new": 9}, "e": [], "x/y": 0}),
        ("/a/b/-", {"a": {"b": [1, {"c": 2}, 9]}, "e": [], "x/y": 0}),
        ("/a/b/2", {"a": {"b": [1, {"c": 2}, 9]}, "e": [], "x/y": 0}),
        ("/e/0", {"a": {"b": [1, {"c": 2}]}, "e": [9], "x/y": 0}),
        ("/x~1y", {"a": {"b": [1, {"c": 2}]}, "e": [], "x/y": 9}),
        ("", 9),
    ],
)
def test_json_pointer(target: str, expected: Any) -> None:
    before = copy.deepcopy(PAYLOAD)
    compiled = compile_target(target)
    assert compiled.apply(PAYLOAD, 9) == expected
    assert before == PAYLOAD
    assert (compiled.target, compiled.type) == (target, "jsonpointer")


@pytest.mark.requirement("REP-06")
@pytest.mark.parametrize(
    "target",
    ["/n/b", "/a/b/9", "/a/b/-/c", "/a/b/01", "/a/b/x", "/a/b/0/c", "/a/b/" + "1" * 30, "/e/0/a"],
)
def test_a_missing_parent(target: str) -> None:
    with pytest.raises(EvaluationFault, match="has no place for"):
        compile_target(target).apply(PAYLOAD, 9)


@pytest.mark.requirement("REP-07")
@pytest.mark.parametrize(
    ("target", "version", "expected"),
    [
        ("$.a[*].b", None, {"a": [{"b": 9}, {"b": 9}]}),
        ("$.a[?(@.b == 1)].b", GOESSNER, {"a": [{"b": 9}, {"b": 2}]}),
        ("$.a[1].b", None, {"a": [{"b": 1}, {"b": 9}]}),
        ("$.a[-1].b", None, {"a": [{"b": 1}, {"b": 9}]}),
        ("$..*", None, {"a": 9}),
        ("$", None, 9),
    ],
)
def test_jsonpath(target: str, version: str | None, expected: Any) -> None:
    payload = {"a": [{"b": 1}, {"b": 2}]}
    compiled = compile_target(target, type="jsonpath", version=version)
    assert compiled.apply(payload, 9) == expected
    assert payload == {"a": [{"b": 1}, {"b": 2}]}


def test_jsonpath_that_selects_nothing() -> None:
    with pytest.raises(EvaluationFault, match="selects nothing"):
        compile_target("$.z", type="jsonpath").apply({}, 1)


def test_texts_of_json() -> None:
    assert compile_target("/b").apply('{"b": 1, "c": "é"}', "x") == '{"b":"x","c":"é"}'
    with pytest.raises(EvaluationFault, match="not JSON"):
        compile_target("/b").apply("b=1", "x")
    with pytest.raises(EvaluationFault, match="bytes"):
        compile_target("/b").apply(b"{}", "x")


def test_forms() -> None:
    target = compile_target("/b", content_type=FORM)
    assert target.apply("a=1&b=2&a=3&a=4&c=", "x y&") == "a=1&a=3&a=4&b=x%20y%26&c="
    assert target.apply({"a": 1}, 5) == {"a": 1, "b": 5}
    assert compile_target("", content_type=FORM).apply("a=1", "q=2") == "q=2"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/a/b", '<a x="1">s<b>&lt;9&gt;</b>tail<b>&lt;9&gt;</b></a>'),
        ("/a/b[1]", '<a x="1">s<b>&lt;9&gt;</b>tail<b>u<i/></b></a>'),
        ("/a/@x", '<a x="&lt;9&gt;">s<b>t</b>tail<b>u<i/></b></a>'),
        ("/a/text()", '<a x="1">&lt;9&gt;<b>t</b>&lt;9&gt;<b>u<i/></b></a>'),
    ],
)
def test_xpath(target: str, expected: str) -> None:
    payload = '<a x="1">s<b>t</b>tail<b>u<i/></b></a>'
    assert compile_target(target, content_type=XML).apply(payload, "<9>") == expected


@pytest.mark.parametrize(
    ("target", "payload", "value", "message"),
    [
        ("/a/z", "<a/>", 1, "selects nothing"),
        ("/", "<a/>", 1, "document node"),
        ("count(/a)", "<a/>", 1, "does not select nodes"),
        ("/a", {"a": 1}, 1, "not XML text"),
        ("/a", "<a/>", "\x01", "cannot be written as XML"),
    ],
)
def test_xpath_that_fails(target: str, payload: Any, value: Any, message: str) -> None:
    with pytest.raises(EvaluationFault, match=message):
        compile_target(target, type="xpath").apply(payload, value)


@pytest.mark.requirement("REP-08", "SEL-02")
@pytest.mark.parametrize(
    ("target", "type_", "version"),
    [
        ("a", None, None),
        ("$[", "jsonpath", None),
        ("/a[", "xpath", None),
        ("/a", "jsonpointer", "xpath-10"),
        ("/a", "pointer", None),
        ("/a", "zzz", None),
    ],
)
def test_refused(target: str, type_: str | None, version: str | None) -> None:
    with pytest.raises(SyntaxFault):
        compile_target(target, type=type_, version=version)


def test_too_deep() -> None:
    payload: Any = 1
    for _ in range(5000):
        payload = {"a": payload}
    with pytest.raises(EvaluationFault, match="nested too deeply"):
        compile_target("/a" * 5000).apply(payload, 1)
