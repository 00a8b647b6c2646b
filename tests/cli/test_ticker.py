"""Frames are drawn while something is done, and the terminal is in order however it ends."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

import pytest

from arazzo_runner.cli.ticker import ticking
from arazzo_runner.reporting.console import Console
from tests.reporting.records import T0, call, started
from tests.support.terminal import Terminal


def eventually(true: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def console(terminal: Terminal) -> Console:
    made = Console(terminal, terminal=True, size=terminal.size)
    for record in [started(), *call("get", T0)]:
        made.record(record)
    return made


def test_frames_come_by_themselves_and_the_live_lines_go() -> None:
    terminal = Terminal()
    with ticking(console(terminal), wanted=True):
        eventually(lambda: len(terminal.frames) >= 2)
        assert any("POST http" in line for line in terminal.shown)
    assert terminal.shown == ["▸ train-and-poll-job"]
    assert not any(thread.name == "frames" for thread in threading.enumerate())


def test_an_exception_leaves_no_live_lines() -> None:
    terminal = Terminal()

    def interrupted() -> None:
        with ticking(console(terminal), wanted=True):
            eventually(lambda: terminal.frames)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert terminal.shown == ["▸ train-and-poll-job"]


def test_nothing_is_drawn_that_nobody_wants() -> None:
    terminal = Terminal()
    with ticking(console(terminal), wanted=False):
        assert terminal.frames == []
    assert terminal.shown == ["▸ train-and-poll-job"]


@pytest.mark.skipif(not hasattr(signal, "SIGCONT"), reason="this system stops no programs")
def test_after_a_stop_the_old_lines_stay() -> None:
    terminal = Terminal()
    before = signal.getsignal(signal.SIGCONT)
    with ticking(console(terminal), wanted=True):
        eventually(lambda: terminal.frames)
        os.kill(os.getpid(), signal.SIGCONT)
        shown = len(terminal.frames)
        eventually(lambda: len(terminal.frames) > shown + 1)
    assert sum("POST http" in line for line in terminal.shown) == 1
    assert signal.getsignal(signal.SIGCONT) == before


def test_in_another_thread_signals_are_somebody_elses() -> None:
    terminal = Terminal()

    def watch() -> None:
        with ticking(console(terminal), wanted=True):
            eventually(lambda: terminal.frames)

    thread = threading.Thread(target=watch)
    thread.start()
    thread.join(60)
    assert terminal.shown == ["▸ train-and-poll-job"]
