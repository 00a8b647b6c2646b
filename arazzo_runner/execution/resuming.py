"""From what the journal has of a run to the program and the state that it goes on with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from arazzo_runner.errors import ArazzoError, DocumentNotFound, InputError, JournalError, UsageError
from arazzo_runner.execution.journal import OVER, KeptDocument, StoredRun
from arazzo_runner.execution.journal_records import records_from_text
from arazzo_runner.execution.loading import link_document
from arazzo_runner.execution.sealing import open_sealed
from arazzo_runner.execution.settings import Settings
from arazzo_runner.interpreter import (
    STATE_VERSION,
    Record,
    ResponseArrived,
    State,
    StepFinished,
    Transition,
    advance,
    pending,
    state_from_json,
)
from arazzo_runner.interpreter.state import response_from_json
from arazzo_runner.linking import Program
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.reading import Fetched, Loader
from arazzo_runner.values import Value

__all__ = ["Resumed", "link_kept", "program_again", "resumed", "retried", "stored_records"]


_BROKEN: Final = (
    ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, RecursionError,
)  # fmt: skip
"""What comes of a state that something else has changed."""


class Resumed(NamedTuple):
    """A run that goes on: its state with the pending effect, the steps that it went so far, and
    the number of its last event.
    """

    transition: Transition
    steps: tuple[StepFinished, ...]
    number: int


def program_again(stored: StoredRun, settings: Settings, workflow_id: str | None = None) -> Program:
    """The program of a run, of the texts that it began with.

    Raises:
        DocumentError: they cannot be linked with these settings.
    """
    return link_kept(stored.documents, stored.uri, workflow_id or stored.workflow_id, settings)


def link_kept(
    documents: Sequence[KeptDocument], uri: str, workflow_id: str, settings: Settings
) -> Program:
    """A program of texts that were kept, and of no others.

    Raises:
        DocumentError: they cannot be linked with these settings.
    """
    texts = {document.uri: document.text for document in documents}
    names = {document.uri: document.name for document in documents}

    def fetch(uri: str) -> bytes | Fetched:
        try:
            return texts[uri] or Fetched(texts[names[uri]], names[uri])  # it was redirected
        except KeyError:
            raise DocumentNotFound(f"{uri} is not among the documents of the run") from None

    return link_document(Loader(fetch, names=names), uri, workflow_id, settings)


def stored_records(texts: Sequence[str]) -> list[Record]:
    """The records of a run so far; of polls, those of the last round."""
    return [record for text in texts for record in records_from_text(text)]


def resumed(stored: StoredRun, program: Program, secrets: Mapping[str, str], at: float) -> Resumed:
    """Go on where a run was.

    Raises:
        UsageError: it is over. InputError: secret inputs have to be given again.
        JournalError: its state cannot be used.
    """
    if stored.status in OVER:
        raise UsageError(
            f"run {stored.run_id} is over: {stored.status}",
            hint=None
            if stored.status == "completed"
            else f"'arazzo runs retry {stored.run_id}' goes on from the step that failed",
        )
    return _resumed(stored, _pending(stored, program, _state(stored, secrets), at))


def retried(
    stored: StoredRun,
    program: Program,
    secrets: Mapping[str, str],
    change: Callable[[Mapping[str, Value]], Mapping[str, Value]],
    at: float,
) -> Resumed:
    """Go on from the step that failed; ``change`` makes new inputs of the run's own.

    Raises:
        UsageError: the run did not fail. As :func:`resumed`.
    """
    if stored.status not in ("failed", "ended", "cancelled"):
        hint = None
        if stored.status != "completed":
            hint = f"'arazzo runs resume {stored.run_id}' goes on with it"
        raise UsageError(f"run {stored.run_id} did not fail: {stored.status}", hint=hint)
    state = _state(stored, secrets)
    first, *others = (frame.copy() for frame in state.frames)
    first.inputs = dict(change(first.inputs))
    state = state._replace(frames=(first, *others), steps=0, paced=0)
    if stored.answer is not None:
        response = response_from_json(open_sealed(stored.answer, secrets))
        state = _pending(stored, program, state, at).state  # with its request
        transition = advance(program, state, ResponseArrived(response, at))
    else:
        transition = _pending(stored, program, state, at)
    return _resumed(stored, transition)


def _resumed(stored: StoredRun, transition: Transition) -> Resumed:
    records = stored_records(stored.records)
    steps = tuple(record for record in records if type(record) is StepFinished)
    return Resumed(transition, steps, stored.last)


def _state(stored: StoredRun, secrets: Mapping[str, str]) -> State:
    if stored.state_version != STATE_VERSION:
        raise JournalError(
            f"run {stored.run_id} was begun by another version of this program and cannot be gone "
            "on with by this one",
            hint="use the version it was begun with, or run it anew",
        )
    if stored.state is None:
        raise JournalError(f"the journal has no state of run {stored.run_id}")
    try:
        return state_from_json(open_sealed(stored.state, secrets))
    except (InputError, JournalError):
        raise
    except (*_BROKEN, ArazzoError) as error:
        raise _unreadable(stored, error) from None


def _pending(stored: StoredRun, program: Program, state: State, at: float) -> Transition:
    try:
        return pending(program, state, at)
    except _BROKEN as error:
        raise _unreadable(stored, error) from None


def _unreadable(stored: StoredRun, error: Exception) -> JournalError:
    why = f"{type(error).__name__}: {error}"
    return JournalError(f"the state of run {stored.run_id} cannot be read: {why}")
