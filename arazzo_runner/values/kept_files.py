"""Small things kept between processes as JSON, a file each, in a folder that does not grow."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

__all__ = ["KeptFiles"]

_STALE_SECONDS: Final = 3600
_EVERY: Final = 64  # things that are kept from one look at the whole folder to the next


class KeptFiles:
    """JSON by key. Never an error: what cannot be kept or read is not there.

    Keys are names of files: hashes of whatever the data depend on. A damaged file is removed. When
    there are more than ``most`` or they take more than ``most_bytes``, those used longest ago go,
    down to half, and so does what killed processes left half-written.
    """

    def __init__(
        self, folder: Path | None, *, most: int = 4096, most_bytes: int = 64 * 2**20
    ) -> None:
        self._folder = folder
        self._most = most
        self._most_bytes = most_bytes
        self._puts = 0

    def get(self, key: str) -> Any:
        """The data of a key; None when there are none."""
        if self._folder is None:
            return None
        path = self._path(self._folder, key)
        try:
            text = path.read_bytes()
        except OSError:
            return None
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            self.forget(key)
            return None
        with suppress(OSError):
            os.utime(path)
        return data

    def put(self, key: str, data: Any) -> None:
        """Keep data, not None, that JSON can express."""
        if self._folder is None:
            return
        from arazzo_runner.values.whole_files import write_whole

        text = json.dumps(data, ensure_ascii=False).encode("utf-8", "backslashreplace")
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self._path(self._folder, key), text, mode=0o600, lasting=False)
            if self._puts % _EVERY == 0:
                self._evict(self._folder)
            self._puts += 1

    def forget(self, key: str) -> None:
        """Remove what is not what it should be."""
        if self._folder is not None:
            with suppress(OSError):
                self._path(self._folder, key).unlink()

    @staticmethod
    def _path(folder: Path, key: str) -> Path:
        return folder / f"{key}.json"

    def _evict(self, folder: Path) -> None:
        found = []
        with os.scandir(folder) as entries:
            for entry in entries:
                with suppress(OSError):  # another process is as busy
                    status = entry.stat(follow_symlinks=False)
                    if entry.name.endswith(".json"):
                        found.append((status.st_mtime, status.st_size, entry.path))
                    elif status.st_mtime < time.time() - _STALE_SECONDS:
                        Path(entry.path).unlink()
        count, size = len(found), sum(size for _, size, _ in found)
        if count <= self._most and size <= self._most_bytes:
            return
        for _, taken, path in sorted(found):
            if count <= self._most // 2 and size <= self._most_bytes // 2:
                return
            with suppress(OSError):
                Path(path).unlink()
            count, size = count - 1, size - taken
