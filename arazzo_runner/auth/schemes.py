"""What of a Security Scheme Object is read here, in any version of OpenAPI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol
from urllib.parse import urljoin

from arazzo_runner.auth.places import AUTHORIZATION, Place
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import Json

__all__ = [
    "LOGIN_FLOWS",
    "Flow",
    "SchemeObject",
    "describe_scheme",
    "flows_of",
    "metadata_url",
    "place_of",
]

LOGIN_FLOWS: Final = ("authorizationCode", "deviceAuthorization")
"""Flows in which a person logs in."""

_SWAGGER_FLOWS: Final = {"application": "clientCredentials", "accessCode": "authorizationCode"}


class SchemeObject(Protocol):
    """A Security Scheme Object: ``name`` is its key, ``parameter`` its ``name``."""

    @property
    def name(self) -> str:
        """Its key in the description."""
        ...

    @property
    def type(self) -> str:
        """``type``; 2.0's basic is ``http``."""
        ...

    @property
    def scheme(self) -> str | None:
        """``scheme`` of type http."""
        ...

    @property
    def location(self) -> str | None:
        """``in`` of an API key."""
        ...

    @property
    def parameter(self) -> str | None:
        """``name`` of an API key."""
        ...

    @property
    def raw(self) -> Mapping[str, Json]:
        """All of it."""
        ...


class Flow(NamedTuple):
    """OAuth Flow Object; URLs are absolute."""

    authorization_url: str | None = None
    token_url: str | None = None
    refresh_url: str | None = None
    device_url: str | None = None


def place_of(scheme: SchemeObject) -> Place | None:
    """Where the scheme's credential goes; None for a scheme that is not understood."""
    if scheme.type == "apiKey":
        name, location = scheme.parameter, scheme.location
        if not name or location not in ("header", "query", "cookie"):
            return None
        return Place(location, name.lower() if location == "header" else name)
    if scheme.type == "mutualTLS":
        return Place("connection", "")
    return AUTHORIZATION if scheme.type in ("http", "oauth2", "openIdConnect") else None


def describe_scheme(scheme: SchemeObject) -> str:
    """A few words: ``API key in header X-Key``, ``HTTP basic``, ``OAuth2 (password)``."""
    if scheme.type == "apiKey":
        return f"API key in {scheme.location} {scheme.parameter}"
    if scheme.type == "http":
        return f"HTTP {(scheme.scheme or '').lower()}".strip()
    if scheme.type == "oauth2":
        names = ", ".join(flows_of(scheme, ""))
        return f"OAuth2 ({names})" if names else "OAuth2"
    names_of_types = {
        "openIdConnect": "OpenID Connect",
        "mutualTLS": "client certificate (mutual TLS)",
    }
    return names_of_types.get(scheme.type, f"type {scheme.type or 'unknown'}")


def flows_of(scheme: SchemeObject, base_url: str) -> dict[str, Flow]:
    """The flows of an OAuth2 scheme by their names of OpenAPI 3.x; relative URLs resolved."""
    raw = scheme.raw
    if isinstance(raw.get("flow"), str):  # OpenAPI 2.0
        name = str(raw["flow"])
        return {_SWAGGER_FLOWS.get(name, name): _flow(raw, base_url)}
    flows = raw.get("flows")
    if not isinstance(flows, dict):
        return {}
    return {
        str(name): _flow(flow, base_url) for name, flow in flows.items() if isinstance(flow, dict)
    }


def _flow(raw: Mapping[str, Json], base_url: str) -> Flow:
    def url(name: str) -> str | None:
        value = raw.get(name)
        return _absolute(value, base_url) if isinstance(value, str) and value else None

    return Flow(
        url("authorizationUrl"), url("tokenUrl"), url("refreshUrl"), url("deviceAuthorizationUrl")
    )


def metadata_url(scheme: SchemeObject, base_url: str) -> str | None:
    """Where the server describes itself: OpenID Connect Discovery, or RFC 8414 (OpenAPI 3.2)."""
    for name in ("openIdConnectUrl", "oauth2MetadataUrl"):
        url = scheme.raw.get(name)
        if isinstance(url, str) and url:
            found = _absolute(url, base_url)
            if name == "openIdConnectUrl" and "/.well-known/" not in found:
                found = f"{found.rstrip('/')}/.well-known/openid-configuration"
            return found
    return None


def _absolute(url: str, base_url: str) -> str:
    """A relative URL is meant from the API's server."""
    return urljoin(f"{base_url.rstrip('/')}/", url)
