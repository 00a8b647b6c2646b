"""Files, folders and patterns to documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from arazzo_runner.errors import DocumentNotFound
from arazzo_runner.validation.files import find_files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in {
        "b.yaml": "arazzo: 1.0.1\n",
        "a.json": '{"info": {}, "arazzo": "1.1.0"}',
        "api.yaml": "openapi: 3.1.0\ninfo: {description: about arazzo}\n",
        "quoted/q.yaml": '"arazzo": 1.0.1\n',
        "notes.txt": "arazzo: 1.0.1\n",
        "sub/c.yml": "---\n'arazzo': 1.0.1\n",
        "sub/.hidden/d.yaml": "arazzo: 1.0.1\n",
        "node_modules/e.yaml": "arazzo: 1.0.1\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_folders_and_patterns_give_arazzo_documents(folder: Path) -> None:
    assert find_files(["."]) == ("a.json", "b.yaml", "quoted/q.yaml", "sub/c.yml")
    assert find_files(["*.yaml"]) == ("b.yaml",)
    everywhere = ("b.yaml", "quoted/q.yaml", "sub/c.yml", "a.json")
    assert find_files(["**/*.y*ml", "a.json"]) == everywhere
    assert find_files([str(folder)])[0] == str(folder / "a.json")


def test_what_is_named_is_taken(folder: Path) -> None:
    names = ["api.yaml", "-", "https://example.com/x.yaml", "missing.yaml", "api.yaml"]
    assert find_files(names) == ("api.yaml", "-", "https://example.com/x.yaml", "missing.yaml")


def test_excluded(folder: Path) -> None:
    assert find_files(["."], ["sub/*", "b.yaml", "q.*"]) == ("a.json",)
    assert find_files(["b.yaml"], ["*"]) == ("b.yaml",)


def test_nothing_there(folder: Path) -> None:
    (folder / "empty").mkdir()
    for name in ("empty", "*.toml"):
        with pytest.raises(DocumentNotFound, match="has no Arazzo document"):
            find_files([name])
