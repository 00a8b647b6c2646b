"""Simple conditions: ``$statusCode == 200 && $response.body.items[0].id != null``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from arazzo_runner.criteria.simple_comparison import COMPARATORS, NotOrdered, is_true
from arazzo_runner.criteria.simple_nodes import (
    Comparison,
    Literal,
    Logical,
    Node,
    Not,
    Reference,
    references,
)
from arazzo_runner.criteria.simple_parser import Operands, parse_nodes
from arazzo_runner.criteria.verdict import Operand, Verdict
from arazzo_runner.expressions import (
    Evaluator,
    Expression,
    Names,
    Scope,
    ToleranceUse,
    compile_expression,
)
from arazzo_runner.values import Value

__all__ = ["SimpleCondition", "compile_simple", "parse_condition"]

_STRICT: Final = Operands()

_Evaluate: TypeAlias = Callable[[list[Value]], Value]
"""A part of a condition over the values of its expressions."""


def parse_condition(text: str) -> Node:
    """The tree of a simple condition that keeps to the specification.

    Raises:
        SyntaxFault: it does not.
    """
    return parse_nodes(text, _STRICT)


class SimpleCondition:
    """A compiled simple condition: its ``node``, the ``tolerances`` it took to read it, and the
    distinct runtime ``expressions`` in it."""

    __slots__ = ("_evaluate", "_evaluators", "_texts", "expressions", "node", "tolerances")

    def __init__(self, node: Node, tolerances: tuple[ToleranceUse, ...] = ()) -> None:
        self.node = node
        self.tolerances = tolerances
        self.expressions: tuple[Expression, ...] = tuple(dict.fromkeys(references(node)))
        self._texts = tuple(expression.text for expression in self.expressions)
        self._evaluators = tuple(map(compile_expression, self.expressions))
        self._evaluate = _compile(node, self.expressions)

    def evaluate(self, scope: Scope) -> Verdict:
        """Whether the condition passes. Never raises; an error makes it fail (CR-19)."""
        values = [evaluator(scope) for evaluator in self._evaluators]
        operands = tuple(map(Operand, self._texts, values))
        try:
            return Verdict(is_true(self._evaluate(values)), operands)
        except NotOrdered as fault:
            return Verdict(False, operands, str(fault))
        except RecursionError:
            return Verdict(False, operands, "the values are nested too deeply to compare")


def compile_simple(
    text: str,
    names: Names | None = None,
    context: Evaluator | None = None,
) -> SimpleCondition:
    """Read a simple condition tolerantly and compile it.

    Raises:
        SyntaxFault: it cannot be read even tolerantly.
    """
    return SimpleCondition(parse_nodes(text, _STRICT))


def _compile(node: Node, expressions: tuple[Expression, ...]) -> _Evaluate:
    if isinstance(node, Literal):
        constant = node.value
        return lambda _: constant
    if isinstance(node, Reference):
        index = expressions.index(node.expression)
        return lambda values: values[index]
    if isinstance(node, Not):
        operand = _compile(node.operand, expressions)
        return lambda values: not is_true(operand(values))
    if isinstance(node, Comparison):
        return _compile_comparison(node, expressions)
    parts = [_compile(operand, expressions) for operand in node.operands]
    decide = all if node.operator == "&&" else any
    return lambda values: decide(is_true(part(values)) for part in parts)


def _compile_comparison(node: Comparison, expressions: tuple[Expression, ...]) -> _Evaluate:
    compare = COMPARATORS[node.operator]
    if isinstance(node.left, Reference) and isinstance(node.right, Literal):
        index, constant = expressions.index(node.left.expression), node.right.value
        return lambda values: compare(values[index], constant)
    left, right = _compile(node.left, expressions), _compile(node.right, expressions)
    return lambda values: compare(left(values), right(values))
