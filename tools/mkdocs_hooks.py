"""What MkDocs asks while it builds: the reference pages, made of the program itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def on_files(files: Any, *, config: Any) -> Any:
    """Add the pages that are made of the program, and the schemas it publishes."""
    sys.path.insert(0, str(ROOT))
    from mkdocs.structure.files import File

    from tools.reference_pages import pages

    for name, text in pages().items():
        files.append(File.generated(config, name, content=text))
    return files
