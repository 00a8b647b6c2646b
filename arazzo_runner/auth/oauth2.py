"""OAuth2 tokens on requests: fetched once, renewed before they end and once after a refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Lock
from typing import TypeAlias

from arazzo_runner.auth.credential import Credential
from arazzo_runner.auth.oauth2_client import Refused, TokenEndpoint
from arazzo_runner.auth.places import AUTHORIZATION
from arazzo_runner.auth.tokens import Token, TokenStore
from arazzo_runner.errors import CredentialsError
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import Request, Response, header

__all__ = ["Grant", "OAuth2", "Source"]

Grant: TypeAlias = Mapping[str, str | None]
"""The form fields of a token request: ``grant_type`` and what belongs to it."""


class Source(NamedTuple):
    """Where a credential's tokens come from.

    Attributes:
        endpoint: asks the token endpoint.
        grant: what a new token is asked for with; None when only a person can (a login).
        key: of the token in the store.
        about: whose the token is, kept beside it.
        refresh_token: one that was given.
        refresh_url: where tokens are renewed, when that is not the token endpoint.
    """

    endpoint: TokenEndpoint
    grant: Grant | None
    key: str
    about: Mapping[str, str]
    refresh_token: str | None = None
    refresh_url: str | None = None


class OAuth2(Credential):
    """Puts an access token on requests (RFC 6750).

    Args:
        find: finds the source when it is first needed; it may block.
        store: keeps tokens.
        learn: is told every secret that comes from the store.
        log_in_again: what a person has to do when a login has ended.
    """

    def __init__(
        self,
        find: Callable[[], Source],
        store: TokenStore,
        now: Callable[[], float],
        learn: Callable[[str], None],
        log_in_again: str,
    ) -> None:
        self._find = find
        self._store = store
        self._now = now
        self._learn = learn
        self._log_in_again = log_in_again
        self._fetching = Lock()  # held while tokens are asked for
        self._lock = Lock()  # never held while anything is waited for
        self._source: Source | None = None
        self._token: Token | None = None
        self._refused: str | None = None  # the access token that a server refused
        self._proved = True  # the token has been accepted, or no other was refused before it

    def ready(self) -> bool:
        """Whether there is a token that neither ended nor was refused."""
        return self._usable(self._token)

    def _usable(self, token: Token | None) -> bool:
        return (
            token is not None
            and token.access_token != self._refused
            and token.is_fresh(self._now())
        )

    def prepare(self) -> None:
        """Take the token from the store, renew it, or ask for a new one."""
        with self._fetching:
            if self.ready():
                return
            if self._source is None:
                self._source = self._find()
            with self._store.locked(self._source.key):
                kept = self._store.get(self._source.key)
                if kept is not None:
                    self._learn(kept.access_token)
                    if kept.refresh_token:
                        self._learn(kept.refresh_token)
                if kept is None or not self._usable(kept):
                    kept = self._renewed(self._source, kept or self._token)
                    with suppress(OSError):  # then the next run asks again
                        self._store.put(self._source.key, kept, self._source.about)
            with self._lock:
                self._token = kept
                if kept.access_token == self._refused:
                    self._refused = None  # the server gives no other

    def _renewed(self, source: Source, old: Token | None) -> Token:
        refresh = (old.refresh_token if old else None) or source.refresh_token
        if refresh:
            try:
                token = source.endpoint.token(
                    {"grant_type": "refresh_token", "refresh_token": refresh}, source.refresh_url
                )
            except Refused as refused:
                if source.grant is None:
                    raise CredentialsError(refused.message, hint=self._log_in_again) from None
            else:
                # A server that gives no new refresh token means the old one to be kept.
                return token if token.refresh_token else token._replace(refresh_token=refresh)
        if source.grant is None:
            raise CredentialsError("the login has ended", hint=self._log_in_again)
        return source.endpoint.token(source.grant)

    def apply(self, request: Request) -> Request:
        """The request with the token, unless it sets ``Authorization`` itself."""
        token = self._token
        assert token is not None
        return AUTHORIZATION.put(
            request, "Authorization", f"{token.token_type} {token.access_token}"
        )

    def mask(self, request: Request) -> Request:
        """The request with a mask as the token."""
        return AUTHORIZATION.mask(request, "Authorization")

    def answered(self, sent: Request, response: Response) -> bool:
        """After a 401: True when another token is to be tried.

        A token that replaced a refused one and is refused as well is kept: the server means it.
        """
        token = self._token
        if token is None:
            return False
        carried = header(sent.headers, "authorization") or ""
        mine = carried == f"{token.token_type} {token.access_token}"
        if response.status != 401:
            self._proved = self._proved or mine
            return False
        if not mine:
            # Another run has renewed it meanwhile, or the step set its own.
            return self._refused is not None and carried.endswith(f" {self._refused}")
        with self._lock:
            if token.access_token == self._refused:
                return True  # another run has been told so already
            if not self._proved:
                return False
            self._refused, self._proved = token.access_token, False
            return True
