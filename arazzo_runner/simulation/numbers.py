"""Numbers within bounds: small round ones where there is room."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from arazzo_runner.errors import ArazzoError
from arazzo_runner.simulation.shapes import Shape

__all__ = ["NoValueError", "in_range", "make_number"]


class NoValueError(ArazzoError, ValueError):
    """No value fits: the schema contradicts itself, or contains itself without end."""

    kind = "schema"


def in_range(value: float, shape: Shape) -> bool:
    """Whether a number keeps to bounds and multiples."""
    limits = shape.limits
    return (
        value >= limits.get("minimum", -math.inf)
        and value <= limits.get("maximum", math.inf)
        and value > limits.get("exclusiveMinimum", -math.inf)
        and value < limits.get("exclusiveMaximum", math.inf)
        and all(_divides(multiple, value) for multiple in shape.multiples)
    )


def _divides(multiple: float, value: float) -> bool:
    quotient = value / multiple
    return math.isfinite(quotient) and float(quotient).is_integer()


def make_number(shape: Shape, number: int, *, whole: bool) -> float:
    """A number within the bounds, a small one when there is room."""
    if shape.patterns or shape.kinds == frozenset({"integer"}):
        whole = True
    limits = shape.limits
    low = max(limits.get("minimum", -math.inf), limits.get("exclusiveMinimum", -math.inf))
    high = min(limits.get("maximum", math.inf), limits.get("exclusiveMaximum", math.inf))
    wish = float(number % 100 + 1)
    wish = min(max(wish, low), high)
    for candidate in _candidates(wish, low, high, shape, whole=whole):
        if in_range(candidate, shape) and (not whole or float(candidate).is_integer()):
            return int(candidate) if float(candidate).is_integer() else candidate
    raise NoValueError("no number fits the bounds")


def _candidates(
    wish: float, low: float, high: float, shape: Shape, *, whole: bool
) -> Iterable[float]:
    """Numbers to try: round ones first, then multiples near a bound, then the middle."""
    yield from (round(wish), math.floor(wish), math.ceil(wish), wish)
    for edge in (low, high):
        if math.isfinite(edge):
            yield from (edge, math.floor(edge), math.ceil(edge), edge + 1, edge - 1)
            yield from (math.floor(edge) + 1, math.ceil(edge) - 1)
    steps = [*shape.multiples, 1.0] if whole else shape.multiples
    step = _common(steps)
    if step:
        base = low if math.isfinite(low) else high if math.isfinite(high) else wish
        first = math.floor(base / step)
        yield from ((first + offset) * step for offset in range(-3, 4))
    if math.isfinite(low) and math.isfinite(high):
        yield (low + high) / 2


def _common(steps: Sequence[float]) -> float:
    """A step that is a multiple of all of them."""
    whole = [int(step) for step in steps if float(step).is_integer()]
    if len(whole) == len(steps):
        return float(math.lcm(*whole)) if whole else 0.0
    return math.prod(steps)
