"""``arazzo runs cancel``: end a run, also one of another process."""

from __future__ import annotations

from argparse import Namespace

from arazzo_runner.cli.resuming import resume_command
from arazzo_runner.cli.runs_journal import writing
from arazzo_runner.cli.screen import Screen
from arazzo_runner.errors import UsageError
from arazzo_runner.execution.journal_queries import cancel, find_run, row_of

__all__ = ["run"]


def run(values: Namespace, screen: Screen) -> int:
    """Cancel the run that is named; the exit code.

    Raises:
        UsageError: it is over. JournalError: there is no such run.
    """
    if values.temporal is not None:
        from arazzo_runner.cli import runs_temporal

        return runs_temporal.cancel_run(values, screen)
    with writing(values) as journal:
        connection = journal.connection
        run_id = find_run(connection, values.run)
        status = cancel(connection, run_id)
        row = row_of(connection, run_id)
        last = None if row.teardown is None else row_of(connection, row.teardown)
        owner = row.owner or (last and last.owner)
    if status == "cancelled":
        screen.err(f"run {run_id[:12]} is cancelled\n")
    elif owner is not None:
        screen.err(f"run {run_id[:12]} is cancelled by process {owner.pid} shortly\n")
    elif status == "cancelling":
        screen.err(
            f"run {run_id[:12]} ends when the workflow that comes last has run: "
            f"{resume_command(run_id, values)}\n"
        )
    else:
        raise UsageError(f"run {run_id[:12]} is over: {status}")
    return 0
