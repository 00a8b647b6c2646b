"""botocore's Signature Version 4 over the engine's own requests.

This is the only module that imports ``botocore.auth``; ``sigv4.py`` imports it at the first
signature. botocore's algorithm is used through its methods (canonical request, string to sign,
signature); what is replaced is the input: no ``AWSRequest`` and no e-mail header objects, a clock
from outside, and nothing is logged (botocore logs the session token at level DEBUG).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from hmac import digest as hmac_digest
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from botocore.auth import SIGNED_HEADERS_BLACKLIST, SigV4Auth

from arazzo_runner.values import Body, Headers

__all__ = ["Canonical", "Fields", "Sent"]

_NOT_SIGNED = frozenset(SIGNED_HEADERS_BLACKLIST) | {"authorization"}
_EMPTY_BODY_HASH = sha256(b"").hexdigest()


class Fields(dict[str, list[str]]):
    """The header fields to sign, by lower-case name, as botocore's methods ask for them.

    Left out are those that a proxy or client may change on the way.
    """

    def __init__(self, headers: Headers) -> None:
        super().__init__()
        for name, value in headers:
            key = name.lower()
            if key not in _NOT_SIGNED:
                self.setdefault(key, []).append(value)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def __getitem__(self, name: str) -> Any:
        return ",".join(super().__getitem__(name.lower()))

    def get_all(self, name: str) -> list[str]:
        """All values of a field, in order."""
        return super().__getitem__(name)


@dataclass(slots=True)
class Sent:
    """The request as botocore's methods see it: what ``AWSRequest`` would offer them."""

    method: str
    url: str
    headers: Fields
    body: Body
    context: dict[str, str]
    params: None = field(default=None, init=False)


_SigV4Auth: Any = SigV4Auth  # typed for its own AWSRequest only


class Canonical(_SigV4Auth):  # type: ignore[misc]
    """botocore's signer for one service and region.

    ``normalize_path`` is false for S3, whose object keys are not paths: they are signed as sent.
    """

    def __init__(self, service: str, region: str, *, normalize_path: bool) -> None:
        super().__init__(None, service, region)
        self._normalize = normalize_path

    def authorization(self, request: Sent, access_key: str, secret_key: str) -> str:
        """The value of the ``Authorization`` header."""
        date = request.context["timestamp"][:8]
        text = self.string_to_sign(request, self.canonical_request(request))
        key = _signing_key(secret_key, date, self._region_name, self._service_name)
        signature = hmac_digest(key, text.encode(), "sha256").hex()
        return (
            f"AWS4-HMAC-SHA256 Credential={access_key}/{self.credential_scope(request)}, "
            f"SignedHeaders={self.signed_headers(self.headers_to_sign(request))}, "
            f"Signature={signature}"
        )

    def headers_to_sign(self, request: Sent) -> Fields:
        """All of them: ``Fields`` has chosen."""
        return request.headers

    def signed_headers(self, headers_to_sign: Fields) -> str:
        """Their names, which are in lower case already."""
        return ";".join(sorted(headers_to_sign))

    def payload(self, request: Sent) -> str:
        """The hash of the body. Bodies are always signed."""
        return body_hash(request.body)

    def _normalize_url_path(self, path: str) -> str:
        if self._normalize:
            return _normalized(path)
        # Signed as sent, encoded once: escapes stay, what was sent bare is escaped.
        return quote(path or "/", safe="/%~")

    def _canonical_query_string_url(self, parts: Any) -> str:
        # The server decodes and encodes again, so `%7e`, `:` and `%3a` have one canonical form.
        # botocore never meets another one, because it builds its own queries.
        query: str = parts.query
        return "&".join(f"{name}={value}" for name, value in sorted(_encoded(query)))


def body_hash(body: Body) -> str:
    """SHA-256 of a body, in hexadecimal. Files in it are read in pieces, once."""
    if not isinstance(body, bytes):
        return body.sha256()
    return sha256(body).hexdigest() if body else _EMPTY_BODY_HASH


def _encoded(query: str) -> Iterable[tuple[str, str]]:
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        yield _encode(name), _encode(value)


def _encode(text: str) -> str:
    return quote(unquote_to_bytes(text), safe="-_.~")


@lru_cache(maxsize=256)
def _normalized(path: str) -> str:
    return str(_SigV4Auth._normalize_url_path(None, path))


@lru_cache(maxsize=64)
def _signing_key(secret_key: str, date: str, region: str, service: str) -> bytes:
    """The key of one day, region and service: four of the five HMACs of a signature."""
    key = f"AWS4{secret_key}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac_digest(key, part.encode(), "sha256")
    return key
