"""Examples of README and documentation: all are read, guides are run from top to bottom.

Those of the other pages are run one by one in ``test_console_examples``.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

import arazzo_runner
from arazzo_runner.cli.commands import COMMANDS
from arazzo_runner.cli.parsing import parse_arguments
from tests.support.command import CREDENTIALS
from tests.support.paths import REPOSITORY
from tests.support.sagemaker_endpoint import SageMakerEndpoint

DOCS = REPOSITORY / "docs"
PAGES = [REPOSITORY / "README.md", *sorted(DOCS.rglob("*.md"))]
RUN = (
    "tutorial.md",
    "guides/seeing.md",
    "guides/ci.md",
    "guides/embedding.md",
    "guides/testing.md",
    "guides/polling.md",
    "guides/migrating.md",
)
SERVED = ("guides/cluster.md",)  # run in test_cluster_guide, with a Temporal server
SETTING_UP = ("python3 -m venv", ". .venv", "pip install")
"""How commands begin that would change the environment of the tests."""
SERVER = re.compile(r"arazzo mock [^&]*\n\Z")
STOPS = ("|", "||", ">", ";", "&&", "&")
BLOCK = re.compile(r"(?ms)^```(shell|console|sh|bash|python)\n(.*?)^```$")


class Example(NamedTuple):
    """A block of a page."""

    page: Path
    line: int
    language: str
    text: str


def examples(page: Path) -> list[Example]:
    text = page.read_text(encoding="utf-8")
    return [
        Example(page, text.count("\n", 0, match.start()) + 1, match[1], match[2])
        for match in BLOCK.finditer(text)
    ]


ALL = [example for page in PAGES for example in examples(page)]


def named(example: Example) -> str:
    return f"{example.page.relative_to(REPOSITORY)}:{example.line}"


def commands(example: Example) -> list[list[str]]:
    """The words of every ``arazzo`` command of a block."""
    text = re.sub(r"\\\n\s*", " ", example.text).replace("$SAGEMAKER", "http://127.0.0.1:5000")
    lines = text.splitlines()
    if example.language == "console":
        lines = [line[2:] for line in lines if line.startswith("$ ")]
    found = []
    for line in lines:
        words = shlex.split(line, comments=True) if "arazzo " in line else []
        for start, word in enumerate(words):
            if word == "arazzo" and (start == 0 or words[start - 1] in ("|", "&&", ";")):
                rest = words[start + 1 :]
                end = next((n for n, w in enumerate(rest) if w in STOPS), None)
                found.append(rest[:end])
    return found


@pytest.mark.parametrize("example", [e for e in ALL if e.language != "python"], ids=named)
def test_commands_exist_with_their_options(example: Example) -> None:
    for words in commands(example):
        count = 2 if " ".join(words[:2]) in COMMANDS else 1
        name = " ".join(words[:count])
        assert name in COMMANDS, words
        if "--help" not in words:
            parse_arguments(COMMANDS[name], words[count:])


@pytest.mark.parametrize("example", [e for e in ALL if e.language == "python"], ids=named)
def test_code_is_code_and_uses_what_there_is(example: Example) -> None:
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    tree = compile(example.text, named(example), "exec", flags | ast.PyCF_ONLY_AST)
    for node in ast.walk(tree):
        named_so = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        # A test of somebody's workflow has a fixture of that name.
        if named_so and node.value.id == "arazzo" and "def test_" not in example.text:
            assert node.attr in arazzo_runner.__all__, node.attr


@pytest.mark.parametrize("page", RUN)
def test_a_page_runs_from_top_to_bottom(page: str, tmp_path: Path) -> None:
    for folder in ("workflows", "openapi"):
        (tmp_path / folder).symlink_to(REPOSITORY / folder)
    for example in examples(DOCS / "tutorial.md"):
        if example.text.startswith("cat > job.yaml"):
            run(example.language, example.text, tmp_path, "")
    found = [
        example._replace(text=example.text.replace("4010", port))
        for port in [str(free_port())]
        for example in examples(DOCS / page)
    ]
    asks = any("SAGEMAKER" in example.text for example in found)
    with (
        SageMakerEndpoint(["InProgress", "Completed"] if asks else []) as endpoint,
        ExitStack() as servers,
    ):
        for example in found:
            if example.language == "console":
                for command, shown in shown_commands(example):
                    if not command.startswith(SETTING_UP):
                        text = run("sh", f"({command}) 2>&1", tmp_path, endpoint.url)
                        check_shown(shown, text)
            elif SERVER.match(example.text):
                servers.enter_context(serving(example.text, tmp_path))
            elif example.language != "python":
                run(example.language, example.text, tmp_path, endpoint.url)
        code = "\n".join(example.text for example in found if example.language == "python")
        run("python", code, tmp_path, endpoint.url)


@contextmanager
def serving(command: str, folder: Path) -> Iterator[str]:
    """A command that serves until Ctrl-C, and how it says it can be reached. It ends well.

    Where none is named it gets a port of its own in place of 4010.
    """
    port = "4010"
    if "--port" not in command:
        port = str(free_port())
        command = f"{command.rstrip()} --port {port}"
    with subprocess.Popen(
        ["bash", "-c", f"exec {command}"],
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().replace(port, "4010")
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
        finally:
            process.kill()


def shown_commands(example: Example) -> list[tuple[str, list[str]]]:
    """The commands of a console block, each with the output that is shown under it."""
    found: list[tuple[str, list[str]]] = []
    for line in re.sub(r"\\\n\s*", " ", example.text).splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found and line:
            found[-1][1].append(line)
    return found


def check_shown(shown: list[str], text: str) -> None:
    """The output is as shown: ``…`` stands for anything, and times differ.

    Lines of standard error and standard output may come in another order.
    """
    lines = [timeless(line) for line in text.splitlines() if line]
    for line in map(timeless, shown):
        pattern = ".*".join(map(re.escape, line.split("…")))
        if line.startswith("… "):
            pattern = "…" + pattern.removeprefix(".*")
        assert any(re.fullmatch(pattern, each) for each in lines), f"not there: {line}\n{text}"


def timeless(line: str) -> str:
    return re.sub(r"\b\d+(\.\d+)? (ms|s)\b", "TIME", line)


def run(language: str, text: str, folder: Path, url: str) -> str:
    program = ["bash", "-eu", "-o", "pipefail", "-c", text.replace("4010", str(free_port()))]
    if language == "python":
        program = [sys.executable, "-c", text]
        if "def test_" in text:
            (folder / "test_page.py").write_text(text, encoding="utf-8")
            program = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        program,
        cwd=folder,
        env={**environment(folder), "SAGEMAKER": url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def environment(folder: Path) -> dict[str, str]:
    """The variables that examples speak of, and those that keep them in their folder."""
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "XDG_STATE_HOME": str(folder / "state"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "PYTHONPATH": str(REPOSITORY),
        "AWS_EC2_METADATA_DISABLED": "true",
        "MY_KEY": "key-of-mine",
        "ARAZZO_SHOP_API_KEY": "key-of-mine",
        **CREDENTIALS,
    }


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
