"""Golden files: what people read, kept word by word. ``ARAZZO_UPDATE_GOLDENS=1`` rewrites them."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["check_golden"]


def check_golden(file: Path, text: str) -> None:
    """Fails when the text differs from the file's."""
    if os.environ.get("ARAZZO_UPDATE_GOLDENS") == "1":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    assert file.exists(), f"{file} is missing: run once with ARAZZO_UPDATE_GOLDENS=1"
    assert text == file.read_bytes().decode()
