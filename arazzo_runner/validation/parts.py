"""The parts of a document that rules are called for: objects, texts, the document as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from arazzo_runner.model import Pointer, Version
from arazzo_runner.reading import Document
from arazzo_runner.validation.findings import Fix, Problem
from arazzo_runner.values import Json

if TYPE_CHECKING:
    from arazzo_runner.linking import Linked, LinkedStep, LinkedWorkflow
    from arazzo_runner.validation.settings import ValidationSettings

__all__ = ["LinkedStepPart", "LinkedWorkflowPart", "Part", "Subject", "Text"]


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
        start = (*self.pointer, field)
        size = len(start)
        return [
            part
            for part in self.subject.parts_in(self.pointer)
            if part.pointer[:size] == start and len(part.pointer) <= size + 1
        ]

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

    __slots__ = ("role",)

    def __init__(self, role: str, data: str, pointer: Pointer, parent: Part) -> None:
        super().__init__("Text", data, pointer, parent, parent.subject)
        self.role = role

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
    """

    kind = "Subject"
    pointer: Pointer = ()

    def __init__(self, document: Document, version: Version, settings: ValidationSettings) -> None:
        self.document = document
        self.version = version
        self.settings = settings
        self.parts: list[Part] = []
        self.linked: Linked | None = None

    @property
    def data(self) -> dict[str, Json]:
        """The document's root object."""
        return self.document.data  # type: ignore[no-any-return]

    def of(self, *kinds: str) -> list[Part]:
        """All parts of these kinds, in the order of the document."""
        return [part for part in self.parts if part.kind in kinds]

    def objects(self) -> Iterator[Part]:
        """All objects, without the texts."""
        return (part for part in self.parts if part.kind != "Text")

    @cached_property
    def _starts(self) -> dict[Pointer, int]:
        return {part.pointer: index for index, part in reversed(list(enumerate(self.parts)))}

    def parts_in(self, pointer: Pointer) -> Iterator[Part]:
        """The object at ``pointer`` and all parts inside of it."""
        size = len(pointer)
        for part in self.parts[self._starts.get(pointer, len(self.parts)) :]:
            if part.pointer[:size] != pointer:
                return
            yield part

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
