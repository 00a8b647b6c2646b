"""OAuth2 tokens and the folder that keeps them between runs.

The folder is the owner's alone (0700), and so is each file (0600). A file is written beside its
place and moved there, so nobody reads half of one; a lock keeps two processes from renewing the
same token at once, which would cost one of them a refresh token that may be used only once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from arazzo_runner.errors import CredentialsError
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values.whole_files import write_whole

__all__ = ["Token", "TokenStore", "token_key"]

_MARGIN: Final = 30.0  # seconds before its end that a token is renewed
_VERSION: Final = 1


class Token(NamedTuple):
    """An access token. Times are seconds since the epoch; without ``expires_at`` it is used until
    a server refuses it."""

    access_token: str
    obtained_at: float
    expires_at: float | None = None
    refresh_token: str | None = None
    token_type: str = "Bearer"  # noqa: S105
    scope: str | None = None

    def is_fresh(self, now: float) -> bool:
        """Whether it can still be used: not in the last 30 s (or tenth) of its life."""
        if self.expires_at is None:
            return True
        margin = min(_MARGIN, (self.expires_at - self.obtained_at) / 10)
        return now < self.expires_at - margin

    def __repr__(self) -> str:
        return f"Token(expires_at={self.expires_at!r})"


def token_key(**parts: str | None) -> str:
    """The name of a token's file: a hash of everything that it depends on."""
    import hashlib

    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]


class TokenStore:
    """Tokens by key. Without a folder they are kept as long as the store is."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._memory: dict[str, tuple[Token, Mapping[str, str]]] = {}

    @contextmanager
    def locked(self, key: str) -> Iterator[None]:
        """Nobody else on this machine renews the token meanwhile. May block."""
        if self._folder is None or not self._usable():
            yield
            return
        lock = _private(self._folder / f"{key}.lock", os.O_CREAT | os.O_RDWR)
        try:
            with _file_lock(lock):
                yield
        finally:
            os.close(lock)

    def get(self, key: str) -> Token | None:
        """The token; None when there is none, or none that can be read."""
        if self._folder is None:
            kept = self._memory.get(key)
            return kept[0] if kept else None
        try:
            return _token(json.loads((self._folder / f"{key}.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def put(self, key: str, token: Token, about: Mapping[str, str]) -> None:
        """Keep a token. ``about`` says whose it is: it is found by that to forget it.

        Raises:
            OSError: it cannot be written.
            CredentialsError: the folder is somebody else's.
        """
        if self._folder is None:
            self._memory[key] = (token, about)
            return
        self._make_folder()
        data = {"version": _VERSION, "about": dict(about), **token._asdict()}
        text = json.dumps(data).encode()
        write_whole(self._folder / f"{key}.json", text, mode=0o600)

    def forget(self, about: Mapping[str, str]) -> int:
        """Forget every token that was kept with all of this; how many there were."""
        if self._folder is None:
            mine = [key for key, kept in self._memory.items() if _is_part(about, kept[1])]
            for key in mine:
                del self._memory[key]
            return len(mine)
        count = 0
        for path in sorted(self._folder.glob("*.json")):
            with suppress(OSError, ValueError, TypeError, AttributeError, KeyError):
                if _is_part(about, json.loads(path.read_text("utf-8"))["about"]):
                    path.unlink()
                    count += 1
        return count

    def _make_folder(self) -> None:
        folder = self._folder
        assert folder is not None
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name == "posix":
            state = folder.stat()
            if state.st_uid != os.getuid():
                raise CredentialsError(
                    f"the folder of tokens '{folder}' belongs to somebody else",
                    hint="set XDG_STATE_HOME to a folder of your own",
                )
            if state.st_mode & 0o077:
                folder.chmod(0o700)

    def _usable(self) -> bool:
        try:
            self._make_folder()
        except OSError:
            return False
        return True


def _is_part(some: Mapping[str, str], whole: Mapping[str, str]) -> bool:
    return all(whole.get(name) == value for name, value in some.items())


def _token(data: Mapping[str, Any]) -> Token:
    if data["version"] != _VERSION:
        raise ValueError("written by another version")
    expires, refresh = data["expires_at"], data["refresh_token"]
    return Token(
        str(data["access_token"]),
        float(data["obtained_at"]),
        None if expires is None else float(expires),
        None if refresh is None else str(refresh),
        str(data["token_type"]),
        None if data["scope"] is None else str(data["scope"]),
    )


def _private(path: Path, flags: int) -> int:
    """Open a file that is made for its owner alone."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)


@contextmanager
def _file_lock(descriptor: int) -> Iterator[None]:
    if os.name == "posix":
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)  # gone when the file is closed
        yield
    else:  # pragma: no cover - Windows
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
        try:
            yield
        finally:
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined]
