"""The folders of this user: caches and state."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["cache_folder", "token_folder"]


def cache_folder() -> Path | None:
    """Where parsed descriptions are kept between runs; None when there is no home."""
    return _own_folder("XDG_CACHE_HOME", ".cache", "Caches")


def token_folder() -> Path | None:
    """Where OAuth2 tokens are kept between runs; None when there is no home."""
    folder = _own_folder("XDG_STATE_HOME", ".local/state", "Application Support")
    return None if folder is None else folder / "tokens"


def _own_folder(variable: str, below_home: str, library: str) -> Path | None:
    base = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else variable)
    if base and Path(base).is_absolute():
        return Path(base) / "arazzo"
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "darwin":
        return home / "Library" / library / "arazzo"
    return home / below_home / "arazzo"
