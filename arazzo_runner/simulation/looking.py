"""Looking into schemas: what they say of a part of a value, which values they list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from arazzo_runner.openapi.references import Node
from arazzo_runner.simulation.numbers import in_range
from arazzo_runner.simulation.shapes import Follow, Resolver, Shape, kind_of, same
from arazzo_runner.simulation.texts import text_fits
from arazzo_runner.values import Json

__all__ = ["ANY", "Looking", "plausible"]

ANY: Final = "*"
"""The token of any element."""
_DEEP: Final = 3  # branches inside of branches that are looked at


class Looking:
    """Questions to the schemas of one description."""

    def __init__(self, follow: Follow, root: Json = None) -> None:
        """``root`` is the schema that ``#/$defs`` may mean where the document has none."""
        self.resolver = Resolver(follow, root)

    def schemas_of(self, shape: Shape, name: str) -> list[Node]:
        """The schemas of a property, of ``additionalProperties`` where it has no own."""
        found = list(shape.properties.get(name, ()))
        found += [node for pattern, node in shape.named_patterns if text_fits(name, [pattern])]
        return found or shape.additional

    def inside(self, nodes: Sequence[Node], token: str) -> tuple[list[Node], str]:
        """The schemas of a part of a value, and ``declared``, ``undeclared`` (they say nothing of
        it), ``open`` (they say nothing at all) or ``forbidden``.
        """
        shape = self.resolver.shape(nodes)
        return self._inside(shape, token, 0)

    def _inside(self, shape: Shape, token: str, depth: int) -> tuple[list[Node], str]:
        if token in shape.properties:
            return shape.properties[token], "declared"
        if token.lstrip("-").isdecimal() or token == ANY:
            if shape.first_items or shape.items:
                first = shape.first_items[int(token)] if _within(token, shape.first_items) else []
                return first or shape.items, "declared"
            if token == ANY and (shape.additional or shape.properties):
                return shape.additional or next(iter(shape.properties.values())), "declared"
        for group in shape.groups if depth < _DEEP * 2 else ():
            for branch in group:
                found = self._inside(self.resolver.shape([branch]), token, depth + 1)
                if found[1] == "declared":
                    return found
        if shape.additional or shape.named_patterns:
            return self.schemas_of(shape, token), "declared"
        scalars = shape.enum is not None and not any(
            isinstance(one, dict | list) for one in shape.enum
        )
        if (
            shape.closed
            or scalars
            or (shape.kinds is not None and not shape.kinds & _holders(token))
        ):
            return [], "forbidden"
        says = shape.properties or shape.items or shape.groups
        return [], "undeclared" if says else "open"

    def fits(self, nodes: Sequence[Node], value: Json) -> bool:
        """Whether a value fits by itself, without what is inside of it."""
        return self._fits(self.resolver.shape(nodes), value, 0)

    def _fits(self, shape: Shape, value: Json, depth: int) -> bool:
        return plausible(value, shape) and all(
            depth > _DEEP
            or any(self._fits(self.resolver.shape([b]), value, depth + 1) for b in group)
            for group in shape.groups
        )

    def is_list(self, nodes: Sequence[Node]) -> bool:
        """Whether only an array fits."""
        shape = self.resolver.shape(nodes)
        return shape.type == "array"

    def at_least(self, nodes: Sequence[Node]) -> int:
        """How many items an array has at least."""
        return int(self.resolver.shape(nodes).limits.get("minItems", 0))

    def listed(self, nodes: Sequence[Node], depth: int = 0) -> list[Json]:
        """The values that an enum allows, in branches too; empty when there is none."""
        shape = self.resolver.shape(nodes)
        found = list(shape.enum or ())
        for group in shape.groups if depth < _DEEP else ():
            for branch in group:
                found += self.listed([branch], depth + 1)
        return found or ([True, False] if shape.kinds == frozenset({"boolean"}) else [])


def plausible(value: Json, shape: Shape) -> bool:
    """Whether a value fits by itself; what is inside of it is looked at when it is copied."""
    if shape.enum is not None and not any(same(value, one) for one in shape.enum):
        return False
    if value is None:
        return shape.kinds is None or "null" in shape.kinds
    kind = kind_of(value)
    if shape.kinds is not None and kind not in shape.kinds:
        return False
    if shape.kinds is None and shape.hinted not in (None, kind):
        return bool(shape.hinted == "number" and kind == "integer")
    if isinstance(value, str):
        limits = shape.limits
        least, most = limits.get("minLength", 0), limits.get("maxLength")
        return text_fits(value, shape.patterns, least, most)
    if kind in ("integer", "number"):
        return in_range(value, shape)
    return True


def _holders(token: str) -> frozenset[str]:
    """The types that a part of that name can be in."""
    listed = token.isdecimal() or token in (ANY, "-")
    return frozenset({"object", "array"}) if listed else frozenset({"object"})


def _within(token: str, items: Sequence[object]) -> bool:
    return token.isdecimal() and int(token) < len(items)
