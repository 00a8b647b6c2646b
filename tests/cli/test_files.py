"""Files are written whole or not at all, and a place that cannot be written is told at once."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from arazzo_runner.cli.files import check_writable, write_output, write_whole
from arazzo_runner.errors import UsageError


def test_a_file_is_replaced_whole_and_nothing_else_remains(tmp_path: Path) -> None:
    file = tmp_path / "a.har"
    file.write_text("old")
    file.chmod(0o640)
    check_writable(str(file), "--har")
    assert file.read_text() == "old"
    write_whole(str(file), "new \ud800é")
    assert file.read_text() == "new \\ud800é"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [p.name for p in tmp_path.iterdir()] == ["a.har"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real")
    write_whole(str(link), "x")
    assert link.is_symlink()
    assert (tmp_path / "real").read_text() == "x"


def test_what_cannot_be_written_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a"
    file.write_text("old")

    def full(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(str(file), "new")
    assert file.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    check_writable(str(pipe), "--har")
    write_whole(str(pipe), "through")
    reader.join(10)
    assert read == ["through"]


def test_standard_output_has_a_name(tmp_path: Path) -> None:
    script = (
        "from arazzo_runner.cli.files import check_writable, write_output\n"
        "check_writable('/dev/stdout', '-o')\n"
        "write_output('/dev/stdout', 'through', '-o')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout == b"through"


def test_the_option_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--trace: cannot write to .*: Is a directory"):
        write_output(str(tmp_path), "x", "--trace")
    with pytest.raises(UsageError, match=r"--trace: cannot write to .*: embedded null"):
        write_output("a\0b", "x", "--trace")


@pytest.mark.parametrize("path", ["", ".", "no/such/folder/a", "a\0b"])
def test_a_place_that_cannot_be_written(path: str) -> None:
    with pytest.raises(UsageError, match="--har"):
        check_writable(path, "--har")
