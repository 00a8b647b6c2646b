"""Texts with embedded expressions."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from arazzo_runner.errors import ArazzoError
from arazzo_runner.expressions import (
    AbsentInText,
    BytesInText,
    InputsExpression,
    Scope,
    StatusCodeExpression,
    Template,
    compile_template,
    embed,
    parse_expression,
    parse_text,
)
from arazzo_runner.values import ABSENT
from tests.expressions.test_evaluation import json_values
from tests.expressions.test_parser import expressions, fragments

A = InputsExpression("a")
B = InputsExpression("b", ("c",))


@pytest.mark.requirement("A-02", "A-51", "A-59", "EX-07")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain", "plain"),
        ("$inputs.a", A),
        ("{$inputs.a}", Template((A,))),
        ("x{$inputs.a}", Template(("x", A))),
        ("{$inputs.a}{$inputs.b#/c}y", Template((A, B, "y"))),
        ('{"v": "{$inputs.a}"}', Template(('{"v": "', A, '"}'))),
        ("{{$inputs.a}}", Template(("{", A, "}"))),
        ("{$nope} {$inputs.a}", Template(("{$nope} ", A))),
        ("{$inputs.{$inputs.a}", Template(("{$inputs.", A))),
        ("{$inputs.a", "{$inputs.a"),
        ("{$nope}", "{$nope}"),
        ("$100", "$100"),
        ("$HOME/x", "$HOME/x"),
        ("$inputs.a and", "$inputs.a and"),
        ("Bearer $inputs.a", "Bearer $inputs.a"),
        ("{ $inputs.a }", "{ $inputs.a }"),
        ("${inputs.a}", "${inputs.a}"),
        ("} {$inputs.a", "} {$inputs.a"),
    ],
)
def test_parse_text(text, expected):
    assert parse_text(text) == expected


@settings(max_examples=100)
@given(st.text() | fragments)
@example("a {$inputs.a} b")
def test_a_template_keeps_its_text(text):
    parsed = parse_text(text)
    if isinstance(parsed, str):
        assert parsed == text
    elif isinstance(parsed, Template):
        assert parse_text(parsed.text) == parsed
        assert str(parsed) == parsed.text
        assert parsed.expressions


@given(st.lists(expressions | st.text(st.characters(exclude_characters="{}$")), max_size=4))
def test_every_embedded_expression_is_found(parts):
    text = "".join(part if isinstance(part, str) else f"{{{part.text}}}" for part in parts)
    parsed = parse_text(text)
    expected = tuple(part for part in parts if not isinstance(part, str))
    assert (parsed.expressions if isinstance(parsed, Template) else ()) == expected


def test_many_open_braces_take_no_time():
    text = "{$" * 200_000 + "}"
    assert parse_text(text) == text


@pytest.mark.requirement("EXR-02", "A-16")
@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as {$inputs.is}", "as {$inputs.is}"),
        (None, "null"),
        (True, "true"),
        (3, "3"),
        (1.5, "1.5"),
        ({"a": [1, None, "é"]}, '{"a":[1,null,"é"]}'),
    ],
)
def test_embed(value, text):
    assert embed(value) == text
    template = parse_text("<{$inputs.a}>")
    assert compile_template(template)(Scope(inputs={"a": value})) == f"<{text}>"


@pytest.mark.requirement("EXR-02")
@pytest.mark.parametrize(
    ("value", "kind"),
    [(b"x", "bytes"), ([b"x"], "array"), (float("nan"), "number"), ({"a": ABSENT}, "object")],
)
def test_not_embeddable(value, kind):
    with pytest.raises(BytesInText) as caught:
        compile_template(parse_text("{$inputs.a}"))(Scope(inputs={"a": value}))
    assert caught.value.message == f"$inputs.a: {kind} cannot be embedded in text"
    assert caught.value.expression == A
    assert isinstance(caught.value, TypeError)
    with pytest.raises(BytesInText, match=f"^{kind} cannot"):
        embed(value)


def test_too_deep_to_embed():
    value = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(BytesInText):
        embed(value)


@pytest.mark.requirement("A-12")
def test_absent_in_text():
    template = parse_text("{$inputs.a}-{$statusCode}")
    with pytest.raises(AbsentInText) as caught:
        compile_template(template)(Scope(inputs={"a": 1}))
    assert caught.value.expression == StatusCodeExpression()
    assert caught.value.reason == "there was no response"
    assert caught.value.message == "$statusCode has no value: there was no response"
    assert isinstance(caught.value, LookupError)


@given(json_values)
def test_a_template_gives_text_or_one_of_our_errors(value):
    template = Template(("a", parse_expression("$inputs.a#/0")))
    try:
        assert isinstance(compile_template(template)(Scope(inputs={"a": value})), str)
    except ArazzoError as error:
        assert error.message  # noqa: PT017
