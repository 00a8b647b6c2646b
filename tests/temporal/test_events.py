"""Events and loops of looks as JSON data, and back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from arazzo_runner.errors import Fault, Location
from arazzo_runner.execution import Settings
from arazzo_runner.interpreter import (
    Assumed,
    FailureReason,
    Finish,
    RequestFailed,
    ResponseArrived,
    RunFinished,
    Stop,
    Wait,
    WaitOver,
    advance,
    start,
)
from arazzo_runner.temporal.events import (
    event_from_json,
    event_to_json,
    failure_from_json,
    failure_to_json,
)
from arazzo_runner.temporal.looking import Folding, Look, looks_again
from arazzo_runner.temporal.tasks import end_from_json, end_to_json, pages
from arazzo_runner.values import ABSENT, Hop, Response
from tests.support.machines import program

PLACE = Location("f.yaml", 3, 4, 3, 9, "x: y")
RESPONSE = Response(
    200, (("A", "b"), ("A", "c")), {"$bytes": "no bytes", "n": [1, None, 2.5]}, "application/json",
    17, "odd", "http://x.test/", (Hop("GET", "http://y.test/", 302, (("Set-Cookie", "a"),)),), "r",
)  # fmt: skip
POLL = """
- stepId: look
  operationId: a
  outputs: {n: $response.body#/n}
  onSuccess:
    - {name: done, type: end, criteria: [{condition: $response.body#/n == 0}]}
    - {name: again, type: goto, stepId: look}
"""


@pytest.mark.parametrize(
    "event",
    [
        ResponseArrived(RESPONSE, 1.5),
        ResponseArrived(
            RESPONSE._replace(body=b"\x00\xff", hops=()),
            1.5,
            (Fault("r", "m", PLACE, "h", "error", "/a", (1, 2, "t")), Fault("s", "n")),
        ),
        ResponseArrived(Response(204, body=ABSENT), 0.0),
        RequestFailed("timeout", "too late", 2.0),
        Assumed(None, 3.0),
        Assumed(RESPONSE, 3.0),
        WaitOver(4.0),
        Stop("cancelled", "no more", 5.0, unperformed=True),
    ],
)
def test_events_come_back(event: Any) -> None:
    assert event_from_json(json.loads(json.dumps(event_to_json(event)))) == event


def test_failures_and_ends_come_back() -> None:
    for failure in (None, FailureReason("k", "m"), FailureReason("k", "m", "s", "w", PLACE, "h")):
        assert failure_from_json(json.loads(json.dumps(failure_to_json(failure)))) == failure
        end = RunFinished("w", "failed", {"a": b"b"}, ("x",), failure, None, 1.0, 2.0, ("n",))
        assert end_from_json(json.loads(json.dumps(end_to_json(end)))) == end


def rounds(count: int, size: int = 0) -> list[Any]:
    """Events of a poll that is over after so many looks."""
    events: list[Any] = []
    for index in range(count):
        body = {"n": count - 1 - index, "much": "x" * size}
        events += [WaitOver(index + 0.5), ResponseArrived(Response(200, (), body), index + 1.0)]
    return events


def begun() -> tuple[Any, Any]:
    """A program and its transition that waits before the second look."""
    linked = program(POLL)
    first = start(linked, "main", {}, 0.0)
    return linked, advance(linked, first.state, ResponseArrived(Response(200, (), {"n": 9}), 0.0))


@pytest.mark.parametrize("size", [0, 5_000])
def test_a_loop_is_the_same_however_it_is_carried(size: int) -> None:
    linked, waiting = begun()
    events = rounds(12, size)
    plain = waiting
    records: list[Any] = []
    for event in events:
        plain = advance(linked, plain.state, event)
        records += plain.records
    look = Look(linked, waiting.state)
    for event in events:
        look.add(event)
        data = json.loads(json.dumps({**look.to_json(), "index": 0}))
        assert len(json.dumps(data["events"])) < 40_000
        look = Look.from_json(linked, data)
    assert look.transition.state == plain.state
    assert (look.skipped > 0) == (size > 0)
    item = json.loads(json.dumps(look.item()))
    assert ("before" in item) == (size > 0)
    folded = list(Folding(linked, waiting).take(item))
    assert folded[-1].state == plain.state
    assert isinstance(folded[-1].effects[0], Finish)
    if not size:
        assert [record for each in folded for record in each.records] == records


@pytest.mark.parametrize("size", [0, 5_000])
def test_what_was_seen_is_not_seen_again(size: int) -> None:
    """A loop is looked at while it goes on: transitions come once, those missed are skipped."""
    linked, waiting = begun()
    look, folding = Look(linked, waiting.state), Folding(linked, waiting)
    seen: list[Any] = []
    for number, event in enumerate(rounds(30, size)):
        look.add(event)
        if number in (3, 5, 40):
            seen += folding.take({**look.to_json(), "index": 0}, over=False)
    seen += folding.take(look.item())
    assert seen[-1].state == look.transition.state
    visits = [r.visit for each in seen for r in each.records if type(r).__name__ == "StepFinished"]
    assert visits == sorted(set(visits))
    assert visits[-1] == 31
    if not size:
        assert visits == list(range(2, 32))
    assert not folding._seen, "the next item is another loop"


def test_what_is_a_loop() -> None:
    settings = Settings()
    linked, waiting = begun()
    assert looks_again(linked, waiting, settings)
    assert not looks_again(linked, start(linked, "main", {}, 0.0), settings)

    def retried(step: str, **own: Any) -> bool:
        text = step + "  successCriteria: [{condition: $statusCode == 200}]\n"
        text += "  onFailure: [{name: r, type: retry, retryAfter: 5, retryLimit: 9"
        text += "".join(f", {name}: {value}" for name, value in own.items()) + "}]\n"
        text += "- {stepId: other, operationId: b}\n"
        linked = program(text)
        first = start(linked, "main", {}, 0.0)
        failed = advance(linked, first.state, ResponseArrived(Response(500), 0.0))
        assert isinstance(failed.effects[0], Wait)
        return looks_again(linked, failed, settings)

    get = "- stepId: get\n  operationId: a\n"
    post = "- stepId: post\n  operationId: create\n  requestBody: {payload: {name: x}}\n"
    assert retried(get)
    assert not retried(post), "it may not be sent twice without being asked"
    assert not retried(get, stepId="other"), "another step comes first"


def test_pages_are_bounded() -> None:
    items = [{"event": "WaitOver", "at": 1.0, "much": "x" * 300_000} for _ in range(5)]
    first = pages(items, 0, 1.0, None)
    assert (len(first["items"]), first["count"]) == (1, 5)
    assert pages(items, 5, 1.0, "why")["items"] == []
    assert len(pages([{"much": "x" * 900_000}], 0, 1.0, None)["items"]) == 1, "one at least"
