"""Completion in the shells themselves, where they are installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from arazzo_runner.cli.commands import COMMANDS
from arazzo_runner.cli.completion import bash_script, fish_script, zsh_script
from tests.cli.flows import arazzo, environment
from tests.support.terminal import in_terminal

BASH = """
source ./script
COMP_WORDS=({words})
COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
_arazzo
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
FLOW = """\
arazzo: 1.0.1
info: {title: t, version: "1"}
sourceDescriptions: [{name: a, url: a.yaml, type: openapi}]
workflows:
  - {workflowId: place-order, summary: x, steps: [{stepId: s, operationId: o}]}
  - {workflowId: pay, steps: [{stepId: s, operationId: o}]}
"""


def shell(name: str, script: str, folder: Path) -> list[str]:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    done = subprocess.run(
        [name, "-c", script],
        cwd=folder,
        env=environ(folder),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.split()


def environ(folder: Path) -> dict[str, str]:
    """An environment in which ``arazzo`` is a command."""
    own = environment(HOME=str(folder), TERM="xterm")
    return {**own, "PATH": f"{folder / 'bin'}:{own['PATH']}"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "flow.yaml").write_text(FLOW)
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "arazzo"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m arazzo_runner "$@"\n')
    program.chmod(0o755)
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
        ("arazzo run flow.yaml ''", ["place-order", "pay"]),
        ("arazzo run -v --inputs flow.yaml -i a = b flow.yaml pl", ["place-order"]),
        ("arazzo show flow.yaml pl", ["place-order"]),
        ("arazzo validate flow.yaml flo", ["flow.yaml"]),
        ("arazzo run nothing.yaml flo", ["flow.yaml"]),
    ],
)
def test_bash(folder: Path, words: str, offered: list[str]) -> None:
    (folder / "script").write_text(bash_script())
    assert shell("bash", BASH.format(words=words), folder) == offered


LINES = [
    ("arazzo gr", ["graph"]),
    ("arazzo run --poll-m", ["--poll-max-interval"]),
    ("arazzo aws who", ["whoami"]),
    ("arazzo aws describe s3 --oper", ["--operations"]),
    ("arazzo graph --format s", ["svg"]),
    ("arazzo completion z", ["zsh"]),
    ("arazzo run flo", ["flow.yaml"]),
    ("arazzo run flow.yaml pl", ["place-order"]),
    ("arazzo run -v --inputs flow.yaml flow.yaml pl", ["place-order"]),
    ("arazzo validate flow.yaml flo", ["flow.yaml"]),
]


@pytest.mark.parametrize(("line", "offered"), LINES)
def test_fish(folder: Path, line: str, offered: list[str]) -> None:
    (folder / "script").write_text(fish_script())
    script = f"source script; complete -C '{line}' | string replace -r '\\t.*' ''"
    assert shell("fish", script, folder) == offered


def test_fish_offers_all_workflows(folder: Path) -> None:
    (folder / "script").write_text(fish_script())
    assert sorted(shell("fish", "source script; complete -C 'arazzo run flow.yaml '", folder)) == [
        "pay",
        "place-order",
    ]


@pytest.mark.parametrize("name", ["bash", "zsh"])
@pytest.mark.parametrize(("line", "offered"), LINES)
def test_pressing_tab(folder: Path, name: str, line: str, offered: list[str]) -> None:
    """The shell itself on a terminal: what stands on the line after Tab."""
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    made = {"bash": bash_script, "zsh": zsh_script}[name]()
    (folder / "script").write_text(made)
    begin = {
        "bash": "PS1='$ '; source ./script\n",
        "zsh": "PS1='$ '; autoload -U compinit; compinit -u -d dump; source ./script\n",
    }[name]
    plain = {"bash": ["--norc", "--noprofile", "-i"], "zsh": ["-f", "-i"]}[name]
    words = [sys.executable, "-c", ENTER, str(folder), program, *plain]
    with in_terminal(words, environ(folder), columns=120) as session:
        session.until(bool)
        session.type(begin.encode())
        session.type(b"echo rea''dy\n")
        session.until(lambda lines: "ready" in lines)
        session.type(line.encode() + b"\t")
        first, _, _ = line.rpartition(" ")
        wanted = f"$ {first} {offered[0]}"
        session.until(lambda lines: any(each.startswith(wanted) for each in lines))


ENTER = "import os, sys; os.chdir(sys.argv[1]); os.execv(sys.argv[2], sys.argv[2:])"


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
