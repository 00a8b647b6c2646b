"""Fixtures of the whole-command tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.command import CREDENTIALS, Command, Golden


@pytest.fixture
def arazzo(tmp_path: Path) -> Command:
    """The command, with AWS credentials in its environment."""
    home = tmp_path / "home"
    home.mkdir()
    return Command(home, environment=CREDENTIALS)


@pytest.fixture
def stranger(arazzo: Command) -> Command:
    """The command of somebody who has no credentials."""
    return Command(arazzo.home)


@pytest.fixture
def golden(request: pytest.FixtureRequest, tmp_path: Path) -> Golden:
    """The golden file of the test."""
    name = re.sub(r"[^a-zA-Z0-9]+", "-", request.node.name.removeprefix("test_")).strip("-")
    module = request.path.stem.removeprefix("test_")
    folder = Path(__file__).parent / "goldens" / module
    folder.mkdir(parents=True, exist_ok=True)
    return Golden(folder / f"{name}.txt", {str(tmp_path): "TMP"})
