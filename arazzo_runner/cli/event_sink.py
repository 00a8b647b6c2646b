"""Where ``--events`` writes to. A full disk ends the writing, never the run."""

from __future__ import annotations

from contextlib import suppress
from types import TracebackType
from typing import Self, TextIO

from arazzo_runner.cli.screen import Screen
from arazzo_runner.errors import UsageError
from arazzo_runner.interpreter.records import Record

__all__ = ["EventSink"]


class EventSink:
    """Writes records to a file, to standard output (``-``), or nowhere (None).

    A context manager; entering it opens the file.

    Raises:
        UsageError: the file cannot be opened for writing.
    """

    def __init__(self, file: str | None, screen: Screen) -> None:
        self._file = file
        self._screen = screen
        self._stream: TextIO | None = None

    def record(self, record: Record) -> None:
        """Write one record."""
        if self._file is None:
            return
        import json

        from arazzo_runner.reporting.events import record_to_json

        data = record_to_json(record, self._screen.redactor)
        line = json.dumps(data, separators=(",", ":")) + "\n"
        if self._file == "-":
            self._screen.out(line)
        elif self._stream is not None:
            try:
                self._stream.write(line)
                self._stream.flush()
            except OSError as error:
                self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            with suppress(OSError):
                stream.close()
        self._screen.error(
            f"--events: cannot write to '{self._file}' any more: {error.strerror}; the run goes on",
            kind="output",
        )

    def __enter__(self) -> Self:
        if self._file == "":
            raise UsageError("--events: no file is named")
        if self._file is not None and self._file != "-":
            try:
                self._stream = open(self._file, "w", encoding="utf-8")  # noqa: PTH123
            except (OSError, ValueError) as error:
                why = getattr(error, "strerror", None) or error
                raise UsageError(f"--events: cannot write to '{self._file}': {why}") from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._stream is not None:
            try:
                self._stream.close()
            except OSError as failure:
                self._give_up(failure)
