"""Files as values and bodies in pieces."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

import arazzo_runner as arazzo
from arazzo_runner.errors import TransportError, UsageError
from arazzo_runner.values import File, Stream


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("photo.png", "image/png"),
        ("data.json", "application/json"),
        ("data.csv.gz", "application/gzip"),
        ("data.csv.xz", "application/octet-stream"),
        ("noidea", "application/octet-stream"),
        ("odd name ü.txt", "text/plain"),
    ],
)
def test_what_is_known_of_a_file(tmp_path: Path, name: str, media_type: str) -> None:
    (tmp_path / name).write_bytes(b"12345")
    file = arazzo.File(tmp_path / name)
    assert (file.name, file.media_type, file.size) == (name, media_type, 5)
    assert Path(file.path).is_absolute()
    assert list(file.pieces()) == [b"12345"]


def test_name_and_type_can_be_said(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"")
    file = File(tmp_path / "x", name="a.svg", media_type="image/special")
    assert (file.name, file.media_type) == ("a.svg", "image/special")
    assert File(tmp_path / "x", name="a.svg").media_type == "image/svg+xml"


def test_paths_are_relative_to_the_folder_of_the_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x").write_bytes(b"1")
    monkeypatch.chdir(tmp_path)
    file = File("x")
    monkeypatch.chdir("/")
    assert list(file.pieces()) == [b"1"]


def test_names_that_are_no_text(tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/\xff.txt"
    Path(os.fsdecode(odd)).write_bytes(b"")
    assert File(os.fsdecode(odd)).name == "\ufffd.txt"


@pytest.mark.parametrize("name", ["", "none", "folder", "\0", "none/deeper"])
def test_what_is_no_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match=r"cannot read the file|not a regular file"):
        File(f"{tmp_path}/{name}")
    with pytest.raises(UsageError, match="not a regular file"):
        File("/dev/null")


@pytest.mark.parametrize("content", [b"", b"1234", b"123456" * 100_000])
def test_a_file_that_changes_is_not_sent(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(b"12345")
    file = File(tmp_path / "x")
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(TransportError, match="another length") as caught:
        list(file.pieces())
    assert caught.value.kind == "file"
    (tmp_path / "x").unlink()
    with pytest.raises(TransportError, match="cannot read the file"):
        list(file.pieces())


def test_equality_and_json(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"12345")
    file, same = File(tmp_path / "x"), File(tmp_path / "x")
    assert file == same
    assert hash(file) == hash(same)
    assert file != File(tmp_path / "x", name="y")
    assert file != "x"
    again = File.from_json(json.loads(json.dumps(file.to_json())))
    assert again == file
    assert again.token == file.token != same.token
    assert "5 bytes" in repr(file)


def test_a_stream(tmp_path: Path) -> None:
    big = os.urandom(700_000)
    (tmp_path / "x").write_bytes(big)
    stream = Stream([b"<", File(tmp_path / "x"), b"", b">"])
    whole = b"<" + big + b">"
    assert len(stream) == len(whole)
    assert b"".join(stream) == b"".join(stream) == whole, "it can be sent again"
    assert max(map(len, stream)) < 300_000
    assert stream.sha256() == hashlib.sha256(whole).hexdigest()
    assert stream == Stream([b"<", File(tmp_path / "x"), b"", b">"])
    assert stream != Stream([b"<"])
    assert "4 parts" in repr(stream)
    assert not Stream([])


def test_a_file_is_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").write_bytes(b"hashed once")
    reads: list[str] = []
    pieces = File.pieces
    monkeypatch.setattr(File, "pieces", lambda self: reads.append(self.path) or pieces(self))
    for _ in range(3):
        Stream([File(tmp_path / "x")]).sha256()
    assert len(reads) == 1
