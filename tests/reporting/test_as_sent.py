"""Requests as people see them: the caller's headers, and masks where credentials stand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from arazzo_runner import Runner, Settings
from arazzo_runner.interpreter.records import RequestSent, StepFinished, StepStarted
from arazzo_runner.reporting.as_sent import AsSent
from arazzo_runner.values import Request

API = """\
openapi: 3.1.0
info: {title: t, version: "1"}
servers: [{url: "http://a.example/v1"}]
components: {securitySchemes: {s: SCHEME}}
security: [{s: []}]
paths: {/x: {get: {operationId: x, responses: {"200": {description: ok}}}}}
"""
FLOW = """\
arazzo: 1.0.1
info: {title: t, version: "1"}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
workflows: [{workflowId: w, steps: [{stepId: s, operationId: x}]}]
"""
REQUEST = Request("GET", "http://a.example/v1/x?a=1", (("X-A", "1"),), b"")
OAUTH = "{type: oauth2, flows: {clientCredentials: {tokenUrl: 'http://a.example/t', scopes: {}}}}"


def as_sent(folder: Path, scheme: str, credentials: Any, headers: Any = ()) -> AsSent:
    (folder / "api.yaml").write_text(API.replace("SCHEME", scheme), "utf-8")
    (folder / "flow.yaml").write_text(FLOW, "utf-8")
    with Runner(Settings(credentials=credentials, headers=headers)) as runner:
        program = runner.load(str(folder / "flow.yaml"))
        return AsSent(program, headers, runner.credentials)


@pytest.mark.parametrize(
    ("scheme", "value", "expected"),
    [
        ("{type: apiKey, in: header, name: X-Key}", "secret-1", ("X-Key", "•••")),
        ("{type: apiKey, in: query, name: 'k y'}", "secret-1", "&k%20y=•••"),
        ("{type: apiKey, in: cookie, name: c}", "secret-1", ("Cookie", "c=•••")),
        ("{type: http, scheme: bearer}", "secret-1", ("Authorization", "•••")),
        ("{type: http, scheme: basic}", "me:secret-1", ("Authorization", "•••")),
        ("{type: http, scheme: digest}", "me:secret-1", ("Authorization", "•••")),
        (OAUTH, {"client_id": "me", "client_secret": "secret-1"}, ("Authorization", "•••")),
    ],
)
def test_masks_stand_where_credentials_do(
    tmp_path: Path, scheme: str, value: Any, expected: Any
) -> None:
    shown = as_sent(tmp_path, scheme, {"s": value}).request("w", "s", REQUEST)
    if isinstance(expected, str):
        assert shown == REQUEST._replace(url=REQUEST.url + expected)
    else:
        assert shown == REQUEST._replace(headers=(*REQUEST.headers, expected))


def test_what_a_request_sets_itself_stays(tmp_path: Path) -> None:
    own = REQUEST._replace(headers=(("x-key", "mine"), ("x-mine", "mine")))
    scheme = "{type: apiKey, in: header, name: X-Key}"
    headers = (("X-Mine", "theirs"), ("X-More", "theirs"))
    shown = as_sent(tmp_path, scheme, {"s": "secret-1"}, headers).request("w", "s", own)
    assert shown.headers == (*own.headers, ("X-More", "theirs"))


def test_requests_elsewhere_get_no_credentials(tmp_path: Path) -> None:
    scheme = "{type: apiKey, in: header, name: X-Key}"
    sent = as_sent(tmp_path, scheme, {"s": "secret-1"})
    elsewhere = REQUEST._replace(url="http://b.example/v1/x")
    assert sent.request("w", "s", elsewhere) == elsewhere
    assert sent.request("w", "other", REQUEST) is REQUEST


def test_records(tmp_path: Path) -> None:
    sent = as_sent(tmp_path, "{type: http, scheme: bearer}", {"s": "secret-1"})
    started = StepStarted("s", "w", 1, 0, 0.0)
    assert sent.record(started) is started
    record = sent.record(RequestSent("s", "w", REQUEST, 1, 0, 0.0))
    assert isinstance(record, RequestSent)
    assert record.request.headers[-1] == ("Authorization", "•••")
    fields: dict[str, Any] = dict.fromkeys(StepFinished._fields)
    without = StepFinished(**fields)
    assert sent.record(without) is without
    own = REQUEST._replace(headers=(("Authorization", "x"),))
    unchanged = RequestSent("s", "w", own, 1, 0, 0.0)
    assert sent.record(unchanged) is unchanged
