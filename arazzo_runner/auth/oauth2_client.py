"""Asking an authorization server: token requests (RFC 6749), metadata (RFC 8414, OpenID Connect).

Our own few requests over the run's own client, so that proxies, certificates, time limits and the
size limit hold for them too.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qs, quote, quote_plus, urlencode

from arazzo_runner.auth.credential import Send
from arazzo_runner.auth.tokens import Token
from arazzo_runner.errors import CredentialsError, TransportError
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import Json, Request, Response, Value

__all__ = ["Client", "Refused", "TokenEndpoint", "fetch_metadata"]

BASIC: Final = "client_secret_basic"
POST: Final = "client_secret_post"
NONE: Final = "none"
_METHODS: Final = (BASIC, POST, NONE)


class Refused(CredentialsError):
    """The authorization server said no. ``error`` is its code, such as ``invalid_grant``."""

    def __init__(self, message: str, error: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.error = error


class Client(NamedTuple):
    """The client as the authorization server knows it. ``method``: how it says its secret;
    None tries basic, then the form."""

    client_id: str | None
    client_secret: str | None = None
    method: str | None = None

    def __repr__(self) -> str:
        return f"Client({self.client_id!r})"


class TokenEndpoint:
    """The token endpoint, for one client. ``learn`` is told every secret that comes back."""

    def __init__(
        self,
        url: str,
        client: Client,
        send: Send,
        now: Callable[[], float],
        learn: Callable[[str], None],
    ) -> None:
        if client.method is not None and client.method not in _METHODS:
            raise CredentialsError(
                f"there is no way '{client.method}' for a client to authenticate here",
                hint=f"auth_method is one of {', '.join(_METHODS)}",
            )
        self.url = url
        self._client = client
        self._send = send
        self._now = now
        self._learn = learn
        self._method = client.method or (BASIC if client.client_secret else NONE)

    def token(self, form: Mapping[str, str | None], url: str | None = None) -> Token:
        """Ask for a token with a grant, at ``url`` when that is not the token endpoint.

        Raises:
            Refused: the server's answer is an error.
            CredentialsError: no answer, or one that is no token.
        """
        asked_at = self._now()
        data = self.post(url or self.url, form)
        token = data.get("access_token")
        if not isinstance(token, str) or not token:
            where = self.url.partition("?")[0]
            raise CredentialsError(f"the token endpoint {where} gave no access_token")
        refresh, kind, scope = (data.get(n) for n in ("refresh_token", "token_type", "scope"))
        for secret in (token, refresh, data.get("id_token")):
            if isinstance(secret, str):
                self._learn(secret)
        lifetime = _seconds(data.get("expires_in"))
        kind = kind if isinstance(kind, str) and kind.isalnum() else "Bearer"
        return Token(
            token,
            asked_at,
            None if lifetime is None else asked_at + lifetime,
            refresh if isinstance(refresh, str) and refresh else None,
            "Bearer" if kind.lower() == "bearer" else kind,
            scope if isinstance(scope, str) else None,
        )

    def post(self, url: str, form: Mapping[str, str | None]) -> Mapping[str, Json]:
        """The object that the server answers to a form; the client says who it is.

        Raises:
            Refused: the answer is an error.
            CredentialsError: no answer, or one that is not to be read.
        """
        try:
            return self._post(url, form)
        except Refused as refused:
            may_change = self._client.method is None and self._method == BASIC
            if refused.error != "invalid_client" or not may_change:
                raise
        self._method = POST  # servers that know only the form
        try:
            return self._post(url, form)
        except Refused:
            self._method = BASIC
            raise

    def _post(self, url: str, form: Mapping[str, str | None]) -> Mapping[str, Json]:
        fields = {name: value for name, value in form.items() if value is not None}
        headers = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Accept", "application/json"),
        ]
        client = self._client
        if self._method == BASIC and client.client_secret:
            pair = f"{quote_plus(client.client_id or '')}:{quote_plus(client.client_secret)}"
            encoded = base64.b64encode(pair.encode()).decode()
            self._learn(encoded)
            headers.append(("Authorization", f"Basic {encoded}"))
        else:
            if client.client_id:
                fields["client_id"] = client.client_id
            if self._method == POST and client.client_secret:
                fields["client_secret"] = client.client_secret
        body = urlencode(fields, quote_via=quote).encode()
        return _object(self._send, Request("POST", url, tuple(headers), body))


def fetch_metadata(url: str, send: Send) -> Mapping[str, Json]:
    """What an authorization server says about itself.

    Raises:
        CredentialsError: it cannot be had.
    """
    return _object(send, Request("GET", url, (("Accept", "application/json"),)))


def _object(send: Send, request: Request) -> Mapping[str, Json]:
    """The JSON object of an answer (or the form that old servers send)."""
    url = request.url.partition("?")[0]
    try:
        response = send(request)
    except TransportError as lost:
        raise CredentialsError(
            f"the authorization server cannot be asked ({url}): {lost.message}", hint=lost.hint
        ) from None
    data = _data(response.body)
    error = data.get("error") if data is not None else None
    if isinstance(error, str) or not 200 <= response.status < 300:
        raise _refusal(url, response, data or {}, error if isinstance(error, str) else "")
    if data is None:
        raise CredentialsError(f"the answer of {url} is not a JSON object")
    return data


def _refusal(url: str, response: Response, data: Mapping[str, Json], error: str) -> Refused:
    if not error and response.status == 401:
        error = "invalid_client"
    description = data.get("error_description")
    why = f": {description}" if isinstance(description, str) and description else ""
    what = error or f"status {response.status}"
    message = f"the authorization server refused ({url}): {what}{why}"
    hint = "check client_id and client_secret" if error == "invalid_client" else None
    return Refused(message, error, hint=hint)


def _data(body: Value) -> Mapping[str, Json] | None:
    if isinstance(body, bytes):
        body = body.decode("utf-8", "replace")
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            return {name: values[0] for name, values in parse_qs(str(body)).items()} or None
    return body if isinstance(body, dict) else None


def _seconds(value: Json) -> float | None:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return None
    return seconds if 0 < seconds < 10**10 else None
