"""The flow of a linked workflow as a graph: which step may follow which, and which always does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from arazzo_runner.linking import LinkedAction, LinkedStep, LinkedWorkflow, WorkflowCall

__all__ = ["Flow"]


class Flow:
    """What may follow what. Steps are their positions; only for workflows that linked wholly."""

    def __init__(self, workflow: LinkedWorkflow) -> None:
        self.workflow = workflow
        self.steps: Sequence[LinkedStep] = workflow.steps

    @property
    def is_whole(self) -> bool:
        """Whether every step linked: else nothing can be said about the flow."""
        return len(self.steps) == len(self.workflow.source.steps) > 0

    @cached_property
    def successors(self) -> list[frozenset[int]]:
        """For each step, the steps that may run right after it."""
        return [frozenset(self._following(step)) for step in self.steps]

    def _following(self, step: LinkedStep) -> Iterator[int]:
        for action in (*step.on_success, *step.on_failure):
            if action.step is not None:
                yield action.step
                if action.type == "retry":
                    yield step.position
        after = step.position + 1
        if after < len(self.steps) and unconditional(step.on_success) is None:
            yield after

    def reachable(self, without: int | None = None) -> frozenset[int]:
        """The steps that can be reached from the first, never through step ``without``."""
        if without == 0:
            return frozenset()
        found, todo = {0}, [0]
        while todo:
            for following in self.successors[todo.pop()]:
                if following not in found and following != without:
                    found.add(following)
                    todo.append(following)
        return frozenset(found)

    def always_after(self, position: int) -> int | None:
        """The step that always follows the success of a step; None when it depends, or the end."""
        step = self.steps[position]
        action = unconditional(step.on_success)
        if action is not None:
            return action.step if step.on_success[0] is action else None
        if step.on_success:
            return None
        return position + 1 if position + 1 < len(self.steps) else None

    def certain(self) -> list[int]:
        """The steps that run in every run in which nothing fails, from the first on."""
        found: list[int] = []
        position: int | None = 0
        while position is not None and position not in found:
            found.append(position)
            position = self.always_after(position)
        return found

    def certain_calls(self) -> Iterator[tuple[LinkedStep, str]]:
        """The workflows that every run calls or goes to, by key, and the step that does it."""
        for position in self.certain():
            step = self.steps[position]
            if isinstance(step.target, WorkflowCall):
                yield step, step.target.key
            action = unconditional(step.on_success)
            if action is not None and action is step.on_success[0] and action.workflow is not None:
                yield step, action.workflow.key


def unconditional(actions: Sequence[LinkedAction]) -> LinkedAction | None:
    """The first end or goto without criteria: nothing behind it is ever taken."""
    for action in actions:
        if action.type != "retry" and not action.criteria:
            return action
    return None
