"""Examples of pages that do not stand for themselves are run one by one, among prepared files.

The pages of ``RUN`` are run from top to bottom in ``test_examples``.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent

import pytest

from arazzo_runner.cli.main import main
from tests.docs.stage import Stage, stage
from tests.docs.test_examples import ALL, DOCS, RUN, SERVED, Example, commands, environment, named
from tests.support.paths import REPOSITORY

# What cannot be executed here, by page and how the command or block begins, and why.
NOT_RUN = {
    ("README.md", "make demo"): "sets up an environment; tests/e2e runs the demo itself",
    ("README.md", "make test"): "runs this test",
    ("README.md", "pip install"): "installs into the environment of the tests",
    ("README.md", "aws describe s3 -o"): "it is large; docs/aws.md makes two operations",
    ("README.md", "mock flow"): "serves until Ctrl-C; guides/testing.md runs one",
    ("docs/aws.md", "aws whoami"): "asks AWS which identity it is",
    ("docs/aws.md", "run workflows/aws-upload"): "inputs are left out (…); tests/e2e runs it",
    ("docs/durable.md", "runs resume 9c41"): "a run that was killed; tests/e2e kills and resumes",
    ("docs/durable.md", "with arazzo.Runner(journal"): "a crash stands between its lines",
    ("docs/simulate.md", "mock create.yaml"): "serves until Ctrl-C; guides/testing.md runs one",
    ("docs/architecture.md", "@rule("): "a part of a module of the engine, which tests run",
}
# What code uses that the text around it has introduced.
BEFORE = {
    "README.md": "rows = [{'quantity': 1}, {'quantity': 2}]",
    "docs/http.md": "import arazzo_runner as arazzo",
}
REST = [e for e in ALL if e.page not in [DOCS / page for page in (*RUN, *SERVED)]]
COMMANDS = [(e, words) for e in REST if e.language != "python" for words in commands(e)]
OTHERS = [
    (e, line[2:])
    for e in REST
    for line in e.text.splitlines()
    if line.startswith("$ ") and not line.startswith("$ arazzo ")
]
CODE = [e for e in REST if e.language == "python"]


def excuse(example: Example, text: str) -> tuple[str, str] | None:
    """The entry of NOT_RUN for a command or a block."""
    page = example.page.relative_to(REPOSITORY).as_posix()
    return next((key for key in NOT_RUN if key[0] == page and text.startswith(key[1])), None)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("examples")) as made:
        yield made


@pytest.mark.parametrize(
    ("example", "words"),
    [pytest.param(e, w, id=f"{named(e)} {' '.join(w)[:40]}") for e, w in COMMANDS],
)
def test_a_command_runs(
    example: Example,
    words: list[str],
    prepared: Stage,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = shlex.join(words)
    if key := excuse(example, text):
        pytest.skip(NOT_RUN[key])
    assert words[0] != "mock", "serves until Ctrl-C: this would hang, so it needs an excuse"
    monkeypatch.chdir(prepared.folder)
    for name, value in environment(prepared.folder).items():
        monkeypatch.setenv(name, value)
    code = main(shlex.split(prepared.set(text)))
    out, err = capsys.readouterr()
    assert code == 0, f"{text}\n{out}\n{err}"


@pytest.mark.parametrize("example", [pytest.param(e, id=named(e)) for e in CODE])
def test_code_runs(example: Example, prepared: Stage) -> None:
    if key := excuse(example, example.text):
        pytest.skip(NOT_RUN[key])
    page = example.page.relative_to(REPOSITORY).as_posix()
    earlier = [e for e in CODE if e.page == example.page and e.line < example.line]
    blocks = [e.text for e in (*earlier, example) if not excuse(e, e.text)]
    code = prepared.set("\n".join((BEFORE.get(page, ""), *blocks)))
    run_code(code, prepared.folder)


def run_code(code: str, folder: Path) -> None:
    """Run it as a script, or as tests when it has some."""
    file = folder / "test_example.py"
    program = [sys.executable]
    if "def test_" in code:
        program += ["-m", "pytest", "-q", "-p", "no:cacheprovider"]
    elif "async with" in code:
        code = f"import asyncio\nasync def main():\n{indent(code, '    ')}\nasyncio.run(main())"
    file.write_text(code, encoding="utf-8")
    done = subprocess.run(
        [*program, str(file)],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{code}\n{done.stdout}\n{done.stderr}"


def test_every_excuse_is_needed() -> None:
    texts = [(e, shlex.join(words)) for e, words in COMMANDS]
    texts += [(e, e.text) for e in CODE]
    texts += OTHERS
    assert {excuse(e, text) for e, text in texts} - {None} == set(NOT_RUN)


def test_commands_of_other_programs_have_an_excuse() -> None:
    assert [line for example, line in OTHERS if not excuse(example, line)] == []
