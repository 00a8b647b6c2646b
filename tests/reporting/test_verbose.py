"""``-v`` and ``-vv``: what was sent and answered, short or whole."""

from __future__ import annotations

import json
from typing import Any

import pytest

from arazzo_runner.interpreter.records import RequestSent, ResponseReceived
from arazzo_runner.reporting.verbose import verbose_lines
from arazzo_runner.values import ABSENT, MASK, Redactor, Request, Response
from tests.reporting.records import T0, WORKFLOW, rough

REQUEST = Request(
    "POST",
    "http://h/a",
    (("Authorization", "Bearer x"), ("X", "hunter22")),
    b'{"a":[1,"hunter22"]}',
)
SECRETS = Redactor(["hunter22"])


def sent(request: Request, *, detailed: bool) -> list[str]:
    record = RequestSent("s", WORKFLOW, request, 1, 0, T0)
    return [line.strip() for line in verbose_lines(record, SECRETS, detailed=detailed)]


def received(response: Response, *, detailed: bool = True) -> list[str]:
    record = ResponseReceived("s", WORKFLOW, response, 1, 0, T0, 12.0)
    return [line[4:] for line in verbose_lines(record, SECRETS, detailed=detailed)]


def test_a_request_short_and_whole() -> None:
    short = ["> POST http://h/a", f'> {{"a":[1,"{MASK}"]}}  (20 bytes)']
    assert sent(REQUEST, detailed=False) == short
    assert sent(REQUEST, detailed=True) == [
        "> POST http://h/a",
        f"> Authorization: {MASK}",
        f"> X: {MASK}",
        ">",
        "> {",
        '>   "a": [',
        ">     1,",
        f'>     "{MASK}"',
        ">   ]",
        "> }",
    ]
    assert sent(Request("GET", "http://h/"), detailed=True) == ["> GET http://h/"]
    broken = sent(REQUEST._replace(headers=(), body=b"{no json"), detailed=True)
    assert broken[-1] == "> {no json"
    plain = sent(REQUEST._replace(headers=(), body=b"a=1"), detailed=True)
    assert plain[-1] == "> a=1"


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("one\ntwo\x1b[0m", ["<", "< one", "< two\\x1b[0m"]),
        (b"\x00\x01", ["< (2 bytes)"]),
        ({"k": "hunter22"}, ["<", "< {", f'<   "k": "{MASK}"', "< }"]),
        (ABSENT, []),
    ],
)
def test_an_answer_whole(body: Any, lines: list[str]) -> None:
    answer = Response(200, (("Set-Cookie", "a=b"),), body, "text/plain", 7, "odd hunter22")
    head = ["< 200  text/plain, 7 bytes, 12 ms", f"< Set-Cookie: {MASK}"]
    assert received(answer) == [*head, *lines, f"< note: odd {MASK}"]


def test_long_bodies_fold() -> None:
    lines = received(Response(200, (), "\n".join(map(str, range(500))), "text/plain", 1))
    assert lines[-2:] == ["< 199", "< … 300 more lines (--trace FILE has all of it)"]
    (_, _, long) = received(Response(200, (), "x" * 5000, "text/plain", 1))
    assert len(long) < 2100


def test_every_record_can_be_told_in_detail() -> None:
    for record in rough():
        text = "\n".join(verbose_lines(record, SECRETS, detailed=True))
        assert json.dumps(text)
