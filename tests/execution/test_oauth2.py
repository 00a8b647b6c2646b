"""OAuth2 and OpenID Connect against a strict server on loopback, through both doors."""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from arazzo_runner import AsyncRunner, CredentialsError, Runner
from arazzo_runner.testing import FakeClock
from arazzo_runner.values import Redactor
from tests.support.oauth_server import ID, PASSWORD, SECRET, USER, OAuthServer
from tests.support.secured import DOORS, Door, write_secured

CLIENT = {"client_id": ID, "client_secret": SECRET}
PERSON = {"username": USER, "password": PASSWORD, **CLIENT}


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> Door:
    return DOORS[request.param]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def server(clock: FakeClock) -> Iterator[OAuthServer]:
    with OAuthServer(clock.now) as server:
        yield server


def scheme(server: OAuthServer, *flows: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "oauth2",
        "flows": {
            flow: {"tokenUrl": f"{server.url}/token", "scopes": {"read": "", "write": ""}, **more}
            for flow in flows
        },
    }


def document(folder: Path, server: OAuthServer, written: Any, **more: Any) -> str:
    return write_secured(folder, server.url, {"oauth": written}, [{"oauth": ["read"]}], **more)


# -- client credentials, password ----------------------------------------------------------------


@pytest.mark.parametrize("way", ["basic", "form, found out", "form, told"])
def test_client_credentials(door: Door, server: OAuthServer, tmp_path: Path, way: str) -> None:
    server.basic = way == "basic"
    given = CLIENT | ({"auth_method": "client_secret_post"} if way == "form, told" else {})
    path = document(tmp_path, server, scheme(server, "clientCredentials"), steps=3)
    result = door(path, credentials={"oauth": given})
    assert result.status == "completed"
    assert [grant["scope"] for grant in server.grants] == ["read"]
    requests = [came for came in server.came if came.path == "/token"]
    assert len(requests) == (2 if way == "form, found out" else 1)
    assert len(server.api_calls) == 3


def test_relative_token_url_follows_the_server(
    door: Door, server: OAuthServer, tmp_path: Path
) -> None:
    written = {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/token"}}}
    path = document(tmp_path, server, written)
    assert door(path, credentials={"oauth": CLIENT}).status == "completed"


@pytest.mark.parametrize("version", ["2.0", "3.0.3", "3.2.0"])
def test_password(door: Door, server: OAuthServer, tmp_path: Path, version: str) -> None:
    written: dict[str, Any] = scheme(server, "password")
    if version == "2.0":
        written = {"type": "oauth2", "flow": "password", "tokenUrl": f"{server.url}/token"}
    path = document(tmp_path, server, written, version=version)
    given = {**PERSON, "scope": "read write", "audience": "things"}
    assert door(path, credentials={"oauth": given}).status == "completed"
    grant = server.grants[0]
    assert (grant["username"], grant["scope"], grant["audience"]) == (USER, "read write", "things")


@pytest.mark.parametrize("flow", ["application", "accessCode"])
def test_swagger_flows(door: Door, server: OAuthServer, tmp_path: Path, flow: str) -> None:
    written = {"type": "oauth2", "flow": flow, "tokenUrl": f"{server.url}/token"}
    path = document(tmp_path, server, written, version="2.0")
    given = {**CLIENT, **({"flow": "clientCredentials"} if flow == "accessCode" else {})}
    assert door(path, credentials={"oauth": given}).status == "completed"


def test_a_token_that_is_there(door: Door, server: OAuthServer, tmp_path: Path) -> None:
    server.tokens["mine-own"] = (float("inf"), "")
    path = document(tmp_path, server, scheme(server, "implicit"))
    for given in ("mine-own", {"token": "mine-own"}):
        assert door(path, credentials={"oauth": given}).status == "completed"
    assert server.grants == []


def test_a_refresh_token_that_is_there(door: Door, server: OAuthServer, tmp_path: Path) -> None:
    server.refresh_tokens.add("refresh-0")
    path = document(tmp_path, server, scheme(server, "authorizationCode"), steps=2)
    given = {**CLIENT, "refresh_token": "refresh-0"}
    assert door(path, credentials={"oauth": given}).status == "completed"
    assert len(server.grants) == 1


def test_open_id_connect(door: Door, server: OAuthServer, tmp_path: Path) -> None:
    server.basic = False  # discovery says so: nothing is tried in vain
    for url in (server.url, "/.well-known/openid-configuration"):
        server.came.clear()
        path = document(tmp_path, server, {"type": "openIdConnect", "openIdConnectUrl": url})
        assert door(path, credentials={"oauth": CLIENT}).status == "completed"
        paths = [came.path for came in server.came]
        assert paths == ["/.well-known/openid-configuration", "/token", "/api/things"]


def test_metadata_url_of_openapi_3_2(door: Door, server: OAuthServer, tmp_path: Path) -> None:
    metadata = f"{server.url}/.well-known/openid-configuration"
    written = {"type": "oauth2", "oauth2MetadataUrl": metadata, "flows": {}}
    path = document(tmp_path, server, written, version="3.2.0")
    assert door(path, credentials={"oauth": CLIENT}).status == "completed"


# -- renewal -------------------------------------------------------------------------------------


def test_renewed_before_it_ends(server: OAuthServer, clock: FakeClock, tmp_path: Path) -> None:
    path = document(tmp_path, server, scheme(server, "password"))
    with Runner(clock=clock, credentials={"oauth": PERSON}) as runner:
        for seconds in (0, 560, 20, 600):
            clock.advance(seconds)
            assert runner.run(path).status == "completed"
    kinds = [grant["grant_type"] for grant in server.grants]
    # 580 s of 600 s are within the last 30 s.
    assert kinds == ["password", "refresh_token", "refresh_token"]
    assert len(server.api_calls) == 4  # none was refused and sent again


def test_a_short_life_has_a_short_margin(
    server: OAuthServer, clock: FakeClock, tmp_path: Path
) -> None:
    server.lifetime = 10
    path = document(tmp_path, server, scheme(server, "clientCredentials"))
    with Runner(clock=clock, credentials={"oauth": CLIENT}) as runner:
        for seconds in (0, 8.9, 0.2):
            clock.advance(seconds)
            assert runner.run(path).status == "completed"
    assert len(server.grants) == 2


def test_a_refresh_token_that_may_be_used_again(
    server: OAuthServer, clock: FakeClock, tmp_path: Path
) -> None:
    server.rotates = False
    path = document(tmp_path, server, scheme(server, "password", refreshUrl=f"{server.url}/token"))
    with Runner(clock=clock, credentials={"oauth": PERSON}) as runner:
        for _ in range(3):
            runner.run(path)
            clock.advance(1000)
    assert [g["grant_type"] for g in server.grants] == ["password", *["refresh_token"] * 2]


def test_a_refused_refresh_asks_anew(server: OAuthServer, clock: FakeClock, tmp_path: Path) -> None:
    path = document(tmp_path, server, scheme(server, "password"))
    with Runner(clock=clock, credentials={"oauth": PERSON}) as runner:
        runner.run(path)
        server.refresh_tokens.clear()
        clock.advance(1000)
        assert runner.run(path).status == "completed"
    kinds = [g["grant_type"] for g in server.grants]
    assert kinds == ["password", "refresh_token", "password"]


def test_once_after_a_401(door: Door, server: OAuthServer, tmp_path: Path) -> None:
    server.lifetime = None
    settings: dict[str, Any] = {"credentials": {"oauth": CLIENT}, "tokens": tmp_path / "tokens"}
    path = document(tmp_path, server, scheme(server, "clientCredentials"), method="post")
    door(path, **settings)
    server.revoke()
    result = door(path, **settings)  # the kept token is refused
    assert result.status == "completed"
    assert [step.attempts for step in result.steps] == [1]
    assert (len(server.grants), len(server.api_calls)) == (2, 3)


def test_a_server_that_refuses_every_token(door: Door, server: OAuthServer, tmp_path: Path) -> None:
    path = document(tmp_path, server, scheme(server, "clientCredentials"), steps=1)
    server.lifetime = -1  # ended when it is given: the API refuses it
    assert door(path, credentials={"oauth": CLIENT}).status == "failed"
    assert (len(server.grants), len(server.api_calls)) == (2, 2)


def test_the_same_token_again(server: OAuthServer, clock: FakeClock, tmp_path: Path) -> None:
    server.same_token = True
    path = document(tmp_path, server, scheme(server, "clientCredentials"))
    with Runner(clock=clock, credentials={"oauth": CLIENT}) as runner:
        program = runner.load(path)
        runner.run(program)
        server.revoke()
        assert runner.run(program).status == "completed"
        server.token_type = "Other"  # now the API refuses what it gives
        for _ in range(3):
            assert runner.run(program).status == "failed"
    assert len(server.grants) == 3


def test_a_failed_renewal_keeps_the_answer(door: Door, server: OAuthServer, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"credentials": {"oauth": CLIENT}, "tokens": tmp_path / "tokens"}
    path = document(tmp_path, server, scheme(server, "clientCredentials"))
    door(path, **settings)
    server.revoke()
    server.public = True  # the client is not known any more
    result = door(path, **settings)
    response = result.steps[0].response
    assert response is not None
    assert (result.status, response.status) == ("failed", 401)
    assert "invalid_client" in (response.note or "")


def test_a_step_fails_when_there_is_no_token_any_more(
    server: OAuthServer, clock: FakeClock, tmp_path: Path
) -> None:
    path = document(tmp_path, server, scheme(server, "clientCredentials"), steps=2)
    server.lifetime = 100

    def later(record: object) -> None:
        if type(record).__name__ == "StepFinished":
            clock.advance(1000)
            server.public = True

    with Runner(clock=clock, credentials={"oauth": CLIENT}, on_record=later) as runner:
        result = runner.run(path)
    assert result.error is not None
    assert (result.error.kind, result.error.step_id) == ("credentials", "s1")


# -- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({**CLIENT, "client_secret": "wrong-secret"}, "invalid_client: because invalid_client"),
        ({**PERSON, "password": "wrong-password"}, "invalid_grant"),
        ({**CLIENT, "token_url": "http://127.0.0.1:9/"}, "cannot be asked .*no connection"),
        ({**CLIENT, "flow": "passwort"}, "there is no flow 'passwort'"),
        ({**CLIENT, "auth_method": "magic"}, "no way 'magic'"),
    ],
)
def test_an_error_before_the_first_request(
    door: Door, server: OAuthServer, tmp_path: Path, given: dict[str, str], message: str
) -> None:
    path = document(tmp_path, server, scheme(server, "clientCredentials", "password"))
    with pytest.raises(CredentialsError, match=message) as error:
        door(path, credentials={"oauth": given})
    assert server.api_calls == []
    for secret in ("wrong-secret", "wrong-password", SECRET):
        assert secret not in str(error.value)


def test_no_token_endpoint(door: Door, server: OAuthServer, tmp_path: Path) -> None:
    path = document(tmp_path, server, {"type": "oauth2", "flows": {}})
    with pytest.raises(CredentialsError, match="names no token endpoint") as error:
        door(path, credentials={"oauth": CLIENT})
    assert "--auth pets.oauth.token_url=URL" in (error.value.hint or "")


def test_missing_says_how(door: Door, server: OAuthServer, tmp_path: Path) -> None:
    path = document(tmp_path, server, scheme(server, "clientCredentials", "authorizationCode"))
    message = door(path).warnings[0].message
    assert "--auth pets.oauth.client_id=ID --auth pets.oauth.client_secret=SECRET" in message
    assert "ARAZZO_PETS_OAUTH_CLIENT_ID and ARAZZO_PETS_OAUTH_CLIENT_SECRET" in message
    assert "arazzo auth FILE --login oauth" in message


# -- many runs, many processes -------------------------------------------------------------------


def test_one_token_for_a_hundred_runs(server: OAuthServer, tmp_path: Path) -> None:
    path = document(tmp_path, server, scheme(server, "clientCredentials"))
    tick = threading.Event()
    ticked: list[bool] = []

    def token_asked() -> None:
        """The event loop goes on while a token is waited for."""
        tick.clear()
        ticked.append(tick.wait(20))

    server.token_asked = token_asked

    async def ticking() -> None:
        while True:
            await asyncio.sleep(0.001)
            tick.set()

    async def go() -> list[str]:
        async with AsyncRunner(credentials={"oauth": CLIENT}) as runner:
            program = runner.load(path)
            ticks = asyncio.create_task(ticking())
            results = await runner.run_many(program, [{}] * 100)
            assert len(server.grants) == 1
            server.revoke()
            results += await runner.run_many(program, [{}] * 100)
            ticks.cancel()
            return [result.status for result in results]

    assert asyncio.run(go()) == ["completed"] * 200
    assert len(server.grants) == 2  # all were refused at once; one asked for a new one
    assert ticked == [True, True]


def test_kept_tokens_are_the_owners_alone(door: Door, server: OAuthServer, tmp_path: Path) -> None:
    folder = tmp_path / "state" / "tokens"
    path = document(tmp_path, server, scheme(server, "clientCredentials"))
    before = os.umask(0)
    try:
        for _ in range(2):
            door(path, credentials={"oauth": CLIENT}, tokens=folder)
    finally:
        os.umask(before)
    assert len(server.grants) == 1
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert modes == {0o600}


def test_another_secret_or_server_does_not_find_the_token(
    server: OAuthServer, clock: FakeClock, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {"tokens": tmp_path / "tokens", "clock": clock}
    path = document(tmp_path, server, scheme(server, "clientCredentials"))
    door = DOORS["sync"]
    door(path, credentials={"oauth": CLIENT}, **settings)
    with pytest.raises(CredentialsError, match="invalid_client"):
        door(path, credentials={"oauth": {**CLIENT, "client_secret": "guess"}}, **settings)
    with OAuthServer(clock.now) as other:
        door(path, credentials={"oauth": CLIENT}, servers={"pets": other.url}, **settings)
        tokens = {came.headers["authorization"] for came in other.api_calls}
    assert tokens.isdisjoint({came.headers["authorization"] for came in server.api_calls})


def test_what_comes_back_is_a_secret(door: Door, server: OAuthServer, tmp_path: Path) -> None:
    path = document(tmp_path, server, scheme(server, "password"))
    for _ in range(2):  # the second time from the folder
        redactor = Redactor()
        door(path, credentials={"oauth": PERSON}, redactor=redactor, tokens=tmp_path / "tokens")
        for secret in (*server.tokens, *server.refresh_tokens, SECRET, PASSWORD):
            assert redactor.text(f"<{secret}>") == "<•••>"
        assert redactor.text(f"{USER} {ID}") == f"{USER} {ID}"
