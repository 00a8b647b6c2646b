"""Turns of a simulated run: which answer was given where, and what it led to."""

from __future__ import annotations

from arazzo_runner.interpreter import Record, Transition
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.simulation.choices import Choice, Moment, sent
from arazzo_runner.simulation.echo import Things

__all__ = ["Turn", "made"]


class Turn(NamedTuple):
    """One answer that was given and what it led to; ``above`` is the turn before."""

    choice: Choice | None
    moment: Moment | None
    transition: Transition
    above: Turn | None

    def path(self) -> list[Turn]:
        """All turns from the first one."""
        turns: list[Turn] = []
        turn: Turn | None = self
        while turn is not None:
            turns.append(turn)
            turn = turn.above
        return turns[::-1]

    @property
    def records(self) -> list[Record]:
        """All records from the beginning of the run."""
        return [record for turn in self.path() for record in turn.transition.records]


def made(turn: Turn) -> Things:
    """What the run created and changed so far."""
    things = Things()
    for one in turn.path():
        if one.moment is not None and one.choice is not None and one.choice.answer.status < 300:
            operation = one.moment.call.operation
            if one.choice.answer.lost is None:
                things.learn(operation, sent(one.moment), one.choice.answer.body)
    return things
