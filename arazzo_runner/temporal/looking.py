"""Looking again and again: waits and the same request, as one activity.

A poll (or a retry of a request that may be repeated) changes nothing of a run but its newest
answer. On Temporal it is one activity that fails until the loop is over, each time with the time
after which it is tried again: ten hours of polling are a dozen events of the run's history.
What happened so far goes from one attempt to the next in the activity's heartbeat.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from arazzo_runner.execution.repeating import current_step, may_repeat
from arazzo_runner.execution.settings import Settings
from arazzo_runner.interpreter import (
    Event,
    SendRequest,
    State,
    Transition,
    Wait,
    advance,
    state_from_json,
    state_to_json,
    without_requests,
)
from arazzo_runner.linking import OperationCall, Program
from arazzo_runner.temporal.events import event_from_json, event_to_json
from arazzo_runner.values import Request

__all__ = ["Folding", "Look", "looks_again"]

_BYTES: Final = 32 * 1024
"""So much JSON text of events is carried along; older rounds become a part of the state."""


def looks_again(program: Program, transition: Transition, settings: Settings) -> bool:
    """Whether a run waits before it sends the same step's request again, which does no harm."""
    state, effect = transition.state, transition.effects[0]
    if not isinstance(effect, Wait):
        return False
    frame = state.frames[-1]
    step = current_step(program, state)
    if frame.suspended is not None or frame.pending is not None:
        return False  # something else is run first
    if not isinstance(step.target, OperationCall):
        return False
    if frame.last_request != frame.position:
        return False
    call = step.target
    request = frame.request or Request(call.operation.method.upper(), call.base_url)
    again = SendRequest(request, call, step.step_id, effect.step_id, frame.attempts)
    return may_repeat(program, state, again, settings) is not None


class Look:
    """A loop of waits and requests so far: the state before, and the events since.

    ``skipped`` events are older and in the state already.
    """

    def __init__(
        self, program: Program, before: State, events: Iterable[Event] = (), skipped: int = 0
    ) -> None:
        self._program = program
        self._before = before
        self._events = list(events)
        self._texts = [json.dumps(event_to_json(event)) for event in self._events]
        self.skipped = skipped
        self.transition = Transition(before, (), ())
        for event in self._events:
            self.transition = advance(program, self.transition.state, event)

    @classmethod
    def from_json(cls, program: Program, data: Mapping[str, Any]) -> Look:
        """The loop that :meth:`to_json` made ``data`` of."""
        events = [event_from_json(event) for event in data["events"]]
        return cls(program, state_from_json(data["before"]), events, data["skipped"])

    def add(self, event: Event) -> None:
        """One more event; the oldest are left behind when they are too many."""
        self.transition = advance(self._program, self.transition.state, event)
        self._events.append(event)
        self._texts.append(json.dumps(event_to_json(event)))
        while len(self._events) > 2 and sum(map(len, self._texts)) > _BYTES:
            for old in self._events[:2]:  # a wait and a request: what is left begins with a wait
                self._before = advance(self._program, self._before, old).state
            del self._events[:2], self._texts[:2]
            self.skipped += 2

    def to_json(self) -> dict[str, Any]:
        """The loop as JSON data."""
        return {
            "before": state_to_json(without_requests(self._before)),
            "skipped": self.skipped,
            "events": [json.loads(text) for text in self._texts],
        }

    def item(self) -> dict[str, Any]:
        """What the log of the run gets of it: the state only where events are left out."""
        data = self.to_json()
        if not self.skipped:
            del data["before"]
        return data


class Folding:
    """A run put together again from the items of its log: one transition per event.

    An item is an event, or a loop of which an unfinished form may have been taken before.
    """

    def __init__(self, program: Program, transition: Transition) -> None:
        self._program = program
        self.transition = transition
        self._seen = 0  # events of a loop that is under way

    def take(self, item: Mapping[str, Any], *, over: bool = True) -> Iterator[Transition]:
        """The transitions of an item; ``over`` says that no more of it comes."""
        if "event" in item:
            events, skipped = [item], 0
        else:
            events, skipped = item["events"], item["skipped"]
        if skipped > self._seen:
            state = state_from_json(item["before"])
            self.transition = Transition(state, (), ())
            self._seen = skipped
        for data in events[self._seen - skipped :]:
            self._seen += 1
            self.transition = advance(self._program, self.transition.state, event_from_json(data))
            yield self.transition
        if over:
            self._seen = 0
