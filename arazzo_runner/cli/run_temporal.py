"""``arazzo run --temporal``: begin a run on a Temporal server, and show it as a local one."""

from __future__ import annotations

from argparse import Namespace

from arazzo_runner.cli.cluster import cluster_of, go_on_command, refuse, wait_for
from arazzo_runner.cli.run import Watch, carry_out
from arazzo_runner.cli.screen import Screen
from arazzo_runner.cli.settings import make_settings, tell_configuration
from arazzo_runner.execution.driver import new_run_id
from arazzo_runner.execution.result import RunResult
from arazzo_runner.temporal.runner import TemporalRunner

__all__ = ["Elsewhere", "run"]

_NOT_HERE = ("journal", "no_journal", "journal_after", "finally", "offline")


def run(values: Namespace, screen: Screen) -> int:
    """Begin the run, and wait for it unless it is detached; the exit code.

    Raises:
        ArazzoError: the run cannot begin.
    """
    refuse(values, *_NOT_HERE)
    if values.detach:
        refuse(values, "events", "html", "junit", "har", "trace", "otel", "record")
        return _detached(values, screen)
    return carry_out(values, screen, Elsewhere)


def _detached(values: Namespace, screen: Screen) -> int:
    from arazzo_runner.cli.report_files import ReportFiles

    watch = Elsewhere(values, screen, (), ReportFiles(values, screen))
    run_id = wait_for(watch.begin())
    watch.console.close()
    if values.json:
        screen.out_json({"runId": run_id})
    else:
        screen.out(run_id + "\n")
        screen.err(f"follow it with: {go_on_command('resume', run_id, values)}\n")
    return 0


class Elsewhere(Watch):
    """A run on a Temporal server and everything that is shown of it."""

    run_id = ""

    def run(self) -> RunResult:
        """Follow the run to its end; one that is no longer followed goes on, and people are told
        how.
        """
        try:
            return wait_for(self._run())
        except KeyboardInterrupt:
            if self.run_id:
                self.console.close()
                follow, end = (
                    go_on_command(word, self.run_id, self.values) for word in ("resume", "cancel")
                )
                self.screen.err(f"the run goes on; follow it: {follow}\nend it: {end}\n")
            raise

    def elsewhere(self) -> TemporalRunner:
        """The door to the server."""
        settings = make_settings(self.values, self.screen.redactor)
        self._servers = dict(settings.servers)
        tell_configuration(self.values, self.screen)
        return TemporalRunner(
            cluster_of(self.values),
            settings,
            on_record=self.record,
            redactor=self.screen.redactor,
        )

    async def _run(self) -> RunResult:
        async with self.elsewhere() as runner:
            await runner.client()
            program, name, inputs = self.prepared(runner)
            self.run_id = self.values.id or new_run_id()
            return await runner.run(program, name, inputs=inputs, run_id=self.run_id)

    async def begin(self) -> str:
        """Begin the run; its id."""
        async with self.elsewhere() as runner:
            program, name, inputs = self.prepared(runner)
            return await runner.start(program, name, inputs=inputs, run_id=self.values.id)

    def stop(self) -> bool:
        """A run that goes on elsewhere is left at once."""
        return False
