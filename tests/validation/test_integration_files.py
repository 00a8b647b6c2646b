"""The files that other tools read, and the documentation page: what they name exists."""

from __future__ import annotations

import re

import pytest
import yaml

from arazzo_runner.cli.commands_reading import VALIDATE
from arazzo_runner.cli.main import main
from arazzo_runner.reporting.findings import FORMATS
from arazzo_runner.validation.configuration import read_table
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
