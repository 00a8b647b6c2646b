"""Criteria of every type: verdicts, operands, embedded values, tolerances, nothing raises."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arazzo_runner.criteria import Criterion, Operand, Verdict, compile_criterion
from arazzo_runner.criteria.jsonpath import GOESSNER
from arazzo_runner.criteria.tolerances import TOLERANCES
from arazzo_runner.errors import SyntaxFault
from arazzo_runner.expressions import Names, Scope
from arazzo_runner.values import ABSENT, Response
from tests.support.paths import SHARED, require

BODY = {
    "TrainingJobStatus": "InProgress",
    "pets": [{"name": "Rex", "n": 1}],
    "quote": 'it\'s "x"',
    "none": None,
    "raw": b"\x00",
}


def scope(body: Any = BODY, **inputs: Any) -> Scope:
    return Scope(inputs=inputs, response=Response(200, headers=(("Location", "/a/1"),), body=body))


def verdict(
    condition: str,
    type: str,  # noqa: A002
    body: Any = BODY,
    *,
    context: str = "$response.body",
    version: str | None = None,
    **inputs: Any,
) -> Verdict:
    criterion = compile_criterion(condition, context=context, type=type, version=version)
    return criterion.evaluate(scope(body, **inputs))


def rules(criterion: Criterion) -> list[str]:
    return [use.rule for use in criterion.tolerances]


class TestSimple:
    def test_without_context(self) -> None:
        criterion = compile_criterion("$statusCode == 200")
        assert criterion.type == "simple"
        assert criterion.condition == "$statusCode == 200"
        assert [expression.text for expression in criterion.expressions] == ["$statusCode"]
        assert criterion.evaluate(scope()) == Verdict(True, (Operand("$statusCode", 200),))

    @pytest.mark.requirement("A-18")
    @pytest.mark.parametrize("context", ["$response.body", "anything"])
    def test_a_context_is_ignored(self, context: str) -> None:
        assert compile_criterion("$statusCode == 200", context=context).evaluate(scope()).passed


@pytest.mark.requirement("CR-02", "CR-03", "CR-04")
class TestWhatCannotBeRead:
    @pytest.mark.parametrize("type_", ["regex", "jsonpath", "xpath"])
    def test_no_context(self, type_: str) -> None:
        with pytest.raises(SyntaxFault, match="needs a context"):
            compile_criterion("x", type=type_)

    @pytest.mark.parametrize("context", ["x", "<a/>", "a {$inputs.b}"])
    def test_a_context_that_is_no_expression(self, context: str) -> None:
        with pytest.raises(SyntaxFault, match="not a runtime expression"):
            compile_criterion("$", type="jsonpath", context=context)

    def test_an_unknown_type(self) -> None:
        with pytest.raises(SyntaxFault, match="not a type") as caught:
            compile_criterion("$", type="jsonPath", context="$response.body")
        assert "jsonpath" in str(caught.value.hint)

    @pytest.mark.parametrize(
        ("type_", "condition"),
        [
            ("regex", "("),
            ("regex", "({$inputs.a}"),
            ("jsonpath", "#/name == Chocolate"),
            ("jsonpath", "$.a[{$inputs.a}"),
            ("xpath", "/a["),
            ("xpath", "/a[{$inputs.a}"),
        ],
    )
    def test_conditions(self, type_: str, condition: str) -> None:
        with pytest.raises(SyntaxFault):
            compile_criterion(condition, type=type_, context="$response.body")

    @pytest.mark.parametrize("type_", ["jsonpath", "xpath"])
    def test_versions(self, type_: str) -> None:
        with pytest.raises(SyntaxFault, match="version"):
            compile_criterion("$", type=type_, context="$response.body", version="9")


@pytest.mark.requirement("CR-13", "CR-14", "A-22")
class TestRegex:
    @pytest.mark.parametrize(
        ("condition", "context", "passed"),
        [
            (r"^2\d{2}$", "$statusCode", True),
            ("^inprogress$", "$response.body#/TrainingJobStatus", False),
            ("Progress", "$response.body#/TrainingJobStatus", True),
            ('^{"name":"Rex","n":1}$', "$response.body#/pets/0", True),
            ("/^inprogress$/i", "$response.body#/TrainingJobStatus", True),
            ("(?i)^inprogress$", "$response.body#/TrainingJobStatus", True),
            ("^/a/{$inputs.id}$", "$response.header.Location", True),
        ],
    )
    def test_passes(self, condition: str, context: str, passed: bool) -> None:
        found = verdict(condition, "regex", context=context, id="[0-9]")
        assert found.passed is passed
        assert found.error is None

    @pytest.mark.parametrize(
        ("context", "error"),
        [
            ("$response.body#/none", "the context $response.body#/none is null"),
            ("$response.body#/nothing", "has no value"),
            ("$response.body#/raw", "bytes cannot be embedded"),
        ],
    )
    def test_contexts_that_fail(self, context: str, error: str) -> None:
        found = verdict(".*", "regex", context=context)
        assert not found.passed
        assert error in str(found.error)
        assert found.operands[0].text == context

    def test_slashes_are_a_tolerance(self) -> None:
        criterion = compile_criterion("/^ok$/i", context="$response.body", type="regex")
        assert rules(criterion) == ["regex-slashes"]
        assert criterion.tolerances[0].read_as == "^ok$ (flags i)"
        criterion = compile_criterion("/^ok$/", context="$response.body", type="regex")
        assert criterion.tolerances[0].read_as == "^ok$ (flags none)"
        assert rules(compile_criterion("ok", context="$response.body", type="regex")) == []

    def test_a_pattern_from_an_input_that_is_none(self) -> None:
        found = verdict("^{$inputs.p}$", "regex", context="$statusCode", p="(")
        assert not found.passed
        assert "is missing" in str(found.error)
        assert found.operands == (Operand("$statusCode", 200), Operand("$inputs.p", "("))


@pytest.mark.requirement("CR-15")
class TestJsonPath:
    @pytest.mark.parametrize(
        ("condition", "passed"),
        [
            ("$.pets[*]", True),
            ("$.pets[?@.name == 'Rex']", True),
            ("$.pets[?@.name == 'rex']", False),
            ("$[?count(@.pets) > 0]", True),
            ("$[?@.name == 'nobody']", False),
            ('$.TrainingJobStatus == "InProgress"', True),
            ("$.pets.length > 1", False),
        ],
    )
    def test_passes(self, condition: str, passed: bool) -> None:
        found = verdict(condition, "jsonpath")
        assert found.passed is passed
        assert found.error is None

    def test_the_goessner_draft(self) -> None:
        found = verdict("$[?(@.TrainingJobStatus == 'InProgress')]", "jsonpath", version=GOESSNER)
        assert found.passed

    def test_operands_say_what_was_compared(self) -> None:
        found = verdict("$.pets.length > 1 || $.nope == 1", "jsonpath")
        assert found.operands == (
            Operand("$response.body", BODY),
            Operand("$.pets.length", 1),
            Operand("$.nope", ABSENT),
        )

    def test_a_scalar_context(self) -> None:
        assert verdict("$ == 'Rex'", "jsonpath", context="$response.body#/pets/0/name").passed
        assert verdict("$", "jsonpath", context="$statusCode").passed

    @pytest.mark.parametrize(
        ("context", "error"),
        [
            ("$response.body#/none", "is null"),
            ("$response.body#/nothing", "has no value"),
            ("$response.body#/raw", "bytes"),
            ("$inputs.x", "has no value"),
        ],
    )
    def test_contexts_that_fail(self, context: str, error: str) -> None:
        found = verdict("$", "jsonpath", context=context)
        assert not found.passed
        assert error in str(found.error)

    def test_a_deep_document(self) -> None:
        document: Any = 1
        for _ in range(3000):
            document = [document]
        found = verdict("$..a", "jsonpath", document)
        assert not found.passed
        assert found.error

    def test_tolerances(self) -> None:
        def of(condition: str) -> list[str]:
            return rules(compile_criterion(condition, context="$response.body", type="jsonpath"))

        assert of("$.a == 1") == ["jsonpath-comparison"]
        assert of("$[?@.a == 1]") == ["jsonpath-root-filter"]
        assert of("$.a[?@.a == 1]") == []
        assert of("$.id == $inputs.id") == ["template-unbraced", "jsonpath-comparison"]

    @pytest.mark.requirement("A-01")
    def test_context_tolerances(self) -> None:
        criterion = compile_criterion(
            "$ == 'Rex'", context="$response.body.pets[0].name", type="jsonpath", names=Names()
        )
        assert criterion.evaluate(scope()).passed
        assert set(rules(criterion)) >= {"jsonpath-comparison"}
        assert [use.rule for use in criterion.context_tolerances] == ["expression-index"]


def test_too_deep(monkeypatch: pytest.MonkeyPatch) -> None:
    def overflow(_: Any) -> Any:
        raise RecursionError

    monkeypatch.setattr("arazzo_runner.criteria.criterion.json_views", overflow)
    found = verdict("$", "jsonpath")
    assert found == Verdict(
        False, (Operand("$response.body", BODY),), "the value or the condition is nested too deeply"
    )


XML = "<R><reservationSet><item><s>running</s></item></reservationSet></R>"
RDS = (
    "<DResponse><DResult><DBInstances><DBInstance><DBInstanceStatus>available</DBInstanceStatus>"
    "</DBInstance></DBInstances></DResult></DResponse>"
)


ONE = "<R><C><Key>a</Key><Size>1</Size></C></R>"


class TestJsonPathOnXml:
    @pytest.mark.parametrize(
        ("condition", "body", "passed"),
        [
            ("$.reservationSet[0].s == 'running'", XML, True),
            ("$.reservationSet[0].s != 'running'", XML, False),
            ("$.R.reservationSet", XML, True),
            ("$.dBInstances[0].dBInstanceStatus == 'available'", RDS, True),
            ("$.dBInstances[0].dBInstanceStatus != 'available'", RDS, False),
            ("$.nothing == null", RDS, True),  # XML has no null: it can only mean this
            ("$.nothing != null", RDS, False),
            ("$ == '<no xml'", "<no xml", True),
            ("$.C[0].Key == 'a'", ONE, True),
            ("$.C[0].Key != null", ONE, True),
            ("$.C[1].Key == null", ONE, True),
            ("$.C.length == 1", ONE, True),
            ("$.C[0].Key", ONE, True),
            (
                "$.instances[0].id == 'i'",
                "<R><instancesSet><item><id>i</id></item></instancesSet></R>",
                True,
            ),
        ],
    )
    def test_mapping(self, condition: str, body: str, passed: bool) -> None:
        assert verdict(condition, "jsonpath", body).passed is passed
        if "'" in condition or "null" in condition:  # a comparison: its conforming form says so too
            conforming = verdict(f"$[?{condition}]", "jsonpath", body)
            assert conforming.passed is (passed and body.endswith(">"))

    def test_a_filter_of_members_stays_one(self) -> None:
        two = "<R><a><s>x</s></a><b><s>y</s></b></R>"
        assert verdict("$[?@.s == 'y']", "jsonpath", two).passed
        assert not verdict("$[?@.s == 'z']", "jsonpath", two).passed


@pytest.mark.requirement("CR-16")
class TestXPath:
    def test_passes(self) -> None:
        assert verdict("count(/R/reservationSet/item) = 1", "xpath", XML).passed
        assert not verdict("/R/nothing", "xpath", XML, version="xpath-10").passed

    def test_a_context_that_is_not_xml(self) -> None:
        found = verdict("/a", "xpath", {"a": 1})
        assert not found.passed
        assert found.error == "the value is not XML text"


@pytest.mark.requirement("CR-17", "A-15", "A-16")
class TestEmbedded:
    @pytest.mark.parametrize(
        "value", ["Rex", "it's", '"', "\\", "\\'", "a'] || $[?'", "é\n\t\x7f", ""]
    )
    @pytest.mark.parametrize("quote", ["'", '"'])
    def test_inside_of_quotes_a_value_stays_a_value(self, value: str, quote: str) -> None:
        for condition in (
            f"$.pets[?@.name == {quote}{{$inputs.v}}{quote}]",
            f"$.pets[0].name == {quote}{{$inputs.v}}{quote}",
        ):
            assert verdict(condition, "jsonpath", {"pets": [{"name": value}]}, v=value).passed
            assert not verdict(
                condition, "jsonpath", {"pets": [{"name": value + "x"}]}, v=value
            ).passed

    @pytest.mark.parametrize("value", ["Rex", "it's", '"', "a' or '1'='1"])
    @pytest.mark.parametrize("quote", ["'", '"'])
    @pytest.mark.parametrize("version", ["xpath-10", "xpath-31"])
    def test_inside_of_quotes_in_xpath(self, value: str, quote: str, version: str) -> None:
        condition = f"/a[. = {quote}{{$inputs.v}}{quote}]"
        document = f"<a>{value}</a>"
        assert verdict(condition, "xpath", document, version=version, v=value).passed
        assert not verdict(condition, "xpath", "<a>-</a>", version=version, v=value).passed

    def test_numbers_and_names_outside_of_quotes(self) -> None:
        assert verdict("$.pets[?@.n >= {$inputs.v}]", "jsonpath", v=1).passed
        assert verdict("$.{$inputs.v}[0]", "jsonpath", v="pets").passed
        assert verdict("/a[b > {$inputs.v}]", "xpath", "<a><b>5</b></a>", v=4.5).passed
        assert verdict("$.none == {$inputs.v}", "jsonpath", v=None).passed

    @pytest.mark.parametrize("value", ["1 || true", "x]", "a.b", "'", {"a": 1}, ""])
    def test_a_value_that_could_change_the_query(self, value: Any) -> None:
        found = verdict("$.pets[?@.n == {$inputs.v}]", "jsonpath", v=value)
        assert not found.passed
        assert "without quotes" in str(found.error)
        found = verdict("/a[b > {$inputs.v}]", "xpath", "<a><b>5</b></a>", v=value)
        assert "without quotes" in str(found.error)

    def test_xpath_comments(self) -> None:
        assert verdict("/a (: x :)", "xpath", "<a>x</a>").passed
        assert verdict("/a = '(: x{$inputs.v} :)'", "xpath", "<a>(: x1 :)</a>", v=1).passed
        with pytest.raises(SyntaxFault, match="comment") as caught:
            verdict("/a (: it's :) [. = '{$inputs.v}']", "xpath", "<a>x</a>", v="x")
        assert caught.value.offset == 3

    def test_an_absent_value(self) -> None:
        found = verdict("$.pets[?@.name == '{$inputs.nobody}']", "jsonpath")
        assert not found.passed
        assert "$inputs.nobody has no value" in str(found.error)
        assert found.operands[1] == Operand("$inputs.nobody", ABSENT)

    def test_expressions(self) -> None:
        criterion = compile_criterion(
            "$[?@.a == '{$inputs.a}' && @.b == '{$inputs.a}']",
            context="$response.body",
            type="jsonpath",
        )
        assert [e.text for e in criterion.expressions] == ["$response.body", "$inputs.a"]

    @pytest.mark.parametrize("condition", ["^a{$}$", "^{$nothing}", "[{$]"])
    def test_braces_that_embed_nothing(self, condition: str) -> None:
        criterion = compile_criterion(condition, context="$statusCode", type="regex")
        assert len(criterion.expressions) == 1


class TestUnbraced:
    @pytest.mark.parametrize(
        ("condition", "value", "passed"),
        [
            ("$.id == $inputs.v", 5, True),
            ("$.id == $inputs.v", "5", False),
            ("$.name == $inputs.v && $.id == 5", 'it\'s "x"', True),
            ("$.all[?(@.n == '$inputs.v')]", "x", True),
            ("$.all[?(@.n == '$inputs.v')].length == 0", "y", True),
            ('$.all[?(@.n == "$inputs.v")] empty true', "y", True),
            ("$.id == $inputs.v", {"a": 1}, False),
            ("$.nope == $inputs.v", None, False),
            ("$.cost == '$Amount'", None, True),
        ],
    )
    def test_conditions(self, condition: str, value: Any, passed: bool) -> None:
        body = {"id": 5, "name": 'it\'s "x"', "all": [{"n": "x"}], "cost": "$Amount"}
        assert verdict(condition, "jsonpath", body, v=value).passed is passed

    def test_two_in_one_text(self) -> None:
        condition = "$.a == '$inputs.x' || $.a == '{$inputs.y}' || $.a == $inputs.x"
        criterion = compile_criterion(condition, context="$response.body", type="jsonpath")
        uses = [use for use in criterion.tolerances if use.rule == "template-unbraced"]
        assert [condition[use.offset :].startswith(use.written) for use in uses] == [True, True]
        assert criterion.evaluate(scope({"a": "2"}, x="1", y="2")).passed

    def test_a_dollar_inside_of_an_expression(self) -> None:
        criterion = compile_criterion(
            "$.a == '$response.header.X$y'", context="$response.body", type="jsonpath"
        )
        assert [e.text for e in criterion.expressions][1] == "$response.header.X$y"

    def test_an_escaped_quote_before_an_expression(self) -> None:
        assert verdict("$.a == 'it\\'s {$inputs.v}'", "jsonpath", {"a": "it's '"}, v="'").passed

    def test_names_decide(self) -> None:
        names = Names(inputs=frozenset({"v"}))
        criterion = compile_criterion(
            "$.id == $inputs.v", context="$response.body", type="jsonpath", names=names
        )
        assert criterion.evaluate(scope({"id": 1}, v=1)).passed


def test_every_rule_is_in_the_table() -> None:
    for rule, tolerance in TOLERANCES.items():
        assert tolerance.rule == rule
        assert all((tolerance.accepts, tolerance.reads_as, tolerance.example, tolerance.rewrite))


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        TOLERANCES["x"] = TOLERANCES["regex-slashes"]  # type: ignore[index]


def _criteria(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [found for item in value for found in _criteria(item)]
    if not isinstance(value, dict):
        return []
    own = [value] if isinstance(value.get("condition"), str) else []
    return own + [found for item in value.values() for found in _criteria(item)]


REFUSED = {"#/name == Chocolate", "/root/id = 4711"}


def test_the_corpus() -> None:
    """Every criterion of published documents compiles; the two that cannot mean anything do not."""
    import yaml

    corpus = require(SHARED / "corpus" / "manifest.json")
    seen: set[tuple[str | None, ...]] = set()
    for entry in json.loads(corpus.read_text("utf-8")):
        text = (corpus.parent / entry["file"]).read_text("utf-8")
        if "jsonpath" not in text and "regex" not in text and "xpath" not in text:
            continue
        for criterion in _criteria(yaml.load(text, yaml.CSafeLoader)):
            kind, version = criterion.get("type", "simple"), None
            if isinstance(kind, dict):
                kind, version = kind["type"], kind.get("version")
            if kind != "simple":
                seen.add((criterion["condition"], criterion.get("context"), kind, version))
    assert len(seen) > 100
    refused = set()
    for condition, context, kind, version in seen:
        try:
            compiled = compile_criterion(
                str(condition), context=context, type=str(kind), version=version, names=Names()
            )
        except SyntaxFault:
            refused.add(condition)
            continue
        assert {use.rule for use in compiled.tolerances} <= set(TOLERANCES)
        assert isinstance(compiled.evaluate(scope()), Verdict)
    assert refused <= REFUSED


def test_the_usual_criteria_import_no_library() -> None:
    code = (
        "import sys; from arazzo_runner.criteria import compile_criterion as c;"
        "c('$statusCode == 200'); c('$.a.length > 0', context='$response.body', type='jsonpath');"
        "c('^2..$', context='$statusCode', type='regex');"
        "heavy = {'jsonpath', 'jsonpath_ng', 'regex', 'lxml', 'elementpath', 'xml'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


CONDITIONS = st.text(alphabet="$.a[]'\"?@=!<>&|() 0{}inputs*\\/:^", max_size=24)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text("<a/>'\"$", max_size=6)
    | st.binary(max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("a"), inner),
    max_leaves=4,
)


@given(CONDITIONS, st.sampled_from(["regex", "jsonpath", "xpath"]), VALUES, VALUES)
@settings(max_examples=300, deadline=None)
def test_evaluation_never_raises(condition: str, kind: str, body: Any, value: Any) -> None:
    for text in (condition, f"{condition}{{$inputs.v}}", f"$.a == '{{$inputs.v}}' && {condition}"):
        try:
            criterion = compile_criterion(text, context="$response.body", type=kind)
        except SyntaxFault:
            continue
        found = criterion.evaluate(scope(body, v=value))
        assert isinstance(found, Verdict)
        assert not (found.passed and found.error)
