"""Large documents and answers: through a folder and S3, by their hash; small ones inline."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.answers import Answer, json_answer
from tests.support.command import CREDENTIALS
from tests.support.endpoint import Endpoint, Received
from tests.support.moto_server import Moto
from tests.support.temporal_server import Commands, TemporalServer, temporal_server

MB = 10**6
FLOW = """\
arazzo: 1.0.1
info: {title: Files, version: 1.0.0}
sourceDescriptions: [{name: api, url: api.json, type: openapi}]
workflows:
- workflowId: main
  inputs: {type: object, properties: {size: {type: integer}}}
  steps:
  - stepId: read
    operationId: read
    parameters: [{name: size, in: query, value: $inputs.size}]
    outputs: {text: $response.body#/text}
  - stepId: write
    operationId: write
    requestBody:
      contentType: application/json
      payload: {text: $steps.read.outputs.text}
    outputs: {size: $response.body#/size}
  outputs: {text: $steps.read.outputs.text, size: $steps.write.outputs.size}
"""


def noise(size: int) -> str:
    """A text that cannot be packed much, the same each time."""
    return base64.b64encode(random.Random(size).randbytes(size)).decode()[:size]


def files(request: Received) -> Answer:
    if request.method == "POST":
        body = json.loads(request.body)
        return json_answer({"size": len(body["text"]), "text": noise(body.get("answer", 1))})
    return json_answer({"text": noise(int(request.target.rpartition("=")[2]))})


def description(url: str, text: str) -> dict[str, Any]:
    size = {"name": "size", "in": "query", "schema": {"type": "integer"}}
    done = {"200": {"description": "ok"}}
    body = {"content": {"application/json": {"schema": {"type": "object"}}}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Files", "version": "1", "description": text},
        "servers": [{"url": url}],
        "paths": {
            "/read": {"get": {"operationId": "read", "parameters": [size], "responses": done}},
            "/write": {"post": {"operationId": "write", "requestBody": body, "responses": done}},
        },
    }


@pytest.fixture(scope="module")
def server() -> Iterator[TemporalServer]:
    with temporal_server() as running:
        yield running


@pytest.fixture
def commands(tmp_path: Path, server: TemporalServer) -> Commands:
    return Commands(tmp_path, server, CREDENTIALS | {"RUN_KEY": "07" * 32})


@contextmanager
def documents(commands: Commands, text: str) -> Iterator[Endpoint]:
    """A workflow over an API whose description has this text in it."""
    with Endpoint(files) as endpoint:
        (commands.folder / "flow.yaml").write_text(FLOW)
        api = description(endpoint.url, text)
        (commands.folder / "api.json").write_text(json.dumps(api))
        yield endpoint


def history(commands: Commands, run_id: str) -> bytes:
    return commands.server.ask_ui(f"namespaces/default/workflows/{run_id}/history")


def largest_payload(commands: Commands, run_id: str) -> int:
    """In characters of base64."""

    def sizes(data: Any) -> Iterator[int]:
        if isinstance(data, dict):
            if isinstance(data.get("metadata"), dict) and isinstance(data.get("data"), str):
                yield len(data["data"])
            for value in data.values():
                yield from sizes(value)
        elif isinstance(data, list):
            for value in data:
                yield from sizes(value)

    return max(sizes(json.loads(history(commands, run_id))))


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, commands: Commands) -> tuple[str, Any]:
    """A place for large values, and what says how many and how large they are."""
    if request.param == "folder":
        folder = commands.folder / "blobs"
        return str(folder), lambda: [f.stat().st_size for f in folder.rglob("*") if f.is_file()]
    moto: Moto = request.getfixturevalue("moto")
    moto.client("s3").create_bucket(Bucket="runs")

    def objects() -> list[int]:
        found = moto.client("s3").list_objects_v2(Bucket="runs", Prefix="blobs/")
        return [each["Size"] for each in found.get("Contents", ())]

    return f"s3://runs/blobs?endpoint={moto.url}", objects


def test_large_things_go_through_the_store(commands: Commands, store: tuple[str, Any]) -> None:
    place, sizes = store
    options = ("--codec-key", "env:RUN_KEY", "--blobs", place)
    with (
        documents(commands, noise(3 * MB)),
        commands.worker(*options),
        commands.worker(*options),
    ):
        runs = [
            commands("run", "flow.yaml", "-i", f"size={5 * MB}", *options, "--id", name, "--json")
            for name in (f"one-{len(place)}", f"two-{len(place)}")
        ]
        assert [done.code for done in runs] == [0, 0], [done.err for done in runs]
        shown = commands("runs", "show", f"one-{len(place)}", *options, "--json")
        assert shown.code == 0, shown.err
    for done in runs:
        outputs = json.loads(done.out)["outputs"]
        assert outputs["text"] == noise(5 * MB)
        assert outputs["size"] == 5 * MB
    assert largest_payload(commands, f"one-{len(place)}") <= 128 * 1024 * 4 / 3
    assert len(history(commands, f"one-{len(place)}")) < 100_000
    large = sorted(size for size in sizes() if size > MB)
    # The description once, although two runs have it; answers, requests and results.
    assert large[0] < 3 * MB
    assert len([size for size in large if size < 3 * MB]) == 1
    assert max(large) < 5 * MB * 4 / 3 + 100_000  # a body in base64


def test_small_things_and_what_packs_well_stay_inline(commands: Commands) -> None:
    blobs = commands.folder / "blobs"
    options = ("--blobs", str(blobs))
    with documents(commands, "Reads a file. " * 200_000), commands.worker(*options):
        assert (commands.folder / "api.json").stat().st_size > 2.5 * MB
        done = commands("run", "flow.yaml", "-i", "size=1000", *options, "--id", "small", "--json")
        assert done.code == 0, done.err
    assert json.loads(done.out)["outputs"]["size"] == 1000
    assert not blobs.exists()


def test_without_a_store_what_is_too_large_is_said(commands: Commands) -> None:
    with documents(commands, noise(3 * MB)):
        refused = commands("run", "flow.yaml", "-i", "size=1", "--id", "refused")
    assert refused.code == 2
    assert "more than Temporal takes (2 MB)" in refused.err
    assert "--blobs FOLDER or --blobs s3://BUCKET/PREFIX" in refused.err
    assert "refused" not in commands.server.workflow_ids()
    with documents(commands, "short") as endpoint, commands.worker():
        failed = commands("run", "flow.yaml", "-i", f"size={5 * MB}", "--id", "failed")
        assert failed.code == 4, failed.err
    assert "more than Temporal takes (2 MB)" in failed.err
    assert [request.method for request in endpoint.requests] == ["GET"]


def test_a_worker_without_the_store_leaves_runs_to_others(commands: Commands) -> None:
    right = ("--blobs", str(commands.folder / "blobs"))
    with documents(commands, noise(MB)) as endpoint:
        begun = commands(
            "run", "flow.yaml", "-i", "size=1000000", *right, "--id", "left", "--detach"
        )
        assert begun.code == 0, begun.err
        for wrong in ((), ("--blobs", str(commands.folder / "elsewhere"))):
            with commands.worker(*wrong):
                commands.until("left", "WORKFLOW_TASK_FAILED")
        assert endpoint.requests == []
        with commands.worker(*right):
            done = commands("runs", "resume", "left", *right)
            assert done.code == 0, done.err
    assert [request.method for request in endpoint.requests] == ["GET", "POST"]


def test_an_answer_that_cannot_be_kept_is_an_uncertain_request(commands: Commands) -> None:
    (commands.folder / "file").write_text("")
    broken = ("--blobs", str(commands.folder / "file" / "blobs"))
    flow = FLOW.replace("{text: $steps.read.outputs.text}", "{text: a, answer: 1000000}")
    with documents(commands, "short") as endpoint:
        (commands.folder / "flow.yaml").write_text(flow)
        with commands.worker(*broken):
            done = commands("run", "flow.yaml", "-i", "size=1", *broken, "--id", "lost")
            assert done.code == 1, done.err
            assert "did step 'write' do its work?" in done.err
        with commands.worker():
            skipped = commands("runs", "resume", "lost", "--on-uncertain", "skip", "--json")
            assert skipped.code == 0, skipped.err
    assert [request.method for request in endpoint.requests] == ["GET", "POST"]
