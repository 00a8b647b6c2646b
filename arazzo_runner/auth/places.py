"""Where a credential stands in a request, and how it is put there. What is there already stays."""

from __future__ import annotations

from urllib.parse import quote, unquote_plus

from arazzo_runner.errors import CredentialsError
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import MASK, Request

__all__ = ["AUTHORIZATION", "Place"]

_COOKIE_SAFE = "!#$&'()*+-./:<=>?@[]^_`{|}~"  # RFC 6265 §4.1.1, cookie-octet


class Place(NamedTuple):
    """A header (name in lower case), query parameter or cookie.

    ``location`` is ``header``, ``query`` or ``cookie``; ``connection`` is a client certificate's.
    """

    location: str
    name: str

    def is_set_by(self, request: Request) -> bool:
        """Whether the request sets it itself."""
        if self.location == "header":
            return any(name.lower() == self.name for name, _ in request.headers)
        if self.location == "query":
            query = request.url.partition("#")[0].partition("?")[2]
            return any(
                unquote_plus(pair.partition("=")[0]) == self.name for pair in query.split("&")
            )
        if self.location == "cookie":
            return any(
                pair.partition("=")[0].strip() == self.name
                for name, value in request.headers
                if name.lower() == "cookie"
                for pair in value.split(";")
            )
        return False

    def put(self, request: Request, name: str, value: str) -> Request:
        """The request with the value there, unless something is. ``name`` as the scheme writes it.

        Raises:
            CredentialsError: HTTP cannot carry it (RFC 9110 §5.5).
        """
        if self.is_set_by(request):
            return request
        if self.location == "query":
            return request._replace(
                url=_with_query(request.url, f"{_encoded(name)}={_encoded(value)}")
            )
        if self.location == "cookie":
            return _with_cookie(request, f"{name}={quote(value, safe=_COOKIE_SAFE)}")
        if not (value and value.isascii() and value.isprintable()):
            raise CredentialsError(
                f"the credential for header '{name}' cannot be sent: a header holds "
                "printable ASCII characters only"
            )
        return request._replace(headers=(*request.headers, (name, value)))

    def mask(self, request: Request, name: str) -> Request:
        """The request with a mask where :meth:`put` would put the value: to show, not to send."""
        if self.is_set_by(request):
            return request
        if self.location == "query":
            return request._replace(url=_with_query(request.url, f"{_encoded(name)}={MASK}"))
        if self.location == "cookie":
            return _with_cookie(request, f"{name}={MASK}")
        return request._replace(headers=(*request.headers, (name, MASK)))


AUTHORIZATION = Place("header", "authorization")


def _encoded(text: str) -> str:
    return quote(text, safe="")


def _with_query(url: str, pair: str) -> str:
    before, hash_sign, fragment = url.partition("#")
    joint = "?" if "?" not in before else "" if before.endswith(("?", "&")) else "&"
    return f"{before}{joint}{pair}{hash_sign}{fragment}"


def _with_cookie(request: Request, pair: str) -> Request:
    """One Cookie field holds all cookies (RFC 6265 §5.4)."""
    headers = list(request.headers)
    for index, (name, value) in enumerate(headers):
        if name.lower() == "cookie":
            headers[index] = (name, f"{value}; {pair}" if value.strip() else pair)
            return request._replace(headers=tuple(headers))
    return request._replace(headers=(*headers, ("Cookie", pair)))
