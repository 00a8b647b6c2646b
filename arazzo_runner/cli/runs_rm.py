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
            last = None if row.teardown is None else row_of(connection, row.teardown)
            owner = row.owner or (last and last.owner)
            if owner is not None:
                raise RunBusy(
                    f"run {row.run_id[:12]} is carried out by process {owner.pid}",
                    hint=f"end it first: arazzo runs cancel {row.run_id[:12]}",
                )
            chosen = [row.run_id]
        else:
            before = time.time() - values.older_than
            rows = list_runs(connection, statuses=sorted(OVER))
            over = {row.run_id for row in rows if row.updated_at < before}
            chosen = [
                row.run_id
                for row in rows
                if row.run_id in over and (row.teardown is None or row.teardown in over)
            ]
        remove(connection, chosen)
    screen.err(f"{len(chosen)} run{'' if len(chosen) == 1 else 's'} forgotten\n")
    return 0
