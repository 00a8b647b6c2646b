"""A person logs in: authorization code with PKCE on a page of this machine, or a device code.

RFC 6749 §4.1, RFC 7636, RFC 8252 §7.3 (loopback), RFC 9207 (issuer), RFC 8628.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlencode, urlsplit

from arazzo_runner.auth.loopback import Loopback
from arazzo_runner.auth.oauth2_client import Refused, TokenEndpoint
from arazzo_runner.auth.oauth2_setup import CODE, OAuth2Setup
from arazzo_runner.auth.schemes import LOGIN_FLOWS
from arazzo_runner.auth.tokens import Token
from arazzo_runner.errors import CredentialsError
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import Json

__all__ = ["Person", "log_in"]

_DEVICE_GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"


class Person(NamedTuple):
    """How to reach the person who logs in.

    Attributes:
        tell: shows a line of text.
        open_page: opens a URL in a browser; False when there is none.
        sleep: lets seconds pass.
        patience: seconds to wait for an answer.
    """

    tell: Callable[[str], None]
    open_page: Callable[[str], bool]
    sleep: Callable[[float], None]
    patience: float = 300.0


def log_in(setup: OAuth2Setup, person: Person) -> Token:
    """Let a person log in, and keep the token.

    Raises:
        CredentialsError: the scheme has no such flow, the person refused or did not answer, or the
            token cannot be kept.
    """
    flow = setup.login_flow()
    if flow is None:
        raise CredentialsError(
            f"the scheme '{setup.scheme.name}' has no flow in which somebody logs in",
            hint=f"'arazzo auth FILE' says how to give its credentials; give "
            f"--auth {setup.scheme.name}.authorization_url=URL for a server that has one",
        )
    if not setup.client.client_id:
        name = f"{setup.context.source}.{setup.scheme.name}.client_id"
        raise CredentialsError(
            f"a login of '{setup.scheme.name}' needs the client_id that the server knows",
            hint=f"give it: --auth {name}=ID",
        )
    endpoint = setup.endpoint(*LOGIN_FLOWS)
    token = (_by_code if flow == CODE else _by_device)(setup, endpoint, person)
    try:
        setup.context.tokens.put(setup.login_key, token, setup.about)
    except OSError as error:
        raise CredentialsError(f"the token cannot be kept: {error.strerror or error}") from None
    return token


def _scope(setup: OAuth2Setup) -> str | None:
    """OpenID Connect asks for ``openid``, and for refresh tokens where the server knows how."""
    scope = setup.scope()
    if not setup.is_open_id or setup.given.has("scope"):
        return scope
    words = dict.fromkeys(("openid", *(scope or "").split()))
    supported = setup.metadata.get("scopes_supported")
    if isinstance(supported, list) and "offline_access" in supported:
        words["offline_access"] = None
    return " ".join(words)


# -- authorization code --------------------------------------------------------------------------


def _by_code(setup: OAuth2Setup, endpoint: TokenEndpoint, person: Person) -> Token:
    address = setup.url("authorization_url", "authorization_endpoint", CODE, "implicit")
    if not address or urlsplit(address).scheme not in ("http", "https"):
        raise CredentialsError(f"'{address or ''}' is not the page of an authorization server")
    verifier, state = secrets.token_urlsafe(64), secrets.token_urlsafe(24)
    setup.given.learn(verifier)
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    with Loopback(setup.given.read("redirect_uri")) as page:
        query = {
            "response_type": "code",
            "client_id": setup.client.client_id,
            "redirect_uri": page.address,
            "scope": _scope(setup),
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **setup.extra(),
        }
        sent = urlencode({name: value for name, value in query.items() if value is not None})
        url = f"{address}{'&' if '?' in address else '?'}{sent}"
        opened = person.open_page(url)
        person.tell(
            "Log in with your browser" + ("" if opened else ", at this address") + f":\n{url}"
        )
        answer = page.wait(state, person.patience)
    issuer = setup.metadata.get("issuer") if "iss" in answer else None
    if isinstance(issuer, str) and answer["iss"] != issuer:
        raise CredentialsError("the login was answered by another authorization server")
    code = answer["code"]
    setup.given.learn(code)
    return endpoint.token(
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": page.address,
            "code_verifier": verifier,
        }
    )


# -- device code ---------------------------------------------------------------------------------


def _by_device(setup: OAuth2Setup, endpoint: TokenEndpoint, person: Person) -> Token:
    member = "device_authorization_endpoint"
    url = setup.url("device_authorization_url", member, *LOGIN_FLOWS)
    if not url:
        raise CredentialsError(
            "nobody says where the server gives out device codes",
            hint=f"give it: --auth {setup.scheme.name}.device_authorization_url=URL",
        )
    asked = endpoint.post(url, {"scope": _scope(setup), **setup.extra()})
    device, user, page = (_text(asked, n) for n in ("device_code", "user_code", "verification_uri"))
    setup.given.learn(device)
    complete = asked.get("verification_uri_complete")
    person.tell(f"Open {page} and enter the code {user}")
    if isinstance(complete, str) and urlsplit(complete).scheme in ("http", "https"):
        person.open_page(complete)
    interval = _number(asked.get("interval"), 5.0)
    now = setup.context.now
    end = now() + _number(asked.get("expires_in"), person.patience)
    while now() < end:
        person.sleep(interval)
        try:
            return endpoint.token({"grant_type": _DEVICE_GRANT, "device_code": device})
        except Refused as refused:
            if refused.error == "slow_down":
                interval += 5
            elif refused.error == "access_denied":
                raise CredentialsError("the login was refused") from None
            elif refused.error == "expired_token":
                break
            elif refused.error != "authorization_pending":
                raise
    raise CredentialsError("nobody entered the code in time", hint="log in again")


def _text(data: Mapping[str, Json], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise CredentialsError(f"the authorization server gave no {name}")
    return value


def _number(value: Json, default: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 10**6:
        return default
    return float(value)
