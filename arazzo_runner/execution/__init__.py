"""Execution: effects performed, one run or many; the only room with a network and a clock."""

from __future__ import annotations

TYPE_CHECKING = False  # as in the package's root: typing is slow to import
if TYPE_CHECKING:
    from typing import Any

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

_MODULES = {
    "AsyncRunner": "async_runner",
    "Clock": "clock",
    "SystemClock": "clock",
    "pick_workflow": "beginning",
    "link_file": "loading",
    "load_program": "loading",
    "make_loader": "loading",
    "RunResult": "result",
    "Interrupted": "runner",
    "Runner": "runner",
    "Settings": "settings",
}


def __getattr__(name: str) -> Any:
    """Import a module when something of it is first used: to link a document needs no runner."""
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
    return value
