"""Large payloads by their hash, in a folder."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload

from arazzo_runner.errors import PayloadNotKept, PayloadTooLarge, PayloadUnreadable, UsageError
from arazzo_runner.temporal.blobs import Blobs, FolderBlobs, open_blobs
from arazzo_runner.temporal.s3_blobs import S3Blobs
from tests.support.paths import REPOSITORY
from tests.temporal.support import back, encoded, payload, raw_of

DATA = b"a large answer"
NAME = sha256(DATA).hexdigest()


def put(store: FolderBlobs, data: bytes = DATA) -> str:
    return asyncio.run(store.put(data))


def get(store: FolderBlobs, name: str = NAME) -> bytes:
    return asyncio.run(store.get(name))


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def store(tmp_path: Path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "new" / "blobs")


@given(st.binary())
def test_anything_comes_back(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    store = FolderBlobs(tmp_path_factory.getbasetemp() / "any")
    assert put(store, data) == sha256(data).hexdigest()
    assert get(store, sha256(data).hexdigest()) == data


def test_only_the_owner_reads_them(store: FolderBlobs, tmp_path: Path) -> None:
    put(store)
    (file,) = files(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    folders = [tmp_path / "new" / "blobs", file.parent]
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in folders] == [0o700, 0o700]


def test_the_same_content_is_one_file_that_becomes_young_again(
    store: FolderBlobs, tmp_path: Path
) -> None:
    put(store)
    (file,) = files(tmp_path)
    os.utime(file, (1, 1))
    inode = file.stat().st_ino
    put(store)
    (same,) = files(tmp_path)
    assert same.stat().st_ino == inode
    assert same.stat().st_mtime > time.time() - 3600


def test_a_file_that_was_cut_is_found_and_written_anew(store: FolderBlobs, tmp_path: Path) -> None:
    put(store)
    (file,) = files(tmp_path)
    file.write_bytes(DATA[:-1])
    with pytest.raises(PayloadUnreadable, match=f"the payload {NAME} in '.*blobs' is damaged"):
        get(store)
    put(store)
    assert get(store) == DATA


def test_one_that_is_not_there(store: FolderBlobs) -> None:
    with pytest.raises(
        PayloadUnreadable, match=f"the payload {NAME} is not in .*every worker and client"
    ):
        get(store)


def test_a_folder_that_cannot_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = FolderBlobs(tmp_path / "file")
    with pytest.raises(PayloadNotKept, match=r"a payload of 14 bytes cannot be written to .*file'"):
        put(store)
    with pytest.raises(PayloadUnreadable, match="cannot be read from"):
        get(store)


def test_a_write_that_fails_leaves_nothing(
    store: FolderBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PayloadNotKept, match="No space left on device"):
        put(store)
    assert files(tmp_path) == []


WRITER = """
import asyncio, os, sys
from pathlib import Path
from arazzo_runner.temporal.blobs import FolderBlobs
store = FolderBlobs(Path(sys.argv[1]))
async def main():
    for number in range(40):
        data = bytes([number]) * 300_000
        assert await store.get(await store.put(data)) == data
asyncio.run(main())
"""


def test_many_processes_write_the_same_at_once(tmp_path: Path) -> None:
    words = [sys.executable, "-c", WRITER, str(tmp_path / "blobs")]
    children = [
        subprocess.Popen(words, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    assert [child.communicate()[1] for child in children] == [""] * 3
    assert len(files(tmp_path)) == 40


def test_small_payloads_stay_and_large_ones_go(store: FolderBlobs, tmp_path: Path) -> None:
    codec = Blobs(store, inline=100)
    small, large = payload("x" * 50), payload("x" * 500)
    made = encoded(codec, small, large)
    assert made[0] == small
    assert made[1].metadata["encoding"] == b"binary/arazzo-blob"
    assert int(made[1].metadata["size"]) == len(large.SerializeToString())
    assert b"xxx" not in raw_of(made[1:])
    assert len(files(tmp_path)) == 1
    assert back(codec, made) == [small, large]


def test_without_a_store_what_temporal_would_refuse_is_an_error() -> None:
    codec = Blobs(None)
    assert encoded(codec, payload("x" * 1_000_000)) == [payload("x" * 1_000_000)]
    with pytest.raises(PayloadTooLarge, match=r"2200002 bytes is more than .* \(2 MB\)"):
        encoded(codec, payload("x" * 2_200_000))


def test_a_store_that_is_not_given(store: FolderBlobs) -> None:
    made = encoded(Blobs(store, inline=1), payload("x" * 500))
    with pytest.raises(PayloadUnreadable, match="and none is given"):
        back(Blobs(None), made)


@pytest.mark.parametrize("name", [b"../../etc/passwd", b"", b"A" * 64, b"\xff" * 64, b"a" * 63])
def test_a_name_leads_nowhere_else(store: FolderBlobs, name: bytes) -> None:
    touched = Payload(metadata={"encoding": b"binary/arazzo-blob"}, data=name)
    with pytest.raises(PayloadUnreadable, match="names no payload of the store"):
        back(Blobs(store), [touched])


def test_what_is_there_but_no_payload(store: FolderBlobs) -> None:
    name = put(store, b"\xff\xff\xff")
    touched = Payload(metadata={"encoding": b"binary/arazzo-blob"}, data=name.encode())
    with pytest.raises(PayloadUnreadable, match=f"the payload {name} is none"):
        back(Blobs(store), [touched])


def test_where_a_store_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    store = open_blobs("~/blobs")
    assert isinstance(store, FolderBlobs)
    put(store)
    assert len(files(tmp_path / "blobs")) == 1
    assert isinstance(open_blobs("s3://bucket?region=eu-west-1"), S3Blobs)
    with pytest.raises(UsageError, match="no store for large payloads at 'gs:'"):
        open_blobs("gs://bucket")
