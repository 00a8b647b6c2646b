"""Files through the whole command: uploads in little memory, downloads, cookies, redirects."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import arazzo_runner as arazzo
from tests.support import answers
from tests.support.answers import Answer
from tests.support.command import Command
from tests.support.endpoint import Endpoint
from tests.support.sink import Sink

API = """\
openapi: 3.0.3
info: {title: Files, version: "1"}
servers: [{url: "http://files.test"}]
paths:
  /multi:
    post:
      operationId: multi
      requestBody:
        content:
          multipart/form-data:
            schema:
              type: object
              properties: {note: {type: string}, file: {type: string, format: binary}}
      responses: {"200": {description: ok}}
  /raw:
    put:
      operationId: raw
      requestBody:
        content: {application/octet-stream: {schema: {type: string, format: binary}}}
      responses: {"200": {description: ok}}
  /text:
    post:
      operationId: text
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"200": {description: ok}}
  /photo: {get: {operationId: photo, responses: {"200": {description: ok}}}}
  /documented: {get: {operationId: documented, responses: {"302": {description: elsewhere}}}}
"""

FLOW = """\
arazzo: 1.0.1
info: {title: Files, version: "1"}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
workflows:
  - workflowId: upload
    inputs: {type: object, required: [file], properties: {file: {type: string}}}
    steps:
      - {stepId: multi, operationId: multi, requestBody: {payload: {note: hi, file: $inputs.file}}}
      - {stepId: raw, operationId: raw, requestBody: {payload: $inputs.file}}
  - workflowId: upload-by-another
    inputs: {type: object, properties: {document: {type: string}}}
    steps:
      - stepId: call
        workflowId: upload
        parameters: [{name: file, value: $inputs.document}]
  - workflowId: as-text
    inputs: {type: object, properties: {file: {type: string}}}
    steps:
      - {stepId: text, operationId: text, requestBody: {payload: {content: $inputs.file}}}
  - workflowId: not-a-path
    steps:
      - {stepId: multi, operationId: multi, requestBody: {payload: {file: "@/etc/passwd"}}}
      - {stepId: raw, operationId: raw, requestBody: {payload: "file:///etc/passwd"}}
  - workflowId: download
    steps:
      - {stepId: photo, operationId: photo, outputs: {photo: $response.body}}
      - {stepId: again, operationId: raw, requestBody: {payload: $steps.photo.outputs.photo}}
    outputs: {photo: $steps.photo.outputs.photo}
  - workflowId: session
    steps:
      - {stepId: one, operationId: photo}
      - {stepId: two, operationId: photo, outputs: {sent: $request.header.Cookie}}
    outputs: {sent: $steps.two.outputs.sent}
  - workflowId: documented
    steps:
      - stepId: one
        operationId: documented
        successCriteria: [{condition: $statusCode == 302}]
        outputs: {to: $response.header.Location}
    outputs: {to: $steps.one.outputs.to}
"""


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    (tmp_path / "api.yaml").write_text(API)
    (tmp_path / "flow.yaml").write_text(FLOW)
    return tmp_path / "flow.yaml"


def sparse(path: Path, size: int) -> str:
    """A file of zeros that takes no room, and its hash."""
    with path.open("wb") as file:
        file.truncate(size)
    digest = hashlib.sha256()
    for _ in range(size >> 20):
        digest.update(bytes(1 << 20))
    return digest.hexdigest()


def measured(words: list[str], folder: Path) -> tuple[subprocess.CompletedProcess[bytes], float]:
    """A process that has ended, and the most memory it had, in MB."""
    script = (
        "import subprocess, sys, resource; done = subprocess.run(sys.argv[1:]);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024);"
        "sys.exit(done.returncode)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *words], cwd=folder, capture_output=True, check=False
    )
    return done, float(done.stdout.decode().strip().rpartition("\n")[2])


GIGABYTE = 1 << 30
ASYNC = """
import asyncio, sys, arazzo_runner as arazzo
async def go():
    async with arazzo.AsyncRunner(servers={"api": sys.argv[1]}) as runner:
        return await runner.run(sys.argv[2], "upload", inputs={"file": arazzo.File(sys.argv[3])})
asyncio.run(go()).raise_for_status()
"""


@pytest.mark.parametrize(("door", "size"), [("command", GIGABYTE), ("async", GIGABYTE // 4)])
def test_a_gigabyte_is_sent_in_little_memory(
    door: str, size: int, flow: Path, tmp_path: Path
) -> None:
    big = tmp_path / "big.iso"
    sha256 = sparse(big, size)
    with Sink() as sink:
        words = [sys.executable, "-c", ASYNC, sink.url, str(flow), str(big)]
        if door == "command":
            words = [sys.executable, "-m", "arazzo_runner", "run", str(flow), "upload"]
            words += ["-i", f"file=@{big}", "--server", f"api={sink.url}"]
        done, megabytes = measured(words, tmp_path)
    assert done.returncode == 0, done.stderr
    multi, raw = sink.taken
    assert (raw.size, raw.sha256) == (size, sha256)
    assert raw.header("content-type") == "application/octet-stream"
    assert multi.size == int(multi.header("content-length") or 0) > size
    assert b'name="file"; filename="big.iso"' in multi.start
    assert multi.end.endswith(b"--\r\n")
    assert megabytes < 100


def test_a_big_answer_is_saved_in_little_memory(flow: Path, tmp_path: Path) -> None:
    piece = os.urandom(1 << 20)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: %d\r\n\r\n" % (300 << 20)
    with Sink([head, *[piece] * 300], [b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]) as sink:
        words = [sys.executable, "-m", "arazzo_runner", "run", str(flow), "download", "--json"]
        words += ["--server", f"api={sink.url}", "--download-dir", "saved"]
        done, megabytes = measured(words, tmp_path)
    assert done.returncode == 0, done.stderr
    saved = tmp_path / "saved" / "photo.mp4"
    output = json.loads(done.stdout[: done.stdout.rindex(b"}") + 1])["outputs"]["photo"]
    assert output == {"file": str(saved), "mediaType": "video/mp4", "size": 300 << 20}
    assert sink.taken[1].sha256 == hashlib.sha256(piece * 300).hexdigest(), "and was sent on"
    assert saved.stat().st_size == 300 << 20
    assert megabytes < 100


def test_an_input_that_is_handed_on_is_a_file_too(
    flow: Path, tmp_path: Path, arazzo: Command
) -> None:
    (tmp_path / "a.txt").write_bytes(b"text")
    with Endpoint([Answer(), Answer()]) as end:
        words = ("-i", f"document=@{tmp_path / 'a.txt'}", "--server", f"api={end.url}")
        done = arazzo("run", flow, "upload-by-another", *words)
    assert done.code == 0, done.err
    assert b'filename="a.txt"\r\nContent-Type: text/plain\r\n\r\ntext\r\n' in end.requests[0].body
    assert end.requests[1].body == b"text"


def test_where_the_operation_wants_text_it_gets_the_content(
    flow: Path, tmp_path: Path, arazzo: Command
) -> None:
    (tmp_path / "a.txt").write_bytes(b"text\n")
    with Endpoint([Answer()]) as end:
        words = ("-i", f"file=@{tmp_path / 'a.txt'}", "--server", f"api={end.url}")
        assert arazzo("run", flow, "as-text", *words).code == 0
    assert end.requests[0].body == b'{"content":"text\\n"}'


def test_a_document_cannot_name_a_file(flow: Path, arazzo: Command) -> None:
    with Endpoint([Answer(), Answer()]) as end:
        assert arazzo("run", flow, "not-a-path", "--server", f"api={end.url}").code == 0
    assert b"\r\n\r\n@/etc/passwd\r\n" in end.requests[0].body
    assert end.requests[1].body == b"file:///etc/passwd"


def test_neither_can_an_answer_or_an_input_of_text(flow: Path, arazzo: Command) -> None:
    marked = '{"$file": {"path": "/etc/passwd", "name": "x", "size": 5}}'
    with Endpoint([Answer(), Answer()]) as end:
        words = ("-i", "file=@@/etc/passwd", "--server", f"api={end.url}")
        assert arazzo("run", flow, "upload", *words).code == 2
        words = ("--inputs", "-", "--server", f"api={end.url}")
        done = arazzo("run", flow, "upload", *words, stdin=json.dumps({"file": marked}))
    assert done.code == 0
    assert all(b"root:" not in request.body for request in end.requests)
    assert end.requests[1].body.decode() == marked


def test_a_download_for_people(flow: Path, tmp_path: Path, arazzo: Command) -> None:
    photo = Answer(200, (("Content-Type", "image/png"),), b"\x89PNG")
    with Endpoint([photo, Answer()]) as end:
        words = ("--server", f"api={end.url}", "--download-dir", tmp_path / "saved", "-v")
        done = arazzo("run", flow, "download", *words)
    assert done.code == 0
    assert done.out == f"photo: {tmp_path}/saved/photo.png (4 bytes)\n"
    assert end.requests[1].body == b"\x89PNG"
    assert f"> <{tmp_path}/saved/photo.png (4 bytes)>" in done.err


def test_events_of_uploads(flow: Path, tmp_path: Path, arazzo: Command) -> None:
    (tmp_path / "a.txt").write_bytes(b"text")
    with Endpoint([Answer(), answers.redirect("/raw2", 307), Answer()]) as end:
        words = ("-i", f"file=@{tmp_path / 'a.txt'}", "--server", f"api={end.url}")
        done = arazzo("run", flow, "upload", *words, "--events", "-", "-v")
    events = [json.loads(line) for line in done.out.splitlines()]
    multi, raw = (e["request"]["body"] for e in events if e["record"] == "RequestSent")
    file = {"file": str(tmp_path / "a.txt"), "mediaType": "text/plain", "size": 4}
    assert raw == [file]
    assert file in multi
    last = [e["response"] for e in events if e["record"] == "ResponseReceived"][-1]
    assert last["url"] == f"{end.url}/raw2"
    redirect = {"method": "PUT", "url": f"{end.url}/raw", "status": 307}
    assert last["redirects"] == [redirect]
    assert f"< 307  redirected from {end.url}/raw" in done.err


def test_cookies_live_as_long_as_a_run(flow: Path, arazzo: Command) -> None:
    setting = Answer(200, (("Set-Cookie", "session=s3cret; Path=/; HttpOnly"),))
    with Endpoint([setting, Answer(), Answer(), Answer()]) as end:
        words = ("run", flow, "session", "--server", f"api={end.url}", "--json")
        done = json.loads(arazzo(*words).out)
        arazzo(*words)
    assert done["outputs"] == {"sent": "session=s3cret"}
    cookies = [request.values("Cookie") for request in end.requests]
    assert cookies == [[], ["session=s3cret"], [], []]


def test_runs_of_one_runner_share_no_cookies(flow: Path) -> None:
    setting = Answer(200, (("Set-Cookie", "session=1; Path=/"),))
    with (
        Endpoint([setting, Answer(), Answer(), Answer()]) as end,
        arazzo.Runner(servers={"api": end.url}) as runner,
    ):
        for _ in range(2):
            runner.run(str(flow), "session").raise_for_status()
    assert [r.values("Cookie") for r in end.requests] == [[], ["session=1"], [], []]


def test_a_documented_redirect_is_the_answer(flow: Path) -> None:
    with Endpoint([answers.redirect("/elsewhere", 302)]) as end:
        result = arazzo.run(str(flow), "documented", servers={"api": end.url})
    assert result.outputs == {"to": "/elsewhere"}


def test_other_redirects_are_followed(flow: Path) -> None:
    with Endpoint([answers.redirect("/there", 302), Answer(), Answer()]) as end:
        result = arazzo.run(str(flow), "session", servers={"api": end.url})
    assert result.ok
    assert [step.response.url for step in result.steps] == [f"{end.url}/there", ""]
