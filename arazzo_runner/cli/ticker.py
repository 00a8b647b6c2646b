"""Draws the frames of a terminal while a run is busy."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from arazzo_runner.execution import SystemClock
from arazzo_runner.reporting.console import Console

__all__ = ["ticking"]

_FRAME: Final = 0.1
"""Seconds between two frames, and before the first: a run that is shorter is written at once."""


@contextmanager
def ticking(console: Console, *, wanted: bool) -> Iterator[None]:
    """Ticks come while the context is open, when they are wanted; then the live lines are gone."""
    if not wanted:
        try:
            yield
        finally:
            console.close()
        return
    over = threading.Event()
    now = SystemClock().now

    def draw() -> None:
        while not over.wait(_FRAME):
            console.tick(now())

    thread = threading.Thread(target=draw, name="frames", daemon=True)
    with _continued(console):
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(1.0)  # longer only when nobody reads the terminal
            console.close()


@contextmanager
def _continued(console: Console) -> Iterator[None]:
    """After Ctrl-Z the shell has written: what was drawn is left alone."""
    number = getattr(signal, "SIGCONT", None)
    before = None
    with suppress(ValueError):  # not in the main thread
        if number is not None:
            before = signal.signal(number, lambda *_: console.forget())
    try:
        yield
    finally:
        if number is not None and before is not None:
            signal.signal(number, before)
