"""A poll as one effect: send, look, wait, send again, until the step leads elsewhere.

A driver may perform each request and wait of a poll by itself (a plain driver does), or hand the
whole poll to a place where it is cheap (a worker of a distributed engine, one row of a journal).
Both come to the same state.
"""

from __future__ import annotations

from collections.abc import Generator

from arazzo_runner.interpreter.machine import Transition, advance
from arazzo_runner.interpreter.messages import Event, Finish, SendRequest, Wait
from arazzo_runner.interpreter.state import State
from arazzo_runner.linking.program import Program
from arazzo_runner.named_tuples import NamedTuple

__all__ = ["PollKey", "Polled", "poll_of", "take_poll"]


class PollKey(NamedTuple):
    """Which poll it is: how deep, of which step, since when (epoch seconds)."""

    depth: int
    position: int
    since: float


class Polled(NamedTuple):
    """A poll that is over: the transition that ended it, and how many requests it took.

    The transition has the records of the last round only.
    """

    transition: Transition
    requests: int


def poll_of(state: State) -> PollKey | None:
    """The poll that a state is in; None outside of one."""
    if not state.frames:
        return None
    poll = state.frames[-1].poll
    if poll is None or poll.position != state.frames[-1].position:
        return None
    return PollKey(len(state.frames), poll.position, poll.since)


def take_poll(
    program: Program, transition: Transition
) -> Generator[SendRequest | Wait, Event, Polled]:
    """Yield the effects of the poll that a transition begins; return what it came to.

    ``transition`` is one whose state is in a poll. Events are sent in as to
    :func:`~.machine.advance`.
    """
    key = poll_of(transition.state)
    requests = 0
    records = transition.records
    while key is not None and poll_of(transition.state) == key:
        effect = transition.effects[0]
        assert not isinstance(effect, Finish)
        requests += isinstance(effect, SendRequest)
        before = records if isinstance(effect, SendRequest) else ()
        event = yield effect
        transition = advance(program, transition.state, event)
        records = (*before, *transition.records)
    return Polled(transition._replace(records=records), requests)
