"""Whether a value keeps to schemas: only what is certainly wrong is told.

The dialects of OpenAPI 2.0, 3.0 and 3.1 alike, references over files included.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.openapi.references import Node
from arazzo_runner.simulation.shapes import Resolver, Shape, kind_of, same
from arazzo_runner.simulation.texts import text_fits
from arazzo_runner.values import Json, format_pointer, json_text, type_name

__all__ = ["Problem", "problems"]

_DEEPEST: Final = 40
_MOST: Final = 20
_LONGEST: Final = 60


class Problem(NamedTuple):
    """What does not fit: the keyword, where in the value, which value, and a sentence."""

    keyword: str
    path: tuple[str, ...]
    value: Json
    message: str


def problems(
    value: Json, nodes: Sequence[Node], resolver: Resolver, *, purpose: str | None = None
) -> list[Problem]:
    """What of a value breaks the schemas; twenty at most.

    ``purpose`` is ``request`` or ``response``: what is readOnly is not required of a request, what
    is writeOnly not of a response.
    """
    found: list[Problem] = []
    for problem in _Check(resolver, purpose).value(value, nodes, ()):
        found.append(problem)
        if len(found) == _MOST:
            break
    return found


class _Check:
    def __init__(self, resolver: Resolver, purpose: str | None) -> None:
        self._resolver = resolver
        self._purpose = purpose

    def value(self, value: Json, nodes: Sequence[Node], path: tuple[str, ...]) -> Iterator[Problem]:
        if len(path) <= _DEEPEST:
            yield from self._shape(value, self._resolver.shape(nodes), path, 0)

    def _shape(
        self, value: Json, shape: Shape, path: tuple[str, ...], depth: int
    ) -> Iterator[Problem]:
        where = format_pointer(path) or "the value"
        if value is None and shape.nullable:
            return
        kind = kind_of(value)
        if shape.kinds is not None and kind not in shape.kinds:
            wanted = " or ".join(
                sorted(shape.kinds - ({"integer"} if "number" in shape.kinds else set()))
            )
            yield Problem(
                "type", path, value, f"{where} is {type_name(value)}, not {wanted or 'anything'}"
            )
            return
        if shape.enum is not None and not any(same(value, one) for one in shape.enum):
            listed = ", ".join(_short(one) for one in shape.enum[:8])
            yield Problem("enum", path, value, f"{where} is {_short(value)}, not one of {listed}")
        if isinstance(value, str):
            yield from _text(value, shape, path, where)
        elif isinstance(value, dict):
            yield from self._object(value, shape, path, where)
        elif isinstance(value, list):
            yield from self._array(value, shape, path, where)
        elif kind in ("integer", "number"):
            yield from _number(value, shape, path, where)
        yield from self._groups(value, shape, path, depth)

    def _groups(
        self, value: Json, shape: Shape, path: tuple[str, ...], depth: int
    ) -> Iterator[Problem]:
        """One branch of each ``oneOf`` and ``anyOf`` has to fit; else the nearest is told."""
        for group in shape.groups if depth < 6 else ():
            best: list[Problem] | None = None
            for branch in group:
                inner = self._resolver.shape([branch])
                found = list(self._shape(value, inner, path, depth + 1))
                if best is None or _distance(found) < _distance(best):
                    best = found
                if not found:
                    break
            yield from best or ()

    def _object(
        self, value: dict[str, Json], shape: Shape, path: tuple[str, ...], where: str
    ) -> Iterator[Problem]:
        for name in shape.required:
            if name not in value and not self._spared(shape, name):
                yield Problem(
                    "required", (*path, name), None, f"{where} lacks the required '{name}'"
                )
        known = shape.properties
        open_to = [pattern for pattern, _ in shape.named_patterns]
        if shape.closed and not shape.groups:
            for name, item in value.items():
                if name not in known and not any(text_fits(name, [p]) for p in open_to):
                    yield Problem(
                        "additionalProperties",
                        (*path, name),
                        item,
                        f"{where} has '{name}', which the schema does not allow",
                    )
        for name, item in value.items():
            nodes = known.get(name) or (shape.additional if not open_to else ())
            if nodes:
                yield from self.value(item, nodes, (*path, name))

    def _spared(self, shape: Shape, name: str) -> bool:
        inner = self._resolver.shape(shape.properties.get(name, ()))
        return (self._purpose == "request" and inner.read_only) or (
            self._purpose == "response" and inner.write_only
        )

    def _array(
        self, value: list[Json], shape: Shape, path: tuple[str, ...], where: str
    ) -> Iterator[Problem]:
        least, most = shape.limits.get("minItems", 0), shape.limits.get("maxItems")
        if len(value) < least:
            yield Problem(
                "minItems", path, value, f"{where} has {len(value)} items, {least:g} are needed"
            )
        if most is not None and len(value) > most:
            yield Problem(
                "maxItems", path, value, f"{where} has {len(value)} items, {most:g} are allowed"
            )
        for index, item in enumerate(value):
            first = index < len(shape.first_items)
            nodes = shape.first_items[index] if first else shape.items
            if nodes:
                yield from self.value(item, nodes, (*path, str(index)))


def _distance(found: Sequence[Problem]) -> tuple[int, int]:
    """How far a branch is: one of another type is further than one with a wrong part."""
    return sum(3 if one.keyword in ("type", "enum") else 1 for one in found), len(found)


def _text(value: str, shape: Shape, path: tuple[str, ...], where: str) -> Iterator[Problem]:
    least, most = shape.limits.get("minLength", 0), shape.limits.get("maxLength")
    if not text_fits(value, (), least, most):
        keyword = "minLength" if len(value) < least else "maxLength"
        limit = shape.limits[keyword]
        more = "needed" if keyword == "minLength" else "allowed"
        yield Problem(
            keyword, path, value, f"{where} has {len(value)} characters, {limit:g} are {more}"
        )
    for pattern in shape.patterns:
        if not text_fits(value, [pattern]):
            yield Problem(
                "pattern", path, value, f"{where} is {_short(value)} and does not match {pattern}"
            )


def _number(value: float, shape: Shape, path: tuple[str, ...], where: str) -> Iterator[Problem]:
    limits = shape.limits
    broken = {
        "minimum": value < limits.get("minimum", value),
        "maximum": value > limits.get("maximum", value),
        "exclusiveMinimum": value <= limits.get("exclusiveMinimum", -math.inf),
        "exclusiveMaximum": value >= limits.get("exclusiveMaximum", math.inf),
    }
    for keyword, limit in limits.items():
        if broken.get(keyword):
            yield Problem(keyword, path, value, f"{where} is {value:g}: {keyword} is {limit:g}")


def _short(value: Json) -> str:
    text = json_text(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
