"""The flow of a linked workflow as a graph: which step may follow which, and which always does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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

    @cached_property
    def reachable(self) -> frozenset[int]:
        """The steps that can be reached from the first."""
        return frozenset(self._order)

    def always_before(self, needed: int, here: int) -> bool:
        """Whether every way from the first step to ``here``, which is reachable, leads through a
        step: whether that dominates it.
        """
        if needed not in self._intervals:
            return False
        first, last = self._intervals[needed]
        return first <= self._intervals[here][0] <= last

    @cached_property
    def _order(self) -> list[int]:
        """The reachable steps, each before those that follow it, as far as loops let it be."""
        found: list[int] = []
        seen, todo = {0}, [(0, iter(sorted(self.successors[0])))]
        while todo:
            step, following = todo[-1]
            for each in following:
                if each not in seen:
                    seen.add(each)
                    todo.append((each, iter(sorted(self.successors[each]))))
                    break
            else:
                found.append(step)
                todo.pop()
        return found[::-1]

    @cached_property
    def _dominators(self) -> dict[int, int]:
        """The nearest step through which every way to a step leads (Cooper, Harvey, Kennedy)."""
        rank = {step: index for index, step in enumerate(self._order)}
        before: dict[int, list[int]] = {step: [] for step in self._order}
        for step in self._order:
            for following in self.successors[step]:
                before[following].append(step)
        nearest = {0: 0}
        changed = True
        while changed:
            changed = False
            for step in self._order[1:]:
                known = (each for each in before[step] if each in nearest)
                common = next(known)
                for each in known:
                    common = _meet(common, each, nearest, rank)
                if nearest.get(step) != common:
                    nearest[step] = common
                    changed = True
        return nearest

    @cached_property
    def _intervals(self) -> dict[int, tuple[int, int]]:
        """The numbers of a step and of its last descendant in a walk of the dominator tree."""
        below: dict[int, list[int]] = {step: [] for step in self._order}
        for step, nearest in self._dominators.items():
            if step != 0:
                below[nearest].append(step)
        numbers: dict[int, int] = {}
        todo = [0]
        while todo:
            step = todo.pop()
            numbers[step] = len(numbers)
            todo.extend(below[step])
        last = dict(numbers)
        for step in sorted(numbers, key=numbers.__getitem__, reverse=True):
            nearest = self._dominators[step]
            last[nearest] = max(last[nearest], last[step])
        return {step: (number, last[step]) for step, number in numbers.items()}

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
        found: dict[int, None] = {}  # in order
        position: int | None = 0
        while position is not None and position not in found:
            found[position] = None
            position = self.always_after(position)
        return list(found)

    def certain_calls(self) -> Iterator[tuple[LinkedStep, str]]:
        """The workflows that every run calls or goes to, by key, and the step that does it."""
        for position in self.certain():
            step = self.steps[position]
            if isinstance(step.target, WorkflowCall):
                yield step, step.target.key
            action = unconditional(step.on_success)
            if action is not None and action is step.on_success[0] and action.workflow is not None:
                yield step, action.workflow.key


def _meet(one: int, other: int, nearest: Mapping[int, int], rank: Mapping[int, int]) -> int:
    """The last step that lies on every way to two steps."""
    while one != other:
        if rank[one] > rank[other]:
            one = nearest[one]
        else:
            other = nearest[other]
    return one


def unconditional(actions: Sequence[LinkedAction]) -> LinkedAction | None:
    """The first end or goto without criteria: nothing behind it is ever taken."""
    for action in actions:
        if action.type != "retry" and not action.criteria:
            return action
    return None
