"""A terminal as a person sees it: pyte reads what is written and renders the screen."""

from __future__ import annotations

import io
import os
import select
import signal
import struct
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import pytest

__all__ = ["Terminal", "in_terminal"]


class Terminal(io.StringIO):
    """A stream that is a terminal of so many columns and rows."""

    encoding = "utf-8"

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        super().__init__()
        pyte = pytest.importorskip("pyte")
        self.screen = pyte.HistoryScreen(columns, rows, history=10_000, ratio=0.5)
        self.screen.set_mode(pyte.modes.LNM)  # what the line discipline does: \n is \r\n
        self._stream = pyte.Stream(self.screen)
        self.frames: list[str] = []

    def write(self, text: str) -> int:
        """Show it."""
        self.frames.append(text)
        self._stream.feed(text)
        return len(text)

    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        return self.screen.columns, self.screen.lines

    def resize(self, columns: int, rows: int = 24) -> None:
        """Make it narrower or wider, as terminals do that do not break lines anew."""
        self.screen.resize(rows, columns)

    @property
    def shown(self) -> list[str]:
        """What stands on the screen, without empty lines at its end."""
        lines = [line.rstrip() for line in self.screen.display]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    @property
    def everything(self) -> list[str]:
        """What scrolled away and what stands on the screen."""
        width = self.screen.columns
        above = [
            "".join(line[column].data for column in range(width)).rstrip()
            for line in self.screen.history.top
        ]
        return above + self.shown


class _Session:
    """A command in a terminal."""

    def __init__(self, process: subprocess.Popen[bytes], reader: int, terminal: Terminal) -> None:
        self.process = process
        self.terminal = terminal
        self._reader = reader

    def until(self, seen: Callable[[list[str]], bool], seconds: float = 30.0) -> list[str]:
        """Read until the screen is as asked for; what it shows then."""
        end = time.monotonic() + seconds
        while not seen(self.terminal.shown):
            assert time.monotonic() < end, "\n".join(self.terminal.shown)
            if not self._read():
                assert seen(self.terminal.shown), "\n".join(self.terminal.frames)
                break
        return self.terminal.shown

    def end(self) -> list[str]:
        """Read to the end; everything that was shown and has not been erased."""
        while self._read():
            pass
        self.process.wait(30)
        return self.terminal.everything

    def resize(self, columns: int, rows: int = 24) -> None:
        """The window becomes another size."""
        self.terminal.resize(columns, rows)
        _set_size(self._reader, columns, rows)
        self.process.send_signal(signal.SIGWINCH)

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._reader, keys)

    def _read(self) -> bool:
        if not select.select([self._reader], [], [], 0.5)[0]:
            return self.process.poll() is None
        try:
            chunk = os.read(self._reader, 65536)
        except OSError:  # the other side is closed
            return False
        self.terminal.write(chunk.decode("utf-8", "replace"))
        return bool(chunk)


def _set_size(terminal: int, columns: int, rows: int) -> None:
    import fcntl
    import termios

    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


@contextmanager
def in_terminal(
    words: Sequence[str], environment: Mapping[str, str], columns: int = 80, rows: int = 24
) -> Iterator[_Session]:
    """Start a command in a terminal of its own, which is its controlling one."""
    pty = pytest.importorskip("pty")
    terminal = Terminal(columns, rows)
    reader, writer = pty.openpty()
    _set_size(reader, columns, rows)
    setup = (
        "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    process = subprocess.Popen(
        [words[0], "-c", setup, *words],
        stdin=writer,
        stdout=writer,
        stderr=writer,
        env=dict(environment),
        start_new_session=True,
    )
    os.close(writer)
    try:
        yield _Session(process, reader, terminal)
    finally:
        process.kill()
        process.wait(30)
        os.close(reader)
