"""The parts of a document that rules are called for: objects, texts, the document as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from arazzo_runner.criteria.simple import SimpleCondition, compile_simple
from arazzo_runner.errors import SyntaxFault
from arazzo_runner.expressions import Names, WorkflowNames
from arazzo_runner.linking.inputs import resolve_local
from arazzo_runner.model import Pointer, Version
from arazzo_runner.reading import Document
from arazzo_runner.validation.findings import Fix, Problem
from arazzo_runner.validation.references import Reference, placed, references_in
from arazzo_runner.values import Json

if TYPE_CHECKING:
    from arazzo_runner.linking import Linked, LinkedStep, LinkedWorkflow, OperationCall
    from arazzo_runner.validation.descriptions import Verdicts
    from arazzo_runner.validation.settings import ValidationSettings

__all__ = [
    "LinkedStepPart",
    "LinkedWorkflowPart",
    "Part",
    "Subject",
    "Text",
    "criterion_type",
    "is_open",
]


def criterion_type(criterion: dict[str, Json]) -> str:
    """The type of a criterion or selector: a name, or that of an Expression Type Object."""
    kind = criterion.get("type", "simple")
    if isinstance(kind, dict):
        kind = kind.get("type")
    return kind if isinstance(kind, str) else "simple"


class Part:
    """One object of the document, as written: nothing is known of the types of its fields.

    Attributes:
        kind: a key of ``objects.OBJECTS``.
        data: the object.
        pointer: where it is.
        parent: the object it is in; None for the root.
        subject: what is validated.
    """

    __slots__ = ("data", "kind", "parent", "pointer", "subject")

    def __init__(
        self, kind: str, data: Any, pointer: Pointer, parent: Part | None, subject: Subject
    ) -> None:
        self.kind = kind
        self.data = data
        self.pointer = pointer
        self.parent = parent
        self.subject = subject

    def __repr__(self) -> str:
        return f"{self.kind}({self.pointer})"

    def text(self, field: str) -> str | None:
        """The field when it is a string."""
        value = self.data.get(field)
        return value if isinstance(value, str) else None

    def items(self, field: str) -> list[Json]:
        """The items of a field that is a list; none otherwise."""
        value = self.data.get(field)
        return value if isinstance(value, list) else []

    def members(self, field: str) -> dict[str, Json]:
        """The members of a field that is an object; none otherwise."""
        value = self.data.get(field)
        return value if isinstance(value, dict) else {}

    def parts(self, field: str) -> list[Part]:
        """The objects directly in a field, in their order."""
        return self.subject.parts_at((*self.pointer, field))

    def enclosing(self, *kinds: str) -> Part | None:
        """The nearest object of one of the kinds that this one is in."""
        part = self.parent
        while part is not None and part.kind not in kinds:
            part = part.parent
        return part

    def problem(
        self,
        message: str,
        *path: str | int,
        hint: str | None = None,
        fix: Fix | None = None,
        key: bool = False,
        severity: str | None = None,
    ) -> Problem:
        """A problem at the value that ``path`` leads to from here, or with ``key`` at its key."""
        return Problem(message, (*self.pointer, *path), hint, fix, key, severity=severity)


class Text(Part):
    """A text that may hold runtime expressions. ``data`` is a str.

    ``role`` says where it is: ``parameter``, ``payload``, ``replacement``, ``output``,
    ``reusable`` (a Reusable Object's value), ``context`` or ``condition``.
    """

    __slots__ = ("_condition", "_references", "role")

    def __init__(self, role: str, data: str, pointer: Pointer, parent: Part) -> None:
        super().__init__("Text", data, pointer, parent, parent.subject)
        self.role = role
        self._references: list[Reference] | None = None
        self._condition: SimpleCondition | Literal[False] | None = False  # False: not read yet

    @property
    def condition(self) -> SimpleCondition | None:
        """The simple condition that the text is; None when it is none, or cannot be read."""
        if self._condition is False:
            self._condition = None
            if self.role == "condition" and criterion_type(self.owner.data) == "simple":
                with suppress(SyntaxFault):
                    self._condition = self.subject.compiled(self.data, self)
        return self._condition

    @property
    def references(self) -> list[Reference]:
        """The runtime expressions in the text, with their places."""
        if self._references is None:
            if "$" not in self.data:
                self._references = []
            elif self.role == "condition" and criterion_type(self.owner.data) == "simple":
                read = self.condition.expressions if self.condition else ()
                self._references = placed(self.data, read)
            else:
                self._references = references_in(self.data, self.subject.names_for(self))
        return self._references

    @property
    def owner(self) -> Part:
        """The object that the text is in."""
        assert self.parent is not None
        return self.parent

    @property
    def in_components(self) -> bool:
        """Whether it is in a component, which any step may use."""
        return self.pointer[:1] == ("components",)

    def inside(
        self,
        message: str,
        offset: int,
        length: int,
        *,
        hint: str | None = None,
        fix: Fix | None = None,
        severity: str | None = None,
    ) -> Problem:
        """A problem of ``length`` characters from ``offset`` of the text."""
        return Problem(
            message, self.pointer, hint, fix, offset=offset, length=length, severity=severity
        )


class Subject:
    """One Arazzo document that is validated.

    Attributes:
        document: its data and places.
        version: its row of the version table.
        settings: what the caller decides.
        parts: all objects and texts, in the order of the document.
        broken: where the structural walk has found something wrong.
        linked: what the linker made of it, None before.
        verdicts: what is known of descriptions, None when they are not checked.
    """

    kind = "Subject"
    pointer: Pointer = ()

    def __init__(self, document: Document, version: Version, settings: ValidationSettings) -> None:
        self.document = document
        self.version = version
        self.settings = settings
        self.parts: list[Part] = []
        self.linked: Linked | None = None
        self.broken: frozenset[Pointer] = frozenset()
        self.verdicts: Verdicts | None = None
        self._conditions: dict[tuple[str, int], SimpleCondition] = {}

    @property
    def data(self) -> dict[str, Json]:
        """The document's root object."""
        return self.document.data  # type: ignore[no-any-return]

    def of(self, *kinds: str) -> list[Part]:
        """All parts of these kinds, in the order of the document."""
        if len(kinds) == 1:
            return self._by_kind.get(kinds[0], [])
        return [part for part in self.parts if part.kind in kinds]

    @cached_property
    def _by_kind(self) -> dict[str, list[Part]]:
        found: dict[str, list[Part]] = {}
        for part in self.parts:
            found.setdefault(part.kind, []).append(part)
        return found

    def names_for(self, part: Part) -> Names:
        """What expressions can refer to at a part: all that exists there by its name.

        In a workflow these are its own inputs and steps. In a component any input can be meant.
        """
        workflow = part if part.kind == "Workflow" else part.enclosing("Workflow")
        key = workflow.pointer if workflow is not None else ()
        if key not in self._names:
            self._names[key] = self._names_of(workflow)
        return self._names[key]

    def compiled(self, text: str, part: Part) -> SimpleCondition:
        """A simple condition at a part, compiled once where its names are the same.

        Raises:
            SyntaxFault: it is none.
        """
        names = self.names_for(part)
        key = text, id(names)  # kept as long as the subject
        if key not in self._conditions:
            self._conditions[key] = compile_simple(text, names)
        return self._conditions[key]

    @cached_property
    def _names(self) -> dict[Pointer, Names]:
        return {}

    def _names_of(self, workflow: Part | None) -> Names:
        owners = self.of("Workflow") if workflow is None else [workflow]
        steps: dict[str, frozenset[str]] = {}
        for owner in owners:
            for step in owner.parts("steps"):
                outputs = frozenset(step.members("outputs"))
                name = step.text("stepId") or ""
                steps[name] = steps.get(name, frozenset()) | outputs
        return Names(
            inputs=None if workflow is None else self.inputs_of(workflow),
            steps=steps,
            workflows={
                w.text("workflowId") or "": WorkflowNames(
                    self.inputs_of(w), frozenset(w.members("outputs"))
                )
                for w in self.of("Workflow")
            },
            sources=frozenset(source.text("name") or "" for source in self.of("SourceDescription")),
        )

    def inputs_of(self, workflow: Part) -> frozenset[str] | None:
        """The declared inputs of a workflow; None when its schema names none."""
        schema = resolve_local(workflow.data.get("inputs"), self.data)
        properties = schema.get("properties") if isinstance(schema, dict) else None
        return frozenset(properties) if isinstance(properties, dict) else None

    def texts(self) -> Iterator[Text]:
        """All texts that may hold expressions."""
        return (part for part in self.parts if isinstance(part, Text))

    def objects(self) -> Iterator[Part]:
        """All objects, without the texts."""
        return (part for part in self.parts if part.kind != "Text")

    @cached_property
    def _starts(self) -> dict[Pointer, int]:
        return {part.pointer: index for index, part in reversed(list(enumerate(self.parts)))}

    def parts_in(self, pointer: Pointer) -> Iterator[Part]:
        """The object at ``pointer`` and all parts inside of it."""
        size = len(pointer)
        for index in range(self._starts.get(pointer, len(self.parts)), len(self.parts)):
            part = self.parts[index]
            if part.pointer[:size] != pointer:
                return
            yield part

    def parts_at(self, pointer: Pointer) -> list[Part]:
        """The object at ``pointer``, and those that are an item or a member there."""
        return self._by_place.get(pointer, [])

    @cached_property
    def _by_place(self) -> dict[Pointer, list[Part]]:
        found: dict[Pointer, list[Part]] = {}
        for part in self.parts:
            found.setdefault(part.pointer[:-1], []).append(part)
            found.setdefault(part.pointer, []).append(part)
        return found

    def part(self, pointer: Pointer) -> Part | None:
        """The object or text at ``pointer``."""
        index = self._starts.get(pointer)
        return None if index is None else self.parts[index]


class LinkedWorkflowPart:
    """A workflow of the document, linked: ``workflow`` to be run, ``part`` as written."""

    __slots__ = ("part", "subject", "workflow")

    def __init__(self, subject: Subject, workflow: LinkedWorkflow, part: Part) -> None:
        self.subject = subject
        self.workflow = workflow
        self.part = part


class LinkedStepPart:
    """A step of the document, linked: ``step`` to be run, ``part`` as written."""

    __slots__ = ("part", "step", "subject", "workflow")

    def __init__(
        self, subject: Subject, workflow: LinkedWorkflow, step: LinkedStep, part: Part
    ) -> None:
        self.subject = subject
        self.workflow = workflow
        self.step = step
        self.part = part

    @property
    def call(self) -> OperationCall | None:
        """The operation that the step calls; None when it runs a workflow."""
        from arazzo_runner.linking import OperationCall

        target = self.step.target
        return target if isinstance(target, OperationCall) else None


def is_open(value: Json) -> bool:
    """Whether a literal holds an expression or a Selector Object: its value is not known yet."""
    if isinstance(value, str):
        return "$" in value
    return isinstance(value, dict) and {"context", "selector"} <= value.keys()
