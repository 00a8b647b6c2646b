"""``arazzo runs list``: the runs that the journal keeps."""

from __future__ import annotations

import time
from argparse import Namespace

from arazzo_runner.cli.runs_journal import nothing_kept, reading
from arazzo_runner.cli.screen import Screen
from arazzo_runner.errors import did_you_mean
from arazzo_runner.execution.journal_queries import RunRow, list_runs
from arazzo_runner.reporting.kept_runs import run_row_json, run_row_text

__all__ = ["run"]

_WORKFLOWS = "SELECT DISTINCT workflow_id FROM runs ORDER BY workflow_id"


def run(values: Namespace, screen: Screen) -> int:
    """List the runs; the exit code.

    Raises:
        JournalError: there is no journal, or it cannot be read.
    """
    if values.temporal is not None:
        from arazzo_runner.cli import runs_temporal

        return runs_temporal.list_runs(values, screen)
    if nothing_kept(values):
        return _show([], values, screen)
    with reading(values) as connection:
        rows: list[RunRow] = list_runs(
            connection,
            statuses=values.status,
            workflow_id=values.workflow,
            batch=values.batch,
            limit=values.limit,
        )
        workflows = [str(row[0]) for row in connection.execute(_WORKFLOWS)]
    if values.workflow is not None and values.workflow not in workflows:
        near = did_you_mean(values.workflow, workflows)
        screen.err(f"no run was of workflow '{values.workflow}'{f': {near}' if near else ''}\n")
    return _show(rows, values, screen)


def _show(rows: list[RunRow], values: Namespace, screen: Screen) -> int:
    if values.json:
        screen.out_json([run_row_json(row, screen.redactor) for row in rows])
        return 0
    now = time.time()
    for row in rows:
        screen.out(run_row_text(row, now, screen.out_style) + "\n")
    if not rows:
        screen.err("no runs\n")
    return 0
