"""Binary answers in files: whole or not at all, under names that no server chooses."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arazzo_runner.errors import TransportError, UsageError
from arazzo_runner.execution.http import Context, HttpSettings
from arazzo_runner.execution.intake import Download, Intake
from arazzo_runner.values import ABSENT, File, Request, Response
from tests.execution.test_redirects import both
from tests.support import answers
from tests.support.answers import Answer
from tests.support.endpoint import Endpoint

Send = Callable[..., Response]
PNG = (("Content-Type", "image/png"),)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def get(send: Send, folder: Path, answer: Answer, name: str = "photo", **more: Any) -> Response:
    with Endpoint([answer]) as end:
        request = Request(more.pop("method", "GET"), end.url + "/")
        return send(request, Context(name=name), downloads=folder, **more)


@both
def test_a_binary_answer_is_a_file(send: Send, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    response = get(send, folder, Answer(200, PNG, b"\x89PNG" * 100_000))
    assert response.body == File(folder / "photo.png")
    assert (folder / "photo.png").read_bytes() == b"\x89PNG" * 100_000
    assert (response.size, response.content_type) == (400_000, "image/png")
    assert response.body.media_type == "image/png"
    assert names(folder) == ["photo.png"]


@both
def test_no_file_is_overwritten(send: Send, tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(b"mine")
    for number in (2, 3):
        response = get(send, tmp_path, Answer(200, PNG, b"new"))
        assert response.body == File(tmp_path / f"photo-{number}.png")
    assert (tmp_path / "photo.png").read_bytes() == b"mine"


@both
def test_no_limit_for_files_and_one_for_memory(send: Send, tmp_path: Path) -> None:
    body = os.urandom(5000)
    response = get(send, tmp_path, answers.chunked(Answer(200, PNG, body), 10), limit=1000)
    assert isinstance(response.body, File)
    assert response.size == 5000
    hint = pytest.raises(TransportError, match="--download-dir saves binary answers")
    with Endpoint([Answer(200, PNG, body)]) as end, hint:
        send(Request("GET", end.url + "/"), limit=1000)
    with pytest.raises(TransportError, match=r"the limit$"):
        get(send, tmp_path, Answer(200, (("Content-Type", "text/csv"),), body), limit=1000)


@both
def test_an_encoded_answer_is_decoded_on_the_way(send: Send, tmp_path: Path) -> None:
    response = get(send, tmp_path, answers.gzipped(Answer(200, PNG, b"0" * 3_000_000)))
    assert Path(response.body.path).read_bytes() == b"0" * 3_000_000


@both
@pytest.mark.parametrize(
    "broken",
    [
        answers.truncated(Answer(200, PNG, b"x" * 5000)),
        answers.truncated(answers.chunked(Answer(200, PNG, b"x" * 5000), 5)),
        Answer(200, (*PNG, ("Content-Encoding", "gzip")), b"no gzip"),
    ],
    ids=["truncated", "chunks", "no gzip"],
)
def test_never_half_a_file(send: Send, broken: Answer, tmp_path: Path) -> None:
    with pytest.raises(TransportError):
        get(send, tmp_path, broken)
    assert names(tmp_path) == []


@both
@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (Answer(404, PNG, b"\xff"), File),
        (Answer(200, PNG, b""), type(ABSENT)),
        (Answer(200, (("Content-Type", "text/plain"),), b"text"), str),
        (Answer(200, (("Content-Type", "application/json"),), b"{}"), dict),
        (Answer(200, (("Content-Type", "application/unknown"),), b"\x00\xff"), File),
        (Answer(200, (), b"\x00\xff" * 100), File),
    ],
)
def test_what_becomes_a_file(send: Send, answer: Answer, body: type, tmp_path: Path) -> None:
    response = get(send, tmp_path, answer)
    assert isinstance(response.body, body)
    assert len(names(tmp_path)) == (body is File)


@both
def test_the_answer_to_head_has_no_file(send: Send, tmp_path: Path) -> None:
    def head(line: answers.Line, answer: Answer) -> bool:
        line.send(answer.head(("Content-Length", "5000")))
        return True

    response = get(send, tmp_path, Answer(200, PNG, b"", head), method="HEAD")
    assert (response.status, response.body, names(tmp_path)) == (200, ABSENT, [])


@pytest.mark.parametrize(
    ("name", "content_type", "disposition", "expected"),
    [
        ("step", "application/pdf", "", "step.pdf"),
        ("step", "application/x-nobody-knows", "", "step.bin"),
        ("step", "", "", "step.bin"),
        ("step", "application/pdf", 'attachment; filename="a b.docx"', "step.docx"),
        ("step", "application/pdf", "attachment; filename*=UTF-8''%e2%82%ac.txt", "step.txt"),
        ("step", "application/pdf", "attachment; filename=../../etc/passwd", "step.pdf"),
        ("step", "application/pdf", 'attachment; filename="x.a/../../b"', "step.pdf"),
        ("step", "application/pdf", 'attachment; filename="x.sh;y"', "step.sh"),
        ("../../evil", "application/pdf", "", "evil.pdf"),
        ("a/b c\0d", "application/pdf", "", "a_b_c_d.pdf"),
        ("...", "application/pdf", "", "answer.pdf"),
        ("x" * 300, "application/pdf", "", "x" * 100 + ".pdf"),
    ],
)
def test_names(
    name: str, content_type: str, disposition: str, expected: str, tmp_path: Path
) -> None:
    headers = (("Content-Disposition", disposition),) if disposition else ()
    download = Download(tmp_path, name, content_type, headers)
    download.write(b"x")
    file = download.finish()
    assert isinstance(file, File)
    assert file.path == str(tmp_path / expected)


def test_folders_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageError, match="cannot make the folder"):
        HttpSettings(downloads=tmp_path / "file")
    with pytest.raises(UsageError, match="cannot make the folder"):
        HttpSettings(downloads=tmp_path / "file" / "deeper")


def test_a_folder_that_goes_away(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    download = Download(folder, "a", "image/png")
    folder.rmdir()
    intake = Intake((), 10, download)
    with pytest.raises(TransportError, match="cannot write the answer") as caught:
        intake.take(b"x")
    intake.close()
    assert caught.value.kind == "file"


def test_a_folder_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    download = Download(tmp_path, "a", "image/png")
    download.write(b"x")
    with pytest.raises(TransportError, match="No space left"):
        download.finish()
    download.close()
    assert names(tmp_path) == []


def test_names_that_are_all_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arazzo_runner.execution.intake._MOST_NAMES", 2)
    (tmp_path / "a.png").write_bytes(b"")
    download = Download(tmp_path, "a", "image/png")
    download.write(b"x")
    with pytest.raises(TransportError, match="too many files"):
        download.finish()
    download.close()
    assert names(tmp_path) == ["a.png"]


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    for expected in ("a.png", "a-2.png"):
        download = Download(tmp_path, "a", "image/png")
        download.write(b"x")
        file = download.finish()
        assert isinstance(file, File)
        assert file.path == str(tmp_path / expected)
    assert names(tmp_path) == ["a-2.png", "a.png"]


def test_an_encoding_that_cannot_be_undone_is_noted(tmp_path: Path) -> None:
    from tests.execution.test_redirects import send_sync

    with Endpoint([Answer(200, (("Content-Encoding", "magic"),), b"text")]) as end:
        response = send_sync(Request("GET", end.url + "/"))
    assert response.body == b"text"
    assert (
        response.note
        == "the body is encoded with 'magic', which is not known: it is left as it came"
    )
