"""The strict endpoint is strict: a client's mistakes are found, its own answers are as said."""

from __future__ import annotations

import http.client
import socket
from contextlib import closing
from email.message import Message

import pytest

from tests.support import answers
from tests.support.answers import Answer, json_answer
from tests.support.endpoint import Endpoint, Violation


def talk(endpoint: Endpoint, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", endpoint.port), timeout=5) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65536):
            answer += part
        return answer


def post(
    endpoint: Endpoint, body: bytes = b"{}", limit: int | None = None
) -> tuple[int, Message, bytes]:
    """Status, headers and body (its first ``limit`` bytes) of the answer to one request."""
    with closing(http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=5)) as connection:
        connection.request("POST", "/a?b=c", body, {"Content-Type": "application/json"})
        with connection.getresponse() as response:
            return response.status, response.headers, response.read(limit)


def test_a_request_is_kept_as_it_came() -> None:
    with Endpoint([json_answer({"a": 1})]) as endpoint:
        status, _, body = post(endpoint, b'{"x": 1}')
        assert (status, body) == (200, b'{"a": 1}')
    (request,) = endpoint.requests
    assert (request.method, request.target, request.body) == ("POST", "/a?b=c", b'{"x": 1}')
    assert request.header("content-type") == "application/json"
    assert request.headers[0] == ("Host", f"127.0.0.1:{endpoint.port}")


HOST = b"Host: 127.0.0.1:%d\r\n"


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "Host header"),
        (b"GET / HTTP/1.1\r\nHost: other\r\n\r\n", "Host header"),
        (b"GET / HTTP/1.0\r\n" + HOST + b"\r\n", "no request line"),
        (b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n", "no request line"),
        (b"G{T / HTTP/1.1\r\n" + HOST + b"\r\n", "no method"),
        (b"GET /{$a} HTTP/1.1\r\n" + HOST + b"\r\n", "no target"),
        (b"GET /a#b HTTP/1.1\r\n" + HOST + b"\r\n", "no target"),
        (b"GET /%%zz HTTP/1.1\r\n" + HOST + b"\r\n", "no target"),
        (b"GET http://x/ HTTP/1.1\r\n" + HOST + b"\r\n", "no target"),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X-Broken\r\n\r\n", "no header line"),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X-A : b\r\n\r\n", "no header line"),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X-A: b\r\n c\r\n\r\n", "no header line"),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X-A: b\nc\r\n\r\n", "bare CR or LF"),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X-A: b\0c\r\n\r\n", "control character"),
        (b"POST / HTTP/1.1\r\n" + HOST + b"\r\n", "without Content-Length"),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: +2\r\n\r\n{}", "Content-Length"),
        (
            b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
            "2 headers content-length",
        ),
        (
            b"POST / HTTP/1.1\r\n"
            + HOST
            + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
            "Content-Length and",
        ),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\n\r\n{}x", "bytes after"),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n\r\n{}", "middle of a body"),
        (b"GET / HTTP/1.1\r\nHo", "middle of a head"),
        (
            b"GET / HTTP/1.1\r\n" + HOST + b"Authorization: a\r\nauthorization: b\r\n\r\n",
            "2 headers authorization",
        ),
    ],
)
def test_a_malformed_request_is_refused(data: bytes, complaint: str) -> None:
    endpoint = Endpoint([])
    if b"%d" in data:
        data = data % endpoint.port
    with pytest.raises(Violation, match=complaint), endpoint:
        assert talk(endpoint, data).startswith(b"HTTP/1.1 400 Violation")
    assert endpoint.requests == []


def test_a_request_too_many_and_one_too_few() -> None:
    with pytest.raises(Violation, match="nobody planned request 1"), Endpoint([]) as endpoint:
        post(endpoint)
    with pytest.raises(Violation, match="1 planned answers were not"), Endpoint([Answer()]):
        pass


def test_a_failing_script_fails_the_test() -> None:
    def script(_: object) -> Answer:
        raise KeyError("no")

    with (
        pytest.raises(Violation, match="the script failed"),
        Endpoint(script) as endpoint,
        pytest.raises(http.client.RemoteDisconnected),
    ):
        post(endpoint)


def test_chunked_gzip_and_slow() -> None:
    answer = json_answer({"a": "b" * 50})
    script = [answers.chunked(answer), answers.gzipped(answer), answers.slow(answer, 0.1)]
    with Endpoint(script) as endpoint:
        assert post(endpoint)[2] == answer.body
        _, headers, body = post(endpoint)
        assert (headers["Content-Encoding"], body[:2]) == ("gzip", b"\x1f\x8b")
        assert post(endpoint)[2] == answer.body


def test_broken_answers() -> None:
    answer = json_answer({"a": "b" * 50})
    script = [
        answers.reset(),
        answers.closed(),
        answers.garbage(),
        answers.truncated(answer),
        answers.truncated(answer, orderly=True),
    ]
    with Endpoint(script) as endpoint:
        with pytest.raises(ConnectionResetError):
            post(endpoint)
        with pytest.raises(http.client.RemoteDisconnected):
            post(endpoint)
        with pytest.raises(http.client.BadStatusLine):
            post(endpoint)
        with pytest.raises(ConnectionResetError):
            post(endpoint)
        with pytest.raises(http.client.IncompleteRead):
            post(endpoint)


def test_an_endless_answer_ends_with_the_client() -> None:
    with Endpoint([answers.endless(json_answer({}))]) as endpoint:
        assert len(post(endpoint, limit=200_000)[2]) == 200_000
