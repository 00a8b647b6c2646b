"""The credential of a security scheme, made of what was given for it."""

from __future__ import annotations

from collections.abc import Sequence

from arazzo_runner.auth.context import Context
from arazzo_runner.auth.credential import Credential
from arazzo_runner.auth.fixed import Certificate, Fixed, basic_value, bearer_value, literal_value
from arazzo_runner.auth.given import VALUE, Given, variable_name
from arazzo_runner.auth.schemes import LOGIN_FLOWS, SchemeObject, flows_of, place_of

__all__ = ["how_to_give", "make_credential", "option_name", "ways_to_give"]


def make_credential(
    scheme: SchemeObject, scopes: Sequence[str], given: Given, context: Context
) -> Credential | None:
    """The credential, not yet prepared; None when not enough was given.

    Raises:
        CredentialsError: what was given cannot be meant.
    """
    place = place_of(scheme)
    if place is None:
        return None
    if scheme.type == "apiKey":
        name = scheme.parameter or ""
        if not given.has(VALUE):
            return None
        return Fixed(lambda: given.read(VALUE) or "", place, name)
    if scheme.type == "http":
        return _http((scheme.scheme or "").lower(), given)
    if scheme.type == "mutualTLS":
        return Certificate(given, context.show) if given.first(VALUE, "certificate") else None
    if given.first(VALUE, "token"):
        return Fixed.authorization(lambda: bearer_value(given))
    from arazzo_runner.auth.oauth2_setup import oauth2_credential

    return oauth2_credential(scheme, scopes, given, context)


def _http(scheme: str, given: Given) -> Credential | None:
    if scheme in ("basic", "digest"):
        if not (given.has(VALUE) or given.has("username")):
            return None
        if scheme == "digest":
            from arazzo_runner.auth.digest import Digest

            return Digest(given.user)
        return Fixed.authorization(lambda: basic_value(given))
    if scheme == "bearer":
        has_token = given.first(VALUE, "token")
        return Fixed.authorization(lambda: bearer_value(given)) if has_token else None
    return Fixed.authorization(lambda: literal_value(given)) if given.has(VALUE) else None


def ways_to_give(scheme: SchemeObject) -> list[list[tuple[str, str]]]:
    """The fields that meet a scheme, a list for each way: the field, and what it is."""
    if scheme.type == "mutualTLS":
        return [[("certificate", "FILE.pem"), ("key", "FILE.pem")]]
    if scheme.type == "http" and (scheme.scheme or "").lower() in ("basic", "digest"):
        return [[(VALUE, "USER:PASSWORD")]]
    if scheme.type not in ("oauth2", "openIdConnect"):
        return [[(VALUE, "TOKEN" if (scheme.scheme or "").lower() == "bearer" else "VALUE")]]
    client = [("client_id", "ID"), ("client_secret", "SECRET")]
    flows = flows_of(scheme, "")
    open_id = scheme.type == "openIdConnect"
    ways = []
    if "clientCredentials" in flows or open_id:
        ways.append(client)
    if "password" in flows:
        ways.append([("username", "USER"), ("password", "PASSWORD"), *client])
    return [*ways, [(VALUE, "TOKEN")]]


def option_name(name: str, field: str) -> str:
    """What stands before the ``=`` of ``--auth`` for a field of a scheme."""
    return name if field == VALUE else f"{name}.{field}"


def how_to_give(source: str, scheme: SchemeObject) -> str:
    """One line: the options or variables that give the first way."""
    way = ways_to_give(scheme)[0]
    name = f"{source}.{scheme.name}"
    options = " ".join(f"--auth {option_name(name, field)}={what}" for field, what in way)
    variables = " and ".join(variable_name(source, scheme.name, field) for field, _ in way)
    text = f"give it with {options}, or with {variables}"
    flows = flows_of(scheme, "")
    if scheme.type == "openIdConnect" or any(flow in flows for flow in LOGIN_FLOWS):
        text += f"; or log in: arazzo auth FILE --login {scheme.name}"
    return text
