"""Reading runtime expressions by the grammar."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from arazzo_runner.errors import SyntaxFault
from arazzo_runner.expressions import (
    LENGTH,
    WILDCARD,
    Accessed,
    BodyReference,
    ComponentsExpression,
    HeaderReference,
    InputsExpression,
    MessageExpression,
    MethodExpression,
    OutputsExpression,
    PathReference,
    PayloadReference,
    QueryReference,
    RequestExpression,
    ResponseExpression,
    SelfExpression,
    SourceDescriptionsExpression,
    StatusCodeExpression,
    StepsExpression,
    UrlExpression,
    WorkflowsExpression,
    parse_expression,
    parse_prefix,
)
from arazzo_runner.expressions.accessors import parse_accessors

identifiers = st.from_regex(r"[A-Za-z0-9._-]+", fullmatch=True)
stricts = st.from_regex(r"[A-Za-z0-9_-]+", fullmatch=True)
char_names = st.text(st.characters(codec="utf-8"))
tokens = st.text(st.characters(codec="utf-8", exclude_characters="{}"))
pointers = st.none() | st.lists(tokens, max_size=3).map(tuple)
sources = st.one_of(
    st.builds(HeaderReference, st.from_regex(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", fullmatch=True)),
    st.builds(QueryReference, char_names),
    st.builds(PathReference, char_names),
    st.builds(BodyReference, pointers),
    st.builds(PayloadReference, pointers),
)
expressions = st.one_of(
    st.sampled_from(
        [UrlExpression(), MethodExpression(), StatusCodeExpression(), SelfExpression()]
    ),
    st.builds(RequestExpression, sources),
    st.builds(ResponseExpression, sources),
    st.builds(MessageExpression, sources),
    st.builds(InputsExpression, identifiers, pointers),
    st.builds(OutputsExpression, identifiers, pointers),
    st.builds(StepsExpression, stricts, identifiers, pointers),
    st.builds(
        WorkflowsExpression, stricts, st.sampled_from(["inputs", "outputs"]), identifiers, pointers
    ),
    st.builds(SourceDescriptionsExpression, stricts, char_names.filter(bool)),
    st.builds(
        ComponentsExpression,
        st.sampled_from(["parameters", "successActions", "failureActions"]),
        identifiers,
    ),
)
fragments = st.lists(
    st.sampled_from(
        ["$", "{", "}", "#", "/", "~", ".", "[0]", "['a']", "\\", '"', " ", "inputs", "steps",
         "outputs", "response", "body", "header", "x", "statusCode", "query", "\\u00e9", "é"]
    )
).map("".join)  # fmt: skip


@pytest.mark.requirement("EX-01", "EX-02", "EX-04", "EX-05")
@settings(max_examples=150)
@given(expressions)
@example(RequestExpression(QueryReference('a"b\\{c}\n')))
@example(RequestExpression(QueryReference("\ud800")))
@example(InputsExpression("a", ()))
@example(InputsExpression("a", ("", "~/")))
def test_text_and_tree_agree(expression):
    assert parse_expression(expression.text) == expression
    assert str(expression) == expression.text


@settings(max_examples=150)
@given(st.text() | fragments.map(lambda text: "$" + text))
def test_any_text_is_read_or_faulty(text):
    try:
        expression = parse_expression(text)
    except SyntaxFault as fault:
        assert 0 <= fault.offset <= len(text)  # noqa: PT017
        assert fault.text == text  # noqa: PT017
    else:
        assert parse_expression(expression.text) == expression


@pytest.mark.parametrize(
    ("text", "offset", "message", "hint"),
    [
        ("inputs.a", 0, "starts with '$'", None),
        ("$inputs", 7, "'.' is expected after '$inputs'", None),
        ("$inputs.", 8, "the name of an input is expected", None),
        ("$outputs.{", 9, "the name of an output is expected", None),
        ("$inputs.a b", 9, "' ' does not fit after '$inputs.a'", None),
        ("$inputs.a}", 9, "'}' cannot stand", None),
        ("$url#/a", 4, "'#' does not fit after '$url'", None),
        ("$urls", 4, "'s' does not fit after '$url'", None),
        ("$statuscode", 0, "'$statuscode' is not", "did you mean '$statusCode'?"),
        ("$STATUSCODE", 0, "is not a runtime expression", "did you mean '$statusCode'?"),
        ("$input.a", 0, "is not a runtime expression", "did you mean '$inputs'?"),
        ("$100", 0, "'$' is not a runtime expression", None),
        ("$steps.a.b", 8, "'.outputs.' is expected", "write '$steps.a.outputs.b'"),
        ("$steps.a.outputs", 8, "'.outputs.' is expected", None),
        ("$steps.a.outputs.", 17, "the name of an output is expected", None),
        ("$steps..outputs.b", 7, "a stepId is expected", None),
        ("$workflows.", 11, "a workflowId is expected", None),
        ("$workflows.w", 12, "'.' is expected after '$workflows.w'", None),
        ("$workflows.w.output.a", 13, "one of inputs, outputs", "did you mean 'outputs'?"),
        ("$workflows.w.inputs", 19, "'.' is expected after 'inputs'", None),
        ("$workflows.w.inputs.", 20, "a name of the inputs is expected", None),
        ("$sourceDescriptions.", 20, "the name of a source description", None),
        ("$sourceDescriptions.a", 21, "'.' is expected", None),
        ("$sourceDescriptions.a.", 22, "an operationId, workflowId or field", None),
        ("$components.schemas.a", 12, "one of parameters, successActions", None),
        ("$components.parameters", 22, "'.' is expected after 'parameters'", None),
        ("$components.parameters.", 23, "the name of a component", None),
        ("$response.", 10, "one of header, query, path, body, payload", None),
        ("$response.headers.A", 10, "one of header", "did you mean 'header'?"),
        ("$response.header", 16, "'.' is expected after 'header'", None),
        ("$response.header.", 17, "a header name is expected", None),
        ("$response.header.é", 17, "a header name is expected", None),
        ("$response.body.a", 14, "'$response.body' ends here", "write '$response.body#/a'"),
        ("$response.body[0].a", 14, "ends here", "write '$response.body#/0/a'"),
        ("$response.body.a[?(@.b)]", 14, "ends here", None),
        ("$response.body#a", 15, "starts with '/'", "write '$response.body#/a'"),
        ("$response.body#/a~2", 17, "'~' in a JSON Pointer", "write '~0' for '~' and '~1' for '/'"),
        ("$response.body#/a{", 17, "'{' cannot stand", None),
        ('$request.query.a"b', 16, "does not fit", None),
        ("$request.query.a\\x", 16, "does not fit", None),
    ],
)  # fmt: skip
@pytest.mark.requirement("EX-03", "EX-07", "EX-08", "EX-10", "A-49")
def test_fault(text, offset, message, hint):
    with pytest.raises(SyntaxFault) as caught:
        parse_expression(text)
    assert caught.value.offset == offset
    assert message in caught.value.message
    assert caught.value.hint == hint


@pytest.mark.requirement("EX-06")
def test_names_with_escapes():
    expression = parse_expression(r"$request.query.a\"b\u007bc\/")
    assert expression == RequestExpression(QueryReference('a"b{c/'))
    assert expression.text == r"$request.query.a\"b\u007bc/"


@pytest.mark.requirement("A-01")
@pytest.mark.parametrize(
    ("text", "start", "end", "expected", "stop"),
    [
        ("$response.body.data", 0, None, "$response.body", 14),
        ("!$statusCode == 2", 1, None, "$statusCode", 12),
        ("$inputs.a.b == 2", 0, None, "$inputs.a.b", 11),
        ("$response.body#/a == 2", 0, 17, "$response.body#/a", 17),
        ("$response.body#/a == 2", 0, None, "$response.body#/a == 2", 22),
        ("$request.query.limit == 10", 0, 20, "$request.query.limit", 20),
    ],
)
def test_prefix(text, start, end, expected, stop):
    expression, at = parse_prefix(text, start, end)
    assert (expression.text, at) == (expected, stop)


@pytest.mark.parametrize(("text", "start", "end"), [("", 0, None), ("a$url", 0, None), ("$", 1, 1)])
def test_no_prefix(text, start, end):
    with pytest.raises(SyntaxFault, match="starts with"):
        parse_prefix(text, start, end)


def test_the_end_is_not_passed():
    with pytest.raises(SyntaxFault, match="is not a runtime expression"):
        parse_prefix("$url", 0, 1)


@pytest.mark.parametrize(
    ("text", "wildcards", "path", "end"),
    [
        (".a[0].b", False, ("a", 0, "b"), 7),
        (".0['it''s'].@type", False, ("0", "it's", "@type"), 17),
        ("[*].id[]", True, (WILDCARD, "id", WILDCARD), 8),
        (".a[*]", False, ("a",), 2),
        ("[01]", False, (), 0),
        ("[-1]", False, (), 0),
        (". a", False, (), 0),
    ],
)
def test_accessors(text, wildcards, path, end):
    assert parse_accessors(text, 0, len(text), wildcards=wildcards) == (path, end)


def test_accessors_are_limited():
    path, end = parse_accessors("[0]" * 5000, 0, 15000)
    assert (len(path), end) == (100, 300)


def test_text_of_accessors():
    accessed = Accessed(StatusCodeExpression(), ("a", 0, "b c", "it's", "0", WILDCARD, LENGTH))
    assert accessed.text == "$statusCode.a[0]['b c']['it''s']['0'][*].length"
