"""Values that make comparisons hold, or not: what to put where in an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from arazzo_runner.criteria.simple_comparison import COMPARATORS, NotOrdered, is_true
from arazzo_runner.simulation.atoms import Atom
from arazzo_runner.simulation.bodies import resize
from arazzo_runner.simulation.texts import make_text, text_fits
from arazzo_runner.values import ABSENT, Json, Value

__all__ = ["choose", "holds", "proposals"]

_MOST: Final = 40  # values looked at for one place


def holds(atom: Atom, value: Value) -> bool:
    """Whether the comparison is true of a value, by the rules of simple conditions."""
    if atom.measured:
        value = len(value) if isinstance(value, str | list | dict) else ABSENT
    match atom.operator:
        case "true":
            return is_true(value)
        case "false":
            return not is_true(value)
        case "exists":
            return value is not ABSENT
        case "missing":
            return value is ABSENT
        case "empty":
            return value is ABSENT or value is None or value in ("", [], {})
        case "filled":
            return value is not ABSENT and value is not None and value not in ("", [], {})
        case "match":
            return text_fits(_as_text(value), [str(atom.value)])
        case "mismatch":
            return not text_fits(_as_text(value), [str(atom.value)])
    try:
        return COMPARATORS[atom.operator](value, atom.value)
    except NotOrdered:
        return False


def _as_text(value: Value) -> str:
    return value if isinstance(value, str) else "" if value is ABSENT else str(value)


def decidable(atom: Atom) -> bool:
    """Whether it is known what the value is compared with."""
    return atom.value is not ABSENT or atom.operator not in COMPARATORS


def choose(
    atoms: Sequence[Atom],
    current: Value,
    listed: Sequence[Json],
    allowed: Callable[[Value], bool],
) -> tuple[Value, bool]:
    """The value for which most of the comparisons hold, and whether the schema allows it.

    The present value is kept when it will do; then what the schema lists; then what the
    comparisons name.
    """
    useful = [atom for atom in atoms if decidable(atom)]
    best: tuple[int, int] | None = None
    chosen: tuple[Value, bool] = (current, True)
    for count, value in enumerate(proposals(useful, current, listed)):
        fits = count == 0 or allowed(value)
        score = (sum(holds(atom, value) for atom in useful), int(fits))
        if best is None or score > best:
            best, chosen = score, (value, fits)
        if score == (len(useful), 1) or count > _MOST:
            break
    return chosen


def proposals(atoms: Iterable[Atom], current: Value, listed: Sequence[Json]) -> Iterator[Value]:
    """Values worth trying, the least surprising first."""
    yield current
    atoms = list(atoms)
    for atom in atoms:
        if atom.measured:
            yield from (resize(current, n) for n in _near(atom))
        elif isinstance(atom.value, str) and atom.operator == "==":
            yield from (v for v in listed if isinstance(v, str) and holds(atom, v))
    yield from listed
    for atom in atoms:
        if not atom.measured:
            yield from _made(atom, current)


def _near(atom: Atom) -> Iterator[int]:
    number = atom.value if isinstance(atom.value, int) and atom.operator in COMPARATORS else 1
    yield from (n for n in (number, number + 1, number - 1, 0) if n >= 0)


def _made(atom: Atom, current: Value) -> Iterator[Value]:
    value = atom.value
    match atom.operator:
        case "==" | "<=" | ">=":
            yield value
            if value is None:
                yield ABSENT
            elif isinstance(value, str | int | float):
                yield from _converted(value)
        case "!=" | "<" | ">":
            yield from _others(value, current)
        case "true" | "exists" | "filled":
            yield from (True, "x", 1, ["x"])
        case "false" | "missing" | "empty":
            if isinstance(current, list):
                yield []
            yield from (False, None, 0, "", ABSENT)
        case "match":
            yield make_text("", 101, patterns=[str(value)])
        case "mismatch":
            yield from ("", "no match", ABSENT)


def _converted(value: float | str) -> Iterator[Value]:
    """The same in another type."""
    if isinstance(value, bool):
        return
    if isinstance(value, str):
        digits = value.strip().lstrip("-")
        if digits.isascii() and digits.isdecimal() and len(digits) < 16:
            yield int(value)
    else:
        yield str(value)


def _others(value: Json, current: Value) -> Iterator[Value]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (value + 1, value - 1, str(value + 1))
    elif isinstance(value, str):
        yield from (f"other-than-{value}" if value else "other", "")
    elif value is None:
        yield from ("x", 1, True, {}, ["x"])
    elif current is not ABSENT:
        yield ABSENT
