"""What authorization servers answer, well and badly."""

from __future__ import annotations

from typing import Any

import pytest

from arazzo_runner.auth.oauth2_client import Client, Refused, TokenEndpoint
from arazzo_runner.errors import CredentialsError, TransportError
from arazzo_runner.values import ABSENT, Request, Response


def endpoint(response: Response, client: Client | None = None) -> TokenEndpoint:
    return TokenEndpoint(
        "http://h/token?x",
        client or Client("id"),
        lambda _: response,
        lambda: 100.0,
        lambda _: None,
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"access_token": "t"}, ("t", None, "Bearer")),
        ({"access_token": "t", "expires_in": "60", "token_type": "bearer"}, ("t", 160.0, "Bearer")),
        ({"access_token": "t", "expires_in": None, "token_type": "Token"}, ("t", None, "Token")),
        ({"access_token": "t", "expires_in": -5, "token_type": 7}, ("t", None, "Bearer")),
        ({"access_token": "t", "expires_in": 1e12, "token_type": "a b"}, ("t", None, "Bearer")),
        ("access_token=t&expires_in=60", ("t", 160.0, "Bearer")),
        (b'{"access_token": "t"}', ("t", None, "Bearer")),
    ],
)
def test_tokens(body: Any, expected: tuple[str, float | None, str]) -> None:
    token = endpoint(Response(200, body=body)).token({"grant_type": "x", "scope": None})
    assert (token.access_token, token.expires_at, token.token_type) == expected


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (200, ABSENT, "is not a JSON object"),
        (200, "hello", "is not a JSON object"),
        (200, [1], "is not a JSON object"),
        (200, {}, "gave no access_token"),
        (200, {"access_token": 5}, "gave no access_token"),
        (200, {"error": "bad_verification_code"}, "bad_verification_code"),
        (302, ABSENT, "status 302"),
        (400, {"error": "invalid_scope", "error_description": "no 'x'"}, "invalid_scope: no 'x'"),
        (401, ABSENT, "invalid_client"),
        (500, "<h1>down</h1>", "status 500"),
        (503, {"error": {"odd": 1}}, "status 503"),
    ],
)
def test_what_is_no_token(status: int, body: Any, message: str) -> None:
    with pytest.raises(CredentialsError, match=message) as error:
        endpoint(Response(status, body=body)).token({})
    assert "?x" not in str(error.value)


def test_both_ways_are_refused() -> None:
    sent: list[Request] = []

    def send(request: Request) -> Response:
        sent.append(request)
        return Response(401, body={"error": "invalid_client"})

    asked = TokenEndpoint("http://h/", Client("i d", "s&t"), send, lambda: 0.0, lambda _: None)
    for _ in range(2):
        with pytest.raises(Refused) as error:
            asked.token({"grant_type": "x"})
        assert error.value.hint == "check client_id and client_secret"
    bodies = [request.body for request in sent]
    assert bodies == [b"grant_type=x", b"grant_type=x&client_id=i%20d&client_secret=s%26t"] * 2


def test_no_answer() -> None:
    def send(_: Request) -> Response:
        raise TransportError("no connection to h", kind="connect", hint="look")

    asked = TokenEndpoint("http://h/", Client(None), send, lambda: 0.0, lambda _: None)
    with pytest.raises(CredentialsError, match=r"cannot be asked .*no connection to h") as error:
        asked.token({})
    assert error.value.hint == "look"
