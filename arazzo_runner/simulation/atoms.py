"""What a criterion asks, taken apart: single comparisons of one value with another.

A criterion stays what decides. Its atoms only say which values are worth trying.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from arazzo_runner.criteria import Criterion
from arazzo_runner.criteria.criterion import Question
from arazzo_runner.criteria.jsonpath import RFC9535, rfc_environment, singular_keys
from arazzo_runner.criteria.jsonpath_comparison import parse_comparison
from arazzo_runner.criteria.jsonpath_operands import Count, Length, Literal, Selected
from arazzo_runner.criteria.regex import unwrap
from arazzo_runner.criteria.simple_nodes import (
    Comparison,
    Logical,
    Node,
    Not,
    Reference,
)
from arazzo_runner.criteria.simple_nodes import Literal as SimpleLiteral
from arazzo_runner.errors import ArazzoError, SyntaxFault
from arazzo_runner.expressions import LENGTH, Accessed, Expression, Scope, compile_expression
from arazzo_runner.expressions.nodes import WILDCARD
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.simulation.looking import ANY
from arazzo_runner.values import ABSENT, Value

__all__ = ["ANY", "DEEP", "Atom", "atoms_of"]

DEEP: Final = ".."
"""A token of a path: at any depth."""

_SWAPPED: Final = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OPPOSITE: Final = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
    "true": "false",
    "exists": "missing",
    "missing": "exists",
    "empty": "filled",
    "filled": "empty",
    "match": "mismatch",
}


class Atom(NamedTuple):
    """``expression`` and ``path`` below its value, an operator, the value it is compared with.

    Besides comparisons, ``operator`` is ``true``, ``false``, ``exists``, ``missing``, ``empty``,
    ``filled``, ``match`` or ``mismatch`` (of the pattern ``value``). ``measured`` compares the
    length. ``value`` is ABSENT when it is not known.
    """

    expression: Expression
    path: tuple[str, ...]
    operator: str
    value: Value = ABSENT
    measured: bool = False

    def negated(self) -> Atom:
        """The atom that holds when this one does not."""
        return self._replace(operator=_OPPOSITE.get(self.operator, self.operator))


def atoms_of(criterion: Criterion, scope: Scope | None = None) -> list[Atom]:
    """The comparisons of a criterion. ``scope`` gives the values of other expressions in it."""
    form = criterion.form
    if not isinstance(form, Question):
        return list(_simple(form, scope, negated=False))
    text = _text(form, scope)
    if text is None:
        return []
    if criterion.type == "regex":
        return [Atom(form.context, (), "match", unwrap(text)[0])]
    if criterion.type == "jsonpath":
        return list(_jsonpath(form.context, text, form.version or RFC9535))
    return []


def _text(form: Question, scope: Scope | None) -> str | None:
    if form.text.constant is not None:
        return form.text.constant
    try:
        return None if scope is None else form.text.text(scope, [])
    except ArazzoError:
        return None


# -- simple --------------------------------------------------------------------------------------


def _simple(node: Node, scope: Scope | None, *, negated: bool) -> Iterator[Atom]:
    if isinstance(node, Logical):
        for operand in node.operands:
            yield from _simple(operand, scope, negated=negated)
    elif isinstance(node, Not):
        yield from _simple(node.operand, scope, negated=not negated)
    elif isinstance(node, Comparison):
        for atom in _comparison(node, scope):
            yield atom.negated() if negated else atom
    elif isinstance(node, Reference):
        atom = _atom(node.expression, "true", ABSENT)
        yield atom.negated() if negated else atom


def _comparison(node: Comparison, scope: Scope | None) -> Iterator[Atom]:
    sides = (
        (node.left, node.operator, node.right),
        (node.right, _SWAPPED[node.operator], node.left),
    )
    for one, operator, other in sides:
        if isinstance(one, Reference):
            yield _atom(one.expression, operator, _known(other, scope))


def _known(node: Node, scope: Scope | None) -> Value:
    if isinstance(node, SimpleLiteral):
        return node.value
    if isinstance(node, Reference) and scope is not None:
        return compile_expression(node.expression)(scope)
    return ABSENT


def _atom(expression: Expression, operator: str, value: Value) -> Atom:
    if not isinstance(expression, Accessed):
        return Atom(expression, (), operator, value)
    path = list(expression.path)
    measured = bool(path) and path[-1] is LENGTH
    if measured:
        path.pop()
    tokens = tuple(ANY if part is WILDCARD else str(part) for part in path)
    return Atom(expression.expression, tokens, operator, value, measured)


# -- jsonpath ------------------------------------------------------------------------------------


def _jsonpath(context: Expression, text: str, version: str) -> Iterator[Atom]:
    try:
        comparison = parse_comparison(text, version)
    except SyntaxFault:
        return
    if comparison is None:
        yield from _query(context, text)
        return
    for left, operator, right, negated in comparison.facts:
        for atom in _fact(context, left, operator, right):
            yield atom.negated() if negated else atom


def _fact(context: Expression, left: Any, operator: str, right: Any) -> Iterator[Atom]:
    if operator == "empty":
        operator = "empty" if right else "filled"
        right = None
    if operator in ("match", "search"):
        operator = "match"
    value = right.constant if isinstance(right, Literal) else ABSENT
    if isinstance(left, Literal) and operator in _SWAPPED:
        left, operator, value = right, _SWAPPED[operator], left.constant
    measured = isinstance(left, Length | Count) and operator not in ("exists", "empty", "filled")
    if isinstance(left, Length):
        left = left.of
    if isinstance(left, Selected | Count):
        path = _path(left.query.text)
        if path and path[-1] == ANY and isinstance(left, Count):
            path = path[:-1]  # the elements are counted
        if path is not None:
            yield Atom(context, path, operator, value, measured)


def _path(text: str) -> tuple[str, ...] | None:
    """The tokens of a query that leads through names and indexes, filters left out."""
    keys = singular_keys(text)
    if keys is not None:
        return tuple(map(str, keys))
    found = list(_query_parts(text))
    return found[0][0] if found else None


def _query(context: Expression, text: str) -> Iterator[Atom]:
    """A whole query: something has to be selected."""
    keys = singular_keys(text)
    if keys is not None:
        yield Atom(context, tuple(map(str, keys)), "exists")
        return
    for path, operator, value, measured in _query_parts(text):
        yield Atom(context, path, operator, value, measured)


_Part = tuple[tuple[str, ...], str, Value, bool]


def _query_parts(text: str) -> Iterator[_Part]:
    """What a query asks; one of the Goessner draft is read where RFC 9535 writes it the same."""
    from jsonpath import JSONPathError

    try:
        query = rfc_environment().compile(text)
    except (JSONPathError, RecursionError):
        return
    yield from _segments(query.segments, ())


def _segments(segments: Sequence[Any], path: tuple[str, ...]) -> Iterator[_Part]:
    from jsonpath.segments import JSONPathRecursiveDescentSegment
    from jsonpath.selectors import Filter, IndexSelector, NameSelector

    filters = []
    for segment in segments:
        if isinstance(segment, JSONPathRecursiveDescentSegment):
            path = (*path, DEEP)
        selector = segment.selectors[0]
        if isinstance(selector, NameSelector):
            path = (*path, selector.name)
        elif isinstance(selector, IndexSelector):
            path = (*path, str(selector.index))
        else:
            path = (*path, ANY)
            if isinstance(selector, Filter):
                filters.append((path, selector.expression.expression))
    yield path, "exists", ABSENT, False
    for place, expression in filters:
        yield from _filter(expression, place, negated=False)


def _filter(expression: Any, place: tuple[str, ...], *, negated: bool) -> Iterator[_Part]:
    from jsonpath.filter import InfixExpression, PrefixExpression, RelativeFilterQuery

    if isinstance(expression, PrefixExpression):
        yield from _filter(expression.right, place, negated=not negated)
    elif isinstance(expression, InfixExpression) and expression.operator in ("&&", "||"):
        yield from _filter(expression.left, place, negated=negated)
        yield from _filter(expression.right, place, negated=negated)
    elif isinstance(expression, InfixExpression):
        yield from _filter_comparison(expression, place, negated=negated)
    elif isinstance(expression, RelativeFilterQuery):
        found = list(_segments(expression.path.segments, place))
        yield found[0][0], "missing" if negated else "exists", ABSENT, False


def _filter_comparison(
    expression: Any, place: tuple[str, ...], *, negated: bool
) -> Iterator[_Part]:
    from jsonpath.filter import FilterExpressionLiteral, FunctionExtension, RelativeFilterQuery

    left, operator, right = expression.left, expression.operator, expression.right
    if isinstance(left, FilterExpressionLiteral):
        left, operator, right = right, _SWAPPED.get(operator, operator), left
    measured = isinstance(left, FunctionExtension) and left.name in ("count", "length")
    if measured:
        left = left.args[0]
    if not isinstance(left, RelativeFilterQuery) or operator not in _SWAPPED:
        return
    value = right.value if isinstance(right, FilterExpressionLiteral) else ABSENT
    path = next(iter(_segments(left.path.segments, place)))[0]
    yield path, _OPPOSITE[operator] if negated else operator, value, measured
