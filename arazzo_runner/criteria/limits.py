"""Limits of what a condition, selector or target may cost, and the fault of going over one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import monotonic
from types import FrameType
from typing import Final, TypeVar

from arazzo_runner.errors import ArazzoError

__all__ = [
    "MAX_DEPTH",
    "MAX_NODES",
    "QUERY_SECONDS",
    "REGEX_SECONDS",
    "EvaluationFault",
    "run_limited",
]

QUERY_SECONDS: Final = 5.0
"""Longest evaluation of one JSONPath query or XPath expression."""

REGEX_SECONDS: Final = 1.0
"""Longest search of one regular expression."""

MAX_NODES: Final = 500_000
"""Most nodes that one segment of a JSONPath query may select."""

MAX_DEPTH: Final = 300
"""Deepest nesting that ``..`` descends into."""


T = TypeVar("T")


class EvaluationFault(ArazzoError, ValueError):
    """A condition, selector or replacement cannot be evaluated on the values at hand."""

    kind = "evaluation"


class _TimeUpError(BaseException):
    """Raised inside a library; no library catches a BaseException."""


def run_limited(what: str, call: Callable[[], T]) -> T:
    """The result of ``call``, a function in pure Python that is stopped after QUERY_SECONDS.

    The libraries behind JSONPath and XPath cannot be stopped from outside. They are pure Python,
    so a profile function sees each of their calls and can raise. Code in C is not stopped.

    Raises:
        EvaluationFault: the time is over.
    """
    end = monotonic() + QUERY_SECONDS
    previous = sys.getprofile()
    owner = sys._getframe()

    # Coverage tools do not see into a profile function.
    def check(frame: FrameType, _event: str, _argument: object) -> None:  # pragma: no cover
        # Not in this function's own frame: what it does last must not be stopped.
        if monotonic() > end and frame is not owner:
            raise _TimeUpError

    sys.setprofile(check)
    try:
        return call()
    except _TimeUpError:
        raise EvaluationFault(f"{what} took longer than {QUERY_SECONDS:g} s") from None
    finally:
        sys.setprofile(previous)
