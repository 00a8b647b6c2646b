"""What a simulation found out about a document, beyond how the run ended."""

from __future__ import annotations

from typing import Final

from arazzo_runner.errors import Location
from arazzo_runner.named_tuples import NamedTuple

__all__ = ["RULES", "Finding", "finding"]

RULES: Final = {
    "status-undeclared": "warning",
    "header-undeclared": "warning",
    "part-undeclared": "warning",
    "body-undeclared": "warning",
    "part-impossible": "error",
    "value-forbidden": "error",
    "input-undeclared": "warning",
    "input-conflict": "warning",
    "request-required": "error",
    "request-constant": "error",
    "request-value": "warning",
    "request-unchecked": "warning",
    "output-absent": "warning",
    "run-failed": "error",
    "run-ended": "error",
    "step-unreached": "error",
    "action-unreached": "warning",
    "loop-endless": "error",
    "value-absent": "warning",
    "input-needed": "error",
    "condition-constant": "warning",
    "budget": "warning",
}
"""The rules of simulation and exploration with their severity."""


class Finding(NamedTuple):
    """One finding; ``severity`` is error or warning; ``step_id`` is None for the workflow."""

    rule: str
    message: str
    workflow_id: str
    step_id: str | None = None
    location: Location | None = None
    hint: str | None = None

    @property
    def severity(self) -> str:
        """``error`` or ``warning``."""
        return RULES[self.rule]


def finding(
    rule: str,
    message: str,
    workflow_id: str,
    step_id: str | None = None,
    location: Location | None = None,
    hint: str | None = None,
) -> Finding:
    """A finding; its rule has to be a known one."""
    assert rule in RULES, rule
    return Finding(rule, message, workflow_id, step_id, location, hint)
