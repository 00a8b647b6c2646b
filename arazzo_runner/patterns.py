"""Regular expressions that are compiled when they are first used.

Compiling one takes 0.02 to 0.5 ms. The modules of a command have a hundred of them, of which one
document needs a third. Type checkers see ``re.compile``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

__all__ = ["lazy_pattern"]

if TYPE_CHECKING:
    from re import compile as lazy_pattern
else:
    _NAMES = tuple(name for name in dir(re.Pattern) if not name.startswith("_"))

    class lazy_pattern:  # noqa: N801 - it stands for a function
        """A compiled regular expression, made at the first use of one of its methods."""

        def __init__(self, text: str | bytes, flags: int = 0) -> None:
            self._given = text, flags

        def __getattr__(self, name: str) -> Any:
            if name not in _NAMES:
                raise AttributeError(f"a regular expression has no attribute '{name}'")
            made = re.compile(*self._given)
            # From now on its methods are found here, as fast as those of the real one.
            self.__dict__.update({each: getattr(made, each) for each in _NAMES})
            return getattr(made, name)
