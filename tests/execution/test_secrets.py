"""Marked secrets: in no file of the journal, in no encoding, whatever a run does with them."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from arazzo_runner.errors import InputError, UsageError
from arazzo_runner.execution import Settings
from arazzo_runner.execution.kept_settings import kept_settings, settings_again
from arazzo_runner.execution.sealing import (
    Sealer,
    find_secrets,
    open_sealed,
    secrets_from_environment,
)
from arazzo_runner.values import Redactor
from tests.execution.durable import DONE, Killed, Runs
from tests.execution.test_durable import everything

MARKED = "mArKeD!se/cret&9"
NESTED = "nEsTeD=pass?word7"
NUMBER = 918273645546372

FLOW = """\
arazzo: 1.0.1
info: {title: Jobs, version: 1.0.0}
sourceDescriptions: [{name: jobs, url: api.yaml, type: openapi}]
workflows:
- workflowId: main
  inputs:
    type: object
    properties:
      name: {type: string}
      key: {type: string, format: password}
      pin: {type: integer, format: password}
      db: {type: object, properties: {user: {type: string}, password: {writeOnly: true}}}
      short: {type: string, format: password}
  steps:
  - stepId: create
    operationId: createJob
    parameters:
    - {name: X-Key, in: header, value: 'Bearer {$inputs.key}'}
    - {name: key, in: query, value: $inputs.key}
    requestBody:
      contentType: application/json
      payload:
        {key: $inputs.key, text: 'a{$inputs.key}b', db: $inputs.db, pin: $inputs.pin}
    outputs: {body: $response.body, key: $inputs.key, url: $url, echo: $response.body#/echo}
  - stepId: other
    workflowId: inner
    parameters: [{name: token, value: $inputs.key}, {name: short, value: $inputs.short}]
    outputs: {token: $outputs.token}
  outputs: {body: $steps.create.outputs.body, token: $steps.other.outputs.token}
- workflowId: inner
  inputs: {type: object, properties: {token: {type: string}, short: {type: string}}}
  steps:
  - stepId: read
    operationId: getJob
    parameters:
    - {name: name, in: path, value: 'x'}
    - {name: X-Token, in: header, value: $inputs.token}
    - {name: X-Short, in: header, value: $inputs.short}
  outputs: {token: $inputs.token}
"""
INPUTS = {
    "name": "n", "key": MARKED, "pin": NUMBER, "db": {"user": "u", "password": NESTED},
    "short": "ab",
}  # fmt: skip


def forms(secret: str) -> list[str]:
    raw = secret.encode()
    inside = [base64.b64encode(b"\0" * n + raw).decode()[2 + n : -4] for n in range(3)]
    return [secret, quote(secret, safe=""), json.dumps(secret)[1:-1], *inside]


ECHO = {
    "echo": MARKED, "encoded": quote(MARKED, safe=""), "inside": f"({NESTED})",
    "basic": base64.b64encode(f"user:{MARKED}".encode()).decode(), "number": NUMBER,
    MARKED: 1, "list": [NESTED],
}  # fmt: skip


@pytest.mark.parametrize("door", ["sync", "async"])
@pytest.mark.parametrize("moment", range(3))
def test_no_secret_is_kept(door: str, moment: int, tmp_path: Path) -> None:
    runs = Runs(tmp_path, door, FLOW)
    answers: list[Any] = [(201, ECHO), DONE]
    if moment < 2:
        runs.killed([*answers[:moment], Killed], inputs=INPUTS)
    else:
        assert runs.run(answers, inputs=INPUTS).ok
    data = everything(runs)
    assert b"StepStarted" in data, "the journal is there"
    for secret in (MARKED, NESTED, str(NUMBER)):
        for form in forms(secret):
            assert form.encode() not in data, form
    if moment == 2:
        return
    secret = {k: v for k, v in INPUTS.items() if k != "name"}
    result = runs.resume(answers[moment:], inputs=secret, on_uncertain="resend")
    assert result.ok
    assert result.outputs["token"] == MARKED, "what a step read of an input is whole again"
    assert runs.requests[-1].headers["x-token"] == MARKED
    assert runs.requests[-1].headers["x-short"] == "ab"
    first, *_ = runs.requests
    assert json.loads(first.content)["pin"] == NUMBER
    data = everything(runs)
    for secret_text in (MARKED, NESTED, str(NUMBER)):
        assert secret_text.encode() not in data


def test_every_secret_that_is_missing_is_named(tmp_path: Path) -> None:
    runs = Runs(tmp_path, "sync", FLOW)
    runs.killed([(201, ECHO), Killed], inputs=INPUTS)
    with pytest.raises(InputError) as caught:
        runs.resume()
    assert [problem.split("'")[1] for problem in caught.value.problems] == [
        "key", "pin", "db", "short",
    ]  # fmt: skip


# -- settings --------------------------------------------------------------------------------------


def test_references_to_credentials_are_kept_and_values_are_not(tmp_path: Path) -> None:
    given = Settings(
        credentials={"a": "env:A", "b": MARKED, "c": {"client_id": "me", "client_secret": "env:C"}},
        download_dir=tmp_path,
        allow_hosts=("x.test",),
    )
    kept = json.loads(json.dumps(kept_settings(given, Redactor())))
    assert MARKED not in json.dumps(kept)
    with pytest.raises(UsageError, match="the credential 'b' was given as it is"):
        settings_again(kept, Settings())
    again = settings_again(kept, Settings(credentials={"b": "env:B"}, allow_hosts=("y.test",)))
    assert again.credentials == {**given.credentials, "b": "env:B"}
    assert (again.download_dir, again.allow_hosts) == (tmp_path, ("y.test",))
    assert settings_again({}, Settings()) == Settings()


def test_a_scheme_that_is_called_as_a_field_is_no_file(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text("-----BEGIN")
    given = Settings(credentials={"pets.key": MARKED, "mtls.key": str(file), "mtls.scope": "all"})
    kept = kept_settings(given, Redactor())
    assert kept["credentials"] == {"mtls.key": str(file), "mtls.scope": "all"}
    assert kept["secret"] == ["credential pets.key"]


# -- sealing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        "plain",
        "$sealed:looks like ours",
        "$sealed:",
        "before secret-1 after",
        "secret-1secret-2secret-1",
        "secret-1",
        "ab",
        "abc ab",
        {"k": ["secret-2", {"x": None, "y": [1, 2.5, True]}]},
        {"$bytes": base64.b64encode(b"\x00\xff").decode()},
        {"$bytes": 5},
        12345678,
        {"$sealed:": "$sealed:[1]"},
    ],
    ids=repr,
)
def test_what_is_sealed_opens(data: Any) -> None:
    secrets = {"a": "secret-1", "b": "secret-2", "c": "ab", "d": "12345678"}
    text = Sealer(secrets, Redactor(secrets.values())).text(data)
    assert "secret-1" not in text
    assert "secret-2" not in text
    assert "12345678" not in text
    assert open_sealed(text, secrets) == data


def test_other_secrets_are_masked_for_good() -> None:
    redactor = Redactor(["credential-x"])
    raw = base64.b64encode(b"\xff credential-x").decode()
    text = Sealer({}, redactor).text({"a": "it is credential-x", "b": {"$bytes": raw}})
    assert "credential-x" not in text
    opened = open_sealed(text, {})
    assert opened == {
        "a": "it is •••",
        "b": {"$bytes": base64.b64encode(b"\xff \xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2").decode()},
    }


def test_secrets_are_found_by_the_schema() -> None:
    schema = {
        "properties": {
            "a": {"format": "password"},
            "b": {"writeOnly": True},
            "c": {"type": "object", "properties": {"d": {"$ref": "#/x"}, "e": {}}},
            "f": {"format": "password"},
            "g": True,
            "h": {"format": "password"},
        }
    }
    root = {"x": {"format": "password"}}
    values = {
        "a": "1", "b": {"x": ["2", None], "y": 3.5}, "c": {"d": "4", "e": "5"}, "f": True,
        "g": "6", "h": "",
    }  # fmt: skip
    assert find_secrets(schema, values, root) == {
        "a": "1", "b.x.0": "2", "b.y": "3.5", "c.d": "4",
    }  # fmt: skip
    assert find_secrets(True, values, root) == {}
    deep: Any = {"format": "password"}
    value: Any = "s"
    for _ in range(40):
        deep, value = {"properties": {"a": deep}}, {"a": value}
    assert find_secrets(deep, value, None) == {}


def test_secrets_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARAZZO_INPUT_API_KEY", "k")
    monkeypatch.setenv("ARAZZO_INPUT_EMPTY", "")
    assert secrets_from_environment(("api-key", "empty", "none")) == {"api-key": "k"}
