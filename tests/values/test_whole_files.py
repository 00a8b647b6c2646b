"""Files written whole. What the command's options need besides is in tests/cli/test_files.py."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from arazzo_runner.values.whole_files import beside, write_whole


def test_a_file_of_its_owner_alone_replaces_a_link(tmp_path: Path) -> None:
    stranger = tmp_path / "stranger"
    stranger.write_bytes(b"theirs")
    link = tmp_path / "link"
    link.symlink_to(stranger)
    write_whole(link, b"ours", mode=0o600)
    assert stranger.read_bytes() == b"theirs"
    assert not link.is_symlink()
    assert link.read_bytes() == b"ours"
    assert stat.S_IMODE(link.stat().st_mode) == 0o600


def test_permissions_stay(tmp_path: Path) -> None:
    file = tmp_path / "script"
    file.write_bytes(b"old")
    file.chmod(0o750)
    write_whole(file, b"new")
    assert stat.S_IMODE(file.stat().st_mode) == 0o750


def test_only_what_has_to_last_waits_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[int] = []
    monkeypatch.setattr(os, "fsync", waited.append)
    write_whole(tmp_path / "a", b"1", lasting=False)
    assert waited == []
    write_whole(tmp_path / "a", b"2")
    assert len(waited) == 1


@pytest.mark.parametrize("mode", [None, 0o600])
def test_what_cannot_be_put_in_its_place_leaves_nothing(mode: int | None, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        write_whole(tmp_path / "missing" / "a", b"", mode=mode)
    folder = tmp_path / "folder"
    (folder / "full").mkdir(parents=True)
    with pytest.raises(OSError, match=r"irectory|not empty"):
        write_whole(folder, b"", mode=0o600)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_every_moment_has_a_file_beside_of_its_own() -> None:
    target = Path("a" * 300)
    assert beside(target) != beside(target)
    assert len(beside(target).name) < 150
