"""What was found out about one attempt of a step."""

from __future__ import annotations

from collections.abc import Mapping

from arazzo_runner.expressions import Scope
from arazzo_runner.interpreter.records import CriterionChecked, FailureReason
from arazzo_runner.linking.program import LinkedStep
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import Response, Value

__all__ = ["Judgement"]


class Judgement(NamedTuple):
    """One attempt of a step: its criteria, why it failed (None when it did not), its outputs.

    ``changed`` says that the outputs differ from those of the step's last execution.
    """

    step: LinkedStep
    scope: Scope
    checked: tuple[CriterionChecked, ...]
    failure: FailureReason | None
    response: Response | None
    outputs: Mapping[str, Value]
    missing: tuple[str, ...]
    changed: bool
