"""Where credentials stand in a request."""

from __future__ import annotations

import pytest

from arazzo_runner.auth import CallCredentials, Credential, Place, origin_of
from arazzo_runner.errors import CredentialsError
from arazzo_runner.values import Request, Response


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://h/p", "http://h/p?k=v%20%26"),
        ("http://h/p?", "http://h/p?k=v%20%26"),
        ("http://h/p?a=1", "http://h/p?a=1&k=v%20%26"),
        ("http://h/p?a=1&", "http://h/p?a=1&k=v%20%26"),
        ("http://h/p?a=1#f?", "http://h/p?a=1&k=v%20%26#f?"),
        ("http://h/p?k=mine", "http://h/p?k=mine"),
        ("http://h/p?%6B=mine", "http://h/p?%6B=mine"),
        ("http://h/p?a=k#k=1", "http://h/p?a=k&k=v%20%26#k=1"),
    ],
)
def test_query(url: str, expected: str) -> None:
    assert Place("query", "k").put(Request("GET", url), "k", "v &").url == expected


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        (None, "k=v%2C%20w"),
        ("", "k=v%2C%20w"),
        ("a=1", "a=1; k=v%2C%20w"),
        ("a=1; k=mine", "a=1; k=mine"),
        ("a=k", "a=k; k=v%2C%20w"),
    ],
)
def test_cookie(cookie: str | None, expected: str) -> None:
    headers = (("A", "b"), *((("cookie", cookie),) if cookie is not None else ()))
    sent = Place("cookie", "k").put(Request("GET", "http://h", headers), "k", "v, w")
    assert [value for name, value in sent.headers if name.lower() == "cookie"] == [expected]


@pytest.mark.parametrize("value", ["", "a\nb", "ü", "a\x7f"])
def test_a_header_that_cannot_be_sent(value: str) -> None:
    with pytest.raises(CredentialsError, match="header 'X-K' cannot be sent"):
        Place("header", "x-k").put(Request("GET", "http://h"), "X-K", value)


def test_a_connection_is_in_no_request() -> None:
    assert not Place("connection", "").is_set_by(Request("GET", "http://h"))


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://H.example:443/a?b#c", "https://h.example"),
        ("http://h:80", "http://h"),
        ("https://h:80?x", "https://h:80"),
        ("http://user:pw@h:8080/", "http://h:8080"),
        ("", ""),
    ],
)
def test_origins(url: str, origin: str) -> None:
    assert origin_of(url) == origin


class Marked(Credential):
    def __init__(self, name: str, *, last: bool = False) -> None:
        self.last = last
        self.name = name
        self.seen: list[int] = []

    def apply(self, request: Request) -> Request:
        return request._replace(headers=(*request.headers, (self.name, "x")))

    def answered(self, sent: Request, response: Response) -> bool:
        self.seen.append(response.status)
        return super().answered(sent, response) or self.name == "again"


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("http://api.example/v1/x", True),
        ("http://api.example?x", True),
        ("http://api.example", True),
        ("http://api.example.evil/v1", False),
        ("http://api.example:81/v1", False),
        ("http://api.example@evil/v1", False),
        ("https://api.example/v1", False),
        ("http://evil/http://api.example/", False),
    ],
)
def test_only_the_own_origin_gets_anything(url: str, own: bool) -> None:
    first, last = Marked("again"), Marked("last", last=True)
    call = CallCredentials([last, first], "http://api.example/v1")
    call.prepare()
    request = Request("GET", url)
    sent = call.apply(request)
    assert [name for name, _ in sent.headers] == (["again", "last"] if own else [])
    assert call.answered(sent, Response(401)) is own
    assert (first.seen, last.seen) == (([401], [401]) if own else ([], []))


def test_without_credentials() -> None:
    call = CallCredentials([], "http://h")
    request = Request("GET", "http://h/")
    assert call.ready()
    assert call.apply(request) is request
    assert not call.answered(request, Response(401))


def test_the_base_has_nothing_to_put() -> None:
    with pytest.raises(NotImplementedError):
        Credential().apply(Request("GET", "http://h"))
