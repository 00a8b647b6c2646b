"""``arazzo runs resume``: go on with a run, or with all that nobody carries out."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping

from arazzo_runner.cli.inputs import read_inputs
from arazzo_runner.cli.run import Watch, carry_out
from arazzo_runner.cli.runs_journal import journal_path, nothing_kept, reading, writing
from arazzo_runner.cli.screen import Screen
from arazzo_runner.cli.settings import make_settings, tell_configuration
from arazzo_runner.errors import ArazzoError, UsageError
from arazzo_runner.execution import Runner
from arazzo_runner.execution.journal import Journal, StoredRun
from arazzo_runner.execution.journal_queries import find_run, list_runs
from arazzo_runner.execution.kept_settings import settings_again
from arazzo_runner.execution.result import RunResult
from arazzo_runner.execution.resuming import program_again
from arazzo_runner.values import Json

__all__ = ["Continue", "run"]

_RESUMABLE = ("stopped", "interrupted", "uncertain")


def run(values: Namespace, screen: Screen) -> int:
    """Go on with a run, or with all of them; the worst exit code.

    Raises:
        ArazzoError: the run cannot be gone on with.
    """
    if (values.run is None) != values.all:
        raise UsageError("name a run, or --all", hint="'arazzo runs list' lists the runs")
    if values.temporal is not None:
        from arazzo_runner.cli.runs_temporal import Following

        if values.all:
            raise UsageError(
                "--all does not go with --temporal", hint="workers go on with all of their own"
            )
        return carry_out(values, screen, Following)
    if not values.all:
        return carry_out(values, screen, Continue)
    waiting: list[str] = []
    if not nothing_kept(values):
        with reading(values) as connection:
            waiting = [row.run_id for row in list_runs(connection, statuses=_RESUMABLE)]
    worst = 0
    for run_id in reversed(waiting):
        screen.err(f"run {run_id[:12]}\n")
        values.run = run_id
        try:
            code = carry_out(values, screen, Continue)
        except ArazzoError as error:
            screen.report(error)
            code = error.exit_code
        if code == 130:
            return code
        worst = max(worst, code)
    if not waiting:
        screen.err("no run waits to be gone on with\n")
    return worst


class Continue(Watch):
    """Going on with a run of the journal, and everything that is shown of it."""

    retry = False

    def run(self) -> RunResult:
        """Go on with the run that the arguments name."""
        values, redactor = self.values, self.screen.redactor
        with writing(values) as journal:
            run_id = find_run(journal.connection, values.run)
            _as_it_began(values, journal.load(run_id))
            settings = make_settings(values, redactor)._replace(journal=journal_path(values))
            tell_configuration(values, self.screen)
            with Runner(
                settings,
                on_record=self.record,
                redactor=redactor,
                more_headers=self.more_headers,
                journal=journal,
            ) as runner:
                self.runner = runner
                inputs = self._inputs(runner, journal, run_id)
                go_on = runner.retry if self.retry else runner.resume
                return go_on(run_id, inputs=inputs)

    def _inputs(self, runner: Runner, journal: Journal, run_id: str) -> Mapping[str, Json]:
        """The inputs that are given, read by the workflow's schema."""
        values = self.values
        if not values.input and values.inputs is None:
            return {}
        stored = journal.load(run_id)
        program = program_again(stored, settings_again(stored.settings, runner.settings))
        workflow = program.workflows[program.entries[stored.workflow_id]]
        return read_inputs(
            values.input,
            values.inputs,
            workflow.inputs_schema,
            program.documents[workflow.document].document.data,
            self.screen.redactor,
        )


def _as_it_began(values: Namespace, stored: StoredRun) -> None:
    """The configuration that the run began with, unless another one is named."""
    values.file = stored.uri
    path, environment = stored.settings.get("configuration", (None, None))
    if values.config is None and values.env is None and not values.no_config:
        values.config, values.env = path, environment
