"""Flows as Mermaid flowcharts: text that GitHub, GitLab and many editors draw."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from arazzo_runner.reporting.flow import Flow, FlowAction, FlowStep
from arazzo_runner.reporting.text import clip

__all__ = ["mermaid_text"]

_PLAIN: Final = re.compile(r"[^\w .,:/=!?$%+*@~^'()-]", re.ASCII)
_CONDITION: Final = 60
_COLORS: Final = ("#2563eb", "#0d9488", "#9333ea", "#c2410c", "#be185d", "#4d7c0f")


def mermaid_text(flows: Sequence[Flow]) -> str:
    """The flowchart; each workflow is a group when there are several."""
    names = {flow.key: f"w{n}" for n, flow in enumerate(flows, 1)}
    sources = list(dict.fromkeys(s.source for flow in flows for s in flow.steps if s.source))
    lines = ["flowchart TD"]
    links: list[str] = []
    for flow in flows:
        lead = "  "
        if len(flows) > 1:
            lines.append(f'  subgraph {names[flow.key]}["{_text(flow.workflow_id)}"]')
            lead = "    "
        lines += [lead + line for line in _flow(flow, names, sources)]
        if len(flows) > 1:
            lines.append("  end")
        links += _links(flow, names)
    lines += [f"  {line}" for line in links]
    for number in range(len(sources)):
        color = _COLORS[number % len(_COLORS)]
        lines.append(f"  classDef source{number} stroke:{color},stroke-width:2px")
    return "\n".join(lines) + "\n"


def _flow(flow: Flow, names: dict[str, str], sources: list[str]) -> Iterator[str]:
    """Nodes, and the arrows within the workflow."""
    own = names[flow.key]
    order = [*(f"{own}s{n}" for n in range(1, len(flow.steps) + 1)), f"{own}end"]
    ids: dict[str, str] = {}
    yield f"{own}start([start])"
    for step, name in zip(flow.steps, order, strict=False):
        ids.setdefault(step.step_id, name)  # a document may use an id twice: the first is meant
        yield _node(step, name, sources)
    yield f"{own}end([completed])"
    yield f"{own}start --> {order[0]}"
    failing = False
    for position, step in enumerate(flow.steps):
        here = order[position]
        for action in step.actions:
            if action.workflow is None or action.step_id:
                failing = failing or (action.type == "end" and action.on == "failure")
                yield _action(action, here, ids, own)
        if step.falls_through:
            yield f"{here} --> {order[position + 1]}"
        for needed in step.waits_for:
            if needed in ids and order[position - 1] != ids[needed]:
                yield f"{ids[needed]} -. needed by .-> {here}"
    if failing:
        yield f"{own}failed([ended])"


def _node(step: FlowStep, name: str, sources: list[str]) -> str:
    label = f"<b>{_text(step.step_id)}</b>"
    if step.calls:
        label += f"<br/>{_text(step.calls)}"
    shape = ('[["', '"]]') if step.workflow_id else ('["', '"]')
    style = f":::source{sources.index(step.source)}" if step.source else ""
    return f"{name}{shape[0]}{label}{shape[1]}{style}"


def _action(action: FlowAction, here: str, ids: dict[str, str], own: str) -> str:
    if action.type == "retry":
        target = ids.get(action.step_id or "", here) if action.step_id else here
    elif action.type == "end":
        target = f"{own}{'end' if action.on == 'success' else 'failed'}"
    else:
        target = ids.get(action.step_id or "", here)
    arrow = "-->" if action.on == "success" else "-.->"
    return f'{here} {arrow}|"{_label(action)}"| {target}'


def _label(action: FlowAction) -> str:
    parts = [_text(action.name)]
    if action.type == "retry":
        parts[0] += f": {_text(action.summary)}"
    if action.conditions:
        parts.append("if " + _text(clip(" and ".join(action.conditions), _CONDITION)))
    return "<br/>".join(parts)


def _links(flow: Flow, names: dict[str, str]) -> Iterator[str]:
    """Arrows to other workflows."""
    own = names[flow.key]
    for number, step in enumerate(flow.steps, 1):
        if step.workflow in names:
            yield f"{own}s{number} == runs ==> {names[step.workflow]}start"
        for action in step.actions:
            if action.workflow in names:
                arrow = "-->" if action.on == "success" else "-.->"
                yield f'{own}s{number} {arrow}|"{_label(action)}"| {names[action.workflow]}start'
    for key in flow.depends_on:
        if key in names:
            yield f"{names[key]}end -. first .-> {own}start"


def _text(text: str) -> str:
    """Text that Mermaid shows as it is: everything it might read becomes a character code."""
    return _PLAIN.sub(lambda found: f"#{ord(found[0])};", " ".join(text.split()))
