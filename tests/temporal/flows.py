"""Documents and an endpoint for runs on Temporal."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

__all__ = ["Endpoint", "endpoint", "write_flow"]

API = """\
openapi: 3.1.0
info: {title: Jobs, version: "1"}
servers: [{url: "http://127.0.0.1:PORT"}]
paths:
  /jobs:
    post:
      operationId: createJob
      requestBody: {required: true, content: {application/json: {schema: {type: object}}}}
      responses: {}
  /jobs/{name}:
    parameters: [{name: name, in: path, required: true, schema: {type: string}}]
    get: {operationId: getJob, responses: {}}
components: {}
"""

FLOW = """\
arazzo: 1.0.1
info: {title: Jobs, version: 1.0.0}
sourceDescriptions: [{name: jobs, url: api.yaml, type: openapi}]
workflows:
  - workflowId: job
    inputs:
      type: object
      required: [name]
      properties: {name: {type: string}, password: {type: string, format: password}}
    steps:
      - stepId: create
        operationId: createJob
        requestBody: {payload: {name: $inputs.name, password: $inputs.password}}
        successCriteria: [{condition: $statusCode == 201}]
        outputs: {name: $response.body#/name}
      - stepId: poll
        operationId: getJob
        parameters: [{name: name, in: path, value: $steps.create.outputs.name}]
        successCriteria: [{condition: $statusCode == 200}]
        outputs: {status: $response.body#/status}
        onSuccess:
          - {name: done, type: end, criteria: [{condition: $response.body#/status == 'done'}]}
          - {name: again, type: goto, stepId: poll}
    outputs: {status: $steps.poll.outputs.status}
"""


class Endpoint:
    """Jobs that are done after so many looks. ``on_create`` may hold a request up or refuse it."""

    def __init__(self, looks: int) -> None:
        self.looks = looks
        self.created: Counter[str] = Counter()
        self.looked: Counter[str] = Counter()
        self.headers: list[dict[str, str]] = []
        self.on_create: Callable[[int], int] = lambda _count: 201
        self.port = 0

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        if method == "POST":
            name = json.loads(body)["name"]
            self.created[name] += 1
            return self.on_create(self.created[name]), {"name": name}
        name = path.rpartition("/")[2]
        self.looked[name] += 1
        status = "done" if self.looked[name] >= self.looks else "running"
        return 200 if self.created[name] else 404, {"status": status}


@contextmanager
def endpoint(looks: int = 2) -> Iterator[Endpoint]:
    """An endpoint on loopback while the block runs."""
    jobs = Endpoint(looks)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            jobs.headers.append({name.lower(): value for name, value in self.headers.items()})
            status, data = jobs.answer(self.command, self.path, body)
            content = json.dumps(data).encode()
            self.send_response_only(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _do  # noqa: N815 - as http.server calls them

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    jobs.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield jobs
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def write_flow(folder: Path, port: int, flow: str = FLOW, api: str = API) -> str:
    """The document and its description in a folder; the document's path."""
    (folder / "api.yaml").write_text(api.replace("PORT", str(port)))
    (folder / "flow.yaml").write_text(flow)
    return str(folder / "flow.yaml")
