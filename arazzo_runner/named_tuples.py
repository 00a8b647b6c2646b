"""``typing.NamedTuple`` without its look at every annotation: a class costs 0.04 ms, not 0.15.

There are two hundred of them, and a command makes those it imports each time it starts. Type
checkers see ``typing.NamedTuple``; fields, defaults, methods and pickling are the same.
"""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any

__all__ = ["NamedTuple"]

if TYPE_CHECKING:
    from typing import NamedTuple
else:

    class _Maker(type):
        def __new__(cls, name: str, bases: tuple[type, ...], members: dict[str, Any]) -> type:
            if not bases:
                return super().__new__(cls, name, bases, members)
            fields = members.get("__annotations__", {})
            defaults = [members.pop(field) for field in fields if field in members]
            made = namedtuple(  # noqa: PYI024 - what typing makes, too
                name, fields, defaults=defaults, module=members["__module__"]
            )
            for key, value in members.items():
                setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Maker):
        """The base of a class whose annotations are the fields of a named tuple."""
