"""Selector Objects and Expression Types, everywhere that 1.1 allows them, end to end."""

from __future__ import annotations

import builtins
import json
import sys
from pathlib import Path
from typing import Any

import pytest

import arazzo_runner as arazzo
from tests.specification.support import document, run

GET = {"operationId": "getPet", "parameters": [{"name": "id", "in": "path", "value": "1"}]}
BODY = {"pets": [{"id": 1, "tag": "a"}, {"id": 2, "tag": "b"}], "n": 2, "name": "Rex"}
XML = '<r xmlns:p="urn:p"><pet id="7">Rex</pet><pet id="8">Tom</pet><p:n>2</p:n></r>'
XML_ANSWER = (200, XML.encode(), {"Content-Type": "application/xml"})


def select(selector: str, kind: Any, context: str = "$response.body") -> dict[str, Any]:
    return {"context": context, "selector": selector, "type": kind}


def version(kind: str, name: str) -> dict[str, str]:
    return {"type": kind, "version": name}


GOESSNER = version("jsonpath", "draft-goessner-dispatch-jsonpath-00")


@pytest.mark.requirement("SEL-05", "SEL-07", "SEL-09", "WF-16", "ST-25", "OUT-01", "A-13")
@pytest.mark.parametrize(
    ("selector", "kind", "value"),
    [
        ("$.pets[0].id", "jsonpath", 1),
        ("$.pets[?@.tag == 'b'].id", "jsonpath", [2]),
        ("$.pets[?@.tag == 'z']", "jsonpath", []),
        ("$.pets[*].id", version("jsonpath", "rfc9535"), [1, 2]),
        ("$.pets[?(@.id > 1)].tag", GOESSNER, ["b"]),
        ("/pets/1/tag", "jsonpointer", "b"),
        ("/pets/1", version("jsonpointer", "rfc6901"), {"id": 2, "tag": "b"}),
    ],
)  # fmt: skip
def test_json_selectors_in_outputs(tmp_path: Path, selector: str, kind: Any, value: object) -> None:
    step = {**GET, "outputs": {"o": select(selector, kind), "whole": "$response.body"}}
    outputs = {"s": "$steps.s1.outputs.o", "w": select(selector, kind, "$steps.s1.outputs.whole")}
    ran = run(tmp_path, document(step, outputs=outputs), answers=[(200, BODY)])
    assert ran.result.steps[0].outputs["o"] == value
    assert ran.outputs == {"s": value, "w": value}


@pytest.mark.requirement("SEL-03", "SEL-10", "CR-16", "A-14", "A-44")
@pytest.mark.parametrize(
    ("selector", "kind", "value"),
    [
        ("//pet[1]", "xpath", "Rex"),
        ("//pet", "xpath", ["Rex", "Tom"]),
        ("//pet[2]/@id", version("xpath", "xpath-10"), "8"),
        ("count(//pet)", version("xpath", "xpath-10"), 2),
        ("string-join(//pet, '+')", version("xpath", "xpath-20"), "Rex+Tom"),
        ("let $n := //p:n return $n * 2", version("xpath", "xpath-30"), 4),
        ("map{'a': //pet[1]/text()}?a", version("xpath", "xpath-31"), "Rex"),
    ],
)
def test_xpath_selectors_by_version(
    tmp_path: Path, selector: str, kind: Any, value: object
) -> None:
    step = {**GET, "outputs": {"o": select(selector, kind)}}
    ran = run(tmp_path, document(step), answers=[XML_ANSWER])
    assert ran.result.steps[0].outputs == {"o": value}


@pytest.mark.requirement("SEL-02", "SEL-03", "SEL-11", "A-45")
@pytest.mark.parametrize(
    ("selector", "kind"),
    [
        ("string-join(//pet, '+')", version("xpath", "xpath-10")),
        ("let $n := 1 return $n", version("xpath", "xpath-20")),
        ("map{'a': 1}", version("xpath", "xpath-30")),
        ("//pet", version("xpath", "xpath-40")),
        ("$.a", version("jsonpath", "rfc9536")),
        ("$.pets[?(@.id > 1)", "jsonpath"),
        ("a", "jsonpointer"),
        ("/a", "jsonquery"),
    ],
)
def test_a_selector_of_another_version_stops_before_the_first_request(
    tmp_path: Path, selector: str, kind: Any
) -> None:
    sent: list[Any] = []
    step = {**GET, "outputs": {"o": select(selector, kind)}}
    with pytest.raises(arazzo.LinkError) as caught:
        run(tmp_path, document(step), answers=[XML_ANSWER], requests=sent)
    unknown = selector in ("//pet", "$.a", "/a")  # the type or version, not the selector
    rule = "selector-type" if unknown else "selector-syntax"
    assert {fault.rule for fault in caught.value.faults} == {rule}
    assert sent == []


@pytest.mark.requirement("SEL-07", "SEL-08", "PAR-16", "RB-02", "A-09")
def test_selectors_in_parameters_and_payloads_at_any_depth(tmp_path: Path) -> None:
    first = {**GET, "outputs": {"body": "$response.body"}}
    whole = "$steps.s1.outputs.body"
    second = {
        "operationId": "getPet",
        "parameters": [
            {"name": "id", "in": "path", "value": select("$.pets[1].id", "jsonpath", whole)},
            {"name": "q", "in": "query", "value": select("/name", "jsonpointer", whole)},
        ],
    }
    payload = {
        "deep": [{"er": select("$.pets[*].tag", "jsonpath", whole)}],
        "literal": {"context": "home", "selector": "$.x", "type": "jsonpath"},
    }
    third = {"operationId": "json", "requestBody": {"payload": payload}}
    fourth = {"operationId": "json", "requestBody": {"payload": select("/n", "jsonpointer", whole)}}
    text = document(first, second, third, fourth)
    ran = run(tmp_path, text, answers=[(200, BODY)])
    assert ran.urls[1] == "/pets/2?q=Rex"
    assert ran.requests[2].content == (
        b'{"deep":[{"er":["a","b"]}],'
        b'"literal":{"context":"home","selector":"$.x","type":"jsonpath"}}'
    )
    assert ran.requests[3].content == b"2"


@pytest.mark.requirement("SEL-07", "SEL-08")
def test_in_1_0_the_same_object_is_a_literal(tmp_path: Path) -> None:
    written = select("$.a", "jsonpath", "$inputs.i")
    step = {"operationId": "json", "requestBody": {"payload": written}}
    ran = run(tmp_path, document(step, version="1.0.1"), inputs={"i": {"a": 1}})
    assert json.loads(ran.body) == {**written, "context": {"a": 1}}


@pytest.mark.requirement("SEL-06")
@pytest.mark.parametrize("kind", ["jsonpath", "jsonpointer"])
def test_a_context_that_is_no_structure_selects_nothing(tmp_path: Path, kind: str) -> None:
    selector = "$.a" if kind == "jsonpath" else "/a"
    step = {**GET, "outputs": {"o": select(selector, kind, "$statusCode")}}
    ran = run(tmp_path, document(step))
    assert ran.result.ok
    assert ran.result.steps[0].missing_outputs == ("o",)


@pytest.mark.requirement("SEL-03", "CR-15", "A-45")
@pytest.mark.parametrize(
    ("condition", "name", "ok"),
    [
        ("$.pets[?length(@.tag) == 1]", "rfc9535", True),
        ("$.pets[?@.id == 3]", "rfc9535", False),
        ("$.pets[?(@.id == 2)]", "draft-goessner-dispatch-jsonpath-00", True),
        ("$.pets[(@.length-1)]", "draft-goessner-dispatch-jsonpath-00", True),
        ("$.pets[?(@.id == 3)]", "draft-goessner-dispatch-jsonpath-00", False),
    ],
)
def test_both_jsonpath_dialects_in_criteria(
    tmp_path: Path, condition: str, name: str, ok: bool
) -> None:
    criterion = {
        "context": "$response.body",
        "condition": condition,
        "type": version("jsonpath", name),
    }
    ran = run(tmp_path, document({**GET, "successCriteria": [criterion]}), answers=[(200, BODY)])
    assert ran.result.ok is ok
    assert ran.result.warnings == ()


@pytest.mark.requirement("CR-16", "SEL-03", "A-44")
@pytest.mark.parametrize(
    ("condition", "name", "ok"),
    [
        ("//pet[@id = 7]", "xpath-10", True),
        ("//cat", "xpath-10", False),
        ("every $p in //pet satisfies $p/@id > 6", "xpath-20", True),
        ("//pet[1] ! string-length(.) = 3", "xpath-30", True),
        ("array:size([1, 2]) = 2", "xpath-31", True),
        ("count(//pet) - 2", "xpath-31", False),
    ],
)
def test_xpath_criteria_by_version(tmp_path: Path, condition: str, name: str, ok: bool) -> None:
    criterion = {
        "context": "$response.body",
        "condition": condition,
        "type": version("xpath", name),
    }
    ran = run(tmp_path, document({**GET, "successCriteria": [criterion]}), answers=[XML_ANSWER])
    assert ran.result.ok is ok
    assert ran.result.steps[0].criteria[0].verdict.error is None


# -- without the extra ---------------------------------------------------------------------------


@pytest.fixture
def without_xml(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if lxml and elementpath were not installed."""
    real = builtins.__import__

    def refuse(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] in ("lxml", "elementpath"):
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    for name in list(sys.modules):
        if name.partition(".")[0] in ("lxml", "elementpath"):
            monkeypatch.delitem(sys.modules, name)


XPATH_USES = {
    "criterion": {
        **GET,
        "successCriteria": [{"context": "$response.body", "condition": "//pet", "type": "xpath"}],
    },
    "output": {**GET, "outputs": {"o": select("//pet", "xpath")}},
    "target": {
        "operationId": "xml",
        "requestBody": {"payload": "<a/>", "replacements": [{"target": "/a", "value": "x"}]},
    },
}


@pytest.mark.requirement("SEL-03", "REP-04", "CR-16")
@pytest.mark.parametrize("use", sorted(XPATH_USES))
@pytest.mark.usefixtures("without_xml")
def test_without_the_extra_one_clear_error_names_it(tmp_path: Path, use: str) -> None:
    sent: list[Any] = []
    with pytest.raises(arazzo.LinkError, match="xml") as caught:
        run(tmp_path, document(XPATH_USES[use]), answers=[XML_ANSWER], requests=sent)
    (fault,) = caught.value.faults
    assert "arazzo-workflow-engine[xml]" in f"{fault.message} {fault.hint}"
    assert sent == []


@pytest.mark.usefixtures("without_xml")
def test_what_needs_no_xpath_needs_no_extra(tmp_path: Path) -> None:
    step = {**GET, "outputs": {"o": "$response.body#/pet/0"}}
    ran = run(tmp_path, document(step), answers=[XML_ANSWER])
    assert ran.result.ok
