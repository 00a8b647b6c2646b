"""Writing the conforming forms: comments, order and layout stay as they are, byte for byte.

After each round the new text is read again, and its data must be the old data with the changes made
and nothing else: a fix that would do more is left out.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any, Final

from arazzo_runner.errors import DocumentSyntaxError
from arazzo_runner.model import Pointer
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.reading import Document, parse_document
from arazzo_runner.validation.edits import Edit, edits_of
from arazzo_runner.validation.findings import (
    AddField,
    Change,
    Finding,
    Fix,
    RemoveField,
    RenameKey,
    ReplaceText,
    ReplaceValue,
)
from arazzo_runner.values import Json

__all__ = ["Fixed", "fix_document"]

_ROUNDS: Final = 10
_LAST: Final = (ReplaceText, ReplaceValue, AddField, RemoveField, RenameKey)


class Fixed(NamedTuple):
    """The document with its fixes, how many were made, and what is still found in it."""

    document: Document
    made: int
    findings: tuple[Finding, ...]


def fix_document(document: Document, validate: Callable[[Document], tuple[Finding, ...]]) -> Fixed:
    """Fix all that can be fixed; findings that only appear then are fixed as well."""
    findings = validate(document)
    count = 0
    for _ in range(_ROUNDS):
        own = [f for f in findings if f.fix and f.location.file == document.name]
        made, document = _round(document, [f.fix for f in own if f.fix])
        if not made:
            break
        count += made
        findings = validate(document)
    return Fixed(document, count, findings)


def _round(document: Document, fixes: Sequence[Fix]) -> tuple[int, Document]:
    """How many of the fixes are made together, and the document with them."""
    chosen: list[tuple[Fix, list[Edit]]] = []
    taken: list[Edit] = []
    for number, fix in enumerate(fixes):
        if fix in fixes[:number]:
            continue
        edits = edits_of(document, fix.changes)
        if edits is None or any(_overlap(edit, other) for edit in edits for other in taken):
            continue
        chosen.append((fix, edits))
        taken.extend(edits)
    together = _applied(document, chosen)
    if together is not None:
        return len(chosen), together
    # One of them does more than it says: those are made that go with the ones before. All are
    # places in the document as it is, so all start from it.
    kept: list[tuple[Fix, list[Edit]]] = []
    made = document
    for one in chosen:
        more = _applied(document, [*kept, one])
        if more is not None:
            kept.append(one)
            made = more
    return len(kept), made


def _overlap(one: Edit, other: Edit) -> bool:
    if one.start == one.end and other.start == other.end:
        return one.start == other.start
    return one.start < other.end and other.start < one.end


def _applied(document: Document, fixes: Sequence[tuple[Fix, list[Edit]]]) -> Document | None:
    """The document with the fixes; None when its data would be anything but what is meant."""
    if not fixes:
        return None
    text = document.source_text.text
    for edit in sorted((e for _, edits in fixes for e in edits), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    meant = deepcopy(document.data)
    try:
        for change in _from_behind([change for fix, _ in fixes for change in fix.changes]):
            _change(meant, change)
        made = parse_document(_encoded(document, text), uri=document.uri, name=document.name)
    except (DocumentSyntaxError, LookupError, TypeError, UnicodeEncodeError):
        return None
    return made if _same(made.data, meant) else None


def _encoded(document: Document, text: str) -> bytes:
    """The text in the encoding of the document, with its byte order mark."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if document.text.startswith(mark):
            return mark + text.encode(encoding)
    return text.encode()


def _from_behind(changes: Sequence[Change]) -> list[Change]:
    """The changes in an order in which none moves the place of another: within a text from its end,
    and keys are renamed when nothing more is to be found below them."""

    def place(change: Change) -> tuple[list[tuple[int, str]], int]:
        texts = [str(token) for token in change.pointer]
        tokens = [(int(text), "") if text.isdecimal() else (-1, text) for text in texts]
        return tokens, change.offset if isinstance(change, ReplaceText) else 0

    ordered = sorted(changes, key=place, reverse=True)
    return sorted(ordered, key=lambda change: _LAST.index(type(change)))


def _change(data: Json, change: Change) -> None:
    """Make the change to the data."""
    if isinstance(change, AddField):
        _at(data, change.pointer)[change.name] = change.value
        return
    container = _at(data, change.pointer[:-1])
    last: Any = change.pointer[-1]
    if isinstance(container, list):
        last = int(last)
    if isinstance(change, ReplaceValue):
        container[last] = change.value
    elif isinstance(change, ReplaceText):
        old = container[last]
        end = change.offset + change.length
        container[last] = old[: change.offset] + change.text + old[end:]
    elif isinstance(change, RemoveField):
        del container[last]
    elif isinstance(change, RenameKey):
        items = [(change.name if key == last else key, value) for key, value in container.items()]
        container.clear()
        container.update(items)


def _at(data: Json, pointer: Pointer) -> Any:
    for token in pointer:
        data = data[int(token) if isinstance(data, list) else token]
    return data


def _same(one: Json, other: Json) -> bool:
    """Equal data, numbers and booleans told apart, keys in any order."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and bool(one == other)
