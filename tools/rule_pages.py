"""The pages of the rules: ``docs/rules``, made of the rules themselves.

``python -m tools.rule_pages`` writes them; with ``--check`` nothing is written and the exit code
is 1 when they are not current.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from arazzo_runner.validation.pages import index_page, rule_page
from arazzo_runner.validation.registry import all_rules

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "rules"


def pages() -> dict[str, str]:
    """Every page by file name."""
    found = {f"{rule.id}.md": rule_page(rule) for rule in all_rules().values()}
    return {"README.md": index_page(), **found}


def differences(folder: Path = FOLDER) -> list[str]:
    """The names of pages that are missing, differ or belong to no rule."""
    wanted = pages()
    there = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.md")}
    return sorted(name for name in wanted.keys() | there if wanted.get(name) != there.get(name))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    stale = differences()
    if parser.parse_args(arguments).check:
        for name in stale:
            sys.stderr.write(f"docs/rules/{name} is stale: run python -m tools.rule_pages\n")
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for name in stale:
        if name in wanted:
            (FOLDER / name).write_text(wanted[name], encoding="utf-8")
        else:
            (FOLDER / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
