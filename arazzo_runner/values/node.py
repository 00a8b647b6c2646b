"""The base of syntax tree nodes: immutable, equal by type and fields.

A frozen dataclass would do the same; creating one costs 1.2 ms at every start of the program, a
subclass of this 0.02 ms, and there are thirty.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self, dataclass_transform

__all__ = ["Node"]


@dataclass_transform(frozen_default=True)
class Node:
    """Fields are the annotations of the class, in order; a class attribute is a default."""

    __match_args__: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        own = cls.__dict__.get("__annotations__", {})  # noqa: RUF063 - inspect is slow to import
        cls.__match_args__ = (*cls.__match_args__, *own)  # type: ignore[misc]

    def __init__(self, *values: Any, **named: Any) -> None:
        given = dict(zip(self.__match_args__, values, strict=False)) | named
        if named or len(values) != len(self.__match_args__):
            self._check(given, len(values))
        self.__dict__.update(given)

    def _check(self, given: dict[str, Any], count: int) -> None:
        for name in self.__match_args__:
            if name not in given and not hasattr(type(self), name):
                raise TypeError(f"{type(self).__name__} needs '{name}'")
        if count > len(self.__match_args__) or not given.keys() <= set(self.__match_args__):
            raise TypeError(f"{type(self).__name__} has the fields {self.__match_args__}")

    def replace(self, **changes: Any) -> Self:
        """A node of the same class with other values in some fields."""
        return type(self)(**{name: getattr(self, name) for name in self.__match_args__} | changes)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def _values(self) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in self.__match_args__])

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
        return f"{type(self).__name__}({shown})"
