"""Credentials through the whole command: every kind, no secret in any output, ``arazzo auth``."""

from __future__ import annotations

import base64
import json
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.certificates import make_certificates
from tests.support.command import Command, Golden
from tests.support.loopback import Came, LoopbackServer, Say
from tests.support.oauth_server import ID, SECRET, USER, OAuthServer
from tests.support.secured import write_secured

MARK = 'M4rk&ed/s+c"r<t>~x'


def forms(secret: str) -> Iterator[str]:
    """Every form in which a secret must not be shown."""
    yield secret
    yield quote(secret, safe="")
    yield json.dumps(secret)[1:-1]
    raw = secret.encode()
    for lead in range(3):
        text = base64.b64encode(b"\0" * lead + raw).decode().rstrip("=")
        yield text[(lead * 8 + 5) // 6 : -1]
    yield base64.b64encode(f"{USER}:{secret}".encode()).decode()


def echo(came: Came) -> Say:
    """Says everything that came, as an API should never do."""
    said = {"target": came.target, "headers": dict(came.headers), "body": came.body.decode()}
    return Say(200, said, (("X-Echo", str(came.headers.get("authorization", "none"))),))


def leaky(folder: Path, url: str, scheme: Any) -> str:
    """A workflow whose outputs hold all that the API says."""
    path = write_secured(folder, url, {"s": scheme}, [{"s": ["read"]}], method="post")
    document = json.loads(Path(path).read_text())
    workflow = document["workflows"][0]
    workflow["steps"][0]["outputs"] = {"all": "$response.body", "echo": "$response.header.X-Echo"}
    workflow["steps"][0]["successCriteria"] = [{"condition": "$response.header.X-Echo != 'x'"}]
    workflow["outputs"] = {"all": "$steps.s0.outputs.all", "echo": "$steps.s0.outputs.echo"}
    Path(path).write_text(json.dumps(document))
    return path


FIXED: dict[str, tuple[dict[str, Any], str]] = {
    "header": ({"type": "apiKey", "in": "header", "name": "X-Key"}, "s={}"),
    "query": ({"type": "apiKey", "in": "query", "name": "key"}, "s={}"),
    "cookie": ({"type": "apiKey", "in": "cookie", "name": "sid"}, "s={}"),
    "basic": ({"type": "http", "scheme": "basic"}, f"s={USER}:{{}}"),
    "basic in parts": ({"type": "http", "scheme": "basic"}, "pets.s.password={}"),
    "bearer": ({"type": "http", "scheme": "bearer"}, "pets.s={}"),
    "digest": ({"type": "http", "scheme": "digest"}, f"s={USER}:{{}}"),
    "other": ({"type": "http", "scheme": "hoba"}, "s=HOBA {}"),
    "token": ({"type": "oauth2", "flows": {}}, "s.token={}"),
}
OUTPUTS = [("--json",), ("-v",), ("--events", "-"), ("-q",)]


@pytest.mark.parametrize("kind", FIXED)
@pytest.mark.parametrize("output", OUTPUTS, ids=lambda words: words[0])
def test_no_secret_in_any_output(
    stranger: Command, tmp_path: Path, kind: str, output: tuple[str, ...]
) -> None:
    scheme, pattern = FIXED[kind]

    def answer(came: Came) -> Say:
        if kind == "digest" and "authorization" not in came.headers:
            value = 'Digest realm="r", nonce="n", qop="auth"'
            return Say(401, {}, (("WWW-Authenticate", value),))
        return echo(came)

    with LoopbackServer(answer) as api:
        path = leaky(tmp_path, api.url, scheme)
        words = ["--auth", pattern.format(MARK)]
        if kind == "basic in parts":
            words += ["--auth", f"s.username={USER}"]
        done = stranger("run", path, *words, *output, ARAZZO_DEBUG="1")
        assert done.code == 0, done.err
        came = api.came[-1]
        carried = f"{came.target} {came.headers}"
        expected = {"query": quote(MARK, safe=""), "cookie": "sid="}.get(kind, "authorization")
        assert (kind == "header" and "x-key" in came.headers) or expected in carried
    for form in forms(MARK):
        assert form not in done.out
        assert form not in done.err


@pytest.mark.parametrize("flow", ["clientCredentials", "password", "openIdConnect"])
@pytest.mark.parametrize("output", OUTPUTS, ids=lambda words: words[0])
def test_no_token_in_any_output(
    stranger: Command, tmp_path: Path, flow: str, output: tuple[str, ...]
) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(OAuthServer(time.time))
        api = stack.enter_context(LoopbackServer(echo))
        scheme: dict[str, Any] = {
            "type": "oauth2",
            "flows": {flow: {"tokenUrl": f"{server.url}/token"}},
        }
        if flow == "openIdConnect":
            scheme = {"type": "openIdConnect", "openIdConnectUrl": server.url}
        path = leaky(tmp_path, api.url, scheme)
        env_file = tmp_path / ".env"
        env_file.write_text(
            f"# the client\nexport ARAZZO_PETS_S_CLIENT_ID={ID}\n"
            f"ARAZZO_PETS_S_CLIENT_SECRET='{SECRET}'\n"
            + (f"ARAZZO_PETS_S_USERNAME={USER}\n" if flow == "password" else "")
        )
        words = ["--env-file", env_file, *output]
        if flow == "password":
            words += ["--auth", "s.password=env:PW"]
        for _ in range(2):  # the second run has the token from the folder
            done = stranger("run", path, *words, PW="pa:ss w0rd", ARAZZO_DEBUG="1")
            assert done.code == 0, done.err
        assert len(server.grants) == 1
        secrets = [*server.tokens, *server.refresh_tokens, SECRET, "pa:ss w0rd"]
    for form in (form for secret in secrets for form in forms(secret)):
        assert form not in done.out
        assert form not in done.err
    tokens = stranger.home / ".local" / "state" / "arazzo" / "tokens"
    assert len(list(tokens.glob("*.json"))) == 1


def test_no_secret_in_errors(stranger: Command, tmp_path: Path) -> None:
    basic = {"type": "http", "scheme": "basic"}
    path = write_secured(tmp_path, "http://127.0.0.1:9", {"s": basic}, [{"s": []}])
    shown = [
        stranger("run", path, "--auth", f"s={quote(MARK)}"),  # no colon
        stranger("run", path, "--auth", MARK.replace("=", "")),
        stranger("run", path, "--auth", f"t={MARK}"),
        stranger("run", path, "--auth", f"s.pasword={MARK}"),
        stranger("run", path, "--auth", f"s={MARK}", "--auth", f"s={MARK}"),
        stranger("run", path, "--auth", f"s={USER}:{MARK}"),
        stranger("run", path, "--auth", "s=keyring:"),
    ]
    for done in shown:
        assert done.code in (1, 2)
        for form in forms(MARK):
            assert form not in done.out + done.err
    said = [done.err.partition("error")[2].partition("\n")[0] for done in shown]
    assert said == [
        "[credentials]: the credential 's' of source 'pets': the value has to be user:password",
        "[usage]: --auth: is not SCHEME=VALUE with a security scheme's name",
        "[usage]: --auth: no source description has a security scheme 't'",
        "[usage]: --auth: the credential 's' has no field 'pasword'",
        "[usage]: --auth: 's' is given twice",
        said[5],
        said[6],
    ]


@pytest.mark.parametrize("way", ["file", "cmd", "env-file", "variable"])
def test_ways_to_give(stranger: Command, tmp_path: Path, way: str) -> None:
    key = {"type": "apiKey", "in": "header", "name": "X-Key"}
    (tmp_path / "secret").write_text("abc-123\n")
    (tmp_path / "env").write_text('ARAZZO_PETS_S="abc-123"  # a comment\n')
    words: dict[str, list[str]] = {
        "file": ["--auth", f"s=file:{tmp_path}/secret"],
        "cmd": ["--auth", f"s=cmd:{shlex.quote(sys.executable)} -c 'print(\"abc-123\")'"],
        "env-file": ["--env-file", f"{tmp_path}/env"],
        "variable": ["--env-file", f"{tmp_path}/env"],
    }
    environment = {"ARAZZO_PETS_S": "the-environment-wins"} if way == "variable" else {}
    with LoopbackServer(lambda _: Say(200)) as api:
        path = write_secured(tmp_path, api.url, {"s": key}, [{"s": []}])
        done = stranger("run", path, *words[way], **environment)
        assert (done.code, "!" in done.err) == (0, False)
        expected = "the-environment-wins" if way == "variable" else "abc-123"
        assert api.came[0].headers["x-key"] == expected


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"A=1\n\n  s3cret value here\nB=2", "{}:3:1: error[usage]: --env-file: this line is not"),
        (b"A='open s3cret", "{}:1:1: error[usage]"),
        (b"\xff\xfe", "cannot read '{}': it is not UTF-8 text"),
        (b"'a=b'=s3cret", "cannot be a variable"),
    ],
)
def test_env_files_that_cannot_be_read(
    stranger: Command, tmp_path: Path, raw: bytes, message: str
) -> None:
    file = tmp_path / "env"
    file.write_bytes(raw)
    path = write_secured(tmp_path, "http://127.0.0.1:9", {}, [])
    done = stranger("run", path, "--env-file", file)
    assert done.code == 2
    assert message.format(file) in done.err
    assert "s3cret" not in done.err


def test_client_certificate(stranger: Command, tmp_path: Path) -> None:
    files = make_certificates(tmp_path, "pa55word")
    with LoopbackServer(lambda _: Say(200), tls=files.context()) as api:
        path = write_secured(tmp_path, api.url, {}, [])
        trust = ("--ca-bundle", files.authority)
        words = ("--cert", files.client, "--key", files.locked, "--key-password", "env:PW")
        assert stranger("run", path, *trust, *words, PW="pa55word").code == 0
        assert stranger("run", path, *trust, "--cert", files.both).code == 0
        assert len(api.came) == 2
        done = stranger("run", path, *trust)
        assert (done.code, len(api.came)) == (1, 2)
    done = stranger("run", path, "--key", files.client_key)
    assert (done.code, "give --cert FILE" in done.err) == (2, True)


# -- arazzo auth ---------------------------------------------------------------------------------

SCHEMES = {
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "basic": {"type": "http", "scheme": "basic"},
    "oauth": {
        "type": "oauth2",
        "flows": {
            "clientCredentials": {"tokenUrl": "/token"},
            "password": {"tokenUrl": "/token"},
            "authorizationCode": {"authorizationUrl": "/authorize", "tokenUrl": "/token"},
        },
    },
    "id": {"type": "openIdConnect", "openIdConnectUrl": "/"},
    "m": {"type": "mutualTLS"},
    "odd": {"type": "magic"},
}
SECURITY = [
    {"key": []},
    {"basic": [], "m": []},
    {"oauth": ["read"]},
    {"id": []},
    {"odd": [], "no": []},
]


@pytest.fixture
def secured(tmp_path: Path) -> str:
    write_secured(tmp_path, "http://127.0.0.1:9", SCHEMES, SECURITY, steps=5)
    return "flow.json"


@pytest.fixture
def here(stranger: Command, tmp_path: Path) -> Command:
    return Command(stranger.home, tmp_path)


def test_auth_nothing_given(here: Command, secured: str, golden: Golden) -> None:
    done = here("auth", secured)
    assert (done.code, done.err) == (0, "")
    golden.check(done)
    assert here("auth", secured, "--strict").code == 2


def test_auth_much_given(here: Command, secured: str, tmp_path: Path, golden: Golden) -> None:
    (tmp_path / "pw").write_text("the-password")
    words = ["--auth", "basic.username=alice", "--auth", "pets.basic.password=file:pw"]
    words += ["--auth", "oauth.client_id=me", "--auth", "m=cmd:false", "--auth", "id=a-token"]
    done = here("auth", secured, "main", *words, ARAZZO_PETS_KEY="abc-123")
    assert (done.code, done.err) == (0, "")
    golden.check(done)
    assert here("auth", secured, *words[:4], "--strict", ARAZZO_PETS_KEY="x").code == 2  # odd


def test_auth_json(here: Command, secured: str) -> None:
    done = here("auth", secured, "--json", "--auth", "key=abc-123", "--auth", "oauth.client_id=me")
    view = json.loads(done.out)
    by_name = {one["scheme"]: one for one in view["credentials"]}
    assert (view["file"], view["signatures"]) == ("flow.json", [])
    key = by_name["key"]
    assert (key["found"], key["type"], key["server"]) == (True, "apiKey", "http://127.0.0.1:9")
    assert key["from"] == [{"field": "value", "origin": "the setting 'key'", "value": "•••"}]
    oauth = by_name["oauth"]
    assert (oauth["found"], oauth["scopes"]) == (False, ["read"])
    assert oauth["from"][0]["value"] == "me"
    assert oauth["login"] == "arazzo auth flow.json --login oauth"
    assert view["requirements"][0]["met"] is True
    assert "abc-123" not in done.out


def test_auth_of_a_signed_api(here: Command, tmp_path: Path) -> None:
    write_secured(tmp_path, "https://sqs.us-east-1.amazonaws.com", {}, [])
    done = here("auth", "flow.json")
    assert "AWS signature  service sqs, region us-east-1" in done.out
    sigv4 = {"type": "apiKey", "in": "header", "name": "Authorization"}
    sigv4["x-amazon-apigateway-authtype"] = "awsSigv4"
    write_secured(tmp_path, "https://sqs.us-east-1.amazonaws.com", {"aws": sigv4}, [{"aws": []}])
    done = here("auth", "flow.json")
    assert "aws  AWS signature" in done.out
    assert "missing" not in done.out


def test_auth_of_an_open_api(here: Command, tmp_path: Path) -> None:
    write_secured(tmp_path, "http://127.0.0.1:9", {}, [])
    assert here("auth", "flow.json").out == "No credentials are needed.\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--login", "oauht"), "did you mean 'oauth'?"),
        (("--login", "key"), "it has no OAuth2 flow"),
        (("--login", "oauth"), "needs the client_id"),
        (("--login", "oauth", "--logout", "oauth"), "contradict each other"),
        (("--login", "oauth", "--offline"), "needs the network"),
        (("--logout", "zzz"), "they need: key, basic, m, oauth, id, odd, no"),
        (("nope",), "there is no workflow 'nope'"),
    ],
)
def test_auth_used_wrongly(
    here: Command, secured: str, words: tuple[str, ...], message: str
) -> None:
    done = here("auth", secured, *words)
    assert done.code == 2
    assert message in done.err


def test_auth_of_a_broken_document(here: Command, tmp_path: Path) -> None:
    write_secured(tmp_path, "http://127.0.0.1:9", {}, [])
    (tmp_path / "flow-api.json").unlink()
    assert here("auth", "flow.json").code == 3


BROWSER = """
import sys, urllib.request
urllib.request.urlopen(sys.argv[1]).read()
"""


@pytest.mark.parametrize("flow", ["authorizationCode", "deviceAuthorization"])
def test_login_run_logout(here: Command, tmp_path: Path, flow: str) -> None:
    (tmp_path / "browser.py").write_text(BROWSER)
    browser = f"{sys.executable} {tmp_path}/browser.py %s"
    with OAuthServer(time.time, public=True, device_patience=0, interval=1) as server:
        urls = {
            "authorizationUrl": f"{server.url}/authorize",
            "tokenUrl": f"{server.url}/token",
            "deviceAuthorizationUrl": f"{server.url}/device",
        }
        scheme = {"type": "oauth2", "flows": {flow: {**urls, "scopes": {}}}}
        write_secured(tmp_path, server.url, {"oauth": scheme}, [{"oauth": ["read"]}])
        client = ("--auth", f"oauth.client_id={ID}")
        done = here("auth", "flow.json", "--login", "pets.oauth", *client, BROWSER=browser)
        assert (done.code, "logged in: pets.oauth\n" in done.err) == (0, True), done.err
        assert "found   a login, until 20" in done.out
        assert here("run", "flow.json", *client, "--strict").code == 0
        done = here("auth", "flow.json", "--logout", "oauth", *client)
        assert "1 token forgotten" in done.err
        assert here("run", "flow.json", *client, "--strict").code == 2
        for secret in (*server.tokens, *server.refresh_tokens):
            assert secret not in done.out + done.err


def test_a_login_that_has_ended(here: Command, tmp_path: Path) -> None:
    (tmp_path / "browser.py").write_text(BROWSER)
    browser = f"{sys.executable} {tmp_path}/browser.py %s"
    with OAuthServer(time.time, public=True, refreshes=False, lifetime=1) as server:
        urls = {"authorizationUrl": f"{server.url}/authorize", "tokenUrl": f"{server.url}/token"}
        scheme = {"type": "oauth2", "flows": {"authorizationCode": urls}}
        write_secured(tmp_path, server.url, {"oauth": scheme}, [{"oauth": []}])
        client = ("--auth", f"oauth.client_id={ID}")
        here("auth", "flow.json", "--login", "oauth", *client, BROWSER=browser)
        time.sleep(1)
        done = here("auth", "flow.json", *client)
        assert "wrong   the login has ended" in done.out


def test_auth_of_a_project(here: Command, secured: str, tmp_path: Path) -> None:
    (tmp_path / "arazzo.toml").write_text(
        '[environments.staging.credentials]\nkey = "env:PET_KEY"\n'
    )
    done = here("auth", secured, "--env", "staging", PET_KEY="abc-123")
    assert (done.code, "found   ••• from the setting 'key'" in done.out) == (0, True)
    assert "from the setting 'key'" not in here("auth", secured).out


@pytest.mark.parametrize(
    ("written", "words", "expected"),
    [
        ("'a:b'", ["--auth", "s=c:d"], "c:d"),
        ("{ username = 'a', password = 'literal:b' }", ["--auth", "s=c:d"], "c:d"),
        ("{ username = 'a', password = 'literal:b' }", ["--auth", "s.password=d"], "a:d"),
        ("{ username = 'a', password = 'literal:b' }", ["--auth", "pets.s.username=c"], "c:b"),
        ("{ username = 'a', password = 'literal:b' }", ["--auth", "pets.s=c:d"], "c:d"),
        ("'a:b'", [], "a:b"),
    ],
)
def test_the_command_line_before_the_configuration(
    stranger: Command, tmp_path: Path, written: str, words: list[str], expected: str
) -> None:
    (tmp_path / "arazzo.toml").write_text(f'[credentials]\n"pets.s" = {written}\n')
    with LoopbackServer(lambda _: Say(200)) as api:
        basic = {"type": "http", "scheme": "basic"}
        path = write_secured(tmp_path, api.url, {"s": basic}, [{"s": []}])
        done = stranger("run", path, *words, ARAZZO_PETS_S_USERNAME="env", ARAZZO_PETS_S="e:f")
        assert done.code == 0, done.err
        encoded = api.came[0].headers["authorization"].removeprefix("Basic ")
        assert base64.b64decode(encoded).decode() == expected


def test_a_found_configuration_runs_no_command(stranger: Command, tmp_path: Path) -> None:
    (tmp_path / "arazzo.toml").write_text(f'[credentials]\ns = "cmd:touch {tmp_path}/ran"\n')
    path = write_secured(tmp_path, "http://127.0.0.1:9", SCHEMES, [{"key": []}])
    done = stranger("run", path)
    assert done.code == 2
    assert "arazzo.toml:2:1: error" in done.err
    assert f"--config {tmp_path}/arazzo.toml" in done.err
    assert not (tmp_path / "ran").exists()
