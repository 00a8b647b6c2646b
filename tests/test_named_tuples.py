"""Named tuples of ours are those of ``typing``, made faster."""

from __future__ import annotations

import copy
import inspect
import pickle
import typing
from collections.abc import Callable
from typing import get_type_hints

import pytest

from arazzo_runner.named_tuples import NamedTuple


class Ours(NamedTuple):
    """A place."""

    name: str
    line: int = 1
    tags: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """As people write it."""
        return f"{self.name}:{self.line}"

    def moved(self, by: int) -> Ours:
        return self._replace(line=self.line + by)


class Plain(NamedTuple):
    first: int
    second: str = "b"

    def both(self) -> str:
        return f"{self.first}{self.second}"


class Typed(typing.NamedTuple):
    first: int
    second: str = "b"

    def both(self) -> str:
        return f"{self.first}{self.second}"


def test_the_same_as_those_of_typing() -> None:
    assert Plain._fields == Typed._fields
    assert Plain._field_defaults == Typed._field_defaults
    assert get_type_hints(Plain) == get_type_hints(Typed)
    assert tuple(Plain(1)) == tuple(Typed(1))
    assert Plain(1).both() == Typed(1).both() == "1b"
    assert repr(Plain(1)) == repr(Typed(1)).replace("Typed", "Plain")
    assert Plain.__mro__[1:] == Typed.__mro__[1:]
    assert (Plain.__module__, Plain.__qualname__) == (__name__, "Plain")
    with pytest.raises(TypeError, match="first"):
        Plain()  # type: ignore[call-arg]


def test_methods_pickling_and_documentation() -> None:
    place = Ours("a.yaml", tags=("x",))
    assert place.shown == "a.yaml:1"
    assert place.moved(2) == ("a.yaml", 3, ("x",))
    assert Ours.__doc__ == "A place."
    loaded = pickle.loads(pickle.dumps(place))
    assert loaded == place
    assert type(loaded) is Ours


class Empty(NamedTuple):
    """No fields."""


def test_all_that_a_named_tuple_has() -> None:
    place = Plain(1)
    assert place._asdict() == {"first": 1, "second": "b"}
    assert Plain._make([1, "c"]) == (1, "c")
    assert copy.deepcopy(place) == copy.copy(place) == place
    assert str(inspect.signature(Plain)) == "(first, second='b')"
    assert inspect.signature(Plain.__new__).parameters.keys() == {"_cls", "first", "second"}
    assert Empty() == ()
    match Plain(3, "z"):
        case Plain(first, second=second):
            assert (first, second) == (3, "z")
    with pytest.raises(AttributeError):
        place.first = 2  # type: ignore[misc]
    with pytest.raises(AttributeError):
        place.third = 2  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Plain(*()),
        lambda: Plain(1, "b", 3),  # type: ignore[call-arg]
        lambda: Plain(1, third=3),  # type: ignore[call-arg]
        lambda: Plain._make([1]),
        lambda: Plain(1)._replace(third=3),  # type: ignore[call-arg]
    ],
)
def test_what_does_not_fit_is_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises((TypeError, ValueError), match=r"Plain|first"):
        wrong()
