"""What of a run goes into the journal, and when."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Sequence
from typing import Any, Final, TypeAlias

from arazzo_runner.errors import JournalError, RunBusy
from arazzo_runner.execution.journal import Commit, Committed, Entry, EventRow, NewRun
from arazzo_runner.execution.journal_records import answer_digest, data_of, records_to_text
from arazzo_runner.execution.repeating import may_repeat
from arazzo_runner.execution.sealing import Sealer
from arazzo_runner.execution.settings import Settings
from arazzo_runner.interpreter import (
    Event,
    Finish,
    Noted,
    PollKey,
    Record,
    RequestSent,
    ResponseArrived,
    RunFinished,
    SendRequest,
    Stop,
    Transition,
    Wait,
    WaitOver,
    poll_of,
    state_to_json,
    without_requests,
)
from arazzo_runner.linking import Program
from arazzo_runner.values import Redactor, Response

__all__ = ["Kept", "RunLog"]

_LAG: Final = 1.0
"""Seconds that the journal may be behind a run whose requests may all be sent twice."""

Kept: TypeAlias = Generator[Commit, Committed, Stop | None]
"""Yields commits to perform; returns the stop with which the run ends now, if it does."""


class RunLog:
    """One run's part in the journal.

    ``new_run`` makes what a run begins with; ``after`` (seconds) keeps only a run that waits
    longer, None keeps every one. A journal that fails once it has the run stops the run before the
    next request that may not be sent twice; until then it is tried again. Between requests that may
    be sent twice one transaction a second is enough. ``number`` is the last
    event's when the run goes on. ``anyway`` takes a run that the journal does not have yet as
    one that it has: it goes on as far as it may. ``notes`` are for whoever watches.
    """

    def __init__(
        self,
        run_id: str,
        program: Program,
        settings: Settings,
        *,
        new_run: Callable[[], NewRun],
        sealer: Sealer,
        redactor: Redactor,
        number: int | None = None,
        anyway: bool = False,
    ) -> None:
        self.run_id = run_id
        self._program = program
        self._settings = settings
        self._new_run: Callable[[], NewRun] | None = new_run if number is None else None
        self._sealer = sealer
        self._redactor = redactor
        self._number = number or 0
        self._after = settings.journal_after
        self._off = False
        self._anyway = anyway
        self._began: float | None = None
        self._unsaved: list[EventRow] = []
        self._early: list[Record] = []
        self._carried: tuple[Record, ...] = ()
        self._poll: PollKey | None = None
        self._requests = 0
        self._warned: set[str] = set()
        self._skipped: Transition | None = None  # newer than what is written
        self._doubtful = True
        self._written_at = 0.0
        self.notes: list[Noted] = []
        self._last_step: str | None = None  # whose request was pending

    @property
    def active(self) -> bool:
        """Whether the journal has the run."""
        return self._new_run is None

    def add(self, record: Record) -> None:
        """Keep a record of before the first transition."""
        self._carried = (*self._carried, record)

    # -- one transition ------------------------------------------------------------------------

    def keep(self, event: Event | None, transition: Transition, at: float) -> Kept:
        """Keep what a transition came to before its effect is performed.

        Raises:
            JournalError: the run was to be kept from its beginning, and cannot be.
        """
        if self._off:
            return None
        effect = transition.effects[0]
        if not self.active and not self._is_due(effect, at):
            self._early.extend((*self._carried, *transition.records))
            self._carried = ()
            return None
        if _suspends(event) and not self._settings.teardown:
            if self.active:
                unsent = isinstance(event, Stop) and event.unperformed
                in_doubt = False if unsent else None  # else it stays as it is
                yield Commit(self._interrupted(at, in_doubt))
            return None
        doubtful = isinstance(effect, SendRequest) and not self._may_repeat(transition, effect)
        sends_again = isinstance(event, WaitOver) and isinstance(effect, SendRequest)
        if self.active and sends_again and not doubtful:  # what was kept for the wait leads here
            self._carried = (*self._carried, *transition.records)
            return None
        self._add_row(event, transition, at)
        if self._may_lag(effect, at) and not doubtful:
            self._skipped = transition
            self._last_step = _step_of(transition)
            return None
        entry = self._entry(event, transition, at, doubtful)
        committed = yield Commit(entry, effect if isinstance(effect, SendRequest) else None)
        if committed.error is not None:
            return self._failed(committed.error, doubtful, transition, at)
        self._new_run = None
        self._unsaved.clear()
        self._skipped, self._doubtful, self._written_at = None, doubtful, at
        if committed.cancelled and not isinstance(effect, Finish):
            return Stop("cancelled", "the run was cancelled", at)
        return None

    def _is_due(self, effect: SendRequest | Wait | Finish, at: float) -> bool:
        if self._began is None:
            self._began = at
        if self._after is None:
            return True
        return isinstance(effect, Wait) and at + effect.seconds - self._began > self._after

    def _may_lag(self, effect: object, at: float) -> bool:
        """Whether nothing is lost but a moment: requests that may be sent twice before and now."""
        quiet = self.active and not self._doubtful and isinstance(effect, SendRequest)
        return quiet and 0 <= at - self._written_at < _LAG

    def _interrupted(self, at: float, in_doubt: bool | None) -> Entry:
        """The last entry for now, with what was not worth a transaction of its own."""
        if self._skipped is None:
            return Entry(self.run_id, at, "interrupted", in_doubt=in_doubt, release=True)
        return Entry(
            self.run_id,
            at,
            "interrupted",
            self._newest(),
            _step_of(self._skipped),
            in_doubt=False,
            events=tuple(self._unsaved),
            release=True,
        )

    def _newest(self) -> str | None:
        """The state that is newer than what is written, if there is one."""
        if self._skipped is None:
            return None
        return self._sealer.text(state_to_json(without_requests(self._skipped.state)))

    def _may_repeat(self, transition: Transition, effect: SendRequest) -> bool:
        return may_repeat(self._program, transition.state, effect, self._settings) is not None

    def _failed(
        self, error: JournalError, doubtful: bool, transition: Transition, at: float
    ) -> Stop | None:
        if not self.active and not self._anyway:
            if self._after is None:
                raise error
            self._off = True
            self._warn(error, at, "the run is not kept")
            return None
        hint = f" ({error.hint})" if error.hint else ""
        if isinstance(transition.effects[0], Finish):
            self._warn(error, at, "the end of the run is not kept")
            return None
        self._skipped = transition
        if doubtful or isinstance(error, RunBusy):
            return Stop("journal", error.message + hint, at, unperformed=True)
        self._warn(error, at, "the run goes on")
        return None

    def _warn(self, error: JournalError, at: float, what: str) -> None:
        """Say, each thing once, that the journal fails while the run goes on."""
        if what not in self._warned:
            self._warned.add(what)
            self.notes.append(Noted("journal", f"{error.message}; {what}", None, None, at))

    # -- rows ------------------------------------------------------------------------------------

    def _add_row(self, event: Event | None, transition: Transition, at: float) -> None:
        """A row for the transition; of a poll, one row for all of its rounds."""
        if self._early:
            early, self._early = self._early, []
            self._append("Started", _step_of(transition), None, early, early[0].at)
            self._poll = None
        records = (*self._carried, *transition.records)
        self._carried = ()
        poll = poll_of(transition.state)
        repeats = 0
        if poll is not None and poll == self._poll and self._number:
            repeats = self._requests
            self._number -= 1
            if self._unsaved and self._unsaved[-1].number > self._number:
                self._unsaved.pop()
        self._poll = poll
        kind = "Started" if event is None else type(event).__name__
        self._append(kind, _step_of(transition), poll, records, at, repeats)

    def _append(
        self,
        kind: str,
        step_id: str | None,
        poll: PollKey | None,
        records: Sequence[Record],
        at: float,
        repeats: int = 0,
    ) -> None:
        self._number += 1
        self._requests = repeats + sum(type(record) is RequestSent for record in records)
        digest = None if poll is None else answer_digest(records)
        text = records_to_text(records, self._redactor)
        self._unsaved.append(
            EventRow(self._number, at, kind, step_id, self._requests, digest, text)
        )

    def _entry(
        self, event: Event | None, transition: Transition, at: float, doubtful: bool
    ) -> Entry:
        effect = transition.effects[0]
        began = None if self._new_run is None else self._new_run()
        events = tuple(self._unsaved)
        if isinstance(effect, Finish):
            return self._end(event, transition, at, began, events)
        state = self._sealer.text(state_to_json(without_requests(transition.state)))
        status, wake_at = "running", None
        if isinstance(effect, Wait):
            status = "polling" if effect.reason in ("poll", "throttled") else "waiting"
            wake_at = at + effect.seconds
        self._last_step = effect.step_id
        return Entry(
            self.run_id, at, status, state, effect.step_id, wake_at, doubtful, events, began=began
        )

    def _end(
        self,
        event: Event | None,
        transition: Transition,
        at: float,
        began: NewRun | None,
        events: tuple[EventRow, ...],
    ) -> Entry:
        """The last entry: the newest state stays, for a retry, and what the run came to."""
        end = transition.records[-1]
        assert type(end) is RunFinished
        status = end.status
        if isinstance(event, Stop) and event.kind == "cancelled":
            status = "cancelled"
        answer = None
        if status != "completed" and isinstance(event, ResponseArrived):
            failed = None if end.failure is None else end.failure.step_id
            if failed != self._last_step:  # what failed is a step that was never sent
                answer = self._sealer.text(_response_data(event.response))
        result = {
            "status": status,
            "outputs": data_of(end.outputs, self._redactor),
            "missing_outputs": list(end.missing_outputs),
            "error": data_of(end.failure, self._redactor),
            "transferred_to": end.transferred_to,
            "duration_ms": (end.at - end.started_at) * 1000,
        }
        state = None if status == "completed" else self._newest()
        return Entry(
            self.run_id, at, status, state, _step_of(transition), events=events,
            result=json.dumps(result, ensure_ascii=False), answer=answer, release=True, began=began,
        )  # fmt: skip


def _suspends(event: Event | None) -> bool:
    """Whether the run can go on later: it was interrupted, or the journal failed."""
    return isinstance(event, Stop) and event.kind in ("interrupted", "journal")


def _step_of(transition: Transition) -> str | None:
    effect = transition.effects[0]
    if not isinstance(effect, Finish):
        return effect.step_id
    end = transition.records[-1]
    failure = end.failure if type(end) is RunFinished else None
    return None if failure is None else failure.step_id


def _response_data(response: Response) -> Any:
    from arazzo_runner.interpreter.state import value_to_json

    return value_to_json(response._replace(hops=())._asdict())
