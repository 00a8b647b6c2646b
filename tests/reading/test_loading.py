"""References, files, the loader."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from arazzo_runner.errors import DocumentNotFound, DocumentSyntaxError
from arazzo_runner.reading import Limits, Loader, parse_document, read_file, to_uri


@pytest.mark.requirement("URI-05", "URI-06", "URI-07", "URI-17")
@pytest.mark.parametrize(
    ("reference", "base", "expected"),
    [
        ("../specs/petstore.yaml", "https://api.example.com/workflows/purchase.arazzo.yaml",
         "https://api.example.com/specs/petstore.yaml"),
        ("../specs/petstore.yaml", "file:///Users/dev/projects/workflows/purchase.arazzo.yaml",
         "file:///Users/dev/projects/specs/petstore.yaml"),
        ("../specs/petstore.json", "https://api.example.com/workflows/purchase.arazzo.json",
         "https://api.example.com/specs/petstore.json"),
        ("specs/petstore.yaml", "https://workflows.example.com/a7b3c4d5",
         "https://workflows.example.com/specs/petstore.yaml"),
        ("workflows/purchase.arazzo.yaml", "https://api.example.com/v2/api-description.yaml",
         "https://api.example.com/v2/workflows/purchase.arazzo.yaml"),
        ("../specs/petstore.yaml", "https://api.example.com/v2/workflows/purchase.arazzo.yaml",
         "https://api.example.com/v2/specs/petstore.yaml"),
        ("https://other.example/x.yaml#/a", "file:///a/b.yaml", "https://other.example/x.yaml"),
        ("my specs\\a b.yaml", "file:///w/x.yaml", "file:///w/my%20specs/a%20b.yaml"),
        ("a%20b.yaml?v=1#x", "https://h/w/x.yaml", "https://h/w/a%20b.yaml?v=1"),
        ("C:\\w\\a b.yaml", "file:///w/x.yaml", "file:///C:/w/a%20b.yaml"),
        ("/abs.yaml", "file:///w/x.yaml", "file:///abs.yaml"),
        ("http://[x", "file:///w/x.yaml", "http://[x"),
    ],
)  # fmt: skip
def test_resolve(reference: str, base: str, expected: str) -> None:
    assert Loader().resolve(reference, base) == expected


def test_to_uri(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    here = tmp_path.as_uri()
    assert to_uri("a b%20#?.yaml") == f"{here}/a%20b%2520%23%3F.yaml"
    assert to_uri("./x/../y.yaml") == f"{here}/y.yaml"
    assert to_uri("./a:b") == f"{here}/a%3Ab"
    assert to_uri("//a//b.yaml") == "file:///a//b.yaml"
    assert to_uri("D:/x/y.yaml") == "file:///D:/x/y.yaml"
    assert to_uri("https://h/a b") == "https://h/a%20b"
    assert to_uri("urn:uuid:1") == "urn:uuid:1"
    monkeypatch.setattr("arazzo_runner.reading.uris.os.sep", "\\")  # on Windows
    assert to_uri("x\\y.yaml") == f"{here}/x/y.yaml"


@pytest.mark.parametrize(
    "name", ["plain.yaml", "a b%20#?&é.yaml", "back\\slash.yaml", "[x].yaml", "a:b"]
)
def test_files_of_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"a: 1\n")
    document = Loader().load(str(tmp_path / name))
    assert document.data == {"a": 1}
    assert document.name == str(tmp_path / name)
    assert document.uri == to_uri(str(tmp_path / name))


def test_a_reference_is_resolved_and_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "p q.yaml").write_bytes(b"a: 1\n")
    fetched = []

    def fetch(uri: str) -> bytes:
        fetched.append(uri)
        return read_file(uri)

    loader = Loader(fetch)
    first = loader.load("specs/p q.yaml")
    second = loader.load("../specs/p%20q.yaml#/a", base=to_uri("flows/x.yaml"))
    assert first is second
    assert fetched == [to_uri("specs/p q.yaml")]
    assert first.name == "specs/p q.yaml"
    assert repr(first) == "Document('specs/p q.yaml')"
    assert (
        Loader().load("../specs/p%20q.yaml", base=to_uri("flows/x.yaml")).name == "specs/p q.yaml"
    )
    remote = Loader(lambda uri: b"a: 1").load("x.yaml", base="https://h/d/y.yaml")
    assert remote.name == remote.uri == "https://h/d/x.yaml"


def missing(reference: str) -> DocumentNotFound:
    with pytest.raises(DocumentNotFound) as caught:
        Loader().load(reference)
    return caught.value


def test_what_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "train.arazzo.yaml").write_bytes(b"a: 1")
    assert missing(str(tmp_path / "trian.arazzo.yml")).hint == "did you mean 'train.arazzo.yaml'?"
    assert missing(str(tmp_path / "qqqqqqqqqqqqqqqq")).hint is None
    assert "does not exist" in missing(str(tmp_path / "no" / "a.yaml")).hint
    assert "is a folder" in missing(str(tmp_path)).message
    assert "train.arazzo.yaml" in missing(str(tmp_path)).hint
    (tmp_path / "empty").mkdir()
    assert missing(str(tmp_path / "empty")).hint is None
    assert "cannot be read" in missing(str(tmp_path / "train.arazzo.yaml" / "x")).message
    assert "cannot be read" in missing("a\0b").message
    assert "cannot be read" in missing("x" * 5000).message
    for uri in ("https://h/a.yaml", "file://host/a.yaml", "http://[x", "urn:a:b"):
        assert "nothing that fetches URLs" in missing(uri).message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_forbidden_file(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: 1")
    path.chmod(0)
    assert "permission denied" in missing(str(path)).message


def test_permission_denied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert "permission denied" in missing(str(tmp_path / "a.yaml")).message
    monkeypatch.setattr(Path, "iterdir", refuse)
    monkeypatch.setattr(Path, "open", lambda *_: (_ for _ in ()).throw(IsADirectoryError()))
    assert missing(str(tmp_path)).hint is None
    monkeypatch.setattr(Path, "open", lambda *_: (_ for _ in ()).throw(FileNotFoundError()))
    assert missing(str(tmp_path / "a.yaml")).hint is None


def test_a_fetcher_that_fails() -> None:
    def fetch(uri: str) -> bytes:
        raise ConnectionError("refused")

    with pytest.raises(DocumentNotFound, match="https://h/a cannot be read: refused"):
        Loader(fetch).load("https://h/a")


def test_a_size_limit_stops_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: 1234\n")
    limits = Limits(max_bytes=4)
    with pytest.raises(DocumentSyntaxError, match="larger than 4 bytes"):
        Loader(limits=limits).load(str(path))
    with pytest.raises(DocumentSyntaxError, match="larger than 4 bytes"):
        Loader(lambda _: b"a: 1234", limits=limits).load(str(path))
    if Path("/dev/zero").exists():
        with pytest.raises(DocumentSyntaxError, match="larger than 4 bytes"):
            read_file("file:///dev/zero", max_bytes=4)


def test_a_document_without_a_name_shows_its_uri() -> None:
    assert parse_document(b"a: 1", uri="file:///x").name == "file:///x"
