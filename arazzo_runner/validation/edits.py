"""Changes to the data of a document as edits of its text: nothing else of the text is touched."""

from __future__ import annotations

import json
import re
from typing import Final

from arazzo_runner.errors import DocumentSyntaxError
from arazzo_runner.model import Pointer
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.reading import Document, parse_document
from arazzo_runner.validation.findings import (
    AddField,
    Change,
    RemoveField,
    RenameKey,
    ReplaceText,
    ReplaceValue,
)
from arazzo_runner.values import ABSENT, Json, resolve_pointer

__all__ = ["Edit", "edits_of"]

_NOT_PLAIN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")


class Edit(NamedTuple):
    """Write ``text`` in place of the characters from ``start`` up to ``end``."""

    start: int
    end: int
    text: str


class _Unclear(Exception):
    """The text does not say where the change goes."""


def edits_of(document: Document, changes: tuple[Change, ...]) -> list[Edit] | None:
    """The edits that make the changes; None when the text does not show clearly where."""
    editor = _Editor(document)
    try:
        return [editor.edit(change) for change in changes]
    except _Unclear:
        return None


class _Editor:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.text = document.source_text.text

    def edit(self, change: Change) -> Edit:
        if isinstance(change, ReplaceValue):
            return self.replace(change.pointer, change.value)
        if isinstance(change, ReplaceText):
            return self.replace_text(change)
        if isinstance(change, RenameKey):
            start, end = self.span(change.pointer, key=True)
            flow = self.flows_around(change.pointer)
            return Edit(start, end, self.scalar(change.name, self.text[start:end], flow=flow))
        if isinstance(change, RemoveField):
            return self.remove(change.pointer)
        return self.add(change)

    def span(self, pointer: Pointer, *, key: bool = False) -> tuple[int, int]:
        found = self.document.span(pointer, key=key)
        if found is None:
            raise _Unclear
        return found

    # -- scalars -----------------------------------------------------------------------------

    def replace(self, pointer: Pointer, value: Json) -> Edit:
        start, end = self.span(pointer)
        flow = self.flows_around(pointer)
        return Edit(start, end, self.scalar(value, self.text[start:end], flow=flow))

    def replace_text(self, change: ReplaceText) -> Edit:
        """A part of a text. In a plain scalar the whole is written anew when it needs quotes."""
        old = resolve_pointer(self.document.data, [str(token) for token in change.pointer])
        found = self.document.offset_span(change.pointer, change.offset, change.length)
        start, end = self.span(change.pointer)
        if not isinstance(old, str) or found is None:
            raise _Unclear
        new = old[: change.offset] + change.text + old[change.offset + change.length :]
        style = self.text[start : start + 1]
        if change.offset == 0 and change.length == len(old) and style not in "|>":
            return self.replace(change.pointer, new)
        if style == '"':
            return Edit(*found, json.dumps(change.text, ensure_ascii=False)[1:-1])
        if style == "'":
            return Edit(*found, change.text.replace("'", "''"))
        if style in "|>":
            if "\n" in change.text:
                raise _Unclear
            return Edit(*found, change.text)
        if _is_plain(new, flow=self.flows_around(change.pointer)):
            return Edit(*found, change.text)
        return Edit(start, end, self.scalar(new, "'"))

    def flows_around(self, pointer: Pointer) -> bool:
        """Whether what is at the pointer stands between braces or brackets."""
        return self.text[self.span(pointer[:-1])[0]] in "{["

    def scalar(self, value: Json, old: str, *, flow: bool = True) -> str:
        """The scalar, in the style that the old one is written in, as far as that can hold it."""
        if self.document.is_json or not isinstance(value, str):
            if isinstance(value, dict | list):
                raise _Unclear
            return json.dumps(value, ensure_ascii=False)
        if old[:1] in {"&", "!", "*", "|", ">"}:
            raise _Unclear
        if old[:1] == '"' or _NOT_PLAIN.search(value):
            return json.dumps(value, ensure_ascii=False)
        if old[:1] != "'" and _is_plain(value, flow=flow):
            return value
        return "'" + value.replace("'", "''") + "'"

    # -- members -----------------------------------------------------------------------------

    def members(self, pointer: Pointer) -> list[tuple[str, tuple[int, int], tuple[int, int]]]:
        """Names, places of keys and of values of an object, in the order of the text."""
        data = resolve_pointer(self.document.data, [str(token) for token in pointer])
        if data is ABSENT or not isinstance(data, dict):
            raise _Unclear
        first, last = self.span(pointer)
        found = []
        for name in data:
            key, value = self.span((*pointer, name), key=True), self.span((*pointer, name))
            if first <= key[0] and value[1] <= last:
                found.append((name, key, value))
        return sorted(found, key=lambda member: member[1])

    def in_flow(self, pointer: Pointer) -> bool:
        return self.text[self.span(pointer)[0]] == "{"

    def remove(self, pointer: Pointer) -> Edit:
        members = self.members(pointer[:-1])
        index = next((i for i, member in enumerate(members) if member[0] == pointer[-1]), None)
        if index is None:
            raise _Unclear
        _, key, value = members[index]
        following = members[index + 1] if index + 1 < len(members) else None
        if self.in_flow(pointer[:-1]):
            if following:
                return Edit(key[0], following[1][0], "")
            if index:
                return Edit(members[index - 1][2][1], value[1], "")
            return Edit(key[0], value[1], "")
        return self.remove_lines(key[0], value[1], only=len(members) == 1)

    def remove_lines(self, start: int, end: int, *, only: bool) -> Edit:
        """A member in block style: its lines, or what stands after ``-`` and its line break."""
        line = self.text.rfind("\n", 0, start) + 1
        after = self.text.find("\n", end)
        rest = len(self.text) if after < 0 else after + 1
        if only:
            return Edit(start, end, "{}")
        if not self.text[line:start].strip():
            return Edit(line, rest, "")
        while rest < len(self.text) and self.text[rest] == " ":
            rest += 1
        return Edit(start, rest, "")

    def add(self, change: AddField) -> Edit:
        members = self.members(change.pointer)
        if not members:
            raise _Unclear
        place = next((m for m in members if m[0] == change.after), members[-1])
        _, key, value = place
        line = self.text.rfind("\n", 0, key[0]) + 1
        quoted = '"' if self.document.is_json else ""
        written = f"{quoted}{change.name}{quoted}: {self.scalar(change.value, '')}"
        if self.in_flow(change.pointer):
            own_line = not self.text[line : key[0]].strip() and self.document.is_json
            return Edit(
                value[1],
                value[1],
                f",\n{self.text[line : key[0]]}{written}" if own_line else f", {written}",
            )
        after = self.text.find("\n", value[1])
        at = len(self.text) if after < 0 else after
        return Edit(at, at, f"\n{' ' * (key[0] - line)}{written}")


def _is_plain(text: str, *, flow: bool) -> bool:
    """Whether YAML reads the text without quotes as that very text; ``flow``: inside of braces."""
    if not text or text != text.strip() or "\n" in text or _NOT_PLAIN.search(text):
        return False
    try:
        written = f"{{a: {text}}}" if flow else f"a: {text}"
        document = parse_document(written.encode(), uri="urn:arazzo:text")
    except DocumentSyntaxError:
        return False
    return bool(document.data == {"a": text}) and type(document.data["a"]) is str
