"""The tolerance ``jsonpath-comparison`` equals the library's pseudo-root filter."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from arazzo_runner.criteria.jsonpath import GOESSNER
from arazzo_runner.criteria.jsonpath_comparison import parse_comparison
from arazzo_runner.criteria.jsonpath_operands import Literal, compare
from arazzo_runner.errors import SyntaxFault
from arazzo_runner.values import ABSENT

pytestmark = pytest.mark.requirement("CR-15")


def passes(text: str, document: Any) -> bool:
    comparison = parse_comparison(text)
    assert comparison is not None
    return comparison.test(document, [])


class TestAgainstTheLibrary:
    # Booleans inside of arrays are left out: the library takes [1] and [true] for equal.
    SCALARS = st.sampled_from([None, 0, 1, 2.5, -1, "", "a", "B", True, False])
    DOCUMENTS = st.recursive(
        st.sampled_from([None, 0, 1, 2.5, "", "a", "B"]),
        lambda inner: (
            st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
        ),
        max_leaves=8,
    )
    QUERIES = st.sampled_from(
        ["$", "$.a", "$['b']", "$.a.b", "$.c[0]", "$[-1]", "$[1].a", "$ .a [0]"]
    )
    LITERALS = st.sampled_from(
        [
            "null",
            "true",
            "false",
            "0",
            "1",
            "2.5",
            "-1",
            "1e0",
            "''",
            "'a'",
            '"B"',
            "'\\u0061'",
            '"\\""',
        ]
    )
    OPERANDS = st.one_of(
        QUERIES,
        LITERALS,
        QUERIES.map(lambda query: f"length({query})"),
        QUERIES.map(lambda query: f"count({query}[*])"),
        QUERIES.map(lambda query: f"value({query}..a)"),
    )
    COMPARISONS = st.builds(
        "{}{}{}".format,
        OPERANDS,
        st.sampled_from([" == ", "!=", " < ", "<=", ">", " >= "]),
        OPERANDS,
    )
    TESTS = st.one_of(
        COMPARISONS,
        QUERIES,
        st.sampled_from(["$[*]", "$..a", "match($.a, 'a|B')", "search($.b, '[aB]')"]),
    )
    CONDITIONS = st.recursive(
        TESTS,
        lambda inner: st.one_of(
            st.builds("{} && {}".format, inner, inner),
            st.builds("{}||{}".format, inner, inner),
            inner.map(lambda text: f"( {text} )"),
            inner.map(lambda text: f"!({text})"),
        ),
        max_leaves=4,
    )

    @given(CONDITIONS, DOCUMENTS | st.booleans())
    @settings(max_examples=250, deadline=None)
    def test_equal(self, condition: str, document: Any) -> None:
        from jsonpath import JSONPathEnvironment, JSONPathMatch

        # The library orders booleans as Python does (true > 0); RFC 9535 gives them no order.
        assume(not (re.search("true|false", condition) and re.search("[<>]", condition)))
        ours = parse_comparison(condition)
        if ours is None:
            return
        query = JSONPathEnvironment().compile(f"^[?{condition}]")
        root = JSONPathMatch(
            filter_context={}, obj=[document], parent=None, path="^", parts=(), root=document
        )
        if isinstance(document, str) or not isinstance(document, dict | list):
            return  # the library reads a text as JSON and cannot query a scalar
        theirs = bool(list(query.segments[0].resolve([root])))
        assert ours.test(document, []) is theirs


@pytest.mark.parametrize(
    ("condition", "document", "expected"),
    [
        ('$.TrainingJobStatus == "InProgress"', {"TrainingJobStatus": "InProgress"}, True),
        ('$.TrainingJobStatus == "InProgress"', {"TrainingJobStatus": "inprogress"}, False),
        ('$.TrainingJobStatus != "InProgress"', {}, True),
        ("$.results.length > 0", {"results": [1]}, True),
        ("$.results.length > 0", {"results": []}, False),
        ("$.results.length > 0", {}, False),
        ("$.results.length == 0", {}, False),
        ("$.length > 1", [1, 2], True),
        ("$.length == 2", "ab", True),
        ("$.length == 7", {"length": 7}, True),
        ("$.a.length == 1", {"a": {"b": 1}}, True),
        ("$.a.length == 1", {"a": 5}, False),
        ("$.a .length == 2", {"a": "xy"}, True),
        ("$.a[0].b != 'x' && $.n > 3", {"a": [{"b": "y"}], "n": 4}, True),
        ("$ == 5", 5, True),
        ("$ == 'x'", "x", True),
        ("$.ok == true", {"ok": 1}, False),
        ("$.ok == true", {"ok": True}, True),
        ("$.n == 1", {"n": True}, False),
        ("$.n == 1.0", {"n": 1}, True),
        ("$.n == null", {}, False),
        ("$.n == null", {"n": None}, True),
        ("$.n == $.m", {}, True),
        ("$.a == $.b", {"a": [True], "b": [1]}, False),
        ("$.a == $.b", {"a": [{"x": [1]}], "b": [{"x": [1.0]}]}, True),
        ("$.a == $.b", {"a": {"x": 1}, "b": {"y": 1}}, False),
        ("$.a == $.b", {"a": {"x": 1}, "b": [1]}, False),
        ("$.a == $.b", {"a": [1], "b": [1, 2]}, False),
        ("$.s > 1", {"s": "2"}, False),
        ("$.FaceDetails[0] empty false", {"FaceDetails": [{"a": 1}]}, True),
        ("$.FaceDetails[0] empty true", {"FaceDetails": []}, True),
        ("$.a empty true", {"a": ""}, True),
        ("$.a empty true", {"a": None}, True),
        ("$.a empty true", {"a": 0}, False),
        ("$.ids[?(@ == 'x')] empty true", {"ids": ["y"]}, True),
        ("$.ids[?(@ == 'x')] empty false", {"ids": ["x"]}, True),
        ("$.ids[?(@ == ']')].length == 1", {"ids": ["]"]}, True),
        ("!$.a", {}, True),
        ("!!$.a", {"a": None}, True),
        ("$.a.length && $.a[*]", {"a": [1]}, True),
        ("$.a.length && true == true", {"a": 1}, False),
        ("$.a || $.b", {"b": 1}, True),
        ("'it\\'s \"x\"' == $.a", {"a": 'it\'s "x"'}, True),
        ("  $.a==1  ", {"a": 1}, True),
        ("count($.a[*]) == 2", {"a": [1, 2]}, True),
        ("value($.a[*]) == 2", {"a": [1, 2]}, False),
    ],
)
def test_conditions(condition: str, document: Any, expected: bool) -> None:
    assert passes(condition, document) is expected


def test_the_trace_says_what_was_compared() -> None:
    comparison = parse_comparison("$.a.length > 2 && $.b == 1 || count($.c[*]) == 0")
    assert comparison is not None
    trace: list[tuple[str, Any]] = []
    assert comparison.test({"a": "xyz"}, trace)
    assert trace == [("$.a.length", 3), ("$.b", ABSENT), ("count($.c[*])", 0)]


@pytest.mark.parametrize(
    "text", ["$.a", "$", "$.a.length", "$[?@.x == 1]", "$ .a ['b || c']", "$..*"]
)
def test_a_query_is_no_comparison(text: str) -> None:
    assert parse_comparison(text) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "query or a literal"),
        ("a == 1", "query or a literal"),
        ("$.a == x", "query or a literal"),
        ("$.a =", "unexpected"),
        ("$.a ==", "query or a literal"),
        ("$.a == 1 1", "unexpected"),
        ("($.a == 1", "')' is missing"),
        ("1", "operator is missing"),
        ("count($.a[*])", "operator is missing"),
        ("$.a empty", "'false' is missing"),
        ("$.a[*] == 1", "several values"),
        ("1 == $.a[*]", "several values"),
        ("match($.a, 'x') == true", "unexpected"),
        ("true == match($.a, 'x')", "several values"),
        ("length($.a[*]) == 1", "several values"),
        ("count(1) == 1", "is a query"),
        ("match($.a 'x')", "',' is missing"),
        ("count($.a == 1", "')' is missing"),
        ("$.a[0 == 1", "']' is missing"),
        ("$.a['x == 1", "']' is missing"),
        ("$.a == '\\x'", "not a literal"),
        ("$.a == '\\ud800'", "not a literal"),
        ("$.a == " + "9" * 5000, "not a literal"),
        ("$[?@. ] == 1", "not a JSONPath query"),
        ("(" * 60 + "$.a" + ")" * 60, "nested too deeply"),
        ("length(" * 60 + "$.a == 1", "nested too deeply"),
    ],
)
def test_what_cannot_be_read(text: str, message: str) -> None:
    with pytest.raises(SyntaxFault, match=message.replace(")", r"\)").replace("]", r"\]")):
        parse_comparison(text)


def test_the_goessner_dialect() -> None:
    comparison = parse_comparison("$.a[?(@.n > 1)].length == 1", GOESSNER)
    assert comparison is not None
    assert comparison.test({"a": [{"n": 1}, {"n": 2}]}, [])


def test_a_literal_ignores_the_document() -> None:
    assert Literal(5).value({}, []) == 5


@given(
    st.text(alphabet="$.a[]'\"?@=!<>&|() 0truelnghcoe,*\\", max_size=25), st.just({"a": [1, "a"]})
)
@settings(max_examples=250, deadline=None)
def test_any_text_compiles_or_is_a_syntax_fault(text: str, document: Any) -> None:
    try:
        comparison = parse_comparison(text)
    except SyntaxFault:
        return
    if comparison is not None:
        assert comparison.test(document, []) in (True, False)


@pytest.mark.parametrize("operator", ["<", ">", "<=", ">="])
def test_no_order_between_types(operator: str) -> None:
    assert compare(ABSENT, operator, ABSENT) is operator.endswith("=")
    assert compare(True, operator, 1) is False
    assert compare("a", operator, 1) is False


def test_order_of_strings() -> None:
    assert compare("a", "<", "b")
    assert not compare("a", ">", "b")
