"""Where caches and state of this user belong, on each platform."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from arazzo_runner.values.user_folders import cache_folder, state_folder


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("platform", "cache", "state"),
    [
        ("linux", ".cache", ".local/state"),
        ("darwin", "Library/Caches", "Library/Application Support"),
        ("win32", "AppData/Local", "AppData/Local"),
    ],
)
def test_default_folders(
    monkeypatch: pytest.MonkeyPatch, home: Path, platform: str, cache: str, state: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() == home / cache / "arazzo"
    assert state_folder() == home / state / "arazzo"


def test_the_environment_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    monkeypatch.setenv("XDG_STATE_HOME", "/y")
    monkeypatch.setenv("LOCALAPPDATA", "/z")
    assert (cache_folder(), state_folder()) == (Path("/x/arazzo"), Path("/y/arazzo"))
    monkeypatch.setattr(sys, "platform", "win32")
    assert (cache_folder(), state_folder()) == (Path("/z/arazzo"), Path("/z/arazzo"))


def test_nobody_has_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr(Path, "home", homeless)
    assert (cache_folder(), state_folder()) == (None, None)
