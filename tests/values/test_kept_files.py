"""A folder of small things: by key, bounded, healing itself, never an error."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from arazzo_runner.values import kept_files as module
from arazzo_runner.values.kept_files import KeptFiles

OLD = 1_000_000


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_is_kept_is_there_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    KeptFiles(folder).put("k", {"text": "é \ud800", "list": [1, None]})
    assert KeptFiles(folder).get("k") == {"text": "é \ud800", "list": [1, None]}
    assert KeptFiles(folder).get("other") is None
    assert names(folder) == {"k.json"}
    assert stat.S_IMODE((folder / "k.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("damage", [b"", b'{"a": ', b"\xff\xfe", b"[" * 100_000])
def test_what_is_damaged_is_removed(damage: bytes, tmp_path: Path) -> None:
    kept = KeptFiles(tmp_path)
    kept.put("k", [1])
    (tmp_path / "k.json").write_bytes(damage)
    assert kept.get("k") is None
    assert names(tmp_path) == set()


def test_what_was_used_longest_ago_goes(tmp_path: Path) -> None:
    kept = KeptFiles(tmp_path, most=4)
    for number in range(4):
        kept.put(f"k{number}", number)
        os.utime(tmp_path / f"k{number}.json", (OLD + number, OLD + number))
    assert kept.get("k0") == 0  # used now
    KeptFiles(tmp_path, most=4).put("k4", 4)
    assert names(tmp_path) == {"k0.json", "k4.json"}


def test_the_folder_is_bounded_in_bytes(tmp_path: Path) -> None:
    for number in range(10):
        KeptFiles(tmp_path, most_bytes=5000).put(f"k{number}", "x" * 1000)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 5000
    assert "k9.json" in names(tmp_path)


def test_one_process_looks_at_the_folder_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_EVERY", 8)
    kept = KeptFiles(tmp_path, most=4)
    for number in range(25):
        kept.put(f"k{number}", number)
    assert len(names(tmp_path)) <= 4 + 8


def test_what_a_killed_process_left_goes(tmp_path: Path) -> None:
    left, fresh = tmp_path / ".k.json.1-1.part", tmp_path / ".k.json.2-2.part"
    left.touch()
    fresh.touch()
    os.utime(left, (OLD, OLD))
    KeptFiles(tmp_path).put("k", 1)
    assert names(tmp_path) == {"k.json", fresh.name}


def test_nowhere_is_never_an_error(tmp_path: Path) -> None:
    KeptFiles(None).put("k", 1)
    assert KeptFiles(None).get("k") is None
    KeptFiles(None).forget("k")
    (tmp_path / "file").touch()
    blocked = KeptFiles(tmp_path / "file")
    blocked.put("k", 1)
    assert blocked.get("k") is None
    blocked.forget("k")


def test_data_stay_as_json(tmp_path: Path) -> None:
    KeptFiles(tmp_path).put("k", {"a": 1})
    assert json.loads((tmp_path / "k.json").read_text("utf-8")) == {"a": 1}
