"""Redirects: what is asked next, over both doors and as a function."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import arazzo_runner as arazzo
from arazzo_runner.errors import TransportError
from arazzo_runner.execution.http import AsyncHttp, Context, HttpSettings, SyncHttp
from arazzo_runner.execution.redirects import NOT_ELSEWHERE, came_from_elsewhere, next_request
from arazzo_runner.values import File, Hop, Request, Response, Stream
from tests.support import answers
from tests.support.answers import Answer
from tests.support.endpoint import Endpoint

Send = Callable[..., Response]
PLAIN = Context()


def send_sync(request: Request, context: Context = PLAIN, **settings: Any) -> Response:
    http = SyncHttp(HttpSettings(**settings))
    try:
        return http.send(request, None, context)
    finally:
        http.close()


def send_async(request: Request, context: Context = PLAIN, **settings: Any) -> Response:
    async def go() -> Response:
        http = AsyncHttp(HttpSettings(**settings))
        try:
            return await http.send(request, None, context)
        finally:
            await http.close()

    return asyncio.run(go())


both = pytest.mark.parametrize("send", [send_sync, send_async], ids=["sync", "async"])


def following(method: str, status: int, body: bytes | Stream = b"", **more: Any) -> Request | None:
    headers = (("Content-Type", "a/b"), ("X-Key", "k"), ("Authorization", "Bearer t"))
    request = Request(method, "https://a.test/x/y?q=1", headers, body)
    location = more.pop("location", "https://a.test/z")
    return next_request(request, status, (("Location", location),), **more)


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        (301, "GET", "GET"),
        (301, "POST", "GET"),
        (301, "PUT", "PUT"),
        (302, "POST", "GET"),
        (302, "DELETE", "DELETE"),
        (302, "HEAD", "HEAD"),
        (303, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "DELETE", "GET"),
        (303, "HEAD", "HEAD"),
        (307, "POST", "POST"),
        (308, "PATCH", "PATCH"),
    ],
)
def test_methods(status: int, method: str, then: str) -> None:
    request = following(method, status, b"body")
    assert request is not None
    assert request.method == then
    kept = then == method and status != 303
    assert request.body == (b"body" if kept else b"")
    names = [name for name, _ in request.headers]
    assert names == (["Content-Type"] if kept else []) + ["X-Key", "Authorization"]


@pytest.mark.parametrize("status", [200, 300, 304, 305, 306, 399])
def test_other_answers_are_not_followed(status: int) -> None:
    assert following("GET", status) is None


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/z", "https://a.test/z"),
        ("z?p=ü", "https://a.test/x/z?p=%C3%BC"),
        ("z?p=\u00c3\u00bc", "https://a.test/x/z?p=%C3%BC"),
        ("?p=a%20b c", "https://a.test/x/y?p=a%20b%20c"),
        ("//b.test/z#part", "https://b.test/z"),
        ("http://b.test", "http://b.test"),
        ("mailto:a@b.test", None),
        ("file:///etc/passwd", None),
        ("http://", None),
        ("http://[", None),
        ("http://b.test:99999/", None),
        ("", None),
    ],
)
def test_locations(location: str, url: str | None) -> None:
    request = following("GET", 302, location=location)
    assert (request.url if request else None) == url


@pytest.mark.parametrize(
    ("location", "credentials"),
    [
        ("https://a.test/z", True),
        ("https://A.TEST:443/z", True),
        ("https://b.test/z", False),
        ("https://a.test:444/z", False),
        ("http://a.test/z", False),
        ("https://sub.a.test/z", False),
    ],
)
def test_credentials_stay_at_home(location: str, credentials: bool) -> None:
    request = following("POST", 307, b"body", location=location)
    assert request is not None
    names = [name for name, _ in request.headers]
    more = ["X-Key", "Authorization"] if credentials else []
    assert names == ["Content-Type", *more]


@pytest.mark.parametrize("documented", [["302"], ["3XX"], ["3xx", "200"]])
def test_documented_redirects_are_answers(documented: list[str]) -> None:
    assert following("GET", 302, documented=documented) is None
    assert following("GET", 302, documented=["200", "default", "301"]) is not None


def test_signed_requests_are_not_followed() -> None:
    signed = Request("GET", "https://a.test/", (("Authorization", "AWS4-HMAC-SHA256 …"),))
    assert next_request(signed, 302, (("Location", "/z"),)) is None
    presigned = Request("GET", "https://a.test/?X-Amz-Signature=1")
    assert next_request(presigned, 302, (("Location", "/z"),)) is None


# -- over sockets --------------------------------------------------------------------------------


@both
def test_hops_are_recorded(send: Send) -> None:
    with Endpoint([Answer(body=b"there")]) as there:
        chain = [answers.redirect("/b", 301), answers.redirect(f"{there.url}/c", 302)]
        with Endpoint(chain) as here:
            request = Request("POST", here.url + "/a", (("Authorization", "Bearer t"),), b"body")
            response = send(request)
    assert (response.status, response.body, response.url) == (200, "there", f"{there.url}/c")
    hops = [(hop.method, hop.url, hop.status) for hop in response.hops]
    assert hops == [("POST", f"{here.url}/a", 301), ("GET", f"{here.url}/b", 302)]
    assert [r.values("Authorization") for r in here.requests] == [["Bearer t"], ["Bearer t"]]
    assert there.requests[0].values("Authorization") == []
    assert [r.method for r in (*here.requests, *there.requests)] == ["POST", "GET", "GET"]


@both
def test_a_file_is_sent_again(send: Send, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"content")
    body = Stream([b"<", File(tmp_path / "f"), b">"])
    with Endpoint([answers.redirect("/b", 307), Answer()]) as end:
        send(Request("PUT", end.url + "/a", (), body))
    assert [r.body for r in end.requests] == [b"<content>", b"<content>"]
    assert [r.header("Content-Length") for r in end.requests] == ["9", "9"]


@both
def test_no_more_than_ten(send: Send) -> None:
    many = pytest.raises(TransportError, match="more than 10 redirects")
    with Endpoint([answers.redirect("/again")] * 11) as end, many as caught:
        send(Request("GET", end.url + "/"))
    assert caught.value.kind == "redirects"
    few = pytest.raises(TransportError, match="more than 2 redirects")
    with Endpoint([answers.redirect("/again")] * 3) as end, few:
        send(Request("GET", end.url + "/"), redirects=2)


@both
def test_cookies_of_a_redirect_are_sent_to_where_it_leads(send: Send) -> None:
    first = answers.redirect("/b", 302).having(("Set-Cookie", "session=1; Path=/"))
    with Endpoint([first, Answer()]) as end:
        send(Request("GET", end.url + "/a", (("Cookie", "own=2"),)))
    assert [r.values("Cookie") for r in end.requests] == [["own=2"], ["own=2; session=1"]]


@both
def test_documented_redirects_are_not_followed(send: Send) -> None:
    with Endpoint([answers.redirect("/b", 302)]) as end:
        response = send(Request("GET", end.url + "/a"), Context(documented=("302",)))
    assert (response.status, response.hops, response.url) == (302, (), "")


@both
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_requests_that_must_not_go_elsewhere(send: Send, status: int) -> None:
    """Those for tokens: the secret of a client is in their body."""
    with Endpoint([answers.redirect("http://elsewhere.invalid/", status)]) as end:
        response = send(Request("POST", end.url + "/", (), b"client_secret=s"), NOT_ELSEWHERE)
    assert response.status == status


@pytest.mark.parametrize(
    ("url", "elsewhere"),
    [("", False), ("https://a.test/z", False), ("https://A.test:443/", False),
     ("https://b.test/", True), ("http://a.test/", True)],
)  # fmt: skip
def test_what_answered_is_told_apart(url: str, elsewhere: bool) -> None:
    request = Request("GET", "https://a.test/x")
    hops = (Hop("GET", request.url, 302, ()),) if url else ()
    assert came_from_elsewhere(request, Response(401, url=url, hops=hops)) is elsewhere


def test_an_answer_from_elsewhere_teaches_credentials_nothing(tmp_path: Path) -> None:
    """Its challenge is another server's: the request is not sent again with an answer to it."""
    challenge = Answer(401, (("WWW-Authenticate", 'Digest realm="r", nonce="n", qop="auth"'),))
    api = {
        "openapi": "3.1.0",
        "info": {"title": "A", "version": "1"},
        "security": [{"login": []}],
        "paths": {"/a": {"get": {"operationId": "op", "responses": {}}}},
        "components": {"securitySchemes": {"login": {"type": "http", "scheme": "digest"}}},
    }
    flow = {
        "arazzo": "1.0.1",
        "info": {"title": "A", "version": "1"},
        "sourceDescriptions": [{"name": "api", "url": "api.json", "type": "openapi"}],
        "workflows": [{"workflowId": "w", "steps": [{"stepId": "s", "operationId": "op"}]}],
    }
    (tmp_path / "api.json").write_text(json.dumps(api))
    (tmp_path / "flow.json").write_text(json.dumps(flow))
    with Endpoint([challenge]) as there, Endpoint([answers.redirect(there.url + "/")]) as here:
        result = arazzo.run(
            str(tmp_path / "flow.json"),
            servers={"api": here.url},
            credentials={"login": {"username": "u", "password": "secret"}},
        )
    assert result.status == "failed"
    assert there.requests[0].values("Authorization") == []
