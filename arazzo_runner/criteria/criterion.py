"""Criteria of every type, compiled once and evaluated many times (Criterion Object)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from arazzo_runner.criteria.limits import EvaluationFault
from arazzo_runner.criteria.simple import compile_simple
from arazzo_runner.criteria.simple_nodes import Node
from arazzo_runner.criteria.verdict import Operand, Verdict
from arazzo_runner.errors import ArazzoError, SyntaxFault, did_you_mean
from arazzo_runner.expressions import (
    Evaluator,
    Expression,
    Names,
    Scope,
    Template,
    ToleranceUse,
    compile_expression,
    embed,
    explain_absent,
    read_text,
)
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import ABSENT, Json, Value

if TYPE_CHECKING:
    from arazzo_runner.criteria.embedding import EmbeddedText
    from arazzo_runner.criteria.jsonpath_comparison import Comparison

__all__ = ["Context", "Criterion", "Question", "compile_criterion", "json_views", "read_context"]

TYPES: Final = ("simple", "regex", "jsonpath", "xpath")


class _Trace:
    """What a test tells besides its outcome: operands, and the tolerances its values needed."""

    __slots__ = ("operands", "tolerated")

    def __init__(self) -> None:
        self.operands: list[Operand] = []
        self.tolerated: list[str] = []


_Test: TypeAlias = Callable[[Value, _Trace], bool]
"""A condition without places left, on the value of its context."""


class Context:
    """The context of a criterion or selector: its text, expression, evaluator and tolerances."""

    __slots__ = ("evaluate", "expression", "tolerances")

    def __init__(self, expression: Expression, tolerances: tuple[ToleranceUse, ...]) -> None:
        self.expression = expression
        self.tolerances = tolerances
        self.evaluate: Evaluator = compile_expression(expression)


class Question(NamedTuple):
    """What a criterion of type regex, jsonpath or xpath asks: its text, of the context's value."""

    context: Expression
    text: EmbeddedText
    version: str | None


class Criterion:
    """A compiled criterion.

    Attributes:
        condition: the condition as written.
        type: ``simple``, ``regex``, ``jsonpath`` or ``xpath``.
        tolerances: what the condition does not write by the specification.
        context_tolerances: what the context does not.
        expressions: all runtime expressions that it uses.
        form: what it asks, to be looked at: the tree of a simple condition, else its context and
            text.
    """

    __slots__ = (
        "_evaluate",
        "condition",
        "context_tolerances",
        "expressions",
        "form",
        "tolerances",
        "type",
    )

    def __init__(
        self,
        condition: str,
        kind: str,
        evaluate: Callable[[Scope], Verdict],
        expressions: tuple[Expression, ...],
        tolerances: tuple[ToleranceUse, ...] = (),
        context_tolerances: tuple[ToleranceUse, ...] = (),
        *,
        form: Node | Question,
    ) -> None:
        self.form = form
        self.condition = condition
        self.type = kind
        self.expressions = expressions
        self.tolerances = tolerances
        self.context_tolerances = context_tolerances
        self._evaluate = evaluate

    def evaluate(self, scope: Scope) -> Verdict:
        """Whether the criterion passes, on which values. Never raises (CR-19)."""
        return self._evaluate(scope)


def compile_criterion(
    condition: str,
    *,
    context: str | None = None,
    type: str = "simple",  # noqa: A002 - the specification's name
    version: str | None = None,
    names: Names | None = None,
) -> Criterion:
    """Compile a criterion, tolerantly.

    Args:
        condition: the condition as written.
        context: the runtime expression of the context; required unless ``type`` is simple (CR-03).
        type: ``simple``, ``regex``, ``jsonpath`` or ``xpath``.
        version: of an Expression Type Object, such as ``rfc9535`` or ``xpath-10``.
        names: what the document declares, for the tolerances of runtime expressions.

    Raises:
        SyntaxFault: condition, context, type or version cannot be read even tolerantly, or xpath
            is asked for and the extra that it needs is not installed.
    """
    if type == "simple":
        return _simple(condition, context, names)
    if type not in TYPES:
        raise SyntaxFault(
            f"'{type}' is not a type of criterion", text=type, hint=did_you_mean(type, TYPES)
        )
    if context is None:
        raise SyntaxFault(
            f"a criterion of type {type} needs a context",
            text=condition,
            hint="add context: $response.body",
        )
    from arazzo_runner.criteria.embedding import read_embedded

    place = read_context(context, names)
    embedded = read_embedded(condition, type, names)
    prepare, tolerances = _PREPARE[type](embedded, version)
    return Criterion(
        condition,
        type,
        _evaluator(condition, place, embedded, prepare),
        tuple(dict.fromkeys((place.expression, *embedded.expressions))),
        (*embedded.tolerances, *tolerances),
        place.tolerances,
        form=Question(place.expression, embedded, version),
    )


def read_context(text: str, names: Names | None) -> Context:
    """Read a context tolerantly.

    Raises:
        SyntaxFault: it is not one runtime expression.
    """
    reading = read_text(text, names or Names())
    if isinstance(reading.parsed, str | Template):
        raise SyntaxFault(
            "the context is not a runtime expression", text=text, hint="such as $response.body"
        )
    return Context(reading.parsed, reading.tolerances)


def _simple(condition: str, context: str | None, names: Names | None) -> Criterion:
    expression: Expression | None = None
    if context is not None:
        try:
            expression = read_context(context, names).expression
        except SyntaxFault:
            expression = None  # a context means nothing here
    simple = compile_simple(condition, names, expression)
    return Criterion(
        condition,
        "simple",
        simple.evaluate,
        simple.expressions,
        simple.tolerances,
        form=simple.node,
    )


_Prepare: TypeAlias = Callable[[str], _Test]


def _evaluator(
    text: str, context: Context, embedded: EmbeddedText, prepare: _Prepare
) -> Callable[[Scope], Verdict]:
    constant = embedded.constant
    fixed = prepare(constant) if constant is not None else None
    context_text = context.expression.text

    def evaluate(scope: Scope) -> Verdict:
        trace = _Trace()
        operands = trace.operands
        try:
            value = context.evaluate(scope)
            operands.append(Operand(context_text, value))
            test = fixed or prepare(embedded.text(scope, operands))
            if value is ABSENT:
                raise EvaluationFault(
                    f"the context {context_text} has no value: "
                    f"{explain_absent(context.expression, scope)}"
                )
            if value is None:
                raise EvaluationFault(f"the context {context_text} is null")
            passed = test(value, trace)
            for rule in trace.tolerated:
                scope.tolerate(rule, text)
            return Verdict(passed, tuple(operands))
        except ArazzoError as error:
            return Verdict(False, tuple(operands), error.message)
        except RecursionError:
            return Verdict(
                False, tuple(operands), "the value or the condition is nested too deeply"
            )

    return evaluate


def _first_that_compiles(embedded: EmbeddedText, prepare: Callable[[str], object]) -> str:
    """The text to check and describe the condition by, before any value is known.

    Raises:
        SyntaxFault: no value can make the condition well-formed.
    """
    faults: list[SyntaxFault] = []
    for sample in embedded.samples():
        try:
            prepare(sample)
        except SyntaxFault as fault:
            faults.append(fault)
        else:
            return sample
    raise faults[0]


# regex


def _prepare_regex(
    embedded: EmbeddedText,
    version: str | None,  # noqa: ARG001 - there is one dialect
) -> tuple[_Prepare, tuple[ToleranceUse, ...]]:
    from arazzo_runner.criteria.regex import unwrap

    text = _first_that_compiles(embedded, _regex_test)
    _, flags, rule = unwrap(text)
    if rule is None:
        return _regex_test, ()
    pattern = unwrap(text)[0]
    return _regex_test, (
        ToleranceUse(rule, text, f"{pattern} (flags {flags or 'none'})", 0, False),
    )


@lru_cache(maxsize=128)
def _regex_test(text: str) -> _Test:
    from arazzo_runner.criteria.regex import compile_regex, unwrap

    pattern, flags, _ = unwrap(text)
    search = compile_regex(pattern, flags)
    return lambda value, _: search(embed(value))


# jsonpath


def _prepare_jsonpath(
    embedded: EmbeddedText, version: str | None
) -> tuple[_Prepare, tuple[ToleranceUse, ...]]:
    from arazzo_runner.criteria.jsonpath import RFC9535, compile_jsonpath
    from arazzo_runner.criteria.jsonpath_comparison import parse_comparison

    dialect = version or RFC9535

    def prepare(text: str) -> _Test:
        return _jsonpath_test(text, dialect)

    text = _first_that_compiles(embedded, prepare)
    if parse_comparison(text, dialect) is not None:
        return prepare, (ToleranceUse("jsonpath-comparison", text, f"$[?{text}]", 0, False),)
    if compile_jsonpath(text, dialect).is_root_filter:
        use = ToleranceUse(
            "jsonpath-root-filter", text, f"the object itself meets {text[3:-1]}", 0, False
        )
        return prepare, (use,)
    return prepare, ()


@lru_cache(maxsize=128)
def _jsonpath_test(text: str, version: str) -> _Test:
    from arazzo_runner.criteria.jsonpath import compile_jsonpath
    from arazzo_runner.criteria.jsonpath_comparison import parse_comparison

    comparison = parse_comparison(text, version)
    if comparison is not None:
        return lambda value, trace: _compares(value, trace, comparison, text, version)
    query = compile_jsonpath(text, version)
    condition = _condition_of(text, version) if query.is_root_filter else None

    def exists(value: Value, trace: _Trace) -> bool:
        views = json_views(value)
        if condition is not None and views[0] is not value:
            # Of the views of an XML text, that is meant in which the condition finds something.
            return _compares(value, trace, condition, condition.text, version)
        for view in views:
            selected = query.exists(view)
            if selected or query.satisfied_by(view):
                if view is not value:
                    trace.tolerated.append("xml-by-pointer")
                if not selected:
                    trace.tolerated.append("jsonpath-root-filter")
                return True
        return False

    return exists


def _condition_of(text: str, version: str) -> Comparison | None:
    """The condition of ``$[?…]`` when it reads the whole document alone: the conforming form of a
    comparison. None when it reads each member (``@``)."""
    from arazzo_runner.criteria.jsonpath_comparison import parse_comparison

    try:
        return parse_comparison(text[3:-1], version)
    except SyntaxFault:
        return None


def _compares(value: Value, trace: _Trace, comparison: Comparison, text: str, version: str) -> bool:
    outcomes: list[tuple[bool, list[tuple[str, Value]]]] = []
    meant = _comparison_in_xml(text, version) if isinstance(value, str) else comparison
    for view in json_views(value):
        values: list[tuple[str, Value]] = []
        outcomes.append((meant.test(view, values), values))
        if any(found is not ABSENT and found != 0 for _, found in values):
            if view is not value:
                trace.tolerated.append("xml-by-pointer")
            break
    else:
        outcomes = outcomes[:1]
    passed, values = outcomes[-1]
    trace.operands.extend(Operand(text, found) for text, found in dict(values).items())
    return passed


@lru_cache(maxsize=128)
def _comparison_in_xml(text: str, version: str) -> Comparison:
    """The comparison for documents without nulls: ``null`` means that nothing is there."""
    from arazzo_runner.criteria.jsonpath_comparison import parse_comparison

    found = parse_comparison(text, version, null=ABSENT)
    assert found is not None
    return found


def json_views(value: Value) -> tuple[Json, ...]:
    """The documents that a query may mean: the value, or the views of an XML text."""
    if isinstance(value, bytes):
        raise EvaluationFault("the context is bytes, not JSON")
    if not isinstance(value, str):
        return (value,)
    from arazzo_runner.values.xml_mapping import looks_like_xml, xml_views

    if looks_like_xml(value):
        try:
            return xml_views(value)
        except SyntaxFault:
            return (value,)
    return (value,)


# xpath


def _prepare_xpath(
    embedded: EmbeddedText, version: str | None
) -> tuple[_Prepare, tuple[ToleranceUse, ...]]:
    from arazzo_runner.criteria.xpath import DEFAULT_XPATH, compile_xpath

    dialect = version or DEFAULT_XPATH

    def prepare(text: str) -> _Test:
        expression = compile_xpath(text, dialect)
        return lambda value, _: expression.boolean(value)

    _first_that_compiles(embedded, prepare)
    return prepare, ()


_PREPARE: Final = {
    "regex": _prepare_regex,
    "jsonpath": _prepare_jsonpath,
    "xpath": _prepare_xpath,
}
