"""How people are told to go on with a run."""

from __future__ import annotations

import shlex
from argparse import Namespace

__all__ = ["resume_command"]


def resume_command(run_id: str, values: Namespace) -> str:
    """The command that goes on with a run of the journal that the arguments name."""
    journal = getattr(values, "journal", None)
    more = f" --journal {shlex.quote(journal)}" if journal else ""
    return f"arazzo runs resume {run_id[:12]}{more}"
