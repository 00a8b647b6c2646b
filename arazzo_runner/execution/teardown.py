"""The workflow that comes last: it runs whatever a run came to, with what is known by then.

It is a run of its own. In a journal its first entry and the run's last one are one transaction: a
run whose process is killed is either not over yet, or what cleans up after it can be gone on with.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from typing import Any, Protocol

from arazzo_runner.errors import InputError, RunBusy
from arazzo_runner.execution.driver import Conversation
from arazzo_runner.execution.journal import Commit, Committed, Entry, StoredRun
from arazzo_runner.execution.journal_records import kept_result
from arazzo_runner.execution.result import RunResult
from arazzo_runner.execution.resuming import stored_records
from arazzo_runner.interpreter import Record, SendRequest, State, StepFinished, Wait
from arazzo_runner.linking import Program
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import EMPTY, MASK, Value

__all__ = ["Known", "Last", "as_part_of", "to_the_end"]


class Last(NamedTuple):
    """The workflow that comes last."""

    program: Program
    workflow_id: str

    @property
    def key(self) -> str:
        """Its key among the workflows of its program."""
        return self.program.entries[self.workflow_id]

    @property
    def input_names(self) -> Collection[str]:
        """The inputs that it declares."""
        return self.program.workflows[self.key].input_names


class Known:
    """What is known of a run by the names of the last workflow's inputs: the newest value counts.

    First the run's own inputs, then the outputs of its steps, at the end its own outputs.
    """

    def __init__(self, names: Collection[str], inputs: Mapping[str, Value]) -> None:
        self._names = names
        self._values: dict[str, Value] = {}
        self.add(inputs)

    def add(self, values: Mapping[str, Value]) -> None:
        """Know these values."""
        for name, value in values.items():
            if name in self._names:
                self._values[name] = value

    def record(self, record: Record) -> None:
        """Know the outputs of a step that has ended."""
        if type(record) is StepFinished:
            self.add(record.outputs)

    def add_before(self, steps: Iterable[StepFinished], state: State, program: Program) -> None:
        """Know what a run that goes on did before.

        Its records have no secrets: where its state has a step's outputs, those are right.
        """
        exact: dict[tuple[str, str], Mapping[str, Value]] = {}
        for frame in state.frames:
            workflow_id = program.workflows[frame.workflow].workflow_id
            exact |= {(workflow_id, step_id): each for step_id, each in frame.outputs.items()}
        for step in steps:
            whole = exact.get((step.workflow_id, step.step_id), EMPTY)
            kept = {name: whole.get(name, value) for name, value in step.outputs.items()}
            self.add({name: value for name, value in kept.items() if MASK not in str(value)})

    def at_the_end(self, result: RunResult) -> Mapping[str, Value]:
        """All that is known when the run is over."""
        self.add(result.outputs)
        return self._values


class BeginLast(Protocol):
    """Begins the last workflow; ``kept`` says that the journal has the run.

    Raises:
        InputError: what is known is not enough for it.
    """

    def __call__(self, result: RunResult, *, kept: bool) -> Conversation: ...


def to_the_end(
    run: Conversation, begin: BeginLast, rejected: Callable[[InputError], RunResult]
) -> Conversation:
    """A run, then the workflow that comes last, whatever the run came to.

    ``rejected`` is the result of a last workflow that cannot begin.
    """
    end: Entry | None = None
    answer: Any = None
    try:
        while True:
            effect = run.send(answer)
            if isinstance(effect, SendRequest | Wait) or effect.entry.result is None:
                answer = yield effect
            else:  # it goes into the transaction in which the last workflow begins
                end, answer = effect.entry, Committed()
    except StopIteration as stop:
        result: RunResult = stop.value
    try:
        last = begin(result, kept=end is not None)
    except InputError as error:
        if end is not None:
            yield Commit(end)
        return result._replace(teardown=rejected(error))
    ended = yield from (last if end is None else _begun_with(end, last))
    return result if ended is None else result._replace(teardown=ended)


def _begun_with(end: Entry, last: Conversation) -> Generator[Any, Any, RunResult | None]:
    """The last workflow, begun in one transaction with the end of the run.

    While the journal fails, both are as good as not there: it goes on as any run then. None when
    another process has the run now: what comes last is its affair.
    """
    kept, answer = False, None
    try:
        while True:
            effect = last.send(answer)
            if kept or isinstance(effect, SendRequest | Wait):
                answer = yield effect
                continue
            answer = yield Commit(effect.entry._replace(after=end), effect.before)
            if isinstance(answer.error, RunBusy):
                last.close()
                return None
            kept = answer.error is None
    except StopIteration as stop:
        result: RunResult = stop.value
        return result


def as_part_of(stored: StoredRun, last: Conversation) -> Conversation:
    """What comes after a run that is over goes on; the result is that of the run."""
    ended = yield from last
    return kept_result(stored, stored_records(stored.records))._replace(teardown=ended)
