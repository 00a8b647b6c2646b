"""The pytest plugin, in a pytest of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.support import API, CREATE, HEAD, POLL

CASES = """\
document: poll.yaml
cases:
  - name: completes
    workflow: wait
    inputs: {id: j}
    expect: {status: completed}
  - name: fails
    workflow: wait
    inputs: {id: j}
    expect: {status: failed}
"""

TESTS = """\
def test_simulate(arazzo):
    scenario = [{"step": "poll", "body": {"status": "FAILED"}}]
    done = arazzo.simulate("poll.yaml", inputs={"id": "j"}, scenario=scenario)
    assert done.result.outputs == {"status": "FAILED"}


def test_mock_and_run(arazzo):
    mock = arazzo.mock("create.yaml")
    result = arazzo.run("create.yaml", inputs={"name": "Tom"}, servers=mock.servers)
    assert result.ok
    assert result.outputs["name"] == "Tom"
    assert [entry.operation for entry in mock.entries] == ["createPet", "getPet"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "api.yaml").write_text(API)
    (tmp_path / "poll.yaml").write_text(HEAD + POLL)
    (tmp_path / "create.yaml").write_text(HEAD + CREATE)
    return tmp_path


def run(folder: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            *words,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_cases_are_collected_and_told(folder: Path) -> None:
    (folder / "poll.arazzo-test.yaml").write_text(CASES)
    code, text = run(folder)
    assert code == 1
    assert "1 failed, 1 passed" in text
    assert "status: expected failed, got completed" in text
    assert "Traceback" not in text


def test_files_that_cannot_be_read_are_told(folder: Path) -> None:
    (folder / "a.arazzo-test.yaml").write_text("document: [")
    (folder / "b.arazzo-test.yml").write_text(CASES.replace("poll.yaml", "nothing.yaml"))
    code, text = run(folder, "--continue-on-collection-errors")
    assert code == 1
    assert "a.arazzo-test.yaml" in text
    assert "there is no file" in text
    assert "INTERNALERROR" not in text


def test_the_fixture(folder: Path) -> None:
    (folder / "test_it.py").write_text(TESTS)
    code, text = run(folder)
    assert code == 0, text
    assert "2 passed" in text


def test_real_servers(folder: Path) -> None:
    (folder / "poll.arazzo-test.yaml").write_text(CASES)
    code, text = run(folder, "--arazzo-server", "pets=http://127.0.0.1:9")
    assert code == 1
    assert "1 failed, 1 passed" in text
    assert "status: expected completed, got failed" in text
    code, text = run(folder, "--arazzo-server", "pets")
    assert "is not NAME=URL" in text


def test_loading_the_plugin_imports_nothing_of_the_engine() -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import arazzo_runner.pytest_plugin;"
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(
        ["arazzo_runner", "arazzo_runner._version", "arazzo_runner.pytest_plugin"]
    )
