"""One workflow for many rows of inputs: run at the same time, kept, gone on with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import Any

from arazzo_runner.errors import ArazzoError, InputError, UsageError
from arazzo_runner.execution.async_door import AsyncDoor
from arazzo_runner.execution.at_once import at_once
from arazzo_runner.execution.journal import OVER
from arazzo_runner.execution.keeper import Origin
from arazzo_runner.execution.result import RunResult
from arazzo_runner.expressions import WorkflowValues
from arazzo_runner.interpreter import Shared
from arazzo_runner.linking import Program
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import Json, Value

__all__ = ["Before", "Row", "RowEnded", "find_rows", "row_key", "run_rows", "share_dependencies"]


class Row(NamedTuple):
    """One row: its number from 1, its inputs, or why it has none."""

    number: int
    inputs: Mapping[str, Value]
    error: InputError | None = None


class Before(NamedTuple):
    """What an earlier batch has of a row: its run, and how it is."""

    run_id: str
    status: str
    result: Mapping[str, Any] | None

    @property
    def was_interrupted(self) -> bool:
        """Whether it was stopped and cleaned up, so that it begins anew."""
        error = (self.result or {}).get("error") or {}
        return error.get("kind") == "interrupted"


class RowEnded(NamedTuple):
    """How a row ended: ``result``, or for one that was done before ``before``."""

    number: int
    result: RunResult | None
    before: Before | None = None

    @property
    def status(self) -> str:
        """The status of its run; ``failed`` as well when the workflow that comes last failed."""
        if self.result is not None:
            last = self.result.teardown
            return self.result.status if last is None or last.ok else "failed"
        return self.before.status if self.before is not None else "failed"


def row_key(inputs: Mapping[str, Value]) -> str:
    """What tells whether a row is the same as before."""
    text = json.dumps(inputs, sort_keys=True, default=repr)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def find_rows(rows: Iterable[Row], kept: Mapping[tuple[int, str], Before]) -> dict[int, Before]:
    """What an earlier batch has of these rows, by number; ``kept`` is by number and content.

    A row is known by what it holds: also where others were put before it or taken away.
    """
    found: dict[int, Before] = {}
    left = dict(kept)
    moved: list[tuple[Row, str]] = []
    for row in rows:
        if row.error is None:
            key = row_key(row.inputs)
            if (row.number, key) in left:
                found[row.number] = left.pop((row.number, key))
            else:
                moved.append((row, key))
    by_content: dict[str, list[Before]] = {}
    for (_, key), before in sorted(left.items(), reverse=True):
        by_content.setdefault(key, []).append(before)
    for row, key in moved:
        if by_content.get(key):
            found[row.number] = by_content[key].pop()
    return found


async def run_rows(
    runner: AsyncDoor,
    program: Program,
    workflow_id: str,
    rows: Iterable[Row],
    *,
    batch: str,
    concurrency: int,
    on_end: Callable[[RowEnded], None],
    before: Mapping[int, Before] | None = None,
    repeat_failed: bool = False,
    max_failures: int | None = None,
    shared: Shared | None = None,
) -> None:
    """Run the workflow for every row, at most ``concurrency`` at a time.

    ``on_end`` is told how each row ended, in the order in which they end. Rows that ``before``
    says are done are not repeated (failed ones with ``repeat_failed``), those that were begun go
    on. After ``max_failures`` failed rows no other is begun.
    """
    failures = 0
    waiting = iter(rows)
    todo = _Rows(runner, program, workflow_id, batch, before or {}, repeat_failed, shared)

    async def work() -> None:
        nonlocal failures
        for row in waiting:
            ended = await todo.run(row)
            on_end(ended)
            failures += ended.status != "completed"
            if runner.stopping or (max_failures is not None and failures >= max_failures):
                return

    await at_once(work, concurrency)  # what it raises is not of one row: the call is wrong


class _Rows:
    """The rows of one batch, each run once."""

    def __init__(
        self,
        runner: AsyncDoor,
        program: Program,
        workflow_id: str,
        batch: str,
        before: Mapping[int, Before],
        repeat_failed: bool,
        shared: Shared | None,
    ) -> None:
        self._runner = runner
        self._program = program
        self._workflow_id = workflow_id
        self._batch = batch
        self._before = before
        self._repeat_failed = repeat_failed
        self._shared = shared

    async def run(self, row: Row) -> RowEnded:
        """Run a row, go on with it, or find that it is done."""
        if row.error is not None:
            return RowEnded(row.number, self._runner.rejected(self._workflow_id, row.error))
        before = self._before.get(row.number)
        try:
            if before is not None:
                if before.status not in OVER:
                    return RowEnded(row.number, await self._go_on(before.run_id, row))
                again = before.was_interrupted or self._repeat_failed
                if before.status == "completed" or not again:
                    return RowEnded(row.number, None, before)
            origin = Origin(self._batch, row.number, row_key(row.inputs))
            result = await self._runner.run_row(
                self._program, self._workflow_id, row.inputs, origin, self._shared
            )
        except InputError as error:
            result = self._runner.rejected(self._workflow_id, error)
        return RowEnded(row.number, result)

    async def _go_on(self, run_id: str, row: Row) -> RunResult:
        try:
            return await self._runner.go_on_with_row(self._program, run_id, row.inputs)
        except InputError:
            raise
        except ArazzoError as error:  # uncertain, or another process has it
            return self._runner.rejected(self._workflow_id, error, run_id)


async def share_dependencies(
    runner: AsyncDoor, program: Program, workflow_id: str, inputs: Mapping[str, Value]
) -> Shared:
    """Run the workflows that a workflow depends on, once for all rows.

    Raises:
        UsageError: one of them failed, or belongs to another document.
    """
    workflow = program.workflows[program.entries[workflow_id]]
    dependencies: dict[str, str] = {}
    finished: dict[str, dict[str, WorkflowValues]] = {}
    for key in workflow.depends_on:
        needed = program.workflows[key]
        name = needed.workflow_id
        if program.entries.get(name) != key:
            raise UsageError(f"workflow '{name}' is of another document and cannot be shared")
        values: dict[str, Json] = {k: v for k, v in inputs.items() if k in needed.input_names}
        result = await runner.run_alone(program, name, values)
        if not result.ok:
            why = result.error.message if result.error else result.status
            raise UsageError(f"workflow '{name}', which every row depends on, failed: {why}")
        dependencies[key] = result.status
        found = finished.setdefault(str(needed.document), {})
        found[name] = WorkflowValues(values, result.outputs)
    return Shared(dependencies, finished)
