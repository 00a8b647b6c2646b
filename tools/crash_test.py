"""Kill runs at random moments, go on with them, and prove that nothing was lost or done twice.

``python -m tools.crash_test [--kills 1000] [--seed N]``

Every run creates a job (a POST that may not be sent twice), starts it from a workflow of its own
(another one), reads it with a retry, polls it, and closes it with a POST that carries an
idempotency key. Its process is killed with SIGKILL: after a random time, at a random statement of
a transaction, or after a random number of instructions of SQLite's machine, that is in the middle
of one. It is gone on with, and killed again, until the number of kills is reached. Whoever goes on
with a run that asks whether its request did its work looks at the server and answers by that.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Outcome", "crash_test", "main"]

API = """\
openapi: 3.1.0
info: {title: Jobs, version: "1"}
servers: [{url: "http://127.0.0.1:PORT"}]
paths:
  /jobs/{name}:
    parameters: [{name: name, in: path, required: true, schema: {type: string}}]
    post: {operationId: createJob, responses: {"201": {description: created}}}
    get: {operationId: getJob, responses: {"200": {description: the job}}}
  /jobs/{name}/start:
    parameters: [{name: name, in: path, required: true, schema: {type: string}}]
    post: {operationId: startJob, responses: {"200": {description: started}}}
  /jobs/{name}/plan:
    parameters: [{name: name, in: path, required: true, schema: {type: string}}]
    get: {operationId: getPlan, responses: {"200": {description: the plan}}}
  /jobs/{name}/close:
    parameters:
      - {name: name, in: path, required: true, schema: {type: string}}
      - {name: Idempotency-Key, in: header, required: true, schema: {type: string}}
    post: {operationId: closeJob, responses: {"200": {description: closed}}}
"""

FLOW = """\
arazzo: 1.0.1
info: {title: Jobs, version: 1.0.0}
sourceDescriptions: [{name: jobs, url: api.yaml, type: openapi}]
workflows:
  - workflowId: whole-job
    inputs: {type: object, required: [name], properties: {name: {type: string}}}
    steps:
      - stepId: create
        operationId: createJob
        parameters: [{name: name, in: path, value: $inputs.name}]
      - stepId: start
        workflowId: start-job
        parameters: [{name: name, value: $inputs.name}]
      - stepId: plan
        operationId: getPlan
        parameters: [{name: name, in: path, value: $inputs.name}]
        onFailure: [{name: again, type: retry, retryAfter: 0.02, retryLimit: 50}]
      - stepId: wait
        operationId: getJob
        parameters: [{name: name, in: path, value: $inputs.name}]
        outputs: {status: $response.body#/status}
        onSuccess:
          - name: again
            type: goto
            stepId: wait
            criteria: [{condition: $response.body#/status == 'running'}]
      - stepId: close
        operationId: closeJob
        parameters: [{name: name, in: path, value: $inputs.name}]
        outputs: {result: $response.body#/result}
    outputs: {status: $steps.wait.outputs.status, result: $steps.close.outputs.result}
  - workflowId: start-job
    inputs: {type: object, properties: {name: {type: string}}}
    steps:
      - stepId: startIt
        operationId: startJob
        parameters: [{name: name, in: path, value: $inputs.name}]
"""
POLLS = 4
UNSAFE = ("create", "start")


class Outcome(NamedTuple):
    """What a crash test found. ``problems`` is empty when all is well."""

    kills: int
    runs: int
    questions: int
    problems: list[str]


# -- the server ----------------------------------------------------------------------------------


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: Counter[str] = Counter()
        self.keys: dict[str, set[str]] = {}

    def handle_error(self, *_: object) -> None:
        """A client that was killed is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        if self.path == "/seen":
            keys = {name: sorted(found) for name, found in self.server.keys.items()}
            return self._answer(200, {"seen": self.server.seen, "keys": keys})
        name, _, what = self.path.removeprefix("/jobs/").partition("/")
        self.server.seen[f"{name} {what or 'get'}"] += 1
        count = self.server.seen[f"{name} {what or 'get'}"]
        if what == "plan":
            return self._answer(200 if count > 2 else 500, {})
        return self._answer(200, {"status": "running" if count < POLLS else "done"})

    def do_POST(self) -> None:
        name, _, what = self.path.removeprefix("/jobs/").partition("/")
        what = what or "create"
        self.server.seen[f"{name} {what}"] += 1
        if what == "close":
            key = self.headers.get("Idempotency-Key", "")
            self.server.keys.setdefault(name, set()).add(key)
        time.sleep(0.004)  # the answer is under way for a while
        self._answer(201, {"id": name, "result": f"result of {name}"})

    def _answer(self, status: int, data: Any) -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


def _serve(port: Any) -> None:
    server = _Server()
    port.send(server.server_address[1])
    server.serve_forever(0.05)


# -- the runs ------------------------------------------------------------------------------------


def _carry_out(journal: Path, flow: Path, name: str, run_id: str | None, answer: str) -> int:
    """In a process of its own: begin a run, or go on with one. 0: over, 3: it asks."""
    from arazzo_runner.errors import UncertainError
    from arazzo_runner.execution import Runner
    from arazzo_runner.interpreter import Pacing, RunSettings

    settings = RunSettings(pacing=Pacing(interval=0.01, max_interval=0.02))
    with Runner(run=settings, journal=_open(journal), on_uncertain=answer) as runner:
        try:
            if run_id is None:
                result = runner.run(str(flow), "whole-job", inputs={"name": name})
            else:
                result = runner.resume(run_id)
        except UncertainError:
            return 3
    return 0 if result.ok else 1


_CHOSEN: list[str] = []


def _open(path: Path) -> Any:
    """The journal, with the accident that was chosen built in."""
    from arazzo_runner.execution.journal_sqlite import SqliteJournal

    journal = SqliteJournal(path)
    how, at = _CHOSEN
    left = int(at)

    def count(_text: str) -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    if how == "statement":
        journal.connection.set_trace_callback(count)
    elif how == "instruction":
        journal.connection.set_progress_handler(lambda: os.kill(os.getpid(), signal.SIGKILL), left)
    return journal


class _Test:
    def __init__(self, folder: Path, port: int, seed: int, *, careless: bool) -> None:
        self.careless = careless
        self.journal = folder / "runs.db"
        self.flow = folder / "flow.yaml"
        self.flow.write_text(FLOW)
        (folder / "api.yaml").write_text(API.replace("PORT", str(port)))
        self.port = port
        self.random = random.Random(seed)
        self.kills = self.questions = 0
        self.problems: list[str] = []

    def one(self, number: int, most: int) -> None:
        """One run from its beginning to its end, killed up to ``most`` times on its way."""
        name, answer = f"r{number}", "ask"
        for attempt in range(200):
            run_id = self.find(name)
            if run_id == "over":
                return
            alive = attempt >= most
            code = self.child(name, run_id, answer, kill=not alive)
            answer = "ask"
            if code == 3:
                self.questions += 1
                answer = self.look(name)
            elif code == 1:
                self.problems.append(f"{name} failed: {self.row(name)}")
                return
        self.problems.append(f"{name} never ended")

    def child(self, name: str, run_id: str | None, answer: str, *, kill: bool) -> int:
        """Carry out a run in a child, which may be killed; its exit code, -9 when it was."""
        how = self.random.choice(["time", "time", "statement", "instruction"]) if kill else "none"
        at = {"statement": self.random.randint(1, 60), "instruction": self.random.randint(20, 3000)}
        _CHOSEN[:] = [how, str(at.get(how, 0))]
        pid = os.fork()
        if pid == 0:
            code = 9
            try:
                code = _carry_out(self.journal, self.flow, name, run_id, answer)
            finally:
                os._exit(code)
        if how == "time":
            time.sleep(self.random.uniform(0.005, 0.25))
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        if os.WIFSIGNALED(status):
            self.kills += 1
            return -os.WTERMSIG(status)
        return os.WEXITSTATUS(status)

    def find(self, name: str) -> str | None:
        """The run's id, None before the journal has it, "over" after its end."""
        found = self.row(name)
        return None if found is None else "over" if found[1] == "completed" else found[0]

    def row(self, name: str) -> tuple[str, str, str] | None:
        if not self.journal.exists() or not self.journal.stat().st_size:
            return None
        connection = sqlite3.connect(self.journal, timeout=10)
        try:
            if not connection.execute("PRAGMA user_version").fetchone()[0]:
                return None
            find = (
                "SELECT runs.id, status, coalesce(result, '') FROM runs JOIN events "
                "ON run_id = runs.id WHERE number = 1 AND records LIKE ?"
            )
            return connection.execute(find, (f'%"name":"{name}"%',)).fetchone()  # type: ignore[no-any-return]
        finally:
            connection.close()

    def look(self, name: str) -> str:
        """Did the request in doubt arrive? What a person would find out, or a careless one says."""
        if self.careless:
            return "resend"
        time.sleep(0.02)  # what is on its way arrives
        connection = sqlite3.connect(self.journal)
        step = connection.execute(
            "SELECT step_id FROM runs WHERE id = ?", (self.find(name),)
        ).fetchone()[0]
        connection.close()
        what = {"create": "create", "startIt": "start"}[step]
        return "skip" if self.seen()["seen"].get(f"{name} {what}") else "resend"

    def seen(self) -> Any:
        from http.client import HTTPConnection

        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", "/seen")
        data = json.loads(connection.getresponse().read())
        connection.close()
        return data

    def check(self, runs: int) -> None:
        """Every run ended right, nothing was done twice, the journal is whole."""
        found = self.seen()
        for number in range(runs):
            name = f"r{number}"
            row = self.row(name)
            if row is None or row[1] != "completed":
                self.problems.append(f"{name} is lost or not completed: {row}")
                continue
            outputs = json.loads(row[2])["outputs"]
            if outputs != {"status": "done", "result": f"result of {name}"}:
                self.problems.append(f"{name} ended wrong: {outputs}")
            for what in UNSAFE:
                if (count := found["seen"].get(f"{name} {what}")) != 1:
                    self.problems.append(f"{name}: {what} was received {count} times")
            if len(found["keys"].get(name, ())) != 1:
                self.problems.append(f"{name}: keys {found['keys'].get(name)}")
        connection = sqlite3.connect(self.journal)
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
        connection.close()
        if verdict != "ok":
            self.problems.append(f"the journal is damaged: {verdict}")


def crash_test(kills: int, seed: int, *, progress: bool = False, careless: bool = False) -> Outcome:
    """Kill runs so often; what was found. A careless person sends again without looking."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=_serve, args=(theirs,), daemon=True)
    server.start()
    import arazzo_runner.execution.continuing
    import arazzo_runner.execution.http
    import arazzo_runner.execution.journal_sqlite
    import arazzo_runner.execution.run_log  # noqa: F401

    try:
        with tempfile.TemporaryDirectory(prefix="arazzo-crash-") as folder:
            test = _Test(Path(folder), ours.recv(), seed, careless=careless)
            runs = 0
            while test.kills < kills:
                test.one(runs, min(8, kills - test.kills))
                runs += 1
                if progress and runs % 20 == 0:
                    print(f"{runs} runs, {test.kills} kills, {test.questions} questions",
                          file=sys.stderr)  # fmt: skip
            test.check(runs)
            return Outcome(test.kills, runs, test.questions, test.problems)
    finally:
        server.kill()
        server.join()


def main() -> int:
    """The command; 0 when nothing was lost or done twice."""
    parser = argparse.ArgumentParser(prog="python -m tools.crash_test")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    values = parser.parse_args()
    print(f"seed {values.seed}")
    began = time.monotonic()
    outcome = crash_test(values.kills, values.seed, progress=True)
    print(
        f"{outcome.kills} kills of {outcome.runs} runs, {outcome.questions} questions answered, "
        f"{len(outcome.problems)} problems, {time.monotonic() - began:.0f} s"
    )
    for problem in outcome.problems[:20]:
        print(f"  {problem}")
    return 1 if outcome.problems else 0


if __name__ == "__main__":
    sys.exit(main())
