"""What doors have in common that carry out many runs at once, here or elsewhere."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Coroutine, Iterable, Mapping
from os import PathLike
from types import TracebackType
from typing import Any, Self

from arazzo_runner.errors import InputError
from arazzo_runner.execution.beginning import pick_workflow
from arazzo_runner.execution.door import Door
from arazzo_runner.execution.keeper import Origin
from arazzo_runner.execution.result import RunResult
from arazzo_runner.interpreter import Shared
from arazzo_runner.linking import Program
from arazzo_runner.values import Json, Value

__all__ = ["AsyncDoor"]


class AsyncDoor(Door, ABC):
    """A door to many runs at once. An async context manager."""

    @abstractmethod
    async def run(
        self,
        program: Program | str | PathLike[str],
        workflow_id: str | None = None,
        *,
        inputs: Mapping[str, Json] | None = None,
    ) -> RunResult:
        """Run a workflow to its end. A workflow that fails is a result, not an exception."""

    @abstractmethod
    async def run_alone(
        self, program: Program, workflow_id: str, inputs: Mapping[str, Json]
    ) -> RunResult:
        """As :meth:`run`, without the workflow that comes last."""

    @abstractmethod
    def run_row(
        self,
        program: Program,
        workflow_id: str,
        inputs: Mapping[str, Value],
        origin: Origin,
        shared: Shared | None = None,
    ) -> Coroutine[Any, Any, RunResult]:
        """Run a row of a batch; the result has no steps."""

    @abstractmethod
    def go_on_with_row(
        self, program: Program, run_id: str, inputs: Mapping[str, Value]
    ) -> Coroutine[Any, Any, RunResult]:
        """Go on with a row of a batch, whose inputs are at hand; the result has no steps."""

    @abstractmethod
    def stop(self) -> None:
        """End the runs of this door, or no longer wait for them."""

    @property
    @abstractmethod
    def stopping(self) -> bool:
        """Whether :meth:`stop` was called."""

    @property
    @abstractmethod
    def waiting(self) -> int:
        """How many runs let time pass at this moment."""

    @abstractmethod
    async def close(self) -> None:
        """Close the connections. The door may be used again."""

    @abstractmethod
    def _one_of_many(
        self, program: Program, workflow_id: str, inputs: Mapping[str, Json]
    ) -> Coroutine[Any, Any, RunResult]:
        """One run of :meth:`run_many`."""

    async def run_many(
        self,
        program: Program | str | PathLike[str],
        rows: Iterable[Mapping[str, Json]],
        workflow_id: str | None = None,
        *,
        concurrency: int = 100,
    ) -> list[RunResult]:
        """One run per row of inputs, at most ``concurrency`` at a time; results in row order.

        A row whose inputs do not fit gives a failed result of kind ``inputs``; the others run.
        The steps of a result have of a poll its newest visit only (its ``visit`` counts them), so
        that many runs can wait for long in little memory.
        """
        from arazzo_runner.execution.at_once import at_once

        if not isinstance(program, Program):
            program = self.load(program, workflow_id)
        name = pick_workflow(program, workflow_id)
        results: dict[int, RunResult] = {}
        numbered = enumerate(rows)

        async def work() -> None:
            for index, inputs in numbered:
                try:
                    results[index] = await self._one_of_many(program, name, inputs)
                except InputError as error:
                    results[index] = self.rejected(name, error)

        await at_once(work, concurrency)  # what it raises is not of one row: the call is wrong
        return [results[index] for index in sorted(results)]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
