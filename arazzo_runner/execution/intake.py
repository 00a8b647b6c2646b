"""An answer's body as it comes in: decoded, bounded, kept in memory or written to a file."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import BinaryIO, Final

from arazzo_runner.errors import TransportError, UsageError
from arazzo_runner.execution.decoding import Decoder, decoder_for
from arazzo_runner.openapi import is_binary_type
from arazzo_runner.values import File, Headers
from arazzo_runner.values.media_types import essence

__all__ = ["Download", "Intake", "download_folder"]

_SUFFIX: Final = re.compile(r"""filename\*?=[^;]*(\.[A-Za-z0-9]{1,10})["']?\s*(?:;|$)""")
_ODD: Final = re.compile(r"[^A-Za-z0-9_.\-]+")
_MOST_NAMES: Final = 100_000


def download_folder(path: str | os.PathLike[str]) -> Path:
    """The folder, made if it is not there.

    Raises:
        UsageError: it cannot be made or written to.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the folder '{folder}': {error.strerror}") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"cannot write to the folder '{folder}'")
    return folder.absolute()


class Intake:
    """Takes the bytes of one answer. :meth:`finish` gives them, or the file that has them."""

    __slots__ = ("_decoder", "_hint", "_limit", "_parts", "_size", "download", "note")

    def __init__(self, headers: Headers, limit: int, download: Download | None = None) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0
        self._decoder: Decoder | None = None
        self.note: str | None = None
        self._hint = ""
        self.download = download
        for name, value in headers:
            if len(name) == 12 and name.lower() == "content-type" and is_binary_type(value):
                self._hint = "; --download-dir saves binary answers of any size to files"
            if len(name) == 16 and name.lower() == "content-encoding":
                self._decoder, self.note = decoder_for(value)

    def take(self, chunk: bytes) -> None:
        """The next bytes.

        Raises:
            TransportError: too many, or the file cannot be written.
            BadEncoding: they are not what the encoding says.
        """
        if self._decoder is None:
            self._keep(chunk)
        else:
            for piece in self._decoder.feed(chunk):
                self._keep(piece)

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self.download is not None:
            self.download.write(piece)
        elif self._size > self._limit:
            raise TransportError(
                f"the answer is larger than {self._limit / 2**20:g} MiB, the limit{self._hint}",
                kind="size",
            )
        else:
            self._parts.append(piece)

    def finish(self) -> bytes | File:
        """All of it.

        Raises:
            TransportError: the file cannot be written.
            BadEncoding: the encoded body ended too early.
        """
        if self._decoder is not None:
            self._decoder.finish()
        if self.download is not None:
            return self.download.finish()
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)

    def close(self) -> None:
        """Leave nothing half done behind."""
        if self.download is not None:
            self.download.close()


class Download:
    """A file of the download folder while it is written: it gets its name when it is whole.

    Args:
        folder: where to write.
        name: what the file is called, usually the step; no other file is ever overwritten, a
            number is added instead.
        content_type, headers: of the answer; the suffix comes from them.
    """

    def __init__(self, folder: Path, name: str, content_type: str, headers: Headers = ()) -> None:
        self._folder = folder
        self._stem = _ODD.sub("_", name).strip("._")[:100] or "answer"
        self._suffix = _suffix(content_type, headers)
        self._media_type = essence(content_type) or "application/octet-stream"
        self._part: Path | None = folder / f".{self._stem}.{os.urandom(6).hex()}.part"
        self._file: BinaryIO | None = None

    @classmethod
    def wanted(
        cls, folder: Path | None, name: str, method: str, status: int, headers: Headers
    ) -> Download | None:
        """The download of an answer that is binary by what it says of itself; else None."""
        if folder is None or method == "HEAD" or not 200 <= status < 300:
            return None
        content_type = next((v for k, v in headers if k.lower() == "content-type"), "")
        return cls(folder, name, content_type, headers) if is_binary_type(content_type) else None

    def write(self, piece: bytes) -> None:
        """More of its content.

        Raises:
            TransportError: it cannot be written.
        """
        try:
            if self._file is None:
                assert self._part is not None
                self._file = self._part.open("xb")
            self._file.write(piece)
        except OSError as error:
            raise self._failed(error) from None

    def finish(self) -> File | bytes:
        """The file, whole and under its name; no bytes when there were none.

        Raises:
            TransportError: it cannot be written.
        """
        if self._file is None or self._part is None:
            return b""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            path = self._named(self._part)
        except OSError as error:
            raise self._failed(error) from None
        self._part = None
        return File(path, media_type=self._media_type)

    def _named(self, part: Path) -> Path:
        for number in range(1, _MOST_NAMES):
            extra = "" if number == 1 else f"-{number}"
            path = self._folder / f"{self._stem}{extra}{self._suffix}"
            try:
                os.link(part, path)  # unlike a rename, it never replaces a file
            except FileExistsError:
                continue
            except OSError:  # a file system without links
                if path.exists():
                    continue
                part.replace(path)
                return path
            part.unlink()
            return path
        raise FileExistsError(17, "too many files of one name")

    def _failed(self, error: OSError) -> TransportError:
        return TransportError(
            f"cannot write the answer to '{self._folder}': {error.strerror}", kind="file"
        )

    def close(self) -> None:
        """Remove what is not whole."""
        if self._file is not None:
            self._file.close()
        if self._part is not None:
            self._part.unlink(missing_ok=True)


def _suffix(content_type: str, headers: Headers) -> str:
    """From the file name that the server gives, else by the media type. Only letters and digits."""
    from mimetypes import guess_extension

    for name, value in headers:
        if name.lower() == "content-disposition" and (match := _SUFFIX.search(value)):
            return match[1]
    return guess_extension(essence(content_type), strict=False) or ".bin"
