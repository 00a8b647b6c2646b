"""The reference pages name everything there is; the site builds."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import arazzo_runner
from arazzo_runner import errors
from arazzo_runner.cli.commands import COMMANDS
from arazzo_runner.criteria.tolerances import TOLERANCES
from arazzo_runner.execution.settings import Settings
from tests.support.paths import REPOSITORY
from tools.reference_pages import pages

PAGES = pages()


def test_every_command_and_option() -> None:
    text = PAGES["reference/commands.md"]
    for command in COMMANDS.values():
        section = text.partition(f"\n## arazzo {command.name}\n")[2].partition("\n## ")[0]
        assert section, command.name
        for option in command.options:
            assert option.flags[-1] in section, (command.name, option.flags)


def test_every_name_of_the_library_and_every_error() -> None:
    library, exceptions = PAGES["reference/library.md"], PAGES["reference/errors.md"]
    for name in arazzo_runner.__all__:
        assert f"## {name}\n" in library + exceptions, name
    for name, value in vars(errors).items():
        if isinstance(value, type) and issubclass(value, errors.ArazzoError):
            assert f"## {name}\n" in exceptions, name
            assert value.__doc__, name


def test_every_setting() -> None:
    for name in Settings._fields:
        assert f"`{name}`" in PAGES["reference/library.md"], name


def test_every_tolerance() -> None:
    for rule in TOLERANCES:
        assert f"## {rule}\n" in PAGES["reference/tolerances.md"]


def test_every_schema() -> None:
    for file in (REPOSITORY / "docs" / "schemas").iterdir():
        assert file.name in PAGES["reference/outputs.md"]


def test_every_page_is_in_the_navigation() -> None:
    navigation = (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]
    docs = REPOSITORY / "docs"
    for file in (*docs.glob("*.md"), *docs.glob("guides/*.md")):
        assert file.relative_to(docs).as_posix() in navigation
    for name in PAGES:
        assert name in navigation


def test_the_site_builds(tmp_path: Path) -> None:
    pytest.importorskip("material", reason="the group docs is not installed")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "-d", str(tmp_path)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for name in PAGES:
        assert (tmp_path / name).with_suffix(".html").is_file()


def test_the_list_of_commands_leads_to_their_headings() -> None:
    page = PAGES["reference/commands.md"]
    titles = [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")]
    headings = {title.lower().replace(" ", "-") for title in titles}
    linked = re.findall(r"\]\(#([^)]+)\)", page)
    assert len(linked) >= len(COMMANDS)
    assert set(linked) <= headings
