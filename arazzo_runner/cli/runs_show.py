"""``arazzo runs show``: a kept run as it was seen while it ran."""

from __future__ import annotations

import sqlite3
import time
from argparse import Namespace

from arazzo_runner.cli.resuming import resume_command
from arazzo_runner.cli.runs_journal import reading
from arazzo_runner.cli.screen import Screen
from arazzo_runner.execution.journal import OVER
from arazzo_runner.execution.journal_queries import RunRow, events_after, find_run, row_of
from arazzo_runner.execution.journal_records import kept_result, records_from_text
from arazzo_runner.interpreter.records import Record
from arazzo_runner.reporting.console import NORMAL, VERBOSE, Console
from arazzo_runner.reporting.diagnostics import Diagnostic
from arazzo_runner.reporting.failure import describe_failure
from arazzo_runner.reporting.kept_runs import kept_run_json, status_text
from arazzo_runner.reporting.outputs import outputs_text
from arazzo_runner.values import Json

__all__ = ["run"]

_LOOK = 0.5  # seconds between two looks at a run that goes on


def run(values: Namespace, screen: Screen) -> int:
    """Show a run; the exit code is 0 when it could be shown.

    Raises:
        JournalError: there is no such run, or the journal cannot be read.
    """
    if values.temporal is not None:
        from arazzo_runner.cli import runs_temporal

        return runs_temporal.show_run(values, screen)
    with reading(values) as connection:
        run_id = find_run(connection, values.run)
        views = [_View(connection, run_id, screen, values)]
        views[0].look_until_the_end()
        if (last := views[0].row.teardown) is not None:
            views.append(_View(connection, last, screen, values))
            views[1].look_until_the_end()
        if values.json:
            found = [view.to_json() for view in views]
            screen.out_json(found[0] if len(found) == 1 else {**found[0], "teardown": found[1]})
            return 0
        for view in views:
            view.end()
    return 0


class _View:
    """What is known of a run, shown as it comes in."""

    def __init__(
        self, connection: sqlite3.Connection, run_id: str, screen: Screen, values: Namespace
    ) -> None:
        self._connection = connection
        self._screen = screen
        self._values = values
        self._json = values.json
        self._console = Console(
            screen.stderr,
            terminal=screen.terminal,
            color=screen.color,
            verbosity=VERBOSE if values.verbose else NORMAL,
            redactor=screen.redactor,
            size=screen.size,
            reflows=screen.reflows,
        )
        self._records: list[Record] = []
        self._newest = (0, 0)
        self.row: RunRow = row_of(connection, run_id)

    def look_until_the_end(self) -> None:
        """Take in what there is; to follow the run, until it is over or nobody carries it out."""
        self._look()
        while self._values.follow and self.row.status not in OVER and self.row.owner is not None:
            time.sleep(_LOOK)
            self._look()
        self._console.close()

    def _look(self) -> None:
        """Take in what is new."""
        run_id = self.row.run_id
        self.row = row_of(self._connection, run_id)
        number, count = self._newest
        for found, requests, text in events_after(self._connection, run_id, number - 1):
            if (found, requests) == (number, count):
                continue
            self._newest = (found, requests)
            for record in records_from_text(text):
                self._records.append(record)
                if not self._json:
                    self._console.record(record)
        if not self._json:
            self._console.tick(time.time())

    def to_json(self) -> dict[str, Json]:
        """The run as it is now, for programs."""
        return kept_run_json(self.row, self._records, self._screen.redactor)

    def end(self) -> None:
        """The run as it is now: outputs, what failed, what it waits for."""
        screen, row = self._screen, self.row
        if row.status in OVER:
            result = kept_result(row, self._records)
            failure = describe_failure(result, screen.redactor)
            if failure is not None:
                screen.show(failure)
            if row.teardown_of is None:  # as run does, which shows no outputs of what comes last
                screen.out(outputs_text(result.outputs, screen.redactor))
            return
        where = f" at step {row.step_id}" if row.step_id else ""
        screen.err(f"{status_text(row, time.time())}{where}\n")
        if row.owner is None:
            screen.show(
                Diagnostic(
                    row.status,
                    "nobody carries the run out",
                    "warning",
                    hint=f"go on with: {resume_command(row.run_id, self._values)}",
                )
            )
