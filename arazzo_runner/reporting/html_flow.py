"""``arazzo graph --format html``: the picture of workflows with what each step does beside it."""

from __future__ import annotations

from collections.abc import Sequence

from arazzo_runner.reporting.flow import Flow, FlowStep
from arazzo_runner.reporting.flow_svg import Taken, svg_text
from arazzo_runner.reporting.html_page import html, page

__all__ = ["flow_page", "steps_html"]


def flow_page(title: str, flows: Sequence[Flow]) -> str:
    """The page of flows; a click on a card opens its step."""
    anchors: dict[tuple[str, str], str] = {}
    listed = "".join(_flow(flow, number, anchors) for number, flow in enumerate(flows, 1))
    picture = svg_text(flows, Taken({}, {}, frozenset(), anchors, ran=False), inline=True)
    body = (
        f'<header class="top"><div><h1>{html(title)}</h1></div>'
        '<button type="button" id="theme" aria-label="Light or dark">◐</button></header>'
        '<div class="columns"><div class="side first"><section class="panel" aria-label="Flow">'
        f"{picture}</section></div><div>{listed}</div></div>"
    )
    return page(title, body)


def _flow(flow: Flow, number: int, anchors: dict[tuple[str, str], str]) -> str:
    summary = f'<p class="faint">{html(flow.summary)}</p>' if flow.summary else ""
    steps = []
    for position, step in enumerate(flow.steps, 1):
        anchor = f"w{number}-step-{position}"
        anchors[flow.workflow_id, step.step_id] = anchor
        steps.append(
            f'<details id="{anchor}" data-step><summary><span class="name">{html(step.step_id)}'
            f'</span><span class="mono faint">{html(step.calls)}</span></summary>'
            f'<div class="inside">{steps_html(step)}</div></details>'
        )
    head = f"<h2>{html(flow.workflow_id)}</h2>{summary}"
    return f'<section class="panel">{head}{"".join(steps)}</section>'


def steps_html(step: FlowStep) -> str:
    """What a step does: description, criteria, actions, outputs."""
    parts = [f"<p>{html(step.description)}</p>"] if step.description else []
    if step.source:
        parts.append(f'<p class="faint">{html(step.operation_id)} of {html(step.source)}</p>')
    if step.waits_for:
        parts.append(f'<p class="faint">needs {html(", ".join(step.waits_for))}</p>')
    if step.criteria:
        checks = "".join(f"<li><code>{html(condition)}</code></li>" for condition in step.criteria)
        parts.append(f"<h3>Succeeds when</h3><ul>{checks}</ul>")
    for on in ("success", "failure"):
        actions = [action for action in step.actions if action.on == on]
        if actions:
            items = "".join(
                f"<li><b>{html(a.name)}</b>: {html(a.summary)}"
                + "".join(f"<br><code>{html(c)}</code>" for c in a.conditions)
                + "</li>"
                for a in actions
            )
            parts.append(f"<h3>On {on}</h3><ul>{items}</ul>")
    if step.outputs:
        outputs = ", ".join(f"<code>{html(name)}</code>" for name in step.outputs)
        parts.append(f"<h3>Outputs</h3><p>{outputs}</p>")
    return "".join(parts)
