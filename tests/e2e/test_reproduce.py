"""The ``curl`` command that a failed run ends with sends the same request once more."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e import training
from tests.support.answers import aws_error, json_answer
from tests.support.command import CREDENTIALS, Command
from tests.support.endpoint import Endpoint, Received
from tests.support.sagemaker_endpoint import verify_signature

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")

API = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
servers: [{url: "http://shop.invalid/v1"}]
components:
  securitySchemes:
    bearer: {type: http, scheme: bearer}
    header: {type: apiKey, in: header, name: X-Api-Key}
    query: {type: apiKey, in: query, name: api key}
    cookie: {type: apiKey, in: cookie, name: session}
paths:
  /orders/{id}/{tail}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: tail, in: path, required: true, schema: {type: array, items: {type: string}}}
      - {name: q, in: query, schema: {type: string}}
      - {name: list, in: query, schema: {type: array, items: {type: string}}}
      - {name: deep, in: query, style: deepObject, explode: true, schema: {type: object}}
      - {name: X-Note, in: header, schema: {type: string}}
      - {name: crumb, in: cookie, schema: {type: string}}
    get: {operationId: read, responses: {"200": {description: ok}}}
    head: {operationId: look, responses: {"200": {description: ok}}}
    delete: {operationId: remove, security: [{header: []}], responses: {"200": {description: ok}}}
    post:
      operationId: write
      security: [{bearer: [], query: []}]
      requestBody:
        content:
          application/json: {schema: {type: object}}
          application/x-www-form-urlencoded: {schema: {type: object}}
          multipart/form-data: {schema: {type: object}}
          text/plain: {schema: {type: string}}
      responses: {"200": {description: ok}}
    put:
      operationId: replace
      security: [{cookie: []}]
      requestBody: {content: {application/xml: {schema: {type: string}}}}
      responses: {"200": {description: ok}}
"""

FLOW = """\
arazzo: 1.0.1
info: {title: Shop, version: "1"}
sourceDescriptions: [{name: shop, url: api.yaml, type: openapi}]
workflows:
  - workflowId: fails
    steps:
      - stepId: call
        operationId: OPERATION
        parameters:
          - {name: id, in: path, value: "a/b c?d#e%f"}
          - {name: tail, in: path, value: [x, "ü,y"]}
          - {name: q, in: query, value: "a&b=c + \\"d\\" 'e' $HOME `f` \\\\ 任"}
          - {name: list, in: query, value: [1, "two, three"]}
          - {name: deep, in: query, value: {a: 1, "b c": x}}
          - {name: X-Note, in: header, value: "it's \\"5\\" $x; {y}"}
          - {name: crumb, in: cookie, value: "a=b c"}
"""
BODY = """\
        requestBody:
          contentType: {kind}
          payload: {payload}
"""
TEXT = '"line one\\nit\'s $HOME `x` \\"q\\" \\\\ 任 @file"'
BODIES = {
    "application/json": f"{{a: {TEXT}, b: [1, 2.5, null, true]}}",
    "application/x-www-form-urlencoded": f"{{a: {TEXT}, b: 1}}",
    "multipart/form-data": f"{{a: {TEXT}, b: 1}}",
    "text/plain": TEXT,
    "application/xml": f"{{order: {{name: {TEXT}}}}}",
}
SECRETS = {"bearer": "tok'n-1234", "header": "k y$1234", "query": "q&=1234", "cookie": "c00kie-12"}
OWN = ("host", "user-agent", "accept", "accept-encoding", "connection")
"""Header fields that every client fills in for itself."""


def the_command(err: str) -> str:
    """The command that the run shows."""
    pattern = r"to reproduce it(?: \(.*?\))?: (.*?)(?=\n  help:|\nno value|\Z)"
    found = re.search(pattern, err, re.DOTALL)
    assert found is not None, err
    lines = found[1].rstrip("\n").split("\n  ")
    return "\n".join(lines)


def run_in_shell(command: str, **environ: str) -> None:
    environment = {"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": "/nonexistent", **environ}
    done = subprocess.run(
        ["/bin/sh", "-c", command], check=False, timeout=30, capture_output=True, env=environment
    )
    assert done.returncode == 0, done.stderr


def fields(request: Received) -> list[tuple[str, str]]:
    return sorted((n.lower(), v) for n, v in request.headers if n.lower() not in OWN)


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("read", None),
        ("look", None),
        ("remove", None),
        ("write", "application/json"),
        ("write", "application/x-www-form-urlencoded"),
        ("write", "multipart/form-data"),
        ("write", "text/plain"),
        ("replace", "application/xml"),
    ],
)
def test_the_command_sends_the_same_request(
    arazzo: Command, tmp_path: Path, operation: str, kind: str | None
) -> None:
    flow = FLOW.replace("OPERATION", operation)
    if kind is not None:
        flow += BODY.format(kind=kind, payload=BODIES[kind])
    (tmp_path / "api.yaml").write_text(API, "utf-8")
    (tmp_path / "flow.yaml").write_text(flow, "utf-8")
    given = [f"--auth={name}={value}" for name, value in SECRETS.items()]
    answer = json_answer({"message": "no"}, status=400)
    with Endpoint([answer, answer]) as endpoint:
        server = f"--server=shop={endpoint.url}/v1"
        done = arazzo("run", tmp_path / "flow.yaml", server, *given, "--header=X-Mine: it's")
        assert done.code == 1, done.err
        command = the_command(done.err)
        for secret in SECRETS.values():
            assert secret not in done.err
        first = endpoint.requests[0]
        run_in_shell(_with_secrets(command, first))
        first, second = endpoint.requests
    assert (second.method, second.target, second.body) == (first.method, first.target, first.body)
    assert fields(second) == fields(first)
    assert ("x-mine", "it's") in fields(first)


def _with_secrets(command: str, sent: Received) -> str:
    """What a person does: each mask replaced by what belongs there."""
    pieces = command.split("•••")
    filled = pieces[0]
    for piece in pieces[1:]:
        if filled.endswith(": "):  # a header field that is secret as a whole
            value = sent.header(filled.rpartition("'")[2].removesuffix(": "))
        else:
            assert filled.endswith("api%20key=")
            value = "q%26%3D1234"
        filled += value.replace("'", "'\"'\"'") + piece
    return filled


@pytest.mark.parametrize("session", [False, True])
def test_the_command_of_an_aws_request_signs_it(arazzo: Command, *, session: bool) -> None:
    refused = aws_error("ValidationException", "the name is taken")
    credentials = dict(CREDENTIALS)
    if session:
        credentials["AWS_SESSION_TOKEN"] = "FwoGZXIvYXdzEBYaDHhBTEXAMPLETOKEN"
    with Endpoint([refused, refused]) as endpoint:
        done = arazzo(*training.words(endpoint), **credentials)
        assert done.code == 1
        command = the_command(done.err)
        assert "--aws-sigv4 aws:amz:us-east-1:sagemaker" in command
        assert not any(value in command for value in credentials.values())
        run_in_shell(command, **credentials)
        first, second = endpoint.requests
    assert (second.method, second.target, second.body) == (first.method, first.target, first.body)
    assert second.header("X-Amz-Target") == "SageMaker.CreateTrainingJob"
    assert second.header("Content-Type") == first.header("Content-Type")
    verify_signature(second, region="us-east-1", token=credentials.get("AWS_SESSION_TOKEN"))
