"""From a scheme and what was given for it to the way its tokens are got."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final

from arazzo_runner.auth.context import Context
from arazzo_runner.auth.given import VALUE, Given
from arazzo_runner.auth.oauth2 import Grant, OAuth2, Source
from arazzo_runner.auth.oauth2_client import Client, TokenEndpoint, fetch_metadata
from arazzo_runner.auth.schemes import LOGIN_FLOWS, Flow, SchemeObject, flows_of, metadata_url
from arazzo_runner.auth.tokens import token_key
from arazzo_runner.errors import CredentialsError, did_you_mean
from arazzo_runner.values import Json

__all__ = ["OAuth2Setup", "oauth2_credential"]

CLIENT: Final = "clientCredentials"
PASSWORD: Final = "password"  # noqa: S105 - the flow's name
CODE, DEVICE = LOGIN_FLOWS
_FLOWS: Final = (CLIENT, PASSWORD, CODE, DEVICE)


class OAuth2Setup:
    """An ``oauth2`` or ``openIdConnect`` scheme with what was given for it.

    ``scopes`` are those of the operation.
    """

    def __init__(
        self, scheme: SchemeObject, scopes: Sequence[str], given: Given, context: Context
    ) -> None:
        self.scheme = scheme
        self.given = given
        self.context = context
        self._scopes = scopes
        self._flows = flows_of(scheme, context.base_url)
        self._metadata_url = metadata_url(scheme, context.base_url)

    @property
    def is_open_id(self) -> bool:
        """Whether the scheme is OpenID Connect."""
        return self.scheme.type == "openIdConnect"

    # -- which flow ---------------------------------------------------------------------------

    def flow(self) -> str | None:
        """How a run gets tokens: the name of a flow, ``refresh``, ``login``, or None: not at all.

        Nothing is asked of the network.

        Raises:
            CredentialsError: the flow that was given is none.
        """
        given = self.given
        wanted = given.read("flow")
        if wanted is not None and wanted not in _FLOWS:
            raise CredentialsError(
                f"{given.what}: there is no flow '{wanted}'",
                hint=did_you_mean(wanted, _FLOWS) or f"one of: {', '.join(_FLOWS)}",
            )
        if wanted in (None, PASSWORD) and given.has("username", "password"):
            return PASSWORD
        if given.has("refresh_token"):
            return "refresh"
        if wanted in (None, *LOGIN_FLOWS) and self.has_login():
            return "login"
        if wanted in (None, CLIENT) and given.has("client_id", "client_secret"):
            other = any(name in self._flows for name in LOGIN_FLOWS)
            if wanted or CLIENT in self._flows or not other:
                return CLIENT
        return None

    def login_flow(self) -> str | None:
        """The flow of a login by a person; None when the scheme and what was given name none."""
        wanted = self.given.read("flow")
        if wanted in LOGIN_FLOWS:
            return wanted
        if CODE in self._flows or self.given.has("authorization_url") or "implicit" in self._flows:
            return CODE
        if DEVICE in self._flows or self.given.has("device_authorization_url"):
            return DEVICE
        return CODE if self._metadata_url else None

    def has_login(self) -> bool:
        """Whether somebody has logged in before."""
        return self.given.has("client_id") and self.context.tokens.get(self.login_key) is not None

    # -- what it takes ------------------------------------------------------------------------

    @cached_property
    def metadata(self) -> Mapping[str, Json]:
        """What the server says about itself; empty without an address for it.

        Raises:
            CredentialsError: it cannot be had.
        """
        if self._metadata_url is None:
            return {}
        return fetch_metadata(self._metadata_url, self.context.send)

    def url(self, field: str, member: str, *flows: str) -> str | None:
        """An endpoint: as given, else of the first flow that has it, else of the metadata."""
        url = self.given.read(field)
        attribute = {"token_url": "token_url", "authorization_url": "authorization_url"}.get(
            field, "device_url"
        )
        for name in flows:
            url = url or getattr(self._flows.get(name, Flow()), attribute)
        if url is None:
            found = self.metadata.get(member)
            url = found if isinstance(found, str) else None
        return url

    @cached_property
    def client(self) -> Client:
        """The client."""
        read = self.given.read
        method = read("auth_method")
        if (
            method is None
            and "client_secret_post" in self._offered
            and ("client_secret_basic" not in self._offered)
        ):
            method = "client_secret_post"
        return Client(read("client_id"), read("client_secret"), method)

    @property
    def _offered(self) -> Sequence[Json]:
        if not self.is_open_id:
            return ()
        offered = self.metadata.get("token_endpoint_auth_methods_supported")
        return offered if isinstance(offered, list) else ()

    def endpoint(self, *flows: str) -> TokenEndpoint:
        """The token endpoint.

        Raises:
            CredentialsError: nobody says where it is.
        """
        url = self.url("token_url", "token_endpoint", *flows, *self._flows)
        if not url:
            raise CredentialsError(
                f"{self.given.what}: the description names no token endpoint",
                hint=f"give it: --auth {self.context.source}.{self.scheme.name}.token_url=URL",
            )
        context = self.context
        return TokenEndpoint(url, self.client, context.send, context.now, self.given.learn)

    def scope(self) -> str | None:
        """The scopes to ask for."""
        return self.given.read("scope") or " ".join(self._scopes) or None

    def extra(self) -> Grant:
        """What some servers want besides."""
        return {"audience": self.given.read("audience"), "resource": self.given.read("resource")}

    @property
    def about(self) -> Mapping[str, str]:
        """Whose tokens these are: of a scheme, for a server, and for no other."""
        return {"origin": self.context.origin, "scheme": self.scheme.name}

    @property
    def login_key(self) -> str:
        """The key of a login's token."""
        return token_key(
            kind="login", server=self._server(), client=self.given.read("client_id"), **self.about
        )

    def _server(self) -> str | None:
        urls = [flow.token_url for flow in self._flows.values() if flow.token_url]
        return self.given.read("token_url") or self._metadata_url or next(iter(urls), None)

    # -- where tokens come from ---------------------------------------------------------------

    def source(self, flow: str) -> Source:
        """Where the tokens of a flow come from.

        Raises:
            CredentialsError: what was given cannot be read, or is not enough.
        """
        if flow == "login":
            return Source(
                self.endpoint(*LOGIN_FLOWS),
                None,
                self.login_key,
                self.about,
                refresh_url=self._refresh_url(*LOGIN_FLOWS),
            )
        endpoint = self.endpoint(flow)
        refresh = self.given.read("refresh_token")
        grant = self._grant(flow)
        # The key holds all that the token depends on: who lacks a secret does not find it.
        parts = {**self.extra(), **(grant or {}), "secret": self.client.client_secret}
        hidden = hashlib.sha256(repr(sorted(parts.items())).encode("utf-8", "surrogatepass"))
        key = token_key(
            kind=flow,
            server=endpoint.url,
            client=self.client.client_id,
            refresh=hashlib.sha256((refresh or "").encode()).hexdigest(),
            parts=hidden.hexdigest(),
            **self.about,
        )
        return Source(endpoint, grant, key, self.about, refresh, self._refresh_url(flow))

    def _refresh_url(self, *flows: str) -> str | None:
        return next(
            (f.refresh_url for n in flows if (f := self._flows.get(n)) and f.refresh_url), None
        )

    def _grant(self, flow: str) -> Grant | None:
        if flow == CLIENT:
            return {"grant_type": "client_credentials", "scope": self.scope(), **self.extra()}
        if flow == PASSWORD:
            user, password = self.given.user()
            return {
                "grant_type": "password",
                "username": user,
                "password": password,
                "scope": self.scope(),
                **self.extra(),
            }
        return None


def oauth2_credential(
    scheme: SchemeObject, scopes: Sequence[str], given: Given, context: Context
) -> OAuth2 | None:
    """The credential of an ``oauth2`` or ``openIdConnect`` scheme; None when not enough was given.

    A token that was given is no matter of this.

    Raises:
        CredentialsError: what was given is wrong.
    """
    assert not given.has(VALUE)
    setup = OAuth2Setup(scheme, scopes, given, context)
    flow = setup.flow()
    if flow is None:
        return None
    again = f"log in again: arazzo auth FILE --login {scheme.name}"
    return OAuth2(lambda: setup.source(flow), context.tokens, context.now, given.learn, again)
