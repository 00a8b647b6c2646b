"""No secret in anything that is shown or written: every kind of credential, against a server that
says all that came, through every output.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
import os
import shlex
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

import arazzo_runner as arazzo
from arazzo_runner.cli.main import main
from tests.support.certificates import make_certificates
from tests.support.command import KEPT, Command
from tests.support.loopback import Came, LoopbackServer, Say
from tests.support.oauth_server import ID, USER
from tests.support.secured import write_secured

MARK = 'M4rk&ed/s+c"r<t>~x'
PLAIN = "M4rked-s3cret-of-the-environment"
"""A mark for places that could not hold the other one, such as a header."""


def forms(secret: str) -> Iterator[str]:
    """Every form in which a secret must not be shown."""
    raw = secret.encode()
    yield secret
    yield from (quote(secret, safe=""), quote(secret), quote_plus(secret))
    yield json.dumps(secret)[1:-1]
    yield secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    yield raw.hex()
    yield base64.b64encode(f"{USER}:{secret}".encode()).decode()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for lead in range(3):
            text = encode(b"\0" * lead + raw).decode().rstrip("=")
            yield text[(lead * 8 + 5) // 6 : -1]


def assert_hidden(text: str, *secrets: str) -> None:
    for secret in secrets:
        for form in forms(secret):
            where = text.find(form)
            assert where < 0, f"{form!r} in …{text[max(0, where - 200) : where + 80]}"


def everything(came: Came, status: int = 200) -> Say:
    """An answer that says everything that came, as an API should never do."""
    named = ("authorization", "cookie", "x-key")
    text = json.dumps(
        {"target": came.target, "headers": dict(came.headers), "body": came.body.decode()}
    )
    said = {
        "all": json.loads(text),
        "text": text,
        "base64": base64.b64encode(text.encode()).decode(),
    }
    echoed = next((came.headers[name] for name in named if name in came.headers), came.target)
    return Say(status, said, (("X-Echo", echoed.encode("unicode_escape").decode()),))


@dataclass
class Kind:
    """A way to give a secret: the scheme, the words of the command, what else is there."""

    scheme: Mapping[str, Any] = field(
        default_factory=lambda: {"type": "apiKey", "in": "header", "name": "X-Key"}
    )
    words: Sequence[str] = ()
    secret: str = MARK
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    parameters: Sequence[Mapping[str, Any]] = ()


PASSWORD = {"type": "string", "format": "password"}
BASIC = {"type": "http", "scheme": "basic"}
IN_HEADER = [{"name": "X-Input", "in": "header", "value": "$inputs.pin"}]
PRINTS = f"{shlex.quote(sys.executable)} -c 'print(open(\"secret.txt\").read())'"
AWS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": PLAIN}

KINDS: dict[str, Kind] = {
    "apiKey header": Kind(words=["--auth", f"s={MARK}"]),
    "apiKey query": Kind({"type": "apiKey", "in": "query", "name": "key"}, ["--auth", f"s={MARK}"]),
    "apiKey cookie": Kind({"type": "apiKey", "in": "cookie", "name": "c"}, ["--auth", f"s={MARK}"]),
    "basic": Kind(BASIC, ["--auth", f"s={USER}:{MARK}"]),
    "basic in fields": Kind(
        BASIC, ["--auth", f"s.password={MARK}", "--auth", f"s.username={USER}"]
    ),
    "bearer": Kind({"type": "http", "scheme": "bearer"}, ["--auth", f"s={MARK}"]),
    "digest": Kind({"type": "http", "scheme": "digest"}, ["--auth", f"s={USER}:{MARK}"]),
    "hoba": Kind({"type": "http", "scheme": "hoba"}, ["--auth", f"s=HOBA {MARK}"]),
    "oauth token": Kind({"type": "oauth2", "flows": {}}, ["--auth", f"s.token={MARK}"]),
    "variable": Kind(environment={"ARAZZO_PETS_S": MARK}),
    "env": Kind(words=["--auth", "s=env:MINE"], environment={"MINE": MARK}),
    "env-file": Kind(words=["--env-file", "my.env"], files={"my.env": f"ARAZZO_PETS_S='{MARK}'\n"}),
    "file": Kind(words=["--auth", "s=file:secret.txt"], files={"secret.txt": MARK + "\n"}),
    "cmd": Kind(words=["--auth", f"s=cmd:{PRINTS}"], files={"secret.txt": MARK}),
    "header": Kind(words=["--header", f"Authorization: Bearer {PLAIN}"], secret=PLAIN),
    "header of a telling name": Kind(words=["--header", f"X-Shop-Key: {PLAIN}"], secret=PLAIN),
    "basic header": Kind(
        words=["--header", "Authorization: Basic "
               + base64.b64encode(f"{USER}:{MARK}".encode()).decode()],
    ),
    "input": Kind(words=["-i", f"pin={MARK}"], inputs={"pin": PASSWORD}, parameters=IN_HEADER),
    "inputs file": Kind(
        words=["--inputs", "in.json"], files={"in.json": json.dumps({"pin": MARK})},
        inputs={"pin": PASSWORD}, parameters=IN_HEADER,
    ),
    "nested input": Kind(
        words=["-i", "o:=" + json.dumps({"list": [{"pin": MARK}]})],
        inputs={"o": {"properties": {"list": {"items": {"properties": {"pin": PASSWORD}}}}}},
        parameters=[{"name": "X-Input", "in": "header", "value": "$inputs.o#/list/0/pin"}],
    ),
    "toml credential": Kind(files={"arazzo.toml": f"[credentials]\ns = '{MARK}'\n"}),
    "toml reference": Kind(
        files={"arazzo.toml": '[credentials]\ns = "env:MINE"\n'}, environment={"MINE": MARK}
    ),
    "toml header": Kind(
        files={"arazzo.toml": '[headers]\nX-Plain = "env:MINE"\n'},
        environment={"MINE": PLAIN}, secret=PLAIN,
    ),
    "toml input": Kind(
        files={"arazzo.toml": '[inputs]\npin = "env:MINE"\n'}, environment={"MINE": MARK},
        inputs={"pin": {"type": "string"}}, parameters=IN_HEADER,
    ),
    "aws": Kind({"type": "apiKey", "in": "header", "name": "Authorization",
                 "x-amazon-apigateway-authtype": "awsSigv4"},
                ["--aws-service", "sqs", "--aws-region", "eu-west-1"],
                environment={**AWS, "AWS_SESSION_TOKEN": "T0ken" + PLAIN}, secret=PLAIN),
}  # fmt: skip

OUTPUTS: dict[str, Sequence[str]] = {
    "nothing": (),
    "verbose": ("-v",),
    "quiet": ("-q",),
    "json": ("--json",),
    "events": ("--events", "-"),
    "files": ("--events", "events.out"),
    "verbose, all of it": ("-vv",),
    "HAR": ("--har", "har.out"),
    "JUnit": ("--junit", "junit.out"),
    "HTML": ("--html", "html.out"),
    "trace": ("--trace", "trace.out"),
    "dry run": ("--dry-run",),
    "dry run json": ("--dry-run", "--json"),
}
"""Every output of ``run``. What is written is called ``*.out``."""

OTHERS = (("auth",), ("auth", "--json"), ("show",))
ONLY_OPTIONS = ("--auth", "--env-file")


@dataclass
class Stage:
    """A document, its API and what a kind needs, in a folder."""

    arazzo: Command
    folder: Path
    kind: Kind
    logs: list[str] = field(default_factory=list)

    def write(self, url: str) -> None:
        path = Path(
            write_secured(
                self.folder, url, {"s": self.kind.scheme}, [{"s": []}], method="post",
                parameters=self.kind.parameters,
            )
        )  # fmt: skip
        document = json.loads(path.read_text())
        workflow = document["workflows"][0]
        workflow["inputs"] = {"type": "object", "properties": dict(self.kind.inputs)}
        step = workflow["steps"][0]
        step["requestBody"] = {"contentType": "application/json", "payload": {"a": 1}}
        step["successCriteria"].append({"condition": "$response.header.X-Echo != 'x'"})
        step["successCriteria"].append({"condition": "$response.body#/text != 'x'"})
        step["outputs"] = {"all": "$response.body", "echo": "$response.header.X-Echo"}
        workflow["outputs"] = {"all": "$steps.s0.outputs.all"}
        path.write_text(json.dumps(document))
        for name, text in self.kind.files.items():
            (self.folder / name).write_text(text)

    def shown(self, *words: str, codes: Sequence[int] = (0,), **environment: str) -> str:
        """Everything that a command shows, logs and writes. In this process: there are many."""
        for old in self.folder.glob("*.out"):
            old.unlink()
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(self.folder)
            for name in [name for name in os.environ if name not in KEPT]:
                patch.delenv(name)
            variables = {**self.arazzo.variables(), **self.kind.environment, **environment}
            for name, value in variables.items():
                patch.setenv(name, value)
            patch.setenv("ARAZZO_DEBUG", "1")
            code = main([words[0], "flow.json", *words[1:]])
        assert code in codes, err.getvalue()
        assert "Traceback" not in err.getvalue()
        written = [file.read_text() for file in self.folder.glob("*.out")]
        return "\n".join([out.getvalue(), err.getvalue(), *written, *self.logs])

    def options(self) -> list[str]:
        """The words of the kind that commands other than ``run`` have."""
        words = self.kind.words
        pairs = zip(words[::2], words[1::2], strict=True)
        return [word for pair in pairs if pair[0] in ONLY_OPTIONS for word in pair]


@pytest.fixture
def logs() -> Iterator[list[str]]:
    """What every logger says, all of it."""
    said: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(self.format(record))

    handler = Keep()
    root = logging.getLogger()
    loggers = [
        root,
        *map(logging.getLogger, ("httpx", "httpcore", "aiohttp", "botocore", "asyncio")),
    ]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield said
    root.removeHandler(handler)
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)


@pytest.fixture(params=KINDS)
def stage(
    request: pytest.FixtureRequest, stranger: Command, tmp_path: Path, logs: list[str]
) -> Stage:
    folder = tmp_path / "here"
    folder.mkdir()
    return Stage(stranger, folder, KINDS[request.param], logs)


def answering(stage: Stage, status: int) -> Callable[[Came], Say]:
    def answer(came: Came) -> Say:
        digest = stage.kind.scheme.get("scheme") == "digest"
        if digest and "authorization" not in came.headers:
            challenge = 'Digest realm="r", nonce="n", qop="auth"'
            return Say(401, {}, (("WWW-Authenticate", challenge),))
        return everything(came, status)

    return answer


@pytest.mark.parametrize("status", [200, 400], ids=["completed", "failed"])
def test_every_kind_in_every_output(stage: Stage, status: int) -> None:
    with LoopbackServer(answering(stage, status)) as api:
        stage.write(api.url)
        for name, words in OUTPUTS.items():
            code = 1 if status == 400 and "dry" not in name else 0
            text = stage.shown("run", *stage.kind.words, *words, codes=[code])
            assert_hidden(text, stage.kind.secret)
            if name == "json":
                assert "•••" in text or stage.kind.scheme.get("scheme") == "digest"
        assert api.came
        for words in OTHERS:
            options = stage.options() if words[0] == "auth" else []
            text = stage.shown(words[0], *options, *words[1:])
            assert_hidden(text, stage.kind.secret)


def test_every_kind_without_an_answer(stage: Stage) -> None:
    stage.write("http://127.0.0.1:9")
    for words in (words for name, words in OUTPUTS.items() if "dry" not in name):
        text = stage.shown("run", *stage.kind.words, *words, codes=[1])
        assert_hidden(text, stage.kind.secret)


BROKEN = """
import sys
from arazzo_runner.cli.main import main
from arazzo_runner.execution import http
from arazzo_runner.execution.exchange import Exchange

def fails(self, *_):
    raise RuntimeError(f"a defect: {self.request} {self.request.headers!r}")

Exchange.answer = fails
sys.exit(main(sys.argv[1:]))
"""


def test_a_defect_of_the_program(stage: Stage) -> None:
    """Even the traceback that ARAZZO_DEBUG=1 asks for."""
    import subprocess

    (stage.folder / "broken.py").write_text(BROKEN)
    with LoopbackServer(answering(stage, 200)) as api:
        stage.write(api.url)
        done = subprocess.run(
            [sys.executable, "broken.py", "run", "flow.json", *stage.kind.words],
            cwd=stage.folder,
            env={**stage.arazzo.variables(), **stage.kind.environment, "ARAZZO_DEBUG": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "internal error: RuntimeError: a defect" in done.stderr
    assert "Traceback" in done.stderr
    assert_hidden(done.stdout + done.stderr, stage.kind.secret)


# -- what is fetched -----------------------------------------------------------------------------

TOKENS = {
    "access_token": "Acc3ss/" + PLAIN,
    "refresh_token": "R3fresh+" + PLAIN,
    "id_token": "Id." + PLAIN,
}


@pytest.mark.parametrize("flow", ["clientCredentials", "password", "refresh"])
@pytest.mark.parametrize("ends", ["token", "error", "no answer"])
def test_oauth(stranger: Command, tmp_path: Path, flow: str, ends: str) -> None:
    """Client secret, password, refresh token, and the tokens that come; errors that repeat all."""

    def answer(came: Came) -> Say:
        if came.path != "/token":
            return everything(came)
        if ends == "token":
            return Say(200, {**TOKENS, "token_type": "bearer", "expires_in": 3600})
        said = json.loads(everything(came, 400).body["text"].encode())
        return Say(400, {"error": "invalid_grant", "error_description": json.dumps(said)})

    with ExitStack() as stack:
        url = "http://127.0.0.1:9"
        api = stack.enter_context(LoopbackServer(answer))
        if ends != "no answer":
            url = api.url
        kind = "password" if flow == "password" else "clientCredentials"
        scheme = {"type": "oauth2", "flows": {kind: {"tokenUrl": f"{url}/token", "scopes": {}}}}
        words = ["--auth", f"s.client_id={ID}", "--auth", f"s.client_secret={MARK}"]
        if flow == "password":
            words += ["--auth", f"s.username={USER}", "--auth", f"s.password=P4ss{MARK}"]
        if flow == "refresh":
            words += ["--auth", f"s.refresh_token=Old{MARK}"]
        stage = Stage(stranger, tmp_path, Kind(scheme, words))
        stage.write(api.url)
        secrets = (MARK, *TOKENS.values())
        for output in ("--json", "-v", "-q"):
            codes = (0,) if ends == "token" else (1, 2)
            assert_hidden(stage.shown("run", *words, output, codes=codes), *secrets)
        assert_hidden(stage.shown("auth", *words), *secrets)


def test_the_password_of_a_proxy(stranger: Command, tmp_path: Path) -> None:
    stage = Stage(stranger, tmp_path, Kind())
    stage.write("http://api.example.com")
    secret = quote(MARK, safe="")
    answer = Say(407, {}, (("X-Echo", "y"),))
    with LoopbackServer(lambda came: Say(200, everything(came).body, answer.headers)) as proxy:
        where = f"http://{USER}:{secret}@{proxy.url[7:]}"
        (tmp_path / "arazzo.toml").write_text('proxy = "env:MINE"\n')
        ways: list[tuple[list[str], dict[str, str]]] = [
            (["--proxy", where, "--no-config"], {}),
            (["--no-config"], {"HTTP_PROXY": where, "http_proxy": where}),
            ([], {"MINE": where}),
            (["--no-config", "--proxy", f"http://{USER}:{secret}@127.0.0.1:9"], {}),
            (["--no-config", "--proxy", f"ftp://{USER}:{secret}@127.0.0.1:9"], {}),
            (["--no-config", "--proxy", f"http://{USER}:{secret}@127.0.0.1:x"], {}),
        ]
        for words, environment in ways:
            for output in ("-v", "--json"):
                text = stage.shown("run", *words, output, codes=(0, 1, 2), **environment)
                assert_hidden(text, MARK)
        assert proxy.came
        pair = base64.b64encode(f"{USER}:{MARK}".encode()).decode()
        assert proxy.came[0].headers["proxy-authorization"] == f"Basic {pair}"


@pytest.mark.parametrize("way", ["option", "toml"])
@pytest.mark.parametrize("right", [True, False])
def test_the_password_of_a_key(stranger: Command, tmp_path: Path, way: str, *, right: bool) -> None:
    files = make_certificates(tmp_path, MARK)
    given = MARK if right else MARK + "!"
    words = ["--cert", files.client, "--key", files.locked, "--key-password", "env:PW"]
    if way == "toml":
        words = []
        (tmp_path / "arazzo.toml").write_text(
            '[tls]\ncertificate = "client.pem"\nkey = "locked.pem"\nkey-password = "env:PW"\n'
        )
    with LoopbackServer(everything, tls=files.context()) as api:
        stage = Stage(stranger, tmp_path, Kind({"type": "mutualTLS"}))
        stage.write(api.url)
        for output in ("-v", "--json"):
            options = ("--ca-bundle", files.authority, *words, output)
            text = stage.shown("run", *options, codes=[0 if right else 2], PW=given)
            assert_hidden(text, given)
        assert bool(api.came) is right


# -- what answers say ----------------------------------------------------------------------------


def learned(stranger: Command, folder: Path, say: Say, toml: str = "") -> str:
    """What a run shows of an answer that it gets twice, the second time as a text."""
    with LoopbackServer(lambda _: say) as api:
        stage = Stage(stranger, folder, Kind(scheme={"type": "odd"}))
        stage.write(api.url)
        (folder / "arazzo.toml").write_text(toml)
        return stage.shown("run", "-v", "--events", "e.out") + stage.shown("run", "--json")


ANSWER = Say(
    200,
    {
        "text": f"again {PLAIN}",
        "accessToken": PLAIN,
        "other": {"list": [{"Session-Id": "S3ssion-0f-somebody"}]},
        "password": "required",
        "token": "short1",
        "client_secret": "has blanks in it",
    },
    (("X-Echo", "y"), ("Set-Cookie", "sid=C00kie-of-somebody; Path=/"), ("X-Mine", "M1ne-header")),
)


def test_what_answers_call_a_secret(stranger: Command, tmp_path: Path) -> None:
    text = learned(stranger, tmp_path, ANSWER)
    assert_hidden(text, PLAIN, "C00kie-of-somebody")
    for shown in ("S3ssion-0f-somebody", "required", "short1", "has blanks in it", "M1ne-header"):
        assert shown in text


def test_more_names(stranger: Command, tmp_path: Path) -> None:
    toml = '[secrets]\nheaders = ["x-mine"]\nfields = ["session_id", "-access-token"]\n'
    text = learned(stranger, tmp_path, ANSWER, toml)
    assert_hidden(text, "S3ssion-0f-somebody", "M1ne-header", "C00kie-of-somebody")
    assert PLAIN in text


def test_names_in_requests(stranger: Command, tmp_path: Path) -> None:
    """Known from the moment that it is sent: before that, nothing says that it is a secret."""
    parameters = [{"name": "access_token", "in": "query", "value": "$inputs.pin"}]
    kind = Kind({"type": "odd"}, inputs={"pin": {"type": "string"}}, parameters=parameters)
    stage = Stage(stranger, tmp_path, kind)
    with LoopbackServer(everything) as api:
        stage.write(api.url)
        for output in ("-v", "--json", "--dry-run"):
            assert_hidden(stage.shown("run", "-i", f"pin={MARK}", output), MARK)


# -- the library ---------------------------------------------------------------------------------


def run_async(path: str, **settings: Any) -> arazzo.RunResult:
    async def go() -> arazzo.RunResult:
        asyncio.get_running_loop().set_debug(True)
        async with arazzo.AsyncRunner(**settings) as runner:
            return await runner.run(path)

    return asyncio.run(go())


LIBRARY: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "apiKey": ({"type": "apiKey", "in": "header", "name": "X-Key"}, {"s": MARK}),
    "query": ({"type": "apiKey", "in": "query", "name": "key"}, {"s": MARK}),
    "cookie": ({"type": "apiKey", "in": "cookie", "name": "key"}, {"s": MARK}),
    "basic": (BASIC, {"s": {"username": USER, "password": MARK}}),
    "no colon": (BASIC, {"s": MARK}),
    "digest": ({"type": "http", "scheme": "digest"}, {"s": f"{USER}:{MARK}"}),
    "line break": ({"type": "apiKey", "in": "header", "name": "X-Key"}, {"s": MARK + "\r\nX: y"}),
    "no such field": (BASIC, {"s": {"pass": MARK}}),
    "client": (
        {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "http://127.0.0.1:9/t"}}},
        {"s": {"client_id": ID, "client_secret": MARK}},
    ),
}


@pytest.mark.parametrize("kind", LIBRARY)
@pytest.mark.parametrize("door", ["sync", "async"])
@pytest.mark.parametrize("ends", ["completed", "failed", "no answer"])
def test_exceptions_and_logs(
    tmp_path: Path, logs: list[str], kind: str, door: str, ends: str
) -> None:
    scheme, credentials = LIBRARY[kind]
    said: list[str] = []
    status = 200 if ends == "completed" else 400
    run = run_async if door == "async" else arazzo.run
    with LoopbackServer(lambda came: everything(came, status)) as api:
        url = "http://127.0.0.1:9" if ends == "no answer" else api.url
        path = write_secured(tmp_path, url, {"s": scheme}, [{"s": []}])
        settings = arazzo.Settings(credentials=credentials)
        said.append(repr(settings))
        try:
            result = run(path, settings=settings)
            said.append(str(result.error))
            result.raise_for_status()
        except arazzo.ArazzoError as error:
            said += [str(error), repr(error), *traceback.format_exception(error)]
            said += [str(error.__cause__), repr(error.__context__)]
    assert_hidden("\n".join([*said, *logs]), MARK)


def test_aws_signing_logs_nothing(
    tmp_path: Path, logs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**AWS, "AWS_SESSION_TOKEN": "T0ken" + PLAIN}.items():
        monkeypatch.setenv(name, value)
    with LoopbackServer(everything) as api:
        path = write_secured(tmp_path, "https://sqs.eu-west-1.amazonaws.com", {}, [])
        result = arazzo.run(path, servers={"pets": api.url})
        assert result.status == "completed"
        assert "AWS4-HMAC-SHA256" in api.came[0].headers["authorization"]
    assert_hidden("\n".join(logs), PLAIN)


# -- the journal ---------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 400], ids=["completed", "failed"])
def test_the_journal(stage: Stage, status: int) -> None:
    """The file itself, and what is shown of it."""
    with LoopbackServer(answering(stage, status)) as api:
        stage.write(api.url)
        words = (*stage.kind.words, "--journal", "runs.db")
        text = stage.shown("run", *words, codes=[0 if status == 200 else 1])
        assert_hidden(text, stage.kind.secret)
    files = [file for file in stage.folder.iterdir() if file.name.startswith("runs.db")]
    assert files
    for file in files:
        assert_hidden(file.read_bytes().decode("latin-1"), stage.kind.secret)
