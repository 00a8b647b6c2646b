"""A baseline knows findings by rule, file, place and message, not by line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from arazzo_runner.errors import DocumentNotFound, Location, UsageError
from arazzo_runner.validation.baseline import (
    compare,
    fingerprint,
    read_baseline,
    shown_path,
    write_baseline,
)
from arazzo_runner.validation.findings import Finding


def finding(rule: str = "r", file: str = "f.yaml", line: int = 1, pointer: str = "/a") -> Finding:
    return Finding(rule, "error", f"message of {rule}", Location(file, line), pointer)


def test_lines_may_move() -> None:
    assert fingerprint(finding(line=1)) == fingerprint(finding(line=9))
    different = {fingerprint(f) for f in (finding(), finding("s"), finding(file="g.yaml"), finding(pointer="/b"))}  # fmt: skip  # noqa: E501
    assert len(different) == 4


def test_written_and_read(tmp_path: Path) -> None:
    file = str(tmp_path / "known.json")
    known = [finding(), finding(line=5), finding("s")]
    write_baseline(file, known)
    rows = json.loads(Path(file).read_text())["findings"]
    assert [(row["rule"], row["count"]) for row in rows] == [("r", 2), ("s", 1)]
    again = [finding(line=3), finding(line=4), finding(line=5), finding("t")]
    compared = compare(again, read_baseline(file))
    assert compared.known == 2
    assert [f.rule for f in compared.new] == ["r", "t"]


def test_order_makes_no_difference(tmp_path: Path) -> None:
    one, other = str(tmp_path / "a"), str(tmp_path / "b")
    write_baseline(one, [finding("a"), finding("b")])
    write_baseline(other, [finding("b"), finding("a")])
    assert Path(one).read_text() == Path(other).read_text()


def test_paths_are_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert shown_path(str(tmp_path / "a" / "b.yaml")) == "a/b.yaml"
    assert shown_path("/elsewhere/b.yaml") == "/elsewhere/b.yaml"
    assert shown_path("https://example.com/b.yaml") == "https://example.com/b.yaml"


def test_what_is_no_baseline(tmp_path: Path) -> None:
    with pytest.raises(DocumentNotFound) as missing:
        read_baseline(str(tmp_path / "none.json"))
    assert "--write-baseline" in (missing.value.hint or "")
    for text in ("", "[]", "{}", '{"findings": [1]}', '{"findings": [{"fingerprint": "a"}]}'):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(UsageError):
            read_baseline(str(tmp_path / "bad.json"))
    with pytest.raises(UsageError):
        write_baseline(str(tmp_path / "no" / "folder.json"), [])


def test_a_baseline_is_written_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "known.json"
    write_baseline(str(file), [finding()])
    before = file.read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UsageError, match="cannot be written: No space left"):
        write_baseline(str(file), [finding("s")])
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]
    with pytest.raises(UsageError, match="cannot be written"):
        write_baseline("a\0b", [])
