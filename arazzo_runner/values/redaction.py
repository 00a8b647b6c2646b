"""Secrets: known where they enter, masked in every view, in every encoding."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from threading import Lock
from typing import Final
from urllib.parse import quote

from arazzo_runner.values.json_values import Value

__all__ = ["MASK", "Redactor"]

MASK: Final = "•••"
_SHORTEST: Final = 4  # a shorter secret would mask half of every text
_DEEPEST: Final = 200


class Redactor:
    """Replaces known secrets in texts and values.

    A secret is masked as it is; with any of its characters URL-encoded, JSON-escaped or
    XML-escaped; and base64-encoded at each of the three alignments, so that it is also found
    inside ``user:password``.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: dict[str, int] = {}  # pattern to length
        self._pattern: re.Pattern[str] | None = None
        self._lock = Lock()  # tokens are fetched in threads
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Learn one secret. Texts shorter than four characters are not masked."""
        if len(secret) < _SHORTEST:
            return
        form = "".join(map(_character, secret))
        with self._lock:
            if form in self._forms:
                return
            self._forms[form] = len(secret)
            for text in _base64_forms(secret):
                self._forms[re.escape(text)] = len(text)
            longest_first = sorted(self._forms, key=self._forms.__getitem__, reverse=True)
            self._pattern = re.compile("|".join(longest_first))

    @property
    def knows_any(self) -> bool:
        """Whether there is a secret to mask."""
        return self._pattern is not None

    def text(self, text: str) -> str:
        """The text with every known secret replaced by a mask."""
        return self._pattern.sub(MASK, text) if self._pattern else text

    def value(self, value: Value) -> Value:
        """The value with every known secret masked, in keys and numbers too.

        What is nested deeper than 200 levels is masked as a whole.
        """
        return value if self._pattern is None else self._masked(value, 0)

    def _masked(self, value: Value, depth: int) -> Value:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict | list | tuple):
            if depth >= _DEEPEST:
                return MASK
            if isinstance(value, dict):
                return {
                    self._masked(key, depth): self._masked(item, depth + 1)
                    for key, item in value.items()
                }
            return [self._masked(item, depth + 1) for item in value]
        if isinstance(value, bytes):
            # UTF-8 first: a secret is known by its characters.
            text = value.decode("utf-8", "surrogateescape")
            return self.text(text).encode("utf-8", "surrogateescape")
        if isinstance(value, int | float) and self.text(str(value)) == MASK:
            return MASK
        return value


@lru_cache(maxsize=256)
def _character(character: str) -> str:
    """The pattern of one character in every form that a text may give it."""
    if character.isascii() and character.isalnum():
        return character
    percent = quote(character.encode("utf-8", "surrogatepass"), safe="")
    if not percent.startswith("%"):  # quote() leaves "-._~" alone
        percent = f"%{ord(character):02X}"
    forms = {character, percent, percent.lower(), json.dumps(character)[1:-1]}
    forms.add(json.dumps(character, ensure_ascii=False)[1:-1])
    forms.update(_OTHER_FORMS.get(character, ()))
    return f"(?:{'|'.join(map(re.escape, sorted(forms, key=len, reverse=True)))})"


_OTHER_FORMS: Final = {
    " ": ("+",),
    "/": ("\\/",),
    "&": ("&amp;", "\\u0026"),
    "<": ("&lt;", "\\u003c"),
    ">": ("&gt;", "\\u003e"),
    '"': ("&quot;", "&#34;"),
    "'": ("&#x27;", "&#39;", "&apos;", "\\u0027"),
    "+": ("\\u002b", "\\u002B"),
}


def _base64_forms(secret: str) -> Iterator[str]:
    raw = secret.encode("utf-8", "surrogatepass")
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for lead in range(3):
            # Inside longer data the first and last characters depend on the neighbours: cut them.
            text = encode(b"\0" * lead + raw).decode().rstrip("=")
            start = (lead * 8 + 5) // 6
            end = len(text) if (lead + len(raw)) % 3 == 0 else len(text) - 1
            yield text[start:end]
