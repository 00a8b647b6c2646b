"""Cookies of one run: a jar that is a pure fold of answers (RFC 6265).

A jar is a tuple of cookies. :func:`collect` gives the next jar for an answer, :func:`matching` what
is sent to a URL. Both take the time, so a run's jar follows from its events alone.

Two things differ from a browser. There is no list of public suffixes: a ``Domain`` needs a dot and
must cover the host that sets it. And as for curl, loopback hosts count as secure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values.messages import Headers

__all__ = ["Cookie", "Jar", "collect", "cookie_pairs", "matching", "with_cookies"]

_MOST: Final = 300
_LONGEST: Final = 4096
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


class Cookie(NamedTuple):
    """A stored cookie (RFC 6265 §5.3). ``expires`` is seconds since the epoch, None for the run."""

    name: str
    value: str
    domain: str
    path: str
    host_only: bool
    secure: bool
    expires: float | None


Jar = tuple[Cookie, ...]
"""Cookies in the order in which they were first set."""


def collect(jar: Jar, url: str, headers: Headers, at: float) -> Jar:
    """The jar after an answer from ``url``. ``at`` is seconds since the epoch."""
    for name, text in headers:
        if len(name) == 10 and name.lower() == "set-cookie":
            cookie = _parsed(text, url, at)
            if cookie is not None:
                jar = _stored(jar, cookie, at)
    return jar


def _stored(jar: Jar, cookie: Cookie, at: float) -> Jar:
    """One more cookie; it takes the place of the one with its name, domain and path."""
    expired = cookie.expires is not None and cookie.expires <= at
    key = (cookie.name, cookie.domain, cookie.path)
    kept: list[Cookie] = []
    found = False
    for other in jar:
        if (other.name, other.domain, other.path) != key:
            kept.append(other)
        else:
            found = True
            if not expired:
                kept.append(cookie)
    if not found and not expired:
        kept.append(cookie)
    return tuple(kept[-_MOST:])


def _parsed(text: str, url: str, at: float) -> Cookie | None:
    """A ``Set-Cookie`` field (RFC 6265 §5.2); None for one to ignore."""
    pair, *rest = text.split(";")
    name, sign, value = pair.partition("=")
    name, value = name.strip(), value.strip()
    if (
        not sign
        or not name
        or len(name) + len(value) > _LONGEST
        or not f"{name}{value}".isprintable()
    ):
        return None
    attributes = {
        key.strip().lower(): item.strip() for key, _, item in (one.partition("=") for one in rest)
    }
    host, at_path, is_secure = _place(url)
    domain = attributes.get("domain", "").removeprefix(".").lower()
    if domain and domain != host and ("." not in domain or not _covers(domain, host)):
        return None
    path = attributes.get("path", "")
    path = path if path.startswith("/") else at_path.rpartition("/")[0] or "/"
    secure = "secure" in attributes
    if secure and not is_secure:
        return None
    if name.startswith("__Secure-") and not secure:
        return None
    if name.startswith("__Host-") and (not secure or domain or path != "/"):
        return None
    return Cookie(name, value, domain or host, path, not domain, secure, _expiry(attributes, at))


def _expiry(attributes: dict[str, str], at: float) -> float | None:
    age = attributes.get("max-age", "")
    if age.removeprefix("-").isdecimal() and len(age) < 20:
        return at + int(age) if int(age) > 0 else 0.0
    if "expires" not in attributes:
        return None
    from http import cookiejar  # knows every format that servers write

    moment: float | None = cookiejar.http2time(attributes["expires"])  # type: ignore[attr-defined]
    return moment


def matching(jar: Jar, url: str, at: float) -> list[tuple[str, str]]:
    """The cookies for a URL, those with longer paths first (RFC 6265 §5.4)."""
    host, path, is_secure = _place(url)
    found = [
        cookie
        for cookie in jar
        if (cookie.domain == host if cookie.host_only else _covers(cookie.domain, host))
        and _path_covers(cookie.path, path)
        and (is_secure or not cookie.secure)
        and (cookie.expires is None or cookie.expires > at)
    ]
    found.sort(key=lambda cookie: -len(cookie.path))
    return [(cookie.name, cookie.value) for cookie in found]


def with_cookies(headers: Headers, jar: Jar, url: str, at: float) -> Headers:
    """The headers with the jar's cookies for a URL. Cookies that are there already win."""
    pairs = matching(jar, url, at)
    own = list(cookie_pairs(headers))
    names = {name for name, _ in own}
    added = [pair for pair in pairs if pair[0] not in names]
    if not added:
        return headers
    text = "; ".join(f"{name}={value}" for name, value in (*own, *added))
    return (*(pair for pair in headers if pair[0].lower() != "cookie"), ("Cookie", text))


def cookie_pairs(headers: Headers) -> Iterator[tuple[str, str]]:
    """The cookies that a request sends."""
    for name, text in headers:
        if name.lower() == "cookie":
            for pair in text.split(";"):
                key, sign, value = pair.strip().partition("=")
                if sign:
                    yield key, value


def _place(url: str) -> tuple[str, str, bool]:
    """Host, path, and whether cookies marked secure may go there."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    return host, parts.path or "/", parts.scheme == "https" or host in _LOOPBACK


def _covers(domain: str, host: str) -> bool:
    """Domain match (RFC 6265 §5.1.3): never between IP addresses."""
    if domain == host:
        return True
    is_address = ":" in host or host.replace(".", "").isdecimal()
    return host.endswith("." + domain) and not is_address


def _path_covers(cookie: str, path: str) -> bool:
    """Path match (RFC 6265 §5.1.4)."""
    return path == cookie or (
        path.startswith(cookie) and (cookie.endswith("/") or path[len(cookie)] == "/")
    )
