"""Where a user's runs are kept. Apart from the journal itself, which takes time to import."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["default_journal"]


def default_journal() -> Path | None:
    """Where the runs of this user are kept; None when there is no home.

    ``ARAZZO_JOURNAL``, else a file in the folder for state (``XDG_STATE_HOME``).
    """
    if given := os.environ.get("ARAZZO_JOURNAL"):
        return Path(given)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    else:
        base = os.environ.get("XDG_STATE_HOME")
    if base and Path(base).is_absolute():
        return Path(base) / "arazzo" / "runs.db"
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "arazzo" / "runs.db"
    return home / ".local" / "state" / "arazzo" / "runs.db"
