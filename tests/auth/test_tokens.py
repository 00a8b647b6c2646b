"""The store of tokens: rights, half-written and foreign files, several processes."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from arazzo_runner.auth import tokens
from arazzo_runner.auth.tokens import Token, TokenStore, token_key
from arazzo_runner.errors import CredentialsError
from tests.support.paths import REPOSITORY

TOKEN = Token("access-1", 100.0, 200.0, "refresh-1", "Bearer", "read")


def test_kept_and_forgotten(tmp_path: Path) -> None:
    for store in (TokenStore(tmp_path / "a" / "b"), TokenStore(None)):
        assert store.get("k") is None
        store.put("k", TOKEN, {"origin": "o", "scheme": "s"})
        store.put("l", Token("access-2", 100.0), {"origin": "o", "scheme": "t"})
        assert store.get("k") == TOKEN
        assert store.get("l") == Token("access-2", 100.0)
        assert store.forget({"origin": "p"}) == 0
        assert store.forget({"origin": "o", "scheme": "s"}) == 1
        assert (store.get("k"), store.get("l") is None) == (None, False)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"version": 2}', '{"version": 1, "access_token": 1}', "null"]
)
def test_files_that_cannot_be_read_are_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "k.json").write_text(text)
    store = TokenStore(tmp_path)
    assert store.get("k") is None
    assert store.forget({"origin": "o"}) == 0
    store.put("k", TOKEN, {})
    assert store.get("k") == TOKEN


def test_rights_are_the_owners(tmp_path: Path) -> None:
    folder = tmp_path / "tokens"
    folder.mkdir(mode=0o755)
    TokenStore(folder).put("k", TOKEN, {})
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "k.json").stat().st_mode) == 0o600


def test_a_folder_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(CredentialsError, match="belongs to somebody else"):
        TokenStore(tmp_path).put("k", TOKEN, {})


def test_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = TokenStore(tmp_path)
    store.put("k", TOKEN, {})

    def fails(_: int) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(tokens.os, "fsync", fails)
    with pytest.raises(OSError, match="full"):
        store.put("k", Token("other", 1.0), {})
    assert store.get("k") == TOKEN
    assert [path.name for path in tmp_path.iterdir()] == ["k.json"]


def test_a_place_that_cannot_be_used_locks_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with TokenStore(tmp_path / "file").locked("k"):
        pass
    with TokenStore(None).locked("k"):
        pass


def test_freshness() -> None:
    assert Token("a", 0.0).is_fresh(10**12)
    assert TOKEN.is_fresh(189.9)
    assert not TOKEN.is_fresh(190.0)
    assert not Token("a", 0.0, 1000.0).is_fresh(970.0)


def test_nothing_secret_in_a_representation() -> None:
    assert "access-1" not in repr(TOKEN)
    assert "refresh-1" not in repr(TOKEN)


def test_keys_depend_on_every_part() -> None:
    assert token_key(a="1", b=None) != token_key(a="1", b="")
    assert token_key(a="1") == token_key(a="1")


COUNT = """
import sys
from pathlib import Path
from arazzo_runner.auth.tokens import Token, TokenStore
store = TokenStore(Path(sys.argv[1]))
for _ in range(50):
    with store.locked("k"):
        token = store.get("k")
        number = int(token.access_token) if token else 0
        store.put("k", Token(str(number + 1), 0.0), {})
"""


def test_several_processes(tmp_path: Path) -> None:
    command = [sys.executable, "-c", COUNT, str(tmp_path / "tokens")]
    children = [subprocess.Popen(command, cwd=REPOSITORY) for _ in range(4)]
    assert [child.wait(60) for child in children] == [0] * 4
    kept = TokenStore(tmp_path / "tokens").get("k")
    assert kept is not None
    assert kept.access_token == "200"
    data = json.loads((tmp_path / "tokens" / "k.json").read_text())
    assert data["about"] == {}
