"""``arazzo worker``, and ``run``, ``batch`` and ``runs`` with ``--temporal``, as processes."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support.command import Command, Done
from tests.temporal.flows import Endpoint, endpoint, write_flow
from tools.failover_test import worker

POLL = ("--poll-interval", "100ms", "--poll-max-interval", "100ms")


class Shell:
    """Commands about one queue, served by one worker."""

    def __init__(self, address: str, folder: Path) -> None:
        self.folder = folder
        self.queue = f"commands-{uuid4().hex[:6]}"
        self.server = ("--temporal", address, "--queue", self.queue)
        self.command = Command(folder, folder)

    def __call__(self, *words: object) -> Done:
        return self.command(*words, *self.server)


@pytest.fixture(scope="module")
def shell(temporal: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    shell = Shell(temporal, tmp_path_factory.mktemp("commands"))
    child = worker(temporal, shell.queue, shell.folder)
    yield shell
    child.terminate()
    assert child.wait(40) == 0


@pytest.fixture
def jobs() -> Iterator[Endpoint]:
    with endpoint(looks=3) as found:
        yield found


@pytest.fixture
def file(shell: Shell, jobs: Endpoint) -> str:
    return write_flow(shell.folder, jobs.port)


def plain(text: str) -> str:
    """What is shown, without times."""
    return re.sub(r"\d+(\.\d+)? (ms|s)\b", "TIME", text)


def test_a_run_is_shown_as_a_local_one(shell: Shell, file: str, jobs: Endpoint) -> None:
    there = shell("run", file, "-i", "name=x", *POLL)
    jobs.looked.clear()
    here = shell.command("run", file, "-i", "name=x", *POLL)
    assert (there.code, there.out) == (here.code, here.out) == (0, "status: done\n")
    assert plain(there.err) == plain(here.err)


def test_json_and_events(shell: Shell, file: str, jobs: Endpoint) -> None:
    there = shell("run", file, "-i", "name=x", "--json", "--events", "there.jsonl", *POLL)
    jobs.looked.clear()
    here = shell.command("run", file, "-i", "name=x", "--json", "--events", "here.jsonl", *POLL)

    def shape(done: Done) -> Any:
        data = json.loads(done.out)
        steps = [
            (s["stepId"], s["status"], s["outputs"], s["criteria"], s["action"])
            for s in data["steps"]
        ]
        return {**{k: data[k] for k in ("status", "outputs", "warnings", "error")}, "steps": steps}

    assert shape(there) == shape(here)

    def events(name: str) -> list[str]:
        lines = (shell.folder / name).read_text().splitlines()
        return [json.loads(line)["record"] for line in lines]

    assert events("there.jsonl") == events("here.jsonl")


def test_a_run_that_fails(shell: Shell, file: str, jobs: Endpoint) -> None:
    jobs.on_create = lambda _: 500
    done = shell("run", file, "-i", "name=x", "--id", "failing")
    assert done.code == 1
    assert "flow.yaml:11:" in done.err
    shown = shell("runs", "show", "failing")
    assert shown.code == 0
    assert "step 'create' failed" in shown.err
    jobs.on_create = lambda _: 201
    again = shell("runs", "retry", "failing")
    assert (again.code, again.out) == (0, "status: done\n")
    assert shell("runs", "retry", "failing").code == 2


def test_detached_followed_and_listed(shell: Shell, file: str, jobs: Endpoint) -> None:
    begun = shell("run", file, "-i", "name=x", "--id", "apart", "--detach", *POLL)
    assert (begun.code, begun.out) == (0, "apart\n")
    assert "arazzo runs resume apart --temporal" in begun.err
    followed = shell("runs", "resume", "apart")
    if followed.code != 0:  # it was quicker
        assert "is over: completed" in followed.err
    shown = shell("runs", "show", "apar")
    assert (shown.code, shown.out) == (0, "status: done\n")
    data = json.loads(shell("runs", "show", "apart", "--json").out)
    assert (data["runId"], data["status"], data["engine"]) == ("apart", "completed", 1)
    listed = json.loads(shell("runs", "list", "--json").out)
    (found,) = [each for each in listed if each["runId"] == "apart"]
    assert (found["workflowId"], found["status"]) == ("job", "completed")
    assert "apart" in shell("runs", "list", "--limit", "50", "--status", "completed").out
    assert shell("runs", "list", "--workflow", "other").err == "no runs\n"
    assert json.loads(shell("run", file, "-i", "name=y", "--detach", "--json").out)["runId"]
    refused = shell("runs", "resume", "apart", "-i", "name=z")
    assert refused.code == 2
    assert shell("runs", "show", "nobody").code == 2
    assert shell("runs", "resume", "--all").code == 2


def test_cancelled_while_it_is_shown(shell: Shell, file: str, jobs: Endpoint) -> None:
    jobs.looks = 10_000
    shell("run", file, "-i", "name=x", "--id", "endless", "--detach", *POLL)
    now = shell("runs", "show", "endless")
    assert "running" in now.err
    found: list[Done] = []
    following = threading.Thread(
        target=lambda: found.append(shell("runs", "show", "endless", "--follow", "--json"))
    )
    following.start()
    time.sleep(1)
    assert shell("runs", "cancel", "endless").code == 0
    following.join(60)
    assert json.loads(found[0].out)["error"]["kind"] == "cancelled"
    assert shell("runs", "cancel", "endless").code == 2


def test_ctrl_c_leaves_the_run(shell: Shell, file: str, jobs: Endpoint) -> None:
    jobs.looks = 10_000
    words = ("run", file, "-i", "name=x", "--id", "left", *POLL, *shell.server)
    with shell.command.running(*words) as child:
        _until(lambda: jobs.looked["x"] > 3)
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=30)
    assert child.returncode == 130
    assert "the run goes on; follow it: arazzo runs resume left --temporal" in err
    looked = jobs.looked["x"]
    _until(lambda: jobs.looked["x"] > looked + 3)
    assert shell("runs", "cancel", "left").code == 0


def _until(holds: Any) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def rows_of(done: Done) -> list[Any]:
    return [json.loads(line) for line in done.out.splitlines()]


def test_a_batch(shell: Shell, file: str, jobs: Endpoint) -> None:
    jobs.looks = 1
    jobs.on_create = lambda _: 500 if jobs.created["b"] == 1 and not jobs.created["c"] else 201
    (shell.folder / "rows.csv").write_text("name\na\nb\nc\n")
    words = ("batch", file, "--inputs", "rows.csv", "--concurrency", "1")
    first = shell(*words)
    assert first.code == 1
    assert [row["status"] for row in rows_of(first)] == ["completed", "failed", "completed"]
    assert "3 rows: 2 completed, 1 failed" in first.err
    batch = rows_of(first)[0]["runId"].partition("-")[0]
    again = shell(*words, "--resume", batch)
    assert [row["status"] for row in rows_of(again)] == ["completed", "failed", "completed"]
    assert jobs.created == {"a": 1, "b": 1, "c": 1}
    third = shell(*words, "--resume", batch, "--retry-failed")
    assert third.code == 0
    assert jobs.created == {"a": 1, "b": 2, "c": 1}
    assert len(json.loads(shell("runs", "list", "--batch", batch, "--json").out)) == 3


def test_a_batch_that_is_not_waited_for(shell: Shell, file: str, jobs: Endpoint) -> None:
    jobs.looks = 1
    (shell.folder / "rows.jsonl").write_text('{"name": "d"}\n{"name": 7}\n')
    words = ("batch", file, "--inputs", "rows.jsonl")
    begun = shell(*words, "--detach")
    assert begun.code == 1
    first, second = rows_of(begun)
    assert "runId" in first
    assert "error" in second
    batch = first["runId"].partition("-")[0]
    assert f"--resume {batch}" in begun.err
    ended = shell(*words, "--resume", batch)
    assert [row["status"] for row in rows_of(ended)] == ["completed", "failed"]
    assert jobs.created == {"d": 1}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "flow.yaml", "--detach"), "--temporal HOST:PORT"),
        (("run", "flow.yaml", "--id", "x"), "--temporal HOST:PORT"),
        (("batch", "flow.yaml", "--inputs", "rows.csv", "--detach"), "--temporal HOST:PORT"),
        (("worker",), "--temporal HOST:PORT"),
        (("worker", "--temporal", "nonsense"), "'nonsense' is not the address"),
        (("worker", "--temporal", "127.0.0.1:1"), "cannot be reached: connection refused"),
        (("runs", "list", "--temporal", "127.0.0.1:1"), "cannot be reached"),
        (("worker", "--temporal", "127.0.0.1:1", "--limit", "x"), "HOST=N/TIME"),
        (("worker", "--temporal", "127.0.0.1:1", "--tls-key", "flow.yaml"), "its certificate"),
        (("run", "flow.yaml", "--temporal", "127.0.0.1:1", "--journal", "x"), "--journal does not"),
        (("run", "flow.yaml", "--temporal", "127.0.0.1:1", "--finally", "x"), "--finally does not"),
        (("run", "flow.yaml", "--temporal", "127.0.0.1:1", "-i", "name=x"), "cannot be reached"),
    ],
)
def test_wrong_usage(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    write_flow(tmp_path, 1)
    (tmp_path / "rows.csv").write_text("name\na\n")
    done = Command(tmp_path, tmp_path)(*words)
    assert done.code == 2
    assert said in done.err
    assert done.out == ""


def test_the_server_has_no_such_namespace(shell: Shell) -> None:
    done = shell("runs", "list", "--namespace", "nowhere")
    assert done.code == 2
    assert "has no namespace 'nowhere'" in done.err


def test_the_servers_tls(shell: Shell) -> None:
    done = shell("runs", "list", "--tls")
    assert done.code == 2
    assert "what answers there does not talk TLS" in done.err


def test_what_a_batch_leaves_out(shell: Shell, file: str) -> None:
    (shell.folder / "rows.csv").write_text("name\na\n")
    for more, said in (
        (("--rate", "5/s"), "limited by the workers"),
        (("--resume", "last"), "--resume last does not go"),
        (("--no-journal",), "--no-journal does not go"),
    ):
        done = shell("batch", file, "--inputs", "rows.csv", *more)
        assert done.code == 2
        assert said in done.err


def test_a_worker_without_requests_ends_at_once(temporal: str, tmp_path: Path) -> None:
    child: subprocess.Popen[bytes] = worker(temporal, f"short-{uuid4().hex[:6]}", tmp_path)
    child.send_signal(signal.SIGINT)
    assert child.wait(40) == 0


def test_a_run_that_asks(temporal: str, tmp_path: Path) -> None:
    """Its worker is killed while it creates: the command asks, and another one answers."""
    from tools.failover_test import FLOW

    shell = Shell(temporal, tmp_path)
    came, go_on = threading.Event(), threading.Event()

    def create(count: int) -> int:
        if count == 1:
            came.set()
            go_on.wait(60)
        return 201

    with endpoint(looks=1) as jobs:
        jobs.on_create = create
        file = write_flow(tmp_path, jobs.port, FLOW)
        child = worker(temporal, shell.queue, tmp_path)
        found: list[Done] = []
        running = threading.Thread(
            target=lambda: found.append(shell("run", file, "-i", "name=x", "--id", "asking"))
        )
        running.start()
        assert came.wait(60)
        child.kill()
        child.wait()
        child = worker(temporal, shell.queue, tmp_path)
        running.join(60)
        go_on.set()
        assert found[0].code == 1
        assert "error[uncertain]: did step 'create' do its work?" in found[0].err
        assert "arazzo runs resume asking --temporal" in found[0].err
        listed = shell("runs", "list", "--status", "uncertain")
        assert "asking" in listed.out
        assert "asking" in shell("runs", "list", "--limit", "1").out
        shown = shell("runs", "show", "asking")
        assert (shown.code, shown.out) == (0, "")
        assert "warning[uncertain]: did step 'create' do its work?" in shown.err
        assert json.loads(shell("runs", "show", "asking", "--json").out)["status"] == "uncertain"
        assert shell("runs", "resume", "asking").code == 1
        resumed = shell("runs", "resume", "asking", "--on-uncertain", "skip")
        assert (resumed.code, resumed.out) == (0, "status: done\n")
        child.terminate()
        child.wait(40)
    assert jobs.created == {"x": 1}


def test_runs_are_named_by_how_they_begin(shell: Shell, file: str, jobs: Endpoint) -> None:
    jobs.looks = 1
    for name in ("alike-1", "alike-2"):
        assert shell("run", file, "-i", "name=x", "--id", name).code == 0
    both = shell("runs", "show", "alike")
    assert both.code == 2
    assert "2 runs begin with 'alike'" in both.err
    assert shell("runs", "show", "alike-2").out == "status: done\n"
    assert shell("runs", "show", "last").code == 0
