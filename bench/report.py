"""Rows of results: a table for people, JSON for machines, each row beside its target."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

REFERENCE_START = 0.015  # seconds of CPU; issue 2, point 10

__all__ = ["REFERENCE_START", "Row", "Target", "at_least", "at_most", "print_rows", "write_json"]


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
    """One result; ``unit`` is × for a ratio to a floor.

    ``scaled`` is what an absolute time would be on the machine that the targets speak of, where
    bare Python starts in ``REFERENCE_START`` seconds of CPU. Where it is given, it is what counts.
    """

    group: str
    name: str
    value: float
    unit: str
    targets: tuple[Target, ...] = ()
    scaled: float | None = None

    @property
    def counts(self) -> float:
        return self.value if self.scaled is None else self.scaled

    @property
    def ok(self) -> bool:
        return all(target.holds(self.counts) for target in self.targets)


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
        scaled = "" if row.scaled is None else figure(row.scaled)
        targets = ", ".join(target.text(row.counts) for target in row.targets)
        print(
            f"  {row.name:<46}{figure(row.value):>7} {row.unit:<3}{scaled:>7}  {targets}".rstrip()
        )


def write_json(file: Path, rows: Sequence[Row], *, quick: bool) -> None:
    """All rows with the machine they were measured on."""
    data = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "python": platform.python_version(),
        "machine": platform.platform(),
        "quick": quick,
        "rows": [asdict(row) | {"ok": row.ok if row.targets else None} for row in rows],
    }
    file.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
