"""What happens after a step: the one table of action outcomes (SEMANTICS §4).

============  ===================  ====================================================
step          action               then
============  ===================  ====================================================
success       none                 the next step (ST-20)
failure       none                 the workflow fails (ST-21)
success       end                  the workflow is completed
failure       end                  the workflow is ended (A-23)
either        goto a step          that step; a poll when it comes back to the same request
either        goto a workflow      a one-way transfer (A-28)
either        retry                wait, run what the action names, then this step again (A-29)
============  ===================  ====================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from arazzo_runner.criteria import Criterion
from arazzo_runner.expressions import Scope
from arazzo_runner.interpreter.records import ActionConsidered, ActionTaken, CriterionChecked
from arazzo_runner.linking.program import LinkedAction

__all__ = ["OUTCOMES", "check", "select_action", "taken"]

OUTCOMES: Final[Mapping[tuple[bool, str | None], str]] = {
    (True, None): "next",
    (False, None): "fail",
    (True, "end"): "complete",
    (False, "end"): "end",
    (True, "goto"): "goto",
    (False, "goto"): "goto",
    (True, "retry"): "retry",
    (False, "retry"): "retry",
}
"""(the step succeeded, the type of the selected action) to what the machine does next."""


def check(criteria: Sequence[Criterion], scope: Scope) -> tuple[CriterionChecked, ...]:
    """Every criterion, evaluated; all of them must pass (CR-20)."""
    return tuple([CriterionChecked(c.condition, c.type, c.evaluate(scope)) for c in criteria])


def select_action(
    actions: Sequence[LinkedAction], retries: Mapping[str, int], scope: Scope
) -> tuple[int, LinkedAction | None, tuple[ActionConsidered, ...]]:
    """The first action whose criteria all pass and whose retries are not used up (ST-22, RET-06).

    Returns its index as well, which names the action's budget, -1 and None when none matches; and
    what was looked at.
    """
    considered: list[ActionConsidered] = []
    for index, action in enumerate(actions):
        if action.type == "retry" and retries.get(str(index), 0) >= action.retry_limit:
            considered.append(ActionConsidered(action.name, action.type, used_up=True))
            continue
        checked: list[CriterionChecked] = []
        for criterion in action.criteria:
            verdict = criterion.evaluate(scope)
            checked.append(CriterionChecked(criterion.condition, criterion.type, verdict))
            if not verdict.passed:
                break
        considered.append(ActionConsidered(action.name, action.type, tuple(checked)))
        if not checked or checked[-1].verdict.passed:
            return index, action, tuple(considered)
    return -1, None, tuple(considered)


def taken(action: LinkedAction) -> ActionTaken:
    """The record of a selected action."""
    workflow_id = action.workflow.workflow_id if action.workflow else None
    return ActionTaken(action.name, action.type, action.step_id, workflow_id)
