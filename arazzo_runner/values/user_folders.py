"""The folders of this user: what may be lost (caches), and what is to be kept (state)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["cache_folder", "state_folder"]


def cache_folder() -> Path | None:
    """Where caches belong: ``XDG_CACHE_HOME`` or the platform's folder; None without a home."""
    return _own_folder("XDG_CACHE_HOME", ".cache", "Library/Caches")


def state_folder() -> Path | None:
    """Where state belongs: ``XDG_STATE_HOME`` or the platform's folder; None without a home."""
    return _own_folder("XDG_STATE_HOME", ".local/state", "Library/Application Support")


def _own_folder(variable: str, below_home: str, on_macos: str) -> Path | None:
    on_windows = sys.platform == "win32"
    base = os.environ.get("LOCALAPPDATA" if on_windows else variable)
    if base and Path(base).is_absolute():
        return Path(base) / "arazzo"
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if on_windows:
        return home / "AppData/Local/arazzo"
    return home / (on_macos if sys.platform == "darwin" else below_home) / "arazzo"
