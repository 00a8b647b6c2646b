"""Execution: effects performed, one run or many; the only room with a network and a clock."""

from arazzo_runner.execution.async_runner import AsyncRunner
from arazzo_runner.execution.beginning import pick_workflow
from arazzo_runner.execution.clock import Clock, SystemClock
from arazzo_runner.execution.loading import link_file, load_program, make_loader
from arazzo_runner.execution.result import RunResult
from arazzo_runner.execution.runner import Interrupted, Runner
from arazzo_runner.execution.settings import Settings

__all__ = [
    "AsyncRunner",
    "Clock",
    "Interrupted",
    "RunResult",
    "Runner",
    "Settings",
    "SystemClock",
    "link_file",
    "load_program",
    "make_loader",
    "pick_workflow",
]
