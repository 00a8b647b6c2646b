"""Ctrl-C and SIGTERM: a kept run finishes its request and can go on later; twice stops at once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["GRACE", "interruptible"]

GRACE = 10.0
"""Seconds that a request in flight may still take after the first signal."""


@contextmanager
def interruptible(
    stop: Callable[[], bool], stopping: Callable[[], bool], tell: Callable[[str], None]
) -> Iterator[None]:
    """Ctrl-C and SIGTERM end a run: ``KeyboardInterrupt`` at once, or later when ``stop`` is True.

    ``stop`` asks a run to end by itself and says whether it will; then the interrupt comes only
    when it is still ``stopping`` after the grace time, or with the second signal. ``tell`` says so.
    """
    asked = False

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        nonlocal asked
        first, asked = not asked, True
        if first and stop():
            tell("finishing the request in flight; once more stops at once")
            if hasattr(signal, "setitimer"):
                signal.setitimer(signal.ITIMER_REAL, GRACE)
            return
        raise KeyboardInterrupt

    def remind(_signal: int, _frame: FrameType | None) -> None:
        if stopping():
            raise KeyboardInterrupt

    handlers = {"SIGINT": interrupt, "SIGTERM": interrupt, "SIGALRM": remind}
    before = {}
    try:
        for name in [name for name in handlers if hasattr(signal, name)]:
            number = getattr(signal, name)
            if name != "SIGINT" or signal.getsignal(number) is signal.default_int_handler:
                before[number] = signal.signal(number, handlers[name])
    except ValueError:  # not in the main thread: signals are somebody else's
        yield
        return
    try:
        yield
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
