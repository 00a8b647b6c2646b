"""Payloads on their way to Temporal and back: packed and encrypted.

Both codecs leave alone, on the way back, what they did not make: a run that began before there was
a key goes on.
"""

from __future__ import annotations

import asyncio
import os
import zlib
from collections.abc import Callable, Sequence
from typing import Final

from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from arazzo_runner.errors import PayloadUnreadable
from arazzo_runner.temporal.keys import Key

__all__ = ["ENCODING", "Encryption", "Packing", "payload_of"]

ENCODING: Final = "encoding"
_ENCRYPTED: Final = b"binary/encrypted"  # these names are those of Temporal's samples
_PACKED: Final = b"binary/zlib"
_CIPHER: Final = b"AES-256-GCM"
_KEY_ID: Final = "encryption-key-id"
_NONCE: Final = 12  # bytes
_STEADY: Final = 16 * 1024  # bytes from which equal payloads are encrypted equally
_WORTH_PACKING: Final = 16 * 1024  # bytes
_SAMPLE: Final = 8 * 1024  # bytes that say whether packing is worth its time, twice
_WORTH: Final = 0.6  # of its size
_LARGEST: Final = 512 * 2**20  # bytes that a packed payload may come to
_MUCH: Final = 256 * 1024  # bytes that are worth a thread


class Encryption(PayloadCodec):
    """Encrypts payloads, their metadata included, with AES-256-GCM.

    Large payloads get a nonce that is made of key and content: the documents of a thousand runs
    are then one blob. Whoever sees them learns that they are equal, no more. Small ones, which
    could be guessed, are different each time.
    """

    def __init__(self, keys: Sequence[Key]) -> None:
        """The first key encrypts; payloads of any of them are decrypted. Without keys nothing is
        encrypted, and what is encrypted is an error that says so.
        """
        self._first = keys[0] if keys else None
        self._keys = {key.id: key for key in keys}

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """The payloads, encrypted."""
        if self._first is None:
            return list(payloads)
        return [self._encrypt(payload, self._first) for payload in payloads]

    def _encrypt(self, payload: Payload, key: Key) -> Payload:
        data = payload.SerializeToString(deterministic=True)
        nonce = key.nonce(data) if len(data) >= _STEADY else os.urandom(_NONCE)
        return Payload(
            metadata={
                ENCODING: _ENCRYPTED,
                "encryption-cipher": _CIPHER,
                _KEY_ID: key.id.encode(),
            },
            data=nonce + key.cipher.encrypt(nonce, data, _bound_to(key)),
        )

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """The payloads as they were.

        Raises:
            PayloadUnreadable: the key of one is not known, or it is not what was encrypted.
        """
        return [
            self._decrypt(payload) if payload.metadata.get(ENCODING) == _ENCRYPTED else payload
            for payload in payloads
        ]

    def _decrypt(self, payload: Payload) -> Payload:
        from cryptography.exceptions import InvalidTag

        name = payload.metadata.get(_KEY_ID, b"")[:16].decode("ascii", "replace")
        key = self._keys.get(name)
        if key is None:
            known = ", ".join(self._keys) or "none"
            raise PayloadUnreadable(
                f"this run is encrypted with the key {name!r}, which is not known here (known: "
                f"{known})",
                hint="--codec-key gives the key that the run was started with; a file of several "
                "keys, the newest first, reads all of their runs",
            )
        nonce, text = payload.data[:_NONCE], payload.data[_NONCE:]
        try:
            return payload_of(key.cipher.decrypt(nonce, text, _bound_to(key)))
        except (InvalidTag, ValueError):
            raise PayloadUnreadable(
                f"a payload that was encrypted with the key {name!r} has been changed or damaged"
            ) from None


def _bound_to(key: Key) -> bytes:
    return b"arazzo 1 " + key.id.encode()


class Packing(PayloadCodec):
    """Packs larger payloads with zlib: descriptions of APIs come to a tenth, and most of them stay
    below Temporal's limit of 2 MB.
    """

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """The payloads, packed where that makes them smaller."""
        return [await _worked(_packed, payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """The payloads as they were.

        Raises:
            PayloadUnreadable: one cannot be unpacked.
        """
        return [
            await _worked(_unpacked, payload)
            if payload.metadata.get(ENCODING) == _PACKED
            else payload
            for payload in payloads
        ]


async def _worked(work: Callable[[Payload], Payload], payload: Payload) -> Payload:
    """Small things at once, large ones beside the event loop."""
    if len(payload.data) < _MUCH:
        return work(payload)
    return await asyncio.to_thread(work, payload)


def _packed(payload: Payload) -> Payload:
    data = payload.data
    if len(data) < _WORTH_PACKING:
        return payload
    middle = len(data) // 2
    sample = data[:_SAMPLE] + data[middle : middle + _SAMPLE]
    if len(zlib.compress(sample)) > _WORTH * len(sample):
        return payload  # a picture: much work for little
    packed = zlib.compress(payload.SerializeToString(deterministic=True))
    return Payload(metadata={ENCODING: _PACKED}, data=packed)


def _unpacked(payload: Payload) -> Payload:
    unpacking = zlib.decompressobj()
    try:
        data = unpacking.decompress(payload.data, _LARGEST)
        if unpacking.eof:
            return payload_of(data)
    except (zlib.error, ValueError):
        pass
    raise PayloadUnreadable("a packed payload is damaged")


def payload_of(data: bytes) -> Payload:
    """The payload that was serialized.

    Raises:
        ValueError: this is no payload.
    """
    try:
        return Payload.FromString(data)
    except DecodeError:
        raise ValueError("no payload") from None
