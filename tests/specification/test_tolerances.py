"""The table of tolerances, end to end: what each accepts and says, and what it must not touch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import arazzo_runner as arazzo
from arazzo_runner.criteria.tolerances import TOLERANCES
from tests.specification.support import API, Ran, document, run
from tests.specification.tolerance_cases import ACCEPTED, GET, UNTOUCHED, XML, XML_TYPE, Case


def perform(case: Case, folder: Path, **settings: Any) -> Ran:
    answer = (200, {} if case.answer is None else case.answer, case.headers or {})
    return run(folder, case.document, answers=[answer], inputs=case.inputs, **settings)


def named(cases: list[Case]) -> list[Any]:
    return [pytest.param(case, id=f"{case.rule}-{at}") for at, case in enumerate(cases)]


@pytest.mark.parametrize("case", named(ACCEPTED))
def test_it_is_read_as_it_is_meant_and_said(case: Case, tmp_path: Path) -> None:
    ran = perform(case, tmp_path)
    assert case.then(ran), (ran.result, ran.urls)
    said = [warning for warning in ran.result.warnings if warning.rule == case.rule]
    assert said, ran.rules
    assert all(warning.severity == "warning" for warning in said)
    assert all(warning.location is not None and warning.location.line == 1 for warning in said)


@pytest.mark.parametrize("case", named(UNTOUCHED))
def test_what_is_not_of_the_rule_keeps_its_meaning(case: Case, tmp_path: Path) -> None:
    ran = perform(case, tmp_path)
    assert case.then(ran), (ran.result, ran.urls)
    assert case.rule not in ran.rules


@pytest.mark.parametrize("case", named([c for c in ACCEPTED if TOLERANCES[c.rule].certain]))
def test_strict_refuses_it_before_anything_is_sent(case: Case, tmp_path: Path) -> None:
    sent: list[Any] = []
    with pytest.raises(arazzo.LinkError) as caught:
        perform(case, tmp_path, strict=True, requests=sent)
    assert case.rule in [fault.rule for fault in caught.value.faults]
    assert not sent


def write_below(folder: Path, place: str) -> dict[str, Any]:
    api = folder / place / "api.json"
    api.parent.mkdir(parents=True, exist_ok=True)
    api.write_text(json.dumps(API), encoding="utf-8")
    (folder / ".git").mkdir()
    text = document(GET)
    text["sourceDescriptions"][0]["url"] = f"{place}/api.json"
    return text


def test_a_source_relative_to_the_root_of_the_repository(tmp_path: Path) -> None:
    text = write_below(tmp_path, "apis")
    (tmp_path / "deep" / "er").mkdir(parents=True)
    ran = run(tmp_path, text, name="deep/er/flow.json")
    assert ran.result.ok
    assert "source-relative-to-root" in ran.rules
    with pytest.raises(arazzo.LinkError):
        run(tmp_path, text, name="deep/er/flow.json", strict=True)


def test_a_source_beside_the_document_or_above_the_root_is_not(tmp_path: Path) -> None:
    inner = tmp_path / "repository"
    inner.mkdir()
    text = write_below(inner, "apis")
    ran = run(inner, text, name="flow.json")
    assert ran.result.ok
    assert "source-relative-to-root" not in ran.rules
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "api.json").write_text(json.dumps(API), encoding="utf-8")
    text["sourceDescriptions"][0]["url"] = "outside/api.json"
    with pytest.raises(arazzo.ArazzoError):
        run(inner, text, name="deep/flow.json")


def test_every_rule_has_an_example_of_both_kinds() -> None:
    elsewhere = {"source-relative-to-root"}  # needs folders: see above
    assert {case.rule for case in ACCEPTED} | elsewhere == set(TOLERANCES)
    assert {case.rule for case in UNTOUCHED} | elsewhere == set(TOLERANCES)


def test_in_a_loop_a_tolerance_is_said_once(tmp_path: Path) -> None:
    again = {"name": "again", "type": "goto", "stepId": "s1"}
    waits = [{"condition": "$response.body#/set/0/id == '5'"}]
    step = {**GET, "onSuccess": [{**again, "criteria": waits}]}
    answers = [(200, XML, XML_TYPE)] * 3 + [(200, XML.replace("5", "7"), XML_TYPE)]
    ran = run(tmp_path, document(step), answers=answers)
    assert ran.result.ok
    assert len(ran.urls) == 4
    assert ran.rules == ["xml-by-pointer"]


def test_outputs_of_the_workflow_say_it_too(tmp_path: Path) -> None:
    step = {**GET, "outputs": {"all": "$response.body"}}
    text = document(step, outputs={"o": "$steps.s1.outputs.all#/set/1/id"})
    ran = run(tmp_path, text, answers=[(200, XML, XML_TYPE)])
    assert ran.outputs == {"o": "6"}
    assert ran.rules == ["xml-by-pointer"]


def test_a_selector_on_xml_says_it_too(tmp_path: Path) -> None:
    selector = {"context": "$response.body", "selector": "/set/1/id", "type": "jsonpointer"}
    ran = run(
        tmp_path,
        document({**GET, "outputs": {"o": selector}}),
        answers=[(200, XML, XML_TYPE)],
    )
    assert ran.result.steps[0].outputs == {"o": "6"}
    assert ran.rules == ["xml-by-pointer"]
