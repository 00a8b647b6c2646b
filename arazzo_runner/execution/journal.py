"""What a journal is: it keeps runs so that they survive the process that carries them out.

The driver of a run hands over an :class:`Entry` before each request that may not be sent twice and
after each answer: what happened, and the newest state with the effect it waits for. One entry is
one transaction. A run is gone on with from its newest state alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from arazzo_runner.errors import JournalError
from arazzo_runner.interpreter import SendRequest
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.reading import Document
from arazzo_runner.values import Json

__all__ = [
    "OVER",
    "Commit",
    "Committed",
    "Entry",
    "EventRow",
    "Journal",
    "KeptDocument",
    "NewRun",
    "StoredRun",
]

OVER = frozenset({"completed", "ended", "failed", "cancelled"})
"""The statuses of runs that are over."""


class NewRun(NamedTuple):
    """What a run is from its first moment on.

    ``uri`` is the entry document's, ``documents`` everything that was read for it. ``settings`` are
    those of its settings that are no secrets. ``secret_inputs`` names the inputs whose values are
    not kept. ``batch`` and ``row`` say which row of which batch it is, ``row_key`` what the row
    held. ``started_at`` is seconds since the epoch. ``teardown_of`` is the run after which this one
    cleans up.
    """

    workflow_id: str
    uri: str
    name: str
    documents: tuple[Document, ...]
    settings: Mapping[str, Json]
    secret_inputs: tuple[str, ...]
    started_at: float
    state_version: int
    batch: str | None = None
    row: int | None = None
    row_key: str | None = None
    teardown_of: str | None = None


class EventRow(NamedTuple):
    """What happened between two effects; all of a poll is one row, of its last round.

    ``number`` counts from 1 and is the same for every round of a poll, whose requests are counted
    in ``requests``; ``digest`` is the last answer's. ``records`` is JSON text.
    """

    number: int
    at: float
    kind: str
    step_id: str | None
    requests: int
    digest: str | None
    records: str


class Entry(NamedTuple):
    """One transaction of a run.

    ``state`` is JSON text, None when it stays as it is. ``status`` is running, waiting, polling,
    interrupted, uncertain, or one of :data:`OVER`. ``wake_at`` is when a wait is over.
    ``in_doubt`` says that the pending request may not be sent twice, None that this stays as it is.
    ``result`` is JSON text of how the run ended. ``answer`` is the answer that the last transition
    of a failed run began with. ``release`` gives the run back: nobody carries it out any more.
    ``after`` is the last entry of the run after which this one cleans up: both are durable, or none
    is.
    """

    run_id: str
    at: float
    status: str
    state: str | None = None
    step_id: str | None = None
    wake_at: float | None = None
    in_doubt: bool | None = False
    events: tuple[EventRow, ...] = ()
    result: str | None = None
    answer: str | None = None
    release: bool = False
    began: NewRun | None = None
    after: Entry | None = None


class Commit(NamedTuple):
    """An effect: make this entry durable, then report :class:`Committed`.

    ``before`` is the request that comes next.
    """

    entry: Entry
    before: SendRequest | None = None


class Committed(NamedTuple):
    """``error`` says why the entry is not durable, ``cancelled`` that the run shall end."""

    cancelled: bool = False
    error: JournalError | None = None


class KeptDocument(NamedTuple):
    """A document as it was when its run began."""

    uri: str
    name: str
    text: bytes


class StoredRun(NamedTuple):
    """A run as the journal has it. ``records`` are JSON texts, ``last`` is the last number.

    ``cancel`` says that somebody wants it cancelled, ``teardown_of`` is the run after which it
    cleans up, and ``teardown`` the newest one that cleans up after it.
    """

    run_id: str
    workflow_id: str
    uri: str
    name: str
    status: str
    in_doubt: bool
    settings: Mapping[str, Json]
    secret_inputs: tuple[str, ...]
    documents: tuple[KeptDocument, ...]
    state: str | None
    answer: str | None
    state_version: int
    started_at: float
    updated_at: float
    result: Mapping[str, Json] | None
    records: tuple[str, ...]
    last: int
    cancel: bool = False
    teardown_of: str | None = None
    teardown: str | None = None


class Journal(Protocol):
    """Keeps runs. Whoever commits to a run has claimed it, by its first entry or by ``claim``."""

    def commit(self, entry: Entry) -> bool:
        """Make an entry durable; True when somebody asked for the run to be cancelled.

        Raises:
            JournalError: it is not durable. RunBusy: another process has the run now.
        """
        ...

    async def commit_async(self, entry: Entry) -> bool:
        """As :meth:`commit`, together with entries of other runs."""
        ...

    def load(self, run_id: str) -> StoredRun:
        """A run.

        Raises:
            RunNotFound: there is none of that id.
        """
        ...

    def claim(self, run_id: str) -> None:
        """Take a run that nobody carries out.

        Raises:
            RunBusy: somebody does.
        """
        ...

    def beat(self) -> Iterable[str]:
        """Say that this process is alive; the ids of its runs that somebody wants cancelled."""
        ...

    def release(self, run_id: str) -> None:
        """Give a claimed run back as it is."""
        ...

    def close(self) -> None:
        """Give every run back."""
        ...
