"""What a console of Windows has to be asked for."""

from __future__ import annotations

import ctypes
from typing import Any

__all__ = ["enable_escapes"]

_STANDARD_ERROR = -12
_STANDARD_OUTPUT = -11
_PROCESSED = 1
_VIRTUAL_TERMINAL = 4


def enable_escapes(library: Any = None) -> bool:
    """Have the console understand colours and cursor movements; whether standard error's does.

    Consoles since Windows 10 can, but not before they are asked (``SetConsoleMode``). Terminals
    that are no console (mintty) are reached through a pipe and are no terminal to Python.
    """
    kernel = library or ctypes.windll.kernel32  # type: ignore[attr-defined, unused-ignore]
    understood = False
    for number in (_STANDARD_OUTPUT, _STANDARD_ERROR):
        handle = kernel.GetStdHandle(number)
        mode = ctypes.c_ulong()
        understood = bool(
            kernel.GetConsoleMode(handle, ctypes.byref(mode))
            and kernel.SetConsoleMode(handle, mode.value | _PROCESSED | _VIRTUAL_TERMINAL)
        )
    return understood
