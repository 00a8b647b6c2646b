"""Solving, bodies, echo and needs, each by itself."""

from __future__ import annotations

from typing import Any

import pytest

from arazzo_runner.criteria import compile_criterion
from arazzo_runner.expressions import InputsExpression
from arazzo_runner.openapi.references import Node, References
from arazzo_runner.simulation.atoms import ANY, DEEP, Atom, atoms_of
from arazzo_runner.simulation.bodies import (
    encode,
    part,
    resize,
    respond,
    with_part,
    without_part,
)
from arazzo_runner.simulation.looking import Looking
from arazzo_runner.simulation.needs import Needs
from arazzo_runner.simulation.solving import choose, holds, proposals
from arazzo_runner.values import ABSENT
from tests.simulation.support import POLL, program, rules, simulate, step
from tests.simulation.test_values import document

BODY = InputsExpression("x")


def atom(operator: str, value: Any = ABSENT, *, measured: bool = False) -> Atom:
    return Atom(BODY, (), operator, value, measured)


# -- solving -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "value", "answer"),
    [
        (atom("true"), 1, True),
        (atom("false"), 0, True),
        (atom("exists"), None, True),
        (atom("missing"), ABSENT, True),
        (atom("empty"), [], True),
        (atom("empty"), "x", False),
        (atom("filled"), ABSENT, False),
        (atom("filled"), {"a": 1}, True),
        (atom("match", "^a"), "abc", True),
        (atom("match", "^$"), ABSENT, True),
        (atom("mismatch", "^2"), 200, False),
        (atom("==", 2, measured=True), [1, 2], True),
        (atom("==", 2, measured=True), 5, False),
        (atom("<", 5), {}, False),
        (atom("==", "A"), "a", True),
    ],
)
def test_comparisons_hold_or_not(one: Atom, value: Any, answer: bool) -> None:
    assert holds(one, value) is answer


@pytest.mark.parametrize("negated", [False, True])
@pytest.mark.parametrize(
    "one",
    [
        atom("==", "done"),
        atom("==", 5),
        atom("==", True),
        atom("==", None),
        atom("==", "7"),
        atom("<", 5),
        atom("<=", 5),
        atom(">", 5),
        atom(">=", 5),
        atom("true"),
        atom("exists"),
        atom("empty"),
        atom("match", "^[a-f]{8}$"),
        atom(">", 2, measured=True),
        atom("==", 0, measured=True),
    ],
)
@pytest.mark.parametrize("current", ["text", 3, True, None, ["a"], {"a": 1}, ABSENT])
def test_a_value_is_found_for_each_comparison(one: Atom, negated: bool, current: Any) -> None:
    wanted = one.negated() if negated else one
    value, fits = choose([wanted], current, (), lambda _: True)
    if not (wanted.measured and not isinstance(current, str | list | dict)):
        assert holds(wanted, value)
    assert fits


def test_what_the_schema_lists_is_preferred() -> None:
    listed = ["RUNNING", "DONE"]
    assert choose([atom("==", "done")], "RUNNING", listed, listed.__contains__) == ("DONE", True)
    assert choose([atom("!=", "running")], "RUNNING", listed, listed.__contains__)[0] == "DONE"
    assert choose([atom("==", "gone")], "RUNNING", listed, listed.__contains__) == ("gone", False)


def test_a_comparison_with_something_unknown_is_no_help() -> None:
    assert choose([atom("==")], "x", (), lambda _: True) == ("x", True)
    assert list(proposals([atom("==", {"a": 1})], "x", ())) == ["x", {"a": 1}]
    assert list(proposals([atom("!=", {"a": 1})], "x", ())) == ["x", ABSENT]


# -- bodies --------------------------------------------------------------------------------------


def test_parts_are_read_and_written() -> None:
    body = {"a": [{"b": 1}, {"b": 2}], "c": {"d": None}}
    assert part(body, ("a", "1", "b")) == 2
    assert part(body, ("a", "-1", "b")) == 2
    assert part(body, ("a", ANY, "b")) == 1
    assert part(body, ("c", ANY)) is None
    assert part(body, ("a", "7")) is ABSENT
    assert part(body, ("a", "x")) is ABSENT
    assert part(5, ("a",)) is ABSENT
    assert part(body, (DEEP, "d")) is None
    assert part(body, (DEEP, "b")) == 1
    assert part(body, (DEEP,)) == body
    assert part(body, (DEEP, "nobody")) is ABSENT
    assert part(body, (ANY, "c", "d")) is None
    assert with_part(body, ("a", "3", "b"), 9)["a"][3] == {"b": 9}
    assert with_part(body, ("x", "0", "y"), 1)["x"] == [{"y": 1}]
    assert with_part([], ("0",), 1) == [1]
    assert with_part([1], ("-1",), 2) == [2]
    assert with_part(ABSENT, (), 1) == 1
    assert body["a"] == [{"b": 1}, {"b": 2}]


def test_parts_are_taken_away() -> None:
    body = {"a": [1, 2, 3], "b": {"c": 1}}
    assert without_part(body, ("b", "c")) == {"a": [1, 2, 3], "b": {}}
    assert without_part(body, ("a", "1")) == {"a": [1], "b": {"c": 1}}
    assert without_part(body, ("x",)) is body
    assert without_part(body, ()) is body


def test_sizes() -> None:
    assert resize("abc", 5) == "abcxx"
    assert resize([1], 3) == [1, 1, 1]
    assert resize(ABSENT, 2) == [{}, {}]
    assert resize({"a": 1, "b": 2}, 1) == {"a": 1}
    assert len(resize({}, 2)) == 2


def test_bytes() -> None:
    assert encode(ABSENT, "") == b""
    assert encode(b"\0", "image/png") == b"\0"
    assert encode("x", "text/plain") == b"x"
    assert encode("x", "application/json") == b'"x"'
    xml = encode({"@id": 'a"b', "x y": [1, None], "t": "a<b\x00", "1": True}, "text/xml", "9R")
    assert xml.endswith(
        b"<_9R id='a\"b'><x_y><member>1</member><member></member></x_y><t>a&lt;b</t>"
        b"<_1>true</_1></_9R>"
    )
    assert respond(200, (), "application/json", {"a": 1}).body == {"a": 1}
    assert respond(200, (), "text/csv", "a,b").body == "a,b"
    assert respond(204, (("X", "y"),), "", ABSENT).headers == (("X", "y"),)


# -- looking -------------------------------------------------------------------------------------


def look(schema: Any, token: str) -> str:
    whole = document(schema)
    looking = Looking(References(whole, None).follow)
    return looking.inside([Node(schema, whole)], token)[1]


@pytest.mark.parametrize(
    ("schema", "token", "how"),
    [
        ({"properties": {"a": {}}}, "a", "declared"),
        ({"properties": {"a": {}}}, "b", "undeclared"),
        ({}, "a", "open"),
        ({"type": "string"}, "a", "forbidden"),
        ({"enum": ["x"]}, "a", "forbidden"),
        ({"type": "array"}, "a", "forbidden"),
        ({"type": "array"}, "0", "open"),
        ({"items": {}}, "3", "declared"),
        ({"items": {}}, "*", "declared"),
        ({"prefixItems": [{}]}, "0", "declared"),
        ({"properties": {"a": {}}}, "*", "declared"),
        ({"additionalProperties": {}}, "*", "declared"),
        ({"additionalProperties": {}}, "x", "declared"),
        ({"patternProperties": {"^x": {}}}, "x1", "declared"),
        ({"additionalProperties": False}, "x", "forbidden"),
        ({"anyOf": [{"type": "string"}, {"properties": {"a": {}}}]}, "a", "declared"),
        ({"anyOf": [{"type": "string"}, {"properties": {"a": {}}}]}, "b", "undeclared"),
    ],
)
def test_what_schemas_say_of_a_part(schema: Any, token: str, how: str) -> None:
    assert look(schema, token) == how


def test_values_that_schemas_list() -> None:
    schema = {"oneOf": [{"enum": [1]}, {"anyOf": [{"const": 2}]}]}
    whole = document(schema)
    looking = Looking(References(whole, None).follow)
    nodes = [Node(schema, whole)]
    assert looking.listed(nodes) == [1, 2]
    assert looking.fits(nodes, 2)
    assert not looking.fits(nodes, 3)
    assert looking.listed([Node({"type": "boolean"}, whole)]) == [True, False]


# -- atoms ---------------------------------------------------------------------------------------


def parts(condition: str, kind: str = "jsonpath", version: str | None = None) -> list[Any]:
    criterion = compile_criterion(condition, context="$response.body", type=kind, version=version)
    return [(a.path, a.operator, a.value, a.measured) for a in atoms_of(criterion)]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("$.a[0].b", [(("a", "0", "b"), "exists", ABSENT, False)]),
        ("$.a == 1", [(("a",), "==", 1, False)]),
        ("1 < $.a", [(("a",), ">", 1, False)]),
        ("!($.a == 1)", [(("a",), "!=", 1, False)]),
        ("$.a && !$.b", [(("a",), "exists", ABSENT, False), (("b",), "missing", ABSENT, False)]),
        ("$.a empty true", [(("a",), "empty", ABSENT, False)]),
        ("count($.a[*]) > 2", [(("a",), ">", 2, True)]),
        ("match($.a, 'x.*')", [(("a",), "match", "x.*", False)]),
        ("$.a == $.b", [(("a",), "==", ABSENT, False)]),
        (
            "$.a[?@.b > 1 || !@.c]",
            [
                (("a", ANY), "exists", ABSENT, False),
                (("a", ANY, "b"), ">", 1, False),
                (("a", ANY, "c"), "missing", ABSENT, False),
            ],
        ),
        (
            "$.a[?2 == length(@.b)]",
            [(("a", ANY), "exists", ABSENT, False), (("a", ANY, "b"), "==", 2, True)],
        ),
        ("$.a[?match(@.b, 'x')]", [(("a", ANY), "exists", ABSENT, False)]),
        ("$..a[1]", [((DEEP, "a", "1"), "exists", ABSENT, False)]),
    ],
)
def test_jsonpath_is_taken_apart(condition: str, expected: list[Any]) -> None:
    assert parts(condition) == expected


def test_other_types() -> None:
    assert parts("^a$", "regex") == [((), "match", "^a$", False)]
    assert parts("//a", "xpath") == []
    goessner = "draft-goessner-dispatch-jsonpath-00"
    assert ((ANY, "a"), "==", 1, False) in parts("$[?(@.a == 1)]", version=goessner)
    embedded = compile_criterion("{$inputs.p}", context="$response.body", type="regex")
    assert atoms_of(embedded) == []


# -- needs ---------------------------------------------------------------------------------------


def test_what_is_read_of_an_answer_through_outputs() -> None:
    flow = (
        POLL
        + """
  - workflowId: outer
    dependsOn: [wait]
    steps:
      - stepId: call
        workflowId: wait
        parameters: [{name: id, value: j1}]
        outputs: {r: $outputs.result, loop: $steps.call.outputs.loop}
      - stepId: use
        operationId: getJob
        parameters:
          - {name: id, in: path, value: "$steps.call.outputs.r#/deep/part"}
          - {name: x, in: query, value: "$workflows.wait.outputs.status"}
        successCriteria: [{condition: "$response.body.list[0].length > 1"}]
        outputs: {t: "a {$response.body#/one} {$response.header.X}"}
"""
    )
    needs = Needs(program(flow))
    found = list(needs.wanted.values())
    assert {"status": {}, "result": {"deep": {"part": {}}}} in found
    assert {"list": {"0": {}}, "one": {}} in found
    assert list(needs.headers.values()) == [{"X"}]


def test_a_criterion_on_an_accessed_output_and_its_length() -> None:
    more = "outputs: {all: $response.body}"
    flow = (
        step(more=more)
        + """
      - stepId: check
        operationId: listPets
        successCriteria:
          - condition: "$steps.only.outputs.all.result.length == 3"
"""
    )
    done = simulate(flow)
    assert done.ok, rules(done)
    assert len(done.result.steps[0].outputs["all"]["result"]) == 3
