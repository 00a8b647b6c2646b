"""Large payloads beside Temporal, by the hash of their content.

Temporal warns at 256 KB, refuses 2 MB, and keeps no history over 50 MB. What is larger than a limit
goes to a store that every worker and client reaches; the history has only its hash.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from arazzo_runner.errors import PayloadNotKept, PayloadTooLarge, PayloadUnreadable, UsageError
from arazzo_runner.execution.settings import Settings
from arazzo_runner.temporal.codec import ENCODING, payload_of
from arazzo_runner.values import Redactor

__all__ = ["INLINE", "BlobStore", "Blobs", "FolderBlobs", "checked", "open_blobs"]

INLINE: Final = 128 * 1024
"""Bytes up to which a payload stays in the history."""

_REFUSED: Final = 2 * 2**20 - 64 * 1024
"""Bytes of a payload that Temporal would refuse, with some room for what is around it."""

_IN_BLOB: Final = b"binary/arazzo-blob"
_HASH: Final = re.compile(r"[0-9a-f]{64}")


class BlobStore(Protocol):
    """Keeps bytes by their SHA-256, for any number of processes at once."""

    async def put(self, data: bytes) -> str:
        """Keep bytes; those that are there already become young again. Their hash.

        Raises:
            PayloadNotKept: they cannot be kept.
        """
        ...

    async def get(self, name: str) -> bytes:
        """The bytes with this hash, which has been checked.

        Raises:
            PayloadUnreadable: they are not there, or damaged.
        """
        ...


def open_blobs(
    place: str, *, settings: Settings | None = None, redactor: Redactor | None = None
) -> BlobStore:
    """The store at a place: a folder that all workers share, or ``s3://BUCKET/PREFIX``.

    Args:
        place: a path, or a URL as :mod:`arazzo_runner.temporal.s3_blobs` says.
        settings: how AWS credentials are found, and the network reached.
        redactor: learns the secrets of AWS credentials.

    Raises:
        UsageError: it is neither.
        CredentialsError: the AWS profile does not exist.
    """
    scheme = urlsplit(place).scheme if "://" in place else ""
    if not scheme:
        return FolderBlobs(Path(place).expanduser())
    if scheme == "s3":
        from arazzo_runner.temporal.s3_blobs import S3Blobs

        return S3Blobs.at(place, settings=settings, redactor=redactor)
    raise UsageError(
        f"there is no store for large payloads at '{scheme}:'",
        hint="give a folder, or s3://BUCKET/PREFIX",
    )


def checked(data: bytes, name: str, where: str) -> bytes:
    """The bytes, when they are those with this hash.

    Raises:
        PayloadUnreadable: they are others.
    """
    if sha256(data).hexdigest() != name:
        raise PayloadUnreadable(f"the payload {name} in {where} is damaged")
    return data


class FolderBlobs:
    """A folder, on one machine or on a file system that all workers mount.

    A file is there whole or not at all, and only its owner can read it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, data: bytes) -> str:
        """As :meth:`BlobStore.put`."""
        return await asyncio.to_thread(self._put, data)

    async def get(self, name: str) -> bytes:
        """As :meth:`BlobStore.get`."""
        return await asyncio.to_thread(self._get, name)

    def _put(self, data: bytes) -> str:
        name = sha256(data).hexdigest()
        path = self._path(name)
        try:
            if not _is_there(path, len(data)):
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                path.parent.mkdir(mode=0o700, exist_ok=True)
                _write(path, data)
        except OSError as error:
            raise PayloadNotKept(
                f"a payload of {len(data)} bytes cannot be written to '{self._folder}': "
                f"{error.strerror or error}"
            ) from None
        return name

    def _get(self, name: str) -> bytes:
        try:
            data = self._path(name).read_bytes()
        except FileNotFoundError:
            raise PayloadUnreadable(
                f"the payload {name} is not in '{self._folder}'",
                hint="every worker and client needs the --blobs that the run was started with, and "
                "what is in it as long as the run's history",
            ) from None
        except OSError as error:
            raise PayloadUnreadable(
                f"the payload {name} cannot be read from '{self._folder}': "
                f"{error.strerror or error}"
            ) from None
        return checked(data, name, f"'{self._folder}'")

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name[2:]


def _is_there(path: Path, size: int) -> bool:
    """Whether the file is there, whole; it is then young again, so that nobody removes it."""
    try:
        if path.stat().st_size != size:
            return False
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _write(path: Path, data: bytes) -> None:
    """Write a file that is there whole or not at all, also when the machine stops."""
    beside = path.with_name(f"{path.name}.{os.urandom(8).hex()}.tmp")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the name is on the disk too
    finally:
        os.close(folder)


class Blobs(PayloadCodec):
    """Moves payloads above a size to a store, and fetches them back.

    Without a store, a payload that Temporal would refuse is an error that says what to do.
    """

    def __init__(self, store: BlobStore | None, *, inline: int = INLINE) -> None:
        """``inline`` is the number of bytes up to which a payload stays where it is."""
        self._store = store
        self._inline = inline

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """The payloads; large ones are kept, and what goes on is their hash.

        Raises:
            PayloadTooLarge: one is too large for Temporal.
            PayloadNotKept: one cannot be kept.
        """
        return [await self._move(payload) for payload in payloads]

    async def _move(self, payload: Payload) -> Payload:
        size = len(payload.data)
        if self._store is None:
            if size > _REFUSED:
                raise PayloadTooLarge(
                    f"a payload of {size} bytes is more than Temporal takes (2 MB)",
                    hint="keep large ones in a store that all workers and clients reach: --blobs "
                    "FOLDER or --blobs s3://BUCKET/PREFIX",
                )
            return payload
        if size <= self._inline:
            return payload
        data = payload.SerializeToString(deterministic=True)
        name = await self._store.put(data)
        metadata = {ENCODING: _IN_BLOB, "size": str(len(data)).encode()}
        return Payload(metadata=metadata, data=name.encode())

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """The payloads as they were.

        Raises:
            PayloadUnreadable: one is not in the store, or there is no store.
        """
        return [
            await self._fetch(payload) if payload.metadata.get(ENCODING) == _IN_BLOB else payload
            for payload in payloads
        ]

    async def _fetch(self, payload: Payload) -> Payload:
        name = payload.data.decode("ascii", "replace")
        if not _HASH.fullmatch(name):  # or it could name any file
            raise PayloadUnreadable("a payload names no payload of the store")
        if self._store is None:
            raise PayloadUnreadable(
                f"the payload {name} is in a store for large payloads, and none is given",
                hint="give the one that the run was started with: --blobs PLACE",
            )
        data = await self._store.get(name)
        try:
            return payload_of(data)
        except ValueError:
            raise PayloadUnreadable(f"the payload {name} is none") from None
