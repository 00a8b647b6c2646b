"""Whether a process of Windows lives. Python's ``os.kill(pid, 0)`` would send it Ctrl-C there."""

from __future__ import annotations

import ctypes
from typing import Any

__all__ = ["lives"]

_MAY_ASK = 0x1000  # PROCESS_QUERY_LIMITED_INFORMATION
_STILL_ACTIVE = 259
_ACCESS_DENIED = 5


def lives(pid: int, library: Any = None) -> bool:
    """Whether it does; True for one that may not be asked."""
    kernel = library or ctypes.windll.kernel32  # type: ignore[attr-defined, unused-ignore]
    handle = kernel.OpenProcess(_MAY_ASK, False, pid)
    if not handle:
        return bool(kernel.GetLastError() == _ACCESS_DENIED)
    code = ctypes.c_ulong()
    try:
        known = kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        return not known or code.value == _STILL_ACTIVE
    finally:
        kernel.CloseHandle(handle)
