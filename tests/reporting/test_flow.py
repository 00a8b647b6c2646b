"""Flows and their pictures: complete, legal, and lines that never run over each other."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arazzo_runner.execution import link_file
from arazzo_runner.execution.settings import Settings
from arazzo_runner.linking import Program
from arazzo_runner.reporting.flow import (
    Flow,
    FlowAction,
    FlowStep,
    entry_keys,
    flows_of,
    workflows_reached,
)
from arazzo_runner.reporting.flow_layout import lay_out
from arazzo_runner.reporting.flow_mermaid import mermaid_text
from arazzo_runner.reporting.flow_svg import svg_text
from arazzo_runner.reporting.html_flow import flow_page
from arazzo_runner.reporting.text_width import fit, fit_lines
from tests.reporting.shop import write_shop
from tests.support.browser import Browser, browser
from tests.support.goldens import check_golden
from tests.support.paths import REPOSITORY, SHARED, require

__all__ = ["browser"]
GOLDENS = Path(__file__).parent / "goldens"
SVG = "{http://www.w3.org/2000/svg}"


def linked(file: str) -> Program:
    return link_file(file, None, Settings(), any_server=True).program


@pytest.fixture
def shop(tmp_path: Path) -> tuple[Flow, ...]:
    program = linked(write_shop(tmp_path))
    return flows_of(program, workflows_reached(program, program.entries["place-order"]))


def test_a_flow_tells_what_leads_where(shop: tuple[Flow, ...]) -> None:
    order, *others = shop
    assert [flow.workflow_id for flow in shop] == ["place-order", "sign-in", "tell-customer"]
    assert order.depends_on == (others[0].key,)
    stock, charge, track, notify = order.steps
    assert (stock.calls, stock.source) == ("GET /stock", "shop")
    assert [(a.on, a.type, a.summary) for a in stock.actions] == [
        ("success", "goto", "goto notify"),
        ("failure", "retry", "retry 3 times every 0.001 s"),
    ]
    assert charge.actions[0].conditions == ("$statusCode == 402",)
    assert [s.falls_through for s in order.steps] == [True, True, False, True]
    assert track.outputs == ("status", "eta")
    assert notify.calls == "workflow tell-customer"
    assert notify.workflow == others[1].key


def test_pictures_stay_as_they_are(shop: tuple[Flow, ...]) -> None:
    check_golden(GOLDENS / "shop.mmd", mermaid_text(shop))
    check_golden(GOLDENS / "shop.svg", svg_text(shop))


def test_a_step_that_does_not_link_is_drawn_as_written(tmp_path: Path) -> None:
    file = write_shop(tmp_path)
    text = Path(file).read_text().replace("operationId: charge", "operationId: nowhere")
    Path(file).write_text(text)
    program = linked(file)
    assert entry_keys(program, program.document)
    (order, *_) = flows_of(program, [program.entries["place-order"]])
    assert "nowhere" in [step.calls for step in order.steps]
    assert "nowhere" in svg_text([order])


names = st.text(min_size=1, max_size=12)


@st.composite
def flows(draw: Any) -> list[Flow]:
    """Flows with actions to anywhere, names of any characters."""
    result = []
    keys = [f"k{n}" for n in range(draw(st.integers(1, 3)))]
    for key in keys:
        ids = draw(st.lists(names, min_size=1, max_size=6, unique=True))
        actions = st.builds(
            FlowAction,
            st.sampled_from(["success", "failure"]),
            names,
            st.sampled_from(["end", "goto", "retry"]),
            st.lists(st.text(max_size=90), max_size=2).map(tuple),
            st.sampled_from([*ids, None]),
            st.sampled_from([*keys, "elsewhere", None]),
            st.just("w"),
        )
        steps = [
            FlowStep(
                name,
                draw(st.text(max_size=9)),
                workflow=draw(st.sampled_from([*keys, None])),
                workflow_id=draw(names),
                source=draw(st.sampled_from(["", "a", "<b>"])),
                actions=tuple(draw(st.lists(actions, max_size=3))),
                waits_for=tuple(draw(st.lists(st.sampled_from(ids), max_size=2))),
                falls_through=draw(st.booleans()),
            )
            for name in ids
        ]
        result.append(Flow(key, draw(names), draw(names), tuple(steps), ("k0", "elsewhere")))
    return result


@given(flows())
def test_any_flow_has_a_legal_picture(drawn: list[Flow]) -> None:
    root = ET.fromstring(svg_text(drawn))
    assert root.tag == f"{SVG}svg"
    cards = sum(len(flow.steps) for flow in drawn)
    assert len(root.findall(f".//{SVG}g[@class='step']")) == cards
    width = float(root.attrib["width"])
    assert all(float(rect.attrib.get("x", 0)) < width for rect in root.iter(f"{SVG}rect"))


@given(flows())
def test_lines_in_one_lane_do_not_meet(drawn: list[Flow]) -> None:
    for one, other in combinations(lay_out(drawn).lanes, 2):
        if one.x == other.x:
            low, high = sorted((one.start, one.end))
            start, end = sorted((other.start, other.end))
            assert high < start or end < low


@given(flows())
def test_cards_do_not_overlap(drawn: list[Flow]) -> None:
    y = 0.0
    for group in lay_out(drawn).groups:
        for card in group.cards:
            assert card.y > y
            y = card.y + card.height
        assert group.end > y
        y = group.end


LINE = re.compile(
    r"flowchart TD|  (subgraph w\d+\[\"[^\"]*\"\]|end)|"
    r" +w\d+(start|end|failed|s\d+)(\(\[\w+\]\)|\[?\[\"[^\"\n]*\"\]\]?(:::source\d+)?|"
    r" (-->|-\.->|-\. [a-z ]+ \.->|== runs ==>)(\|\"[^\"\n]*\"\|)? w\d+(start|end|failed|s\d+))|"
    r" +classDef source\d+ stroke:#[0-9a-f]{6},stroke-width:2px"
)


@given(flows())
def test_any_flow_is_legal_mermaid(drawn: list[Flow]) -> None:
    for line in mermaid_text(drawn).splitlines():
        assert LINE.fullmatch(line), line


def test_the_page_of_a_flow(browser: Browser, shop: tuple[Flow, ...], tmp_path: Path) -> None:
    file = tmp_path / "flow.html"
    file.write_text(flow_page("Shop", shop), encoding="utf-8")
    browser.open(file)
    browser.run(
        "document.querySelectorAll('svg a')[0].dispatchEvent("
        "new MouseEvent('click', {bubbles: true, cancelable: true}))"
    )
    opened = browser.all("details[open]")
    assert [step.find_element("css selector", ".name").text for step in opened] == ["checkStock"]
    assert "retry 3 times" in opened[0].text
    assert browser.logs()[0] == []


def test_every_workflow_of_the_corpus_has_a_picture() -> None:
    folder = require(SHARED / "corpus" / "jentic")
    files = sorted(folder.rglob("*.arazzo.*"))[:40]
    assert files
    for file in files:
        try:
            program = linked(str(file))
        except Exception:
            continue
        ET.fromstring(svg_text(flows_of(program, program.workflows)))
        mermaid_text(flows_of(program, program.workflows))


def test_the_picture_in_the_documentation_is_the_workflow() -> None:
    program = linked(str(REPOSITORY / "workflows/amazon-sagemaker-train-and-poll-job-workflow.yml"))
    picture = svg_text(flows_of(program, program.workflows))
    check_golden(REPOSITORY / "docs" / "pictures" / "train-and-poll-job.svg", picture)


@pytest.mark.parametrize("mono", [False, True])
def test_texts_are_cut_to_the_room(mono: bool) -> None:
    assert fit("short", 100, 12, mono=mono) == "short"
    cut = fit("a long text that has no room at all", 80, 12, mono=mono)
    assert cut.endswith("…")
    assert len(cut) < 20
    assert fit("文字文字文字", 40, 12, mono=mono) == "文字…"
    lines = fit_lines("one two three four five six", 60, 12, 3, mono=mono)
    assert len(lines) == 3
    broken = fit_lines("unbreakable" * 5, 60, 12, 2, mono=mono)
    assert len(broken) == 2
    assert ("unbreakable" * 5).startswith(broken[0])
    assert fit_lines("", 60, 12, 2, mono=mono) == ()


def test_a_picture_of_its_own_needs_no_browser() -> None:
    """Custom properties are black to librsvg, Inkscape and the viewers made of them."""
    picture = (GOLDENS / "shop.svg").read_text(encoding="utf-8")
    assert "var(" not in picture
    assert "--flow" not in picture
    assert "prefers-color-scheme:dark" in picture


NOT_LINKED = """\
arazzo: 1.0.1
info: {title: t, version: "1"}
sourceDescriptions:
  - {name: gone, url: gone.yaml, type: openapi}
workflows:
  - workflowId: w
    steps:
      - stepId: one
        operationPath: '{$sourceDescriptions.gone.url}#/paths/~1pets~1{id}/get'
        successCriteria: [{condition: $statusCode == 200}]
        outputs: {id: $response.body#/id}
        onSuccess:
          - {name: skip, type: goto, stepId: three, criteria: [{condition: $statusCode == 201}]}
          - {name: done, type: end}
        onFailure:
          - {name: again, type: retry, retryAfter: 2, retryLimit: 3}
          - {reference: $components.failureActions.stop}
      - {stepId: two, workflowId: inner}
      - {stepId: three, operationId: gone.thing}
      - {stepId: four, operationPath: 'not a path'}
  - workflowId: inner
    steps: [{stepId: s, workflowId: w}]
components: {failureActions: {stop: {name: stop, type: end}}}
"""


def test_steps_that_do_not_link_are_drawn_as_written_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "flow.yaml").write_text(NOT_LINKED, encoding="utf-8")
    program = linked(str(tmp_path / "flow.yaml"))
    flow = next(f for f in flows_of(program, program.workflows) if f.workflow_id == "w")
    assert [(step.step_id, step.calls, step.source) for step in flow.steps] == [
        ("one", "GET /pets/{id}", "gone"),
        ("two", "workflow inner", ""),
        ("three", "gone.thing", ""),
        ("four", "not a path", ""),
    ]
    one = flow.steps[0]
    assert [(a.on, a.name, a.summary, a.conditions) for a in one.actions] == [
        ("success", "skip", "goto three", ("$statusCode == 201",)),
        ("success", "done", "end", ()),
        ("failure", "again", "retry 3 times every 2 s", ()),
    ]
    assert (one.criteria, one.outputs, one.falls_through) == (
        ("$statusCode == 200",),
        ("id",),
        False,
    )
    ET.fromstring(svg_text([flow]))
