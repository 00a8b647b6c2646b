"""Marked secrets, and everything that a Temporal server knows of runs: they are not in it.

Through real parts: the development server, workers and commands as processes, an endpoint.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from tests.support.answers import Answer, json_answer, redirect
from tests.support.command import Done
from tests.support.endpoint import Endpoint, Received
from tests.support.temporal_server import Commands, TemporalServer, temporal_server

MARKED = "mArKeD!se/cret&9"  # a secret input
NESTED = "nEsTeD=pass?word7"
PIN = 918273645546372
BEARER = "bEaReR~token/of+worker1"
PASSWORD = "bAsIc:pass word/2"
API_KEY = "aPi-kEy=of?worker3"
AWS_SECRET = "aWs/sEcReT+kEy4567890abcdefghijklmnopqrs"
AWS_TOKEN = "aWsSeSsIoN/token+five=="
SEEN = "pLaIn!in/put&0"  # no secret: what the search finds when it can read
KEY = base64.b64encode(bytes(range(7, 39))).decode()
OTHER_KEY = base64.b64encode(bytes(range(9, 41))).decode()

INPUTS = {"name": SEEN, "key": MARKED, "pin": PIN, "db": {"user": "u", "password": NESTED}}
CREDENTIALS = {
    "ARAZZO_API_BEARER": BEARER,
    "ARAZZO_API_BASIC": f"user:{PASSWORD}",
    "ARAZZO_API_APIKEY": API_KEY,
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": AWS_SECRET,
    "AWS_SESSION_TOKEN": AWS_TOKEN,
    "AWS_REGION": "eu-west-1",
}
FLOW = """\
arazzo: 1.0.1
info: {title: Jobs, version: 1.0.0}
sourceDescriptions:
- {name: api, url: api.yaml, type: openapi}
- {name: cloud, url: cloud.yaml, type: openapi}
workflows:
- workflowId: main
  inputs:
    type: object
    properties:
      name: {type: string}
      key: {type: string, format: password}
      pin: {type: integer, writeOnly: true}
      db: {type: object, properties: {user: {type: string}, password: {writeOnly: true}}}
      end: {type: string}
  steps:
  - stepId: who
    operationId: who
  - stepId: create
    operationId: createJob
    parameters:
    - {name: X-Key, in: header, value: 'Key {$inputs.key}'}
    - {name: key, in: query, value: $inputs.key}
    requestBody:
      contentType: application/json
      payload:
        {name: $inputs.name, text: 'a{$inputs.key}b', db: $inputs.db, pin: $inputs.pin}
    successCriteria: [{condition: $statusCode == 201}]
    outputs: {body: $response.body, key: $inputs.key, url: $url}
  - stepId: poll
    operationId: getJob
    parameters: [{name: X-Key, in: header, value: $inputs.key}]
    successCriteria: [{condition: $response.body#/status == 'done'}]
    onFailure:
    - {name: wait, type: retry, retryAfter: 1, retryLimit: 5}
  - stepId: inner
    workflowId: inner
    parameters: [{name: token, value: $inputs.key}]
  - stepId: last
    operationId: createJob
    requestBody: {contentType: application/json, payload: {key: $inputs.key}}
    successCriteria:
    - condition: $statusCode == 201 && $inputs.end != 'fail'
  outputs: {created: $steps.create.outputs.body, key: $inputs.key}
- workflowId: inner
  inputs: {type: object, properties: {token: {type: string}}}
  steps:
  - stepId: signed
    operationId: signed
    parameters: [{name: X-Token, in: header, value: $inputs.token}]
    outputs: {echo: $response.body}
"""
API = """\
openapi: 3.0.3
info: {title: Jobs, version: 1.0.0}
servers: [{url: 'SERVER'}]
paths:
  /who:
    get: {operationId: who, security: [{basic: []}], responses: {'200': {description: ok}}}
  /jobs:
    post:
      operationId: createJob
      security: [{bearer: [], apiKey: []}]
      responses: {'201': {description: ok}}
    get: {operationId: getJob, security: [{bearer: []}], responses: {'200': {description: ok}}}
components:
  securitySchemes:
    bearer: {type: http, scheme: bearer}
    basic: {type: http, scheme: basic}
    apiKey: {type: apiKey, in: query, name: api_key}
"""
CLOUD = """\
openapi: 3.0.3
info: {title: Cloud, version: 1.0.0}
servers: [{url: 'https://monitoring.eu-west-1.amazonaws.com'}]
paths: {/signed: {get: {operationId: signed, responses: {'200': {description: ok}}}}}
"""


def forms(secret: str) -> set[bytes]:
    """A secret as texts may have it, in longer base64 too."""
    raw = secret.encode()
    inside = [base64.b64encode(b"\0" * n + raw).decode()[2 + n : -4] for n in range(3)]
    inside += [text.replace("+", "-").replace("/", "_") for text in inside]
    written = {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}
    twice = [base64.b64encode(text.encode()).decode()[2:-4] for text in inside]  # of a database
    return {text.encode() for text in (*written, *inside, *twice, raw.hex())}


def found(secret: str, data: bytes) -> list[bytes]:
    """The forms of a secret that data has in it."""
    return [form for form in forms(secret) if form in data]


class Jobs:
    """The API: its answers repeat what it was sent, credentials and all."""

    def __init__(self) -> None:
        self.polls = 0

    def __call__(self, request: Received) -> Answer:
        if request.method == "POST" and request.target.startswith("/jobs"):
            return redirect(f"/moved?from={request.target}", 307)
        said: dict[str, Any] = {"status": "running", "target": request.target}
        said |= {"headers": request.headers, "text": request.body.decode()}
        if "authorization" in dict(request.headers):
            kind, _, pair = request.header("authorization").partition(" ")
            said["user"] = base64.b64decode(pair).decode() if kind == "Basic" else pair
        if request.method == "POST":
            return json_answer(said, status=201)
        if request.target == "/jobs":
            self.polls += 1
            said["status"] = "running" if self.polls % 3 else "done"
        return json_answer(said)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TemporalServer]:
    with temporal_server(tmp_path / "temporal.db") as running:
        yield running


class Cluster(Commands):
    """Commands and workers for a server, over an API."""

    def __init__(self, folder: Path, server: TemporalServer) -> None:
        super().__init__(folder, server, {"RUN_KEY": KEY, "OTHER_KEY": OTHER_KEY})
        (folder / "flow.yaml").write_text(FLOW)
        (folder / "cloud.yaml").write_text(CLOUD)
        (folder / "inputs.json").write_text(json.dumps(INPUTS))
        self.cloud = ""

    def run(self, name: str, *words: object) -> Done:
        """Begins a run, and follows it."""
        return self("run", "flow.yaml", "main", "--id", name, "--server", self.cloud, *words)

    def check_nothing_said(self) -> None:
        """No command and no worker has shown a secret."""
        shown = "\n".join(self.said).encode()
        for secret in (*SECRETS, *GIVEN):
            assert not found(secret, shown), secret


SECRETS = (MARKED, NESTED, str(PIN))
GIVEN = (BEARER, PASSWORD, API_KEY, AWS_SECRET, AWS_TOKEN, KEY)


@pytest.fixture
def cluster(tmp_path: Path, server: TemporalServer) -> Cluster:
    return Cluster(tmp_path, server)


@contextmanager
def api(cluster: Cluster) -> Iterator[Endpoint]:
    with Endpoint(Jobs()) as endpoint:
        (cluster.folder / "api.yaml").write_text(API.replace("SERVER", endpoint.url))
        cluster.cloud = f"cloud={endpoint.url}"
        yield endpoint


def test_with_a_key_the_server_knows_no_secret_whatever_a_run_does(cluster: Cluster) -> None:
    key = ("--codec-key", "env:RUN_KEY")
    given = ("--inputs", "inputs.json", *key, "--json")
    with api(cluster) as endpoint, cluster.worker(*key, **CREDENTIALS):
        done = cluster.run("good", *given)
        assert done.code == 0, done.err
        failed = cluster.run("bad", *given, "-i", "end=fail", "-v")
        assert failed.code == 1, failed.err
        shown = cluster("runs", "show", "good", *key, "-v")
        assert shown.code == 0, shown.err
        assert SEEN in shown.out
        listed = cluster("runs", "list", *key)
        assert "good" in listed.out
    sent = endpoint.requests
    assert [r.method for r in sent if not r.target.startswith("/moved")] == 2 * [
        *("GET", "POST", "GET", "GET", "GET", "GET", "POST")
    ]
    assert MARKED in sent[1].values("X-Key")[0]  # the API was sent all of them
    assert sent[0].header("authorization").startswith("Basic ")
    assert sent[1].header("authorization") == f"Bearer {BEARER}"
    signed = next(request for request in sent if request.target.startswith("/signed"))
    assert signed.header("x-amz-security-token") == AWS_TOKEN

    everything = cluster.server.everything()
    assert cluster.server.workflow_ids() == ["bad", "good"]
    for secret in (*SECRETS, *GIVEN, SEEN):
        assert not found(secret, everything), secret
    assert b"binary/encrypted" in everything
    assert b"Encoded failure" in everything
    cluster.check_nothing_said()


def test_without_a_key_the_server_knows_no_credential(cluster: Cluster) -> None:
    (cluster.folder / "flow.yaml").write_text(
        FLOW.replace("format: password", "minLength: 1").replace(
            "writeOnly: true", "description: d"
        )
    )
    given = {"name": SEEN, "key": "no secret here", "pin": 1234, "db": {"user": "u"}}
    (cluster.folder / "inputs.json").write_text(json.dumps(given))
    with api(cluster) as endpoint, cluster.worker(**CREDENTIALS):
        done = cluster.run("plain", "--inputs", "inputs.json", "-v")
        assert done.code == 0, done.err
    assert endpoint.requests[0].header("authorization").startswith("Basic ")
    everything = cluster.server.everything()
    assert found(SEEN, everything)  # the search can read what is there
    for secret in GIVEN:
        assert not found(secret, everything), secret
    cluster.check_nothing_said()


def test_rows_of_batches(cluster: Cluster) -> None:
    key = ("--codec-key", "env:RUN_KEY")
    rows = [{**INPUTS, "pin": pin} for pin in (PIN, 4711)]
    (cluster.folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    batch = ("batch", "flow.yaml", "main", "--inputs", "rows.jsonl", *key)
    with api(cluster) as endpoint, cluster.worker(*key, **CREDENTIALS):
        done = cluster(*batch, "--server", cluster.cloud)
        assert done.code == 0, done.err
        # What names a row's run says nothing about its secrets: with others it is the same row.
        before = cluster.server.workflow_ids()
        rows[1]["pin"] = 4712
        (cluster.folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
        name = before[0].rsplit("-", 2)[0]
        again = cluster(*batch, "--server", cluster.cloud, "--resume", name)
        assert again.code == 0, again.err
        assert cluster.server.workflow_ids() == before
    assert len([r for r in endpoint.requests if r.target.startswith("/jobs?key=")]) == 2
    everything = cluster.server.everything()
    for secret in (*SECRETS, *GIVEN, SEEN):
        assert not found(secret, everything), secret
    cluster.check_nothing_said()


def test_without_a_key_secret_inputs_are_refused(cluster: Cluster) -> None:
    with api(cluster):
        done = cluster.run("refused", "--inputs", "inputs.json")
    assert done.code == 2
    for name in ("key", "pin", "db"):
        assert f"input '{name}' is secret" in done.err
    assert "--codec-key env:NAME" in done.err
    assert cluster.server.workflow_ids() == []
    cluster.check_nothing_said()


def test_workers_and_people_without_the_key(cluster: Cluster) -> None:
    key, other = ("--codec-key", "env:RUN_KEY"), ("--codec-key", "env:OTHER_KEY")
    with api(cluster) as endpoint:
        for name, wrong in (("one", ()), ("two", other)):
            begun = cluster.run(name, "--inputs", "inputs.json", *key, "--detach")
            assert begun.code == 0, begun.err
            with cluster.worker(*wrong, **CREDENTIALS):
                cluster.until(name, "WORKFLOW_TASK_FAILED")
            shown = cluster("runs", "show", name, *wrong)
            assert shown.code == 2
            assert "is encrypted with the key '" in shown.err
            assert "which is not known here" in shown.err
        assert endpoint.requests == []
        with cluster.worker(*key, **CREDENTIALS):
            for name in ("one", "two"):
                done = cluster("runs", "show", name, "-f", *key)
                assert done.code == 0, done.err
                if name == "two":  # the worker with the other key may have seen the first one, too
                    assert "it has another key" in done.err, done.err
    creates = [r for r in endpoint.requests if r.method == "POST" and r.target.startswith("/jobs")]
    assert len(creates) == 4
    everything = cluster.server.everything()
    for secret in (*SECRETS, *GIVEN, OTHER_KEY):
        assert not found(secret, everything), secret
    cluster.check_nothing_said()
