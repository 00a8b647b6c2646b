"""Where the shared reference material is, and a skip with a reason where it is not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("ARAZZO_SHARED") or REPOSITORY.parent / "shared").resolve()


def require(path: Path) -> Path:
    """The path, or a skip of the calling module or test that says what is missing."""
    if not path.exists():
        pytest.skip(
            f"{path} is missing (set ARAZZO_SHARED to the folder of the suites)",
            allow_module_level=True,
        )
    return path
