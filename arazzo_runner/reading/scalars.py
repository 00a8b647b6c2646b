"""What a YAML scalar means: the JSON schema of YAML 1.2 with the words of the core schema.

Numbers are those of JSON, so ``0777``, ``0x1F``, ``0o17``, ``+49170``, ``1_000``, ``1:30``,
``.5``, ``.inf`` and ``.nan`` are text; so are dates and ``yes``, ``no``, ``on``, ``off``. Words
are those of the core schema: ``null``, ``true`` and ``false`` in three spellings, ``~`` and
nothing for null.
"""

from __future__ import annotations

import re
from typing import Final

from arazzo_runner.reading.source_text import shorten
from arazzo_runner.values import Json

__all__ = ["CORE_TAG", "NUMBER_START", "WORDS", "UnfitNumber", "plain_number", "tagged_scalar"]

CORE_TAG: Final = "tag:yaml.org,2002:"
NUMBER_START: Final = frozenset("-0123456789")
WORDS: Final[dict[str, Json]] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?")
_LARGEST = 1.7976931348623157e308


class UnfitNumber(ValueError):
    """A number that is written rightly and that cannot be held; the text says why."""


def plain_number(text: str) -> Json:
    """The number that a plain scalar is, or the text itself when it is none.

    Raises:
        UnfitNumber: more digits than Python converts, or beyond the range of a double.
    """
    if _INTEGER.fullmatch(text):
        try:
            return int(text)
        except ValueError:
            raise UnfitNumber(f"a number of {len(text)} digits is too long") from None
    if _FLOAT.fullmatch(text):
        number = float(text)
        if not -_LARGEST <= number <= _LARGEST:
            raise UnfitNumber(f"the number {shorten(text)} is too large")
        return number
    return text


def tagged_scalar(tag: str, text: str) -> Json:
    """The value of a scalar with an explicit tag of the JSON ruleset.

    Raises:
        LookupError: the tag is outside the JSON ruleset.
        ValueError: the text is no such value.
    """
    if tag in {"!", CORE_TAG + "str"}:
        return text
    kind = tag.removeprefix(CORE_TAG)
    if kind not in {"null", "bool", "int", "float"} or kind == tag:
        raise LookupError(tag)
    if kind in {"null", "bool"}:
        value = WORDS.get(text, text)
        fits = value is None if kind == "null" else isinstance(value, bool)
    else:
        value = plain_number(text)
        fits = isinstance(value, int) or (kind == "float" and isinstance(value, float))
        if kind == "float" and fits:
            value = float(value)
    if not fits:
        raise ValueError(f"'{shorten(text)}' is not of the type {kind}")
    return value
