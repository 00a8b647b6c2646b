"""What people and programs ask a journal; each function takes a connection to its file."""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any, Final

from arazzo_runner.errors import JournalError, RunNotFound, did_you_mean
from arazzo_runner.execution.journal import OVER, KeptDocument, StoredRun
from arazzo_runner.execution.process import Owner, read_owner
from arazzo_runner.named_tuples import NamedTuple

__all__ = [
    "RunRow",
    "batch_documents",
    "cancel",
    "events_after",
    "find_batch",
    "find_run",
    "list_runs",
    "load",
    "owner_of",
    "prune",
    "remove",
    "row_of",
    "rows_of_batch",
]

_AMBIGUOUS: Final = 5


class RunRow(NamedTuple):
    """One run in a list. ``status`` is as of now: a run whose process is gone is ``stopped``, or
    ``uncertain`` when nobody knows whether its last request did its work.
    """

    run_id: str
    workflow_id: str
    name: str
    status: str
    step_id: str | None
    wake_at: float | None
    started_at: float
    updated_at: float
    owner: Owner | None
    batch: str | None
    row: int | None
    requests: int
    result: dict[str, Any] | None
    teardown_of: str | None
    teardown: str | None


_OVER: Final = str(tuple(sorted(OVER)))
_TEARDOWN: Final = (
    "SELECT id FROM runs AS later WHERE later.teardown_of = runs.id "
    "ORDER BY later.started_at DESC, later.id LIMIT 1"
)
_COLUMNS: Final = (
    "id, workflow_id, name, status, step_id, wake_at, started_at, updated_at, "  # noqa: S608
    "owner, lease_until, batch, row, in_doubt, result, "
    "(SELECT coalesce(sum(count), 0) FROM events WHERE run_id = runs.id), "
    f"teardown_of, ({_TEARDOWN})"
)


def find_run(connection: sqlite3.Connection, prefix: str) -> str:
    """The id of the only run that begins so; ``last`` is the newest that cleans up after no other.

    Raises:
        RunNotFound: there is none, or more than one.
    """
    if prefix == "last":
        found = connection.execute(
            "SELECT id FROM runs WHERE teardown_of IS NULL ORDER BY started_at DESC LIMIT 1"
        ).fetchall()
    else:
        escaped = prefix.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        found = connection.execute(
            "SELECT id FROM runs WHERE id LIKE ? ESCAPE '\\' LIMIT ?", (f"{escaped}%", _AMBIGUOUS)
        ).fetchall()
    if not found or not prefix:
        known = connection.execute(
            "SELECT substr(id, 1, ?) FROM runs ORDER BY started_at DESC LIMIT 100",
            (max(len(prefix), 8),),
        )
        near = did_you_mean(prefix, ["last", *(str(row[0]) for row in known)])
        raise RunNotFound(
            f"the journal has no run '{prefix}'", hint=near or "'arazzo runs list' lists the runs"
        )
    if len(found) > 1:
        raise RunNotFound(
            f"several runs begin with '{prefix}'",
            hint=f"write more of it: {', '.join(row[0][:12] for row in found)}",
        )
    return str(found[0][0])


def list_runs(
    connection: sqlite3.Connection,
    *,
    statuses: Sequence[str] = (),
    workflow_id: str | None = None,
    batch: str | None = None,
    limit: int | None = None,
) -> list[RunRow]:
    """The runs, the newest first. ``statuses`` are those of :class:`RunRow`."""
    where: list[str] = ["1"]
    values: list[str] = []
    if workflow_id is not None:
        where.append("workflow_id = ?")
        values.append(workflow_id)
    if batch is not None:
        where.append("batch LIKE ? || '%'")
        values.append(batch)
    query = f"SELECT {_COLUMNS} FROM runs WHERE {' AND '.join(where)} ORDER BY started_at DESC"  # noqa: S608
    rows = map(_row, connection.execute(query, values))
    chosen = [row for row in rows if not statuses or row.status in statuses]
    return chosen[:limit]


def _row(found: Sequence[Any]) -> RunRow:
    (run_id, workflow_id, name, status, step_id, wake_at, started_at, updated_at, owner,
     lease_until, batch, row, in_doubt, result, requests, of, teardown) = found  # fmt: skip
    _check(
        run_id,
        texts=(workflow_id, name, status),
        perhaps_texts=(step_id, owner, batch, result, of, teardown),
        numbers=(started_at, updated_at, requests),
        perhaps_numbers=(wake_at, lease_until, row),
    )
    process = read_owner(owner) if owner else None
    if process is not None and (
        process.is_gone or (not process.is_here and (lease_until or 0) < time.time())
    ):
        process = None
    if process is None and status in ("running", "waiting", "polling", "interrupted"):
        status = "uncertain" if in_doubt else "stopped" if status != "interrupted" else status
    return RunRow(
        run_id, workflow_id, name, status, step_id, wake_at, started_at, updated_at, process,
        batch, row, requests, None if result is None else _object(run_id, result), of, teardown,
    )  # fmt: skip


def _check(
    run_id: str,
    *,
    texts: Sequence[Any],
    perhaps_texts: Sequence[Any],
    numbers: Sequence[Any],
    perhaps_numbers: Sequence[Any] = (),
) -> None:
    """Refuse what only another program can have put there: SQLite keeps anything in any column.

    Raises:
        JournalError: a value is not of its column's kind.
    """
    texts = (run_id, *texts, *(each for each in perhaps_texts if each is not None))
    numbers = (*numbers, *(each for each in perhaps_numbers if each is not None))
    wrong = [each for each in texts if not isinstance(each, str)]
    wrong += [each for each in numbers if not isinstance(each, int | float) or not isfinite(each)]
    if wrong:
        raise _unreadable(run_id, f"{wrong[0]!r:.40} is out of place")


def _object(run_id: str, text: str) -> dict[str, Any]:
    """A JSON object that belongs to a run.

    Raises:
        JournalError: it is none.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _unreadable(run_id, str(error)) from None
    if not isinstance(data, dict):
        raise _unreadable(run_id, f"{text:.40} is no object")
    return data


def _unreadable(run_id: str, why: str) -> JournalError:
    return JournalError(
        f"run {run_id} cannot be read: {why}",
        hint="'sqlite3 FILE' looks into it; deleting the run's row makes the others readable",
    )


def row_of(connection: sqlite3.Connection, run_id: str) -> RunRow:
    """One run of the list.

    Raises:
        RunNotFound: there is none of that id.
    """
    found = connection.execute(f"SELECT {_COLUMNS} FROM runs WHERE id = ?", (run_id,)).fetchone()  # noqa: S608
    if found is None:
        raise RunNotFound(f"the journal has no run '{run_id}'")
    return _row(found)


def load(connection: sqlite3.Connection, run_id: str) -> StoredRun:
    """All that is kept of a run.

    Raises:
        RunNotFound: there is none of that id.
        JournalError: a part of it cannot be read.
    """
    found = connection.execute(
        "SELECT id, workflow_id, uri, name, status, in_doubt, settings, "  # noqa: S608
        "secret_inputs, state, answer, state_version, started_at, updated_at, result, cancel, "
        "teardown_of, "
        f"({_TEARDOWN}) FROM runs WHERE id = ?",
        (run_id,),
    ).fetchone()
    if found is None:
        raise RunNotFound(f"the journal has no run '{run_id}'")
    (_, workflow_id, uri, name, status, in_doubt, settings, secret_inputs, state, answer, version,
     started_at, updated_at, result, cancelled, teardown_of, teardown) = found  # fmt: skip
    documents = connection.execute(
        "SELECT uri, name, text FROM run_documents JOIN documents USING (hash) "
        "WHERE run_id = ? ORDER BY number",
        (run_id,),
    ).fetchall()
    events = list(events_after(connection, run_id, 0))
    uris = [part for document in documents for part in document[:2]]
    _check(
        run_id,
        texts=(workflow_id, uri, name, status, settings, secret_inputs, *uris),
        perhaps_texts=(state, answer, result, teardown_of),
        numbers=(version, started_at, updated_at, in_doubt, cancelled),
    )
    try:
        return StoredRun(
            run_id, workflow_id, uri, name, status, bool(in_doubt), _object(run_id, settings),
            tuple(map(str, json.loads(secret_inputs))),
            tuple(KeptDocument(u, n, zlib.decompress(text)) for u, n, text in documents),
            state, answer, version, started_at, updated_at,
            None if result is None else _object(run_id, result),
            tuple(records for _, _, records in events), events[-1][0] if events else 0,
            bool(cancelled), teardown_of, teardown,
        )  # fmt: skip
    except JournalError:
        raise
    except (ValueError, TypeError, RecursionError, zlib.error) as error:
        raise _unreadable(run_id, str(error)) from None


def events_after(
    connection: sqlite3.Connection, run_id: str, number: int
) -> Iterator[tuple[int, int, str]]:
    """Number, count and records of the events from ``number`` on, without it."""
    find = (
        "SELECT number, count, records FROM events WHERE run_id = ? AND number > ? ORDER BY number"
    )
    for found in connection.execute(find, (run_id, number)):
        _check(run_id, texts=found[2:], perhaps_texts=(), numbers=found[:2])
        yield found


def owner_of(connection: sqlite3.Connection, run_id: str) -> tuple[str, float | None] | None:
    """Who carries a run out and until when that holds; None for nobody.

    Raises:
        RunNotFound: there is none of that id.
    """
    find = "SELECT owner, lease_until FROM runs WHERE id = ?"
    found = connection.execute(find, (run_id,)).fetchone()
    if found is None:
        raise RunNotFound(f"the journal has no run '{run_id}'")
    _check(run_id, texts=(), perhaps_texts=found[:1], numbers=(), perhaps_numbers=found[1:])
    return None if found[0] is None else (found[0], found[1])


def cancel(connection: sqlite3.Connection, run_id: str) -> str:
    """End a run: at once when nobody carries it out, else whoever does is told. The status.

    A run that is over is told by the workflow that cleans up after it: that one is ended. One that
    nobody carries out and that has such a workflow is ended by whoever goes on with it.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        row = row_of(connection, run_id)
        if row.status in OVER and row.teardown is not None:
            row = row_of(connection, row.teardown)
            run_id = row.run_id
        status = row.status
        if row.owner is not None or (status not in OVER and _has_teardown(connection, run_id)):
            connection.execute("UPDATE runs SET cancel = 1 WHERE id = ?", (run_id,))
            status = "cancelling"
        elif status not in OVER:
            connection.execute(
                "UPDATE runs SET status = 'cancelled', owner = NULL, instance = NULL, "
                "updated_at = ?, wake_at = NULL, in_doubt = 0 WHERE id = ?",
                (time.time(), run_id),
            )
            status = "cancelled"
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return status


def _has_teardown(connection: sqlite3.Connection, run_id: str) -> bool:
    find = "SELECT settings FROM runs WHERE id = ?"
    (settings,) = connection.execute(find, (run_id,)).fetchone()
    return _object(run_id, settings).get("teardown") is not None


def remove(connection: sqlite3.Connection, run_ids: Sequence[str]) -> None:
    """Forget runs and the documents that no other run uses."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.executemany("DELETE FROM runs WHERE id = ?", [(each,) for each in run_ids])
        _forget_documents(connection)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def prune(connection: sqlite3.Connection, before: float) -> None:
    """Forget, inside a transaction, runs that were over before a moment, as was their teardown."""
    done = connection.execute(
        f"DELETE FROM runs WHERE updated_at < ?1 AND status IN {_OVER} AND NOT EXISTS "  # noqa: S608
        "(SELECT 1 FROM runs AS later WHERE later.teardown_of = runs.id AND "
        f"(later.updated_at >= ?1 OR later.status NOT IN {_OVER}))",
        (before,),
    )
    if done.rowcount:
        _forget_documents(connection)


def _forget_documents(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM documents WHERE hash NOT IN (SELECT hash FROM run_documents)")


def find_batch(connection: sqlite3.Connection, prefix: str, workflow_id: str) -> str:
    """The id of the only batch of a workflow that begins so; ``last`` is the newest.

    Raises:
        RunNotFound: there is none, or more than one.
    """
    found = connection.execute(
        "SELECT batch, max(started_at) AS newest FROM runs "
        "WHERE batch IS NOT NULL AND workflow_id = ? GROUP BY batch ORDER BY newest DESC",
        (workflow_id,),
    ).fetchall()
    ids = [row[0] for row in found if prefix == "last" or row[0].startswith(prefix)]
    if not ids:
        raise RunNotFound(f"the journal has no batch '{prefix}' of workflow '{workflow_id}'")
    if len(ids) > 1 and prefix != "last":
        raise RunNotFound(
            f"several batches begin with '{prefix}'", hint=f"one of: {', '.join(ids[:_AMBIGUOUS])}"
        )
    return str(ids[0])


def batch_documents(connection: sqlite3.Connection, batch: str) -> list[tuple[str, str]]:
    """URI and hash of the documents that a batch began with, in order."""
    return connection.execute(
        "SELECT uri, hash FROM run_documents WHERE run_id = "
        "(SELECT id FROM runs WHERE batch = ? LIMIT 1) ORDER BY number",
        (batch,),
    ).fetchall()


def rows_of_batch(
    connection: sqlite3.Connection, batch: str
) -> dict[tuple[int, str], tuple[str, str, str | None]]:
    """By row and what it held: run id, status, result as JSON text; of its newest run.

    The status is ``cleaning`` while the workflow that comes last is not over.
    """
    found = connection.execute(
        "SELECT row, row_key, id, CASE WHEN EXISTS (SELECT 1 FROM runs AS later "  # noqa: S608
        f"WHERE later.teardown_of = runs.id AND later.status NOT IN {_OVER}) "
        "THEN 'cleaning' ELSE status END, result FROM runs WHERE batch = ? ORDER BY started_at",
        (batch,),
    )
    return {(row, key): tuple(others) for row, key, *others in found}
