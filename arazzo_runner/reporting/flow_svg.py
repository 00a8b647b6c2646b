"""Flows as SVG: one file, no fonts, no scripts; light or dark as the reader's system is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Final

from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.reporting.flow import Flow, FlowStep
from arazzo_runner.reporting.flow_layout import (
    HEADER,
    MARGIN,
    WIDTH,
    Card,
    Group,
    Lane,
    Row,
    lay_out,
)
from arazzo_runner.reporting.text import printable
from arazzo_runner.reporting.text_width import fit
from arazzo_runner.reporting.xml_text import legal

__all__ = ["FLOW_STYLE", "Taken", "source_colors", "svg_text"]

SOURCE_COLORS: Final = ("#2f6fed", "#0f9d8a", "#9b51e0", "#d9730d", "#d6457a", "#5d8a12")

_LIGHT: Final = (
    "--flow-bg:#fff;--flow-card:#fff;--flow-line:#d5dae3;--flow-text:#1c2430;--flow-faint:#5d6879;"
    "--flow-edge:#8491a5;--flow-good:#147a46;--flow-bad:#c02b2b;--flow-wait:#96600a;"
    "--flow-head:#f5f7fa"
)
_DARK: Final = (
    "--flow-bg:#12161d;--flow-card:#1a2029;--flow-line:#364152;--flow-text:#e8ecf3;"
    "--flow-faint:#9aa7b9;--flow-edge:#76859b;--flow-good:#4cc38a;--flow-bad:#ff7b7b;"
    "--flow-wait:#e3b04f;--flow-head:#212936"
)
FLOW_STYLE: Final = """
.flow text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--flow-text)}
.flow .id{font-weight:600;font-size:14px}.flow .title{font-weight:700;font-size:16px}
.flow .faint{fill:var(--flow-faint);font-size:12px}
.flow .mono{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:var(--flow-faint)}
.flow .card{fill:var(--flow-card);stroke:var(--flow-line);stroke-width:1.2}
.flow .rule{stroke:var(--flow-line);stroke-width:1}
.flow .edge{fill:none;stroke:var(--flow-edge);stroke-width:1.6}
.flow .needs{stroke-dasharray:2 4}.flow .retry{stroke:var(--flow-wait);stroke-dasharray:5 4}
.flow .good{fill:var(--flow-good)}.flow .bad{fill:var(--flow-bad)}.flow .wait{fill:var(--flow-wait)}
.flow .on-success{stroke:var(--flow-good)}.flow .on-failure{stroke:var(--flow-bad)}
.flow .retry.on-failure{stroke:var(--flow-wait)}
.flow .paper{fill:var(--flow-bg)}.flow .sourceless{fill:var(--flow-faint)}
.flow .tip-edge{fill:var(--flow-edge)}.flow .tip-good{fill:var(--flow-good)}
.flow .tip-bad{fill:var(--flow-bad)}.flow .tip-wait{fill:var(--flow-wait)}
.flow .pill{fill:var(--flow-head);stroke:var(--flow-line)}
.flow.ran .step:not(.was-success):not(.was-failure):not(.was-unfinished){opacity:.55}
.flow.ran .edge:not(.taken){opacity:.35}.flow.ran .edge.taken{stroke-width:2.6}
.flow .was-success .card{stroke:var(--flow-good);stroke-width:2}
.flow .was-failure .card{stroke:var(--flow-bad);stroke-width:2}
.flow .was-unfinished .card{stroke:var(--flow-wait);stroke-width:2}
.flow a:focus{outline:none}.flow a:focus .card,.flow a:hover .card{stroke-width:3}
"""


class Taken(NamedTuple):
    """The path of a run: per (workflowId, stepId) its last status and how often it ran; how often
    each action was taken, by (workflowId, stepId, name); ``links`` are places to jump to. Without
    ``ran`` nothing is brought out: the links alone are meant.
    """

    steps: Mapping[tuple[str, str], tuple[str, int]]
    actions: Mapping[tuple[str, str, str], int]
    nexts: frozenset[tuple[str, str]]
    links: Mapping[tuple[str, str], str]
    ran: bool = True


def source_colors(flows: Sequence[Flow]) -> dict[str, str]:
    """The colour of each source description."""
    names = dict.fromkeys(step.source for flow in flows for step in flow.steps if step.source)
    return {name: SOURCE_COLORS[n % len(SOURCE_COLORS)] for n, name in enumerate(names)}


def svg_text(flows: Sequence[Flow], taken: Taken | None = None, *, inline: bool = False) -> str:
    """The picture. ``inline`` leaves out what a page around it has: style and declaration.

    With ``taken`` the path of a run is brought out.
    """
    picture = lay_out(flows)
    colors = source_colors(flows)
    pen = _Pen(colors, {flow.key: flow.workflow_id for flow in flows}, taken)
    legend = list(pen.legend(picture.height))
    height = picture.height + (24 * ((len(colors) + 1) // 2) + 8 if legend else 0)
    names = ", ".join(flow.workflow_id for flow in flows)
    size = f'viewBox="0 0 {picture.width:g} {height:g}"'
    ran = " ran" if taken and taken.ran else ""
    role = "group" if taken else "img"
    label = _text(f"Flow of {names}")
    named = f'role="{role}" aria-label="{label}"'
    size += f' width="{picture.width:g}" height="{height:g}"'
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" class="flow{ran}" {size} {named}>']
    if not inline:
        dark = f"@media (prefers-color-scheme:dark){{{_painted(_DARK)}}}"
        lines.append(f"<style>{_painted(_LIGHT)}{dark}</style>")
        lines.append('<rect width="100%" height="100%" rx="10" class="paper"/>')
    lines += [
        f'<marker id="tip-{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        f'markerHeight="7" orient="auto" markerUnits="userSpaceOnUse">'
        f'<path d="M0 0L8 4L0 8z" class="tip-{name}"/></marker>'
        for name in ("edge", "good", "bad", "wait")
    ]
    lines += [line for lane in picture.lanes for line in pen.lane(lane)]
    lines += [line for group in picture.groups for line in pen.group(group)]
    return "\n".join([*lines, *legend, "</svg>"]) + "\n"


def _painted(colors: str) -> str:
    """The style with these colours in it: browsers alone know custom properties."""
    known = dict(pair.split(":") for pair in colors.split(";"))
    return re.sub(r"var\((.*?)\)", lambda match: known[match[1]], FLOW_STYLE)


def flow_variables() -> tuple[str, str]:
    """The colours as custom properties, light and dark, for a page around the picture."""
    return _LIGHT, _DARK


class _Pen:
    def __init__(
        self, colors: Mapping[str, str], names: Mapping[str, str], taken: Taken | None
    ) -> None:
        self._colors = colors
        self._names = names
        self._taken = taken

    def group(self, group: Group) -> Iterator[str]:
        """A workflow: title, cards, arrows between them, its end."""
        flow = group.flow
        x, middle = MARGIN, MARGIN + WIDTH / 2
        yield (
            f'<rect x="{x}" y="{group.y:g}" width="{WIDTH}" height="{HEADER}" rx="9" class="pill"/>'
        )
        about = flow.summary or f"{len(flow.steps)} step" + "s" * (len(flow.steps) != 1)
        if flow.depends_on:
            about = f"after {', '.join(self._names.get(k, k) for k in flow.depends_on)}: {about}"
        yield _label(x + 16, group.y + 22, flow.workflow_id, "title", WIDTH - 32, 16)
        yield _label(x + 16, group.y + 40, about, "faint", WIDTH - 32, 12)
        previous = group.y + HEADER
        for position, card in enumerate(group.cards):
            before = group.cards[position - 1] if position else None
            if before is None or before.next:
                yield self._arrow(middle, previous, card.y, before)
            yield from self._card(card)
            previous = card.y + card.height
        last = group.cards[-1] if group.cards else None
        if last is None or last.next:
            yield self._arrow(middle, previous, group.end - 10, last)
        y = group.end
        left = middle - 50
        yield f'<rect x="{left:g}" y="{y - 10:g}" width="100" height="22" rx="11" class="pill"/>'
        place = f'x="{middle:g}" y="{y + 5:g}" text-anchor="middle"'
        yield f'<text {place} class="faint">completed</text>'

    def _arrow(self, x: float, start: float, end: float, before: Card | None) -> str:
        done = ""
        if self._taken is not None and before is not None:
            key = (before.flow.workflow_id, before.step.step_id)
            done = " taken" if key in self._taken.nexts else ""
        elif self._taken is not None:
            done = " taken"
        return (
            f'<path class="edge{done}" d="M{x:g} {start:g}V{end - 1:g}" '
            'marker-end="url(#tip-edge)"/>'
        )

    def _card(self, card: Card) -> Iterator[str]:
        step, x = card.step, MARGIN
        key = (card.flow.workflow_id, step.step_id)
        status, count = ("", 0)
        if self._taken is not None:
            status, count = self._taken.steps.get(key, ("", 0))
        link = self._taken.links.get(key) if self._taken else None
        yield f'<g class="step{f" was-{status}" if status else ""}">'
        yield f"<title>{_text(_story(step))}</title>"
        if link:
            yield f'<a href="#{_text(link)}" aria-label="{_text(_spoken(step, status, count))}">'
        size = f'width="{WIDTH}" height="{card.height:g}"'
        yield f'<rect x="{x}" y="{card.y:g}" {size} rx="9" class="card"/>'
        color = self._colors.get(step.source)
        fill = f'fill="{color}"' if color else 'class="sourceless"'
        place = f'x="{x + 10}" y="{card.y + 11:g}"'
        yield f'<rect {place} width="4" height="32" rx="2" {fill}/>'
        room = WIDTH - 40
        if count:
            mark = {"success": ("✓", "good"), "failure": ("✗", "bad")}.get(status, ("…", "wait"))
            text = mark[0] + (f" {count}×" if count > 1 else "")
            yield (
                f'<text x="{x + WIDTH - 14}" y="{card.y + 23:g}" class="id {mark[1]}" '
                f'text-anchor="end">{text}</text>'
            )
            room -= 50
        yield _label(x + 24, card.y + 23, step.step_id, "id", room, 14)
        yield _label(
            x + 24, card.y + 42, step.calls or "calls nothing", "mono", WIDTH - 40, 12, mono=True
        )
        for row in card.rows:
            yield from self._row(row, step.step_id)
        if link:
            yield "</a>"
        yield "</g>"

    def _row(self, row: Row, step_id: str) -> Iterator[str]:
        action, x = row.action, MARGIN
        yield f'<path class="rule" d="M{x + 12} {row.y - 13:g}H{x + WIDTH - 12}"/>'
        kind = "wait" if action.type == "retry" else "good" if action.on == "success" else "bad"
        mark = "↻" if action.type == "retry" else "✓" if action.on == "success" else "✗"
        yield f'<text x="{x + 24}" y="{row.y + 5:g}" class="{kind}">{mark}</text>'
        here = action.type == "goto" and action.step_id == step_id
        what = "goto this step again" if here else action.summary
        text = f"{action.name}: {what}" if action.name else what
        yield f"<g><title>{_text(' and '.join(action.conditions) or 'always')}</title>"
        yield _label(x + 42, row.y + 5, text, "", WIDTH - 60, 13)
        for number, line in enumerate(row.lines):
            y = row.y + 21 + 16 * number
            yield f'<text x="{x + 42}" y="{y:g}" class="mono">{_text(line)}</text>'
        yield "</g>"

    def lane(self, lane: Lane) -> Iterator[str]:
        """A line beside the column, its corners round."""
        right = MARGIN + WIDTH
        kind = "edge"
        if lane.kind == "retry":
            kind = "wait"
        elif lane.on:
            kind = "good" if lane.on == "success" else "bad"
        start, end, x = lane.start, lane.end, lane.x
        turn = 6.0 if end > start else -6.0
        bend = min(abs(turn), abs(end - start) / 2) * (1 if turn > 0 else -1)
        path = (
            f"M{right} {start:g}H{x - 6:g}Q{x:g} {start:g} {x:g} {start + bend:g}"
            f"V{end - bend:g}Q{x:g} {end:g} {x - 6:g} {end:g}H{right + 2}"
        )
        classes = f"edge {lane.kind}" + (f" on-{lane.on}" if lane.on else "")
        if self._taken is not None and self._was_taken(lane):
            classes += " taken"
        yield f'<path class="{classes}" d="{path}" marker-end="url(#tip-{kind})"/>'

    def _was_taken(self, lane: Lane) -> bool:
        assert self._taken is not None
        workflow = self._names[lane.key]
        if lane.kind in ("runs", "needs"):
            return (workflow, lane.step_id) in self._taken.steps
        return (workflow, lane.step_id, lane.name) in self._taken.actions

    def legend(self, top: float) -> Iterator[str]:
        """Which colour is which source description; nothing when there is one."""
        if len(self._colors) < 2:
            return
        for number, (name, color) in enumerate(self._colors.items()):
            x = MARGIN + 190 * (number % 2)
            y = top + 24 * (number // 2)
            yield f'<rect x="{x}" y="{y - 4:g}" width="4" height="16" rx="2" fill="{color}"/>'
            yield _label(x + 12, y + 9, name, "faint", 170, 12)


def _story(step: FlowStep) -> str:
    """What a pointer over a card says."""
    lines = [step.step_id, step.calls, " ".join(step.description.split())]
    lines += [f"succeeds when {' '.join(condition.split())}" for condition in step.criteria]
    if step.outputs:
        lines.append(f"outputs {', '.join(step.outputs)}")
    return "\n".join(filter(None, lines))


def _spoken(step: FlowStep, status: str, count: int) -> str:
    if not count:
        return f"step {step.step_id}"
    return f"step {step.step_id}, {status}" + (f", {count} times" if count > 1 else "")


def _label(
    x: float, y: float, text: str, kind: str, room: float, size: float, *, mono: bool = False
) -> str:
    style = f' class="{kind}"' if kind else ""
    return f'<text x="{x:g}" y="{y:g}"{style}>{_text(fit(text, room, size, mono=mono))}</text>'


def _text(text: str) -> str:
    return escape(legal(printable(text)))
