"""Whether processes of Windows live: with a library that stands in for Windows'."""

from __future__ import annotations

from typing import Any

import pytest

from arazzo_runner.execution import process
from arazzo_runner.execution.windows_process import lives


class Kernel:
    """One process: its exit code, or why it cannot be opened."""

    def __init__(self, code: int | None, error: int = 0) -> None:
        self.code = code
        self.error = error
        self.open = 0

    def OpenProcess(self, rights: int, inherit: bool, pid: int) -> int:  # noqa: N802
        assert (rights, inherit) == (0x1000, False)
        self.open += not self.error
        return 0 if self.error else pid

    def GetLastError(self) -> int:  # noqa: N802
        return self.error

    def GetExitCodeProcess(self, handle: int, code: Any) -> int:  # noqa: N802
        if self.code is None:
            return 0
        code._obj.value = self.code
        return 1

    def CloseHandle(self, handle: int) -> None:  # noqa: N802
        self.open -= 1


@pytest.mark.parametrize(
    ("code", "error", "expected"),
    [(259, 0, True), (0, 0, False), (1, 0, False), (None, 0, True), (0, 5, True), (0, 87, False)],
)
def test_whether_a_process_lives(code: int | None, error: int, *, expected: bool) -> None:
    kernel = Kernel(code, error)
    assert lives(4711, kernel) is expected
    assert kernel.open == 0


def test_on_windows_no_signal_is_sent_to_find_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def kill(pid: int, number: int) -> None:
        raise AssertionError("os.kill(pid, 0) is Ctrl-C on Windows")

    monkeypatch.setattr("arazzo_runner.execution.windows_process.lives", lambda pid: pid == 1)
    owner = process.Owner(process.this_process().host, 2, "")
    monkeypatch.setattr(process, "_start_time", lambda pid: None)
    monkeypatch.setattr(process.os, "name", "nt")
    monkeypatch.setattr(process.os, "kill", kill)
    assert owner.is_gone
    assert not owner._replace(pid=1).is_gone
