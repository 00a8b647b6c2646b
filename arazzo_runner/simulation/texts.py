"""Texts that look like what a schema asks for: formats, patterns, names."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from arazzo_runner.criteria.ecma_regex import translate
from arazzo_runner.criteria.limits import EvaluationFault
from arazzo_runner.criteria.regex import Search, compile_regex
from arazzo_runner.errors import SyntaxFault

__all__ = ["make_text", "text_fits"]

_LONGEST: Final = 4_000  # characters; a longer minLength is cut here
_REPEATS: Final = (0, 1, 2, 4, 8, 16, 32, 64, 128)  # beyond the least, until a text is long enough


def _uuid(n: int) -> str:
    return f"{n % 0xFFFFFFFF:08x}-0000-4000-8000-{n * 2654435761 % 0xFFFFFFFFFFFF:012x}"


_FORMATS: Final[Mapping[str, Callable[[int], str]]] = {
    "date": lambda n: f"2026-01-{n % 28 + 1:02d}",
    "date-time": lambda n: f"2026-01-{n % 28 + 1:02d}T{n % 24:02d}:{n % 60:02d}:00Z",
    "time": lambda n: f"{n % 24:02d}:{n % 60:02d}:00Z",
    "duration": lambda n: f"PT{n % 59 + 1}M",
    "email": lambda n: f"user{n}@example.com",
    "uri": lambda n: f"https://example.com/{n}",
    "uri-reference": lambda n: f"/{n}",
    "uri-template": lambda n: f"/{n}/{{id}}",
    "uuid": _uuid,
    "ipv4": lambda n: f"192.0.2.{n % 254 + 1}",
    "ipv6": lambda n: f"2001:db8::{n % 0xFFFF:x}",
    "hostname": lambda n: f"host{n}.example.com",
    "byte": lambda n: base64.b64encode(f"bytes {n}".encode()).decode(),
    "json-pointer": lambda n: f"/{n}",
    "relative-json-pointer": lambda n: f"{n % 9}",
    "regex": lambda _: "^.*$",
    "phone": lambda n: f"+1555{n % 10_000_000:07d}",
    "decimal": lambda n: f"{n}.5",
    "int64": str,
    "int32": str,
}
_ALIASES: Final = {
    "datetime": "date-time",
    "idn-email": "email",
    "url": "uri",
    "iri": "uri",
    "iri-reference": "uri-reference",
    "guid": "uuid",
    "uuid4": "uuid",
    "ip": "ipv4",
    "idn-hostname": "hostname",
    "base64": "byte",
    "integer": "int64",
    "number": "int64",
    "double": "decimal",
    "float": "decimal",
}
_BY_NAME: Final = (
    (re.compile(r"e-?mail", re.IGNORECASE), "email"),
    (re.compile(r"(ur[li]|href|link|webhook|endpoint)$", re.IGNORECASE), "uri"),
    (re.compile(r"(phone|mobile|fax)(number)?$", re.IGNORECASE), "phone"),
    (re.compile(r"(_at|[a-z]At|[dD]ateTime|date_time|[tT]imestamp)$"), "date-time"),
    (re.compile(r"(^d|_d|[a-z]D)ate$"), "date"),
)
_UNICODE: Final = re.compile(r"\\p\{[^{}]*\}")  # nothing here reads it
_NOT_A_NAME: Final = re.compile(r"[^A-Za-z0-9_.-]+")


def make_text(
    name: str,
    number: int,
    *,
    format: str | None = None,  # noqa: A002 - the keyword's name
    patterns: Sequence[str] = (),
    least: int = 0,
    most: int | None = None,
) -> str:
    """A text that fits, as well as one can be made; the same for the same arguments.

    Args:
        name: of the property, for texts that say what they are.
        number: makes texts of different places differ.
        format: JSON Schema or OpenAPI ``format``.
        patterns: ECMA-262 patterns that all have to be found in it.
        least: characters it has at least.
        most: characters it has at most; None for any number.
    """
    least = min(least, _LONGEST)
    plain = _plain(name, number, format, least, most)
    if not patterns or text_fits(plain, patterns, least, most):
        return plain
    made = _patterned(patterns, number, least, most)
    return plain if made is None else made


def _plain(name: str, number: int, format_: str | None, least: int, most: int | None) -> str:
    """A text of the format, or one that tells its name."""
    kind = _kind(name, format_)
    text = _FORMATS[kind](number) if kind else f"{_NOT_A_NAME.sub('-', name) or 'text'}-{number}"
    if most is not None and len(text) > most:
        text = _FORMATS[kind](number % 10)[:most] if kind else _short(text, number, int(most))
    return text + "x" * (least - len(text))


def _kind(name: str, format_: str | None) -> str | None:
    if format_:
        known = _ALIASES.get(format_.lower(), format_.lower())
        return known if known in _FORMATS else None
    return next((kind for pattern, kind in _BY_NAME if pattern.search(name)), None)


def _short(text: str, number: int, most: int) -> str:
    """What tells texts apart stays."""
    digits = str(number)
    return (text[: max(0, most - len(digits))] + digits)[:most]


def text_fits(
    text: str, patterns: Sequence[str] = (), least: float = 0, most: float | None = None
) -> bool:
    """Whether length and patterns hold. A pattern that cannot be read holds."""
    if len(text) < least or (most is not None and len(text) > most):
        return False
    return all(_found(pattern, text) for pattern in patterns)


def _found(pattern: str, text: str) -> bool:
    search = _search(pattern)
    try:
        return search is None or search(text)
    except EvaluationFault:
        return False


def _search(pattern: str) -> Search | None:
    try:
        return compile_regex(pattern)
    except SyntaxFault:
        return None


# -- texts from patterns ---------------------------------------------------------------------------


def _patterned(patterns: Sequence[str], number: int, least: int, most: int | None) -> str | None:
    """A text in which all patterns are found; None when none comes up."""
    for pattern in patterns:
        tree = _tree(pattern)
        if tree is None:
            continue
        for more in _REPEATS:
            for variant in range(3):
                text = _Writer(number + variant * 7, more).write(tree)
                if text_fits(text, patterns, least, most):
                    return text
                padded = text + "x" * (least - len(text))
                if text_fits(padded, patterns, least, most):
                    return padded
            if most is not None and len(text) > most and more:
                break
    return None


def _tree(pattern: str) -> Any:
    from re import _parser  # type: ignore[attr-defined]

    try:
        return _parser.parse(translate(_UNICODE.sub(r"\\w", pattern)).pattern)
    except (SyntaxFault, re.error, RecursionError, OverflowError):
        return None


class _Writer:
    """Writes one text that a parsed pattern may match: look-arounds are left to the check.

    ``more`` is how often an open repetition is repeated beyond its least.
    """

    def __init__(self, number: int, more: int) -> None:
        self._number = number
        self._more = more
        self._drawn = 0
        self._groups: dict[int, str] = {}

    def write(self, tree: Any) -> str:
        """The text."""
        return "".join(self._part(str(operation), argument) for operation, argument in tree)

    def _draw(self, choices: int) -> int:
        self._drawn += 1
        return (self._number * 31 + self._drawn * self._drawn * 7) % choices

    def _part(self, operation: str, argument: Any) -> str:
        match operation:
            case "LITERAL":
                return chr(argument)
            case "NOT_LITERAL":
                return "x" if argument != ord("x") else "y"
            case "ANY":
                return "x"
            case "IN":
                return self._one_of(argument)
            case "BRANCH":
                return self.write(argument[1][self._draw(len(argument[1]))])
            case "SUBPATTERN":
                text = self.write(argument[-1])
                if argument[0] is not None:
                    self._groups[argument[0]] = text
                return text
            case "ATOMIC_GROUP":
                return self.write(argument)
            case "GROUPREF":
                return self._groups.get(argument, "")
            case "GROUPREF_EXISTS":  # how the translation writes a back reference
                return self.write(argument[1]) if argument[0] in self._groups else ""
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                least, most, part = argument
                times = min(least + self._more, most, max(least, _LONGEST))
                return "".join(self.write(part) for _ in range(times))
            case _:  # anchors, look-arounds
                return ""

    def _one_of(self, items: Sequence[tuple[Any, Any]]) -> str:
        if str(items[0][0]) == "NEGATE":
            refused = _characters(items[1:])
            usable = [c for c in _READABLE if c not in refused]
            return usable[self._draw(min(len(usable), 36))] if usable else "\u00e9"
        wanted = _characters(items)
        usable = [c for c in _LETTERS if c in wanted] or sorted(wanted) or ["x"]
        return usable[self._draw(len(usable))]


_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_READABLE: Final = _LETTERS + "-_ .,:;/+=@!#$%&*()[]{}<>?'\"|~^`\\"
_MOST_CHARACTERS: Final = 512  # of a range; more of it are not looked at
_CATEGORIES: Final = {
    "CATEGORY_DIGIT": "0123456789",
    "CATEGORY_WORD": _LETTERS + "_",
    "CATEGORY_SPACE": " \t\n",
}


def _characters(items: Sequence[tuple[Any, Any]]) -> set[str]:
    found: set[str] = set()
    for operation, argument in items:
        kind = str(operation)
        if kind == "LITERAL":
            found.add(chr(argument))
        elif kind == "RANGE":
            first, last = argument
            found.update(chr(c) for c in range(first, min(last, first + _MOST_CHARACTERS) + 1))
        elif kind == "CATEGORY":
            name = str(argument)
            plain = _CATEGORIES.get(name.replace("NOT_", ""), "")
            found.update(set(_READABLE) - set(plain) if "NOT_" in name else plain)
    return found
