"""Where a run may connect to: the rules, and that both clients keep to them on real sockets."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from arazzo_runner.errors import DocumentNotFound, LinkError, TransportError, UsageError
from arazzo_runner.execution import Runner, Settings, make_loader
from arazzo_runner.execution.http import AsyncHttp, HttpSettings, SyncHttp
from arazzo_runner.execution.network_policy import NetworkPolicy, host_pattern
from arazzo_runner.execution.resuming import program_again
from arazzo_runner.linking import OperationCall
from arazzo_runner.values import Request, Response
from tests.support.answers import Answer, json_answer
from tests.support.endpoint import Endpoint, Received
from tests.support.loopback import Came, LoopbackServer, Say
from tests.support.secured import DOORS, write_secured

PUBLIC = "93.184.215.14"


def refused(policy: NetworkPolicy, url: str) -> str:
    with pytest.raises(TransportError) as caught:
        policy.check(url)
    assert caught.value.kind == "policy"
    return caught.value.message


@pytest.mark.parametrize(
    ("pattern", "url"),
    [
        ("api.example.com", "https://api.example.com/a"),
        ("api.example.com", "https://API.example.com.:8443/"),
        ("*.example.com", "https://a.b.example.com/"),
        ("api.example.com:443", "https://api.example.com/"),
        ("api.example.com:80", "http://api.example.com/"),
        ("127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("[::1]:8080", "http://[::1]:8080/x"),
        ("[::1]", "http://[::1]:8080/x"),
        ("bücher.example", "https://xn--bcher-kva.example/"),
        ("BÜCHER.example", "https://bücher.example/"),
    ],
)
def test_hosts_that_are_listed(pattern: str, url: str) -> None:
    NetworkPolicy((host_pattern(pattern),)).check(url)


@pytest.mark.parametrize(
    ("pattern", "url"),
    [
        ("api.example.com", "https://api.example.com.evil.test/"),
        ("api.example.com", "https://example.com/"),
        ("api.example.com", "https://evil.test/@api.example.com"),
        ("api.example.com", "https://api.example.com@evil.test/"),
        ("*.example.com", "https://example.com/"),
        ("*.example.com", "https://badexample.com/"),
        ("api.example.com:443", "https://api.example.com:444/"),
        ("api.example.com:443", "http://api.example.com/"),
        ("api.example.com", "http://127.0.0.1/"),
        ("a", "http:///path"),
        ("a", "http://[::1"),
    ],
)
def test_hosts_that_are_not(pattern: str, url: str) -> None:
    refused(NetworkPolicy((host_pattern(pattern),)), url)


@pytest.mark.parametrize("text", ["", "http://a", "a/b", "*", "a:b", "a:99999", "*.", "a b", "u@h"])
def test_patterns_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="is not a host"):
        host_pattern(text)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "0.0.0.0"),
        *("10.0.0.1", "172.16.9.9", "192.168.1.1", "100.100.100.200", "169.254.169.254"),
        *("[::1]", "[::]", "[fe80::1]", "[fd00:ec2::254]", "[::ffff:127.0.0.1]", "[2002:7f00:1::]"),
        *("[::127.0.0.1]", "[64:ff9b:1::7f00:1]", "[fec0::1]", "127。0。0。1", "[fe80::1%25eth0]"),
        *("[64:ff9b::a9fe:a9fe]", "224.0.0.1", "255.255.255.255", "[ff02::1]"),
        *("localhost", "LOCALHOST", "a.localhost", "localhost."),
    ],
)
def test_addresses_that_are_not_public(host: str) -> None:
    message = refused(NetworkPolicy(deny_private=True), f"http://{host}/latest/meta-data")
    assert "--deny-private" in message


@pytest.mark.parametrize(
    "host",
    [
        PUBLIC,
        "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]",
        f"[::ffff:{PUBLIC}]",
        "[64:ff9b::808:808]",
        "a.example",
    ],
)
def test_addresses_that_are(host: str) -> None:
    NetworkPolicy(deny_private=True).check(f"http://{host}/")


def test_an_address_that_is_listed_as_such_is_meant() -> None:
    NetworkPolicy(("127.0.0.1:5000",), deny_private=True).check("http://127.0.0.1:5000/")
    NetworkPolicy(("localhost",), deny_private=True).check("http://localhost/")
    refused(NetworkPolicy(("127.0.0.1:5000",), deny_private=True), "http://127.0.0.1:5001/")
    name = NetworkPolicy(("inside.example",), deny_private=True)
    name.check("http://inside.example/")
    with pytest.raises(TransportError, match=r"inside\.example leads to 10\.1\.2\.3"):
        name.check_address("inside.example", "10.1.2.3")


def test_offline() -> None:
    message = refused(NetworkPolicy(offline=True), "http://user:secret@a.example/p?token=1")
    assert "http://a.example/p is not requested" in message
    assert "cannot be read" in refused(NetworkPolicy(offline=True), "http://[")


def test_no_rule_refuses_nothing() -> None:
    NetworkPolicy().check("anything at all")
    NetworkPolicy().check_address("a", "127.0.0.1")
    with pytest.raises(TransportError):
        NetworkPolicy(deny_private=True).check_address("a", "no address")


# -- both clients --------------------------------------------------------------------------------

Send = Callable[..., Response]


def send_sync(url: str, policy: NetworkPolicy, timeout: float = 30.0) -> Response:
    http = SyncHttp(HttpSettings(**policy.hooks(), timeout=timeout))
    try:
        return http.send(Request("GET", url))
    finally:
        http.close()


def send_async(url: str, policy: NetworkPolicy, timeout: float = 30.0) -> Response:
    async def go() -> Response:
        http = AsyncHttp(HttpSettings(**policy.hooks(), timeout=timeout))
        try:
            return await http.send(Request("GET", url))
        finally:
            await http.close()

    return asyncio.run(go())


both = pytest.mark.parametrize("send", [send_sync, send_async], ids=["sync", "async"])


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """A name server: what a name resolves to, one answer a time."""
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def answer(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        addresses = known.get(host)
        if addresses is None:
            return real(host, port, *rest, **more)
        address = addresses.pop(0) if len(addresses) > 1 else addresses[0]
        return real(address, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return known


@both
def test_a_name_that_leads_inside(send: Send, names: dict[str, list[str]]) -> None:
    with Endpoint([]) as end:
        names["public.example"] = ["127.0.0.1"]
        with pytest.raises(TransportError, match=r"public\.example leads to 127\.0\.0\.1") as error:
            send(f"http://public.example:{end.port}/", NetworkPolicy(deny_private=True))
    assert error.value.kind == "policy"
    assert not end.requests


@both
def test_a_name_that_changes_its_mind(send: Send, names: dict[str, list[str]]) -> None:
    """The address that was checked is the one that is connected to: it is asked for once."""
    with Endpoint([]) as end:
        names["rebind.example"] = [PUBLIC, "127.0.0.1"]
        with pytest.raises(TransportError):
            send(f"http://rebind.example:{end.port}/", NetworkPolicy(deny_private=True), 0.3)
    assert not end.requests


@both
def test_a_listed_address_is_reached(send: Send) -> None:
    with Endpoint([json_answer({"a": 1})]) as end:
        policy = NetworkPolicy((f"127.0.0.1:{end.port}",), deny_private=True)
        assert send(end.url + "/", policy).body == {"a": 1}


@both
def test_odd_spellings_are_refused_before_a_connection(send: Send) -> None:
    with Endpoint([]) as end:
        for host in ("127.1", "2130706433", "[::ffff:127.0.0.1]", "localhost"):
            with pytest.raises(TransportError) as caught:
                send(f"http://{host}:{end.port}/", NetworkPolicy(deny_private=True))
            assert caught.value.kind == "policy"
    assert not end.requests


@both
def test_names_that_are_not_known(send: Send) -> None:
    with pytest.raises(TransportError) as caught:
        send("http://no-such-host.invalid/", NetworkPolicy(deny_private=True))
    assert caught.value.kind == "dns"


def test_the_next_address_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them are listed here, so both are allowed; the first does not answer."""
    from arazzo_runner.execution import guarded_connections

    with Endpoint([Answer()], host="localhost") as end:
        entries = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, end.port))
            for address in ("127.0.0.2", "127.0.0.1")
        ]
        monkeypatch.setattr(guarded_connections.socket, "getaddrinfo", lambda *_a, **_k: entries)
        policy = NetworkPolicy(("localhost",), deny_private=True)
        assert send_sync(f"http://localhost:{end.port}/", policy).status == 200


# -- documents and runs --------------------------------------------------------------------------


def test_documents_are_fetched_under_the_same_policy() -> None:
    with Endpoint([]) as end:
        for settings in (Settings(deny_private=True), Settings(allow_hosts=("a.example",))):
            with pytest.raises(DocumentNotFound, match="cannot be fetched"):
                make_loader(settings).load(f"{end.url}/a.yaml")
    assert not end.requests


FLOW = """
arazzo: 1.0.1
info: {title: t, version: '1'}
sourceDescriptions: [{name: api, url: "%s", type: openapi}]
workflows:
  - workflowId: w
    steps: [{stepId: a, operationId: op}]
"""
API = """
openapi: 3.1.0
info: {title: t, version: '1'}
servers: [{url: "http://api.example"}]
paths: {/a: {get: {operationId: op, responses: {}}}}
"""


def write(folder: Path, url: str = "api.yaml") -> str:
    (folder / "api.yaml").write_text(API)
    file = folder / "flow.yaml"
    file.write_text(FLOW % url)
    return str(file)


def test_a_server_that_may_not_be_reached_is_known_before_the_run(tmp_path: Path) -> None:
    file = write(tmp_path)
    with Endpoint([Answer()]) as end:
        refusals = {
            "a may not be sent": {"deny_private": True},
            "not among": {"allow_hosts": ("b",)},
        }
        servers = {"api": end.url}
        for message, settings in refusals.items():
            with (
                Runner(servers=servers, **settings) as runner,
                pytest.raises(UsageError, match=message.replace("a may", "'a' may")),
            ):
                runner.run(file)
        with Runner(servers=servers, allow_hosts=(f"127.0.0.1:{end.port}",)) as runner:
            assert runner.run(file).ok


def served(files: dict[str, bytes], request: Received) -> Answer:
    return Answer(body=files[request.target]) if request.target in files else Answer(404)


def test_a_document_of_the_network_refers_to_no_file(tmp_path: Path) -> None:
    write(tmp_path)
    api = (tmp_path / "api.yaml").as_uri()
    tricks = (
        FLOW % api,
        FLOW % "api.yaml" + f"$self: {tmp_path.as_uri()}/\n",
        FLOW % "x" + f"$self: {tmp_path.as_uri()}/\n",
    )
    for flow in tricks:
        files = {"/flow.yaml": flow.replace("1.0.1", "1.1.0").encode()}
        answer = partial(served, files)
        with (
            Endpoint(answer) as end,
            pytest.raises(LinkError, match=r"refers to a file of this machine|answered 404"),
        ):
            Runner().load(f"{end.url}/flow.yaml")


def test_a_reference_in_a_fetched_description_reads_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("operationId: op\nsummary: hidden\n")
    api = API.replace("get: {operationId: op, responses: {}}", f"$ref: '{secret.as_uri()}'")
    with Endpoint(lambda _: Answer(body=api.encode())) as end:
        file = write(tmp_path, f"{end.url}/api.yaml")
        with pytest.raises(LinkError, match=r"operationId 'op' is not in api"):
            Runner().load(file)


def test_folders_that_documents_may_refer_to(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    write(outside)
    file = write(inside, "../out/api.yaml")
    Runner(servers={"api": "http://a.example"}).load(file)
    with pytest.raises(LinkError, match="not below a folder"):
        Runner(allow_files_under=(str(inside),)).load(file)
    Runner(allow_files_under=(str(inside), str(outside))).load(file)
    (inside / "link.yaml").symlink_to(outside / "api.yaml")
    with pytest.raises(LinkError, match="not below a folder"):
        Runner(allow_files_under=(str(inside),)).load(write(inside, "link.yaml"))
    Runner(allow_files_under=(str(inside),)).load(write(inside, "api.yaml"))


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
@pytest.mark.parametrize("status", [302, 308])
def test_redirects_keep_to_the_policy(
    door: Callable[..., Any], tmp_path: Path, names: dict[str, list[str]], status: int
) -> None:
    """Each rule behind a redirect: an address, a name that leads inside, a host not listed."""
    names["public.example"] = ["127.0.0.1"]
    with Endpoint([]) as inside:
        for host, listed, message in (
            ("127.0.0.1", "other.example", "127.0.0.1"),
            ("0x7f000001", "other.example", "0x7f000001"),
            ("other.example", "public.example", "other.example"),
            ("public.example", "public.example", "public.example leads to 127.0.0.1"),
        ):
            location = ("Location", f"http://{host}:{inside.port}/api/things")
            with LoopbackServer(lambda _, to=location: Say(status, {}, (to,))) as api:
                path = write_secured(tmp_path, api.url, {}, [])
                hosts = (host_pattern(api.url.removeprefix("http://")), host_pattern(listed))
                result = door(path, allow_hosts=hosts, deny_private=True)
                assert len(api.came) == 1
            assert result.error is not None
            assert result.error.kind == "policy"
            assert message in result.error.message
    assert not inside.requests


def test_the_base_of_a_redirected_document_is_where_it_was_found(tmp_path: Path) -> None:
    """RFC 3986 §5.1.3: its references are relative to where redirects led."""
    api = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "servers": [{"url": "v9"}],
        "paths": {"/a": {"$ref": "parts/a.json"}},
    }
    part = {"get": {"operationId": "get-a", "responses": {}}}
    documents = {"/real/deep/api.json": api, "/real/deep/parts/a.json": part}

    def answer(came: Came) -> Say:
        if came.path == "/latest":
            return Say(302, {}, (("Location", "/real/deep/api.json"),))
        return Say(200 if came.path in documents else 404, documents.get(came.path, {}))

    with LoopbackServer(answer) as server:
        path = tmp_path / "flow.json"
        write_secured(tmp_path, server.url, {}, [])
        flow = json.loads(path.read_text())
        flow["sourceDescriptions"][0]["url"] = f"{server.url}/latest"
        flow["workflows"][0]["steps"][0] = {"stepId": "s", "operationId": "get-a"}
        path.write_text(json.dumps(flow))
        with Runner() as runner:
            (workflow,) = runner.load(str(path)).workflows.values()
            target = workflow.steps[0].target
            assert isinstance(target, OperationCall)
            assert target.base_url == f"{server.url}/real/deep/v9"
        assert [came.path for came in server.came] == ["/latest", *documents]
        program = runner.load(str(path))
        entry = program.document.document.uri
        stored = SimpleNamespace(documents=program.texts, uri=entry, workflow_id="main")
    (workflow,) = program_again(stored, Settings()).workflows.values()  # of a journal
    again = workflow.steps[0].target
    assert isinstance(again, OperationCall)
    assert again.base_url == target.base_url
