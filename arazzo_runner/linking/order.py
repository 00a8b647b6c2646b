"""The order in which a workflow's steps run (A-33, DEP-06)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush

__all__ = ["order_steps"]


def order_steps(count: int, needs: Mapping[int, Sequence[int]]) -> tuple[list[int], list[int]]:
    """Positions in a stable topological order: that of the list where nothing speaks against it.

    ``needs`` maps a step to the steps that come before it. Also returns the steps of a cycle,
    which keep the order of the list; empty when there is none.
    """
    waits = {
        index: {need for need in needs.get(index, ()) if need != index} for index in range(count)
    }
    followers: dict[int, list[int]] = {}
    for index, before in waits.items():
        for need in before:
            followers.setdefault(need, []).append(index)
    ready = [index for index, before in waits.items() if not before]
    heapify(ready)
    order: list[int] = []
    while ready:
        index = heappop(ready)
        order.append(index)
        for follower in followers.get(index, ()):
            waits[follower].discard(index)
            if not waits[follower]:
                heappush(ready, follower)
    cycle = sorted(set(range(count)) - set(order))
    return [*order, *cycle], cycle
