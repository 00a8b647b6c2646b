"""The query of a request: that of the server and of the path key, then the step's parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from urllib.parse import unquote

from arazzo_runner.openapi.objects import Parameter
from arazzo_runner.openapi.parameter_writers import parameter_writer
from arazzo_runner.openapi.path_templates import Hole, PathTemplate
from arazzo_runner.openapi.styles import Write
from arazzo_runner.values import ABSENT, Value

__all__ = ["QueryPart", "query_parts"]

QueryPart = Callable[[Sequence[Value]], str]
"""From the values of all parameters to a piece of the query, empty when there is nothing."""


def query_parts(
    template: PathTemplate,
    base: Iterable[tuple[str, str]],
    parameters: Sequence[Parameter],
    writer: Callable[[Parameter], Write] = parameter_writer,
) -> list[QueryPart]:
    """The pieces of the query in order. A parameter of the step replaces a fixed pair of its
    name, unless it has no value. ``writer`` is how a parameter becomes text.
    """
    own = {
        parameter.name: (index, writer(parameter))
        for index, parameter in enumerate(parameters)
        if parameter.location in ("query", "querystring")
    }
    fillers = {p.name: i for i, p in enumerate(parameters) if p.location in ("path", "query")}
    literals: list[tuple[str, tuple[str | Hole, ...]]] = [(name, (text,)) for name, text in base]
    parts: list[QueryPart] = []
    for written, pieces in (*literals, *template.query):
        fixed = _fixed_pair(pieces, fillers)
        for piece in pieces:
            if isinstance(piece, Hole):
                own.pop(piece.filled_by(own) or "", None)
        place = own.pop(unquote(written), None)
        parts.append(fixed if place is None else _replaceable(*place, fixed))
    parts.extend(_value_part(index, write) for index, write in own.values())
    return parts


def _value_part(index: int, write: Write) -> QueryPart:
    def part(values: Sequence[Value]) -> str:
        value = values[index]
        return "" if value is ABSENT else write(value)

    return part


def _replaceable(index: int, write: Write, fixed: QueryPart) -> QueryPart:
    return lambda values: fixed(values) if values[index] is ABSENT else write(values[index])


def _fixed_pair(pieces: Sequence[str | Hole], fillers: Mapping[str, int]) -> QueryPart:
    """A pair of the path key. One with a hole that nothing fills is left out."""
    ready: list[str | tuple[int, Write]] = []
    for piece in pieces:
        if isinstance(piece, str):
            ready.append(piece)
            continue
        name = piece.filled_by(fillers)
        if name is None:
            return lambda _: ""
        plain = Parameter(name, "path", style="simple", explode=False)
        ready.append((fillers[name], parameter_writer(plain)))
    if all(isinstance(piece, str) for piece in ready):
        text = "".join(piece for piece in ready if isinstance(piece, str))
        return lambda _: text

    def part(values: Sequence[Value]) -> str:
        texts = []
        for piece in ready:
            if isinstance(piece, str):
                texts.append(piece)
            elif values[piece[0]] is ABSENT:
                return ""
            else:
                texts.append(piece[1](values[piece[0]]))
        return "".join(texts)

    return part
