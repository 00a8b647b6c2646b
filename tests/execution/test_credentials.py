"""Credentials of calls, over real sockets, through both doors."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from arazzo_runner import AwsSettings, CredentialsError, RunResult
from arazzo_runner.values import Redactor
from tests.support.loopback import Came, LoopbackServer, Say
from tests.support.secured import DOORS, Door, write_secured

KEY = {"type": "apiKey", "in": "header", "name": "X-Key"}
QUERY = {"type": "apiKey", "in": "query", "name": "api key"}
COOKIE = {"type": "apiKey", "in": "cookie", "name": "sid"}
BASIC = {"type": "http", "scheme": "Basic"}
BEARER = {"type": "http", "scheme": "bearer"}
OTHER = {"type": "http", "scheme": "hoba"}
ALL = {
    "key": KEY,
    "query": QUERY,
    "cookie": COOKIE,
    "basic": BASIC,
    "bearer": BEARER,
    "other": OTHER,
}


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> Door:
    return DOORS[request.param]


@pytest.fixture
def api() -> Any:
    with LoopbackServer(lambda _: Say(200)) as server:
        yield server


def sent(api: LoopbackServer) -> Came:
    assert len(api.came) == 1
    return api.came[0]


def missing(result: RunResult) -> list[str]:
    return [w.message for w in result.warnings if w.rule == "credentials-missing"]


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@pytest.mark.parametrize(
    ("scheme", "value", "where", "expected"),
    [
        ("key", "k3y-value", "x-key", "k3y-value"),
        ("basic", "alice:pä:ss", "authorization", basic("alice:pä:ss")),
        (
            "basic",
            {"username": "alice", "password": "secret"},
            "authorization",
            basic("alice:secret"),
        ),
        ("bearer", "t0ken", "authorization", "Bearer t0ken"),
        ("bearer", {"token": "t0ken"}, "authorization", "Bearer t0ken"),
        ("bearer", "bearer t0ken", "authorization", "bearer t0ken"),
        ("other", 'HOBA result="x"', "authorization", 'HOBA result="x"'),
        ("cookie", "c00kie;v", "cookie", "sid=c00kie%3Bv"),
    ],
)
def test_headers(
    door: Door,
    api: LoopbackServer,
    tmp_path: Path,
    scheme: str,
    value: Any,
    where: str,
    expected: str,
) -> None:
    path = write_secured(tmp_path, api.url, ALL, [{scheme: []}])
    result = door(path, credentials={scheme: value})
    assert (result.status, result.warnings) == ("completed", ())
    assert sent(api).headers[where] == expected


def test_query(door: Door, api: LoopbackServer, tmp_path: Path) -> None:
    path = write_secured(
        tmp_path,
        api.url,
        ALL,
        [{"query": []}],
        parameters=[{"name": "q", "in": "query", "value": "1"}],
    )
    door(path, credentials={"pets.query": "a b&c"})
    assert sent(api).target == "/api/things?q=1&api%20key=a%20b%26c"


def test_cookies_are_one_field(door: Door, api: LoopbackServer, tmp_path: Path) -> None:
    path = write_secured(
        tmp_path,
        api.url,
        ALL,
        [{"cookie": []}],
        parameters=[{"name": "a", "in": "cookie", "value": "1"}],
    )
    door(path, credentials={"cookie": "xyz1"})
    assert sent(api).headers["cookie"] == "a=1; sid=xyz1"


@pytest.mark.parametrize("kind", ["basic", "apiKey"])
def test_swagger(door: Door, api: LoopbackServer, tmp_path: Path, kind: str) -> None:
    scheme = {"type": "basic"} if kind == "basic" else {**KEY, "type": "apiKey"}
    path = write_secured(tmp_path, api.url, {"s": scheme}, [{"s": []}], version="2.0")
    door(path, credentials={"s": "alice:secret"})
    headers = sent(api).headers
    given = headers.get("authorization") if kind == "basic" else headers.get("x-key")
    assert given == (basic("alice:secret") if kind == "basic" else "alice:secret")


API_GATEWAY = "https://abc.execute-api.us-east-1.amazonaws.com"

# -- alternatives, combinations, optional --------------------------------------------------------


def test_first_alternative_that_can_be_met(door: Door, api: LoopbackServer, tmp_path: Path) -> None:
    security = [{"basic": []}, {"key": [], "query": []}, {"bearer": []}]
    path = write_secured(tmp_path, api.url, ALL, security)
    result = door(path, credentials={"key": "abcd", "query": "efgh", "bearer": "ijkl"})
    assert result.warnings == ()
    came = sent(api)
    assert (came.headers["x-key"], came.query) == ("abcd", {"api key": "efgh"})
    assert "authorization" not in came.headers


def test_optional_is_silent_and_used_when_given(
    door: Door, api: LoopbackServer, tmp_path: Path
) -> None:
    path = write_secured(tmp_path, api.url, ALL, [{}, {"key": []}])
    assert door(path, strict=True).warnings == ()
    door(path, credentials={"key": "abcd"})
    assert "x-key" not in api.came[0].headers
    assert api.came[1].headers["x-key"] == "abcd"


def test_half_of_a_combination_is_sent_with_a_warning(
    door: Door, api: LoopbackServer, tmp_path: Path
) -> None:
    path = write_secured(tmp_path, api.url, ALL, [{"key": [], "bearer": []}])
    result = door(path, credentials={"key": "abcd"})
    assert [w.rule for w in result.warnings] == ["credentials-missing"]
    assert "--auth pets.bearer=TOKEN" in result.warnings[0].message
    assert sent(api).headers["x-key"] == "abcd"


def test_operation_overrides_document(door: Door, api: LoopbackServer, tmp_path: Path) -> None:
    path = write_secured(tmp_path, api.url, ALL, [])
    description = tmp_path / "flow-api.json"
    text = description.read_text()
    description.write_text(text.replace('"paths"', '"security": [{"key": []}], "paths"'))
    door(path, credentials={"key": "abcd"})
    description.write_text(
        description.read_text().replace('"security": [], "responses"', '"responses"')
    )
    door(path, credentials={"key": "abcd"})
    assert [came.headers.get("x-key") for came in api.came] == [None, "abcd"]


MISSING = (
    "requests to 'pets' go without credentials: nothing is given for 'key', nor for 'basic' and "
    "'query' (give it with --auth pets.key=VALUE, or with ARAZZO_PETS_KEY)"
)

# -- missing -------------------------------------------------------------------------------------


def test_missing_is_a_warning_that_says_how(
    door: Door, api: LoopbackServer, tmp_path: Path
) -> None:
    path = write_secured(tmp_path, api.url, ALL, [{"key": []}, {"basic": [], "query": []}], steps=3)
    result = door(path)
    assert [(w.rule, w.message) for w in result.warnings] == [("credentials-missing", MISSING)]
    assert len(api.came) == 3


def test_strict_sends_nothing(door: Door, api: LoopbackServer, tmp_path: Path) -> None:
    path = write_secured(tmp_path, api.url, ALL, [{"key": []}])
    with pytest.raises(CredentialsError, match="nothing is given for 'key'") as error:
        door(path, strict=True)
    assert "ARAZZO_PETS_KEY" in (error.value.hint or "")
    assert api.came == []


def test_scheme_that_is_not_there(door: Door, api: LoopbackServer, tmp_path: Path) -> None:
    path = write_secured(tmp_path, api.url, {"odd": {"type": "magic"}}, [{"nope": []}])
    assert "does not say what 'nope' is" in door(path).warnings[0].message
    path = write_secured(tmp_path, api.url, {"odd": {"type": "magic"}}, [{"odd": []}])
    assert (
        "nothing is given for 'odd'" in door(path, credentials={"odd": "abcd"}).warnings[0].message
    )


# -- what the step sets itself -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "parameter", "where"),
    [
        ("bearer", {"name": "authorization", "in": "header", "value": "Mine own"}, "authorization"),
        ("key", {"name": "x-KEY", "in": "header", "value": "Mine own"}, "x-key"),
        ("query", {"name": "api key", "in": "query", "value": "Mine"}, "target"),
        ("cookie", {"name": "sid", "in": "cookie", "value": "Mine"}, "cookie"),
    ],
)
def test_the_step_wins(
    door: Door,
    api: LoopbackServer,
    tmp_path: Path,
    scheme: str,
    parameter: dict[str, Any],
    where: str,
) -> None:
    path = write_secured(tmp_path, api.url, ALL, [{scheme: []}], parameters=[parameter])
    assert missing(door(path)) == []
    door(path, credentials={scheme: "theirs"})
    for came in api.came:
        text = came.target if where == "target" else came.headers[where]
        assert "Mine" in text
        assert "theirs" not in str(came)


def test_an_absent_parameter_does_not_win(door: Door, api: LoopbackServer, tmp_path: Path) -> None:
    parameter = {"name": "X-Key", "in": "header", "value": "$inputs.key"}
    path = write_secured(tmp_path, api.url, ALL, [{"key": []}], parameters=[parameter])
    door(path, credentials={"key": "theirs"})
    assert sent(api).headers["x-key"] == "theirs"


def test_another_alternative_met_by_the_step(
    door: Door, api: LoopbackServer, tmp_path: Path
) -> None:
    parameter = {"name": "X-Key", "in": "header", "value": "mine"}
    path = write_secured(
        tmp_path, api.url, ALL, [{"basic": []}, {"key": []}], parameters=[parameter]
    )
    assert missing(door(path)) == []


def test_a_header_of_the_caller_wins(door: Door, api: LoopbackServer, tmp_path: Path) -> None:
    path = write_secured(tmp_path, api.url, ALL, [{"bearer": []}])
    door(
        path,
        credentials={"bearer": "theirs"},
        headers=(("Authorization", "Mine own"),),
        strict=True,
    )
    assert sent(api).headers["authorization"] == "Mine own"


# -- where credentials go ------------------------------------------------------------------------


def test_environment_variables(
    door: Door, api: LoopbackServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_secured(tmp_path, api.url, {"my-Basic": BASIC}, [{"my-Basic": []}])
    monkeypatch.setenv("ARAZZO_PETS_MY_BASIC", "")
    assert door(path).warnings[0].rule == "credentials-missing"
    monkeypatch.setenv("ARAZZO_PETS_MY_BASIC_USERNAME", "alice")
    monkeypatch.setenv("ARAZZO_PETS_MY_BASIC_PASSWORD", "from env")
    door(path)
    door(path, credentials={"my-Basic.password": "from settings"})
    given = [came.headers.get("authorization") for came in api.came]
    assert given == [None, basic("alice:from env"), basic("alice:from settings")]


def two_sources(folder: Path, one: str, other: str) -> str:
    write_secured(folder, one, ALL, [{"key": []}], name="one")
    path = write_secured(folder, other, ALL, [{"key": []}], name="other")
    document = json.loads(Path(path).read_text())
    document["sourceDescriptions"] = [
        {"name": "a", "url": "one-api.json", "type": "openapi"},
        {"name": "b", "url": "other-api.json", "type": "openapi"},
    ]
    document["workflows"][0]["steps"] = [
        {
            "stepId": name,
            "operationPath": f"{{$sourceDescriptions.{name}.url}}#/paths/~1api~1things/get",
        }
        for name in ("a", "b")
    ]
    Path(path).write_text(json.dumps(document))
    return path


def test_a_name_alone_does_not_reach_two_sources(
    door: Door, api: LoopbackServer, tmp_path: Path
) -> None:
    with LoopbackServer(lambda _: Say(200)) as other:
        path = two_sources(tmp_path, api.url, other.url)
        for name in ("key", "key.token"):
            with pytest.raises(CredentialsError, match="could be of source 'a' or 'b'") as error:
                door(path, credentials={name: "abcd"})
            assert error.value.hint == f"say of which: a.{name}"
        door(path, credentials={"a.key": "secret-of-a"})
        assert sent(api).headers["x-key"] == "secret-of-a"
        assert "secret-of-a" not in str(sent(other))


def test_the_override_gets_the_credential(door: Door, api: LoopbackServer, tmp_path: Path) -> None:
    path = write_secured(tmp_path, "https://pets.example", ALL, [{"key": []}])
    door(path, credentials={"key": "abcd"}, servers={"pets": api.url + "/"})
    assert sent(api).headers["x-key"] == "abcd"


# -- what is wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "value", "message"),
    [
        ("basic", "alice-without-password", "the value has to be user:password"),
        ("basic", {"username": "a:b", "password": "x"}, "cannot hold a colon"),
        ("key", "env:NOT_SET_ANYWHERE", "'NOT_SET_ANYWHERE' is not set"),
        ("key", "file:/not/there", "cannot read the credential file '/not/there'"),
        ("key", {"user": "x"}, "has no field 'user'"),
    ],
)
def test_an_error_before_the_first_request(
    door: Door, api: LoopbackServer, tmp_path: Path, scheme: str, value: Any, message: str
) -> None:
    path = write_secured(tmp_path, api.url, ALL, [{scheme: []}])
    with pytest.raises(CredentialsError, match=message):
        door(path, credentials={scheme: value})
    assert api.came == []


def test_a_value_that_http_cannot_carry(door: Door, api: LoopbackServer, tmp_path: Path) -> None:
    path = write_secured(tmp_path, api.url, ALL, [{"key": []}])
    result = door(path, credentials={"key": "two\r\nlines"})
    assert (result.status, result.error.kind) == ("failed", "credentials")  # type: ignore[union-attr]
    assert "header 'X-Key' cannot be sent" in result.error.message  # type: ignore[union-attr]
    assert api.came == []


def test_secrets_are_known_before_they_are_used(
    door: Door, api: LoopbackServer, tmp_path: Path
) -> None:
    redactor = Redactor()
    path = write_secured(tmp_path, api.url, ALL, [{"basic": []}])
    door(path, credentials={"basic": "alice:s3cret-pw"}, redactor=redactor)
    encoded = sent(api).headers["authorization"].partition(" ")[2]
    assert redactor.text(f"s3cret-pw {encoded} alice") == "••• ••• alice"


# -- beside AWS signatures -----------------------------------------------------------------------

SIGV4 = {"type": "apiKey", "in": "header", "name": "Authorization", "description": "AWS SigV4"}


@pytest.fixture
def _aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-aws")
    monkeypatch.setenv("AWS_REGION", "us-east-1")


@pytest.mark.usefixtures("_aws")
@pytest.mark.parametrize(
    ("url", "security", "given", "signed", "key", "warned"),
    [
        # The declared server says it: whatever the schemes are.
        ("https://sqs.us-east-1.amazonaws.com", [{"key": []}], True, True, True, False),
        ("https://sqs.us-east-1.amazonaws.com", [{"bearer": []}], False, True, False, False),
        # A scheme says it, together with a key.
        (API_GATEWAY, [{"sigv4": [], "key": []}], True, True, True, False),
        (API_GATEWAY, [{"sigv4": [], "key": []}], False, True, False, True),
        # What was given by name goes before what is found anywhere.
        (API_GATEWAY, [{"sigv4": []}, {"key": []}], True, False, True, False),
        (API_GATEWAY, [{"sigv4": []}, {"key": []}], False, True, False, False),
    ],
)
def test_beside_signatures(
    door: Door,
    api: LoopbackServer,
    tmp_path: Path,
    url: str,
    security: Any,
    given: bool,
    signed: bool,
    key: bool,
    warned: bool,
) -> None:
    path = write_secured(tmp_path, url, {**ALL, "sigv4": SIGV4}, security)
    credentials = {"key": "abcd"} if given else {}
    result = door(path, credentials=credentials, servers={"pets": api.url})
    headers = sent(api).headers
    assert headers.get("authorization", "").startswith("AWS4-HMAC-SHA256") is signed
    assert ("x-key" in headers) is key
    assert bool(missing(result)) is warned
    if signed and key:
        assert "x-key" in headers["authorization"]  # signed last, over the key


def test_unsigned_on_wish(door: Door, api: LoopbackServer, tmp_path: Path) -> None:
    path = write_secured(tmp_path, API_GATEWAY, {"sigv4": SIGV4}, [{"sigv4": []}])
    aws = AwsSettings(sign=False)
    assert door(path, servers={"pets": api.url}, aws=aws, strict=True).warnings == ()
    assert "authorization" not in sent(api).headers
