"""``arazzo run``: read, link, run, report."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from arazzo_runner.auth import AwsSettings
from arazzo_runner.cli.event_sink import EventSink
from arazzo_runner.cli.inputs import read_inputs
from arazzo_runner.cli.report_files import ReportFiles, to_standard_output
from arazzo_runner.cli.resuming import resume_command
from arazzo_runner.cli.screen import Screen
from arazzo_runner.cli.settings import check_sources, make_settings, tell_configuration
from arazzo_runner.cli.signals import interruptible
from arazzo_runner.cli.telemetry import telemetry
from arazzo_runner.cli.ticker import ticking
from arazzo_runner.cli.workflows import choose_workflow, read_document
from arazzo_runner.errors import ArazzoError, UsageError
from arazzo_runner.execution import Interrupted, Runner, make_loader
from arazzo_runner.execution.door import Door
from arazzo_runner.execution.result import RunResult
from arazzo_runner.interpreter.records import Noted, Record
from arazzo_runner.linking import file_inputs
from arazzo_runner.linking.program import Program
from arazzo_runner.reporting.as_sent import AsSent
from arazzo_runner.reporting.console import DETAILED, NORMAL, QUIET, Console
from arazzo_runner.reporting.diagnostics import Diagnostic
from arazzo_runner.reporting.failure import describe_failure
from arazzo_runner.reporting.outputs import outputs_text
from arazzo_runner.reporting.result_json import error_to_json, result_to_json
from arazzo_runner.values import Json

if TYPE_CHECKING:
    from arazzo_runner.simulation.cassettes import Recorder

__all__ = ["Watch", "carry_out", "run"]

INTERRUPTED = 130


def run(values: Namespace, screen: Screen) -> int:
    """Run the workflow that the arguments name; the exit code.

    Raises:
        ArazzoError: the run cannot begin.
    """
    if values.dry_run:
        from arazzo_runner.cli.dry_run import run as dry_run

        return dry_run(values, screen)
    if values.temporal is not None:
        from arazzo_runner.cli.run_temporal import run as run_elsewhere

        return run_elsewhere(values, screen)
    if values.detach or values.id is not None:
        raise UsageError("--detach and --id are for runs on a server", hint="--temporal HOST:PORT")
    return carry_out(values, screen, Watch)


def carry_out(values: Namespace, screen: Screen, work: type[Watch]) -> int:
    """Do what the arguments say and show it; the exit code.

    Raises:
        ArazzoError: the run cannot begin.
    """
    stdout = to_standard_output(values)
    workflow_id = getattr(values, "workflow_id", None)
    reports = ReportFiles(values, screen)
    # httpx looks for the parts of its own command (click, rich), which would take as long to import
    # as all the rest of it. Told that they are not there, it does without.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
    began = time.time()
    with (
        EventSink(values.events, screen) as events,
        telemetry(wanted=getattr(values, "otel", False), screen=screen) as spans,
    ):
        sinks = (events.record, reports.record, *([spans.record] if spans else ()))
        watch = work(values, screen, sinks, reports)
        watch.more_headers = spans.headers if spans else None
        try:
            with (
                ticking(watch.console, wanted=watch.live),
                interruptible(watch.stop, watch.stopping, watch.console.write),
            ):
                result = watch.run()
        except Interrupted as interruption:
            result = interruption.result
            watch.kept = interruption.kept
        except ArazzoError as error:
            if values.json:
                screen.out_json(error_to_json(error, workflow_id, began, screen.redactor))
            reports.write_error(error, began)
            raise
        except KeyboardInterrupt:
            when = " before the run began" if watch.runner is None else ""
            screen.error(f"interrupted{when}", kind="interrupted")
            return INTERRUPTED
        watch.report(result, show_outputs=stdout is None)
        reports.write(result)
        watch.keep()
        return result.exit_code


class Watch:
    """One run and everything that is shown of it."""

    def __init__(
        self,
        values: Namespace,
        screen: Screen,
        sinks: tuple[Callable[[Record], None], ...],
        reports: ReportFiles,
    ) -> None:
        self.values = values
        self.screen = screen
        self.sinks = sinks
        self.reports = reports
        self.verbosity = QUIET if values.quiet else min(values.verbose, DETAILED)
        shares = values.events == "-" and screen.out_terminal
        self.live = screen.terminal and self.verbosity > QUIET and not shares
        self.console = Console(
            screen.stderr,
            terminal=self.live,
            color=screen.color,
            verbosity=self.verbosity,
            redactor=screen.redactor,
            size=screen.size,
            reflows=screen.reflows,
        )
        self.more_headers: Callable[[], Iterable[tuple[str, str]]] | None = None
        self.runner: Runner | None = None
        self.kept = False
        self._program: Program | None = None
        self._aws = AwsSettings()
        self._told: set[tuple[str, str]] = set()
        self._servers: dict[str, str] = {}
        self._recorder: Recorder | None = None
        self._as_sent: AsSent | None = None
        if getattr(values, "record", None) is not None:
            from arazzo_runner.simulation.cassettes import Recorder

            self._recorder = Recorder(screen.redactor)

    def run(self) -> RunResult:
        """Link the document and run its workflow."""
        values, redactor = self.values, self.screen.redactor
        settings = make_settings(values, redactor)
        self._servers = dict(settings.servers)
        tell_configuration(values, self.screen)
        with Runner(
            settings, on_record=self.record, redactor=redactor, more_headers=self.more_headers
        ) as runner:
            program, workflow_id, inputs = self.prepared(runner)
            self._as_sent = AsSent(program, settings.headers, runner.credentials)
            self.runner = runner
            return runner.run(program, workflow_id, inputs=inputs)

    def prepared(self, runner: Door) -> tuple[Program, str, Mapping[str, Json]]:
        """The program, its workflow and the inputs that the arguments name.

        Raises:
            ArazzoError: they cannot be run.
        """
        values, settings = self.values, runner.settings
        document, faults = read_document(values.file, make_loader(settings))
        workflow_id = choose_workflow(document, faults, values.workflow_id).workflow_id
        program = runner.load(values.file, workflow_id)
        check_sources(values, program)
        self.linked(program, settings.aws)
        self._warn(program)
        workflow = program.workflows[program.entries[workflow_id]]
        inputs = read_inputs(
            values.input,
            values.inputs,
            workflow.inputs_schema,
            program.documents[workflow.document].document.data,
            self.screen.redactor,
            file_inputs(program, workflow.key),
        )
        return program, workflow_id, inputs

    def linked(self, program: Program, aws: AwsSettings) -> None:
        """Know what is run, and what signs its requests."""
        self.reports.linked(program, aws)
        self._program, self._aws = program, aws

    def stop(self) -> bool:
        """Ask the run to end after its request; False when it is to be interrupted."""
        return self.runner is not None and self.runner.stop()

    def stopping(self) -> bool:
        """Whether the run is about to end, as it was asked to."""
        return self.runner is not None and self.runner.stopping

    def record(self, record: Record) -> None:
        """Show one record."""
        if isinstance(record, Noted):
            self._told.add((record.rule, record.message))
        shown = record if self._as_sent is None else self._as_sent.record(record)
        for sink in self.sinks:
            sink(shown)
        self.console.record(shown)
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

    def _signing(self, workflow_id: str, step_id: str) -> tuple[str, str] | None:
        """The AWS service and region that a step's requests are signed for."""
        if self._program is None:
            return None
        from arazzo_runner.reporting.signing import signing_of

        return signing_of(self._program, self._aws).get((workflow_id, step_id))

    def report(self, result: RunResult, *, show_outputs: bool) -> None:
        """The end of the run: late warnings, what failed and why, the outputs."""
        redactor = self.screen.redactor
        if self.verbosity > QUIET:
            late = [f for f in result.warnings if (f.rule, f.message) not in self._told]
            self.screen.warnings(late, verbose=self.verbosity > NORMAL)
        self._failure(result, result.run_id)
        if result.teardown is not None:
            self._failure(result.teardown, result.run_id)
        if self.values.json:
            self.screen.out_json(result_to_json(result, redactor))
        elif show_outputs:
            self.screen.out(outputs_text(result.outputs, redactor))
            if result.missing_outputs and self.verbosity > QUIET:
                names = ", ".join(result.missing_outputs)
                self.screen.err(f"no value for: {redactor.text(names)}\n")

    def _failure(self, result: RunResult, run_id: str) -> None:
        """Why a run, or the workflow that came last, did not complete; how to go on."""
        error = result.error
        if error is None or error.kind != "interrupted":
            as_sent = None if self._as_sent is None else self._as_sent.request
            failure = describe_failure(result, self.screen.redactor, self._signing, as_sent)
            if failure is not None:
                self.screen.show(failure)
            return
        hint = None
        if self.kept and result.teardown is None:
            hint = f"go on with: {resume_command(run_id, self.values)}"
        message = f"interrupted while {self.console.doing(result.workflow_id)}"
        self.screen.show(Diagnostic("interrupted", message, location=error.location, hint=hint))
