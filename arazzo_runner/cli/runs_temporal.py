"""``arazzo runs … --temporal``: runs on a Temporal server."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from arazzo_runner.cli.cluster import cluster_of, refuse, wait_for
from arazzo_runner.cli.inputs import read_inputs
from arazzo_runner.cli.run_temporal import Elsewhere
from arazzo_runner.cli.screen import Screen
from arazzo_runner.cli.settings import make_settings
from arazzo_runner.errors import RunNotFound, UncertainError
from arazzo_runner.execution.driver import Collector
from arazzo_runner.execution.journal_queries import RunRow
from arazzo_runner.execution.result import RunResult
from arazzo_runner.interpreter.records import Record, StepFinished
from arazzo_runner.reporting.console import NORMAL, VERBOSE, Console
from arazzo_runner.reporting.diagnostics import Diagnostic
from arazzo_runner.reporting.failure import describe_failure
from arazzo_runner.reporting.kept_runs import run_row_json, run_row_text
from arazzo_runner.reporting.outputs import outputs_text
from arazzo_runner.reporting.result_json import result_to_json
from arazzo_runner.temporal.runner import TemporalRunner
from arazzo_runner.values import Json

if TYPE_CHECKING:
    from arazzo_runner.temporal.runs import Listed

__all__ = ["Following", "Retrying", "cancel_run", "list_runs", "show_run"]

_LOOKED_THROUGH = 10_000  # runs, for one whose id begins so


def list_runs(values: Namespace, screen: Screen) -> int:
    """List the runs of a server; the exit code.

    Raises:
        TemporalError: the server cannot be used.
    """

    async def work() -> list[Listed]:
        found: list[Listed] = []
        async with _door(values, screen) as runner:
            async for each in runner.runs():
                if _is_wanted(each, values):
                    found.append(each)
                if values.limit is not None and len(found) >= values.limit:
                    break
        return found

    runs = wait_for(work())
    if values.json:
        screen.out_json([_json(each, screen) for each in runs])
        return 0
    for each in runs:
        screen.out(run_row_text(_row(each), time.time(), screen.out_style) + "\n")
    if not runs:
        screen.err("no runs\n")
    return 0


def cancel_run(values: Namespace, screen: Screen) -> int:
    """Cancel a run; the exit code.

    Raises:
        UsageError: it is over. TemporalError: the server cannot be used.
    """

    async def work() -> str:
        async with _door(values, screen) as runner:
            run_id = await _find(runner, values.run)
            await runner.cancel(run_id)
            return run_id

    screen.err(f"run {wait_for(work())} is cancelled by its worker shortly\n")
    return 0


def show_run(values: Namespace, screen: Screen) -> int:
    """Show a run as it was seen while it ran; the exit code is 0 when it could be shown.

    Raises:
        RunNotFound: there is none. TemporalError: the server cannot be used.
    """
    return wait_for(_Shown(values, screen).show())


class _Shown:
    def __init__(self, values: Namespace, screen: Screen) -> None:
        self._values = values
        self._screen = screen
        self._console = Console(
            screen.stderr,
            terminal=screen.terminal,
            color=screen.color,
            verbosity=VERBOSE if values.verbose else NORMAL,
            width=screen.width,
            redactor=screen.redactor,
        )

    def _record(self, record: Record) -> None:
        if not self._values.json:
            self._console.record(record)

    async def show(self) -> int:
        values, screen = self._values, self._screen
        async with _door(values, screen, self._record) as runner:
            run_id = await _find(runner, values.run)
            found = await runner.described(run_id)
            question = None
            try:
                collected = await runner.seen(run_id, found.first_execution, wait=values.follow)
            except UncertainError as error:
                question = error
                collected = runner.newest
            found = await runner.described(run_id)
        self._console.close()
        self._end(found, collected, question)
        return 0

    def _end(
        self, found: Listed, collected: Collector | None, question: UncertainError | None
    ) -> None:
        values, screen = self._values, self._screen
        if values.json:
            steps = () if collected is None else tuple(collected.steps)
            whole = result_to_json(_so_far(found, steps), screen.redactor)
            if found.over and collected is not None:
                whole = result_to_json(collected.result(), screen.redactor)
            listed = _json(found, screen)
            screen.out_json({**whole, **{k: v for k, v in listed.items() if k not in whole}})
            return
        if found.over and collected is not None:
            result = collected.result()
            failure = describe_failure(result, screen.redactor)
            if failure is not None:
                screen.show(failure)
            screen.out(outputs_text(result.outputs, screen.redactor))
            return
        screen.err(f"{found.status}\n")
        if question is not None:
            screen.show(Diagnostic("uncertain", question.message, "warning", hint=question.hint))


class Following(Elsewhere):
    """``runs resume``: follow a run, or say what became of its request."""

    async def _run(self) -> RunResult:
        values = self.values
        refuse(values, "server", "server_var", "auth", "header", "timeout", "http_timeout")
        async with self.elsewhere() as runner:
            self.run_id = await _find(runner, values.run)
            choice = None if values.on_uncertain in (None, "ask") else values.on_uncertain
            inputs: dict[str, Json] = {}
            if values.input or values.inputs is not None:
                inputs = {"": None}  # refused: a run keeps its inputs
            return await runner.resume(self.run_id, choice=choice, inputs=inputs)


class Retrying(Elsewhere):
    """``runs retry``: go on with a failed run from the step that failed."""

    async def _run(self) -> RunResult:
        values = self.values
        async with self.elsewhere() as runner:
            self.run_id = await _find(runner, values.run)
            plan = await runner.plan_of(self.run_id)
            workflow = plan.program.workflows[plan.program.entries[plan.workflow_id]]
            inputs = read_inputs(
                values.input,
                values.inputs,
                workflow.inputs_schema,
                plan.program.documents[workflow.document].document.data,
                self.screen.redactor,
            )
            return await runner.retry(self.run_id, inputs=inputs)


def _door(
    values: Namespace, screen: Screen, on_record: Callable[[Record], None] | None = None
) -> TemporalRunner:
    values.no_config = True
    settings = make_settings(values, screen.redactor)
    return TemporalRunner(
        cluster_of(values), settings, on_record=on_record, redactor=screen.redactor
    )


async def _find(runner: TemporalRunner, name: str) -> str:
    """The id of a run that is named by it, by how it begins, or as the newest.

    Raises:
        RunNotFound: there is none, or several begin so.
    """
    if name != "last":
        try:
            return (await runner.described(name)).run_id
        except RunNotFound as error:
            missing = error
    else:
        missing = RunNotFound("the Temporal server has no run")
    found: dict[str, None] = {}
    async for each in _some(runner.runs()):
        if name == "last":
            return each.run_id
        if each.run_id.startswith(name):
            found[each.run_id] = None
    if len(found) > 1:
        raise RunNotFound(f"{len(found)} runs begin with '{name}'", hint=", ".join([*found][:5]))
    if not found:
        raise missing
    return next(iter(found))


async def _some(runs: AsyncIterator[Listed]) -> AsyncIterator[Listed]:
    count = 0
    async for each in runs:
        yield each
        count += 1
        if count == _LOOKED_THROUGH:
            return


def _is_wanted(each: Listed, values: Namespace) -> bool:
    return (
        (not values.status or each.status in values.status)
        and values.workflow in (None, each.workflow_id)
        and values.batch in (None, each.batch)
    )


def _row(each: Listed) -> RunRow:
    return RunRow(
        each.run_id, each.workflow_id, each.file, each.status, None, None, each.started_at,
        each.updated_at, None, each.batch, each.row, 0, None, None, None,
    )  # fmt: skip


def _json(each: Listed, screen: Screen) -> dict[str, Json]:
    data = run_row_json(_row(each), screen.redactor)
    known = {name: value for name, value in data.items() if name not in ("requests", "error")}
    return {**known, "engine": each.engine}


def _so_far(found: Listed, steps: tuple[StepFinished, ...]) -> RunResult:
    """A run that is not over, as a result."""
    return RunResult(
        found.run_id, found.workflow_id, found.status, {}, (), steps, (), None, None,
        found.started_at, (time.time() - found.started_at) * 1000,
    )  # fmt: skip
