"""Simple conditions as documents write them: quirks 16 and 17, and those of expressions."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arazzo_runner.criteria.simple import compile_simple, parse_condition
from arazzo_runner.errors import SyntaxFault
from arazzo_runner.expressions import Names, Scope, parse_expression
from arazzo_runner.values import Response
from tests.criteria.test_simple import BODY, SCOPE, pieces

CONTEXT = parse_expression("$response.body#/n")


def used(condition) -> list[tuple[str, str, str]]:
    return [(use.rule, use.written, use.read_as) for use in condition.tolerances]


@pytest.mark.requirement("CR-05", "CR-24")
@pytest.mark.parametrize(
    ("text", "rule", "written", "read_as", "passed"),
    [
        (
            "$response.body.status == Available",
            "simple-unquoted-string", "Available", "'Available'", True,
        ),
        (
            "$response.body.status == not available && $statusCode == 200",
            "simple-unquoted-string", "not available", "'not available'", False,
        ),
        (
            "($response.body.status == it's)",
            "simple-unquoted-string", "it's", "'it''s'", False,
        ),
        (
            "$response.body.status != 2024-01-01",
            "simple-unquoted-string", "2024-01-01", "'2024-01-01'", True,
        ),
        (
            '$response.body.status == "available"',
            "simple-double-quotes", '"available"', "'available'", True,
        ),
        (
            '"Avail\\u0061ble" == $response.body.status',
            "simple-double-quotes", '"Avail\\u0061ble"', "'Available'", True,
        ),
        (
            '$response.body.status != "a\\d"',
            "simple-double-quotes", '"a\\d"', "'a\\d'", True,
        ),
        (
            "{$statusCode == 200}",
            "simple-braced", "{$statusCode == 200}", "$statusCode == 200", True,
        ),
        (
            "{$statusCode} == 200",
            "simple-braced", "{$statusCode} == 200", "$statusCode == 200", True,
        ),
        (
            "{$statusCode == 200 || $inputs.a == 7} && $inputs.a == '{'",
            "simple-braced", "{$statusCode == 200 || $inputs.a == 7} && $inputs.a == '{'",
            "($statusCode == 200 || $inputs.a == 7) && $inputs.a == '{'", False,
        ),
        (
            "$response.headers.content-type != null",
            "expression-headers-plural", "$response.headers.content-type",
            "$response.header.content-type", True,
        ),
        (
            "200 == $statusCode && $response.body#count == 0",
            "pointer-slash", "$response.body#count", "$response.body#/count", True,
        ),
    ],
)  # fmt: skip
def test_tolerated(text, rule, written, read_as, passed):
    condition = compile_simple(text)
    assert used(condition) == [(rule, written, read_as)]
    (use,) = condition.tolerances
    assert use.rewritable
    assert text[use.offset :].startswith(written)
    assert condition.evaluate(SCOPE).passed is passed
    rewritten = text[: use.offset] + read_as + text[use.offset + len(written) :]
    assert parse_condition(rewritten) == condition.node
    with pytest.raises(SyntaxFault):
        parse_condition(text)


def test_media_types_compare_without_parameters():
    text = "$response.header.Content-Type == Application/JSON"
    condition = compile_simple(text)
    assert condition.evaluate(SCOPE).passed
    assert used(condition) == [("simple-unquoted-string", "Application/JSON", "'Application/JSON'")]
    assert not condition.tolerances[0].rewritable
    quoted = compile_simple("$response.header.Content-Type == 'application/json'")
    assert not quoted.evaluate(SCOPE).passed
    missing = compile_simple("$response.header.Nope == application/json")
    assert not missing.evaluate(SCOPE).passed


def test_length():
    condition = compile_simple("$response.body.data.length > 0 && $response.body.data.length < 2")
    assert condition.evaluate(SCOPE).passed
    assert used(condition)[0] == (
        "simple-length", "$response.body.data.length", "the length of $response.body.data",
    )  # fmt: skip
    assert not condition.tolerances[0].rewritable
    assert len(condition.expressions) == 1
    whole = compile_simple("$response.body.length == 3")
    assert whole.evaluate(Scope(response=Response(200, body=[1, 2, 3]))).passed
    own = Scope(response=Response(200, body={"length": 3}))
    assert whole.evaluate(own).passed


def test_names_and_wildcards():
    names = Names(inputs=frozenset({"filter[x]"}), steps={"s": frozenset({"o"})})
    odd = compile_simple("$inputs.filter[x] == 1", names)
    assert [rule for rule, _, _ in used(odd)] == ["name-outside-grammar"]
    assert odd.evaluate(Scope(inputs={"filter[x]": 1})).passed
    step = compile_simple("$steps.s.o == 1", names)
    assert used(step) == [("steps-without-outputs", "$steps.s.o", "$steps.s.outputs.o")]
    every = compile_simple("$response.body.data[*].id", names)
    assert every.evaluate(SCOPE).operands[0].value == [42]


@pytest.mark.requirement("A-18")
@pytest.mark.parametrize(
    ("text", "value", "read_as"),
    [
        ("5", 5, "$response.body#/n == 5"),
        ("5", "5", "$response.body#/n == 5"),
        ("true", True, "$response.body#/n == true"),
        ("null", None, "$response.body#/n == null"),
        ("'it''s'", "IT'S", "$response.body#/n == 'it''s'"),
        ("example", "Example", "$response.body#/n == 'example'"),
        ("two words\n", "two words", "$response.body#/n == 'two words'"),
        ('"quoted"', "quoted", "$response.body#/n == 'quoted'"),
        ("(5)", 5, "$response.body#/n == 5"),
        ("'$A'", "$a", "$response.body#/n == '$A'"),
        ("NaN", "nan", "$response.body#/n == 'NaN'"),
        ("200 OK", "200 ok", "$response.body#/n == '200 OK'"),
        ('{"a": [1]}\n', {"a": [1]}, '$response.body#/n == {"a": [1]}'),
        ("{}", {}, "$response.body#/n == {}"),
    ],
)
def test_literal_compared_with_its_context(text, value, read_as):
    condition = compile_simple(text, context=CONTEXT)
    assert used(condition) == [("simple-context-literal", text, read_as)]
    assert condition.tolerances[0].rewritable is not isinstance(value, dict)
    assert condition.expressions == (CONTEXT,)
    assert condition.evaluate(Scope(response=Response(200, body={"n": value}))).passed
    other = condition.evaluate(Scope(response=Response(200, body={"n": "other"})))
    assert not other.passed
    assert other.operands[0].value == "other"


@pytest.mark.requirement("A-18")
@pytest.mark.parametrize("text", ["$statusCode == 200", "1 == 1", "!false", '$inputs.a == "x"'])
def test_other_conditions_ignore_their_context(text):
    condition = compile_simple(text, context=CONTEXT)
    assert "simple-context-literal" not in [rule for rule, _, _ in used(condition)]
    assert CONTEXT not in condition.expressions


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("", 0),
        ("nonsensical string", 0),
        ("ok == $response.body.status", 0),
        ("$inputs.a == [1]", 13),
        ("$inputs.a == {}", 13),
        ("$inputs.a == 'x", 13),
        ('$inputs.a == "x', 13),
        ("$inputs.a ==", 12),
        ("$inputs.a == && $inputs.b", 13),
        ("{$inputs.a == 1", 0),
        ("{x}", 0),
        ("$nope == 1", 0),
        ("1 == $inputs.a.b[-1]", 16),
        ("$inputs.a == = 1", 13),
    ],
)
def test_not_even_tolerantly(text, offset):
    with pytest.raises(SyntaxFault) as caught:
        compile_simple(text)
    assert (caught.value.text, caught.value.offset) == (text, offset)


@pytest.mark.parametrize("text", ["", " ", "$nope == 1", "a == $statuscode", "{$statusCode =}"])
def test_no_literal(text):
    with pytest.raises(SyntaxFault):
        compile_simple(text, context=CONTEXT)


def test_a_deep_literal_is_a_text():
    condition = compile_simple("[" * 100_000, context=CONTEXT)
    assert not condition.evaluate(SCOPE).passed


@settings(max_examples=80)
@given(st.text() | pieces)
def test_any_text_with_a_context(text):
    try:
        result = compile_simple(text, context=CONTEXT).evaluate(SCOPE)
    except SyntaxFault as fault:
        assert fault.text == text  # noqa: PT017
    else:
        assert isinstance(result.passed, bool)


@given(st.sampled_from(sorted(BODY)))
def test_conforming_conditions_use_no_tolerance(name):
    assert compile_simple(f"$response.body.{name} == 'x'").tolerances == ()
