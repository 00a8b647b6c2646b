"""The graph of steps: what lies on every way to a step."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from arazzo_runner.validation.flow import Flow


def flow_of(successors: list[list[int]]) -> Flow:
    """A flow with these successors; what steps say does not matter for it."""

    class Workflow:
        steps: Any = ()

    flow = Flow(Workflow())  # type: ignore[arg-type]
    flow.successors = [frozenset(each) for each in successors]
    return flow


def reached(successors: list[list[int]], without: int | None = None) -> set[int]:
    found: set[int] = set()
    todo = [0]
    while todo:
        step = todo.pop()
        if step not in found and step != without:
            found.add(step)
            todo += successors[step]
    return found


graphs = st.integers(1, 8).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(0, size - 1), max_size=3), min_size=size, max_size=size
    )
)


@given(graphs)
def test_a_step_is_always_before_another_when_no_way_goes_around_it(graph: list[list[int]]) -> None:
    flow = flow_of(graph)
    assert flow.reachable == reached(graph)
    for needed in range(len(graph)):
        around = reached(graph, without=needed)
        for here in flow.reachable:
            assert flow.always_before(needed, here) is (
                needed in flow.reachable and here not in around
            )


def test_a_long_chain_does_not_recurse() -> None:
    size = 5000
    flow = flow_of([[n + 1] for n in range(size - 1)] + [[0]])
    assert len(flow.reachable) == size
    assert flow.always_before(17, 4000)
    assert not flow.always_before(4000, 17)
