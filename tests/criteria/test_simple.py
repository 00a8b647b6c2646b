"""Simple conditions: grammar, precedence, comparison, verdicts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arazzo_runner.criteria.simple import compile_simple, parse_condition
from arazzo_runner.criteria.simple_comparison import COMPARATORS, NotOrdered, equal, is_true
from arazzo_runner.criteria.simple_nodes import (
    Comparison,
    Literal,
    Logical,
    Not,
    Reference,
    references,
)
from arazzo_runner.criteria.verdict import Operand, Verdict
from arazzo_runner.errors import SyntaxFault
from arazzo_runner.expressions import Accessed, InputsExpression, Names, Scope, parse_expression
from arazzo_runner.values import ABSENT, Response
from tests.expressions.test_evaluation import json_values

BODY = {
    "status": "Available",
    "data": [{"id": 42, "a b": "x", "@type": "T"}],
    "count": 0,
    "text": "",
    "yes": True,
    "no": False,
    "null": None,
    "num": "30",
    "obj": {"k": [1, {"x": "Y"}]},
    "empty": {},
}
SCOPE = Scope(
    inputs={"a": 1, "b": 2, "a.b": 3, "obj": {"k": [1, {"x": "Y"}]}, "raw": b"x"},
    response=Response(200, (("Content-Type", "application/json; charset=utf-8"),), BODY),
)

plain = st.sampled_from(
    ["$statusCode", "$inputs.a", "$inputs.a.b", "$response.body#/a~1b", "$response.header.X-A",
     "$steps.s.outputs.o", "$url"]
).map(parse_expression)  # fmt: skip
paths = st.lists(st.text(min_size=1, max_size=3) | st.integers(0, 99), min_size=1, max_size=3)
literals = st.builds(
    Literal,
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
)
leaves = literals | st.builds(
    Reference,
    plain
    | st.builds(
        Accessed,
        st.sampled_from(["$response.body", "$statusCode"]).map(parse_expression),
        paths.map(tuple),
    ),
)
nodes = st.recursive(
    leaves,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(Comparison, st.sampled_from(list(COMPARATORS)), inner, inner)
        | st.builds(
            Logical,
            st.sampled_from(["&&", "||"]),
            st.lists(inner, min_size=2, max_size=3).map(tuple),
        )
    ),
    max_leaves=6,
)
pieces = st.lists(
    st.sampled_from(
        ["$statusCode", "$inputs.a", ".b", "[0]", "==", "!=", "<", ">=", "&&", "||", "!", "(", ")",
         " ", "'a'", "'", '"', "200", "-1.5", "true", "null", "x", "{", "}", "$", "a/b"]
    )
).map("".join)  # fmt: skip


def verdict(text: str, scope: Scope = SCOPE, names: Names | None = None) -> Verdict:
    return compile_simple(text, names).evaluate(scope)


@pytest.mark.requirement("CR-05", "CR-06", "CR-12")
@settings(max_examples=80)
@given(nodes)
def test_text_and_tree_agree(node):
    assert parse_condition(str(node)) == node


@settings(max_examples=100)
@given(st.text() | pieces)
def test_any_text_is_read_or_faulty(text):
    for read in (parse_condition, compile_simple):
        try:
            read(text)
        except SyntaxFault as fault:
            assert 0 <= fault.offset <= len(text)  # noqa: PT017
            assert fault.text == text  # noqa: PT017


@pytest.mark.requirement("CR-19")
@settings(max_examples=80)
@given(nodes, json_values, json_values)
def test_no_value_makes_it_raise(node, first, second):
    scope = Scope(inputs={"a": first, "a.b": second}, response=Response(200, body=second))
    result = compile_simple(str(node)).evaluate(scope)
    assert isinstance(result.passed, bool)
    assert result.error is None or not result.passed


@pytest.mark.requirement("CR-05", "CR-06", "CR-11", "A-01")
@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("$statusCode==200", "$statusCode == 200"),
        ("\t$statusCode\n==\r200 ", "$statusCode == 200"),
        ("'it''s'", "'it''s'"),
        ("''", "''"),
        ("!!true", "!!true"),
        ("(((1)))", "1"),
        ("1 == 1 && 2 == 2 || 3 == 3", "(1 == 1 && 2 == 2) || 3 == 3"),
        ("1 || 2 && 3", "1 || (2 && 3)"),
        ("(1 || 2) && 3", "(1 || 2) && 3"),
        ("(1 && 2) && 3", "(1 && 2) && 3"),
        ("1 && 2 && 3", "1 && 2 && 3"),
        ("!1 == 2", "!1 == 2"),
        ("!(1 == 2)", "!(1 == 2)"),
        ("(1 < 2) == true", "(1 < 2) == true"),
        ("$response.body.data[0].id>10", "$response.body.data[0].id > 10"),
        ("$response.body['a b'].c", "$response.body['a b'].c"),
        ("$response.body['a)'']b'] == 1", "$response.body['a)'']b'] == 1"),
        ("($response.body#/a(b))", "$response.body#/a(b)"),
        ("($response.body#/ok)&&$inputs.a", "$response.body#/ok && $inputs.a"),
        ("$response.header.x!='y'", "$response.header.x != 'y'"),
        ("-0.5e-3 < 1E2", "-0.0005 < 100.0"),
        ("$response.body#/System.State == 'x'", "$response.body#/System.State == 'x'"),
    ],
)
def test_conforming(text, canonical):
    assert str(parse_condition(text)) == canonical
    assert compile_simple(text).tolerances == ()


@pytest.mark.requirement("CR-06", "CR-12", "CR-24")
@pytest.mark.parametrize(
    ("text", "offset", "message", "hint"),
    [
        ("", 0, "a value is expected", None),
        ("  ", 2, "a value is expected", None),
        ("$statusCode == ", 15, "a value is expected", None),
        ("== 200", 0, "a value is expected before '=='", None),
        ("1 < 2 < 3", 6, "comparisons do not chain", "join two comparisons with '&&'"),
        ("1 = 2", 2, "'=' is not a value", None),
        ("1 2", 2, "'2' does not fit here", None),
        ("(1", 2, "')' is expected", None),
        ("1)", 1, "')' does not fit here", None),
        ("()", 1, "a value is expected before ')'", None),
        ("1 & 2", 2, "'&' is not a value", None),
        ("'open", 0, "the string has no closing quote", None),
        ("$statusCode == ok", 15, "'ok' is not a value", "write strings in single quotes"),
        ('$statusCode == "ok"', 15, "'\"ok\"' is not a value", "write strings in single quotes"),
        ("1 == 01", 5, "'01' is not a value", "write strings in single quotes"),
        ("1 == .5", 5, "'.5' is not a value", "write strings in single quotes"),
        ("truex", 0, "'truex' is not a value", "write strings in single quotes"),
        ("1 == 1e999", 5, "the number is too large", None),
        ("1 == -1e999", 5, "the number is too large", None),
        ("{$statusCode == 401}", 0, "'{' is not a value", "leave the braces out"),
        ("$nope == 1", 0, "'$nope' is not a runtime expression", None),
        ("1 == $statuscode", 5, "is not a runtime", "did you mean '$statusCode'?"),
        ("$response.body.a[*]", 16, "'[*]' does not fit after '$response.body.a'", None),
        ("$response.body[-1]", 14, "'[-1]' does not fit", None),
        ("$response.headers.X == 1", 10, "one of header", "did you mean 'header'?"),
        ("$response.body#a == 1", 15, "'a' does not fit", None),
    ],
)
def test_fault(text, offset, message, hint):
    with pytest.raises(SyntaxFault) as caught:
        parse_condition(text)
    assert caught.value.offset == offset
    assert message in caught.value.message
    assert caught.value.hint == hint
    assert caught.value.text == text


@pytest.mark.parametrize(
    "text", ["(" * 5000, "(" * 5000 + "1" + ")" * 5000, "!" * 5000 + "1", "(!" * 3000 + "1"]
)
def test_nesting_is_limited(text):
    with pytest.raises(SyntaxFault, match="nested too deeply"):
        parse_condition(text)
    with pytest.raises(SyntaxFault, match="nested too deeply"):
        compile_simple(text)


def test_long_conditions_are_not_deep():
    text = " && ".join(["$inputs.a == 1"] * 1000)
    assert verdict(text).passed
    assert parse_condition(str(parse_condition(text))) == parse_condition(text)


def test_a_very_long_number():
    with pytest.raises(SyntaxFault, match="too large"):
        parse_condition("9" * 5000)
    assert parse_condition("9" * 400) == Literal(int("9" * 400))


@pytest.mark.requirement("CR-07", "CR-08", "CR-09", "CR-10", "A-11", "A-21")
@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ("$response.body.status == 'AVAILABLE'", True),
        ("$response.body.status != 'available'", False),
        ("'STRASSE' == 'straße'", True),
        ("'b' > 'A'", True),
        ("'B' >= 'b' && 'B' <= 'b'", True),
        ("$response.body.num == 30", True),
        ("30 == $response.body.num", True),
        ("$response.body.num < 100", True),
        ("'100' < '30'", True),
        ("$response.body.num != 30.0", False),
        ("$response.body.status == 3", False),
        ("$response.body.status < 3", False),
        ("$response.body.status > 3", False),
        ("true == 'true'", False),
        ("true == 1", False),
        ("false == 0", False),
        ("true > 0", False),
        ("true == true", True),
        ("1 == 1.0", True),
        ("null == null", True),
        ("$response.body.null == null", True),
        ("$response.body.missing == null", True),
        ("$response.body.missing == $response.body.null", True),
        ("$response.body.null == $response.body.missing", True),
        ("$response.body.missing == $response.body.gone", True),
        ("$response.body.missing != null", False),
        ("$response.body.missing != 1", True),
        ("null == 0", False),
        ("0 == null", False),
        ("null < 1", False),
        ("null >= null", False),
        ("$response.body.missing > 0", False),
        ("!($response.body.missing > 0)", True),
        ("$response.body.obj == $inputs.obj", True),
        ("$response.body.obj != $inputs.obj", False),
        ("$response.body.obj == $response.body.data", False),
        ("$response.body.status", True),
        ("$response.body.count", False),
        ("$response.body.text", False),
        ("$response.body.empty", True),
        ("$response.body.null", False),
        ("$response.body.missing", False),
        ("!$response.body.missing", True),
        ("$response.body.data[0]['a b'] == 'x'", True),
        ("$response.body.data[0].@type == 't'", True),
        ("$response.body.data.0.id == 42", True),
        ("$response.body.data[1] == null", True),
        ("$inputs.a.b == 3", True),
        ("$inputs.a == 1 || $inputs.b == 7", True),
        ("$inputs.a == 7 || $inputs.b == 7", False),
        ("$inputs.a == 7 && $inputs.b == 2", False),
        ("($inputs.a == 1) == true", True),
        ("$inputs.raw == $inputs.raw", True),
        ("' 30 ' == 30 && '+3e1' == 30 && '.5' == 0.5", True),
        ("'0x1' == 1 || 'inf' == 1 || '1_0' == 10 || '' == 0", False),
    ],
)
def test_evaluate(text, passed):
    result = verdict(text)
    assert result.passed is passed
    assert result.error is None


@pytest.mark.requirement("CR-19", "A-11")
@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("$response.body.obj < 3", "an object has no order"),
        ("3 < $response.body.data", "an array has no order"),
        ("$inputs.raw < 'a'", "bytes has no order"),
        ("$inputs.a == 7 || $response.body.obj >= $response.body.obj", "an object has no order"),
    ],
)
def test_error(text, error):
    result = verdict(text)
    assert not result.passed
    assert result.error == error
    assert result.operands


def test_values_too_deep_to_compare():
    first, second = [], []
    for _ in range(100_000):
        first, second = [first], [second]
    scope = Scope(inputs={"a": first, "b": second})
    result = verdict("$inputs.a == $inputs.b", scope)
    assert not result.passed
    assert result.error == "the values are nested too deeply to compare"


@pytest.mark.requirement("CR-19")
def test_operands():
    condition = compile_simple(
        "$response.body.count == 0 && $inputs.x == 1 || $response.body.count == $statusCode"
    )
    result = condition.evaluate(SCOPE)
    assert result.operands == (
        Operand("$response.body.count", 0),
        Operand("$inputs.x", ABSENT),
        Operand("$statusCode", 200),
    )
    assert [str(expression) for expression in condition.expressions] == [
        "$response.body.count",
        "$inputs.x",
        "$statusCode",
    ]
    assert verdict("true") == Verdict(True)


def test_references_of_a_tree():
    node = parse_condition("!($inputs.a == 1 && 'x' < $url) || $inputs.b")
    assert [str(expression) for expression in references(node)] == [
        "$inputs.a",
        "$url",
        "$inputs.b",
    ]


@pytest.mark.requirement("A-48")
def test_declared_dotted_names():
    names = Names(inputs=frozenset({"a.b", "obj"}))
    assert compile_simple("$inputs.a.b == 3", names).expressions == (InputsExpression("a.b"),)
    nested = compile_simple("$inputs.obj.k[1].x == 'y'", names)
    assert nested.expressions == (Accessed(InputsExpression("obj"), ("k", 1, "x")),)
    assert nested.evaluate(SCOPE).passed
    assert nested.tolerances == ()


@settings(max_examples=80)
@given(json_values, json_values)
def test_equality_is_symmetric_and_unlike_is_its_negation(left, right):
    assert equal(left, right) is equal(right, left)
    assert COMPARATORS["!="](left, right) is not equal(left, right)


@settings(max_examples=80)
@given(json_values, json_values)
def test_order(left, right):
    try:
        less = COMPARATORS["<"](left, right)
        more = COMPARATORS[">"](right, left)
    except NotOrdered:
        assert isinstance(left, list | dict | bytes) or isinstance(right, list | dict | bytes)
    else:
        assert less is more
        assert not (less and equal(left, right))


def test_deep_equality_keeps_types_apart():
    assert not equal([1], [True])
    assert not equal({"a": False}, {"a": 0})
    assert equal([1, {"a": None}], [1.0, {"a": None}])
    assert not equal([1], [1, 2])
    assert not equal({"a": 1}, {"b": 1})
    assert not equal(["a"], ["A"])
    assert not equal("9" * 500, int("9" * 500))


@pytest.mark.parametrize("value", [True, 1, -0.5, "0", b"x", [], {}])
def test_true(value):
    assert is_true(value)


@pytest.mark.parametrize("value", [False, 0, 0.0, "", b"", None, ABSENT])
def test_not_true(value):
    assert not is_true(value)
