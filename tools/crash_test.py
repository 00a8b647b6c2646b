"""Kill runs at random moments, go on with them, and prove that nothing was lost or done twice.

``python -m tools.crash_test [--kills 1000] [--seed N] [--finally] [--batch]``

Every run creates a job (a POST that may not be sent twice), starts it from a workflow of its own
(another one), reads it with a retry, polls it, and closes it with a POST that carries an
idempotency key. With ``--finally`` a workflow that comes last removes it (one more POST that may
not be sent twice). Its process is killed with SIGKILL: after a random time, at a random statement
of a transaction, or after a random number of instructions of SQLite's machine, that is in the
middle of one. Or it gets SIGTERM and little time, or finds the disk full (the journal's file may
not grow). It is gone on with, and killed again, until the number of kills is reached. Whoever goes
on with a run that asks whether its request did its work looks at the server and answers by that.
With ``--batch`` a process carries out the rows of a batch, all at the same time.
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
import traceback
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
  /jobs/{name}/remove:
    parameters:
      - {name: name, in: path, required: true, schema: {type: string}}
      - {name: status, in: query, required: true, schema: {type: string}}
    post: {operationId: removeJob, responses: {"200": {description: removed}}}
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
  - workflowId: clean-up
    inputs: {type: object, properties: {name: {type: string}, status: {type: string}}}
    steps:
      - stepId: remove
        operationId: removeJob
        parameters:
          - {name: name, in: path, value: $inputs.name}
          - {name: status, in: query, value: $inputs.status}
"""
POLLS = 4
ROWS = 8
UNSAFE = {"create": "create", "startIt": "start", "remove": "remove?status=done"}


class Outcome(NamedTuple):
    """What a crash test found. ``problems`` is empty when all is well; ``accidents`` are runs that
    ended before they were over without being killed: by SIGTERM or a full disk.
    """

    kills: int
    runs: int
    questions: int
    problems: list[str]
    accidents: int = 0


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


class _Job(NamedTuple):
    """What a child process does: begin a run or a batch, or go on with it."""

    names: tuple[str, ...]
    run_id: str | None = None
    answer: str = "ask"
    batch: str | None = None


OVER, FAILED, ASKS, STOPPED = 0, 1, 3, 4


def _carry_out(journal: Path, flow: Path, job: _Job, teardown: str | None) -> int:
    """In a process of its own: do a job."""
    from arazzo_runner.execution.settings import Settings
    from arazzo_runner.interpreter import Pacing, RunSettings

    settings = Settings(
        run=RunSettings(pacing=Pacing(interval=0.01, max_interval=0.02)),
        teardown=teardown,
        on_uncertain=job.answer,
    )
    if job.batch is not None:
        return _carry_out_batch(journal, flow, job, settings)
    from arazzo_runner.cli.signals import interruptible
    from arazzo_runner.errors import JournalError, UncertainError
    from arazzo_runner.execution import Interrupted, Runner

    try:
        runner = Runner(settings, journal=_open(journal))
        with interruptible(runner.stop, lambda: runner.stopping, lambda _: None):
            if job.run_id is None:
                result = runner.run(str(flow), "whole-job", inputs={"name": job.names[0]})
            else:
                result = runner.resume(job.run_id)
    except UncertainError:
        return ASKS
    except (JournalError, Interrupted, KeyboardInterrupt):
        return STOPPED
    if result.error is not None and result.error.kind == "journal":
        return STOPPED
    return OVER if result.ok else FAILED


def _carry_out_batch(journal: Path, flow: Path, job: _Job, settings: Any) -> int:
    import asyncio

    from arazzo_runner.errors import JournalError
    from arazzo_runner.execution import AsyncRunner
    from arazzo_runner.execution.batch import Before, Row, find_rows, run_rows
    from arazzo_runner.execution.journal_queries import rows_of_batch

    kept = _open(journal)
    rows = [Row(number, {"name": name}) for number, name in enumerate(job.names, 1)]
    assert job.batch is not None
    found = rows_of_batch(kept.connection, job.batch)
    before = find_rows(rows, {place: Before(*row[:2], None) for place, row in found.items()})
    statuses: list[str] = []

    async def work() -> None:
        async with AsyncRunner(settings, journal=kept) as runner:
            program = runner.load(str(flow), "whole-job")
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, runner.stop)
            await run_rows(
                runner, program, "whole-job", rows, batch=job.batch, concurrency=len(rows),
                on_end=lambda row: statuses.append(row.status), before=before,
            )  # fmt: skip

    try:
        asyncio.run(work())
    except JournalError:
        return STOPPED
    return OVER if statuses == ["completed"] * len(rows) else STOPPED


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
    elif how == "full":
        (pages,) = journal.connection.execute("PRAGMA page_count").fetchone()
        journal.connection.execute(f"PRAGMA max_page_count = {pages + left}")
    return journal


class _Test:
    def __init__(
        self, folder: Path, port: int, seed: int, *, careless: bool, teardown: str | None
    ) -> None:
        self.careless = careless
        self.teardown = teardown
        self.journal = folder / "runs.db"
        self.flow = folder / "flow.yaml"
        self.flow.write_text(FLOW)
        (folder / "api.yaml").write_text(API.replace("PORT", str(port)))
        self.port = port
        self.random = random.Random(seed)
        self.kills = self.questions = self.accidents = 0
        self.problems: list[str] = []

    def one(self, number: int, most: int) -> None:
        """One run from its beginning to its end, killed up to ``most`` times on its way."""
        self.to_the_end(f"r{number}", most)

    def batch(self, number: int, most: int) -> None:
        """The rows of one batch, begun together; those that ask are answered one by one."""
        names = tuple(f"r{number}x{row}" for row in range(ROWS))
        for attempt in range(200):
            code = self.child(_Job(names, batch=f"b{number}"), kill=attempt < most)
            if code == OVER and all(self.find(name) == "over" for name in names):
                return
            for name in names if attempt % 4 == 3 or attempt >= most else ():
                if self.find(name) not in (None, "over"):
                    self.to_the_end(name, 0)
        self.problems.append(f"batch {number} never ended")

    def to_the_end(self, name: str, most: int) -> None:
        """Carry out a run until it is over, killed up to ``most`` times."""
        answer = "ask"
        for attempt in range(200):
            run_id = self.find(name)
            if run_id == "over":
                return
            code = self.child(_Job((name,), run_id, answer), kill=attempt < most)
            answer = "ask"
            if code == ASKS:
                self.questions += 1
                answer = self.look(name)
            elif code == FAILED:
                self.problems.append(f"{name} failed: {self.row(name)}")
                return
        self.problems.append(f"{name} never ended")

    def child(self, job: _Job, *, kill: bool) -> int:
        """Carry out a job in a child, which may be killed; its exit code, negative when it was."""
        ways = ["time", "time", "statement", "instruction", "full"]
        if self.teardown is None:  # with it, an interrupted run is cleaned up and over
            ways.append("term")
        how = self.random.choice(ways) if kill else "none"
        most = 1 if job.batch is None else ROWS
        at = {
            "statement": self.random.randint(1, 60 * most),
            "instruction": self.random.randint(20, 3000 * most),
            "full": self.random.randint(0, 6),
        }
        _CHOSEN[:] = [how, str(at.get(how, 0))]
        pid = os.fork()
        if pid == 0:
            code = 9
            try:
                code = _carry_out(self.journal, self.flow, job, self.teardown)
            except BaseException:  # noqa: BLE001 - whatever it is, it is a problem
                traceback.print_exc()
            finally:
                os._exit(code)
        if how in ("time", "term"):
            time.sleep(self.random.uniform(0.005, 0.25))
        if how == "term":
            os.kill(pid, signal.SIGTERM)
            time.sleep(self.random.choice([0.0, 0.002, 0.01, 1.0]))
        if how in ("time", "term"):
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        if os.WIFSIGNALED(status):
            self.kills += 1
            return -os.WTERMSIG(status)
        code = os.WEXITSTATUS(status)
        self.accidents += code == STOPPED
        if code == 9:
            self.problems.append(f"{job} raised ({how})")
        return code

    def find(self, name: str) -> str | None:
        """The run's id, None before the journal has it, "over" after its end."""
        found = self.row(name)
        if found is None:
            return None
        last = self.last(found[0])
        cleaned = last is None or last[0] == "completed"  # None: there was no room to keep it
        return "over" if found[1] == "completed" and cleaned else found[0]

    def ask(self, query: str, *values: str) -> Any:
        """The first row of what the journal answers."""
        if not self.journal.exists() or not self.journal.stat().st_size:
            return None
        connection = sqlite3.connect(self.journal, timeout=10)
        try:
            if connection.execute("PRAGMA user_version").fetchone()[0]:
                return connection.execute(query, values).fetchone()
            return None
        finally:
            connection.close()

    def row(self, name: str) -> tuple[str, str, str] | None:
        """Id, status and result of the run of a job."""
        return self.ask(  # type: ignore[no-any-return]
            "SELECT runs.id, status, coalesce(result, '') FROM runs JOIN events ON run_id = "
            "runs.id WHERE number = 1 AND records LIKE ? AND teardown_of IS NULL",
            f'%"name":"{name}"%',
        )

    def last(self, run_id: str) -> tuple[str, str] | None:
        """Status and step of what comes after a run."""
        find = "SELECT status, step_id FROM runs WHERE teardown_of = ?"
        return self.ask(find, run_id)  # type: ignore[no-any-return]

    def look(self, name: str) -> str:
        """Did the request in doubt arrive? What a person would find out, or a careless one says."""
        if self.careless:
            return "resend"
        time.sleep(0.02)  # what is on its way arrives
        run_id = self.find(name)
        assert run_id is not None
        last = self.last(run_id)
        step = last[1] if last else self.ask("SELECT step_id FROM runs WHERE id = ?", run_id)[0]
        return "skip" if self.seen()["seen"].get(f"{name} {UNSAFE[step]}") else "resend"

    def seen(self) -> Any:
        from http.client import HTTPConnection

        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", "/seen")
        data = json.loads(connection.getresponse().read())
        connection.close()
        return data

    def check(self, names: list[str]) -> None:
        """Every run ended right, nothing was done twice, the journal is whole."""
        found = self.seen()
        unsafe = [what for what in UNSAFE.values() if self.teardown or "remove" not in what]
        for name in names:
            row = self.row(name)
            if row is None or self.find(name) != "over":
                self.problems.append(f"{name} is lost or not completed: {row}")
                continue
            outputs = json.loads(row[2])["outputs"]
            if outputs != {"status": "done", "result": f"result of {name}"}:
                self.problems.append(f"{name} ended wrong: {outputs}")
            for what in unsafe:
                if (count := found["seen"].get(f"{name} {what}")) != 1:
                    self.problems.append(f"{name}: {what} was received {count} times")
            if len(found["keys"].get(name, ())) != 1:
                self.problems.append(f"{name}: keys {found['keys'].get(name)}")
        (verdict,) = self.ask("PRAGMA integrity_check")
        if verdict != "ok":
            self.problems.append(f"the journal is damaged: {verdict}")
        (runs,) = self.ask("SELECT count(*) FROM runs")
        if runs > len(names) * (1 if self.teardown is None else 2):
            self.problems.append(f"the journal has {runs} runs")


def crash_test(
    kills: int,
    seed: int,
    *,
    progress: bool = False,
    careless: bool = False,
    teardown: bool = False,
    batch: bool = False,
) -> Outcome:
    """Kill runs so often; what was found. A careless person sends again without looking."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=_serve, args=(theirs,), daemon=True)
    server.start()
    import arazzo_runner.cli.signals
    import arazzo_runner.execution.aiohttp_transport
    import arazzo_runner.execution.continuing
    import arazzo_runner.execution.http
    import arazzo_runner.execution.journal_sqlite
    import arazzo_runner.execution.run_log
    import arazzo_runner.execution.teardown  # noqa: F401

    try:
        with tempfile.TemporaryDirectory(prefix="arazzo-crash-") as folder:
            test = _Test(
                Path(folder), ours.recv(), seed, careless=careless,
                teardown="clean-up" if teardown else None,
            )  # fmt: skip
            number = 0
            carry_out = test.batch if batch else test.one
            while test.kills < kills:
                carry_out(number, min(8, kills - test.kills))
                number += 1
                if progress and number % 20 == 0:
                    print(f"{number} runs, {test.kills} kills, {test.accidents} accidents, "
                          f"{test.questions} questions", file=sys.stderr)  # fmt: skip
            names = [f"r{n}" for n in range(number)]
            if batch:
                names = [f"{name}x{row}" for name in names for row in range(ROWS)]
            test.check(names)
            return Outcome(test.kills, len(names), test.questions, test.problems, test.accidents)
    finally:
        server.kill()
        server.join()


def main() -> int:
    """The command; 0 when nothing was lost or done twice."""
    parser = argparse.ArgumentParser(prog="python -m tools.crash_test")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--finally", dest="teardown", action="store_true")
    parser.add_argument("--batch", action="store_true")
    values = parser.parse_args()
    print(f"seed {values.seed}")
    began = time.monotonic()
    outcome = crash_test(
        values.kills, values.seed, progress=True, teardown=values.teardown, batch=values.batch
    )
    print(
        f"{outcome.kills} kills and {outcome.accidents} accidents of {outcome.runs} runs, "
        f"{outcome.questions} questions answered, {len(outcome.problems)} problems, "
        f"{time.monotonic() - began:.0f} s"
    )
    for problem in outcome.problems[:20]:
        print(f"  {problem}")
    return 1 if outcome.problems else 0


if __name__ == "__main__":
    sys.exit(main())
