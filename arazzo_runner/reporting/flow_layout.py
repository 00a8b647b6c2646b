"""Where the parts of a flow's picture stand.

A workflow is a column of cards in the order of execution, read from top to bottom. What an action
says is a row of its card, and where it leads is a line that begins at that row and runs beside the
column, in a lane of its own wherever lines would meet. So nothing ever crosses a text, whatever the
graph is like, and the picture is narrow enough for a phone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.reporting.flow import Flow, FlowAction, FlowStep
from arazzo_runner.reporting.text_width import fit_lines

__all__ = ["HEADER", "MARGIN", "WIDTH", "Card", "Group", "Lane", "Picture", "Row", "lay_out"]

WIDTH: Final = 380
MARGIN: Final = 20
_HEAD: Final = 54
_ROW: Final = 26
_CONDITION: Final = 16
_LINES: Final = 3
_GAP: Final = 30
HEADER: Final = 52
_TITLE: Final = HEADER + _GAP
_LANE: Final = 16
_APART: Final = 44


class Row(NamedTuple):
    """A row of a card: an action, its conditions in ``lines``. ``y`` is its first line's middle."""

    action: FlowAction
    y: float
    lines: tuple[str, ...]


@dataclass(slots=True)
class Card:
    """A step. ``next`` says that an arrow leads to the card (or the end) below."""

    flow: Flow
    step: FlowStep
    y: float
    height: float
    rows: list[Row] = field(default_factory=list)
    next: bool = False


class Group(NamedTuple):
    """A workflow: title, cards, and the mark of its end at ``end``."""

    flow: Flow
    y: float
    end: float
    cards: tuple[Card, ...]


class Lane(NamedTuple):
    """A line beside the column, from ``start`` to ``end`` (heights) at ``x``.

    ``kind`` is goto, retry, needs or runs; ``step_id`` is where it begins, in ``key``.
    """

    kind: str
    on: str
    name: str
    key: str
    step_id: str
    start: float
    end: float
    x: float


class Picture(NamedTuple):
    """All of it, with its size."""

    groups: tuple[Group, ...]
    lanes: tuple[Lane, ...]
    width: float
    height: float


def lay_out(flows: Sequence[Flow]) -> Picture:
    """The picture of the flows, one below the other."""
    groups: list[Group] = []
    y: float = MARGIN
    for flow in flows:
        group = _group(flow, y)
        groups.append(group)
        y = group.end + _APART
    lanes = _assign(list(_lines(groups)))
    right = max((lane.x for lane in lanes), default=MARGIN + WIDTH)
    return Picture(tuple(groups), tuple(lanes), right + MARGIN, y - _APART + MARGIN + 14)


def _group(flow: Flow, top: float) -> Group:
    y = top + _TITLE
    cards: list[Card] = []
    for step in flow.steps:
        card = Card(flow, step, y, _HEAD, next=step.falls_through)
        for action in step.actions:
            lines: tuple[str, ...] = ()
            if action.conditions:
                text = "if " + " and ".join(action.conditions)
                lines = fit_lines(text, WIDTH - 60, 12, _LINES, mono=True)
            card.rows.append(Row(action, y + card.height + 13, lines))
            card.height += _ROW + _CONDITION * len(lines)
        if card.rows:
            card.height += 6
        cards.append(card)
        y += card.height + _GAP
    return Group(flow, top, y + 4, tuple(cards))


def _lines(groups: Sequence[Group]) -> Iterator[Lane]:
    """All lines, their x still to be found."""
    entries = {group.flow.key: group.y + HEADER / 2 for group in groups}
    for group in groups:
        key = group.flow.key
        places = {card.step.step_id: card for card in group.cards}
        taken: dict[str, int] = {}
        for position, card in enumerate(group.cards):
            step = card.step
            for row in card.rows:
                action = row.action
                target = _target(action, card, places, entries, taken)
                if target is not None:
                    yield Lane(
                        action.type, action.on, action.name, key, step.step_id, row.y, target, 0
                    )
            if step.workflow in entries:
                yield Lane(
                    "runs", "", "", key, step.step_id, card.y + 38, entries[step.workflow], 0
                )
            before = group.cards[position - 1].step.step_id if position else None
            for needed in step.waits_for:
                if needed in places and needed != before:
                    start = places[needed].y + 38
                    yield Lane("needs", "", "", key, needed, start, _entry(card, taken), 0)


def _target(
    action: FlowAction,
    card: Card,
    places: dict[str, Card],
    entries: dict[str, float],
    taken: dict[str, int],
) -> float | None:
    """The height at which the action's line ends; None for one that ends the workflow."""
    if action.workflow is not None:
        return entries.get(action.workflow)
    if action.type == "retry" and action.step_id is None:
        return _entry(card, taken)
    target = places.get(action.step_id or "")
    return None if target is None else _entry(target, taken)


def _entry(card: Card, taken: dict[str, int]) -> float:
    """Lines that end at one card end at different heights, as far as there is room."""
    number = taken.get(card.step.step_id, 0)
    taken[card.step.step_id] = number + 1
    return card.y + 12 + 8 * (number % 4)


def _assign(lines: list[Lane]) -> list[Lane]:
    """Give every line the innermost lane that is free where it runs; short lines go first."""
    lanes: list[list[tuple[float, float]]] = []
    result: list[Lane] = []
    for line in sorted(lines, key=lambda line: (abs(line.end - line.start), line.start)):
        low, high = sorted((line.start, line.end))
        number = next(
            (
                n
                for n, used in enumerate(lanes)
                if all(high + 5 < a or b + 5 < low for a, b in used)
            ),
            len(lanes),
        )
        if number == len(lanes):
            lanes.append([])
        lanes[number].append((low, high))
        result.append(line._replace(x=MARGIN + WIDTH + _LANE * (number + 1) + 4))
    return result
