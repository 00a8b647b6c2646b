"""AWS Signature Version 4 for requests that are ready to go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from arazzo_runner.values import Headers, Request

if TYPE_CHECKING:
    from arazzo_runner.auth.sigv4_canonical import Canonical

__all__ = ["CredentialsSource", "FrozenCredentials", "SigV4Signer"]

_DEFAULT_PORTS = {"http": 80, "https": 443}

# Services whose paths are object keys: signed as sent, dot segments and double slashes included.
_KEYS_AS_PATHS = frozenset({"s3", "s3express", "s3-outposts", "s3-object-lambda"})
# Services that want the hash of the body as a header too.
_BODY_HASH_AS_HEADER = _KEYS_AS_PATHS | {"aoss", "vpc-lattice-svcs"}


class FrozenCredentials(Protocol):
    """Credentials at one moment: access key, secret key and, when temporary, session token."""

    @property
    def access_key(self) -> str:
        """The access key id, which is not a secret."""
        ...

    @property
    def secret_key(self) -> str:
        """The secret access key."""
        ...

    @property
    def token(self) -> str | None:
        """The session token of temporary credentials, else None."""
        ...


class CredentialsSource(Protocol):
    """Where credentials come from; asked once per signature, so that expired ones are renewed."""

    def get_frozen_credentials(self) -> FrozenCredentials:
        """The credentials to sign with now.

        Raises:
            CredentialsError: when they cannot be had (any more).
        """
        ...


class SigV4Signer:
    """Signs requests for one service and region with botocore's Signature Version 4.

    The signature covers exactly what is sent: the method, the URL, the body, ``Host`` and every
    header of the request (without those that travel hop by hop). ``Host`` is the host and port of
    the URL, unless the request has a ``Host`` header itself.

    Args:
        credentials: asked for credentials at every signature.
        service: the signing name, such as ``sagemaker``.
        region: such as ``us-east-1``.
        now: the clock; the default is the system's. Any time zone.
        normalize_path: whether dot segments and double slashes are resolved before the path is
            signed. By default true, except for the S3 family.
        content_hash: whether ``X-Amz-Content-SHA256`` is sent. By default for the services that
            ask for it.

    Attributes:
        offset: what is added to the clock's time.
    """

    def __init__(
        self,
        credentials: CredentialsSource,
        service: str,
        region: str,
        *,
        now: Callable[[], datetime] | None = None,
        normalize_path: bool | None = None,
        content_hash: bool | None = None,
    ) -> None:
        self.service = service
        self.region = region
        self._credentials = credentials
        self._now = now or _utc_now
        self._normalize_path = (
            service not in _KEYS_AS_PATHS if normalize_path is None else normalize_path
        )
        self._content_hash = (
            service in _BODY_HASH_AS_HEADER if content_hash is None else content_hash
        )
        self._canonical: Canonical | None = None
        self.offset = timedelta()

    def renewal_due(self) -> bool:
        """Whether the credentials are temporary and about to expire: :meth:`renew` may block."""
        due = getattr(self._credentials, "renewal_due", None)
        return due is not None and bool(due())

    def renew(self) -> None:
        """Fetch the credentials anew.

        Raises:
            CredentialsError: when they cannot be had (any more).
        """
        self._credentials.get_frozen_credentials()

    def sign(self, request: Request) -> Request:
        """The request with ``Authorization`` and ``X-Amz-Date`` (and token, and body hash).

        A signature that the request already carries is replaced.

        Raises:
            CredentialsError: when the credentials cannot be had (any more).
        """
        from arazzo_runner.auth.sigv4_canonical import Canonical, Fields, Sent, body_hash

        canonical = self._canonical
        if canonical is None:
            canonical = self._canonical = Canonical(
                self.service, self.region, normalize_path=self._normalize_path
            )
        credentials = self._credentials.get_frozen_credentials()
        timestamp = _timestamp(self._now() + self.offset)
        added = [("X-Amz-Date", timestamp)]
        if credentials.token:
            added.append(("X-Amz-Security-Token", credentials.token))
        if self._content_hash:
            added.append(("X-Amz-Content-SHA256", body_hash(request.body)))
        headers = _without(request.headers, added) + tuple(added)
        fields = Fields(headers)
        if "host" not in fields:
            fields["host"] = [_host(request.url)]
        sent = Sent(request.method, request.url, fields, request.body, {"timestamp": timestamp})
        value = canonical.authorization(sent, credentials.access_key, credentials.secret_key)
        return Request(
            request.method, request.url, (*headers, ("Authorization", value)), request.body
        )


def _without(headers: Headers, added: list[tuple[str, str]]) -> Headers:
    """The headers without those of an earlier signature."""
    replaced = {"authorization", "x-amz-security-token", *(name.lower() for name, _ in added)}
    return tuple(pair for pair in headers if pair[0].lower() not in replaced)


@lru_cache(maxsize=256)
def _host(url: str) -> str:
    """The ``Host`` header that a client sends for a URL: lower case, a default port left out."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    if parts.port is None or parts.port == _DEFAULT_PORTS.get(parts.scheme):
        return host
    return f"{host}:{parts.port}"


def _timestamp(moment: datetime) -> str:
    """``20260102T030405Z``; a time without zone is UTC. Four times as fast as ``strftime``."""
    if moment.tzinfo not in (None, UTC):
        moment = moment.astimezone(UTC)
    return moment.isoformat()[:19].replace("-", "").replace(":", "") + "Z"


def _utc_now() -> datetime:
    return datetime.now(UTC)
