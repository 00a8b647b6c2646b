"""JSON Pointer (RFC 6901)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import unquote

from arazzo_runner.errors import SyntaxFault
from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.values.json_values import ABSENT, Json, Value

__all__ = ["format_pointer", "parse_fragment", "parse_pointer", "resolve_pointer", "unescape_token"]

_BAD_ESCAPE = lazy_pattern(r"~(?![01])")
_INDEX = lazy_pattern(r"0|[1-9][0-9]*")


def parse_pointer(text: str) -> tuple[str, ...]:
    """The unescaped reference tokens of a pointer; ``""`` gives ``()`` (RFC 6901 §3, §4).

    Raises:
        SyntaxFault: the text is not empty and does not start with ``/``, or has a ``~`` that is
            not followed by 0 or 1.
    """
    if not text:
        return ()
    if text[0] != "/":
        raise SyntaxFault(
            "a JSON Pointer starts with '/'", text=text, hint=f"write '/{text}' for a member"
        )
    bad = _BAD_ESCAPE.search(text)
    if bad:
        raise SyntaxFault(
            "'~' in a JSON Pointer is followed by 0 or 1",
            text=text,
            offset=bad.start(),
            hint="write '~0' for '~' and '~1' for '/'",
        )
    return tuple(map(unescape_token, text[1:].split("/")))


def unescape_token(token: str) -> str:
    """A reference token as the name that it stands for; a wrong escape stays (RFC 6901 §4)."""
    return token.replace("~1", "/").replace("~0", "~")


def parse_fragment(fragment: str) -> tuple[str, ...]:
    """The tokens of a pointer in URI fragment form, with or without its ``#`` (RFC 6901 §6).

    Raises:
        SyntaxFault: as :func:`parse_pointer`.
    """
    return parse_pointer(unquote(fragment.removeprefix("#")))


def format_pointer(tokens: Iterable[str | int]) -> str:
    """The pointer text of the tokens, escaped."""
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in tokens)


def resolve_pointer(document: Json, tokens: Sequence[str]) -> Value:
    """The value that the tokens lead to, or ABSENT when nothing is there (RFC 6901 §4).

    An array index has no leading zeros; ``-`` names the element after the last, so nothing.
    """
    value = document
    for token in tokens:
        if isinstance(value, dict):
            if token not in value:
                return ABSENT
            value = value[token]
        elif isinstance(value, list):
            if not _INDEX.fullmatch(token) or len(token) > 18 or int(token) >= len(value):
                return ABSENT
            value = value[int(token)]
        else:
            return ABSENT
    return value
