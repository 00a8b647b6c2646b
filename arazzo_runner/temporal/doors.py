"""The connections and credentials of one worker, for the runs that it sends requests for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from arazzo_runner.errors import Fault
from arazzo_runner.execution.async_runner import AsyncRunner
from arazzo_runner.execution.settings import Settings
from arazzo_runner.temporal.plans import Plan, worker_settings
from arazzo_runner.values import Redactor

__all__ = ["Doors"]

_KEPT: Final = 32
"""Doors that stay open besides those in use."""


class _Door:
    """A runner, and how many requests are under way through it."""

    def __init__(self, runner: AsyncRunner) -> None:
        self.runner = runner
        self.used = 0


class Doors:
    """A runner for all plans of the same settings. ``warn`` is told what a plan's requests lack."""

    def __init__(
        self,
        own: Settings,
        redactor: Redactor,
        warn: Callable[[Fault], None] = lambda _: None,
        **changes: Any,
    ) -> None:
        self._own = own
        self._redactor = redactor
        self._warn = warn
        self._changes = changes
        self._open: OrderedDict[str, _Door] = OrderedDict()
        self._names: dict[str, str] = {}

    @asynccontextmanager
    async def of(self, plan: Plan) -> AsyncIterator[AsyncRunner]:
        """The runner for a plan; it stays open while the block runs.

        Raises:
            UsageError: the plan cannot be carried out with the settings of this worker.
        """
        door = self._door(plan)
        door.used += 1
        try:
            yield door.runner
        finally:
            door.used -= 1
            await self._tidy()

    def _door(self, plan: Plan) -> _Door:
        name = self._names.get(plan.digest)
        if name is not None and name in self._open:
            self._open.move_to_end(name)
            return self._open[name]
        settings = worker_settings(plan, self._own)
        name = repr(sorted(plan.kept.items(), key=str))
        door = self._open.get(name)
        if door is None:
            door = _Door(AsyncRunner(settings, redactor=self._redactor, **self._changes))
        key = plan.program.entries[plan.workflow_id]
        for fault in door.runner.credentials.needed(plan.program, key).missing:
            self._warn(fault)
        self._open[name] = door
        self._names[plan.digest] = name
        return door

    async def _tidy(self) -> None:
        """Close what was not used for longest."""
        for name, door in list(self._open.items())[: max(0, len(self._open) - _KEPT)]:
            if not door.used:
                del self._open[name]
                self._names = {d: n for d, n in self._names.items() if n != name}
                await door.runner.close()

    async def close(self) -> None:
        """Close all of them."""
        for door in self._open.values():
            await door.runner.close()
        self._open.clear()
        self._names.clear()
