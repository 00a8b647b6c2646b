"""The decoded text of a document, and the places in it."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right

from arazzo_runner.errors import DocumentSyntaxError, Location

__all__ = ["SourceText", "decode", "shorten"]

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark starts with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LONGEST_EXCERPT = 1000
_FEW = 8  # places that are asked for without an index of the lines


class SourceText:
    """Text without its byte order mark, and the name that its locations show."""

    __slots__ = ("_asked", "_starts", "name", "text")

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.name = name
        self._asked = 0
        self._starts: list[int] | None = None  # of the lines

    def location(self, start: int, end: int | None = None) -> Location:
        """The place of the characters from ``start`` up to ``end`` (indexes from 0).

        Lines end with LF, CRLF or CR, as editors count them. The excerpt is left out when the
        line is so long (a minified file) that showing it would not help anybody.
        """
        line, column, line_start = self._position(start)
        line_end = self._line_end(line_start)
        excerpt = None
        if line_end - line_start <= _LONGEST_EXCERPT:
            excerpt = self.text[line_start:line_end]
        if end is None:
            return Location(self.name, line, column, excerpt=excerpt)
        end_line, end_column, _ = self._position(max(start, end))
        return Location(self.name, line, column, end_line, end_column, excerpt)

    def fault(
        self,
        message: str,
        start: int,
        end: int | None = None,
        *,
        hint: str | None = None,
        kind: str | None = None,
    ) -> DocumentSyntaxError:
        """The error to raise for the characters from ``start``; indexes are clipped to the text."""
        size = len(self.text)
        start = max(0, min(start, size))
        end = None if end is None else max(start, min(end, size))
        return DocumentSyntaxError(
            message, location=self.location(start, end), hint=hint, kind=kind
        )

    def _position(self, index: int) -> tuple[int, int, int]:
        """Line and column from 1, and the index at which the line starts."""
        text = self.text
        if text[max(0, index - 1) : index + 1] == "\r\n":
            index -= 1  # between the two there is no line
        self._asked += 1
        if self._asked > _FEW:  # each place would count the lines from the start
            if self._starts is None:
                self._starts = [0, *(found.end() for found in re.finditer("\r\n?|\n", text))]
            line = bisect_right(self._starts, index)
            start = self._starts[line - 1]
            return line, index - start + 1, start
        breaks = text.count("\n", 0, index)
        start = text.rfind("\n", 0, index) + 1
        if "\r" in text:
            breaks += text.count("\r", 0, index) - text.count("\r\n", 0, index)
            start = max(start, text.rfind("\r", 0, index) + 1)
        return breaks + 1, index - start + 1, start

    def _line_end(self, line_start: int) -> int:
        line_feed = self.text.find("\n", line_start)
        end = len(self.text) if line_feed < 0 else line_feed
        carriage_return = self.text.find("\r", line_start, end)
        return end if carriage_return < 0 else carriage_return


def decode(raw: bytes, name: str) -> SourceText:
    """The text of UTF-8 bytes; UTF-16 and UTF-32 are read when a byte order mark says so.

    Raises:
        DocumentSyntaxError: the bytes are not text in that encoding.
    """
    encoding, skip = "utf-8", 0
    for mark, marked in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            encoding, skip = marked, len(mark)
            break
    body = memoryview(raw)[skip:]
    try:
        return SourceText(str(body, encoding), name)
    except UnicodeDecodeError as error:
        readable = str(body[: error.start], encoding, "ignore")
        byte = f"0x{raw[skip + error.start]:02x}"
        raise SourceText(readable, name).fault(
            f"the file is not text in {encoding.upper()}: byte {byte} does not belong here",
            len(readable),
            hint="save the file as UTF-8",
        ) from None


def shorten(text: str) -> str:
    """A piece of the document as a message may show it."""
    return text if len(text) <= 60 else text[:57] + "..."
