"""The conforming form of what the linker tolerates, as a fix."""

from __future__ import annotations

import re
from typing import Final

from arazzo_runner.errors import Fault
from arazzo_runner.model import Pointer
from arazzo_runner.reading import Document
from arazzo_runner.validation.findings import AddField, Change, Fix, RemoveField, ReplaceText
from arazzo_runner.values import parse_pointer, resolve_pointer

__all__ = ["conforming_form"]

_PATH: Final = r"(\$(?:\.[A-Za-z_]\w*|\[(?:\d+|'[^'\\]*')\])*)"
_LENGTH: Final = _PATH + r"\.length(?![\w.\[(])"
_VALUE: Final = (
    r"(?:length\(\$(?:\.[A-Za-z_]\w*|\[(?:\d+|'[^'\\]*')\])*\)"
    r"|\$(?:\.[A-Za-z_]\w*|\[(?:\d+|'[^'\\]*')\])+"
    r"|'[^'\\]*'|\"[^\"\\]*\"|true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?)"
)
_TEST: Final = rf"(?:{_VALUE} *(?:==|!=|<=|>=|<|>) *{_VALUE}|\$(?:\.[A-Za-z_]\w*|\[\d+\])+)"
_PLAIN: Final = rf" *{_TEST}(?: *(?:&&|\|\|) *{_TEST})* *"


def conforming_form(fault: Fault, document: Document) -> Fix | None:
    """The fix of a fault, when its conforming form can be written without asking."""
    at: Pointer = parse_pointer(fault.pointer)
    if fault.rule == "parameter-in-required":
        return _with_place(fault, at, document)
    if fault.rule == "jsonpath-comparison":
        return _as_filter(fault, at)
    if fault.rewrite is None:
        return None
    offset, length, text = fault.rewrite
    changes: list[Change] = [ReplaceText(at, offset, length, text)]
    if fault.rule == "simple-context-literal":
        changes.append(RemoveField((*at[:-1], "context")))
    return Fix(f"write {text}", tuple(changes))


def _with_place(fault: Fault, at: Pointer, document: Document) -> Fix | None:
    """The place that the only parameter of that name has in the description."""
    place = (fault.hint or "").removeprefix("write in: ")
    parameter = resolve_pointer(document.data, [str(token) for token in at])
    if not place.isalpha() or not isinstance(parameter, dict) or "name" not in parameter:
        return None
    return Fix(f"add in: {place}", (AddField(at, "in", place, after="name"),))


def _as_filter(fault: Fault, at: Pointer) -> Fix | None:
    """A comparison as a filter whose paths are absolute: the same of every document with members.

    ``.length`` becomes the function of RFC 9535. None when the comparison is about the document
    itself, which may be a scalar, or uses more than plain comparisons of plain paths.
    """
    written = (fault.hint or "").removeprefix("write $[?").removesuffix("]")
    measured = re.sub(_LENGTH, r"length(\1)", written)
    if not re.fullmatch(_PLAIN, measured):
        return None
    query = f"$[?{measured}]"
    return Fix(f"write {query}", (ReplaceText(at, 0, len(written), query),))
