"""Criteria, selectors and replacement targets, and the table of all tolerances."""

from arazzo_runner.criteria.criterion import Criterion, compile_criterion
from arazzo_runner.criteria.limits import EvaluationFault
from arazzo_runner.criteria.verdict import Operand, Verdict

__all__ = [
    "Criterion",
    "EvaluationFault",
    "Operand",
    "Verdict",
    "compile_criterion",
]
