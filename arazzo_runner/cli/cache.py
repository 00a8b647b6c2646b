"""The folders that commands keep things in between runs."""

from __future__ import annotations

from pathlib import Path

from arazzo_runner.values.user_folders import cache_folder, state_folder

__all__ = ["cache_folder", "token_folder"]


def token_folder() -> Path | None:
    """Where OAuth2 tokens are kept between runs; None when there is no home."""
    folder = state_folder()
    return None if folder is None else folder / "tokens"
