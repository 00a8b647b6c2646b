"""The outcome of a criterion, with the values that decided it.

One is made for each evaluation, so they are not frozen (that costs 1 µs); nobody changes them.
"""

from __future__ import annotations

from dataclasses import dataclass

from arazzo_runner.values import Value

__all__ = ["Operand", "Verdict"]


@dataclass(slots=True)
class Operand:
    """A runtime expression of a condition, as written, and the value it had (ABSENT: none)."""

    text: str
    value: Value


@dataclass(slots=True)
class Verdict:
    """Whether a criterion passed, on which values; ``error`` says why it could not be decided."""

    passed: bool
    operands: tuple[Operand, ...] = ()
    error: str | None = None
