"""What a document declares: the names that expressions in one place can refer to."""

from __future__ import annotations

from collections.abc import Mapping

from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import EMPTY

__all__ = ["Names", "WorkflowNames"]


class WorkflowNames(NamedTuple):
    """The inputs and outputs of a workflow. None: any name can exist."""

    inputs: frozenset[str] | None = None
    outputs: frozenset[str] | None = None


class Names(NamedTuple):
    """The declared names that a workflow's expressions can refer to.

    ``inputs`` are the properties of the workflow's inputs schema; ``steps`` maps stepIds to their
    outputs; ``workflows`` maps workflowIds; ``outputs`` is what ``$outputs`` means here. None
    means open: any name can exist.
    """

    inputs: frozenset[str] | None = None
    steps: Mapping[str, frozenset[str] | None] = EMPTY
    workflows: Mapping[str, WorkflowNames] = EMPTY
    outputs: frozenset[str] | None = None
    sources: frozenset[str] = frozenset()
