"""What leaves the two doors of the library: the URL as it was bound, no cookies of others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

import arazzo_runner as arazzo
from tests.support.answers import json_answer
from tests.support.endpoint import Endpoint

FLOW = """\
arazzo: 1.0.1
info: {title: Odd values, version: 1.0.0}
sourceDescriptions:
  - {name: items, url: items.yaml, type: openapi}
workflows:
  - workflowId: odd
    inputs: {type: object}
    steps:
      - stepId: first
        operationId: getItem
        parameters:
          - {name: itemId, in: path, value: $inputs.id}
          - {name: q, in: query, value: $inputs.q}
          - {name: X-Note, in: header, value: $inputs.note}
      - stepId: second
        operationId: getItem
        parameters: [{name: itemId, in: path, value: two}]
"""
DESCRIPTION = """\
openapi: 3.1.0
info: {title: Items, version: 1.0.0}
servers: [{url: SERVER}]
paths:
  /items/{itemId}:
    get:
      operationId: getItem
      parameters:
        - {name: itemId, in: path, required: true, schema: {type: string}}
        - {name: q, in: query, schema: {type: string}}
        - {name: X-Note, in: header, schema: {type: string}}
      responses: {'200': {description: OK}}
"""
Door = Callable[..., Any]


def flow(folder: Path, url: str) -> str:
    (folder / "items.yaml").write_text(DESCRIPTION.replace("SERVER", url), encoding="utf-8")
    file = folder / "flow.yaml"
    file.write_text(FLOW, encoding="utf-8")
    return str(file)


def sync_door(file: str, rows: list[dict[str, Any]]) -> list[arazzo.RunResult]:
    with arazzo.Runner() as runner:
        return [runner.run(file, inputs=row) for row in rows]


def async_door(file: str, rows: list[dict[str, Any]]) -> list[arazzo.RunResult]:
    async def work() -> list[arazzo.RunResult]:
        async with arazzo.AsyncRunner() as runner:
            return await runner.run_many(file, rows, concurrency=1)

    return asyncio.run(work())


DOORS = pytest.mark.parametrize("door", [sync_door, async_door])


@DOORS
@pytest.mark.parametrize(
    ("value", "path", "query"),
    [
        ("a/b?c#d", "a%2Fb%3Fc%23d", "a%2Fb%3Fc%23d"),
        ("a:b@c", "a%3Ab%40c", "a%3Ab%40c"),
        ("100% +&=", "100%25%20%2B%26%3D", "100%25%20%2B%26%3D"),
        ("%41%2F", "%2541%252F", "%2541%252F"),
        ("it's (1)!*$,;", None, None),
        ("ü☃", "%C3%BC%E2%98%83", "%C3%BC%E2%98%83"),
        ('{x}|\\^`"<>', "%7Bx%7D%7C%5C%5E%60%22%3C%3E", "%7Bx%7D%7C%5C%5E%60%22%3C%3E"),
    ],
)
def test_the_url_is_sent_as_it_was_bound(
    value: str, path: str | None, query: str | None, door: Door, tmp_path: Path
) -> None:
    """The client neither decodes nor encodes again, so a signature over the URL stays true."""
    with Endpoint([json_answer({}), json_answer({})]) as endpoint:
        (result,) = door(flow(tmp_path, endpoint.url), [{"id": value, "q": value}])
    assert result.status == "completed", result.error
    sent = endpoint.requests[0].target
    assert result.steps[0].request.url == endpoint.url + sent
    got_path, _, got_query = sent.partition("?q=")
    assert unquote(got_path) == f"/items/{value}"
    assert unquote(got_query) == value
    if path is not None:
        assert (got_path, got_query) == (f"/items/{path}", query)


@DOORS
@pytest.mark.parametrize("value", [".", "..", ""])
def test_a_path_cannot_be_left(value: str, door: Door, tmp_path: Path) -> None:
    """Clients and servers drop dot segments even when they are encoded."""
    with Endpoint([]) as endpoint:
        (result,) = door(flow(tmp_path, endpoint.url), [{"id": value}])
    assert (result.status, result.error.kind) == ("failed", "binding")


@DOORS
def test_cookies_are_kept_within_a_run(door: Door, tmp_path: Path) -> None:
    """A cookie that one run got is not sent by another: they may be different people's."""
    answer = json_answer({}).having(("Set-Cookie", "session=secret; Path=/"))
    with Endpoint([answer] * 4, host="localhost") as endpoint:
        results = door(flow(tmp_path, endpoint.url), [{"id": "1"}, {"id": "2"}])
    assert [result.status for result in results] == ["completed", "completed"]
    cookies = [request.values("Cookie") for request in endpoint.requests]
    assert sorted(cookies) == [[], [], ["session=secret"], ["session=secret"]]


@DOORS
def test_a_header_value_as_given(door: Door, tmp_path: Path) -> None:
    with Endpoint([json_answer({}), json_answer({})]) as endpoint:
        door(flow(tmp_path, endpoint.url), [{"id": "1", "note": 'a "b", c;d  e'}])
    assert endpoint.requests[0].header("X-Note") == 'a "b", c;d  e'


@DOORS
@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0b"])
def test_a_header_cannot_be_broken_out_of(value: str, door: Door, tmp_path: Path) -> None:
    with Endpoint([]) as endpoint:
        (result,) = door(flow(tmp_path, endpoint.url), [{"id": "1", "note": value}])
    assert (result.status, result.error.kind) == ("failed", "binding")
