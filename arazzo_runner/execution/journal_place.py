"""Where a user's runs are kept. Apart from the journal itself, which takes time to import."""

from __future__ import annotations

import os
from pathlib import Path

from arazzo_runner.values.user_folders import state_folder

__all__ = ["default_journal"]


def default_journal() -> Path | None:
    """Where the runs of this user are kept; None when there is no home.

    ``ARAZZO_JOURNAL``, else a file in the folder for state (``XDG_STATE_HOME``).
    """
    if given := os.environ.get("ARAZZO_JOURNAL"):
        return Path(given)
    folder = state_folder()
    return None if folder is None else folder / "runs.db"
