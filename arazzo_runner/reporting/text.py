"""Short, safe text for people: values on one line, durations, widths, colours.

Everything a server sent may end on a terminal: control characters are escaped here.
"""

from __future__ import annotations

import json
import re
from typing import Final

from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.values import ABSENT, Body, File, Redactor, Stream, Value

__all__ = [
    "Style",
    "body_text",
    "clip",
    "duration_text",
    "file_text",
    "fold",
    "one_line",
    "operand_text",
    "printable",
    "sent_text",
    "shown_width",
    "size_text",
    "value_text",
    "width_of",
]

_CONTROL: Final = lazy_pattern(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
_SPACE: Final = lazy_pattern(r"\s+")
_PAINT: Final = lazy_pattern(r"\x1b\[[0-9;]*m")
_WORD: Final = lazy_pattern(r" *[^ ]+")
ELLIPSIS: Final = "…"


def printable(text: str) -> str:
    """The text with control characters (but line break and tab) escaped as hexadecimal."""
    return _CONTROL.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def one_line(text: str, limit: int = 0) -> str:
    """The text on one line, safe, at most ``limit`` characters long (0: no limit)."""
    if limit and len(text) > 4 * limit:
        text = text[: 4 * limit] + ELLIPSIS
    line = printable(_SPACE.sub(" ", text).strip())
    return line[: limit - 1] + ELLIPSIS if limit and len(line) > limit else line


def value_text(value: Value, redactor: Redactor, limit: int = 60) -> str:
    """A value as people read it: text as it is, everything else as JSON, on one line."""
    return _value(value, redactor, limit, quoted=False)


def operand_text(value: Value, redactor: Redactor, limit: int = 60) -> str:
    """As :func:`value_text`, text in quotes: for comparisons, where ``"5"`` is not ``5``."""
    return _value(value, redactor, limit, quoted=True)


def _value(value: Value, redactor: Redactor, limit: int, *, quoted: bool) -> str:
    if value is ABSENT:
        return "nothing"
    if isinstance(value, bytes):
        return f"({size_text(len(value))})"
    if isinstance(value, File):
        return one_line(redactor.text(file_text(value)), limit)
    if isinstance(value, str) and not quoted:
        return one_line(redactor.text(value), limit)
    return one_line(_json(redactor.value(value)), limit)


def _json(value: Value) -> str:
    return json.dumps(value, ensure_ascii=False, default=_not_json)


def _not_json(value: object) -> str:
    if isinstance(value, bytes):
        return f"({size_text(len(value))})"
    if isinstance(value, File):
        return file_text(value)
    return str(value)


def file_text(file: File) -> str:
    """``/tmp/photo.png (1.2 MB)``."""
    return f"{file.path} ({size_text(file.size)})"


def sent_text(body: Body) -> str:
    """A body that is sent as text; files in it are named."""
    parts = body.parts if isinstance(body, Stream) else (body,)
    return "".join(
        f"<{file_text(part)}>" if isinstance(part, File) else part.decode("utf-8", "replace")
        for part in parts
    )


def body_text(body: Value, redactor: Redactor, limit: int = 400) -> str:
    """The start of a body on one line."""
    return "" if body is ABSENT else value_text(body, redactor, limit)


def duration_text(seconds: float) -> str:
    """``12 ms``, ``1.5 s``, ``42 s``, ``3 min 5 s``, ``2 h 4 min``."""
    if seconds < 0.9995:
        return f"{max(0.0, seconds) * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def size_text(count: int) -> str:
    """``85 bytes``, ``4.2 KB``, ``5.0 MB`` (powers of 1024)."""
    if count < 1024:
        return f"{count} byte" + ("" if count == 1 else "s")
    if count < 1024**2:
        return f"{count / 1024:.1f} KB"
    return f"{count / 1024**2:.1f} MB"


def width_of(text: str) -> int:
    """The columns that the text takes on a terminal."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(
        0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text
    )


def clip(text: str, columns: int) -> str:
    """The text cut to that many columns, with an ellipsis when something is cut."""
    if width_of(text) <= columns:
        return text
    kept, used = [], 0
    for char in text:
        used += width_of(char)
        if used > columns - 1:
            break
        kept.append(char)
    return "".join(kept) + ELLIPSIS


def shown_width(text: str) -> int:
    """The columns of a text that is painted."""
    return width_of(_PAINT.sub("", text))


def fold(line: str, columns: int, indent: str) -> str:
    """The line broken between words where it is longer, what follows indented.

    A word that is longer than a line stays in one piece, so that it can be copied.
    """
    if shown_width(line) <= columns:
        return line
    lines: list[str] = []
    now = ""
    for word in _WORD.findall(line):
        if now.strip() and shown_width(now + word) > columns:
            lines.append(now)
            now = indent + word.lstrip()
        else:
            now += word
    return "\n".join([*lines, now])


class Style:
    """Colours by meaning; without colours the text stays as it is."""

    def __init__(self, *, enabled: bool) -> None:
        self.enabled = enabled

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.enabled and text else text

    def good(self, text: str) -> str:
        """Success."""
        return self._paint("32", text)

    def bad(self, text: str) -> str:
        """Failure and errors."""
        return self._paint("1;31", text)

    def warn(self, text: str) -> str:
        """Warnings and what needs attention."""
        return self._paint("33", text)

    def strong(self, text: str) -> str:
        """Names."""
        return self._paint("1", text)

    def faint(self, text: str) -> str:
        """What matters less."""
        return self._paint("2", text)
