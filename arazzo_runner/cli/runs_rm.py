"""``arazzo runs rm``: forget runs."""

from __future__ import annotations

import time
from argparse import Namespace

from arazzo_runner.cli.runs_journal import writing
from arazzo_runner.cli.screen import Screen
from arazzo_runner.errors import RunBusy, UsageError
from arazzo_runner.execution.journal import OVER
from arazzo_runner.execution.journal_queries import find_run, list_runs, remove, row_of

__all__ = ["run"]


def run(values: Namespace, screen: Screen) -> int:
    """Forget the runs that the arguments name; the exit code.

    Raises:
        RunBusy: somebody carries it out. JournalError: there is no such run.
    """
    if (values.run is None) == (values.older_than is None):
        raise UsageError("name a run, or --older-than TIME")
    with writing(values) as journal:
        connection = journal.connection
        if values.run is not None:
            row = row_of(connection, find_run(connection, values.run))
            if row.owner is not None:
                raise RunBusy(
                    f"run {row.run_id[:12]} is carried out by process {row.owner.pid}",
                    hint=f"end it first: arazzo runs cancel {row.run_id[:12]}",
                )
            chosen = [row.run_id]
        else:
            before = time.time() - values.older_than
            rows = list_runs(connection, statuses=sorted(OVER))
            chosen = [row.run_id for row in rows if row.updated_at < before]
        remove(connection, chosen)
    screen.err(f"{len(chosen)} run{'' if len(chosen) == 1 else 's'} forgotten\n")
    return 0
