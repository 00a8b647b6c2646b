"""Temporal's development server as a child process, on ports of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from tests.support.command import Command, Done
from tests.support.temporal import server_binary

__all__ = ["Commands", "TemporalServer", "temporal_server"]

_SECONDS = 60.0


class TemporalServer:
    """A running server: its ``address``, and everything that it knows.

    ``database`` is the file with all of its data, None in memory.
    """

    def __init__(self, program: str, address: str, ui: str, database: Path | None) -> None:
        self.address = address
        self.ui = ui
        self.database = database
        self._program = program

    def ask_ui(self, path: str) -> bytes:
        """What the HTTP interface answers that its web page is made of."""
        with build_opener(ProxyHandler({})).open(f"{self.ui}/api/v1/{path}") as answer:
            return bytes(answer.read())

    def command(self, *words: str) -> str:
        """What Temporal's own command line says."""
        return subprocess.run(
            [self._program, *words, "--address", self.address],
            check=True,
            capture_output=True,
            text=True,
            env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"},
        ).stdout

    def everything(self) -> bytes:
        """All that somebody learns who may see everything: histories, descriptions, lists, as each
        interface shows them, and the database.
        """
        seen = [self.ask_ui("namespaces/default/workflows")]
        for found in json.loads(seen[0]).get("executions", ()):
            name, execution = found["execution"]["workflowId"], found["execution"]["runId"]
            place = f"namespaces/default/workflows/{name}"
            seen.append(self.ask_ui(f"{place}?execution.runId={execution}"))
            seen.append(self.ask_ui(f"{place}/history?execution.runId={execution}"))
            one = ("--workflow-id", name, "--run-id", execution)
            seen.append(self.command("workflow", "show", *one, "--output", "json").encode())
            seen.append(self.command("workflow", "show", *one, "--detailed").encode())
            seen.append(self.command("workflow", "describe", *one, "--output", "json").encode())
        if self.database is not None:
            files = self.database.parent.glob(f"{self.database.name}*")
            seen += [file.read_bytes() for file in files]
        return b"\n".join(seen)

    def workflow_ids(self) -> list[str]:
        """The runs that it knows."""
        found = json.loads(self.ask_ui("namespaces/default/workflows"))
        return [each["execution"]["workflowId"] for each in found.get("executions", ())]


class Commands:
    """Commands and workers as processes, for a server. ``said`` is all that they show."""

    def __init__(
        self, folder: Path, server: TemporalServer, environment: Mapping[str, str]
    ) -> None:
        (folder / "home").mkdir()
        nothing = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        self.folder = folder
        self.server = server
        self.said: list[str] = []
        self._arazzo = Command(folder / "home", folder, nothing | dict(environment))

    def __call__(self, *words: object) -> Done:
        """A command for the server."""
        done = self._arazzo(*words, "--temporal", self.server.address)
        self.said += [done.out, done.err]
        return done

    @contextmanager
    def worker(self, *words: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
        """A worker, ready, with something more in its environment."""
        words = ("worker", "--temporal", self.server.address, *words)
        with self._arazzo.running(*words, **environment) as child:
            assert child.stderr is not None
            first = child.stderr.readline()
            assert "serves the queue" in first, first + child.stderr.read()
            try:
                yield child
            finally:
                child.terminate()
                self.said += child.communicate(timeout=60)

    def until(self, run_id: str, event: str) -> None:
        """Wait until the history of a run has an event."""
        path = f"namespaces/default/workflows/{run_id}/history"
        deadline = time.monotonic() + _SECONDS
        while f"EVENT_TYPE_{event}".encode() not in self.server.ask_ui(path):
            assert time.monotonic() < deadline, f"no {event} of {run_id}"
            time.sleep(0.3)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def temporal_server(database: Path | None = None) -> Iterator[TemporalServer]:
    """A server of one's own; with ``database`` its data are in that file."""
    program, port, ui = server_binary("temporal"), _free_port(), _free_port()
    words = ["server", "start-dev", "--ip", "127.0.0.1", "--ui-ip", "127.0.0.1"]
    words += ["--port", str(port), "--ui-port", str(ui), "--log-level", "error"]
    if database is not None:
        words += ["--db-filename", str(database)]
    with subprocess.Popen(
        [program, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as child:
        try:
            server = TemporalServer(
                program, f"127.0.0.1:{port}", f"http://127.0.0.1:{ui}", database
            )
            _wait(server)
            yield server
        finally:
            child.kill()


def _wait(server: TemporalServer) -> None:
    """Until it answers at both of its doors."""
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            server.ask_ui("namespaces/default/workflows")
            server.command("workflow", "count")
        except (OSError, subprocess.CalledProcessError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return
