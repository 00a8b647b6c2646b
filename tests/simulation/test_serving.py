"""The mock over real sockets: state, validation, failures on purpose, scripts."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import BadStatusLine, HTTPConnection, RemoteDisconnected
from typing import Any

import pytest

from arazzo_runner.errors import UsageError
from arazzo_runner.simulation.scenarios import read_script
from arazzo_runner.simulation.server import MockServer
from arazzo_runner.simulation.serving import Service, Trouble
from tests.simulation.support import API, CREATE, POLL, program, step


@contextmanager
def serving(flow: str = CREATE, api: str = API, **options: Any) -> Iterator[MockServer]:
    scenario = options.pop("scenario", None)
    script = None if scenario is None else read_script(scenario, "here")
    with MockServer(Service(program(flow, api), script=script, **options)) as server:
        yield server


def ask(
    server: MockServer, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, dict[str, str], Any]:
    connection = HTTPConnection(*server.url.removeprefix("http://").split(":"), timeout=10)
    try:
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if raw is not None:
            headers.setdefault("Content-Type", "application/json")
        connection.request(method, path, raw, headers)
        answer = connection.getresponse()
        content = answer.read()
        kind = answer.headers.get("Content-Type", "")
        found = json.loads(content) if content and "json" in kind else content
        return answer.status, dict(answer.headers), found
    finally:
        connection.close()


def test_what_was_created_is_read_and_listed() -> None:
    with serving() as server:
        status, headers, made = ask(server, "POST", "/pets", {"name": "Tom", "kind": "dog"})
        assert status == 201
        assert headers["Content-Type"] == "application/json"
        assert made["name"] == "Tom"
        _, _, read = ask(server, "GET", f"/pets/{made['id']}")
        assert (read["id"], read["name"], read["kind"]) == (made["id"], "Tom", "dog")
        _, _, other = ask(server, "GET", "/pets/99999")
        assert other["id"] == 99999
        assert other["name"] != "Tom"
        _, _, listed = ask(server, "GET", "/pets")
        assert listed["pets"][0]["name"] == "Tom"
        assert ask(server, "DELETE", f"/pets/{made['id']}")[::2] == (204, b"")
        assert [entry.status for entry in server.entries] == [201, 200, 200, 200, 204]


def test_a_poll_waits_twice() -> None:
    with serving(POLL) as server:
        states = [ask(server, "GET", "/jobs/7")[2]["status"] for _ in range(4)]
        assert states == ["RUNNING", "RUNNING", "DONE", "DONE"]
        assert ask(server, "GET", "/jobs/8")[2]["status"] == "RUNNING"


def test_requests_are_validated() -> None:
    with serving() as server:
        status, headers, answer = ask(server, "POST", "/pets", {"kind": "cow", "x": 1})
        assert status == 400
        assert headers["Content-Type"] == "application/problem+json"
        assert answer["problems"] == [
            "request body: the value lacks the required 'name'",
            "request body: the value has 'x', which the schema does not allow",
            'request body: /kind is "cow", not one of "cat", "dog"',
        ]
        assert ask(server, "POST", "/pets")[2]["problems"] == [
            "the required request body is missing"
        ]
        plain = ask(server, "POST", "/pets", b"x", **{"Content-Type": "text/plain"})
        assert plain[2]["problems"] == ["the body is text/plain, not application/json"]
        assert server.entries[0].problems
    with serving(validate=False) as server:
        assert ask(server, "POST", "/pets", {"kind": "cow"})[0] == 201


def test_required_parameters_are_validated() -> None:
    api = API.replace(
        "{name: limit, in: query, schema", "{name: limit, in: query, required: true, schema"
    )
    with serving(api=api) as server:
        assert ask(server, "GET", "/pets")[2]["problems"] == [
            "the required query parameter 'limit' is missing"
        ]
        assert ask(server, "GET", "/pets?limit=3")[0] == 200


def test_what_is_not_described() -> None:
    with serving() as server:
        assert ask(server, "GET", "/nothing")[0] == 404
        assert ask(server, "PATCH", "/pets")[0] == 405
        assert [entry.operation for entry in server.entries] == [None, None]


def test_scripted_answers_come_in_order_and_the_last_stays() -> None:
    scenario = [
        {"operation": "getJob", "times": 2, "body": {"status": "RUNNING"}},
        {"operation": "GET /jobs/{id}", "status": 500, "headers": {"X-Why": "bad\r\nluck"}},
        {"step": "poll", "status": 200, "body": "done", "contentType": "text/plain"},
    ]
    with serving(POLL, scenario=scenario) as server:
        answers = [ask(server, "GET", "/jobs/7") for _ in range(5)]
    assert [status for status, _, _ in answers] == [200, 200, 500, 200, 200]
    assert answers[2][1]["X-Why"] == "bad  luck"
    assert answers[3][2] == b"done"


def test_scripted_loss_closes_the_connection() -> None:
    lost = (RemoteDisconnected, BadStatusLine, ConnectionResetError)
    scenario = [{"operation": "getJob", "fail": "reset"}]
    with serving(POLL, scenario=scenario) as server, pytest.raises(lost):
        ask(server, "GET", "/jobs/7")
    assert server.entries[0].status == 0


def test_failures_and_throttling_on_purpose() -> None:
    with serving(trouble=Trouble(fail=1.0)) as server:
        assert ask(server, "GET", "/pets")[0] == 503
    with serving(trouble=Trouble(throttle=2, latency=0.01)) as server:
        answers = [ask(server, "GET", "/pets") for _ in range(6)]
    assert [status for status, _, _ in answers] == [200, 200, 429, 200, 200, 429]
    assert answers[2][1]["Retry-After"] == "1"


def test_head_and_chunked_bodies() -> None:
    with serving(validate=False) as server:
        connection = HTTPConnection(*server.url.removeprefix("http://").split(":"), timeout=10)
        connection.request(
            "POST",
            "/pets",
            iter([b'{"name": ', b'"Tim"}']),
            {"Content-Type": "application/json"},
            encode_chunked=True,
        )
        answer = connection.getresponse()
        assert json.loads(answer.read())["name"] == "Tim"
        connection.close()
        assert ask(server, "HEAD", "/pets")[0] == 405


def raw(server: MockServer, text: bytes) -> bytes:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(text)
        line.shutdown(socket.SHUT_WR)
        found = b""
        while piece := line.recv(4096):
            found += piece
    return found


def test_broken_requests_end_in_an_answer() -> None:
    head = b"POST /pets HTTP/1.1\r\nHost: x\r\n"
    with serving() as server:
        assert b" 413 " in raw(server, head + b"Content-Length: 99999999999\r\n\r\n")
        assert b" 413 " in raw(server, head + b"Content-Length: x\r\n\r\n")
        chunked = head + b"Transfer-Encoding: chunked\r\n\r\n"
        assert b" 400 " in raw(server, chunked + b"zz\r\n")
        assert b" 413 " in raw(server, chunked + b"fffffffff\r\n")


def test_several_sources_are_below_their_names() -> None:
    from arazzo_runner.simulation.serving import Service as _Service

    flow = (
        CREATE
        + """
  - workflowId: other
    steps: [{stepId: s, operationId: $sourceDescriptions.more.openMore}]
"""
    )
    more = API.replace("operationId: open,", "operationId: openMore,")
    from tests.simulation import support

    head = support.HEAD.replace("]\n", ", {name: more, url: more.yaml, type: openapi}]\n")
    text = flow.replace("operationId: createPet", "operationId: $sourceDescriptions.pets.createPet")
    text = text.replace("operationId: getPet", "operationId: $sourceDescriptions.pets.getPet")
    original, support.HEAD = support.HEAD, head
    try:
        made = program(text, API, **{"more.yaml": more})
    finally:
        support.HEAD = original
    with MockServer(_Service(made)) as server:
        assert set(server.servers) == {"pets", "more"}
        assert server.servers["more"].endswith("/more")
        assert ask(server, "GET", "/more/pets")[0] == 200
        assert ask(server, "GET", "/pets/pets")[0] == 200
        assert ask(server, "GET", "/pets")[0] == 404


def test_operations_of_one_path_are_told_apart() -> None:
    api = """
openapi: 3.1.0
info: {title: RPC, version: '1'}
servers: [{url: 'https://rpc.example.com'}]
paths:
  /?Action=Start: {get: {operationId: start, responses: {'200': <start>}}}
  /?Action=Stop: {get: {operationId: stop, responses: {'200': <stop>}}}
  /#One: {post: {operationId: One, responses: {'200': <one>}}}
  /#Two: {post: {operationId: Two, responses: {'200': <two>}}}
  /marked/{key+}:
    get:
      operationId: marked
      parameters:
        - {name: key, in: path, required: true, schema: {type: string}}
        - {name: v, in: query, required: true, schema: {enum: ['1']}}
        - {name: X-Kind, in: header, schema: {const: a}}
      responses: {'200': <marked>}
"""
    answer = r"{description: ok, content: {application/json: {example: {op: \1}}}}"
    api = re.sub("<(.*?)>", answer, api)
    flow = step(operation="start")
    with serving(flow, api, validate=False) as server:
        assert ask(server, "GET", "/?Action=Start&x=1")[2] == {"op": "start"}
        assert ask(server, "GET", "/?Action=Stop")[2] == {"op": "stop"}
        assert ask(server, "POST", "/", {}, **{"X-Amz-Target": "Service.Two"})[2] == {"op": "two"}
        assert ask(server, "POST", "/", {}, **{"X-Amz-Target": "Service.One"})[2] == {"op": "one"}
        assert ask(server, "POST", "/", {}, **{"X-Amz-Target": "Service.Nobody"})[0] == 404
        assert ask(server, "GET", "/marked/a/b?v=1", **{"X-Kind": "a"})[2] == {"op": "marked"}
        assert ask(server, "GET", "/marked/a/b?v=2")[0] == 404


def test_bodies_of_other_kinds_arrive() -> None:
    with serving(validate=False) as server:
        form = ask(
            server, "POST", "/pets", b"name=Tim",
            **{"Content-Type": "application/x-www-form-urlencoded"},
        )  # fmt: skip
        assert form[2]["name"] == "Tim"
        assert ask(server, "POST", "/pets", b"\0\1", **{"Content-Type": "image/png"})[0] == 201
        assert ask(server, "POST", "/pets", b"{broken")[0] == 201


def test_a_port_that_is_taken() -> None:
    with serving() as server:
        port = int(server.url.rpartition(":")[2])
        with pytest.raises(UsageError, match="cannot listen"):
            MockServer(server.service, port=port)
    with pytest.raises(UsageError):
        MockServer(server.service, port=70_000)
