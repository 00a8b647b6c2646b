"""What a schema says about a value before there is one: is a property required?"""

from __future__ import annotations

from collections.abc import Callable

from arazzo_runner.errors import ArazzoError
from arazzo_runner.values import Json

__all__ = ["requires"]

_DEEPEST = 40


def requires(schema: Json, pointer: tuple[str, ...], follow: Callable[[Json], Json]) -> bool:
    """Whether a schema requires the property that a pointer leads to.

    Through ``$ref``, ``allOf``, ``properties``, ``additionalProperties`` and ``items``; through
    ``oneOf`` and ``anyOf`` only when every branch requires it. What is in doubt is not required.
    """
    return bool(pointer) and _requires(schema, pointer, follow, 0)


def _requires(
    schema: Json, pointer: tuple[str, ...], follow: Callable[[Json], Json], depth: int
) -> bool:
    if depth > _DEEPEST:
        return False
    try:
        schema = follow(schema)
    except ArazzoError:
        return False
    if not isinstance(schema, dict):
        return False
    name, rest = pointer[0], pointer[1:]
    if not rest:
        required = schema.get("required")
        if isinstance(required, list) and name in required:
            return True
    elif _requires_inside(schema, name, rest, follow, depth):
        return True
    if any(_requires(part, pointer, follow, depth + 1) for part in _list(schema.get("allOf"))):
        return True
    for key in ("oneOf", "anyOf"):
        branches = _list(schema.get(key))
        if branches and all(_requires(part, pointer, follow, depth + 1) for part in branches):
            return True
    return False


def _requires_inside(
    schema: Json,
    name: str,
    rest: tuple[str, ...],
    follow: Callable[[Json], Json],
    depth: int,
) -> bool:
    properties = schema.get("properties")
    if isinstance(properties, dict) and name in properties:
        return _requires(properties[name], rest, follow, depth + 1)
    items = schema.get("items")
    if name.isdigit() and items is not None:
        return _requires(items, rest, follow, depth + 1)
    return _requires(schema.get("additionalProperties"), rest, follow, depth + 1)


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
