"""HTTP messages as values: what is sent and what came back. No client knows them, no socket."""

from __future__ import annotations

from typing import TypeAlias

from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values.files import Stream
from arazzo_runner.values.json_values import ABSENT, Value

__all__ = ["Body", "Headers", "Hop", "Request", "Response", "header"]

Headers = tuple[tuple[str, str], ...]
"""Header fields in order, names as written. Names compare without case."""


def header(headers: Headers, name: str) -> str | None:
    """All values of a field joined with ``, `` (RFC 9110 §5.3); None when there is none.

    ``Set-Cookie`` cannot be joined: its first value is given.
    """
    wanted = name.lower()
    found = [value for key, value in headers if key.lower() == wanted]
    if not found:
        return None
    return found[0] if wanted == "set-cookie" else ", ".join(found)


Body: TypeAlias = bytes | Stream
"""A body to send: bytes, or a stream where files are part of it. Both have a length."""


class Request(NamedTuple):
    """A request exactly as it will go out, before a signature is added.

    ``url`` is absolute and percent-encoded, ``method`` is upper case.
    """

    method: str
    url: str
    headers: Headers = ()
    body: Body = b""


class Hop(NamedTuple):
    """A redirect that was followed: what was asked, and the answer that sent elsewhere."""

    method: str
    url: str
    status: int
    headers: Headers


class Response(NamedTuple):
    """An answer, its body decoded by media type.

    ``body`` is a JSON value, text, bytes, a File that it was written to, or ABSENT when there is
    none. ``note`` says what was odd (a body that is not what its type says), else None. ``size`` is
    the body's length in bytes. ``hops`` are the redirects that led to it, ``url`` is where it came
    from then; without any, ``url`` is empty: it came from where it was asked.
    ``remark`` is what was done to get this answer (a clock corrected, a token renewed), else None.
    """

    status: int
    headers: Headers = ()
    body: Value = ABSENT
    content_type: str = ""
    size: int = 0
    note: str | None = None
    url: str = ""
    hops: tuple[Hop, ...] = ()
    remark: str | None = None

    @property
    def status_code(self) -> int:
        """The status, by the name that ``$statusCode`` and HTTP clients give it."""
        return self.status

    def header(self, name: str) -> str | None:
        """The joined values of a header field, or None."""
        return header(self.headers, name)
