"""How wide a text is in a picture, about. Fonts differ (DejaVu is wide): it is cut rather early."""

from __future__ import annotations

from arazzo_runner.reporting.text import ELLIPSIS

__all__ = ["fit", "fit_lines"]


def fit(text: str, room: float, size: float, *, mono: bool = False) -> str:
    """The text on one line, cut to so many pixels at a font size."""
    text = " ".join(text.split())
    used = 0.0
    for position, char in enumerate(text):
        used += size * (0.62 if mono and char.isascii() else _advance(char))
        if used > room:
            return text[: max(0, position - 1)] + ELLIPSIS
    return text


def fit_lines(
    text: str, room: float, size: float, most: int, *, mono: bool = False
) -> tuple[str, ...]:
    """The text on at most so many lines, broken between words where it can be."""
    rest = " ".join(text.split())
    lines: list[str] = []
    while rest and len(lines) < most - 1:
        line = fit(rest, room, size, mono=mono)
        if line == rest:
            break
        line = line.removesuffix(ELLIPSIS)
        line = line[: line.rfind(" ")] if " " in line.strip() else line
        if not line.strip():
            break
        lines.append(line)
        rest = rest[len(line) :].lstrip()
    return (*lines, fit(rest, room, size, mono=mono)) if rest else tuple(lines)


def _advance(char: str) -> float:
    """About how wide a character is, as a share of the font's size."""
    if not char.isascii():
        return 1.0 if ord(char) > 0x2E80 else 0.66
    if char in "iljtfrI.,:;'|!()[]{} ":
        return 0.37
    if char in "mwMW@%":
        return 0.95
    return 0.72 if char.isupper() else 0.62
