"""Kill and stop workers of a Temporal server in the middle of runs, which others take over.

``python -m tools.failover_test [--runs 200]``

Every run creates a job (a POST that may not be sent twice) and polls it every second until it is
done. Two workers carry the runs out on the development server. One is killed with SIGKILL while
jobs are created, the other one is stopped with SIGSTOP (and never goes on) after a third one began.
Whether a request whose worker was lost did its work is found out by a probe. At the end every run
has completed and every job was created exactly once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from uuid import uuid4

__all__ = ["Report", "failover_test", "main"]

API = """\
openapi: 3.1.0
info: {title: Jobs, version: "1"}
servers: [{url: "http://127.0.0.1:PORT"}]
paths:
  /jobs:
    post:
      operationId: createJob
      requestBody: {required: true, content: {application/json: {schema: {type: object}}}}
      responses: {"201": {description: created}}
  /jobs/{name}:
    parameters: [{name: name, in: path, required: true, schema: {type: string}}]
    get: {operationId: getJob, responses: {"200": {description: the job}}}
"""

FLOW = """\
arazzo: 1.0.1
info: {title: Jobs, version: 1.0.0}
sourceDescriptions: [{name: jobs, url: api.yaml, type: openapi}]
workflows:
  - workflowId: create-and-poll
    inputs: {type: object, required: [name], properties: {name: {type: string}}}
    steps:
      - stepId: create
        operationId: createJob
        requestBody: {payload: {name: $inputs.name}}
        successCriteria: [{condition: $statusCode == 201}]
      - stepId: poll
        operationId: getJob
        parameters: [{name: name, in: path, value: $inputs.name}]
        successCriteria: [{condition: $statusCode == 200}]
        outputs: {status: $response.body#/status}
        onSuccess:
          - {name: done, type: end, criteria: [{condition: $response.body#/status == 'done'}]}
          - {name: again, type: goto, stepId: poll}
    outputs: {status: $steps.poll.outputs.status}
"""


class Report(NamedTuple):
    """What a test came to. Seconds; ``silences`` are the longest times between two requests of runs
    that a worker's end held up, beyond what a poll waits.
    """

    runs: int
    completed: int
    created: dict[int, int]
    probed: int
    after_kill: tuple[float, ...]
    after_stop: tuple[float, ...]
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether nothing was lost or done twice."""
        return self.completed == self.runs and self.created == {1: self.runs}

    def __str__(self) -> str:
        def told(silences: tuple[float, ...]) -> str:
            if not silences:
                return "no run was held up"
            middle, longest = median(silences), max(silences)
            return f"{len(silences)} runs held up, {middle:.1f} s (median), {longest:.1f} s at most"

        return (
            f"{self.completed} of {self.runs} runs completed in {self.seconds:.0f} s\n"
            f"jobs by how often they were created: {self.created}\n"
            f"requests whose worker was lost: {self.probed}\n"
            f"SIGKILL: {told(self.after_kill)}\n"
            f"SIGSTOP: {told(self.after_stop)}"
        )


class Jobs:
    """The endpoint: remembers every request, and answers slowly enough to be killed meanwhile."""

    def __init__(self, takes: float, looks: int) -> None:
        self.created: Counter[str] = Counter()
        self.looks = looks
        self.seen: dict[str, list[float]] = defaultdict(list)
        self._lock = threading.Lock()
        self._looked: Counter[str] = Counter()
        jobs = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                name = json.loads(body)["name"]
                with jobs._lock:
                    jobs.created[name] += 1
                    jobs.seen[name].append(time.monotonic())
                time.sleep(takes)
                self._answer(201, {})

            def do_GET(self) -> None:
                name = self.path.rpartition("/")[2]
                with jobs._lock:
                    jobs.seen[name].append(time.monotonic())
                    known = jobs.created[name]
                    jobs._looked[name] += 1
                    done = jobs._looked[name] >= jobs.looks
                self._answer(200 if known else 404, {"status": "done" if done else "running"})

            def _answer(self, status: int, data: object) -> None:
                content = json.dumps(data).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 512

            def handle_error(self, *_: object) -> None:
                """A worker that is killed leaves its connections behind."""

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return self._server.server_port

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def silences(self, moment: float, until: float, beyond: float) -> tuple[float, ...]:
        """Of each run, the longest time without a request around a moment, when it is long."""
        found = []
        for times in self.seen.values():
            around = [
                after - before
                for before, after in pairwise(times)
                if before - 2 <= moment <= after and before < until
            ]
            if around and max(around) > beyond:
                found.append(max(around) - 1)
        return tuple(found)


def worker(address: str, queue: str, folder: Path, *options: str) -> subprocess.Popen[bytes]:
    """A worker as a process of its own, once it serves; its messages are in the folder."""
    name = folder / f"worker-{uuid4().hex[:6]}.log"
    command = [sys.executable, "-m", "arazzo_runner", "worker", "--temporal", address]
    with name.open("wb") as log:
        child = subprocess.Popen(
            [*command, "--queue", queue, *options], stdout=log, stderr=log, env={**os.environ}
        )
    end = time.monotonic() + 60
    while b"serves the queue" not in name.read_bytes():
        if child.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"the worker did not begin: {name.read_text()}")
        time.sleep(0.05)
    return child


async def failover_test(
    address: str, runs: int, *, looks: int = 10, takes: float = 0.3, every: float = 0.05
) -> Report:
    """Begin runs, end workers in the middle of it, and look at what became of them."""
    import arazzo_runner as arazzo
    from arazzo_runner.temporal.cluster import Cluster
    from arazzo_runner.temporal.runner import TemporalRunner

    queue = f"failover-{uuid4().hex[:8]}"
    jobs = Jobs(takes, looks)
    workers: list[subprocess.Popen[bytes]] = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "api.yaml").write_text(API.replace("PORT", str(jobs.port)))
        (folder / "flow.yaml").write_text(FLOW)
        try:
            workers += [worker(address, queue, folder), worker(address, queue, folder)]
            pacing = arazzo.Pacing(interval=1.0, max_interval=1.0)
            async with TemporalRunner(
                Cluster(address, queue=queue),
                run=arazzo.RunSettings(pacing=pacing),
                probes={"create": "getJob"},
            ) as runner:
                program = runner.load(str(folder / "flow.yaml"))
                client = await runner.client()
                names, killed, stopped = [], 0.0, 0.0
                for index in range(runs):
                    inputs = {"name": f"job-{index}"}
                    names.append(await runner.start(program, inputs=inputs))
                    await asyncio.sleep(every)
                    if index == runs // 3:
                        workers[0].send_signal(signal.SIGKILL)
                        killed = time.monotonic()
                        workers.append(await asyncio.to_thread(worker, address, queue, folder))
                    elif index == runs * 2 // 3:
                        workers[1].send_signal(signal.SIGSTOP)
                        stopped = time.monotonic()
                handles = [client.get_workflow_handle(each) for each in names]
                ended = await asyncio.gather(
                    *(handle.result() for handle in handles), return_exceptions=True
                )
                probed = await _lost(handles)
        finally:
            for each in workers:
                each.kill()
                each.wait()
            jobs.close()
    return Report(
        runs,
        sum(isinstance(each, dict) and each["status"] == "completed" for each in ended),
        dict(Counter(jobs.created.values())),
        probed,
        jobs.silences(killed, stopped, 3.0),
        jobs.silences(stopped, float("inf"), 3.0),
        time.monotonic() - began,
    )


async def _lost(handles: list[Any]) -> int:
    """How many activities of the runs ended because their worker was lost."""
    from temporalio.api.enums.v1 import EventType

    lost = 0
    for handle in handles:
        async for event in handle.fetch_history_events():
            lost += event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT
    return lost


def main() -> int:
    """Run the test against a server of its own; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=200)
    arguments = parser.parse_args()
    from tests.support.temporal import dev_server

    with dev_server() as address:
        report = asyncio.run(failover_test(address, arguments.runs))
    print(report)
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
