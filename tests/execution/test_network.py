"""Both HTTP doors over real sockets: what goes wrong, what is not done, what is fetched."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from arazzo_runner.errors import DocumentNotFound, TransportError, UsageError
from arazzo_runner.execution import Settings, make_loader
from arazzo_runner.execution.fetching import fetch_url
from arazzo_runner.execution.http import AsyncHttp, HttpSettings, SyncHttp
from arazzo_runner.values import File, Request, Response, Stream
from tests.support import answers
from tests.support.answers import Answer, Line
from tests.support.endpoint import Endpoint
from tests.support.sink import Sink

Send = Callable[..., Response]


def send_sync(request: Request, timeout: float | None = None, **settings: object) -> Response:
    http = SyncHttp(HttpSettings(**settings))  # type: ignore[arg-type]
    try:
        return http.send(request, timeout)
    finally:
        http.close()


def send_async(request: Request, timeout: float | None = None, **settings: object) -> Response:
    async def go() -> Response:
        http = AsyncHttp(HttpSettings(**settings))  # type: ignore[arg-type]
        try:
            return await http.send(request, timeout)
        finally:
            await http.close()

    return asyncio.run(go())


both = pytest.mark.parametrize("send", [send_sync, send_async], ids=["sync", "async"])


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def fails(send: Send, url: str, kind: str, timeout: float | None = None, **settings: object) -> str:
    with pytest.raises(TransportError) as caught:
        send(Request("GET", url), timeout, **settings)
    assert caught.value.kind == kind, caught.value
    return str(caught.value)


@both
def test_an_answer(send: Send) -> None:
    with Endpoint([answers.json_answer({"a": [1]}, 201).having(("X-A", "1"), ("X-A", "2"))]) as end:
        response = send(Request("POST", f"{end.url}/p?q=%20", (("Content-Type", "a/b"),), b"body"))
    assert (response.status, response.body, response.header("x-a")) == (201, {"a": [1]}, "1, 2")
    (seen,) = end.requests
    assert (seen.method, seen.target, seen.body) == ("POST", "/p?q=%20", b"body")
    assert seen.header("user-agent").startswith("arazzo/")


@both
@pytest.mark.parametrize("size", [2**20, 2**20 + 1, 3 * 2**20])
def test_a_large_body(send: Send, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    with Endpoint([Answer()]) as end:
        send(Request("POST", f"{end.url}/", (("X-A", "1"),), body))
    (seen,) = end.requests
    assert seen.body == body
    assert seen.header("content-length") == str(size)
    assert not seen.values("content-type")
    assert not seen.values("transfer-encoding")


@both
def test_headers_of_the_request_come_first(send: Send) -> None:
    with Endpoint([Answer()]) as end:
        send(Request("GET", end.url + "/", (("user-agent", "mine"), ("ACCEPT", "x/y"))))
    assert end.requests[0].header("User-Agent") == "mine"
    assert end.requests[0].header("Accept") == "x/y"


@both
@pytest.mark.parametrize("chunks", [1, 7, 1000])
def test_chunks_and_compression(send: Send, chunks: int) -> None:
    plain = answers.json_answer({"text": "ä" * 500})
    with Endpoint([answers.chunked(plain, chunks), answers.gzipped(plain)]) as end:
        assert send(Request("GET", end.url + "/a")).body == {"text": "ä" * 500}
        assert send(Request("GET", end.url + "/b")).body == {"text": "ä" * 500}


@both
def test_nobody_listens(send: Send) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        assert f"127.0.0.1:{port}" in fails(send, f"http://127.0.0.1:{port}/", "connect")


@both
def test_an_unknown_host(send: Send) -> None:
    fails(send, "http://no-such-host.invalid/", "dns")


@both
@pytest.mark.parametrize(
    ("planned", "kind"),
    [
        (answers.reset(), "reset"),
        (answers.closed(), "reset"),
        (answers.truncated(answers.json_answer({"a": "x" * 500})), "reset"),
        (answers.truncated(answers.json_answer({"a": "x" * 500}), orderly=True), "reset"),
        (answers.garbage(), "protocol"),
        (replace(answers.gzipped(Answer(body=b"{}")), body=b"no gzip").having(), "protocol"),
    ],
    ids=["reset", "closed", "truncated", "short", "garbage", "bad-gzip"],
)
def test_answers_that_are_none(send: Send, planned: Answer, kind: str) -> None:
    with Endpoint([planned]) as end:
        assert "127.0.0.1" in fails(send, end.url + "/", kind)
    assert len(end.requests) == 1, "nothing is sent again unasked"


@both
def test_a_slow_answer(send: Send) -> None:
    with Endpoint([answers.slow(Answer(), 5)]) as end:
        started = time.monotonic()
        message = fails(send, end.url + "/", "timeout", 0.2)
        assert time.monotonic() - started < 2
    assert "0.2 s" in message


def _drip(line: Line, answer: Answer) -> bool:
    line.send(answer.head(("Content-Length", "1000")))
    while line.open:
        line.send(b"x")
        line.pause(0.05)
    return False


@both
def test_an_answer_that_drips_is_bounded_as_a_whole(send: Send) -> None:
    with Endpoint([Answer(write=_drip)]) as end:
        started = time.monotonic()
        fails(send, end.url + "/", "timeout", 0.4)
        assert time.monotonic() - started < 2


@both
def test_an_answer_without_end_is_cut_at_the_limit(send: Send) -> None:
    with Endpoint([answers.endless(Answer())]) as end:
        assert "limit" in fails(send, end.url + "/", "size", limit=200_000)


@both
def test_an_answer_that_says_it_is_too_large(send: Send) -> None:
    with Endpoint([Answer(body=b"x" * 1001), Answer(body=b"x" * 1000)]) as end:
        fails(send, end.url + "/", "size", limit=1000)
        assert send(Request("GET", end.url + "/"), limit=1000).size == 1000


@both
def test_a_compressed_bomb_is_cut_at_the_limit(send: Send) -> None:
    with Endpoint([answers.gzipped(Answer(body=b"0" * 5_000_000))]) as end:
        fails(send, end.url + "/", "size", limit=100_000)


@both
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_can_be_left_alone(send: Send, status: int) -> None:
    with Endpoint([answers.redirect("http://elsewhere.invalid/", status)]) as end:
        response = send(Request("GET", end.url + "/"), redirects=0)
    assert (response.status, response.header("location")) == (status, "http://elsewhere.invalid/")


@both
@pytest.mark.parametrize("change", [b"", b"longer than before"])
def test_a_file_that_has_changed(send: Send, change: bytes, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"content")
    body = Stream([File(tmp_path / "f")])
    (tmp_path / "f").write_bytes(change)
    with Sink() as sink, pytest.raises(TransportError, match="another length") as caught:
        send(Request("PUT", sink.url + "/", (), body))
    assert caught.value.kind == "file"


def _drip_head(line: Line, answer: Answer) -> bool:
    line.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while line.open:
        line.send(b"x")
        line.pause(0.05)
    return False


@both
def test_header_fields_that_drip_are_bounded_as_a_whole(send: Send) -> None:
    with Endpoint([Answer(write=_drip_head)]) as end:
        started = time.monotonic()
        assert "0.4 s" in fails(send, end.url + "/", "timeout", 0.4)
        assert time.monotonic() - started < 3


@both
def test_every_url_is_asked_about(send: Send) -> None:
    asked: list[str] = []

    def allow(url: str) -> None:
        asked.append(url)
        if url.endswith("/b"):
            raise UsageError("not there")

    with Endpoint([answers.redirect("/b")]) as end, pytest.raises(UsageError):
        send(Request("GET", end.url + "/a"), allow=allow)
    assert asked == [end.url + "/a", end.url + "/b"]


def test_cookies_are_not_kept_and_connections_are() -> None:
    http = SyncHttp(HttpSettings())
    with Endpoint([Answer().having(("Set-Cookie", "a=1")), Answer()]) as end:
        for _ in range(2):
            http.send(Request("GET", end.url + "/"))
    http.close()
    assert end.requests[1].values("Cookie") == []
    assert end.requests[1].connection == 1, "the connection is"


@both
@pytest.mark.parametrize("url", ["", "/relative", "ftp://x.test/", "file:///etc/passwd", "http://"])
def test_what_is_no_url(send: Send, url: str) -> None:
    with pytest.raises(TransportError) as caught:
        send(Request("GET", url))
    assert caught.value.kind in ("connect", "protocol")


# -- proxies, certificates -----------------------------------------------------------------------


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[bytes]]]:
    """A proxy that answers everything itself, and the request lines it saw."""
    import threading

    seen: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                data = connection.recv(65536)
                seen.append(data.partition(b"\r\n")[0])
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
                )

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", seen
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(2)


@both
def test_a_server_that_speaks_no_tls(send: Send, proxy: tuple[str, list[bytes]]) -> None:
    fails(send, proxy[0].replace("http:", "https:") + "/", "tls", 5)


@both
def test_the_proxy_of_the_environment(
    send: Send, proxy: tuple[str, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, seen = proxy
    monkeypatch.setenv("http_proxy", url.removeprefix("http://"))
    assert send(Request("GET", "http://target.invalid/x")).status == 200
    assert seen == [b"GET http://target.invalid/x HTTP/1.1"]
    monkeypatch.setenv("no_proxy", "target.invalid")
    fails(send, "http://target.invalid/x", "dns")


@both
def test_the_proxy_of_the_settings_wins(
    send: Send, proxy: tuple[str, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, seen = proxy
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert send(Request("GET", "http://target.invalid/x"), proxy=url).status == 200
    assert len(seen) == 1


@pytest.mark.parametrize("verify", ["missing.pem", "broken.pem"])
def test_a_ca_bundle_that_cannot_be_used(tmp_path: Path, verify: str) -> None:
    (tmp_path / "broken.pem").write_text("no certificate")
    with pytest.raises(UsageError, match=verify):
        send_sync(Request("GET", "https://x.invalid/"), verify=str(tmp_path / verify))


def test_a_proxy_that_cannot_be_used() -> None:
    with pytest.raises(UsageError):
        send_sync(Request("GET", "http://x.invalid/"), proxy="gopher://x")


# -- documents over http -------------------------------------------------------------------------


def test_documents_are_fetched_and_resolved_by_url() -> None:
    main = b"arazzo: 1.0.1\n"
    with Endpoint([Answer(body=main), Answer(body=b"{}")]) as end:
        loader = make_loader(Settings())
        document = loader.load(f"{end.url}/docs/main.yaml")
        assert document.data == {"arazzo": "1.0.1"}
        assert loader.load("../api.json", base=document.uri).data == {}
        assert loader.load(f"{end.url}/api.json").data == {}, "not fetched again"
    assert [r.target for r in end.requests] == ["/docs/main.yaml", "/api.json"]


def test_what_cannot_be_fetched() -> None:
    with (
        Endpoint([Answer(404), Answer(304), answers.reset()]) as end,
    ):
        for _ in range(2):
            with pytest.raises(DocumentNotFound, match="the server answered"):
                fetch_url(end.url + "/a", Settings())
        with pytest.raises(DocumentNotFound, match=r"cannot be fetched: 127\.0\.0\.1"):
            fetch_url(end.url + "/a", Settings())


def test_a_document_that_is_too_large() -> None:
    with Endpoint([Answer(body=b"x" * 100)]) as end, pytest.raises(DocumentNotFound, match="limit"):
        fetch_url(end.url + "/a", Settings(max_response_bytes=50))


def test_nothing_is_fetched_offline() -> None:
    with pytest.raises(DocumentNotFound, match="the run is offline"):
        make_loader(Settings(offline=True)).load("http://x.invalid/a.yaml")


def test_the_cache_is_used(tmp_path: Path) -> None:
    big = b"a: [" + b"1, " * 200_000 + b"1]"
    file = tmp_path / "big.yaml"
    file.write_bytes(big)
    first = make_loader(Settings(cache=tmp_path / "cache")).load(str(file))
    again = make_loader(Settings(cache=tmp_path / "cache")).load(str(file))
    assert first.data == again.data
    assert list((tmp_path / "cache").rglob("*"))
