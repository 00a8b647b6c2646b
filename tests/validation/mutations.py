"""Documents changed at random: fields removed, renamed, retyped, references broken."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

__all__ = ["mutated", "places"]

Pointer = tuple[str | int, ...]

_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**30, "", " ", "x", "$", "$x", "{$", "$response.body",
    "$steps.a.outputs.b", "{$inputs.x", "$.a == 1", "#", "~", "a b", "\u2028", "é", [], {}, [[]],
    [None], ["a", "a"], [{}], {"": ""}, {"x-y": 1}, {"a": {"b": []}}, {"reference": 1},
    {"reference": "$components.parameters.x"}, {"type": "jsonpath", "version": "rfc9535"},
    {"context": "$response.body", "selector": "$.a", "type": "jsonpath"},
    {"name": "a", "in": "query", "value": 1}, {"condition": "$statusCode == 200"},
    {"$ref": "#/components/inputs/x"}, {"$ref": 1}, {"$ref": "#"},
)  # fmt: skip
_NAMES = ("", "x-added", "added", "$ref", "reference", "type", "in", "name", "value", "stepId",
          "workflowId", "operationId", "timeout", "action", "channelPath", "context")  # fmt: skip


def places(data: Any, at: Pointer = ()) -> Iterator[Pointer]:
    """The pointers of everything below the root."""
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        yield (*at, key)
        if isinstance(value, dict | list):
            yield from places(value, (*at, key))


def mutated(data: Any, random: Random) -> Any:
    """A copy with one or two changes."""
    copy = deepcopy(data)
    for _ in range(random.choice((1, 1, 1, 2))):
        _mutate(copy, random)
    return copy


def _mutate(data: Any, random: Random) -> None:
    pointers = list(places(data))
    if not pointers:
        return
    *path, last = random.choice(pointers)
    parent = data
    for token in path:
        parent = parent[token]
    value = parent[last]
    change = random.randrange(10)
    if change <= 1:
        del parent[last]
    elif change == 2 and isinstance(parent, dict):
        renamed = random.choice((f"{last}x", str(last).upper(), str(last)[1:], *_NAMES))
        parent[renamed] = parent.pop(last)
    elif change == 3 and isinstance(parent, list):
        parent.append(deepcopy(value))
    elif change == 4 and isinstance(value, str):
        at = random.randrange(len(value) + 1)
        parent[last] = value[:at] + random.choice("x. {}$#/'\"[]~") + value[at + 1 :]
    elif change == 5 and isinstance(parent, dict):
        parent[random.choice(_NAMES)] = deepcopy(random.choice(_VALUES))
    elif change == 6 and isinstance(value, dict):
        value[random.choice(_NAMES)] = deepcopy(random.choice(_VALUES))
    elif change == 7 and isinstance(value, list):
        value.append(deepcopy(random.choice(_VALUES)))
    else:
        parent[last] = deepcopy(random.choice(_VALUES))
