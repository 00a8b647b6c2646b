"""The demo tells the truth: it ends with 0 only when the job was really trained."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from demo import run as demo
from tests.support.paths import REPOSITORY

ARAZZO = Path(sys.executable).with_name("arazzo")


def test_with_the_installed_command() -> None:
    if not ARAZZO.exists():
        pytest.skip("the arazzo command is not installed here: make test installs it")
    done = subprocess.run(
        [sys.executable, "-m", "demo.run"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Completed" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        (None, "there is no"),
        ("exit 3", "exit code 3"),
        ("exit 0", "expected 1 create and 4 describes, SageMaker saw 0 and 0"),
    ],
)
def test_a_command_that_does_not_do_its_work(
    script: str | None,
    complaint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if script is not None:
        command = tmp_path / "arazzo"
        command.write_text(f"#!/bin/sh\n{script}\n")
        command.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert demo.main() == 1
    shown = capsys.readouterr()
    assert complaint in shown.err
    assert "$ arazzo run workflows/" in shown.out
