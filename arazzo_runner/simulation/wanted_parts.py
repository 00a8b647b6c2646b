"""Which parts of the steps' outputs the requests of a workflow read, and values that have them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from arazzo_runner.expressions import Names, Template, read_text
from arazzo_runner.expressions.navigation import read_inside
from arazzo_runner.expressions.nodes import LENGTH, Accessed, Accessor, Special, StepsExpression
from arazzo_runner.linking.program import LinkedStep, LinkedWorkflow
from arazzo_runner.values import ABSENT, Json, Value, format_pointer, resolve_pointer

__all__ = ["Parts", "parts_read", "with_parts"]

Parts = Mapping[tuple[str, str], list[tuple[str, ...]]]
"""(stepId, output) to the pointers that are read below it."""

_LONGEST_ARRAY: Final = 100


def parts_read(workflow: LinkedWorkflow) -> Parts:
    """What the parameters and bodies of a workflow's steps read inside of outputs."""
    names = Names(
        steps={step.step_id: frozenset(o.name for o in step.outputs) for step in workflow.steps}
    )
    parts: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    for text in (text for step in workflow.steps for text in _texts(step)):
        parsed = read_text(text, names).parsed
        expressions = parsed.parts if isinstance(parsed, Template) else [parsed]
        for expression in expressions:
            path: tuple[str, ...] = ()
            if isinstance(expression, Accessed):
                path = _tokens(expression.path)
                expression = expression.expression  # noqa: PLW2901
            if isinstance(expression, StepsExpression):
                pointer = (*(expression.pointer or ()), *path)
                if pointer:
                    parts.setdefault((expression.step_id, expression.name), []).append(pointer)
    return parts


def _tokens(path: Iterable[Accessor]) -> tuple[str, ...]:
    """Accessors as pointer tokens; ``[*]`` reads at least the first, ``.length`` the whole."""
    tokens = []
    for accessor in path:
        if accessor is LENGTH:
            break
        tokens.append("0" if isinstance(accessor, Special) else str(accessor))
    return tuple(tokens)


def _texts(step: LinkedStep) -> Iterator[str]:
    yield from (parameter.text for parameter in step.parameters if "$" in parameter.text)
    data: Json = resolve_pointer(step.document.data, [str(token) for token in step.pointer])
    yield from _strings(data.get("requestBody") if isinstance(data, dict) else None)


def _strings(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        if "$" in value:
            yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)


def with_parts(value: Value, place: str, pointers: Iterable[tuple[str, ...]]) -> Value:
    """The value with something at each of the pointers: ``<place/pointer>`` where nothing is."""
    for pointer in pointers:
        if read_inside(value, pointer) is ABSENT:
            value = _put(value, pointer, f"<{place}{format_pointer(pointer)}>")
    return value


def _put(value: Value, pointer: tuple[str, ...], leaf: str) -> Value:
    if not pointer:
        return leaf
    head, rest = pointer[0], pointer[1:]
    if isinstance(value, dict):
        return {**value, head: _put(value.get(head), rest, leaf)}
    if not (head.isdecimal() and int(head) < _LONGEST_ARRAY):
        return {head: _put(None, rest, leaf)}
    items: list[Value] = list(value) if isinstance(value, list) else []
    index = int(head)
    items.extend([None] * (index + 1 - len(items)))
    items[index] = _put(items[index], rest, leaf)
    return items
