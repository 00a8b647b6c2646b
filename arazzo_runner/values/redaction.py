"""Secrets: known where they enter, masked in every view, in every encoding."""

from __future__ import annotations

import json
import re
from _thread import allocate_lock  # threading and copy take as long to import as all of this
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values.json_values import Value
from arazzo_runner.values.secret_names import DEFAULT_NAMES, header_secrets

__all__ = ["MASK", "Redactor"]

MASK: Final = "•••"
_SHORTEST: Final = 4  # a shorter secret would mask half of every text
_DEEPEST: Final = 200
_UNCHANGED: Final = lazy_pattern(r"[A-Za-z0-9]+")  # characters that no encoding of a text changes


class _Form(NamedTuple):
    """A form of a secret: a text that it always has in it, its pattern, its length."""

    anchor: str
    pattern: str
    length: int


class Redactor:
    """Replaces known secrets in texts and values.

    A secret is masked as it is; with any of its characters URL-encoded, JSON-escaped or
    XML-escaped; and base64-encoded at each of the three alignments, so that it is also found
    inside ``user:password``.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.names = DEFAULT_NAMES
        self._forms: list[_Form] = []  # only ever appended to: read without the lock
        self._known: set[str] = set()
        self._learned: list[_Form] = []
        self._known_of_run: set[str] = set()
        self._lock = allocate_lock()  # tokens are fetched in threads
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str, *, of_run: bool = False) -> None:
        """Learn one secret. Texts shorter than four characters are not masked.

        ``of_run`` is for one that a run met among its own values, see :meth:`without_run`.
        """
        if len(secret) < _SHORTEST or secret in self._known:
            return
        with self._lock:
            if secret in self._known or (of_run and secret in self._known_of_run):
                return
            anchor = max(_UNCHANGED.findall(secret), key=len, default="")
            forms = [_Form(anchor, "".join(map(_character, secret)), len(secret))]
            forms += [_Form(text, re.escape(text), len(text)) for text in _base64_forms(secret)]
            (self._learned if of_run else self._forms).extend(forms)
            (self._known_of_run if of_run else self._known).add(secret)

    def without_run(self) -> Redactor:
        """One that masks all but what runs met among their own values: a run that goes on after it
        was interrupted needs those. What is added to this one later, it learns too.
        """
        view = Redactor.__new__(Redactor)
        view.__dict__.update(self.__dict__)
        view._learned = []
        return view

    def add_header(self, name: str, value: str) -> None:
        """Learn what is secret in the value of a header field that carries secrets."""
        for secret in header_secrets(name, value):
            self.add(secret)

    @property
    def secrets(self) -> frozenset[str]:
        """The secrets that this one knows, without those that runs met among their own values."""
        with self._lock:
            return frozenset(self._known)

    @property
    def knows_any(self) -> bool:
        """Whether there is a secret to mask."""
        return bool(self._forms or self._learned)

    def text(self, text: str) -> str:
        """The text with every known secret replaced by a mask."""
        # Looking for a part of each first costs a hundredth of one large pattern.
        known = (*self._forms, *self._learned) if self._learned else self._forms
        found = {(form.length, form.pattern) for form in known if form.anchor in text}
        if not found:
            return text
        pattern = "|".join([pattern for _, pattern in sorted(found, reverse=True)])
        return re.sub(pattern, MASK, text)

    def header(self, name: str, value: str) -> str:
        """The value of a header field; masked whole when its name says that it is a secret."""
        return MASK if self.names.has_header(name) else self.text(value)

    def value(self, value: Value) -> Value:
        """The value with every known secret masked, in keys and numbers too.

        What is nested deeper than 200 levels is masked as a whole.
        """
        return self._masked(value, 0) if self.knows_any else value

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
    import base64

    raw = secret.encode("utf-8", "surrogatepass")
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for lead in range(3):
            # Inside longer data the first and last characters depend on the neighbours: cut them.
            text = encode(b"\0" * lead + raw).decode().rstrip("=")
            start = (lead * 8 + 5) // 6
            end = len(text) if (lead + len(raw)) % 3 == 0 else len(text) - 1
            yield text[start:end]
