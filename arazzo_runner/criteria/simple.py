"""Simple conditions: ``$statusCode == 200 && $response.body.items[0].id != null``."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Final, TypeAlias

from arazzo_runner.criteria.simple_comparison import (
    COMPARATORS,
    NotOrdered,
    is_true,
    without_parameters,
)
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
from arazzo_runner.criteria.simple_tolerant import read_condition
from arazzo_runner.criteria.verdict import Operand, Verdict
from arazzo_runner.expressions import (
    Expression,
    Names,
    Scope,
    ToleranceUse,
    compile_expression,
)
from arazzo_runner.values import Value

__all__ = ["SimpleCondition", "compile_simple", "parse_condition"]

_STRICT: Final = Operands()

_Values: TypeAlias = list[Value]
"""The values of a condition's distinct expressions, in order."""

_Test: TypeAlias = Callable[[_Values], bool]


def parse_condition(text: str) -> Node:
    """The tree of a simple condition that keeps to the specification.

    Raises:
        SyntaxFault: it does not.
    """
    return parse_nodes(text, _STRICT)


class SimpleCondition:
    """A compiled simple condition: its ``node``, the ``tolerances`` it took to read it, and the
    distinct runtime ``expressions`` in it."""

    __slots__ = ("_evaluators", "_test", "_texts", "expressions", "node", "tolerances")

    def __init__(self, node: Node, tolerances: tuple[ToleranceUse, ...] = ()) -> None:
        self.node = node
        self.tolerances = tolerances
        self.expressions: tuple[Expression, ...] = tuple(dict.fromkeys(references(node)))
        self._texts = [expression.text for expression in self.expressions]
        self._evaluators = [compile_expression(expression) for expression in self.expressions]
        self._test = _test(node, self.expressions)

    def evaluate(self, scope: Scope) -> Verdict:
        """Whether the condition passes. Never raises; an error makes it fail (CR-19)."""
        values = [evaluator(scope) for evaluator in self._evaluators]
        operands = tuple(map(Operand, self._texts, values))
        try:
            return Verdict(self._test(values), operands)
        except NotOrdered as fault:
            return Verdict(False, operands, str(fault))
        except RecursionError:
            return Verdict(False, operands, "the values are nested too deeply to compare")


def compile_simple(
    text: str,
    names: Names | None = None,
    context: Expression | None = None,
) -> SimpleCondition:
    """Read a simple condition tolerantly and compile it.

    ``names`` are the document's declared names. ``context`` is the criterion's context: a
    condition that is a literal is compared with it (``simple-context-literal``); any other
    condition ignores it (A-18).

    Raises:
        SyntaxFault: it cannot be read even tolerantly.
    """
    node, tolerances = read_condition(text, names or Names(), context)
    return SimpleCondition(node, tolerances)


def _value(node: Node, expressions: tuple[Expression, ...]) -> Callable[[_Values], Value]:
    """The closure that gives the node's value."""
    if isinstance(node, Literal):
        constant = node.value
        return lambda _: constant
    if isinstance(node, Reference):
        return itemgetter(expressions.index(node.expression))
    return _test(node, expressions)


def _test(node: Node, expressions: tuple[Expression, ...]) -> _Test:
    """The closure that decides the node."""
    if isinstance(node, Comparison):
        return _comparison(node, expressions)
    if isinstance(node, Not):
        operand = _test(node.operand, expressions)
        return lambda values: not operand(values)
    if isinstance(node, Logical):
        parts = [_test(operand, expressions) for operand in node.operands]
        return _every(parts) if node.operator == "&&" else _any(parts)
    value = _value(node, expressions)
    return lambda values: is_true(value(values))


def _every(parts: list[_Test]) -> _Test:
    def test(values: _Values) -> bool:
        for part in parts:  # noqa: SIM110 - all() of a generator takes twice the time
            if not part(values):
                return False
        return True

    return test


def _any(parts: list[_Test]) -> _Test:
    def test(values: _Values) -> bool:
        for part in parts:  # noqa: SIM110 - as above
            if part(values):
                return True
        return False

    return test


def _comparison(node: Comparison, expressions: tuple[Expression, ...]) -> _Test:
    compare = COMPARATORS[node.operator]
    left, right = _value(node.left, expressions), _value(node.right, expressions)
    if isinstance(node.right, Literal):
        constant = node.right.value
        if node.right.media_type:
            return lambda values: compare(without_parameters(left(values)), constant)
        return lambda values: compare(left(values), constant)
    return lambda values: compare(left(values), right(values))
