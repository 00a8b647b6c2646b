"""Files as values, and bodies that are sent in pieces.

A :class:`File` comes from the caller alone: from ``-i NAME=@PATH``, from ``arazzo.File(PATH)``, or
from an answer that was written to the download folder. No text of a document or of an answer ever
becomes one, so a document cannot name a file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from arazzo_runner.errors import TransportError, UsageError
from arazzo_runner.values.json_values import Json

__all__ = ["File", "Stream"]

_PIECE: Final = 256 * 1024
_PLAIN: Final = "application/octet-stream"


class File:
    """A file to send, or one that was received. It is never changed, and read when it is sent.

    Args:
        path: a regular file that can be read; its place is kept as an absolute path.
        name: the file name to tell the server; by default the last part of the path.
        media_type: by default guessed from the name.

    Attributes:
        size: its length in bytes when it was given: exactly so much is sent.
        token: a random text, so that nobody can foresee the boundary of a body with this file.

    Raises:
        UsageError: there is no such regular file, or it cannot be read.
    """

    __slots__ = ("media_type", "modified", "name", "path", "size", "token")

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        media_type: str | None = None,
    ) -> None:
        place = Path(path)
        try:
            with place.open("rb") as opened:
                status = os.fstat(opened.fileno())
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise UsageError(f"cannot read the file '{place}': {why}") from None
        if not place.is_file():
            raise UsageError(f"'{place}' is not a regular file")
        self.path: str = str(place.absolute())
        shown = place.name if name is None else name
        # Names of files may hold bytes that are no UTF-8.
        self.name: str = shown.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        self.media_type: str = media_type or _guessed(self.name)
        self.size: int = status.st_size
        self.modified: int = status.st_mtime_ns
        self.token: str = os.urandom(8).hex()

    def to_json(self) -> dict[str, Json]:
        """All of it as JSON data, but not the content."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, data: dict[str, Json]) -> File:
        """What :meth:`to_json` gave. The file need not be there (any more)."""
        file = cls.__new__(cls)
        for name in cls.__slots__:
            setattr(file, name, data[name])
        return file

    def pieces(self) -> Iterator[bytes]:
        """The content.

        Raises:
            TransportError: it cannot be read, or its length has changed.
        """
        left = self.size
        try:
            with Path(self.path).open("rb") as opened:
                while piece := opened.read(_PIECE):
                    left -= len(piece)
                    if left < 0:
                        break
                    yield piece
        except OSError as error:
            raise TransportError(
                f"cannot read the file '{self.path}': {error.strerror}", kind="file"
            ) from None
        if left:
            raise TransportError(
                f"the file '{self.path}' has another length than when it was given", kind="file"
            )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, File) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> tuple[str, str, str, int, int]:
        return self.path, self.name, self.media_type, self.size, self.modified

    def __repr__(self) -> str:
        return f"File({self.path!r}, {self.media_type}, {self.size} bytes)"


class Stream:
    """A body of known length in pieces, which can be sent again: bytes and files, in order."""

    __slots__ = ("parts", "size")

    def __init__(self, parts: Sequence[bytes | File]) -> None:
        self.parts = tuple(parts)
        self.size = sum(part.size if isinstance(part, File) else len(part) for part in self.parts)

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[bytes]:
        """The bytes; files are opened one after the other.

        Raises:
            TransportError: as :meth:`File.pieces`.
        """
        for part in self.parts:
            if isinstance(part, File):
                yield from part.pieces()
            elif part:
                yield part

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream) and self.parts == other.parts

    def __hash__(self) -> int:
        return hash(self.parts)

    def __repr__(self) -> str:
        return f"Stream({self.size} bytes in {len(self.parts)} parts)"

    def sha256(self) -> str:
        """The hash in hexadecimal. A file that has not changed is read once for all requests.

        Raises:
            TransportError: as :meth:`File.pieces`.
        """
        return _sha256(self)


@lru_cache(maxsize=64)
def _sha256(stream: Stream) -> str:
    from hashlib import sha256

    digest = sha256()
    for piece in stream:
        digest.update(piece)
    return digest.hexdigest()


def _guessed(name: str) -> str:
    from mimetypes import guess_type

    kind, encoding = guess_type(name, strict=False)
    if encoding is not None:  # data.csv.gz is not text/csv
        return {"gzip": "application/gzip"}.get(encoding, _PLAIN)
    return kind or _PLAIN
