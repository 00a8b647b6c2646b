"""The cache of parsed descriptions."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import arazzo_runner.reading.cache as cache_module
from arazzo_runner.errors import DocumentSyntaxError
from arazzo_runner.reading import DescriptionCache, Limits, Loader

BIG = b"a: &x {k: [1, 2.5, null, true, '\xc3\xa9']}\nb: *x\nc: " + b"x" * 300_000 + b"\n"


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The URIs that were parsed."""
    import arazzo_runner.reading.loader as loader_module

    seen: list[str] = []
    parse = loader_module.parse_document

    def count(text: bytes, **arguments: object) -> object:
        seen.append(str(arguments["uri"]))
        return parse(text, **arguments)

    monkeypatch.setattr(loader_module, "parse_document", count)
    return seen


def load(folder: Path, text: bytes = BIG, **limits: int) -> object:
    loader = Loader(lambda _: text, cache=DescriptionCache(folder), limits=Limits(**limits))
    return loader.load("file:///d.yaml")


def entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_a_big_text_is_parsed_once(tmp_path: Path, parses: list[str]) -> None:
    first, second = load(tmp_path / "c"), load(tmp_path / "c")
    assert first.data == second.data
    assert len(parses) == 1
    assert second.locate(("c",)).line == 3
    assert (tmp_path / "c").stat().st_mode & 0o777 == 0o700
    json_text = b'{"a": "' + b"x" * 300_000 + b'"}'
    load(tmp_path / "c", json_text)
    kept = load(tmp_path / "c", json_text)
    assert kept.is_json
    assert kept.locate(("a",)).column == 7
    assert len(parses) == 2


def test_small_texts_are_not_kept(tmp_path: Path) -> None:
    load(tmp_path, b"a: 1")
    assert entries(tmp_path) == []


def test_other_limits_are_other_entries(tmp_path: Path) -> None:
    load(tmp_path)
    with pytest.raises(DocumentSyntaxError):
        load(tmp_path, max_depth=2)
    with pytest.raises(DocumentSyntaxError, match="larger"):
        load(tmp_path, max_bytes=10)


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "no line", "nonsense", "deep"])
def test_a_damaged_entry_heals(tmp_path: Path, parses: list[str], damage: str) -> None:
    expected = load(tmp_path).data
    (entry,) = entries(tmp_path)
    whole = entry.read_bytes()
    nonsense = b"{not json" if damage == "nonsense" else b"[" * 100_000
    damaged = {
        "cut": whole[:-10],
        "flipped": whole[:100] + bytes([whole[100] ^ 1]) + whole[101:],
        "empty": b"",
        "no line": b"x" * 1000,
    }.get(damage, cache_module._header(nonsense, False) + b"\n" + nonsense)
    entry.write_bytes(damaged)
    assert load(tmp_path).data == expected
    assert len(parses) == 2
    assert entry.read_bytes() == whole


def test_a_folder_that_cannot_be_used_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert load(tmp_path / "file" / "cache").data["b"]
    monkeypatch.setattr(os, "utime", lambda *_: (_ for _ in ()).throw(PermissionError()))
    load(tmp_path / "c")
    assert load(tmp_path / "c").data["b"]


def test_what_aliases_blow_up_is_not_kept(tmp_path: Path) -> None:
    load(tmp_path, b"a: &a " + b"x" * 300_000 + b"\nb: [" + b", ".join([b"*a"] * 9) + b"]\n")
    assert entries(tmp_path) == []
    DescriptionCache(tmp_path).put(BIG, Limits(), {"a": "\ud800"}, False)
    assert entries(tmp_path) == []


def test_the_folder_stays_bounded(tmp_path: Path) -> None:
    cache = DescriptionCache(tmp_path, max_bytes=700_000)
    texts = [b"a: " + bytes([97 + i]) * 300_000 for i in range(4)]
    for age, text in enumerate(texts[:2]):
        cache.put(text, Limits(), {"a": text.decode()[3:]}, False)
        path = cache._path(text, Limits())
        os.utime(path, (1000 + age, 1000 + age))
    assert cache.get(texts[0], Limits()) is not None  # used, so newer than the second
    stale, fresh = tmp_path / "x.1-1.part", tmp_path / "x.1-2.part"
    stale.write_bytes(b"")
    fresh.write_bytes(b"")
    os.utime(stale, (1000, 1000))
    cache.put(texts[2], Limits(), {"a": texts[2].decode()[3:]}, False)
    assert [cache.get(text, Limits()) is not None for text in texts] == [True, False, True, False]
    assert fresh.exists()
    assert not stale.exists()


def test_another_process_finds_the_entry(tmp_path: Path) -> None:
    text = tmp_path / "d.yaml"
    text.write_bytes(BIG)
    script = (
        "import sys; from arazzo_runner.reading import *;"
        "Loader(cache=DescriptionCache(sys.argv[2])).load(sys.argv[1]);"
        "print('yaml' in sys.modules)"
    )
    folder = str(tmp_path / "c")
    runs = [
        subprocess.run(
            [sys.executable, "-c", script, text, folder], capture_output=True, text=True, check=True
        )
        for _ in range(2)
    ]
    assert [run.stdout.strip() for run in runs] == ["True", "False"]
