"""Compiled expressions, and what is said when they have no value."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arazzo_runner.expressions import (
    LENGTH,
    WILDCARD,
    Accessed,
    Scope,
    SentRequest,
    WorkflowValues,
    compile_expression,
    explain_absent,
    parse_expression,
)
from arazzo_runner.values import ABSENT, Response, resolve_pointer
from tests.expressions.test_parser import expressions

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=8,
)

BODY = {"data": [{"id": 7, "tags": ["x", "y"]}, {"id": 8}, {}], "a/b": {"~": None}, "": 0, "n": 3}
SCOPE = Scope(
    inputs={"name": "Fluffy", "a.b": 1, "customer": {"name": "C"}, "none": None},
    steps={"first": {"pets": [{"id": 1}], "text": "abc", "raw": b"x"}},
    workflows={"other": WorkflowValues({"i": 1}, {"o": {"p": 2}})},
    outputs={"token": "t"},
    request=SentRequest(
        "POST",
        "https://x.test/a?b=1",
        (("Accept", "a"), ("accept", "b")),
        {"b": 1},
        {"id": "7"},
        {"sent": True},
    ),
    response=Response(
        201, (("X-A", "1"), ("x-a", "2"), ("Set-Cookie", "c=1"), ("set-cookie", "d=2")), BODY
    ),
    sources={"api": {"url": "./api.yaml", "type": "openapi"}},
    self_uri="https://x.test/self",
    components={"parameters": {"page": {"name": "page"}}},
)


def value_of(text, scope=SCOPE):
    return compile_expression(parse_expression(text))(scope)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$url", "https://x.test/a?b=1"),
        ("$method", "POST"),
        ("$statusCode", 201),
        ("$self", "https://x.test/self"),
        ("$request.header.ACCEPT", "a, b"),
        ("$request.query.b", 1),
        ("$request.path.id", "7"),
        ("$request.body", {"sent": True}),
        ("$request.body#/sent", True),
        ("$request.payload#/sent", True),
        ("$response.header.x-A", "1, 2"),
        ("$response.header.Set-Cookie", "c=1"),
        ("$response.body", BODY),
        ("$response.body#", BODY),
        ("$response.payload#/n", 3),
        ("$response.body#/data/0/id", 7),
        ("$response.body#/data/0/tags/1", "y"),
        ("$response.body#/a~1b/~0", None),
        ("$response.body#/", 0),
        ("$inputs.name", "Fluffy"),
        ("$inputs.a.b", 1),
        ("$inputs.customer#/name", "C"),
        ("$inputs.none", None),
        ("$outputs.token", "t"),
        ("$steps.first.outputs.pets#/0/id", 1),
        ("$workflows.other.inputs.i", 1),
        ("$workflows.other.outputs.o#/p", 2),
        ("$sourceDescriptions.api.url", "./api.yaml"),
        ("$components.parameters.page", {"name": "page"}),
    ],
)
@pytest.mark.requirement("A-48", "A-52", "A-53", "A-54", "EX-06", "EX-08")
def test_value(text, expected):
    assert value_of(text) == expected
    assert type(value_of(text)) is type(expected)


EMPTY = Scope()
NO_BODY = Scope(request=SentRequest("GET", "u"), response=Response(204))
LOST = [
    ("$url", EMPTY, "nothing was sent"),
    ("$method", EMPTY, "nothing was sent"),
    ("$statusCode", EMPTY, "there was no response"),
    ("$self", EMPTY, "the document has no '$self'"),
    ("$request.header.A", EMPTY, "nothing was sent"),
    ("$request.query.a", EMPTY, "nothing was sent"),
    ("$request.path.a", EMPTY, "nothing was sent"),
    ("$request.body", EMPTY, "nothing was sent"),
    ("$request.body", NO_BODY, "the request has no body"),
    ("$request.header.B", SCOPE, "the request has no header 'B'"),
    ("$request.query.x", SCOPE, "no query parameter 'x' was sent"),
    ("$request.path.x", SCOPE, "no path parameter 'x' was sent"),
    ("$request.body#/x", SCOPE, "the request body has nothing at '/x'"),
    ("$response.body", EMPTY, "there was no response"),
    ("$response.header.A", EMPTY, "there was no response"),
    ("$response.body#/a", NO_BODY, "the response has no body"),
    ("$response.header.B", SCOPE, "the response has no header 'B'"),
    ("$response.query.b", SCOPE, "a response has no query parameters"),
    ("$response.path.b", SCOPE, "a response has no path parameters"),
    ("$response.body#/x/y", SCOPE, "the response body has nothing at '/x/y'"),
    (
        "$response.body#/data/9/id",
        SCOPE,
        "the response body has 'data' but nothing at '/data/9/id'",
    ),
    (
        "$response.body#/data/2/id/x",
        SCOPE,
        "the response body has 'data/2' but nothing at '/data/2/id/x'",
    ),
    (
        "$response.body#/data/id",
        SCOPE,
        (
            "the response body has 'data' but nothing at '/data/id' "
            "(it is a list of 3: which item is not said)"
        ),
    ),
    ("$response.body#/data/-", SCOPE, "the response body has 'data' but nothing at '/data/-'"),
    (
        "$response.body#/n/x",
        SCOPE,
        "the response body has 'n' (integer) but nothing at '/n/x'",
    ),
    ("$message.payload#/a", SCOPE, "no message was received"),
    ("$inputs.x", SCOPE, "input 'x' was not given"),
    ("$inputs.name#/x", SCOPE, "input 'name' (string) has nothing at '/x'"),
    ("$outputs.x", SCOPE, "there is no output 'x'"),
    ("$outputs.token#/x", SCOPE, "output 'token' (string) has nothing at '/x'"),
    ("$steps.other.outputs.x", SCOPE, "step 'other' has not run"),
    ("$steps.first.outputs.x", SCOPE, "step 'first' has no output 'x'"),
    (
        "$steps.first.outputs.raw#/x",
        SCOPE,
        "output 'raw' of step 'first' (bytes) has nothing at '/x'",
    ),
    ("$workflows.no.inputs.x", SCOPE, "workflow 'no' has not run"),
    ("$workflows.other.inputs.x", SCOPE, "workflow 'other' has no input 'x'"),
    ("$workflows.other.outputs.x", SCOPE, "workflow 'other' has no output 'x'"),
    (
        "$workflows.other.outputs.o#/x",
        SCOPE,
        "output 'o' of workflow 'other' has nothing at '/x'",
    ),
    ("$sourceDescriptions.x.url", SCOPE, "there is no source description 'x'"),
    ("$sourceDescriptions.api.x", SCOPE, "source description 'api' has no field 'x'"),
    ("$components.parameters.x", SCOPE, "there is no component 'x' in 'parameters'"),
]


@pytest.mark.parametrize(("text", "scope", "reason"), LOST)
@pytest.mark.requirement("A-06", "A-12", "EX-08")
def test_absent_and_why(text, scope, reason):
    assert value_of(text, scope) is ABSENT
    assert explain_absent(parse_expression(text), scope) == reason


@pytest.mark.parametrize(
    ("base", "path", "expected"),
    [
        ("$response.body", ("data", 0, "id"), 7),
        ("$response.body", ("data", "0", "id"), 7),
        ("$response.body", ("data", WILDCARD), BODY["data"]),
        ("$response.body", ("data", WILDCARD, "id"), [7, 8]),
        ("$response.body", ("data", WILDCARD, "tags", WILDCARD), ["x", "y"]),
        ("$response.body", ("a/b", WILDCARD), [None]),
        ("$response.body", ("n", WILDCARD), ABSENT),
        ("$response.body", ("data", LENGTH), 3),
        ("$response.body", ("a/b", LENGTH), 1),
        ("$response.body", ("n", LENGTH), ABSENT),
        ("$response.body", ("zz", LENGTH), ABSENT),
        ("$inputs.name", (LENGTH,), 6),
        ("$inputs.name", ("x",), ABSENT),
    ],
)
def test_accessors(base, path, expected):
    assert compile_expression(Accessed(parse_expression(base), path))(SCOPE) == expected


def test_a_member_named_length_wins():
    scope = Scope(inputs={"a": {"length": 12}})
    assert compile_expression(Accessed(parse_expression("$inputs.a"), (LENGTH,)))(scope) == 12


def test_why_accessors_find_nothing():
    accessed = Accessed(parse_expression("$response.body"), ("n", WILDCARD, "x"))
    reason = "the response body has 'n' (integer) but nothing at '/n/*/x'"
    assert explain_absent(accessed, SCOPE) == reason
    missing = Accessed(parse_expression("$inputs.x"), ("n",))
    assert explain_absent(missing, SCOPE) == "input 'x' was not given"
    status = Accessed(parse_expression("$statusCode"), ("n",))
    assert explain_absent(status, SCOPE) == "$statusCode (integer) has nothing at '/n'"
    request = Accessed(parse_expression("$request.body"), ("n",))
    assert explain_absent(request, SCOPE) == "the request body has nothing at '/n'"


XML = "\n <Result><Job><Id>5</Id></Job><Job><Id>6</Id></Job></Result>"


@pytest.mark.requirement("EXR-02")
@pytest.mark.parametrize("root", ["", "/Result"])
def test_pointer_into_xml(root):
    scope = Scope(response=Response(200, body=XML))
    assert value_of(f"$response.body#{root}/Job/1/Id", scope) == "6"
    assert value_of("$response.body", scope) == XML
    reason = explain_absent(parse_expression(f"$response.body#{root}/Job/1/No"), scope)
    longest = f"{root}/Job/1"[1:]
    assert reason == f"the response body has '{longest}' but nothing at '{root}/Job/1/No'"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("Job", 0, "Id"), "5"),
        (("Job", WILDCARD, "Id"), ["5", "6"]),
        ((WILDCARD, LENGTH), [2]),
        ((LENGTH,), 1),
        (("Job", LENGTH), 2),
    ],
)
def test_accessors_into_xml(path, expected):
    scope = Scope(response=Response(200, body=XML))
    accessed = Accessed(parse_expression("$response.body"), path)
    assert compile_expression(accessed)(scope) == expected


@pytest.mark.parametrize("text", ["<a>", '{"a": 1}', "", "<!DOCTYPE a><a>1</a>"])
def test_nothing_inside_other_texts(text):
    scope = Scope(response=Response(200, body=text))
    assert value_of("$response.body#/a", scope) is ABSENT
    reason = explain_absent(parse_expression("$response.body#/a"), scope)
    assert reason == "the response body (string) has nothing at '/a'"
    every = Accessed(parse_expression("$response.body"), (WILDCARD,))
    assert compile_expression(every)(scope) is ABSENT


@settings(max_examples=100)
@given(expressions, json_values)
def test_no_value_makes_it_raise(expression, value):
    values = {"a": value}
    scope = Scope(
        inputs=values,
        steps={"a": values},
        request=SentRequest("GET", "u", (), values, values, value),
        response=Response(200, (), value),
    )
    if compile_expression(expression)(scope) is ABSENT:
        assert explain_absent(expression, scope)


@given(json_values, st.lists(st.text(max_size=2) | st.sampled_from(["0", "1"]), max_size=3))
def test_a_pointer_reads_as_rfc_6901_says(value, tokens):
    from arazzo_runner.expressions import BodyReference, ResponseExpression

    expression = ResponseExpression(BodyReference(tuple(tokens)))
    found = compile_expression(expression)(Scope(response=Response(200, body=value)))
    assert found is resolve_pointer(value, tokens) or isinstance(value, str)
