"""The tolerant reader: what documents write wrong but mean clearly (SEMANTICS §1)."""

from __future__ import annotations

from typing import TypeAlias

from arazzo_runner.errors import SyntaxFault
from arazzo_runner.expressions.accessors import parse_accessors
from arazzo_runner.expressions.names import Names
from arazzo_runner.expressions.nodes import (
    WILDCARD,
    Accessed,
    Accessor,
    BodyReference,
    Expression,
    InputsExpression,
    MessageExpression,
    OutputsExpression,
    PayloadReference,
    PlainExpression,
    RequestExpression,
    ResponseExpression,
    StepsExpression,
    WorkflowsExpression,
)
from arazzo_runner.expressions.parser import parse_expression, parse_prefix
from arazzo_runner.expressions.places import place_at
from arazzo_runner.expressions.templates import Segment, Template, join_segments, split_braces
from arazzo_runner.expressions.tolerances import ToleranceUse, repair
from arazzo_runner.expressions.unbraced import split_unbraced
from arazzo_runner.named_tuples import NamedTuple

__all__ = ["Reading", "read_expression", "read_operand", "read_text"]

Uses: TypeAlias = tuple[ToleranceUse, ...]

_NO_PATH: tuple[Accessor, ...] = ()
_NO_USES: Uses = ()


class Reading(NamedTuple):
    """What a string value means, and the tolerances it took to read it so.

    ``doubts`` says why a text that starts with ``$``, or a ``{$…}``, is a literal: it is not an
    expression. Offsets count in the whole text.
    """

    parsed: str | Expression | Template
    tolerances: Uses = ()
    doubts: tuple[SyntaxFault, ...] = ()


def read_text(text: str, names: Names) -> Reading:
    """What a string value of a document means, read tolerantly.

    It is read as :func:`~arazzo_runner.expressions.parse_text` does; what that leaves a literal
    goes through the tolerances. Nothing is raised: the worst reading is a literal with a doubt.
    """
    if "$" not in text:
        return Reading(text)
    doubts: list[SyntaxFault] = []
    uses: list[ToleranceUse] = []

    def attempt(inner: str, offset: int) -> Expression | None:
        try:
            expression, used = read_expression(inner, names, offset)
        except SyntaxFault as fault:
            doubts.append(_in_text(fault, text, offset))
            return None
        uses.extend(used)
        return expression

    if text[0] == "$":
        whole = attempt(text, 0)
        if whole is not None:
            return Reading(whole, tuple(uses))
    segments: list[Segment] = []
    for offset, part in split_braces(text, attempt):
        if not isinstance(part, str):
            segments.append((offset, part))
            continue
        found, used = split_unbraced(part, offset, names)
        segments.extend(found)
        uses.extend(used)
    parsed = join_segments(segments)
    if isinstance(parsed, Template) and text[0] == "$":
        doubts = doubts[1:]  # the text is a template, so why it is no expression does not matter
    return Reading(parsed, tuple(uses), tuple(doubts))


def read_expression(text: str, names: Names, offset: int = 0) -> tuple[Expression, Uses]:
    """The expression that a value means. Accessors in it become a pointer.

    Raises:
        SyntaxFault: it is none, even tolerantly; the offset counts in ``text``.
    """
    expression, path, uses = _read(text, names, offset)
    if not path:
        return expression, uses
    rule = "expression-index" if _has_index(path) else "expression-dots"
    # [*] at the end gives the array itself.
    inner = path[:-1] if path[-1] is WILDCARD else path
    first = inner.index(WILDCARD) if WILDCARD in inner else len(inner)
    base = _with_tokens(expression, tuple(map(str, inner[:first])))
    if base is None:
        return parse_expression(text), ()  # which raises: accessors cannot follow it
    written = uses[-1].read_as if uses else text
    if first == len(inner):
        return base, (*uses, ToleranceUse(rule, written, base.text, offset))
    rest = inner[first:]
    query = "$" + str(Accessed(base, rest)).removeprefix(base.text)
    selector = f"{{context: {base.text}, selector: {query}, type: jsonpath}}"
    use = ToleranceUse(rule, written, selector, offset, rewritable=False)
    return Accessed(base, rest), (*uses, use)


def read_operand(text: str, names: Names, offset: int = 0) -> tuple[Expression, Uses]:
    """The expression that an operand of a simple condition means. Accessors conform there (A-01).

    Raises:
        SyntaxFault: it is none, even tolerantly; the offset counts in ``text``.
    """
    expression, path, uses = _read(text, names, offset)
    if not path:
        return expression, uses
    accessed = Accessed(expression, path)
    if WILDCARD in path:
        use = ToleranceUse("expression-index", text, accessed.text, offset, rewritable=False)
        return accessed, (*uses, use)
    return accessed, uses


def _read(
    text: str, names: Names, offset: int
) -> tuple[PlainExpression, tuple[Accessor, ...], Uses]:
    """The expression, the accessors after it, and the repairs that it took."""
    try:
        expression, path, uses = parse_expression(text), _NO_PATH, _NO_USES
    except SyntaxFault as fault:
        expression, path, uses = _repaired(text, names, offset, fault)
    expression, members = _split_dotted(expression, names)
    return expression, (*members, *path), uses


def _repaired(
    text: str, names: Names, offset: int, fault: SyntaxFault
) -> tuple[PlainExpression, tuple[Accessor, ...], Uses]:
    """The expression that a text means which is none because of ``fault``."""
    repaired, uses = repair(text, names, offset)
    if not isinstance(repaired, str):
        return repaired, (), uses
    try:
        expression, end = parse_prefix(repaired)
    except SyntaxFault:
        raise fault from None
    path, stop = parse_accessors(repaired, end, len(repaired), wildcards=True)
    if stop < len(repaired):
        raise fault
    return expression, path, uses


def _split_dotted(
    expression: PlainExpression, names: Names
) -> tuple[PlainExpression, tuple[str, ...]]:
    """A dotted name that is not declared, as the longest declared name and members in it (A-48)."""
    place = place_at(expression.text, 0, names)
    if place is None or place.declared is None:
        return expression, ()
    assert isinstance(
        expression, InputsExpression | OutputsExpression | StepsExpression | WorkflowsExpression
    )
    if expression.name in place.declared:
        return expression, ()
    pieces = expression.name.split(".")
    for length in range(len(pieces) - 1, 0, -1):
        name = ".".join(pieces[:length])
        if name in place.declared and all(pieces[length:]):
            return place.expression(name, None), (*pieces[length:], *(expression.pointer or ()))
    return expression, ()


def _with_tokens(expression: PlainExpression, tokens: tuple[str, ...]) -> PlainExpression | None:
    """The expression with the tokens at the end of its pointer; None when it takes no pointer."""
    if not tokens:
        return expression
    if isinstance(
        expression, InputsExpression | OutputsExpression | StepsExpression | WorkflowsExpression
    ):
        return expression.replace(pointer=(*(expression.pointer or ()), *tokens))
    if isinstance(expression, RequestExpression | ResponseExpression | MessageExpression):
        source = expression.source
        if isinstance(source, BodyReference | PayloadReference):
            longer = source.replace(pointer=(*(source.pointer or ()), *tokens))
            return expression.replace(source=longer)
    return None


def _has_index(path: tuple[Accessor, ...]) -> bool:
    return any(not isinstance(key, str) for key in path)


def _in_text(fault: SyntaxFault, text: str, offset: int) -> SyntaxFault:
    """The fault of a part of a text, placed in the whole text."""
    return SyntaxFault(fault.message, text=text, offset=offset + fault.offset, hint=fault.hint)
