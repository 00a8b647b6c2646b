"""Secrets: known where they enter, masked in every view, in every encoding."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from arazzo_runner.values.json_values import Value

__all__ = ["MASK", "Redactor"]

MASK = "•••"
_SHORTEST = 4  # a shorter secret would mask half of every text


class Redactor:
    """Replaces known secrets in texts and values.

    A secret is masked as it is, URL-encoded (both forms), JSON-escaped, and base64-encoded at each
    of the three alignments, so that it is also found inside ``user:password``.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Learn one secret. Texts shorter than four characters are not masked."""
        if len(secret) < _SHORTEST:
            return
        self._forms.update(_encodings(secret))
        longest_first = sorted(self._forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def text(self, text: str) -> str:
        """The text with every known secret replaced by a mask."""
        return self._pattern.sub(MASK, text) if self._pattern else text

    def value(self, value: Value) -> Value:
        """The value with every known secret masked, in keys too, at any depth."""
        if self._pattern is None:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        if isinstance(value, bytes):
            return self.text(value.decode("latin-1")).encode("latin-1", "replace")
        return value


def _encodings(secret: str) -> Iterable[str]:
    raw = secret.encode()
    yield secret
    yield quote(secret, safe="")
    yield quote_plus(secret, safe="")
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for lead in range(3):
            # Inside longer data the first and last characters depend on the neighbours: cut them.
            text = encode(b"\0" * lead + raw).decode().rstrip("=")
            start = (lead * 8 + 5) // 6
            end = len(text) if (lead + len(raw)) % 3 == 0 else len(text) - 1
            if end - start >= _SHORTEST:
                yield text[start:end]
