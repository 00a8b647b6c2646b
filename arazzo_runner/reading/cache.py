"""Parsed descriptions kept on disk as JSON, found again by the hash of their text."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from zlib import crc32

from arazzo_runner.reading.kept_object import join, split
from arazzo_runner.reading.limits import Limits
from arazzo_runner.reading.yaml_builder import collector_paused
from arazzo_runner.values import Json

__all__ = ["DescriptionCache"]

READER_VERSION = "3"
"""Part of every key: to be raised when the reader gives other data for the same text, or when
entries are written differently."""

_SMALLEST_TEXT = 256 * 1024
_SUFFIX = ".json"
_STALE_SECONDS = 3600


class DescriptionCache:
    """Parsed data by content hash. Never an error: what cannot be kept or read is parsed again.

    An entry is one line with the checksum of what follows, then JSON in parts (``kept_object``).
    Entries are written beside their name and moved into place, so other processes see a whole
    entry or none. A damaged one is removed. The oldest unused entries go when the folder grows
    over ``max_bytes``.
    """

    __slots__ = ("folder", "max_bytes")

    def __init__(self, folder: str | Path, *, max_bytes: int = 256 * 2**20) -> None:
        self.folder = Path(folder)
        self.max_bytes = max_bytes

    def get(self, text: bytes, limits: Limits) -> tuple[Json, bool] | None:
        """The data of a text and whether the text is JSON, or None when it is not kept here."""
        if len(text) < _SMALLEST_TEXT:
            return None
        path = self._path(text, limits)
        try:
            entry = path.read_bytes()
        except OSError:
            return None
        line_end = entry.find(b"\n", 0, 200)
        body = memoryview(entry)[line_end + 1 :]
        is_json = entry.startswith(b"json ")
        if line_end < 0 or entry[:line_end] != _header(body, is_json):
            self._remove(path)
            return None
        try:
            with collector_paused():
                data = join(entry, line_end + 1)
            os.utime(path)
        except OSError:
            pass
        except (ValueError, RecursionError):
            self._remove(path)
            return None
        return data, is_json

    def put(self, text: bytes, limits: Limits, data: Json, is_json: bool) -> None:
        """Keeps the data of a text, when the text is large enough for that to pay."""
        if len(text) < _SMALLEST_TEXT:
            return
        try:
            body = split(data)
        except (ValueError, RecursionError):
            return
        if len(body) > min(self.max_bytes, 4 * len(text)):  # aliases made it large
            return
        path = self._path(text, limits)
        part = path.with_suffix(f".{os.getpid()}-{time.monotonic_ns()}.part")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with part.open("xb") as file:
                file.write(_header(body, is_json) + b"\n")
                file.write(body)
            part.replace(path)
            self._evict(path)
        except OSError:
            self._remove(part)

    def _path(self, text: bytes, limits: Limits) -> Path:
        from arazzo_runner.values.digests import blake2b

        key = blake2b(f"{READER_VERSION} {limits}\n".encode(), digest_size=20)
        key.update(text)
        return self.folder / (key.hexdigest() + _SUFFIX)

    def _evict(self, newest: Path) -> None:
        """Removes the entries used longest ago, and what a killed process left half-written."""
        entries = []
        with os.scandir(self.folder) as found:
            for item in found:
                status = item.stat(follow_symlinks=False)
                if item.name.endswith(_SUFFIX):
                    entries.append((status.st_mtime, status.st_size, item.name))
                elif item.name.endswith(".part") and status.st_mtime < time.time() - _STALE_SECONDS:
                    self._remove(self.folder / item.name)
        total = sum(size for _, size, _ in entries)
        for _, size, name in sorted(entries):
            if total <= self.max_bytes:
                break
            if name != newest.name:
                self._remove(self.folder / name)
                total -= size

    def _remove(self, path: Path) -> None:
        with suppress(OSError):
            path.unlink()


def _header(body: bytes | memoryview, is_json: bool) -> bytes:
    # A checksum against damage, not against people: the folder is its owner's alone.
    kind = "json" if is_json else "yaml"
    return f"{kind} {len(body)} {crc32(body):08x}".encode()
