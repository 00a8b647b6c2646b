"""Opening the journal's file; what SQLite says, said so that one knows what to do."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from arazzo_runner.errors import ArazzoError, JournalError
from arazzo_runner.execution.journal_schema import APPLICATION_ID, VERSION, migrate

__all__ = ["open_journal", "told"]

_PATIENCE: Final = 15.0  # seconds that one process waits for another one's transaction
_CHECKED: Final = 4 * 2**20  # a file up to this size is looked through when it is opened
_HEADER: Final = b"SQLite format 3\0"


def open_journal(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection to the journal, which is made when it is not there; only its owner can read it.

    Raises:
        JournalError: it cannot be opened, is something else, is damaged, or is of a newer version.
    """
    with told(path):
        if read_only:
            if not path.is_file():
                raise JournalError(
                    f"there is no journal '{path}'",
                    hint="runs that wait long are kept, and those run with --journal FILE",
                )
            _check_header(path)
            connection, version = _connect_to_read(path)
            if version == VERSION:
                return connection
            connection.close()
            open_journal(path).close()  # an older one becomes a newer one
            return _connect_to_read(path)[0]
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        _check_header(path)
        connection = _connect(str(path))
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
        return connection


def _connect(database: str, *, uri: bool = False) -> sqlite3.Connection:
    return sqlite3.connect(
        database, timeout=_PATIENCE, isolation_level=None, check_same_thread=False, uri=uri
    )


def _connect_to_read(path: Path) -> tuple[sqlite3.Connection, int]:
    """A read-only connection, also where no file can be made beside the journal; its version."""
    name = path.absolute().as_uri()
    connection = _connect(f"{name}?mode=ro", uri=True)
    try:
        version = _check(connection, path)
    except sqlite3.OperationalError:
        connection.close()
        if path.with_name(path.name + "-wal").exists():
            raise
        connection = _connect(f"{name}?immutable=1", uri=True)
        version = _check(connection, path)
    return connection, version


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    version = _check(connection, path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    if version == VERSION:
        connection.execute("BEGIN IMMEDIATE")  # whether it can be written shows now
        connection.execute("ROLLBACK")
        return
    try:
        migrate(connection, version)
    except sqlite3.Error:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        if _check(connection, path) != VERSION:  # or another process was quicker
            raise


def _check(connection: sqlite3.Connection, path: Path) -> int:
    """The version of the journal, 0 for an empty file."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if application or version or tables:
            raise JournalError(
                f"'{path}' is a database of another program, not a journal of runs",
                hint="name another file with --journal",
            )
        return 0
    if version > VERSION:
        raise JournalError(
            f"the journal '{path}' was written by a newer version of this program "
            f"(its format is {version}, this one knows {VERSION})",
            hint="update this program, or name another file with --journal",
        )
    if path.stat().st_size <= _CHECKED:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise _damaged(path, str(verdict))
    return int(version)


def _check_header(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(len(_HEADER))
    if start not in (b"", _HEADER):
        raise JournalError(
            f"'{path}' is not a journal of runs", hint="name another file with --journal"
        )


def _damaged(path: Path, detail: str) -> JournalError:
    return JournalError(
        f"the journal '{path}' is damaged: {' '.join(detail.split())}",
        hint="move it away; 'sqlite3 FILE .recover' gets out what can be read",
    )


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Errors of SQLite and of the file system as a JournalError that says what to do.

    Raises:
        JournalError: always, for what went wrong inside.
    """
    try:
        yield
    except ArazzoError:
        raise
    except sqlite3.Error as error:
        raise _explain(path, error) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise JournalError(
            f"the journal '{path}' cannot be opened: {reason}",
            hint="name another file with --journal, or run without one: --no-journal",
        ) from None


def _explain(path: Path, error: sqlite3.Error) -> JournalError:
    text = str(error)
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return _damaged(path, text)
    what, hint = {
        sqlite3.SQLITE_FULL: ("cannot be written: the disk is full", "make room"),
        sqlite3.SQLITE_IOERR: (f"cannot be written: {text}", "is the disk full or gone?"),
        sqlite3.SQLITE_READONLY: (
            "cannot be written: it is read-only",
            "name another file with --journal",
        ),
        sqlite3.SQLITE_CANTOPEN: (
            "cannot be opened",
            "may its folder be written? name another file with --journal",
        ),
        sqlite3.SQLITE_BUSY: (
            f"was locked by another process for {_PATIENCE:g} s",
            "which program has it open?",
        ),
    }.get(code, (f"cannot be used: {text}", "name another file with --journal"))
    return JournalError(f"the journal '{path}' {what}", hint=hint)
