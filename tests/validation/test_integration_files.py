"""The files that other tools read, and the documentation page: what they name exists."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from arazzo_runner.cli.commands_reading import VALIDATE
from arazzo_runner.cli.main import main
from arazzo_runner.reporting.findings import FORMATS
from arazzo_runner.validation.configuration import read_table
from arazzo_runner.validation.examples import PETSTORE, whole_document
from arazzo_runner.validation.registry import known_rules
from tests.support.paths import REPOSITORY

PAGE = (REPOSITORY / "docs" / "validate.md").read_text("utf-8")
FLAGS = {flag for option in VALIDATE.options for flag in option.flags}


def test_hooks() -> None:
    hooks = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert [hook["id"] for hook in hooks] == ["arazzo-validate", "arazzo-fix"]
    for hook in hooks:
        words = hook["entry"].split()
        assert words[:2] == ["arazzo", "validate"]
        assert set(words[2:]) <= FLAGS
        assert hook["language"] == "python"
        for name in ("arazzo.yaml", "flows/order.arazzo.yml", "a/x-arazzo-1.json"):
            assert re.search(hook["files"], name)
        assert not re.search(hook["files"], "flows/openapi.yaml")


def test_action() -> None:
    action = yaml.safe_load((REPOSITORY / "action.yml").read_text("utf-8"))
    assert action["runs"]["using"] == "composite"
    script = "".join(step.get("run", "") for step in action["runs"]["steps"])
    assert "${{" not in script  # inputs reach the shell as variables, never as code
    assert set(re.findall(r"--format (\w+)", script)) <= set(FORMATS)
    used = {
        name
        for step in action["runs"]["steps"]
        for name in re.findall(r"inputs\.([\w-]+)", str(step))
    }
    assert used == set(action["inputs"])
    for step in action["runs"]["steps"]:
        assert "run" not in step or step["shell"] == "bash"


FLOW = whole_document("steps:\n- {stepId: list, operationId: listPetz}\n")
SCRIPT = yaml.safe_load((REPOSITORY / "action.yml").read_text("utf-8"))["runs"]["steps"][-1]["run"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="the action runs in bash")
@pytest.mark.parametrize(
    ("files", "arguments", "code"),
    [
        (".", "", 1),
        ("flow.yaml", "--ignore step-operation-id-exists", 0),
        ("*.yaml", "--no-sources --no-cache", 0),  # a pattern for arazzo, not for the shell
        ("flow.yaml nothing.yaml", "", 3),
        ("flow.yaml;>pwned $(touch>pwned) `touch>pwned`", "", 3),
    ],
)
def test_the_script_of_the_action(files: str, arguments: str, code: int, tmp_path: Path) -> None:
    """As GitHub runs it: ``bash -eo pipefail`` with the inputs as variables."""
    (tmp_path / "flow.yaml").write_text(FLOW)
    (tmp_path / "petstore.yaml").write_text(PETSTORE)
    summary = tmp_path / "summary"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", SCRIPT],
        cwd=tmp_path,
        env={
            "PATH": path,
            "HOME": str(tmp_path / "home"),
            "PYTHONUTF8": "1",
            "GITHUB_STEP_SUMMARY": str(summary),
            "ARAZZO_FILES": files,
            "ARAZZO_ARGUMENTS": arguments,
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert not (tmp_path / "pwned").exists()
    errors = [line for line in done.stdout.splitlines() if line.startswith("::error")]
    assert not errors or code != 0
    if code == 1:
        assert errors[0].startswith("::error file=flow.yaml,line=")
        assert "step-operation-id-exists" in errors[0]
        assert "step-operation-id-exists" in summary.read_text("utf-8")


def test_the_page_names_what_there_is() -> None:
    flags = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE))
    assert flags <= FLAGS
    assert set(re.findall(r"--format (\w+)", PAGE)) - {"FORMAT"} <= set(FORMATS)
    for form in FORMATS:
        assert form in PAGE


def test_the_configuration_of_the_page_is_right() -> None:
    import tomllib

    text = PAGE.partition("```toml\n")[2].partition("```")[0]
    table = tomllib.loads(text)["validate"]
    found = read_table(table, REPOSITORY / "arazzo.toml")
    assert set(found.settings.severities) <= known_rules().keys()
    assert found.fail_on == "warning"


def test_the_example_of_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    """What the page shows is what the golden of the command has."""
    golden = (REPOSITORY / "tests" / "cli" / "goldens" / "validate.txt").read_text("utf-8")
    shown = PAGE.partition("$ arazzo validate flow.arazzo.yaml\n")[2].partition("```")[0]
    assert shown.replace("flow.arazzo.yaml", "bad.yaml") in golden
    assert main(["rules", "ignore-unused"]) == 0
    assert "arazzo-ignore" in capsys.readouterr().out
