"""Completion in the shells themselves, where they are installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from arazzo_runner.cli.commands import COMMANDS
from arazzo_runner.cli.completion import bash_script, fish_script, zsh_script
from tests.cli.flows import arazzo

BASH = """
source ./script
COMP_WORDS=({words})
COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
_arazzo
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def shell(name: str, script: str, folder: Path) -> list[str]:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    done = subprocess.run(
        [name, "-c", script], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "flow.yaml").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("arazzo gr", ["graph"]),
        ("arazzo aws who", ["whoami"]),
        ("arazzo aws describe s3 --oper", ["--operations"]),
        ("arazzo run flo", ["flow.yaml"]),
        ("arazzo run flow.yaml --poll-m", ["--poll-max-interval"]),
        ("arazzo run --inputs flo", ["flow.yaml"]),
        ("arazzo run --aws-region f", []),
        ("arazzo graph --format s", ["svg"]),
        ("arazzo completion ''", ["bash", "zsh", "fish"]),
    ],
)
def test_bash(folder: Path, words: str, offered: list[str]) -> None:
    (folder / "script").write_text(bash_script())
    assert shell("bash", BASH.format(words=words), folder) == offered


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("arazzo gr", ["graph"]),
        ("arazzo run --poll-m", ["--poll-max-interval"]),
        ("arazzo aws who", ["whoami"]),
        ("arazzo aws describe s3 --oper", ["--operations"]),
        ("arazzo graph --format s", ["svg"]),
        ("arazzo completion z", ["zsh"]),
        ("arazzo run flo", ["flow.yaml"]),
    ],
)
def test_fish(folder: Path, line: str, offered: list[str]) -> None:
    (folder / "script").write_text(fish_script())
    script = f"source script; complete -C '{line}' | string replace -r '\\t.*' ''"
    assert shell("fish", script, folder) == offered


def test_zsh(folder: Path) -> None:
    """The whole completion needs a terminal: here the script is read and its function defined."""
    (folder / "script").write_text(zsh_script())
    script = "autoload -U compinit; compinit -u -d dump; source ./script; print $_comps[arazzo]"
    assert shell("zsh", script, folder) == ["_arazzo"]


@pytest.mark.parametrize("make", [bash_script, zsh_script, fish_script])
def test_every_command_and_option_is_there(make: object) -> None:
    text = make()  # type: ignore[operator]
    for command in COMMANDS.values():
        assert all(word in text for word in command.name.split())
        for option in command.options:
            assert option.flags[-1].lstrip("-") in text


def test_the_command() -> None:
    done = arazzo("completion", "bash")
    assert (done.returncode, done.stdout) == (0, bash_script())
    done = arazzo("completion", "tcsh")
    assert done.returncode == 2
    assert "SHELL: 'tcsh' is not one of bash, zsh, fish" in done.stderr
