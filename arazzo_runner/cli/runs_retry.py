"""``arazzo runs retry``: go on with a failed run from the step that failed."""

from __future__ import annotations

from argparse import Namespace

from arazzo_runner.cli.run import carry_out
from arazzo_runner.cli.runs_resume import Continue
from arazzo_runner.cli.screen import Screen

__all__ = ["run"]


class _Retry(Continue):
    retry = True


def run(values: Namespace, screen: Screen) -> int:
    """Go on with the run that the arguments name; the exit code.

    Raises:
        ArazzoError: it cannot be gone on with.
    """
    if values.temporal is not None:
        from arazzo_runner.cli.runs_temporal import Retrying

        return carry_out(values, screen, Retrying)
    return carry_out(values, screen, _Retry)
