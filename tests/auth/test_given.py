"""What was given for a scheme, and from where."""

from __future__ import annotations

from typing import Any

import pytest

from arazzo_runner import ClientCertificate, Settings
from arazzo_runner.auth import find_given
from arazzo_runner.auth.given import FIELDS, VALUE, Given, is_public, variable_name
from arazzo_runner.auth.making import how_to_give, ways_to_give
from arazzo_runner.auth.oauth2_client import Client
from arazzo_runner.auth.schemes import describe_scheme, flows_of, metadata_url, place_of
from arazzo_runner.errors import CredentialsError
from arazzo_runner.openapi.swagger import security_scheme
from arazzo_runner.values import Redactor


def find(credentials: dict[str, Any], redactor: Redactor | None = None, **environ: str) -> Given:
    return find_given("pets", "s", credentials, redactor or Redactor(), environ)


@pytest.mark.parametrize(
    ("credentials", "environ", "expected"),
    [
        ({"s": "a"}, {}, ("a", "the setting 's'")),
        ({"pets.s": "a", "s": "b"}, {"ARAZZO_PETS_S": "c"}, ("a", "the setting 'pets.s'")),
        ({"s": {"value": "a"}}, {}, ("a", "the setting 's'")),
        ({}, {"ARAZZO_PETS_S": "c"}, ("c", "the environment variable 'ARAZZO_PETS_S'")),
        ({"s": "env:X"}, {"X": "x"}, ("x", "the setting 's'")),
        ({"other.s": "a", "t": "b"}, {}, None),
        ({}, {"ARAZZO_PETS_S": ""}, None),
    ],
)
def test_the_first_that_is_there(
    credentials: dict[str, Any], environ: dict[str, str], expected: tuple[str, str] | None
) -> None:
    given = find(credentials, **environ)
    if expected is None:
        assert not given.fields
        assert given.read(VALUE) is None
    else:
        assert (given.read(VALUE), given.fields[VALUE].origin) == expected


def test_fields_from_several_places() -> None:
    credentials = {"pets.s.username": "alice", "s": {"password": "env:PW"}}
    given = find(credentials, PW="pa:ss", ARAZZO_PETS_S_CLIENT_ID="me")
    assert given.user() == ("alice", "pa:ss")
    assert given.read("client_id") == "me"
    assert given.has("username", "password")
    assert not given.has("username", "token")
    assert given.first("token", "client_id") == "client_id"


def test_a_field_that_there_is_not() -> None:
    with pytest.raises(CredentialsError, match="'s' has no field 'user'"):
        find({"s": {"user": "alice"}})


def test_literal_secrets_are_known_at_once() -> None:
    redactor = Redactor()
    find({"s": {"password": "pass-word", "token": "literal:t0ken", "username": "alice"}}, redactor)
    assert redactor.text("pass-word t0ken alice") == "••• ••• alice"


def test_errors_name_the_field_not_the_value() -> None:
    with pytest.raises(CredentialsError, match=r"of source 'pets', password: .*'PW' is not set"):
        find({"s": {"username": "alice", "password": "env:PW"}}).user()


@pytest.mark.parametrize(
    ("source", "scheme", "field", "name"),
    [
        ("pets", "key", VALUE, "ARAZZO_PETS_KEY"),
        ("petApi", "my-key.v2", "client_id", "ARAZZO_PETAPI_MY_KEY_V2_CLIENT_ID"),
        ("p", "ä", VALUE, "ARAZZO_P_"),
    ],
)
def test_variables(source: str, scheme: str, field: str, name: str) -> None:
    assert variable_name(source, scheme, field) == name


def test_which_fields_may_be_shown() -> None:
    public = {name for name in (VALUE, *FIELDS, "unknown") if is_public(name)}
    assert public.isdisjoint(
        {VALUE, "unknown", "password", "token", "client_secret", "refresh_token", "key_password"}
    )
    assert {"client_id", "username", "scope", "certificate"} <= public


def test_nothing_secret_in_representations() -> None:
    secret = "s3cret-value"
    settings = Settings(
        credentials={"a": secret, "b": {"password": secret}},
        headers=(("Authorization", secret),),
        certificate=ClientCertificate("c.pem", "k.pem", secret),
    )
    assert secret not in repr(settings)
    assert "credentials=['a', 'b'], " in repr(settings)
    assert secret not in repr(Client("id", secret))


PASSWORD_WAY = (
    "pets.s.username=USER --auth pets.s.password=PASSWORD --auth pets.s.client_id=ID "
    "--auth pets.s.client_secret=SECRET"
)

# -- schemes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "described", "way"),
    [
        ({"type": "apiKey", "in": "query", "name": "k"}, "API key in query k", "pets.s=VALUE"),
        ({"type": "basic"}, "HTTP basic", "pets.s=USER:PASSWORD"),
        ({"type": "http", "scheme": "Bearer"}, "HTTP bearer", "pets.s=TOKEN"),
        ({"type": "http"}, "HTTP", "pets.s=VALUE"),
        ({"type": "oauth2"}, "OAuth2", "pets.s=TOKEN"),
        (
            {"type": "oauth2", "flow": "password"},
            "OAuth2 (password)",
            PASSWORD_WAY,
        ),
        ({"type": "mutualTLS"}, "client certificate (mutual TLS)", "pets.s.certificate=FILE.pem"),
        ({"type": "openIdConnect"}, "OpenID Connect", "pets.s.client_id=ID"),
        ({"type": ""}, "type unknown", "pets.s=VALUE"),
    ],
)
def test_described(raw: dict[str, Any], described: str, way: str) -> None:
    scheme = security_scheme("s", raw)
    assert describe_scheme(scheme) == described
    assert f"--auth {way}" in how_to_give("pets", scheme)
    assert ways_to_give(scheme)


@pytest.mark.parametrize(
    "raw",
    [
        {"type": "apiKey", "in": "query"},
        {"type": "apiKey", "in": "body", "name": "k"},
        {"type": "magic"},
    ],
)
def test_schemes_that_are_not_understood(raw: dict[str, Any]) -> None:
    assert place_of(security_scheme("s", raw)) is None


def test_flows() -> None:
    flows = {"password": {"tokenUrl": "t", "refreshUrl": "/r"}, "implicit": 5, "x": {"tokenUrl": 1}}
    found = flows_of(security_scheme("s", {"type": "oauth2", "flows": flows}), "http://h/v1")
    assert found["password"].token_url == "http://h/v1/t"
    assert found["password"].refresh_url == "http://h/r"
    assert found["x"].token_url is None
    assert list(found) == ["password", "x"]
    assert flows_of(security_scheme("s", {"type": "oauth2", "flows": []}), "") == {}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"openIdConnectUrl": "https://i"}, "https://i/.well-known/openid-configuration"),
        ({"openIdConnectUrl": "https://i/r/"}, "https://i/r/.well-known/openid-configuration"),
        ({"openIdConnectUrl": "https://i/.well-known/x"}, "https://i/.well-known/x"),
        ({"oauth2MetadataUrl": "/m"}, "http://h/m"),
        ({"openIdConnectUrl": 5}, None),
        ({}, None),
    ],
)
def test_metadata_urls(raw: dict[str, Any], expected: str | None) -> None:
    assert metadata_url(security_scheme("s", raw), "http://h") == expected
