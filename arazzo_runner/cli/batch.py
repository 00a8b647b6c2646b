"""``arazzo batch``: one run per row of inputs, many at a time."""

from __future__ import annotations

import json
import secrets
import signal
import time
from argparse import Namespace
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Self, TextIO

from arazzo_runner.cli.batch_detached import begin_rows
from arazzo_runner.cli.batch_rows import read_rows, unknown_inputs
from arazzo_runner.cli.files import write_output
from arazzo_runner.cli.inputs import read_inputs
from arazzo_runner.cli.screen import Screen
from arazzo_runner.cli.settings import check_sources, make_settings
from arazzo_runner.cli.signals import GRACE
from arazzo_runner.cli.workflows import choose_workflow, read_document
from arazzo_runner.errors import JournalError, UsageError
from arazzo_runner.execution import make_loader
from arazzo_runner.execution.async_door import AsyncDoor
from arazzo_runner.execution.async_runner import AsyncRunner
from arazzo_runner.execution.batch import (
    Before,
    Row,
    RowEnded,
    find_rows,
    run_rows,
    share_dependencies,
)
from arazzo_runner.execution.journal_queries import batch_documents, find_batch, rows_of_batch
from arazzo_runner.execution.journal_sqlite import SqliteJournal
from arazzo_runner.execution.settings import Settings
from arazzo_runner.linking import Program
from arazzo_runner.reporting.batch_report import (
    RowSummary,
    junit_text,
    row_json,
    summary_of,
    summary_text,
)
from arazzo_runner.reporting.live_region import LiveRegion
from arazzo_runner.reporting.text import clip, duration_text

__all__ = ["run"]

INTERRUPTED = 130
_CONCURRENCY = 20
_RESENT = 10  # times that a request answered with 429 is sent again
_SECONDS = {True: 0.2, False: 15.0}  # between two looks at the progress, on a terminal or not


def run(values: Namespace, screen: Screen) -> int:
    """Run the workflow for every row; 0 when all of them completed.

    Raises:
        ArazzoError: the batch cannot begin.
    """
    if values.inputs is None:
        raise UsageError(
            "a batch needs rows: --inputs FILE", hint="a CSV file, JSON lines or a JSON array"
        )
    import asyncio

    if values.temporal is not None:
        from arazzo_runner.cli.cluster import refuse

        refuse(values, "journal", "no_journal", "finally", "offline")
    elif values.detach:
        raise UsageError("--detach is for runs on a server", hint="--temporal HOST:PORT")
    settings = make_settings(values, screen.redactor)
    settings = settings._replace(
        rate=values.rate, resend_throttled=_RESENT, journal_after=None, journal=settings.journal
    )
    with _Output(values, screen) as output:
        return asyncio.run(_Batch(values, screen, settings, output).run())


class _Batch:
    """One batch: its rows, its runs, its progress."""

    def __init__(
        self, values: Namespace, screen: Screen, settings: Settings, output: _Output
    ) -> None:
        self.values = values
        self.screen = screen
        self.settings = settings
        self.output = output
        self.total = 0
        self.failed = 0
        self.began = time.monotonic()
        self.batch = ""

    async def run(self) -> int:
        """Run it; the exit code."""
        values, screen, settings = self.values, self.screen, self.settings
        document, faults = read_document(values.file, make_loader(settings))
        name = choose_workflow(document, faults, values.workflow_id).workflow_id
        kept = settings.journal if values.temporal is None else None
        journal = None if kept is None else SqliteJournal(kept)
        try:
            async with self._door(journal) as runner:
                program = runner.load(values.file, name)
                check_sources(values, program)
                if not values.quiet:
                    screen.warnings(program.warnings)
                rows = self._rows(program, name)
                before: Mapping[int, Before] = {}
                if isinstance(runner, AsyncRunner):
                    before = self._before(journal, program, name, rows)
                else:
                    self._name()
                if values.detach:
                    return await begin_rows(runner, program, name, rows, self.batch, self.screen)
                self.output.open()
                await self._carry_out(runner, program, name, rows, before)
                stopped = runner.stopping
        finally:
            if journal is not None:
                journal.close()
        return self._end(name, stopped)

    def _door(self, journal: SqliteJournal | None) -> AsyncDoor:
        """What carries the rows out: this process, or the workers of a server."""
        values, redactor = self.values, self.screen.redactor
        if values.temporal is None:
            return AsyncRunner(self.settings, redactor=redactor, journal=journal)
        from arazzo_runner.cli.cluster import cluster_of
        from arazzo_runner.temporal.runner import TemporalRunner

        return TemporalRunner(
            cluster_of(values),
            self.settings,
            redactor=redactor,
            again=values.retry_failed,
        )

    def _name(self) -> None:
        """The batch on a server: its rows are found again by their names there."""
        if self.values.resume == "last":
            raise UsageError(
                "--resume last does not go with --temporal",
                hint="name the batch: 'arazzo runs list --temporal …' shows it",
            )
        self.batch = self.values.resume or secrets.token_hex(8)

    def _rows(self, program: Program, name: str) -> list[Row]:
        workflow = program.workflows[program.entries[name]]
        root = program.documents[workflow.document].document.data
        schema, values = workflow.inputs_schema, self.values
        common = read_inputs(values.input, None, schema, root, self.screen.redactor)
        rows = read_rows(values.inputs, values.format, common, schema, root)
        self.total = len(rows)
        if not values.quiet:
            self.screen.warnings(unknown_inputs(rows, schema))
        return rows

    def _before(
        self, journal: SqliteJournal | None, program: Program, name: str, rows: list[Row]
    ) -> Mapping[int, Before]:
        """What the batch that is gone on with has of the rows."""
        if self.values.resume is None:
            self.batch = secrets.token_hex(8)
            return {}
        if journal is None:
            raise UsageError("--resume needs a journal", hint="leave out --no-journal")
        self.batch = find_batch(journal.connection, self.values.resume, name)
        documents = batch_documents(journal.connection, self.batch)
        if documents != journal.hashes(program.texts):
            raise JournalError(
                f"the documents have changed since batch {self.batch} began",
                hint="use them as they were, or begin a new batch without --resume",
            )
        kept = rows_of_batch(journal.connection, self.batch)
        return find_rows(
            rows,
            {
                place: Before(run_id, status, None if result is None else json.loads(result))
                for place, (run_id, status, result) in kept.items()
            },
        )

    async def _carry_out(
        self,
        runner: AsyncDoor,
        program: Program,
        name: str,
        rows: list[Row],
        before: Mapping[int, Before],
    ) -> None:
        import asyncio

        values = self.values
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None
        with suppress(NotImplementedError, RuntimeError):  # Windows, or not the main thread
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, self._interrupt, runner, task.cancel)
        shared = None
        if values.share_depends_on and rows:
            shared = await share_dependencies(runner, program, name, rows[0].inputs)
        ticking = loop.create_task(self._tick(runner))
        try:
            await run_rows(
                runner,
                program,
                name,
                rows,
                batch=self.batch,
                concurrency=values.concurrency or _CONCURRENCY,
                on_end=self._ended,
                before=before,
                repeat_failed=values.retry_failed,
                max_failures=values.max_failures,
                shared=shared,
            )
        except asyncio.CancelledError:
            if not runner.stopping:
                raise
        finally:
            ticking.cancel()
            self.screen.err(self.output.erase())

    def _interrupt(self, runner: AsyncDoor, cancel: Callable[[], object]) -> None:
        """The first signal lets requests in flight end, the second one does not."""
        import asyncio

        if runner.stopping:
            cancel()
            return
        runner.stop()
        if self.settings.teardown is None:
            asyncio.get_running_loop().call_later(GRACE, cancel)
        self.screen.err(
            f"{self.output.erase()}finishing the requests in flight; once more stops at once\n"
        )

    def _ended(self, row: RowEnded) -> None:
        error = None if row.result is None else row.result.error
        if error is not None and error.kind == "interrupted":
            return  # it is not over
        self.failed += row.status != "completed"
        self.output.row(row)

    async def _tick(self, runner: AsyncDoor) -> None:
        import asyncio

        terminal = self.screen.terminal
        while not self.values.quiet:
            await asyncio.sleep(_SECONDS[terminal])
            self.screen.err(self.output.progress(self._progress(runner.waiting), terminal))

    def _progress(self, waiting: int) -> str:
        done = len(self.output.rows)
        seconds = time.monotonic() - self.began
        rate = done / seconds if seconds else 0.0
        parts = [f"{done}/{self.total} rows", f"{rate:.1f}/s", f"{self.failed} failed"]
        if waiting:
            parts.append(f"{waiting} waiting")
        if rate:
            parts.append(f"{duration_text((self.total - done) / rate)} left")
        return "  ".join(parts)

    def _end(self, name: str, stopped: bool) -> int:
        self.output.flush()
        screen, values = self.screen, self.values
        seconds = time.monotonic() - self.began
        rows = self.output.rows
        if not values.quiet:
            screen.err(summary_text(rows, self.total, seconds) + "\n")
        if values.junit is not None:
            write_output(values.junit, junit_text(rows, name, seconds), "--junit")
        if len(rows) < self.total and (
            self.settings.journal is not None or values.temporal is not None
        ):
            screen.err(f"go on with the rest: the same command with --resume {self.batch}\n")
        if stopped:
            return INTERRUPTED
        return 0 if len(rows) == self.total and not self.failed else 1


class _Output:
    """The lines of the rows, in the order of the rows or as they end. A context manager."""

    def __init__(self, values: Namespace, screen: Screen) -> None:
        self._screen = screen
        self._file = values.output
        self._in_order = values.order != "ended"
        self._stream: TextIO | None = None
        self._early: dict[int, str] = {}
        self._next = 1
        self._region = LiveRegion(reflows=screen.reflows)
        self.rows: list[RowSummary] = []

    def __enter__(self) -> Self:
        return self

    def open(self) -> None:
        """Make the file, when nothing else is wrong: what it held before is gone then.

        Raises:
            UsageError: it cannot be made.
        """
        if self._file is not None:
            try:
                self._stream = open(self._file, "w", encoding="utf-8")  # noqa: PTH123, SIM115
            except (OSError, ValueError) as error:
                why = getattr(error, "strerror", None) or error
                raise UsageError(f"--output: cannot write to '{self._file}': {why}") from None

    def __exit__(self, *_: object) -> None:
        if self._stream is not None:
            with suppress(OSError):  # told when it was written
                self._stream.close()

    def row(self, row: RowEnded) -> None:
        """Write the line of a row, when it is its turn."""
        redactor = self._screen.redactor
        self.rows.append(summary_of(row, redactor))
        line = json.dumps(row_json(row, redactor), ensure_ascii=False, allow_nan=False) + "\n"
        if not self._in_order:
            self._write(line)
            return
        self._early[row.number] = line
        while self._next in self._early:
            self._write(self._early.pop(self._next))
            self._next += 1

    def flush(self) -> None:
        """Write the lines that wait for rows which never came."""
        for number in sorted(self._early):
            self._write(self._early[number])
        self._early.clear()

    def _write(self, line: str) -> None:
        if self._stream is None:
            if self._screen.out_terminal:
                self._screen.err(self.erase())
            self._screen.out(line)
            return
        try:
            self._stream.write(line)
            self._stream.flush()
        except OSError as error:
            why = error.strerror or error
            raise UsageError(f"--output: cannot write to '{self._file}': {why}") from None

    def progress(self, text: str, terminal: bool) -> str:
        """What to write so that the progress shows."""
        if not terminal:
            return text + "\n"
        columns, _ = self._screen.size()
        return self._region.frame("", [clip(text, columns - 1)], columns)

    def erase(self) -> str:
        """What takes the progress away."""
        return self._region.frame("", [], self._screen.size()[0])
