"""``arazzo run``: read, link, run, report."""

from __future__ import annotations

import signal
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from arazzo_runner.cli.event_sink import EventSink
from arazzo_runner.cli.inputs import read_inputs
from arazzo_runner.cli.screen import Screen
from arazzo_runner.cli.settings import check_sources, make_settings, tell_configuration
from arazzo_runner.cli.workflows import choose_workflow, read_document
from arazzo_runner.errors import ArazzoError, UsageError
from arazzo_runner.execution import Interrupted, Runner, make_loader
from arazzo_runner.execution.result import RunResult
from arazzo_runner.interpreter.records import Noted, Record
from arazzo_runner.linking import file_inputs
from arazzo_runner.linking.program import Program
from arazzo_runner.reporting.console import NORMAL, QUIET, VERBOSE, Console
from arazzo_runner.reporting.diagnostics import Diagnostic
from arazzo_runner.reporting.failure import describe_failure
from arazzo_runner.reporting.outputs import outputs_text
from arazzo_runner.reporting.result_json import error_to_json, result_to_json

if TYPE_CHECKING:
    from arazzo_runner.simulation.cassettes import Recorder

__all__ = ["run"]

INTERRUPTED = 130


def run(values: Namespace, screen: Screen) -> int:
    """Run the workflow that the arguments name; the exit code.

    Raises:
        ArazzoError: the run cannot begin.
    """
    if values.dry_run:
        from arazzo_runner.cli.dry_run import run as dry_run

        return dry_run(values, screen)
    if values.json and values.events == "-":
        raise UsageError(
            "--json and --events - both write to standard output",
            hint="write the events to a file: --events events.jsonl",
        )
    # httpx looks for the parts of its own command (click, rich), which would take as long to import
    # as all the rest of it. Told that they are not there, it does without.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
    began = time.time()
    with _interruptible(), EventSink(values.events, screen) as events:
        watch = _Watch(values, screen, events)
        try:
            result = watch.run()
        except Interrupted as interruption:
            result = interruption.result
        except ArazzoError as error:
            watch.console.close()
            if values.json:
                screen.out_json(error_to_json(error, values.workflow_id, began, screen.redactor))
            raise
        except KeyboardInterrupt:
            watch.console.close()
            screen.error("interrupted before the run began", kind="interrupted")
            return INTERRUPTED
        watch.report(result)
        watch.keep()
        return result.exit_code


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM ends the run as Ctrl-C does."""

    def interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not in the main thread: signals are somebody else's
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Watch:
    """One run and everything that is shown of it."""

    def __init__(self, values: Namespace, screen: Screen, events: EventSink) -> None:
        self.values = values
        self.screen = screen
        self.events = events
        self.verbosity = QUIET if values.quiet else VERBOSE if values.verbose else NORMAL
        self.console = Console(
            screen.stderr,
            terminal=screen.terminal,
            color=screen.color,
            verbosity=self.verbosity,
            width=screen.width,
            redactor=screen.redactor,
        )
        self._told: set[tuple[str, str]] = set()
        self._servers: dict[str, str] = {}
        self._recorder: Recorder | None = None
        if values.record is not None:
            from arazzo_runner.simulation.cassettes import Recorder

            self._recorder = Recorder(screen.redactor)

    def run(self) -> RunResult:
        """Link the document and run its workflow."""
        values, redactor = self.values, self.screen.redactor
        settings = make_settings(values, redactor)
        self._servers = dict(settings.servers)
        tell_configuration(values, self.screen)
        with Runner(
            settings, on_record=self._record, on_tick=self.console.tick, redactor=redactor
        ) as runner:
            document, faults = read_document(values.file, make_loader(settings))
            workflow_id = choose_workflow(document, faults, values.workflow_id).workflow_id
            program = runner.load(values.file, workflow_id)
            check_sources(values, program)
            self._warn(program)
            workflow = program.workflows[program.entries[workflow_id]]
            inputs = read_inputs(
                values.input,
                values.inputs,
                workflow.inputs_schema,
                program.documents[workflow.document].document.data,
                redactor,
                file_inputs(program, workflow.key),
            )
            return runner.run(program, workflow_id, inputs=inputs)

    def _record(self, record: Record) -> None:
        if isinstance(record, Noted):
            self._told.add((record.rule, record.message))
        self.events.record(record)
        self.console.record(record)
        if self._recorder is not None:
            self._recorder.record(record)

    def keep(self) -> None:
        """Write the cassette, when one is asked for."""
        if self._recorder is not None:
            from arazzo_runner.cli.case_files import write_cassette

            values = self.values
            write_cassette(values.file, values.record, self._recorder, self._servers, self.screen)

    def _warn(self, program: Program) -> None:
        self._told.update((fault.rule, fault.message) for fault in program.warnings)
        if self.verbosity > QUIET:
            self.screen.warnings(program.warnings, verbose=self.verbosity > NORMAL)

    def report(self, result: RunResult) -> None:
        """The end of the run: late warnings, what failed and why, the outputs."""
        self.console.close()
        redactor = self.screen.redactor
        if self.verbosity > QUIET:
            late = [f for f in result.warnings if (f.rule, f.message) not in self._told]
            self.screen.warnings(late, verbose=self.verbosity > NORMAL)
        if result.error is not None and result.error.kind == "interrupted":
            message = f"interrupted while {self.console.doing()}"
            self.screen.show(Diagnostic("interrupted", message, location=result.error.location))
        else:
            failure = describe_failure(result, redactor)
            if failure is not None:
                self.screen.show(failure)
        if self.values.json:
            self.screen.out_json(result_to_json(result, redactor))
        elif self.values.events != "-":
            self.screen.out(outputs_text(result.outputs, redactor))
            if result.missing_outputs and self.verbosity > QUIET:
                names = ", ".join(result.missing_outputs)
                self.screen.err(f"no value for: {redactor.text(names)}\n")
