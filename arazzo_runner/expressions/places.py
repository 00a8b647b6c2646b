"""Where named values live: inputs, outputs, the outputs of a step, the values of a workflow."""

from __future__ import annotations

from typing import TypeAlias

from arazzo_runner.expressions.names import Names
from arazzo_runner.expressions.nodes import (
    InputsExpression,
    OutputsExpression,
    Pointer,
    StepsExpression,
    WorkflowsExpression,
)
from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.named_tuples import NamedTuple

__all__ = ["NamedExpression", "Place", "place_at"]

NamedExpression: TypeAlias = (
    InputsExpression | OutputsExpression | StepsExpression | WorkflowsExpression
)

_PLACE = lazy_pattern(
    r"\$(?:(?P<own>inputs|outputs)|steps\.(?P<id>[A-Za-z0-9_-]+)\.outputs"
    r"|workflows\.(?P<workflow>[A-Za-z0-9_-]+)\.(?P<field>inputs|outputs))\."
)


class Place(NamedTuple):
    """A group of named values. ``owner`` is a stepId or workflowId, ``name_start`` the index
    where a name follows, ``declared`` the names that exist (None: any name can)."""

    kind: str
    owner: str
    name_start: int
    declared: frozenset[str] | None

    def expression(self, name: str, pointer: Pointer) -> NamedExpression:
        """The expression for one name of this place."""
        if self.kind == "inputs":
            return InputsExpression(name, pointer)
        if self.kind == "outputs":
            return OutputsExpression(name, pointer)
        if self.kind == "steps":
            return StepsExpression(self.owner, name, pointer)
        return WorkflowsExpression(self.owner, self.kind.removeprefix("workflow "), name, pointer)


def place_at(text: str, start: int, names: Names) -> Place | None:
    """The place that the text names at ``start``, or None."""
    found = _PLACE.match(text, start)
    if found is None:
        return None
    nothing: frozenset[str] = frozenset()
    if found["own"]:
        declared = names.inputs if found["own"] == "inputs" else names.outputs
        return Place(found["own"], "", found.end(), declared)
    if found["id"]:
        return Place("steps", found["id"], found.end(), names.steps.get(found["id"], nothing))
    workflow = names.workflows.get(found["workflow"])
    if workflow is None:
        declared = nothing
    else:
        declared = workflow.inputs if found["field"] == "inputs" else workflow.outputs
    return Place(f"workflow {found['field']}", found["workflow"], found.end(), declared)
