"""The tolerant reader: quirks 5, 8 to 14 and 25 of published documents."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arazzo_runner.errors import SyntaxFault
from arazzo_runner.expressions import (
    WILDCARD,
    Accessed,
    Expression,
    InputsExpression,
    Names,
    OutputsExpression,
    StepsExpression,
    Template,
    WorkflowNames,
    WorkflowsExpression,
    parse_expression,
    parse_text,
    read_expression,
    read_operand,
    read_text,
)
from tests.expressions.test_parser import fragments

NAMES = Names(
    inputs=frozenset(
        {
            "token",
            "env.name",
            "customer",
            "odd name[]",
            "filter[status]",
            "$top",
            "first",
            "a#b",
            "",
        }
    ),
    steps={
        "S": frozenset({"N", "items", "user", "Location header (of {it})"}),
        "open": None,
    },
    workflows={"W": WorkflowNames(frozenset({"i"}), frozenset({"o", "p q"}))},
    outputs=frozenset({"done", "it's done"}),
    sources=frozenset({"api"}),
)


def used(reading) -> list[tuple[str, str, str]]:
    return [(use.rule, use.written, use.read_as) for use in reading.tolerances]


@pytest.mark.requirement("A-01", "A-48")
@pytest.mark.parametrize(
    ("text", "rule", "read_as"),
    [
        ("$response.body.data.id", "expression-dots", "$response.body#/data/id"),
        ("$request.payload.a", "expression-dots", "$request.payload#/a"),
        ("$response.body#.a", "expression-dots", "$response.body#/a"),
        ("$response.body['a b'].c/d", None, None),
        ("$response.body['a/b']", "expression-dots", "$response.body#/a~1b"),
        ("$response.body[0].id", "expression-index", "$response.body#/0/id"),
        ("$steps.S.outputs.items[0].id", "expression-index", "$steps.S.outputs.items#/0/id"),
        ("$steps.S.outputs.user.id", "expression-dots", "$steps.S.outputs.user#/id"),
        ("$steps.S.outputs.items.0.id", "expression-dots", "$steps.S.outputs.items#/0/id"),
        ("$steps.S.outputs.user.a#/b", "expression-dots", "$steps.S.outputs.user#/a/b"),
        ("$steps.S.outputs.items[*]", "expression-index", "$steps.S.outputs.items"),
        ("$steps.S.outputs.user.tags[]", "expression-index", "$steps.S.outputs.user#/tags"),
        ("$inputs.customer.name", "expression-dots", "$inputs.customer#/name"),
        ("$inputs.env.name.x", "expression-dots", "$inputs.env.name#/x"),
        ("$outputs.done.x", "expression-dots", "$outputs.done#/x"),
        ("$workflows.W.inputs.i.x", "expression-dots", "$workflows.W.inputs.i#/x"),
        ("$workflows.W.outputs.o[1]", "expression-index", "$workflows.W.outputs.o#/1"),
        ("$response.headers.X-A", "expression-headers-plural", "$response.header.X-A"),
        ("$request.headers.a", "expression-headers-plural", "$request.header.a"),
        ("$response.body#name", "pointer-slash", "$response.body#/name"),
        ("$steps.S.outputs.user#a/b", "pointer-slash", "$steps.S.outputs.user#/a/b"),
        ("$steps.S.N", "steps-without-outputs", "$steps.S.outputs.N"),
    ],
)
def test_rewritten(text, rule, read_as):
    reading = read_text(text, NAMES)
    if rule is None:
        assert reading.parsed == text
        assert reading.tolerances == ()
        return
    assert reading.parsed == parse_expression(read_as)
    assert used(reading) == [(rule, text, read_as)]
    assert reading.tolerances[0].rewritable
    assert reading.doubts == ()


@pytest.mark.parametrize(
    "text",
    [
        "$inputs.token",
        "$inputs.env.name",
        "$inputs.unknown",
        "$inputs.un.known",
        "$inputs.customer.",
        "$inputs.customer..x",
        "$steps.S.outputs.N",
        "$steps.S.outputs.no.pe",
        "$steps.other.outputs.a.b",
        "$steps.open.outputs.a.b",
        "$workflows.X.outputs.a.b",
        "$response.header.X.y",
        "$response.body#/a.b",
        "$statusCode",
        "plain",
        "x {$inputs.token} y",
    ],
)
def test_conforming_text_is_read_as_it_is(text):
    reading = read_text(text, NAMES)
    assert reading.parsed == parse_text(text)
    assert reading.tolerances == reading.doubts == ()


def test_two_repairs_of_one_text():
    reading = read_text("$steps.S.user.id", NAMES)
    assert reading.parsed == StepsExpression("S", "user", ("id",))
    assert used(reading) == [
        ("steps-without-outputs", "$steps.S.user.id", "$steps.S.outputs.user.id"),
        ("expression-dots", "$steps.S.outputs.user.id", "$steps.S.outputs.user#/id"),
    ]


def test_wildcard_in_the_middle():
    reading = read_text("$steps.S.outputs.user.list[*].id", NAMES)
    base = StepsExpression("S", "user", ("list",))
    assert reading.parsed == Accessed(base, (WILDCARD, "id"))
    (use,) = reading.tolerances
    assert use.read_as == (
        "{context: $steps.S.outputs.user#/list, selector: $[*].id, type: jsonpath}"
    )
    assert not use.rewritable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$inputs.odd name[]", InputsExpression("odd name[]")),
        ("$inputs.filter[status]", InputsExpression("filter[status]")),
        ("$inputs.$top", InputsExpression("$top")),
        ("$inputs.a#b", InputsExpression("a#b")),
        ("$inputs.odd name[]#/a/b", InputsExpression("odd name[]", ("a", "b"))),
        ("$inputs.odd name[].a[0]", InputsExpression("odd name[]", ("a", "0"))),
        ("$outputs.it's done", OutputsExpression("it's done")),
        ("$workflows.W.outputs.p q", WorkflowsExpression("W", "outputs", "p q")),
        (
            "$steps.S.outputs.Location header (of {it})",
            StepsExpression("S", "Location header (of {it})"),
        ),
    ],
)
def test_name_outside_the_grammar(text, expected):
    reading = read_text(text, NAMES)
    assert reading.parsed == expected
    assert used(reading) == [("name-outside-grammar", text, str(expected))]
    assert not reading.tolerances[0].rewritable


@pytest.mark.requirement("A-59", "EXR-13")
@pytest.mark.parametrize(
    "text",
    [
        "$100",
        "$HOME/x",
        "$",
        "$inputs",
        "$inputs.none such",
        "$inputs.odd name[]x",
        "$steps.nobody.N",
        "$steps.S.outputs",
        "$statusCode.x",
        "$response.header.X[0]",
        "$response.query.a.b[0]{",
        "$response.body.a > 0",
        "$response.body#{",
        "$steps.X.outputs.p q",
    ],
)
def test_doubtful_literal(text):
    reading = read_text(text, NAMES)
    assert reading.parsed == text
    assert reading.tolerances == ()
    (doubt,) = reading.doubts
    assert doubt.text == text


def test_doubtful_braces():
    reading = read_text("a {$nope} b", NAMES)
    assert reading.parsed == "a {$nope} b"
    assert [(doubt.offset, doubt.text) for doubt in reading.doubts] == [(3, "a {$nope} b")]


def test_tolerances_in_braces():
    reading = read_text("/{$steps.S.N}/{$response.body.id}", NAMES)
    assert reading.parsed == parse_text("/{$steps.S.outputs.N}/{$response.body#/id}")
    assert [(use.rule, use.offset) for use in reading.tolerances] == [
        ("steps-without-outputs", 2),
        ("expression-dots", 15),
    ]


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("Bearer $inputs.token", "Bearer {$inputs.token}"),
        ("$inputs.first $inputs.token", "{$inputs.first} {$inputs.token}"),
        ("$inputs.first-$inputs.token", "{$inputs.first}-{$inputs.token}"),
        ("Hi $inputs.first.", "Hi {$inputs.first}."),
        ("$inputs.first/x.txt", "{$inputs.first}/x.txt"),
        ("x_$steps.S.outputs.items[0].id!", "x_{$steps.S.outputs.items#/0/id}!"),
        ("a $steps.S.outputs.user#/id b", "a {$steps.S.outputs.user#/id} b"),
        ("a $outputs.done", "a {$outputs.done}"),
        ("$inputs.odd name[]#/~", "{$inputs.odd name[]}#/~"),
        ("$inputs.odd name[]#x", "{$inputs.odd name[]}#x"),
        ('{"a":"$inputs.first","b":"{$url}"}', '{"a":"{$inputs.first}","b":"{$url}"}'),
        ("a $steps.open.outputs.any-name-", "a {$steps.open.outputs.any-name}-"),
    ],
)  # fmt: skip
def test_unbraced(text, read_as):
    reading = read_text(text, NAMES)
    assert str(reading.parsed) == read_as
    assert {use.rule for use in reading.tolerances} == {"template-unbraced"}
    assert reading.doubts == ()
    rewritten = text
    for use in reversed(reading.tolerances):
        assert text[use.offset :].startswith(use.written)
        end = use.offset + len(use.written)
        rewritten = rewritten[: use.offset] + use.read_as + rewritten[end:]
    assert rewritten == read_as


@pytest.mark.parametrize(
    "text",
    [
        "Bearer $inputs.unknown",
        "Bearer $inputs.tokens",
        "a $steps.X.outputs.a",
        "a $workflows.X.outputs.a",
        "a $statusCode",
        "a $response.body#/a",
        "a $steps.open.outputs.-",
        "costs $5",
        "{$inputs.token",
    ],
)
def test_unbraced_only_what_is_declared(text):
    reading = read_text(text, NAMES)
    assert reading.parsed == text
    assert reading.tolerances == ()


def test_open_inputs():
    reading = read_text("Bearer $inputs.t.x", Names())
    assert reading.parsed == Template(("Bearer ", InputsExpression("t"), ".x"))
    assert read_text("$inputs.a.b", Names()).parsed == InputsExpression("a.b")


@pytest.mark.requirement("A-01", "CR-11")
@pytest.mark.parametrize(
    ("text", "expected", "rules"),
    [
        ("$response.body.a[0]", "$response.body.a[0]", []),
        ("$inputs.customer.name", "$inputs.customer.name", []),
        ("$inputs.env.name", "$inputs.env.name", []),
        ("$statusCode.x", "$statusCode.x", []),
        ("$response.headers.A", "$response.header.A", ["expression-headers-plural"]),
        ("$response.body.a[*].b", "$response.body.a[*].b", ["expression-index"]),
        ("$inputs.filter[status]", "$inputs.filter[status]", ["name-outside-grammar"]),
    ],
)
def test_operands_of_conditions(text, expected, rules):
    expression, uses = read_operand(text, NAMES)
    assert str(expression) == expected
    assert [use.rule for use in uses] == rules


def test_a_declared_dotted_name_is_one_name():
    assert read_operand("$inputs.env.name", NAMES)[0] == InputsExpression("env.name")
    accessed, _ = read_operand("$inputs.customer.name", NAMES)
    assert accessed == Accessed(InputsExpression("customer"), ("name",))


@settings(max_examples=150)
@given(st.text() | fragments.map(lambda text: "$" + text))
def test_nothing_makes_it_raise(text):
    reading = read_text(text, NAMES)
    assert isinstance(reading.parsed, str | Template | Expression)
    if isinstance(reading.parsed, str):
        assert reading.parsed == text
        assert reading.tolerances == ()
    for read in (read_expression, read_operand):
        try:
            read(text, NAMES)
        except SyntaxFault as fault:
            assert fault.text == text  # noqa: PT017
