"""simulate, explore, mock, replay and test, as commands."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from arazzo_runner.cli.main import main
from tests.simulation.support import API, CREATE, HEAD, POLL
from tests.support.goldens import check_golden
from tests.support.junit import check_junit

GOLDENS = Path(__file__).parent / "goldens" / "simulation"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "api.yaml").write_text(API)
    (tmp_path / "poll.yaml").write_text(HEAD + POLL)
    (tmp_path / "create.yaml").write_text(HEAD + CREATE)
    broken = CREATE.replace("{name: $inputs.name, kind: $inputs.kind}", "{kind: cow}")
    (tmp_path / "broken.yaml").write_text(HEAD + broken)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


class Ran:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def arazzo(folder: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*words: str) -> Ran:
        capsys.readouterr()
        code = main([*words, "--no-color"])
        return Ran(code, *capsys.readouterr())

    return run


# -- simulate ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["poll", "create", "broken"])
def test_simulate_for_people(arazzo: Any, name: str) -> None:
    ran = arazzo("simulate", f"{name}.yaml")
    assert ran.code == (1 if name == "broken" else 0)
    check_golden(GOLDENS / f"simulate-{name}.txt", f"{ran.err}---\n{ran.out}")


def test_simulate_for_scripts(arazzo: Any) -> None:
    ran = arazzo("simulate", "create.yaml", "-i", "name=Tom", "--seed", "3", "--json", "-q")
    assert ran.code == 0
    assert ran.err == ""
    data = ran.json
    assert data["simulated"] is True
    assert data["status"] == "completed"
    assert data["inputs"]["name"] == "Tom"
    assert data["requests"][0]["method"] == "POST"
    assert json.loads(data["requests"][0]["body"])["name"] == "Tom"
    assert data["findings"] == []
    assert arazzo("simulate", "create.yaml", "-i", "name=Tom", "--seed", "3", "--json").json == data


def test_simulate_quietly_and_verbosely(arazzo: Any) -> None:
    quiet = arazzo("simulate", "broken.yaml", "-q")
    assert "error[request-required]" in quiet.err
    assert "simulated" not in quiet.err
    assert "> POST https://pets" in arazzo("simulate", "poll.yaml", "-v").err.replace("GET", "POST")


def test_simulate_writes_events(arazzo: Any, folder: Path) -> None:
    assert arazzo("simulate", "poll.yaml", "--events", "e.jsonl").code == 0
    kinds = [json.loads(line) for line in (folder / "e.jsonl").read_text().splitlines()]
    assert len(kinds) > 5
    assert arazzo("simulate", "poll.yaml", "--events", "-", "--json").code == 2


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("simulate", "nothing.yaml"), 3, "there is no file"),
        (("simulate", "poll.yaml", "other"), 2, "no workflow 'other'"),
        (("simulate", "create.yaml", "-i", "name:=5"), 2, "must be string"),
        (("simulate", "poll.yaml", "--seed", "x"), 2, "whole number from 0"),
        (("simulate", "api.yaml"), 3, ""),
        (("explore",), 2, "say which document"),
        (("explore", "poll.yaml", "--workflow", "x"), 2, "no workflow 'x'"),
        (("explore", "poll.yaml", "--path", "999"), 2, "there is no path 999"),
        (("explore", "poll.yaml", "create.yaml", "--path", "1"), 2, "--path is for one"),
        (("explore", "poll.yaml", "create.yaml", "--export", "x"), 2, "--export is for one"),
        (("explore", "poll.yaml", "--export", "no/such/folder.yaml"), 2, "cannot write"),
        (("explore", "poll.yaml", "--format", "pdf"), 2, "is not text, json, html or markdown"),
        (("explore", "nothing.yaml"), 3, "there is no file"),
        (("mock", "poll.yaml", "--port", "99999"), 2, "is not a port"),
        (("mock", "poll.yaml", "--fail", "110%"), 2, "is not a share"),
        (("mock", "poll.yaml", "--scenario", "no.yaml"), 2, "--scenario: cannot read 'no.yaml'"),
        (("mock", "poll.yaml", "--log", "no/such/log"), 2, "cannot write"),
        (("replay", "nothing.yaml"), 3, "there is no file"),
        (("replay", "."), 3, "cannot read '.': Is a directory"),
        (("replay", "poll.yaml"), 2, "does not name its document"),
        (("replay", "poll.yaml", "--against", "poll.yaml"), 2, "is not a cassette"),
        (("test", "nothing.yaml"), 3, "there is no file"),
        (("test",), 2, "there are no test cases"),
        (("test", "poll.yaml"), 2, "unknown key 'arazzo'"),
        (("test", "--format", "html"), 2, "is not text, junit or tap"),
    ],
)
def test_wrong_usage(arazzo: Any, words: tuple[str, ...], code: int, text: str) -> None:
    ran = arazzo(*words)
    assert ran.code == code, ran.err
    assert text in ran.err
    assert "internal error" not in ran.err


# -- explore -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["text", "markdown", "html"])
def test_explore_for_people(arazzo: Any, kind: str) -> None:
    ran = arazzo("explore", "poll.yaml", "broken.yaml", "--format", kind)
    assert ran.code == 1
    check_golden(GOLDENS / f"explore.{kind}.txt", ran.out)


def test_explore_for_scripts(arazzo: Any) -> None:
    ran = arazzo("explore", "poll.yaml", "--format", "json")
    assert ran.code == 0
    [workflow] = ran.json["files"][0]["workflows"]
    assert workflow["workflowId"] == "wait"
    assert workflow["complete"] is True
    assert {outcome["status"] for outcome in workflow["outcomes"]} == {"completed", "failed"}
    assert sum(outcome["paths"] for outcome in workflow["outcomes"]) == workflow["paths"]


def test_explore_goes_on_with_other_documents(arazzo: Any) -> None:
    ran = arazzo("explore", "nothing.yaml", "poll.yaml")
    assert ran.code == 3
    assert "wait" in ran.out


def test_one_path_in_detail(arazzo: Any) -> None:
    data = arazzo("explore", "poll.yaml", "--format", "json").json
    for outcome in data["files"][0]["workflows"][0]["outcomes"]:
        number = str(outcome["example"])
        ran = arazzo("explore", "poll.yaml", "--path", number)
        assert ran.code == (0 if outcome["status"] == "completed" else 1)
        assert f"path {number} of wait, simulated" in ran.err
    assert "> GET https://pets.example.com" in ran.err
    exported = arazzo("explore", "poll.yaml", "--path", "1", "--export", "-")
    assert exported.code == 0
    assert exported.out.startswith("document: poll.yaml\ncases:\n")


def test_paths_become_test_cases(arazzo: Any, folder: Path) -> None:
    (folder / "tests").mkdir()
    target = "tests/poll.arazzo-test.yaml"
    assert arazzo("explore", "poll.yaml", "--export", target).code == 0
    ran = arazzo("test", target)
    assert ran.code == 0
    assert ran.out.endswith("3 passed\n")
    assert arazzo("test", "tests").code == 0
    assert arazzo("test").code == 0
    assert "1 passed" in arazzo("test", "tests", "--only", "completed").out
    none = arazzo("test", "tests", "--only", "nothing")
    assert (none.code, none.out) == (2, "")
    assert "no case has 'nothing' in its name" in none.err


# -- test ----------------------------------------------------------------------------------------

CASES = """\
document: poll.yaml
cases:
  - name: 'it # waits'
    workflow: wait
    inputs: {id: j}
    scenario: [{step: poll, body: {status: FAILED}}]
    expect: {status: completed, outputs: {status: DONE}, steps: [poll]}
  - name: no such step
    workflow: wait
    scenario: [{step: pol, status: 200}]
  - workflow: wait
    expect: {status: completed}
"""


def test_cases_that_do_not_hold(arazzo: Any, folder: Path) -> None:
    (folder / "c.yaml").write_text(CASES)
    ran = arazzo("test", "c.yaml")
    assert ran.code == 1
    check_golden(GOLDENS / "test.txt", ran.out)
    tap = arazzo("test", "c.yaml", "--format", "tap")
    check_golden(GOLDENS / "test.tap.txt", tap.out)
    junit = arazzo("test", "c.yaml", "--format", "junit")
    assert junit.code == 1
    root = check_junit(junit.out)
    assert (root.get("tests"), root.get("failures")) == ("3", "2")
    assert [c.get("name") for c in root.iter("testcase")] == ["it # waits", "no such step", "wait"]


def test_cases_are_updated(arazzo: Any, folder: Path) -> None:
    (folder / "c.yaml").write_text(CASES)
    assert arazzo("test", "c.yaml", "--only", "waits", "--update").code == 0
    assert "status: FAILED" in (folder / "c.yaml").read_text()
    assert arazzo("test", "c.yaml", "--only", "waits").code == 0


# -- mock, record, replay ------------------------------------------------------------------------


class Mock:
    """``arazzo mock`` as a process."""

    def __init__(self, folder: Path, *words: str) -> None:
        environment = {**os.environ, "PYTHONUTF8": "1"}
        self.child = subprocess.Popen(
            [sys.executable, "-m", "arazzo_runner", "mock", *words, "--port", "0"],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.child.stdout is not None
        self.option = self.child.stdout.readline().split()

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        self.child.send_signal(number)
        _, err = self.child.communicate(timeout=30)
        return self.child.returncode, err


def test_record_against_a_mock_and_replay(arazzo: Any, folder: Path) -> None:
    mock = Mock(folder, "create.yaml", "--log", "log.jsonl")
    try:
        ran = arazzo(
            "run", "create.yaml", "-i", "name=Tom", *mock.option, "--record", "run.yaml"
        )  # fmt: skip
        assert ran.code == 0, ran.err
        deadline = time.monotonic() + 20
        while (folder / "log.jsonl").read_text().count("\n") != 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        code, err = mock.stop()
    assert code == 0
    assert "POST /pets createPet 201" in err
    assert "2 requests served" in err
    replayed = arazzo("replay", "run.yaml")
    assert replayed.code == 0, replayed.err
    assert replayed.out == ran.out
    data = arazzo("replay", "run.yaml", "--json", "-v").json
    assert data["drift"] == []


def test_drift_is_told(arazzo: Any, folder: Path) -> None:
    mock = Mock(folder, "create.yaml")
    try:
        assert arazzo(
            "run", "create.yaml", "-i", "name=Tom", *mock.option, "--record", "run.yaml"
        ).code == 0  # fmt: skip
    finally:
        mock.stop(signal.SIGINT)
    text = (folder / "create.yaml").read_text()
    (folder / "create.yaml").write_text(text.replace("name: $inputs.name,", "name: Tim, age: 3,"))
    ran = arazzo("replay", "run.yaml")
    assert ran.code == 1
    assert 'request 1 (make): body/name: was "Tom", is "Tim"' in ran.err
    assert "request 1 (make): body/age: was absent, is 3" in ran.err


def test_a_cassette_is_a_scenario(arazzo: Any, folder: Path) -> None:
    mock = Mock(folder, "poll.yaml")
    try:
        words = ("run", "poll.yaml", "-i", "id=j1", "--poll-interval", "10ms")
        assert arazzo(*words, *mock.option, "--record", "run.yaml").code == 0
    finally:
        mock.stop()
    text = (folder / "run.yaml").read_text()
    (folder / "run.yaml").write_text(text.replace("status: DONE", "status: FAILED"))
    again = Mock(folder, "poll.yaml", "--scenario", "run.yaml", "--quiet")
    try:
        ran = arazzo(*words, *again.option, "--json")
    finally:
        again.stop()
    assert ran.json["outputs"]["status"] == "FAILED"


def test_a_cassette_that_cannot_be_written_does_not_fail_the_run(arazzo: Any, folder: Path) -> None:
    mock = Mock(folder, "create.yaml")
    try:
        ran = arazzo("run", "create.yaml", "-i", "name=Tom", *mock.option, "--record", "no/x.yaml")
    finally:
        mock.stop()
    assert ran.code == 0
    assert "--record: cannot write" in ran.err


def test_help_pages_of_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("simulate", "explore", "mock", "replay", "test"):
        assert main([command, "--help"]) == 0
        out = capsys.readouterr().out
        assert re.match(rf"Usage: arazzo {command} ", out)
