"""The linked program: what is run, drawn, shown or validated.

Every reference is resolved and every expression compiled. A step at run time evaluates closures.
A program is immutable and holds no run; one program serves any number of runs at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from arazzo_runner.named_tuples import NamedTuple

if TYPE_CHECKING:
    from arazzo_runner.criteria import Criterion
    from arazzo_runner.criteria.replacements import Target
    from arazzo_runner.errors import Fault, Location
    from arazzo_runner.expressions import Expression, Scope
    from arazzo_runner.model import ArazzoDocument, Pointer
    from arazzo_runner.model import Workflow as WorkflowObject
    from arazzo_runner.openapi import Binding, Description, Operation
    from arazzo_runner.reading import Document
    from arazzo_runner.values import Json, Value

__all__ = [
    "LinkedAction",
    "LinkedBody",
    "LinkedOutput",
    "LinkedParameter",
    "LinkedReplacement",
    "LinkedStep",
    "LinkedWorkflow",
    "OperationCall",
    "Producer",
    "Program",
    "WorkflowCall",
]

Producer: TypeAlias = "Callable[[Scope], Value]"
"""Makes a value from a scope. ABSENT when nothing is there."""


class OperationCall(NamedTuple):
    """What an operation step calls, and where.

    ``declared_url`` is the server that the description declares, ``base_url`` the one that is used:
    they differ when the caller overrides it. Credentials follow the declaration. ``wants_sigv4``
    says that a security scheme of the operation asks for an AWS signature; ``schemes`` names the
    security schemes it needs otherwise, empty when none.
    """

    source_name: str
    description: Description
    operation: Operation
    binding: Binding
    declared_url: str
    base_url: str
    wants_sigv4: bool = False
    schemes: tuple[str, ...] = ()


class WorkflowCall(NamedTuple):
    """What a workflow step, goto or retry runs: the key of a workflow of the program."""

    key: str
    workflow_id: str


class LinkedParameter(NamedTuple):
    """A parameter of a step or action: name, place (None for a workflow's input), value.

    ``required`` says that the step cannot be sent without it; ``text`` is the value as written.
    """

    name: str
    location: str | None
    produce: Producer
    required: bool
    text: str


class LinkedReplacement(NamedTuple):
    """A payload replacement: the compiled target and the value put there."""

    target: Target
    produce: Producer
    text: str


class LinkedBody(NamedTuple):
    """A request body: the payload's producer and its replacements, in order (REP-05)."""

    payload: Producer
    replacements: tuple[LinkedReplacement, ...]

    def produce(self, scope: Scope) -> Value:
        """The body to send. Raises ArazzoError for what is absent or cannot be replaced."""
        value = self.payload(scope)
        for replacement in self.replacements:
            value = replacement.target.apply(value, replacement.produce(scope))
        return value


class LinkedOutput(NamedTuple):
    """One output: name, value, why it has none, and the expressions that it reads."""

    name: str
    produce: Producer
    explain: Callable[[Scope], str]
    expressions: tuple[Expression, ...] = ()


class LinkedAction(NamedTuple):
    """A success or failure action. ``step`` is the position of the step it names."""

    name: str
    type: str
    criteria: tuple[Criterion, ...] = ()
    step: int | None = None
    step_id: str | None = None
    workflow: WorkflowCall | None = None
    parameters: tuple[LinkedParameter, ...] = ()
    retry_after: float = 0.0
    retry_limit: int = 1


class LinkedStep(NamedTuple):
    """A step, ready to run.

    ``position`` is its place in the order of execution. ``reads_request`` says that a criterion,
    action or output reads ``$request``, ``$url`` or ``$method``. ``polls`` says that a success
    action of it goes back to it. ``waits_for`` are positions of steps it depends on.
    ``expressions`` are all that its request, criteria, actions and outputs read.
    """

    step_id: str
    position: int
    target: OperationCall | WorkflowCall
    parameters: tuple[LinkedParameter, ...]
    body: LinkedBody | None
    success_criteria: tuple[Criterion, ...]
    on_success: tuple[LinkedAction, ...]
    on_failure: tuple[LinkedAction, ...]
    outputs: tuple[LinkedOutput, ...]
    timeout: float | None
    waits_for: tuple[int, ...]
    reads_request: bool
    polls: bool
    document: Document
    pointer: Pointer
    description: str | None = None
    expressions: tuple[Expression, ...] = ()

    @property
    def location(self) -> Location:
        """Where the step stands. Found when asked for: it takes a walk through the text."""
        return self.document.locate(self.pointer)


class LinkedWorkflow(NamedTuple):
    """A workflow, ready to run. ``key`` is unique in the program, ``workflow_id`` in its document.

    ``sources`` are what ``$sourceDescriptions`` reads, ``components`` what ``$components`` reads;
    ``depends_on`` are keys; ``input_names`` the declared inputs.
    """

    key: str
    workflow_id: str
    document: int
    source: WorkflowObject
    inputs_schema: Json
    input_names: frozenset[str]
    steps: tuple[LinkedStep, ...]
    depends_on: tuple[str, ...]
    outputs: tuple[LinkedOutput, ...]
    sources: Mapping[str, Mapping[str, str]]
    components: Mapping[str, Mapping[str, Value]]
    self_uri: str | None
    reads_workflows: bool


class Program(NamedTuple):
    """All that one Arazzo document and what it refers to amount to.

    ``documents`` are the Arazzo documents, the entry document first. ``workflows`` maps keys to
    workflows; ``entries`` maps the entry document's workflowIds to keys. ``warnings`` are the
    tolerances used and other findings that do not stop a run. ``texts`` is everything that was read
    for it, as far as whoever linked it kept that.
    """

    documents: tuple[ArazzoDocument, ...]
    descriptions: Mapping[str, Description]
    workflows: Mapping[str, LinkedWorkflow]
    entries: Mapping[str, str]
    warnings: tuple[Fault, ...] = ()
    texts: tuple[Document, ...] = ()

    @property
    def document(self) -> ArazzoDocument:
        """The entry document."""
        return self.documents[0]
