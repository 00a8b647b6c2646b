"""What a runtime expression can see: the values of one step's surroundings."""

from __future__ import annotations

from collections.abc import Mapping

from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import ABSENT, EMPTY, Headers, Response, Value

__all__ = ["Scope", "SentRequest", "WorkflowValues"]


class SentRequest(NamedTuple):
    """What was sent, by the names the step used (A-53); values are not serialised.

    ``url`` is the requested URL before redirects, query included (A-54).
    """

    method: str
    url: str
    headers: Headers = ()
    query: Mapping[str, Value] = EMPTY
    path: Mapping[str, Value] = EMPTY
    body: Value = ABSENT


class WorkflowValues(NamedTuple):
    """The inputs and outputs of a workflow of this run, for ``$workflows.<id>``."""

    inputs: Mapping[str, Value]
    outputs: Mapping[str, Value]


class Scope:
    """The values that expressions are evaluated against.

    ``steps`` maps a stepId to the outputs of its last execution; a step that did not run is not
    in it. ``outputs`` is what ``$outputs`` means here: a child's outputs in a workflow step (A-41).
    ``tolerated`` collects (rule, text as written) of each tolerance that only the values show.
    """

    __slots__ = (
        "components",
        "inputs",
        "outputs",
        "request",
        "response",
        "self_uri",
        "sources",
        "steps",
        "tolerated",
        "workflows",
    )

    def __init__(
        self,
        inputs: Mapping[str, Value] = EMPTY,
        steps: Mapping[str, Mapping[str, Value]] = EMPTY,
        workflows: Mapping[str, WorkflowValues] = EMPTY,
        outputs: Mapping[str, Value] = EMPTY,
        request: SentRequest | None = None,
        response: Response | None = None,
        sources: Mapping[str, Mapping[str, str]] = EMPTY,
        self_uri: str | None = None,
        components: Mapping[str, Mapping[str, Value]] = EMPTY,
    ) -> None:
        self.inputs = inputs
        self.steps = steps
        self.workflows = workflows
        self.outputs = outputs
        self.request = request
        self.response = response
        self.sources = sources
        self.self_uri = self_uri
        self.components = components
        self.tolerated: tuple[tuple[str, str], ...] = ()

    def tolerate(self, rule: str, written: str) -> None:
        """Remember that a text was read by a tolerance, because of the values it met."""
        self.tolerated = (*self.tolerated, (rule, written))
