"""Which process carries out a run, and whether it still lives."""

from __future__ import annotations

import os
import socket
from functools import lru_cache

from arazzo_runner.named_tuples import NamedTuple

__all__ = ["Owner", "read_owner", "this_process"]


class Owner(NamedTuple):
    """A process: its host, its id, and when it started, where the system tells (Linux)."""

    host: str
    pid: int
    started: str

    def __str__(self) -> str:
        return f"{self.host} {self.pid} {self.started}"

    @property
    def is_gone(self) -> bool:
        """True when it is certain that it does not live any more."""
        if self.host != this_process().host:
            return False
        if self.started and (now := _start_time(self.pid)) is not None:
            return now != self.started
        if os.name == "nt":
            from arazzo_runner.execution.windows_process import lives

            return not lives(self.pid)
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except OSError:
            return False
        return False

    @property
    def is_here(self) -> bool:
        """True when it lives on this machine as far as can be known."""
        return self.host == this_process().host and not self.is_gone


def read_owner(text: str) -> Owner:
    """What :class:`Owner` was written as."""
    host, pid, started = [*text.split(" "), "0", ""][:3]
    return Owner(host, int(pid) if pid.isdecimal() else 0, started)


def this_process() -> Owner:
    """The process that asks."""
    return _process(os.getpid())


@lru_cache(maxsize=2)
def _process(pid: int) -> Owner:
    return Owner(socket.gethostname().replace(" ", "_"), pid, _start_time(pid) or "")


def _start_time(pid: int) -> str | None:
    """When a process started, in the kernel's ticks; None where there is no such file.

    Ids are used again; with the start they are not.
    """
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - pathlib costs more
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    # A zombie has ended; nobody has looked at how.
    return "" if fields[0] == b"Z" else fields[19].decode()
