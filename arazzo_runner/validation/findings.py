"""What a rule says (a problem), and what people get (a finding): frozen values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from arazzo_runner.errors import Location
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import Json

if TYPE_CHECKING:
    from arazzo_runner.model import Pointer
    from arazzo_runner.reading import Document

__all__ = [
    "SEVERITIES",
    "AddField",
    "Change",
    "Finding",
    "Fix",
    "Problem",
    "RemoveField",
    "RenameKey",
    "ReplaceText",
    "ReplaceValue",
]

SEVERITIES: Final = ("error", "warning", "hint")
"""From the worst to the mildest."""


class ReplaceValue(NamedTuple):
    """Write another scalar in place of the one at ``pointer``."""

    pointer: Pointer
    value: Json


class ReplaceText(NamedTuple):
    """Write ``text`` in place of ``length`` characters from ``offset`` of the text there."""

    pointer: Pointer
    offset: int
    length: int
    text: str


class RenameKey(NamedTuple):
    """Give the member at ``pointer`` another name."""

    pointer: Pointer
    name: str


class AddField(NamedTuple):
    """Add a member to the object at ``pointer``; ``after`` names the member it follows."""

    pointer: Pointer
    name: str
    value: Json
    after: str | None = None


class RemoveField(NamedTuple):
    """Remove the member at ``pointer``."""

    pointer: Pointer


Change: TypeAlias = ReplaceValue | ReplaceText | RenameKey | AddField | RemoveField


class Fix(NamedTuple):
    """The conforming form: what would be done, in words, and the changes that do it."""

    description: str
    changes: tuple[Change, ...]


class Problem(NamedTuple):
    """One thing a rule has found.

    Attributes:
        message: what is wrong, one sentence without a full stop.
        pointer: the value that is meant; with ``key`` its key.
        hint: what to do.
        fix: the conforming form, when it can be written without asking.
        offset, length: the part of the text at ``pointer`` that is meant, in characters.
        severity: where it differs from the rule's.
        document: where it is in another document, such as a description.
    """

    message: str
    pointer: Pointer
    hint: str | None = None
    fix: Fix | None = None
    key: bool = False
    offset: int | None = None
    length: int | None = None
    severity: str | None = None
    document: Document | None = None


class Finding(NamedTuple):
    """One thing that is wrong in a document, for people and machines.

    Attributes:
        rule: the stable id; ``arazzo rules ID`` explains it.
        severity: ``error``, ``warning`` or ``hint``.
        message: what is wrong.
        location: file, line, column, end line, end column, and the text of the line.
        pointer: the same place as a JSON Pointer.
        hint: what to do, or None.
        fix: how ``--fix`` would write it, or None.
    """

    rule: str
    severity: str
    message: str
    location: Location
    pointer: str = ""
    hint: str | None = None
    fix: Fix | None = None

    def __str__(self) -> str:
        return f"{self.location}: {self.severity}[{self.rule}]: {self.message}"
