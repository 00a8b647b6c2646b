"""What a runtime expression can see: the values of one step's surroundings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from arazzo_runner.values import ABSENT, Headers, Response, Value

__all__ = ["Scope", "SentRequest", "WorkflowValues"]


@dataclass(frozen=True, slots=True)
class SentRequest:
    """What was sent, by the names the step used (A-53); values are not serialised.

    ``url`` is the requested URL before redirects, query included (A-54).
    """

    method: str
    url: str
    headers: Headers = ()
    query: Mapping[str, Value] = field(default_factory=dict)
    path: Mapping[str, Value] = field(default_factory=dict)
    body: Value = ABSENT


@dataclass(frozen=True, slots=True)
class WorkflowValues:
    """The inputs and outputs of a workflow of this run, for ``$workflows.<id>``."""

    inputs: Mapping[str, Value]
    outputs: Mapping[str, Value]


@dataclass(slots=True)
class Scope:
    """The values that expressions are evaluated against.

    ``steps`` maps a stepId to the outputs of its last execution; a step that did not run is not
    in it. ``outputs`` is what ``$outputs`` means here: a child's outputs in a workflow step (A-41).
    """

    inputs: Mapping[str, Value] = field(default_factory=dict)
    steps: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    workflows: Mapping[str, WorkflowValues] = field(default_factory=dict)
    outputs: Mapping[str, Value] = field(default_factory=dict)
    request: SentRequest | None = None
    response: Response | None = None
    sources: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    self_uri: str | None = None
    components: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
