"""The outcome of a criterion, with the values that decided it."""

from __future__ import annotations

from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import Value

__all__ = ["Operand", "Verdict"]


class Operand(NamedTuple):
    """A runtime expression of a condition, as written, and the value it had (ABSENT: none)."""

    text: str
    value: Value


class Verdict(NamedTuple):
    """Whether a criterion passed, on which values; ``error`` says why it could not be decided."""

    passed: bool
    operands: tuple[Operand, ...] = ()
    error: str | None = None
