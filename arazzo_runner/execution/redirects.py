"""Redirects: what is asked next (RFC 9110 §15.4, as curl and browsers do it).

* 301 and 302 turn POST into GET, 303 everything but HEAD; 307 and 308 change nothing. Without its
  body a request has no headers that describe one.
* To another origin (scheme, host, port) go only headers that say nothing about the caller: no
  ``Authorization``, no cookie of the step, no API key.
* A redirect that the operation documents, by its status or ``3XX``, is its answer and is not
  followed. Neither is one of a request with an AWS signature: it would not fit.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import Headers, Request, Response, header
from arazzo_runner.values.cookies import Jar, cookie_pairs, matching, with_cookies

__all__ = ["NOT_ELSEWHERE", "PLAIN", "Context", "came_from_elsewhere", "next_request"]

_FOLLOWED: Final = (301, 302, 303, 307, 308)
_HARMLESS: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "content-encoding",
        "content-language",
        "content-type",
        "user-agent",
    }
)
_OF_BODIES: Final = ("content-", "transfer-encoding", "digest", "expect")
_IN_URL: Final = "%:/?#[]@!$&'()*+,;=-._~"
_PORTS: Final = {"http": 80, "https": 443}


class Context(NamedTuple):
    """What a run knows about a request beyond it: ``documented`` are the answers (statuses) that
    the operation declares, ``jar`` the cookies of the run, ``name`` what a file of the answer is
    called.
    """

    documented: Collection[str] = ()
    jar: Jar = ()
    name: str = "answer"


PLAIN: Final = Context()
NOT_ELSEWHERE: Final = Context(documented=("3XX",))
"""For requests that must not go anywhere else, such as those with a client's secret in the body."""


def came_from_elsewhere(request: Request, response: Response) -> bool:
    """Whether redirects led an answer away from the origin that a request's credentials are for."""
    return bool(response.hops) and _origin(response.url) != _origin(request.url)


def next_request(
    request: Request,
    status: int,
    headers: Headers,
    *,
    documented: Collection[str] = (),
    jar: Jar = (),
    at: float = 0.0,
) -> Request | None:
    """The request that an answer redirects to; None when it is not to be followed.

    ``documented`` are the answers that the operation declares; ``jar`` are the cookies of the run,
    those of this answer included, ``at`` the time.
    """
    if status not in _FOLLOWED or _is_documented(status, documented) or _is_signed(request):
        return None
    url = _target(request.url, header(headers, "location"))
    if url is None:
        return None
    method = request.method
    if (status in (301, 302) and method == "POST") or (status == 303 and method != "HEAD"):
        method = "GET"
    kept: Headers = tuple(pair for pair in request.headers if pair[0].lower() != "host")
    body = request.body
    if method != request.method or status == 303:
        body = b""
        kept = tuple(pair for pair in kept if not pair[0].lower().startswith(_OF_BODIES))
    if _origin(url) == _origin(request.url):
        kept = _without_jar(kept, jar, request.url, at)
    else:
        kept = tuple(pair for pair in kept if pair[0].lower() in _HARMLESS)
    if jar:
        kept = with_cookies(kept, jar, url, at)
    return Request(method, url, kept, body)


def _is_documented(status: int, documented: Collection[str]) -> bool:
    return any(answer.upper() in (str(status), "3XX") for answer in documented)


def _is_signed(request: Request) -> bool:
    own = header(request.headers, "authorization") or ""
    return own.startswith("AWS4-") or "X-Amz-Signature=" in request.url


def _target(base: str, location: str | None) -> str | None:
    """The absolute URL of a Location, without fragment; None for what is none of http(s)."""
    if not location:
        return None
    try:
        # Servers send UTF-8 here; header fields are read as Latin-1.
        text = location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        text = location
    try:
        url = urljoin(base, quote(text.strip(), safe=_IN_URL)).partition("#")[0]
        parts = urlsplit(url)
        known = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return url if known else None


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme)


def _without_jar(headers: Headers, jar: Jar, url: str, at: float) -> Headers:
    """The headers with only the cookies that the step itself sent."""
    if not any(name.lower() == "cookie" for name, _ in headers):
        return headers
    from_jar = {name for name, _ in matching(jar, url, at)}
    own = [pair for pair in cookie_pairs(headers) if pair[0] not in from_jar]
    rest = tuple(pair for pair in headers if pair[0].lower() != "cookie")
    text = "; ".join(f"{name}={value}" for name, value in own)
    return (*rest, ("Cookie", text)) if text else rest
