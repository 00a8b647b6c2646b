"""An authorization server and an API behind it, strict about what RFC 6749, 7636 and 8628 say."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote_plus, urlencode

from tests.support.loopback import Came, LoopbackServer, Say

__all__ = ["OAuthServer"]

ID, SECRET = "the-client", "c1ient s3cret/+"
USER, PASSWORD = "alice", "pa:ss w0rd"


def refused(error: str, status: int = 400) -> Say:
    return Say(status, {"error": error, "error_description": f"because {error}"})


@dataclass
class OAuthServer:
    """``now`` is the time; tokens live ``lifetime`` seconds. Set the others to change its ways."""

    now: Callable[[], float]
    lifetime: int | None = 600
    basic: bool = True  # how a client says its secret; False: in the form
    public: bool = False  # clients need no secret
    rotates: bool = True  # refresh tokens are used once
    refreshes: bool = True  # gives refresh tokens
    device_patience: int = 2  # polls before the person has answered
    device_end: str = ""  # how a device login ends instead
    interval: int = 7  # seconds between two polls
    issuer: str = ""
    token_type: str = "Bearer"
    same_token: bool = False
    token_asked: Callable[[], None] = lambda: None
    came: list[Came] = field(default_factory=list)
    grants: list[dict[str, str]] = field(default_factory=list)
    tokens: dict[str, tuple[float, str]] = field(default_factory=dict)
    refresh_tokens: set[str] = field(default_factory=set)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    devices: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._server = LoopbackServer(self._answer)
        self.url = self._server.url

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.__exit__(kind, error, trace)

    @property
    def api_calls(self) -> list[Came]:
        return [came for came in self.came if came.path.startswith("/api")]

    def revoke(self) -> None:
        """No access token is good any more."""
        self.tokens.clear()

    def _answer(self, came: Came) -> Say:
        with self._lock:
            self.came.append(came)
            if came.path.startswith("/api"):
                return self._api(came)
            handler = {
                "/token": self._token,
                "/authorize": self._authorize,
                "/device": self._device,
                "/activate": lambda _: Say(200),
                "/.well-known/openid-configuration": self._metadata,
            }.get(came.path)
            return handler(came) if handler else Say(404)

    def _api(self, came: Came) -> Say:
        kind, _, token = came.headers.get("authorization", "").partition(" ")
        good = self.tokens.get(token)
        if kind != self.token_type or good is None or self.now() >= good[0]:
            return Say(401, {"detail": "no"}, (("WWW-Authenticate", 'Bearer realm="api"'),))
        return Say(200, {"scope": good[1]})

    def _metadata(self, _: Came) -> Say:
        methods = ["client_secret_basic"] if self.basic else ["client_secret_post"]
        return Say(
            200,
            {
                "issuer": self.url,
                "token_endpoint": f"{self.url}/token",
                "authorization_endpoint": f"{self.url}/authorize",
                "device_authorization_endpoint": f"{self.url}/device",
                "token_endpoint_auth_methods_supported": methods,
                "scopes_supported": ["openid", "offline_access", "read"],
            },
        )

    def _client(self, came: Came) -> bool:
        if self.public:
            return came.form.get("client_id") == ID and "client_secret" not in came.form
        if not self.basic:
            return (came.form.get("client_id"), came.form.get("client_secret")) == (ID, SECRET)
        kind, _, encoded = came.headers.get("authorization", "").partition(" ")
        if kind != "Basic" or "client_secret" in came.form:
            return False
        name, _, secret = base64.b64decode(encoded).decode().partition(":")
        return (unquote_plus(name), unquote_plus(secret)) == (ID, SECRET)

    def _authorize(self, came: Came) -> Say:
        query = came.query
        assert query["response_type"] == "code"
        assert query["client_id"] == ID
        assert query["code_challenge_method"] == "S256"
        back = query["redirect_uri"]
        assert back.startswith("http://127.0.0.1:")
        code = secrets.token_urlsafe(12)
        self.codes[code] = query
        answer = {"code": code, "state": query["state"]}
        if self.issuer:
            answer["iss"] = self.issuer
        return Say(302, b"", (("Location", f"{back}?{urlencode(answer)}"),))

    def _device(self, came: Came) -> Say:
        if not self._client(came):
            return refused("invalid_client", 401)
        code = secrets.token_urlsafe(12)
        self.devices[code] = self.device_patience
        return Say(
            200,
            {
                "device_code": code,
                "user_code": "WDJB-MJHT",
                "verification_uri": f"{self.url}/activate",
                "verification_uri_complete": f"{self.url}/activate?user_code=WDJB-MJHT",
                "expires_in": 100,
                "interval": self.interval,
            },
        )

    def _token(self, came: Came) -> Say:
        form = came.form
        assert came.headers["content-type"] == "application/x-www-form-urlencoded"
        if not self._client(came):
            return refused("invalid_client", 401)
        self.token_asked()
        self.grants.append(form)
        kind = form["grant_type"].rpartition(":")[2]
        return getattr(self, f"_grant_{kind}")(form)  # type: ignore[no-any-return]

    def _grant_client_credentials(self, form: dict[str, str]) -> Say:
        return self._give(form.get("scope", ""), refresh=False)

    def _grant_password(self, form: dict[str, str]) -> Say:
        if (form["username"], form["password"]) != (USER, PASSWORD):
            return refused("invalid_grant")
        return self._give(form.get("scope", ""))

    def _grant_refresh_token(self, form: dict[str, str]) -> Say:
        if form["refresh_token"] not in self.refresh_tokens:
            return refused("invalid_grant")
        if self.rotates:
            self.refresh_tokens.remove(form["refresh_token"])
            return self._give("refreshed")
        return self._give("refreshed", refresh=False)

    def _grant_authorization_code(self, form: dict[str, str]) -> Say:
        query = self.codes.pop(form["code"], None)
        if query is None or query["redirect_uri"] != form["redirect_uri"]:
            return refused("invalid_grant")
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != query["code_challenge"]:
            return refused("invalid_grant")
        return self._give(query.get("scope", ""))

    def _grant_device_code(self, form: dict[str, str]) -> Say:
        left = self.devices[form["device_code"]]
        self.devices[form["device_code"]] = left - 1
        if left == self.device_patience and left:
            return refused("slow_down")
        if left > 0:
            return refused("authorization_pending")
        return refused(self.device_end) if self.device_end else self._give("device")

    def _give(self, scope: str, *, refresh: bool = True) -> Say:
        token = "the-same-token" if self.same_token else f"access-{secrets.token_urlsafe(16)}"
        end = float("inf") if self.lifetime is None else self.now() + self.lifetime
        self.tokens[token] = (end, scope)
        body: dict[str, Any] = {"access_token": token, "token_type": self.token_type.lower()}
        if self.lifetime is not None:
            body["expires_in"] = self.lifetime
        if refresh and self.refreshes:
            body["refresh_token"] = f"refresh-{secrets.token_urlsafe(16)}"
            self.refresh_tokens.add(body["refresh_token"])
        return Say(200, body)
