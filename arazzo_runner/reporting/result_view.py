"""What the reports read of a run's result; ``execution.RunResult`` is one."""

# ruff: noqa: D102 - the fields are explained where the result is defined
from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from arazzo_runner.errors import Fault
from arazzo_runner.interpreter.records import FailureReason, StepFinished
from arazzo_runner.values import Value

__all__ = ["ResultView"]


class ResultView(Protocol):
    """A finished run. The fields are those of ``execution.RunResult``."""

    @property
    def run_id(self) -> str: ...
    @property
    def workflow_id(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def outputs(self) -> Mapping[str, Value]: ...
    @property
    def missing_outputs(self) -> tuple[str, ...]: ...
    @property
    def steps(self) -> tuple[StepFinished, ...]: ...
    @property
    def warnings(self) -> tuple[Fault, ...]: ...
    @property
    def error(self) -> FailureReason | None: ...
    @property
    def transferred_to(self) -> str | None: ...
    @property
    def started_at(self) -> float: ...
    @property
    def duration_ms(self) -> float: ...
