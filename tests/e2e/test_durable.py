"""The command killed and interrupted for real, and gone on with."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from tests.e2e.training import JOB, words
from tests.support import answers
from tests.support.answers import Answer, json_answer
from tests.support.command import CREDENTIALS, Command
from tests.support.endpoint import Endpoint, Received
from tests.support.sagemaker_endpoint import MEDIA_TYPE, SageMakerEndpoint


def rows(path: Path, what: str = "status, step_id, in_doubt") -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path, timeout=10)
    try:
        return connection.execute(f"SELECT {what} FROM runs").fetchall()
    except sqlite3.OperationalError:
        return []
    finally:
        connection.close()


def until(path: Path, status: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if path.exists() and [row[0] for row in rows(path)] == [status]:
            return
        time.sleep(0.02)
    raise AssertionError(f"never {status}: {rows(path)}")


def wait_for(endpoint: Endpoint, count: int) -> None:
    deadline = time.monotonic() + 30
    while len(endpoint.requests) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(endpoint.requests) == count


def resumed(arazzo: Command, path: Path, *more: str) -> list[str]:
    return ["runs", "resume", "last", "--journal", str(path), *more]


def test_a_training_job_is_polled_on_after_the_process_was_killed(
    arazzo: Command, tmp_path: Path
) -> None:
    path = tmp_path / "runs.db"
    slow = ("--poll-interval", "60", "--journal", str(path))
    with SageMakerEndpoint(["InProgress", "Completed"]) as endpoint:
        with arazzo.running(*words(endpoint, *slow)) as child:
            until(path, "polling")
            child.kill()
            child.communicate()
        listed = arazzo("runs", "list", "--journal", path)
        assert "stopped" in listed.out
        # A minute later.
        connection = sqlite3.connect(path)
        (state,) = connection.execute("SELECT state FROM runs").fetchone()
        data = json.loads(state)
        data["frames"][-1]["pause"]["until"] -= 60
        connection.execute("UPDATE runs SET state = ?", (json.dumps(data),))
        connection.commit()
        connection.close()
        done = arazzo(*resumed(arazzo, path, "--json"))
        assert done.code == 0, done.err
    assert json.loads(done.out)["outputs"]["trainingJobStatus"] == "Completed"
    assert endpoint.operations == [
        "CreateTrainingJob", "DescribeTrainingJob", "DescribeTrainingJob",
    ], "the job is created once"  # fmt: skip
    for file in tmp_path.glob("runs.db*"):
        text = file.read_bytes()
        for secret in CREDENTIALS.values():
            assert secret.encode() not in text
        assert b"AWS4-HMAC" not in text


def sagemaker(delay: float) -> Endpoint:
    """A SageMaker that takes its time to create a job, once it has done so; polls are quick."""
    created = json_answer({"TrainingJobArn": "arn:x"}, content_type=MEDIA_TYPE)
    done = json_answer(
        {"TrainingJobArn": "arn:x", "TrainingJobStatus": "Completed"}, content_type=MEDIA_TYPE
    )

    def decide(request: Received) -> Answer:
        creates = request.header("X-Amz-Target").endswith("CreateTrainingJob")
        return answers.slow(created, delay) if creates else done

    return Endpoint(decide)


def operations(endpoint: Endpoint) -> list[str]:
    return [r.header("X-Amz-Target").removeprefix("SageMaker.") for r in endpoint.requests]


def test_a_job_that_may_have_been_created_is_asked_for(arazzo: Command, tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with sagemaker(60) as endpoint:
        with arazzo.running(*words(endpoint, "--journal", str(path))) as child:
            wait_for(endpoint, 1)
            child.kill()
            child.communicate()
        done = arazzo(*resumed(arazzo, path))
        assert done.code == 1
        assert "did step 'createTrainingJob' do its work?" in done.err
        probe = ("--probe", "createTrainingJob=DescribeTrainingJob")
        done = arazzo(*resumed(arazzo, path, *probe))
        assert done.code == 0, done.err
    assert operations(endpoint) == [
        "CreateTrainingJob", "DescribeTrainingJob", "DescribeTrainingJob",
    ]  # fmt: skip
    assert json.loads(endpoint.requests[1].body) == {"TrainingJobName": JOB}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_signal_lets_the_request_end_and_says_how_to_go_on(
    number: signal.Signals, arazzo: Command, tmp_path: Path
) -> None:
    path = tmp_path / "runs.db"
    with sagemaker(1.0) as endpoint:
        given = words(endpoint, "--journal", str(path))
        with arazzo.running(*given) as child:
            wait_for(endpoint, 1)
            os.kill(child.pid, number)
            out, err = child.communicate(timeout=30)
        done = arazzo.done(given, child.returncode, out, err)
        assert done.code == 130
        assert "finishing the request in flight; once more stops at once" in done.err
        assert "go on with: arazzo runs resume" in done.err
        assert rows(path) == [("interrupted", "pollTrainingJob", 0)], "the answer is recorded"
        assert arazzo(*resumed(arazzo, path)).code == 0
    assert operations(endpoint) == ["CreateTrainingJob", "DescribeTrainingJob"]


def test_two_signals_stop_at_once(arazzo: Command, tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with sagemaker(60) as endpoint:
        given = words(endpoint, "--journal", str(path))
        with arazzo.running(*given) as child:
            wait_for(endpoint, 1)
            began = time.monotonic()
            os.kill(child.pid, signal.SIGINT)
            time.sleep(0.5)
            os.kill(child.pid, signal.SIGINT)
            out, err = child.communicate(timeout=30)
            assert time.monotonic() - began < 8
        done = arazzo.done(given, child.returncode, out, err)
    assert done.code == 130
    assert rows(path) == [("interrupted", "createTrainingJob", 1)]
    assert "uncertain" in arazzo("runs", "list", "--journal", path).out


def test_two_processes_and_one_run(arazzo: Command, tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    slow = ("--poll-interval", "60", "--journal", str(path))
    with SageMakerEndpoint(["InProgress"]) as endpoint:
        with arazzo.running(*words(endpoint, *slow)) as child:
            until(path, "polling")
            done = arazzo(*resumed(arazzo, path))
            assert done.code == 2
            assert f"is carried out by process {child.pid}" in done.err
            done = arazzo("runs", "cancel", "last", "--journal", path)
            assert done.code == 0
            out, err = child.communicate(timeout=30)
        done = arazzo.done(slow, child.returncode, out, err)
    assert done.code == 1
    assert "error[cancelled]" in done.err
    assert rows(path)[0][0] == "cancelled"


def test_a_full_disk_stops_a_run_before_it_is_in_doubt(arazzo: Command, tmp_path: Path) -> None:
    """The limit on the size of files stands for the disk."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no /dev/full")
    done = arazzo(*words("http://127.0.0.1:9", "--journal", str(full)))
    assert done.code == 2
    assert "error[journal]" in done.err


def test_a_batch_that_is_killed_goes_on(arazzo: Command, tmp_path: Path) -> None:
    from tests.cli.flows import write_flow

    flow = write_flow(tmp_path)
    path, table = tmp_path / "runs.db", tmp_path / "rows.csv"
    names = [f"n{number}" for number in range(30)]
    table.write_text("name,size,mode\n" + "".join(f"{name},5,fast\n" for name in names))
    created: list[str] = []

    def serve(request: Received) -> Answer:
        if request.method == "POST":
            created.append(json.loads(request.body)["name"])
            return json_answer({"id": created[-1]}, status=201)
        running = request.target.endswith(("3", "7")) and not killed
        return json_answer({"status": "running" if running else "done"})

    killed = False
    with Endpoint(serve) as endpoint:
        given = ["batch", flow, "--inputs", table, "--journal", path]
        given += [
            "--server",
            f"jobs={endpoint.url}",
            "--poll-interval",
            "0.1",
            "--concurrency",
            "4",
        ]
        with arazzo.running(*given) as child:
            while len(created) < 12:
                time.sleep(0.01)
            time.sleep(0.3)
            child.kill()
            child.communicate()
        killed = True
        done = arazzo(*given, "--resume", "last", "--on-uncertain", "skip")
    assert done.code == 0, done.err
    assert [json.loads(line)["row"] for line in done.out.splitlines()] == list(range(1, 31))
    assert sorted(created) == sorted(names), "each job is created once"
