"""Whether a process of Windows lives. Python's ``os.kill(pid, 0)`` would send it Ctrl-C there."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["lives"]

_MAY_ASK = 0x1000  # PROCESS_QUERY_LIMITED_INFORMATION
_STILL_ACTIVE = 259
_NO_SUCH_PROCESS = 87  # ERROR_INVALID_PARAMETER


def lives(pid: int, library: Any = None) -> bool:
    """Whether it does; True for one that may not be asked."""
    windows = library or import_module("_winapi")  # which subprocess uses, too
    try:
        handle = windows.OpenProcess(_MAY_ASK, False, pid)
    except OSError as error:
        return getattr(error, "winerror", 0) != _NO_SUCH_PROCESS
    try:
        return bool(windows.GetExitCodeProcess(handle) == _STILL_ACTIVE)
    finally:
        windows.CloseHandle(handle)
