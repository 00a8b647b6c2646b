"""``arazzo.toml``: found, checked, chosen, read; what is wrong is told with its line."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import arazzo_runner as arazzo
from arazzo_runner.auth import AwsSettings
from arazzo_runner.errors import UsageError
from arazzo_runner.execution import Runner, Settings
from arazzo_runner.execution.configuration import configure, load_settings
from arazzo_runner.execution.configuration_file import find_configuration
from arazzo_runner.execution.configuration_keys import configuration_schema
from arazzo_runner.interpreter import Pacing
from arazzo_runner.values import Redactor
from tests.support.answers import json_answer
from tests.support.endpoint import Endpoint
from tests.support.paths import REPOSITORY

FULL = """\
servers.petApi = "https://pets.example"
proxy = "http://127.0.0.1:3128"
check-responses = "warn"
strict = true
documents = ["more/api.yaml"]

[server-variables.petApi]
region = "eu"

[headers]
X-Team = "blue"
Authorization = "env:TOKEN"

[credentials]
petKey = "env:PET_KEY"
oauth = {client_id = "me", client_secret = "env:S"}

[inputs]
quantity = 2
name = "env:NAME"
deep = {list = ["literal:env:X", 1.5, true], day = 2026-01-02}

[pacing]
interval = 5
max-interval = "1m"
[pacing."train"]
interval = "10s"
[pacing."train.poll"]
timeout = 60
throttle-limit = 3

[timeouts]
run = "2h"
request = 5

[limits]
max-steps = 50
max-response-bytes = 1000

[tls]
ca-bundle = "ca.pem"

[network]
allow-hosts = ["*.Example.com", "127.0.0.1:5000"]
deny-private = true
offline = false
allow-files-under = ["."]

[aws]
profile = "ml"
region = "eu-west-1"
sign = false

[environments.default]
headers.X-Team = "green"

[environments.staging]
servers.petApi = "https://staging.example"
tls.insecure = true
[environments.staging.pacing]
interval = 1
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("TOKEN", "NAME", "PET_KEY", "S"):
        monkeypatch.setenv(name, f"value of {name}")
    path = tmp_path / "arazzo.toml"
    path.write_text(FULL)
    return path


def test_every_key(file: Path) -> None:
    redactor = Redactor()
    settings = load_settings(file, redactor=redactor)
    folder = file.parent
    assert settings.servers == {"petApi": "https://pets.example"}
    assert settings.server_variables == {"petApi.region": "eu"}
    assert settings.headers == (("X-Team", "green"), ("Authorization", "value of TOKEN"))
    assert settings.credentials == {
        "petKey": "env:PET_KEY",
        "oauth": {"client_id": "me", "client_secret": "env:S"},
    }, "read when a request needs them"
    assert settings.inputs == {
        "quantity": 2,
        "name": "value of NAME",
        "deep": {"list": ["env:X", 1.5, True], "day": "2026-01-02"},
    }
    assert settings.run.pacing == Pacing(5.0, 60.0)
    assert settings.run.paces == {
        "train": Pacing(10.0, 60.0),
        "train.poll": Pacing(5.0, 60.0, 60.0, 3),
    }
    assert (settings.run.max_steps, settings.run.max_paced_steps) == (50, 50)
    assert (settings.timeout, settings.http_timeout) == (7200.0, 5.0)
    assert settings.max_response_bytes == 1000
    assert settings.verify == str(folder / "ca.pem")
    assert settings.proxy == "http://127.0.0.1:3128"
    assert settings.allow_hosts == ("*.example.com", "127.0.0.1:5000")
    assert settings.deny_private
    assert not settings.offline
    assert settings.allow_files_under == (str(folder),)
    assert settings.documents == (str(folder / "more/api.yaml"),)
    assert settings.aws == AwsSettings("ml", "eu-west-1", None, sign=False)
    assert settings.check_responses == "warn"
    assert settings.strict
    assert redactor.text("value of TOKEN value of NAME") == "••• •••"


def test_an_environment_over_what_holds_always(file: Path) -> None:
    settings = arazzo.load_settings(file, "staging")
    assert settings.servers == {"petApi": "https://staging.example"}
    assert settings.verify is False
    assert dict(settings.headers)["X-Team"] == "blue", "not the default environment's"
    assert settings.run.pacing == Pacing(1.0, 60.0)
    assert settings.run.paces["train"].interval == 10.0


def test_environments_that_are_not_there(file: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no environment 'stagign'") as caught:
        load_settings(file, "stagign")
    assert caught.value.hint == "did you mean 'staging'?"
    bare = tmp_path / "bare.toml"
    bare.write_text("")
    assert load_settings(bare) == Settings()
    with pytest.raises(UsageError, match="no environment 'x'") as caught:
        load_settings(bare, "x")
    assert caught.value.hint == "it has: none"
    with pytest.raises(UsageError, match=r"no arazzo\.toml was found"):
        configure(env="x", near=Path("/nowhere"))
    assert configure(near=Path("/nowhere")).path is None


def test_where_it_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    project = tmp_path / "pyproject.toml"
    project.write_text("[project]\nname = 'x'\n")
    assert find_configuration(deep) != project
    project.write_text("[tool.arazzo]\nstrict = true\n[tool.arazzo.environments.e]\nstrict = false")
    assert find_configuration(deep) == project
    assert configure(near=deep).settings.strict
    assert not configure(env="e", near=deep).settings.strict
    (tmp_path / "a" / "pyproject.toml").write_text("not toml [")
    assert find_configuration(deep) == project, "another tool's file is not ours to report"
    own = tmp_path / "arazzo.toml"
    own.write_text("")
    assert find_configuration(deep) == own
    monkeypatch.chdir(deep)
    assert load_settings() == Settings()


WRONG: dict[str, tuple[str, int, str, str | None]] = {
    "serves.x = 'a'": ("there is no key 'serves'", 1, "", "did you mean 'servers'?"),
    "\n[timeouts]\nruns = 5": ("[timeouts] has no key 'runs'", 3, "runs", "did you mean 'run'?"),
    "[environments.s]\n[environments.s.tls]\ninsecur = 1": (
        "no key 'insecur'",
        3,
        "",
        "'insecure'",
    ),
    "[environments.s]\nzzz = 1": ("[environments.s] has no key 'zzz'", 2, "", "known are: servers"),
    "a = 1\n[pacing.w]\nx = 1": ("there is no key 'a'", 1, "", None),
    "[pacing.w]\ninterva = 1": ("[pacing.w] has no key 'interva'", 2, "", "'interval'"),
    "[pacing]\nintervall = 1": ("[pacing] has no key 'intervall'", 2, "", "'interval'"),
    "strict = 'yes'": ("'strict' is true or false, not a text", 1, "", None),
    "[limits]\nmax-steps = 0": ("a whole number from 1 on", 2, "", None),
    "[limits]\nmax-steps = true": ("a whole number, not true or false", 2, "", None),
    "timeouts.run = 'soon'": ("'run': 'soon' is not a time", 1, "", None),
    "timeouts.run = []": ("'run' is a time", 1, "", None),
    "timeouts = 5": ("'timeouts' is a table, not a whole number", 1, "", None),
    "servers.a = 5": ("'a' is a text, not a whole number", 1, "", None),
    "server-variables.a = 'x'": ("'a' is a table, not a text", 1, "", None),
    "documents = 'x'": ("'documents' is an array", 1, "", None),
    "documents = [1]": ("'documents' is a text", 1, "", None),
    "network.allow-hosts = ['http://a']": ("is not a host", 1, "", None),
    "check-responses = 'maybe'": ("is one of: warn, error", 1, "", None),
    "inputs = 5": ("'inputs' is a table", 1, "", None),
    "credentials.a.b = 5": ("'b' is a text", 1, "", None),
    "environments = 1": ("'environments' is a table", 1, "", None),
    "x = 'a\n": ("the configuration is not TOML", 1, "", None),
    "headers.X = 'env:NOT_SET'": ("variable 'NOT_SET' is not set", 1, "", "--env-file"),
    "proxy = 5": ("'proxy' is a text", 1, "", None),
}


@pytest.mark.parametrize("text", WRONG)
def test_mistakes(tmp_path: Path, text: str) -> None:
    message, line, excerpt, hint = WRONG[text]
    path = tmp_path / "arazzo.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        load_settings(path)
    error = caught.value
    assert message in error.message
    assert error.location
    assert (error.location.file, error.location.line) == (str(path), line)
    assert excerpt in (error.location.excerpt or "")
    if hint is not None:
        assert hint in (error.hint or "")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    big = tmp_path / "big.toml"
    big.write_text("#" * (2**20 + 1))
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"a = '\xff'")
    project = tmp_path / "pyproject.toml"
    project.write_text("[tool]\narazzo = 5")
    for path in (tmp_path / "none.toml", tmp_path, big, latin, project):
        with pytest.raises(UsageError):
            load_settings(path)


def test_secrets_in_plain_text_are_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "arazzo.toml"
    path.write_text(
        "[credentials]\nkey = 'plain-secret-1'\nok = 'env:X'\n"
        "o = {client_id = 'public-id', client_secret = 'literal:plain-secret-2'}\n"
        "[headers]\nX-Api-Key = 'Key plain-secret-3'\nX-Plain = 'hello'\n"
    )
    redactor = Redactor()
    found = configure(path, redactor=redactor)
    assert [(fault.rule, fault.location.line) for fault in found.warnings if fault.location] == [
        *(("plain-secret", 6), ("plain-secret", 2), ("plain-secret", 4))
    ]
    assert not any("plain-secret-" in str(fault) for fault in found.warnings)
    shown = redactor.text("plain-secret-1 plain-secret-2 plain-secret-3 public-id hello")
    assert shown == "••• ••• ••• public-id hello"


def test_a_file_that_was_only_found_may_do_less(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (inside / "name.txt").write_text("from a file\n")
    (tmp_path / "outside.txt").write_text("out of reach")
    path = inside / "arazzo.toml"

    def settings(value: str, key: str = "inputs.a", *, named: bool = False) -> Settings:
        path.write_text(f"{key} = '{value}'")
        return load_settings(path) if named else configure(near=inside).settings

    assert settings("file:name.txt").inputs == {"a": "from a file"}
    for value in ("cmd:echo hello", "keyring:x/y", "file:../outside.txt", "file:/etc/hostname"):
        for key in ("inputs.a", "headers.A", "credentials.a", "servers.a"):
            with pytest.raises(UsageError, match="found, not named") as caught:
                settings(value, key)
            assert "--config" in (caught.value.hint or "")
    assert settings("cmd:echo hello", named=True).inputs == {"a": "hello"}
    assert settings("file:../outside.txt", named=True).inputs == {"a": "out of reach"}
    (inside / "link.txt").symlink_to(tmp_path / "outside.txt")
    with pytest.raises(UsageError, match="outside of its folder"):
        settings("file:link.txt")
    assert settings("file:name.txt", "credentials.k").credentials == {
        "k": f"file:{inside / 'name.txt'}"
    }


def test_a_longest_wait_shorter_than_the_first(tmp_path: Path) -> None:
    path = tmp_path / "arazzo.toml"
    path.write_text("[pacing]\ninterval = 60\n[pacing.w]\nmax-interval = 2\n")
    run = load_settings(path).run
    assert run.pacing == Pacing(60.0, 60.0)
    assert run.paces["w"] == Pacing(2.0, 2.0)


def test_the_schema_in_the_documentation_is_that_of_the_code(file: Path) -> None:
    documented = REPOSITORY / "docs" / "arazzo-toml.schema.json"
    assert json.loads(documented.read_text()) == configuration_schema()
    validator = jsonschema.Draft202012Validator(configuration_schema())
    validator.check_schema(configuration_schema())
    data: Any = tomllib.loads(FULL)
    del data["inputs"]["deep"]["day"]
    validator.validate(data)
    assert not validator.is_valid({"serves": {}})


def test_every_key_is_documented() -> None:
    text = (REPOSITORY / "docs" / "configuration.md").read_text()
    for name in configuration_schema()["properties"]:
        assert f"`{name}`" in text or f"[{name}" in text or f"\n{name}" in text, name


FLOW = """
arazzo: 1.0.1
info: {title: t, version: '1'}
sourceDescriptions: [{name: api, url: api.json, type: openapi}]
workflows:
  - workflowId: w
    inputs: {type: object, required: [id], properties: {id: {type: string}}}
    steps:
      - stepId: a
        operationId: op
        parameters: [{name: id, in: query, value: $inputs.id}]
        onSuccess:
          - {name: done, type: end, criteria: [{condition: $response.body#/done == true}]}
          - {name: again, type: goto, stepId: a}
"""
API = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "paths": {"/a": {"get": {"operationId": "op", "responses": {}}}},
}


def test_a_run_with_it(tmp_path: Path) -> None:
    (tmp_path / "api.json").write_text(json.dumps(API))
    (tmp_path / "flow.yaml").write_text(FLOW)
    answers = [json_answer({"done": False}), json_answer({"done": True})]
    with Endpoint(answers) as end:
        path = tmp_path / "arazzo.toml"
        path.write_text(
            f"servers = {{api = '{end.url}', other = 'http://x'}}\nserver-variables.other.v = 'x'\n"
            "inputs = {id = '5', unknown = 1}\n"
            "[pacing]\ninterval = 9\n[pacing.'w.a']\ninterval = 0.05"
        )
        records: list[Any] = []
        with Runner(load_settings(path), on_record=records.append) as runner:
            result = runner.run(str(tmp_path / "flow.yaml"))
    assert result.ok
    assert [warning.rule for warning in result.warnings] == ["parameter-declared"]
    assert [seen.target for seen in end.requests] == ["/a?id=5", "/a?id=5"]
    waits = [record.seconds for record in records if type(record).__name__ == "Waiting"]
    assert waits == [0.05]


@pytest.mark.parametrize(
    ("text", "certificate"),
    [
        ('certificate = "a.pem"', ("a.pem", None, None)),
        ('certificate = "a.pem"\nkey = "b.pem"', ("a.pem", "b.pem", None)),
        ('certificate = "a.pem"\nkey-password = "env:PW"', ("a.pem", None, "pa55word")),
    ],
)
def test_client_certificates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, certificate: Any
) -> None:
    monkeypatch.setenv("PW", "pa55word")
    path = tmp_path / "arazzo.toml"
    path.write_text(f"[tls]\n{text}\n")
    redactor = Redactor()
    found = load_settings(path, redactor=redactor).certificate
    assert found is not None
    file, key, password = certificate
    own = None if key is None else str(tmp_path / key)
    assert tuple(found) == (str(tmp_path / file), own, password)
    assert (redactor.text("pa55word") == "•••") is bool(password)


@pytest.mark.parametrize("key", ["key", "key-password"])
def test_a_key_without_certificate(tmp_path: Path, key: str) -> None:
    path = tmp_path / "arazzo.toml"
    path.write_text(f'[tls]\n{key} = "a"\n')
    with pytest.raises(UsageError, match="belongs to a certificate") as error:
        load_settings(path)
    assert error.value.location is not None
    assert error.value.location.line == 2


def test_the_password_of_a_key_in_plain_text_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "arazzo.toml"
    path.write_text('[tls]\ncertificate = "a"\nkey-password = "literal:pa55word"\n')
    (warning,) = configure(path).warnings
    assert (warning.rule, warning.location and warning.location.line) == ("plain-secret", 3)


def test_names_of_secrets(tmp_path: Path) -> None:
    path = tmp_path / "arazzo.toml"
    path.write_text('[secrets]\nheaders = ["X-A"]\nfields = ["pin", "-token"]\n')
    settings = load_settings(path)
    assert (settings.secret_headers, settings.secret_fields) == (("X-A",), ("pin", "-token"))
