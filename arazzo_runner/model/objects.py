"""The objects of an Arazzo document, frozen, named as the specification names them.

``pointer`` is where an object stands in its document. Values that may hold expressions are kept as
written; linking reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.reading import Document
from arazzo_runner.values import EMPTY, Json

__all__ = [
    "Action",
    "ArazzoDocument",
    "Components",
    "CriterionObject",
    "Info",
    "Parameter",
    "Pointer",
    "Replacement",
    "RequestBody",
    "Reusable",
    "SourceDescription",
    "Step",
    "Workflow",
]

Pointer: TypeAlias = tuple[str | int, ...]


class Info(NamedTuple):
    """Info Object."""

    title: str = ""
    version: str = ""
    summary: str | None = None
    description: str | None = None


class SourceDescription(NamedTuple):
    """Source Description Object; ``type`` is None when it is not given (SRC-05)."""

    name: str
    url: str
    type: str | None
    pointer: Pointer


class CriterionObject(NamedTuple):
    """Criterion Object; ``version`` comes from an Expression Type Object."""

    condition: str
    context: str | None
    type: str
    version: str | None
    pointer: Pointer


class Parameter(NamedTuple):
    """Parameter Object; ``location`` is its ``in``, None for a workflow's input."""

    name: str
    location: str | None
    value: Json
    pointer: Pointer


class Reusable(NamedTuple):
    """Reusable Object; ``has_value`` tells a null override from none."""

    reference: str
    value: Json
    has_value: bool
    pointer: Pointer


class Replacement(NamedTuple):
    """Payload Replacement Object; type and version are of its target selector."""

    target: str
    value: Json
    type: str | None
    version: str | None
    pointer: Pointer


class RequestBody(NamedTuple):
    """Request Body Object; ``has_payload`` tells a null payload from none."""

    content_type: str | None
    payload: Json
    has_payload: bool
    replacements: tuple[Replacement, ...]
    pointer: Pointer


class Action(NamedTuple):
    """Success Action Object or Failure Action Object. ``retry_after`` is in seconds."""

    name: str
    type: str
    step_id: str | None
    workflow_id: str | None
    criteria: tuple[CriterionObject, ...]
    parameters: tuple[Parameter | Reusable, ...]
    retry_after: float | None
    retry_limit: int | None
    pointer: Pointer


class Step(NamedTuple):
    """Step Object. ``timeout`` is in milliseconds, as written."""

    step_id: str
    description: str | None
    operation_id: str | None
    operation_path: str | None
    workflow_id: str | None
    channel_path: str | None
    parameters: tuple[Parameter | Reusable, ...]
    request_body: RequestBody | None
    success_criteria: tuple[CriterionObject, ...]
    on_success: tuple[Action | Reusable, ...]
    on_failure: tuple[Action | Reusable, ...]
    outputs: Mapping[str, Json]
    depends_on: tuple[str, ...]
    timeout: float | None
    action: str | None
    correlation_id: Json
    pointer: Pointer


class Workflow(NamedTuple):
    """Workflow Object."""

    workflow_id: str
    summary: str | None
    description: str | None
    inputs: Json
    depends_on: tuple[str, ...]
    steps: tuple[Step, ...]
    success_actions: tuple[Action | Reusable, ...]
    failure_actions: tuple[Action | Reusable, ...]
    parameters: tuple[Parameter | Reusable, ...]
    outputs: Mapping[str, Json]
    pointer: Pointer


class Components(NamedTuple):
    """Components Object; ``raw_parameters`` are what ``$components.parameters.x`` reads."""

    inputs: Mapping[str, Json] = EMPTY
    parameters: Mapping[str, Parameter] = EMPTY
    success_actions: Mapping[str, Action] = EMPTY
    failure_actions: Mapping[str, Action] = EMPTY


class ArazzoDocument(NamedTuple):
    """Arazzo Specification Object with the text it was read from."""

    document: Document
    version: str
    self_uri: str | None
    info: Info
    sources: tuple[SourceDescription, ...]
    workflows: tuple[Workflow, ...]
    components: Components

    def workflow(self, workflow_id: str) -> Workflow | None:
        """The workflow with that id, or None."""
        return next((w for w in self.workflows if w.workflow_id == workflow_id), None)
