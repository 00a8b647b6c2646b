"""What a program reads of the answers of each step, directly or through outputs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from arazzo_runner.expressions import (
    LENGTH,
    Accessed,
    Expression,
    HeaderReference,
    InputsExpression,
    OutputsExpression,
    ResponseExpression,
    StatusCodeExpression,
    StepsExpression,
    WorkflowsExpression,
)
from arazzo_runner.expressions.nodes import WILDCARD, BodyReference, PayloadReference
from arazzo_runner.linking.program import (
    LinkedOutput,
    LinkedStep,
    LinkedWorkflow,
    Program,
    WorkflowCall,
)
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.simulation.atoms import ANY, DEEP, Atom, atoms_of

__all__ = ["Needs", "Place", "StepKey", "place_of"]


class StepKey(NamedTuple):
    """A step of a program: the key of its workflow and its position."""

    workflow: str
    position: int


class Place(NamedTuple):
    """Where a value comes from.

    ``kind`` is ``body``, ``header``, ``status`` or ``input``; ``path`` are the tokens below it, for
    a header and an input its name first. ``step`` is whose answer, for an input the workflow's key
    and position -1.
    """

    step: StepKey
    kind: str
    path: tuple[str, ...] = ()


class Needs:
    """``wanted`` maps steps to the parts of their answer's body that something reads (see
    ``values.Wanted``), ``headers`` to the names of header fields; ``bodies`` are the steps
    whose answer's body is read at all. ``atoms`` maps places to the
    comparisons that depend on them, wherever in the program they stand.
    """

    def __init__(self, program: Program) -> None:
        self.wanted: dict[StepKey, dict[str, Any]] = {}
        self.bodies: set[StepKey] = set()
        self.headers: dict[StepKey, set[str]] = {}
        self.atoms: dict[Place, list[Atom]] = {}
        self._program = program
        for workflow in program.workflows.values():
            for step in workflow.steps:
                for expression in step.expressions:
                    self._read(workflow, step, expression, ())
                for criterion in criteria_of(step):
                    for atom in atoms_of(criterion):
                        self._compared(workflow, step, atom)
            for output in workflow.outputs:
                for expression in output.expressions:
                    self._read(workflow, None, expression, ())

    def _read(
        self,
        workflow: LinkedWorkflow,
        step: LinkedStep | None,
        expression: Expression,
        below: tuple[str, ...],
    ) -> None:
        for place in place_of(self._program, workflow, step, expression, below):
            if place.kind == "body":
                self.bodies.add(place.step)
                _want(self.wanted.setdefault(place.step, {}), place.path)
            elif place.kind == "header":
                self.headers.setdefault(place.step, set()).add(place.path[0])

    def _compared(self, workflow: LinkedWorkflow, step: LinkedStep, atom: Atom) -> None:
        self._read(workflow, step, atom.expression, atom.path)
        for place in place_of(self._program, workflow, step, atom.expression, atom.path):
            self.atoms.setdefault(place, []).append(atom)


def criteria_of(step: LinkedStep) -> Iterable[Any]:
    """All criteria of a step and of its actions."""
    yield from step.success_criteria
    for action in (*step.on_success, *step.on_failure):
        yield from action.criteria


def place_of(
    program: Program,
    workflow: LinkedWorkflow,
    step: LinkedStep | None,
    expression: Expression,
    below: tuple[str, ...] = (),
) -> list[Place]:
    """Where the value of an expression in a step comes from; in a workflow's output without one.

    Outputs of steps and workflows are followed to what they were made of.
    """
    return list(dict.fromkeys(_places(program, workflow, step, expression, below, 0)))


def _places(
    program: Program,
    workflow: LinkedWorkflow,
    step: LinkedStep | None,
    expression: Expression,
    below: tuple[str, ...],
    depth: int,
) -> Iterable[Place]:
    if depth > 20:
        return
    if isinstance(expression, Accessed):
        tokens = _tokens(expression)
        yield from _places(
            program, workflow, step, expression.expression, tokens + below, depth + 1
        )
    elif isinstance(expression, InputsExpression):
        path = (expression.name, *(expression.pointer or ()), *below)
        yield Place(StepKey(workflow.key, -1), "input", path)
    elif isinstance(expression, ResponseExpression | StatusCodeExpression):
        if step is not None:
            yield from _answered(StepKey(workflow.key, step.position), expression, below)
    else:
        inner = (*(getattr(expression, "pointer", None) or ()), *below)
        for holder, owner, output in _outputs(program, workflow, step, expression):
            for part in output.expressions:
                path = inner if len(output.expressions) == 1 else ()
                yield from _places(program, holder, owner, part, path, depth + 1)


def _tokens(expression: Accessed) -> tuple[str, ...]:
    path = expression.path
    if LENGTH in path:
        path = path[: path.index(LENGTH)]
    return tuple(ANY if part is WILDCARD else str(part) for part in path)


def _answered(
    key: StepKey, expression: ResponseExpression | StatusCodeExpression, below: tuple[str, ...]
) -> Iterable[Place]:
    if isinstance(expression, StatusCodeExpression):
        yield Place(key, "status")
    elif isinstance(expression.source, BodyReference | PayloadReference):
        yield Place(key, "body", (*(expression.source.pointer or ()), *below))
    elif isinstance(expression.source, HeaderReference):
        yield Place(key, "header", (expression.source.name,))


def _outputs(
    program: Program, workflow: LinkedWorkflow, step: LinkedStep | None, expression: Expression
) -> Iterable[tuple[LinkedWorkflow, LinkedStep | None, LinkedOutput]]:
    """The outputs that an expression reads, with the workflow and step they belong to."""
    if isinstance(expression, StepsExpression):
        for one in workflow.steps:
            if one.step_id == expression.step_id:
                for output in one.outputs:
                    if output.name == expression.name:
                        yield workflow, one, output
    elif isinstance(expression, OutputsExpression):
        if step is not None and isinstance(step.target, WorkflowCall):
            called = program.workflows[step.target.key]
            yield from ((called, None, o) for o in called.outputs if o.name == expression.name)
    elif isinstance(expression, WorkflowsExpression) and expression.field == "outputs":
        for other in program.workflows.values():
            if other.document == workflow.document and other.workflow_id == expression.workflow_id:
                yield from ((other, None, o) for o in other.outputs if o.name == expression.name)


def _want(trie: dict[str, Any], path: tuple[str, ...]) -> None:
    for token in path:
        if token == DEEP:
            return
        trie = trie.setdefault(token, {})
