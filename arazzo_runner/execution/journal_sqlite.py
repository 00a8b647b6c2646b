"""The journal in one SQLite file, in the mode where readers and a writer do not wait (WAL).

A commit is on the disk when it returns. In an event loop the entries of all runs that come in
while one transaction is written go into the next one together.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
import zlib
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from arazzo_runner.errors import ArazzoError, JournalError, RunBusy
from arazzo_runner.execution import journal_queries as queries
from arazzo_runner.execution.journal import Entry, NewRun, StoredRun
from arazzo_runner.execution.journal_file import open_journal, told
from arazzo_runner.execution.process import read_owner, this_process
from arazzo_runner.reading import Document

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

__all__ = ["LEASE", "SqliteJournal"]

LEASE: Final = 120.0
"""Seconds after which a run of a process on another machine that says nothing is free."""

KEPT_DAYS: Final = 30.0
"""Runs that are over are forgotten after so many days."""

_INSERT_RUN: Final = """
INSERT INTO runs (id, workflow_id, uri, name, status, step_id, wake_at, in_doubt, started_at,
    updated_at, state, answer, state_version, settings, secret_inputs, result, owner, instance,
    lease_until, batch, row, row_key, teardown_of)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_UPDATE_RUN: Final = """
UPDATE runs SET status = ?1, step_id = coalesce(?2, step_id), wake_at = ?3,
    in_doubt = coalesce(?4, in_doubt), updated_at = ?5,
    state = CASE ?1 WHEN 'completed' THEN NULL ELSE coalesce(?6, state) END,
    answer = ?7, result = ?8, owner = ?9, instance = ?10, lease_until = ?11,
    cancel = CASE WHEN ?8 IS NULL THEN cancel ELSE 0 END
WHERE id = ?12 AND instance = ?13 RETURNING cancel
"""
_PUT_EVENT: Final = """
INSERT INTO events (run_id, number, at, kind, step_id, count, digest, records)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (run_id, number) DO UPDATE SET at = excluded.at, kind = excluded.kind,
    step_id = excluded.step_id, count = excluded.count, digest = excluded.digest,
    records = excluded.records
"""

_Outcome = bool | ArazzoError


class SqliteJournal:
    """A journal in a file. Safe to use from several threads; several processes may share the file.

    Args:
        path: the file; it is made when it is not there.
        kept_days: after how many days a run that is over is forgotten; None for never.

    Raises:
        JournalError: the file cannot be used.
    """

    def __init__(self, path: str | Path, *, kept_days: float | None = KEPT_DAYS) -> None:
        self.path = Path(path)
        self._kept_days = kept_days
        self._connection = open_journal(self.path)
        self._lock = threading.RLock()
        self._owner = str(this_process())
        self._instance = secrets.token_hex(8)
        self._hashes: dict[Document, str] = {}
        self._queue: list[tuple[Entry, asyncio.Future[_Outcome]]] = []
        self._writer: asyncio.Task[None] | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._pruned = False

    # -- writing -------------------------------------------------------------------------------

    def commit(self, entry: Entry) -> bool:
        """As :meth:`Journal.commit`."""
        (outcome,) = self._write([entry])
        if isinstance(outcome, ArazzoError):
            raise outcome
        return outcome

    async def commit_async(self, entry: Entry) -> bool:
        """As :meth:`Journal.commit_async`."""
        import asyncio

        loop = asyncio.get_running_loop()
        future: asyncio.Future[_Outcome] = loop.create_future()
        self._queue.append((entry, future))
        if self._writer is None or self._writer.done():
            self._writer = loop.create_task(self._write_queue())
        outcome = await future
        if isinstance(outcome, ArazzoError):
            raise outcome
        return outcome

    async def _write_queue(self) -> None:
        """Write what is queued until nothing is, one transaction after the other."""
        import asyncio
        from concurrent.futures import ThreadPoolExecutor

        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        loop = asyncio.get_running_loop()
        await asyncio.sleep(0)  # whoever is ready at this moment takes part
        while self._queue:
            batch, self._queue = self._queue, []
            entries = [entry for entry, _ in batch]
            outcomes = await loop.run_in_executor(self._thread, self._write, entries)
            for (_, future), outcome in zip(batch, outcomes, strict=True):
                if not future.done():
                    future.set_result(outcome)

    def _write(self, entries: Sequence[Entry]) -> list[_Outcome]:
        """One transaction; what each entry came to. Without the disk, none of them counts."""
        try:
            with self._lock, told(self.path):
                self._begin()
                try:
                    outcomes = [self._put(entry) for entry in entries]
                    self._connection.execute("COMMIT")
                except BaseException:
                    with suppress(sqlite3.Error):
                        self._connection.execute("ROLLBACK")
                    raise
                return outcomes
        except JournalError as error:
            return [error] * len(entries)

    def _begin(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def _put(self, entry: Entry) -> _Outcome:
        if entry.began is not None and not self._pruned and self._kept_days is not None:
            self._pruned = True
            queries.prune(self._connection, time.time() - self._kept_days * 86400)
        if entry.after is not None and isinstance(refused := self._put(entry.after), ArazzoError):
            return refused
        run = self._connection.execute
        owner = (None, None, None) if entry.release else self._lease()
        if entry.began is not None:
            self._put_run(entry, entry.began, owner)
            cancelled = False
        else:
            found = run(
                _UPDATE_RUN,
                (entry.status, entry.step_id, entry.wake_at, entry.in_doubt, entry.at, entry.state,
                 entry.answer, entry.result, *owner, entry.run_id, self._instance),
            ).fetchone()  # fmt: skip
            if found is None:
                return RunBusy(
                    f"run {entry.run_id} is not carried out here any more: another process took "
                    "it, or it was removed",
                    hint=f"see 'arazzo runs show {entry.run_id}'",
                )
            cancelled = bool(found[0])
        if entry.events:
            self._connection.executemany(
                _PUT_EVENT, [(entry.run_id, *event) for event in entry.events]
            )
        return cancelled

    def _lease(self) -> tuple[str, str, float]:
        return self._owner, self._instance, time.time() + LEASE

    def _put_run(
        self,
        entry: Entry,
        new: NewRun,
        owner: tuple[str, str, float] | tuple[None, None, None],
    ) -> None:
        run = self._connection.execute
        run(
            _INSERT_RUN,
            (entry.run_id, new.workflow_id, new.uri, new.name, entry.status, entry.step_id,
             entry.wake_at, entry.in_doubt, new.started_at, entry.at, entry.state, entry.answer,
             new.state_version, json.dumps(new.settings), json.dumps(new.secret_inputs),
             entry.result, *owner, new.batch, new.row, new.row_key, new.teardown_of),
        )  # fmt: skip
        rows = [
            (entry.run_id, number, document.uri, document.name, self._put_document(document))
            for number, document in enumerate(new.documents)
        ]
        self._connection.executemany("INSERT INTO run_documents VALUES (?, ?, ?, ?, ?)", rows)

    def _put_document(self, document: Document) -> str:
        """Keep a text once, whoever uses it; its hash."""
        key = self._hash(document)
        find = "SELECT 1 FROM documents WHERE hash = ?"
        if self._connection.execute(find, (key,)).fetchone() is None:
            self._connection.execute(
                "INSERT INTO documents VALUES (?, ?)", (key, zlib.compress(document.text, 1))
            )
        return key

    def _hash(self, document: Document) -> str:
        key = self._hashes.get(document)
        if key is None:
            key = self._hashes[document] = sha256(document.text).hexdigest()
        return key

    def hashes(self, documents: Sequence[Document]) -> list[tuple[str, str]]:
        """URI and hash of documents, as :func:`journal_queries.batch_documents` has them."""
        return [(document.uri, self._hash(document)) for document in documents]

    # -- whose run it is -----------------------------------------------------------------------

    def claim(self, run_id: str) -> None:
        """As :meth:`Journal.claim`."""
        with self._lock, told(self.path):
            self._begin()
            try:
                found = queries.owner_of(self._connection, run_id)
                if found is not None and not _is_free(*found):
                    owner = read_owner(found[0])
                    where = "" if owner.is_here else f" on {owner.host}"
                    raise RunBusy(
                        f"run {run_id} is carried out by process {owner.pid}{where}",
                        hint=f"'arazzo runs show {run_id} -f' follows it, 'arazzo runs cancel "
                        f"{run_id}' ends it",
                    )
                self._connection.execute(
                    "UPDATE runs SET owner = ?, instance = ?, lease_until = ? WHERE id = ?",
                    (*self._lease(), run_id),
                )
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise

    def beat(self) -> list[str]:
        """As :meth:`Journal.beat`. That it cannot be said now is no error."""
        try:
            with self._lock, told(self.path):
                self._connection.execute(
                    "UPDATE runs SET lease_until = ? WHERE instance = ?",
                    (time.time() + LEASE, self._instance),
                )
                find = "SELECT id FROM runs WHERE instance = ? AND cancel"
                return [row[0] for row in self._connection.execute(find, (self._instance,))]
        except JournalError:
            return []

    def release(self, run_id: str) -> None:
        """As :meth:`Journal.release`."""
        self._free(run_id)

    def _free(self, run_id: str | None) -> None:
        """Give back one run of ours, or all of them."""
        with suppress(JournalError), self._lock, told(self.path):
            self._connection.execute(
                "UPDATE runs SET owner = NULL, instance = NULL, lease_until = NULL "
                "WHERE instance = ?1 AND id = coalesce(?2, id)",
                (self._instance, run_id),
            )

    def close(self) -> None:
        """Give every run back and close the file."""
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None
        self._free(None)
        with self._lock, suppress(sqlite3.Error):
            self._connection.close()

    # -- reading -------------------------------------------------------------------------------

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection, for :mod:`journal_queries`."""
        return self._connection

    def load(self, run_id: str) -> StoredRun:
        """As :meth:`Journal.load`."""
        with self._lock, told(self.path):
            return queries.load(self._connection, run_id)


def _is_free(owner: str, lease_until: float | None) -> bool:
    """Whether a run may be taken from its owner: it is gone, or far away and silent."""
    process = read_owner(owner)
    if process.is_gone:
        return True
    return not process.is_here and (lease_until or 0) < time.time()
