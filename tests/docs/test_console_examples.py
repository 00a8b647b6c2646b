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
from tests.docs.test_examples import (
    ALL,
    DOCS,
    RUN,
    SERVED,
    Example,
    check_shown,
    commands,
    environment,
    named,
    serving,
    shown_commands,
)
from tests.support.paths import REPOSITORY

# What cannot be executed here, by page and how the command or block begins, and why.
NOT_RUN = {
    ("docs/index.md", "run train.yaml"): "README.md has the same with its inputs",
    ("README.md", "make demo"): "sets up an environment; tests/e2e runs the demo itself",
    ("README.md", "make test"): "runs this test",
    ("README.md", "pip install"): "installs into the environment of the tests",
    ("docs/aws.md", "aws whoami"): "asks AWS which identity it is",
    ("docs/aws.md", "run workflows/aws-upload"): "inputs are left out (…); tests/e2e runs it",
    ("docs/durable.md", "runs resume 9c41"): "a run that was killed; tests/e2e kills and resumes",
    ("docs/durable.md", "with arazzo.Runner(journal"): "a crash stands between its lines",
    ("docs/performance.md", "make bench"): "minutes of measuring; tests/bench runs its parts",
    ("docs/performance.md", "make growth"): "as long, and draws with a library of its own",
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
    if words[0] == "mock":
        with serving(f"arazzo {text}", prepared.folder) as reached:
            assert reached.startswith("--server ")
        return
    monkeypatch.chdir(prepared.folder)
    for name, value in environment(prepared.folder).items():
        monkeypatch.setenv(name, value)
    code = main(shlex.split(prepared.set(text)))
    out, err = capsys.readouterr()
    assert code == 0, f"{text}\n{out}\n{err}"


# Whose shown output is that of another situation, and why.
SHOWN_OTHERWISE = {
    ("README.md", "arazzo run workflows"): "of the emulation of make demo, whose jobs take longer",
    ("docs/index.md", "arazzo run train.yaml"): "the same",
    ("docs/durable.md", "arazzo runs list"): "the id and the time of a run that was killed",
}
# Files that pages show the output for, where those of the stage are others.
PETS = """\
openapi: 3.1.0
info: {title: Pets, version: 1.0.0}
servers: [{url: "https://api.example.com"}]
security: [{api_key: []}]
paths:
  /pets:
    get: {operationId: listPets, security: [], responses: {"200": {description: pets}}}
    post: {operationId: addPet, responses: {"200": {description: added}}}
    put: {operationId: findPet, responses: {"200": {description: found}}}
components: {securitySchemes: {api_key: {type: apiKey, in: header, name: X-API-Key}}}
"""
HEAD = """\
arazzo: 1.0.1
info: {title: Pets, version: 1.0.0, summary: Pets, description: All about pets.}
sourceDescriptions:
  - {name: petApi, url: pets.yaml, type: openapi}
workflows:
- workflowId: list-pets
  summary: List the pets
  description: Lists the pets of the shop.
  steps:
"""
FILES = {
    "docs/validate.md": {
        "pets.yaml": PETS,
        "flow.arazzo.yaml": HEAD
        + """\
  - stepId: list
    description: List them.
    operationID: listPets
    successCriteria: [{condition: $statusCode = 200}]
""",
    },
    "docs/credentials.md": {
        "pets.yaml": PETS,
        "flow.yaml": HEAD
        + """\
  - {stepId: addPet, operationId: addPet}
  - {stepId: findPet, operationId: findPet}
""",
    },
}
SHOWN = [
    (e, command, lines)
    for e in REST
    if e.language == "console"
    for command, lines in shown_commands(e)
    if lines and command.startswith("arazzo ") and not excuse(e, command[len("arazzo ") :])
]


@pytest.mark.parametrize(
    ("example", "command", "lines"),
    [pytest.param(*each, id=f"{named(each[0])} {each[1][:40]}") for each in SHOWN],
)
def test_the_output_is_as_shown(
    example: Example, command: str, lines: list[str], prepared: Stage, tmp_path: Path
) -> None:
    page = example.page.relative_to(REPOSITORY).as_posix()
    for (where, begins), why in SHOWN_OTHERWISE.items():
        if where == page and command.startswith(begins):
            pytest.skip(why)
    folder = tmp_path if page in FILES else prepared.folder
    for name, text in FILES.get(page, {}).items():
        (folder / name).write_text(text, encoding="utf-8")
    if command.startswith("arazzo mock"):
        with serving(command, prepared.folder) as reached:
            assert reached.rstrip("\n") in lines
        return
    done = subprocess.run(
        ["bash", "-c", f"({prepared.set(command)}) 2>&1"],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    check_shown([prepared.set(line) for line in lines], done.stdout)


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
