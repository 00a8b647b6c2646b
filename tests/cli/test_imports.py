"""What each command imports: counted, so that nothing heavy creeps in. No seconds are measured.

A module of ours costs about 0.25 ms of CPU at every start, a library what is written beside it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from arazzo_runner.execution.journal_sqlite import SqliteJournal
from tests.cli.flows import environment, write_flow

COUNT = """\
import contextlib, io, json, sys
before = set(sys.modules)
from arazzo_runner.cli.main import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    code = main(sys.argv[1:])
new = [name for name in set(sys.modules) - before if sys.modules[name] is not None]
print(json.dumps([code, sorted(new)]))
"""
INPUTS = ("-i", "name=a", "-i", "mode=fast", "-i", "size=7")
YAML = frozenset({"yaml"})  # 9 ms, half of it one regular expression of its own
PROGRAM = YAML | {"inspect"}  # by dataclasses, for the interpreter's frames; 6 ms
HEAVY = frozenset(
    {"aiohttp", "asyncio", "botocore", "cryptography", "email", "httpx", "inspect", "jsonpath",
     "jsonpath_ng", "jsonschema", "lxml", "openapi_spec_validator", "opentelemetry", "pydantic",
     "regex", "requests", "sqlite3", "ssl", "subprocess", "temporalio", "tempfile", "unittest"}
)  # fmt: skip
SLOW_TO_NAME = frozenset(
    {"argparse", "collections", "dataclasses", "enum", "json", "pathlib", "re", "typing"}
)
"""What a help page does without."""

# The command; how it ends; at most so many modules of ours; the heavy ones among the others.
BUDGETS = {
    "--version": (0, 5, frozenset()),
    "--help": (0, 14, frozenset()),
    "run --help": (0, 14, frozenset()),
    "aws whoami --help": (0, 14, frozenset()),
    "completion bash": (0, 31, frozenset()),
    "rules": (0, 104, frozenset()),
    "list flow.yaml": (0, 50, YAML),
    "show flow.yaml": (0, 148, YAML),
    "graph flow.yaml": (0, 148, YAML),
    "diff flow.yaml flow.yaml": (0, 145, PROGRAM),
    "docs flow.yaml": (0, 160, PROGRAM),
    "runs list": (0, 95, frozenset({"sqlite3"})),
    "validate flow.yaml --no-sources --no-cache": (0, 135, YAML),
    # openapi_spec_validator takes 120 ms; pydantic, which later ones import, would take as long.
    "validate flow.yaml --no-cache": (
        0, 158, YAML | {"openapi_spec_validator", "jsonschema", "email", "inspect", "ssl",
                        "tempfile"},
    ),
}  # fmt: skip


def modules(folder: Path, *words: str) -> tuple[int, list[str]]:
    """How a command ends, and what is imported then."""
    done = subprocess.run(
        [sys.executable, "-c", COUNT, *words],
        cwd=folder,
        env={
            **environment(),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "XDG_STATE_HOME": str(folder / "state"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    code, names = json.loads(done.stdout)
    return code, names


@pytest.mark.parametrize("command", BUDGETS)
def test_what_a_command_imports(command: str, tmp_path: Path) -> None:
    write_flow(tmp_path)
    if command == "runs list":
        SqliteJournal(tmp_path / "state" / "arazzo" / "runs.db").close()
    ends, most, heavy = BUDGETS[command]
    code, names = modules(tmp_path, *command.split())
    ours = [name for name in names if name.partition(".")[0] == "arazzo_runner"]
    tops = {name.partition(".")[0] for name in names}
    assert code == ends
    assert (tops & HEAVY) - heavy == set()
    assert len(ours) <= most, "more modules than budgeted: " + ", ".join(ours)
    assert len(ours) > most - 25, "much fewer than budgeted: lower the budget"


@pytest.mark.parametrize("command", ["--version", "--help", "run --help"])
def test_pages_import_texts_only(command: str, tmp_path: Path) -> None:
    code = (
        "import sys; from arazzo_runner.cli.main import main; main(sys.argv[1:]); "
        f"sys.exit(','.join(sorted({set(SLOW_TO_NAME)!r} & set(sys.modules))) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, *command.split()],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    if command == "--version":
        _, names = modules(tmp_path, command)
        assert not any("commands" in name or "option" in name for name in names)


def test_a_document_that_was_validated_before_is_not_read_again(tmp_path: Path) -> None:
    write_flow(tmp_path)
    modules(tmp_path, "validate", "flow.yaml", "--no-sources")
    code, names = modules(tmp_path, "validate", "flow.yaml", "--no-sources")
    ours = [name for name in names if name.startswith("arazzo_runner")]
    assert code == 0
    assert len(ours) <= 46, ours
    assert not {"yaml", "arazzo_runner.validation.validator"} & set(names)


def test_a_run_brings_its_http_client_and_no_more(tmp_path: Path) -> None:
    write_flow(tmp_path)
    code, names = modules(
        tmp_path, "run", "flow.yaml", *INPUTS, "--server", "jobs=http://127.0.0.1:1", "--no-cache"
    )
    ours = [name for name in names if name.startswith("arazzo_runner")]
    tops = {name.partition(".")[0] for name in names}
    assert code == 1
    assert "httpx" in tops
    assert not {"aiohttp", "botocore", "cryptography", "lxml", "openapi_spec_validator",
                "pydantic", "regex", "requests", "sqlite3"} & tops  # fmt: skip
    assert len(ours) <= 212, ours
