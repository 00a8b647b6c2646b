"""Cookies and files of a run: both are part of its state."""

from __future__ import annotations

import json
from pathlib import Path

from arazzo_runner.interpreter import ResponseArrived, SendRequest, advance, start
from arazzo_runner.interpreter.state import state_from_json, state_to_json
from arazzo_runner.values import File, Hop, Request, Response, Stream, header
from tests.support.machines import answer, play, program

STEPS = """
- workflowId: main
  steps:
    - {stepId: one, operationId: a}
    - {stepId: two, operationId: b}
    - {stepId: three, workflowId: child}
- workflowId: child
  steps:
    - stepId: four
      operationId: a
      parameters: [{name: Cookie, in: header, value: a=own}]
"""


def sent(request: Request) -> str | None:
    return header(request.headers, "cookie")


def test_cookies_are_a_fold_of_answers() -> None:
    replies = [
        answer(200, {}, **{"Set-Cookie": "a=1; Path=/; Max-Age=5"}),
        answer(200, {}, **{"set-cookie": "b=2; Path=/"}),
        answer(200, {}),
    ]
    run = play(STEPS, replies)
    assert [sent(request) for request in run.requests] == [None, "a=1", "a=own; b=2"]
    again = play(STEPS, replies, saved=True)
    assert again.requests == run.requests, "a run that is saved after every event sends the same"
    assert [cookie.name for cookie in run.states[-1].cookies] == ["a", "b"]


def test_cookies_expire_by_the_time_of_the_events() -> None:
    replies = [
        answer(200, {}, **{"Set-Cookie": "a=1; Path=/; Max-Age=5"}),
        answer(200, {}, takes=10.0),
        answer(200, {}),
    ]
    run = play(STEPS.replace("a=own", "own=1"), replies)
    assert [sent(request) for request in run.requests] == [None, "a=1", "own=1"]


def test_cookies_of_redirects() -> None:
    linked = program(STEPS)
    state = start(linked, "main", {}, 0.0).state
    hop = Hop("GET", "http://api.test/x", 302, (("Set-Cookie", "hop=1; Path=/"),))
    elsewhere = Hop("GET", "http://other.test/", 302, (("Set-Cookie", "far=1; Path=/"),))
    response = Response(
        200, (("Set-Cookie", "end=1; Path=/"),), url="http://api.test/y", hops=(hop, elsewhere)
    )
    (effect,) = advance(linked, state, ResponseArrived(response, 1.0)).effects
    assert isinstance(effect, SendRequest)
    assert sent(effect.request) == "hop=1; end=1"
    assert [cookie.domain for cookie in effect.cookies] == ["api.test", "other.test", "api.test"]


def test_files_and_streams_go_through_json(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"content")
    file = File(tmp_path / "f")
    state = start(program(STEPS), "main", {"f": file, "all": [file]}, 0.0).state
    frame = state.frames[0]
    frame.request = Request("PUT", "http://api.test/", (), Stream([b"\xff", file]))
    data = json.dumps(state_to_json(state))
    assert "content" not in data.replace("content-", "")
    again = state_from_json(json.loads(data))
    assert again.frames[0].inputs == {"f": file, "all": [file]}
    assert again.frames[0].request == frame.request
    assert again == state
