"""Rows of results: a table for people, JSON for machines, each row beside its target."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["Row", "Target", "at_least", "at_most", "print_rows", "write_json"]


@dataclass(frozen=True)
class Target:
    """A bound that an issue sets."""

    limit: float
    issue: int
    most: bool

    def holds(self, value: float) -> bool:
        return value <= self.limit if self.most else value >= self.limit

    def text(self, value: float) -> str:
        sign = "≤" if self.most else "≥"
        verdict = "ok" if self.holds(value) else "miss"
        return f"{sign} {figure(self.limit)} (issue {self.issue}) {verdict}"


def at_most(limit: float, issue: int) -> Target:
    return Target(limit, issue, most=True)


def at_least(limit: float, issue: int) -> Target:
    return Target(limit, issue, most=False)


@dataclass(frozen=True)
class Row:
    """One result; ``unit`` is × for a ratio to a floor."""

    group: str
    name: str
    value: float
    unit: str
    targets: tuple[Target, ...] = ()


def figure(value: float) -> str:
    """A number with the digits that mean something."""
    if value >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def print_rows(group: str, rows: Iterable[Row]) -> None:
    print(f"\n{group}")
    for row in rows:
        targets = ", ".join(target.text(row.value) for target in row.targets)
        print(f"  {row.name:<58}{figure(row.value):>8} {row.unit:<8} {targets}".rstrip())


def write_json(file: Path, rows: Sequence[Row], *, quick: bool) -> None:
    """All rows with the machine they were measured on."""
    data = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "python": platform.python_version(),
        "machine": platform.platform(),
        "quick": quick,
        "rows": [
            asdict(row) | {"ok": all(target.holds(row.value) for target in row.targets)}
            for row in rows
        ],
    }
    file.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
