"""Logins by a person: a browser that follows redirects, a device code, and what goes wrong."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from arazzo_runner import Runner
from arazzo_runner.auth.loopback import Loopback
from arazzo_runner.auth.oauth2_login import Person, log_in
from arazzo_runner.auth.oauth2_setup import OAuth2Setup
from arazzo_runner.errors import CredentialsError
from arazzo_runner.linking import OperationCall
from arazzo_runner.testing import FakeClock
from tests.support.oauth_server import ID, SECRET, OAuthServer
from tests.support.secured import write_secured

PUBLIC = {"client_id": ID}


class Someone:
    """A person with a browser; ``visit`` changes the address before it is opened."""

    def __init__(self, clock: FakeClock, visit: Callable[[str], list[str]] = lambda u: [u]) -> None:
        self.told: list[str] = []
        self.pages: list[tuple[int, str]] = []
        self.clock = clock
        self._visit = visit
        self._threads: list[threading.Thread] = []

    def open_page(self, url: str) -> bool:
        thread = threading.Thread(target=self._browse, args=(url,))
        thread.start()
        self._threads.append(thread)
        return True

    def _browse(self, url: str) -> None:
        for address in self._visit(url):
            try:
                with urllib.request.urlopen(address, timeout=10) as page:
                    self.pages.append((page.status, page.read().decode()))
            except urllib.error.HTTPError as error:
                self.pages.append((error.code, error.read().decode()))
                error.close()

    def person(self, patience: float = 10.0) -> Person:
        return Person(self.told.append, self.open_page, self.clock.sleep, patience)

    def leave(self) -> None:
        for thread in self._threads:
            thread.join()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def server(clock: FakeClock) -> Iterator[OAuthServer]:
    with OAuthServer(clock.now, public=True) as server:
        yield server


@pytest.fixture
def someone(clock: FakeClock) -> Iterator[Someone]:
    someone = Someone(clock)
    yield someone
    someone.leave()


def code_scheme(server: OAuthServer, **more: Any) -> dict[str, Any]:
    urls = {"authorizationUrl": f"{server.url}/authorize", "tokenUrl": f"{server.url}/token"}
    return {"type": "oauth2", "flows": {"authorizationCode": {**urls, "scopes": {}, **more}}}


def device_scheme(server: OAuthServer) -> dict[str, Any]:
    urls = {"deviceAuthorizationUrl": f"{server.url}/device", "tokenUrl": f"{server.url}/token"}
    return {"type": "oauth2", "flows": {"deviceAuthorization": urls}}


class Case:
    """A runner over one secured operation, and the login of its scheme."""

    def __init__(self, folder: Path, server: OAuthServer, scheme: Any, given: Any) -> None:
        self.clock = FakeClock()
        self.path = write_secured(folder, server.url, {"oauth": scheme}, [{"oauth": ["read"]}])
        self.settings: dict[str, Any] = {
            "credentials": {"oauth": given},
            "tokens": folder / "tokens",
        }

    def runner(self, clock: FakeClock) -> Runner:
        return Runner(clock=clock, **self.settings)

    def log_in(self, clock: FakeClock, person: Person) -> None:
        with self.runner(clock) as runner:
            program = runner.load(self.path)
            call = program.workflows[program.entries["main"]].steps[0].target
            assert isinstance(call, OperationCall)
            scheme = call.description.security_schemes["oauth"]
            credentials = runner.credentials
            given, context = credentials.given(call, "oauth"), credentials.context(call)
            log_in(OAuth2Setup(scheme, ("read",), given, context), person)


# -- authorization code --------------------------------------------------------------------------


@pytest.mark.parametrize("client", [PUBLIC, {"client_id": ID, "client_secret": SECRET}])
def test_code_then_runs(
    server: OAuthServer, someone: Someone, clock: FakeClock, tmp_path: Path, client: Any
) -> None:
    server.public = client is PUBLIC
    case = Case(tmp_path, server, code_scheme(server), client)
    with case.runner(clock) as runner:
        assert "--login oauth" in runner.run(case.path).warnings[0].message
    case.log_in(clock, someone.person())
    someone.leave()
    assert someone.pages[0][0] == 200
    assert "You are logged in" in someone.pages[0][1]
    assert someone.told[0].startswith("Log in with your browser:\nhttp://127.0.0.1:")
    for seconds in (0, 1000):  # the second run renews the token
        clock.advance(seconds)
        with case.runner(clock) as runner:
            result = runner.run(case.path)
            assert (result.status, result.warnings) == ("completed", ())
    kinds = [grant["grant_type"] for grant in server.grants]
    assert kinds == ["authorization_code", "refresh_token"]


@pytest.mark.parametrize("refreshes", [True, False])
def test_a_login_that_has_ended(
    server: OAuthServer, someone: Someone, clock: FakeClock, tmp_path: Path, refreshes: bool
) -> None:
    server.refreshes = refreshes
    case = Case(tmp_path, server, code_scheme(server), PUBLIC)
    case.log_in(clock, someone.person())
    server.refresh_tokens.clear()
    clock.advance(1000)
    with (
        case.runner(clock) as runner,
        pytest.raises(CredentialsError, match="invalid_grant" if refreshes else "has ended") as e,
    ):
        runner.run(case.path)
    assert e.value.hint == "log in again: arazzo auth FILE --login oauth"


def test_open_id_connect(
    server: OAuthServer, someone: Someone, clock: FakeClock, tmp_path: Path
) -> None:
    server.issuer = server.url
    scheme = {"type": "openIdConnect", "openIdConnectUrl": server.url}
    Case(tmp_path, server, scheme, PUBLIC).log_in(clock, someone.person())
    asked = next(came for came in server.came if came.path == "/authorize")
    assert asked.query["scope"] == "openid read offline_access"


def test_another_issuer(
    server: OAuthServer, someone: Someone, clock: FakeClock, tmp_path: Path
) -> None:
    server.issuer = "https://evil.example"
    scheme = {"type": "openIdConnect", "openIdConnectUrl": server.url}
    with pytest.raises(CredentialsError, match="another authorization server"):
        Case(tmp_path, server, scheme, PUBLIC).log_in(clock, someone.person())
    assert server.grants == []


def test_a_stranger_at_the_page(server: OAuthServer, clock: FakeClock, tmp_path: Path) -> None:
    """Requests that do not know the state change nothing."""

    def visit(url: str) -> list[str]:
        from urllib.parse import parse_qs, urlsplit

        back = parse_qs(urlsplit(url).query)["redirect_uri"][0]
        return [f"{back}?code=stolen&state=guess", back.replace("callback", "other"), url]

    someone = Someone(clock, visit)
    Case(tmp_path, server, code_scheme(server), PUBLIC).log_in(clock, someone.person())
    someone.leave()
    assert [status for status, _ in someone.pages] == [400, 404, 200]


def test_refused_by_the_person(server: OAuthServer, clock: FakeClock, tmp_path: Path) -> None:
    def visit(url: str) -> list[str]:
        from urllib.parse import parse_qs, urlsplit

        query = parse_qs(urlsplit(url).query)
        back, state = query["redirect_uri"][0], query["state"][0]
        return [f"{back}?error=access_denied&error_description=%3Cb%3Eno&state={state}"]

    someone = Someone(clock, visit)
    with pytest.raises(CredentialsError, match="the login was refused: <b>no"):
        Case(tmp_path, server, code_scheme(server), PUBLIC).log_in(clock, someone.person())
    someone.leave()
    assert "<b>" not in someone.pages[0][1]


def test_nobody_comes(server: OAuthServer, clock: FakeClock, tmp_path: Path) -> None:
    someone = Someone(clock, lambda _: [])
    with pytest.raises(CredentialsError, match=r"nobody logged in within 0\.1 s"):
        Case(tmp_path, server, code_scheme(server), PUBLIC).log_in(clock, someone.person(0.1))


def test_redirect_uri(
    server: OAuthServer, someone: Someone, clock: FakeClock, tmp_path: Path
) -> None:
    with Loopback() as free:
        port = free.address.rpartition(":")[2].partition("/")[0]
    given = {**PUBLIC, "redirect_uri": f"http://127.0.0.1:{port}/back", "audience": "a"}
    Case(tmp_path, server, code_scheme(server), given).log_in(clock, someone.person())
    asked = next(came for came in server.came if came.path == "/authorize")
    assert asked.query["redirect_uri"] == f"http://127.0.0.1:{port}/back"
    assert asked.query["audience"] == "a"


def test_a_taken_port() -> None:
    with Loopback() as one, pytest.raises(CredentialsError, match="cannot listen on"):
        Loopback(one.address)


@pytest.mark.parametrize(
    "address",
    ["https://127.0.0.1:1/x", "http://example.com:80/x", "http://localhost/x", "http://[:1/", "x"],
)
def test_addresses_of_other_machines(address: str) -> None:
    with pytest.raises(CredentialsError, match="is not an address of this machine"):
        Loopback(address)


@pytest.mark.parametrize(
    ("scheme", "given", "message"),
    [
        ({"type": "oauth2", "flows": {"password": {"tokenUrl": "/token"}}}, PUBLIC, "has no flow"),
        ({"type": "oauth2", "flows": {"authorizationCode": {"tokenUrl": "/t"}}}, {}, "client_id"),
        (
            {"type": "oauth2", "flows": {"authorizationCode": {"tokenUrl": "/t"}}},
            PUBLIC,
            "'' is not the page of an authorization server",
        ),
        (
            {
                "type": "oauth2",
                "flows": {"authorizationCode": {"tokenUrl": "/t", "authorizationUrl": "file:///x"}},
            },
            PUBLIC,
            "'file:///x' is not the page",
        ),
        (
            {"type": "oauth2", "flows": {"deviceAuthorization": {"tokenUrl": "/t"}}},
            PUBLIC,
            "where the server gives out device codes",
        ),
        ({"type": "oauth2", "flows": {"authorizationCode": {}}}, PUBLIC, "no token endpoint"),
        ({"type": "openIdConnect", "openIdConnectUrl": "/nowhere"}, PUBLIC, "status 404"),
    ],
)
def test_what_it_takes(
    server: OAuthServer,
    someone: Someone,
    clock: FakeClock,
    tmp_path: Path,
    scheme: Any,
    given: Any,
    message: str,
) -> None:
    with pytest.raises(CredentialsError, match=message):
        Case(tmp_path, server, scheme, given).log_in(clock, someone.person())


def test_a_token_that_cannot_be_kept(
    server: OAuthServer, someone: Someone, clock: FakeClock, tmp_path: Path
) -> None:
    (tmp_path / "tokens").write_text("a file where the folder should be")
    with pytest.raises(CredentialsError, match="the token cannot be kept: File exists"):
        Case(tmp_path, server, code_scheme(server), PUBLIC).log_in(clock, someone.person())


# -- device code ---------------------------------------------------------------------------------


@pytest.mark.parametrize("found", ["declared", "given", "discovered"])
def test_device(
    server: OAuthServer, someone: Someone, clock: FakeClock, tmp_path: Path, found: str
) -> None:
    given = {**PUBLIC, "flow": "deviceAuthorization"}
    scheme = device_scheme(server)
    if found == "given":
        scheme = code_scheme(server)
        given["device_authorization_url"] = f"{server.url}/device"
    elif found == "discovered":
        scheme = {"type": "openIdConnect", "openIdConnectUrl": server.url}
    case = Case(tmp_path, server, scheme, given)
    case.log_in(clock, someone.person())
    assert someone.told == [f"Open {server.url}/activate and enter the code WDJB-MJHT"]
    assert clock.sleeps == [7, 12, 12]  # the server said slow_down
    with case.runner(clock) as runner:
        assert runner.run(case.path).status == "completed"


@pytest.mark.parametrize(
    ("end", "message"),
    [
        ("access_denied", "the login was refused"),
        ("expired_token", "nobody entered the code in time"),
        ("authorization_pending", "nobody entered the code in time"),
        ("invalid_grant", "invalid_grant"),
    ],
)
def test_device_that_comes_to_nothing(
    server: OAuthServer,
    someone: Someone,
    clock: FakeClock,
    tmp_path: Path,
    end: str,
    message: str,
) -> None:
    server.device_end = end
    with pytest.raises(CredentialsError, match=message):
        Case(tmp_path, server, device_scheme(server), PUBLIC).log_in(clock, someone.person())
    assert sum(clock.sleeps) <= 112
