"""Times as people write them: ``90``, ``1.5``, ``500ms``, ``30s``, ``5m``, ``2h``."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["parse_duration"]

_DURATION: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*(ms|s|m|min|h)?", re.ASCII)
_UNITS: Final = {None: 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_LONGEST: Final = 366 * 86400.0


def parse_duration(text: str) -> float:
    """Seconds.

    Raises:
        ValueError: it is not a time, or more than a year.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a time: write seconds (90, 1.5) or 500ms, 30s, 5m, 2h")
    seconds = float(match[1]) * _UNITS[match[2]]
    if seconds > _LONGEST:
        raise ValueError(f"{text!r} is more than a year")
    return seconds
