"""Whether processes of Windows live: with a library that stands in for Windows'."""

from __future__ import annotations

import pytest

from arazzo_runner.execution import process
from arazzo_runner.execution.windows_process import lives


class Windows:
    """One process: its exit code, or why it cannot be opened."""

    def __init__(self, code: int, error: int = 0) -> None:
        self.code = code
        self.error = error
        self.open = 0

    def OpenProcess(self, rights: int, inherit: bool, pid: int) -> int:  # noqa: N802
        assert (rights, inherit) == (0x1000, False)
        if self.error:
            raise WindowsRefuses(self.error)
        self.open += 1
        return pid

    def GetExitCodeProcess(self, handle: int) -> int:  # noqa: N802
        return self.code

    def CloseHandle(self, handle: int) -> None:  # noqa: N802
        self.open -= 1


class WindowsRefuses(OSError):
    """An error as Windows' have it."""

    def __init__(self, number: int) -> None:
        super().__init__("no")
        self.winerror = number


@pytest.mark.parametrize(
    ("code", "error", "expected"),
    [(259, 0, True), (0, 0, False), (1, 0, False), (0, 5, True), (0, 87, False)],
)
def test_whether_a_process_lives(code: int, error: int, *, expected: bool) -> None:
    windows = Windows(code, error)
    assert lives(4711, windows) is expected
    assert windows.open == 0


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
