"""What a console of Windows is asked for: with a library that stands in for Windows'."""

from __future__ import annotations

from typing import Any

import pytest

from arazzo_runner.cli.windows import enable_escapes


class Kernel:
    """Consoles with a mode each; handles without one are no consoles."""

    def __init__(self, modes: dict[int, int], *, old: bool = False) -> None:
        self.modes = modes
        self.old = old

    def GetStdHandle(self, number: int) -> int:  # noqa: N802
        return number

    def GetConsoleMode(self, handle: int, mode: Any) -> int:  # noqa: N802
        mode._obj.value = self.modes.get(handle, 0)
        return int(handle in self.modes)

    def SetConsoleMode(self, handle: int, mode: int) -> int:  # noqa: N802
        if not self.old:
            self.modes[handle] = mode
        return int(not self.old)


@pytest.mark.parametrize(
    ("modes", "old", "after", "understood"),
    [
        ({-11: 3, -12: 3}, False, {-11: 7, -12: 7}, True),
        ({-12: 2}, False, {-12: 7}, True),  # standard output goes to a file
        ({-11: 3}, False, {-11: 7}, False),
        ({-11: 3, -12: 3}, True, {-11: 3, -12: 3}, False),  # before Windows 10
        ({}, False, {}, False),
    ],
)
def test_escapes_are_switched_on(
    modes: dict[int, int], after: dict[int, int], *, old: bool, understood: bool
) -> None:
    kernel = Kernel(modes, old=old)
    assert enable_escapes(kernel) is understood
    assert kernel.modes == after
