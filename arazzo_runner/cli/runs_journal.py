"""Which journal a command is about, opened for reading or for writing."""

from __future__ import annotations

import sqlite3
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from arazzo_runner.errors import UsageError
from arazzo_runner.execution.journal_file import open_journal, told
from arazzo_runner.execution.journal_place import default_journal
from arazzo_runner.execution.journal_sqlite import SqliteJournal

__all__ = ["journal_path", "nothing_kept", "reading", "writing"]


def journal_path(values: Namespace) -> Path:
    """The file that is named, or the user's own.

    Raises:
        UsageError: there is none.
    """
    path = Path(values.journal) if values.journal else default_journal()
    if path is None:
        raise UsageError("there is no home folder to keep runs in", hint="name a --journal FILE")
    return path


def nothing_kept(values: Namespace) -> bool:
    """Whether no journal is named and the user's own was never needed."""
    return not values.journal and not journal_path(values).exists()


@contextmanager
def reading(values: Namespace) -> Iterator[sqlite3.Connection]:
    """The journal, to be read only.

    Raises:
        JournalError: it cannot be opened or read.
    """
    path = journal_path(values)
    with closing(open_journal(path, read_only=True)) as connection, told(path):
        yield connection


@contextmanager
def writing(values: Namespace) -> Iterator[SqliteJournal]:
    """The journal, which has to be there.

    Raises:
        JournalError: it cannot be opened or written.
    """
    path = journal_path(values)
    open_journal(path, read_only=True).close()  # a new file would hold no run
    with closing(SqliteJournal(path)) as journal, told(path):
        yield journal
