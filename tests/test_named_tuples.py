"""Named tuples of ours are those of ``typing``, made faster."""

from __future__ import annotations

import pickle
import typing
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
    copy = pickle.loads(pickle.dumps(place))
    assert copy == place
    assert type(copy) is Ours
