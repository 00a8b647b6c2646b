"""Where linking puts what is wrong: all faults are collected, none is raised one by one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from arazzo_runner.criteria.tolerances import TOLERANCES
from arazzo_runner.errors import Fault, SyntaxFault
from arazzo_runner.expressions import ToleranceUse
from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.model import Pointer
from arazzo_runner.reading import Document
from arazzo_runner.values import format_pointer, resolve_pointer

__all__ = ["FaultSink"]

_WORD: Final = lazy_pattern(r"[\w$]+|\S")


class FaultSink:
    """Collects the faults of one document; each once."""

    def __init__(self, document: Document, faults: list[Fault]) -> None:
        self.document = document
        self._faults = faults

    def add(
        self,
        rule: str,
        message: str,
        at: Pointer,
        *,
        hint: str | None = None,
        severity: str = "error",
        key: bool = False,
    ) -> None:
        """A fault at a value of the document, or at its key."""
        location = self.document.locate(at, key=key)
        fault = Fault(rule, message, location, hint, severity, format_pointer(at))
        if fault not in self._faults:
            self._faults.append(fault)

    def syntax(
        self,
        rule: str,
        error: SyntaxFault,
        at: Pointer,
        *,
        severity: str = "error",
        rewrite: tuple[int, int, str] | None = None,
    ) -> None:
        """A fault inside a text of the document, at the offending word."""
        word = _WORD.match(error.text, error.offset)
        length = len(word[0]) if word else 0
        location = self.document.offset_location(at, error.offset, length)
        where = format_pointer(at)
        fault = Fault(rule, error.message, location, error.hint, severity, where, rewrite)
        if fault not in self._faults:
            self._faults.append(fault)

    def tolerances(self, uses: Iterable[ToleranceUse], at: Pointer) -> None:
        """A warning for each tolerance that was used to read a text.

        A text that conforms and only may need a tolerance, depending on the data, is none.
        """
        for use in uses:
            if not TOLERANCES[use.rule].certain:
                continue
            offset, length = self._written(use, at)
            location = self.document.offset_location(at, offset, length)
            fault = Fault(
                use.rule,
                f"'{use.written}' is read as '{use.read_as}'",
                location if length else self.document.locate(at),
                f"write {use.read_as}",
                "warning",
                format_pointer(at),
                (offset, length, use.read_as) if use.rewritable and length else None,
            )
            if fault not in self._faults:
                self._faults.append(fault)

    def _written(self, use: ToleranceUse, at: Pointer) -> tuple[int, int]:
        """Where in the text at the place it is written; no length when it is not found there."""
        text = resolve_pointer(self.document.data, [str(token) for token in at])
        if not isinstance(text, str):
            return 0, 0
        length = len(use.written)
        if text[use.offset : use.offset + length] == use.written:
            return use.offset, length
        return (0, 0) if text.count(use.written) != 1 else (text.index(use.written), length)
