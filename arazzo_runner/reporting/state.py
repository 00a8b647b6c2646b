"""What a polled step is in, as a few words: its newest outputs of the status-like kind."""

from __future__ import annotations

import re
from collections.abc import Mapping

from arazzo_runner.reporting.text import value_text
from arazzo_runner.values import ABSENT, Redactor, Value

__all__ = ["state_text"]

_STATUS_LIKE = re.compile(r"status|state|phase|stage|progress|percent|done|ready", re.IGNORECASE)
_MOST = 2


def state_text(outputs: Mapping[str, Value], redactor: Redactor, limit: int = 40) -> str:
    """``trainingJobStatus InProgress, secondaryStatus Training``; empty when there is nothing.

    Outputs named like a status come first; without any, the first outputs that are not objects.
    """
    plain = {
        name: value
        for name, value in outputs.items()
        if value is not ABSENT and not isinstance(value, dict | list | bytes)
    }
    chosen = [name for name in plain if _STATUS_LIKE.search(name)] or list(plain)
    return ", ".join(
        f"{value_text(name, redactor, limit)} {value_text(plain[name], redactor, limit)}"
        for name in chosen[:_MOST]
    )
