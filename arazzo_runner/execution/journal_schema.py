"""The journal's file: what it is known by, its tables, and how older ones become newer ones."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

__all__ = ["APPLICATION_ID", "VERSION", "migrate"]

APPLICATION_ID: Final = 0x41727A6F  # "Arzo": SQLite keeps it in the file's header

MIGRATIONS: Final[Sequence[str]] = (
    """
    CREATE TABLE documents (
        hash TEXT PRIMARY KEY,  -- SHA-256 of the text
        text BLOB NOT NULL      -- zlib
    ) WITHOUT ROWID;
    CREATE TABLE runs (
        id TEXT PRIMARY KEY,
        workflow_id TEXT NOT NULL,
        uri TEXT NOT NULL,             -- of the Arazzo document
        name TEXT NOT NULL,            -- the same for people
        status TEXT NOT NULL,
        step_id TEXT,
        wake_at REAL,                  -- times are seconds since the epoch
        in_doubt INTEGER NOT NULL DEFAULT 0,
        started_at REAL NOT NULL,
        updated_at REAL NOT NULL,
        state TEXT,                    -- JSON
        answer TEXT,                   -- JSON
        state_version INTEGER NOT NULL,
        settings TEXT NOT NULL,        -- JSON
        secret_inputs TEXT NOT NULL,   -- JSON, names only
        result TEXT,                   -- JSON
        cancel INTEGER NOT NULL DEFAULT 0,
        owner TEXT,                    -- host, process id and its start
        instance TEXT,                 -- which journal object of that process
        lease_until REAL,
        batch TEXT,
        row INTEGER,
        row_key TEXT
    ) WITHOUT ROWID;
    CREATE INDEX runs_by_time ON runs (started_at);
    CREATE INDEX runs_by_batch ON runs (batch, row) WHERE batch IS NOT NULL;
    CREATE TABLE run_documents (
        run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        uri TEXT NOT NULL,
        name TEXT NOT NULL,
        hash TEXT NOT NULL REFERENCES documents (hash),
        PRIMARY KEY (run_id, number)
    ) WITHOUT ROWID;
    CREATE INDEX run_documents_by_hash ON run_documents (hash);
    CREATE TABLE events (
        run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        at REAL NOT NULL,
        kind TEXT NOT NULL,
        step_id TEXT,
        count INTEGER NOT NULL,        -- requests of a poll, which is one row
        digest TEXT,                   -- of the poll's last answer
        records TEXT NOT NULL,         -- JSON
        PRIMARY KEY (run_id, number)
    ) WITHOUT ROWID;
    """,
    """
    ALTER TABLE runs ADD COLUMN teardown_of TEXT  -- the run after which this one cleans up
        REFERENCES runs (id) ON DELETE CASCADE;
    CREATE INDEX runs_by_teardown ON runs (teardown_of) WHERE teardown_of IS NOT NULL;
    """,
)
"""From nothing to version 1, from version 1 to 2, and so on. A step is never changed afterwards."""

VERSION: Final = len(MIGRATIONS)


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Bring a journal from ``version`` to the newest one, in one transaction.

    Raises:
        sqlite3.Error: it stays as it was.
    """
    steps = "".join(MIGRATIONS[version:])
    connection.executescript(
        f"BEGIN IMMEDIATE; {steps} PRAGMA application_id = {APPLICATION_ID}; "
        f"PRAGMA user_version = {VERSION}; COMMIT;"
    )
