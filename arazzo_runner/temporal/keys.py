"""Keys that payloads are encrypted with: where they are, never themselves, on a command line."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from arazzo_runner.auth.references import describe_reference, is_literal, read_reference
from arazzo_runner.errors import CredentialsError
from arazzo_runner.values import Redactor

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ["Key", "load_keys"]

_LENGTH: Final = 32  # bytes: AES-256
_HEX: Final = re.compile(r"[0-9a-fA-F]{64}")
_HOW: Final = "a key is 32 random bytes in base64: openssl rand -base64 32"


class Key:
    """One key. What is used is derived from it, so that its id says nothing about it.

    Args:
        raw: 32 random bytes.

    Raises:
        CredentialsError: the package cryptography is not installed.

    Attributes:
        id: eight hexadecimal digits that name the key, and may be shown.
        cipher: AES-256-GCM with it.
    """

    __slots__ = ("_naming", "cipher", "id")

    def __init__(self, raw: bytes) -> None:
        try:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        except ImportError:
            raise CredentialsError(
                "encrypting runs needs the package cryptography",
                hint="install the extra: pip install 'arazzo-workflow-engine[temporal]'",
            ) from None
        self.id: str = _derived(raw, b"id").hex()[:8]
        self.cipher: AESGCM = AESGCM(_derived(raw, b"encryption"))
        self._naming = _derived(raw, b"nonces")

    def nonce(self, data: bytes) -> bytes:
        """The nonce (12 bytes) that belongs to this content: equal content gives equal text."""
        return hmac.digest(self._naming, data, "sha256")[:12]

    def __repr__(self) -> str:
        return f"Key({self.id})"


def load_keys(
    reference: str, *, redactor: Redactor | None = None, environ: Mapping[str, str] | None = None
) -> tuple[Key, ...]:
    """The keys that a reference leads to, several of them apart by blanks or line breaks.

    The first one encrypts, any of them decrypts. To change the key everywhere: add the new one as
    the last, then make it the first, and take the old one away when no run needs it any more.

    Args:
        reference: ``env:NAME``, ``file:PATH``, ``cmd:WORDS`` or ``keyring:NAME``, as
            :mod:`arazzo_runner.auth.references` says.
        redactor: learns the keys.
        environ: what ``env:`` reads; by default the process's environment.

    Raises:
        CredentialsError: it is no reference, leads nowhere, or what is there is no key.
    """
    if is_literal(reference):
        raise CredentialsError(
            "a key is not written on a command line: other users of the machine could read it",
            hint="say where it is: env:NAME or file:PATH",
        )
    redactor = redactor or Redactor()
    words = read_reference(reference, redactor=redactor, environ=environ).split()
    where = describe_reference(reference)
    if not words:
        raise CredentialsError(f"{where} holds no key", hint=_HOW)
    keys = []
    for number, word in enumerate(words, 1):
        redactor.add(word)
        raw = _bytes(word)
        if raw is None or len(raw) != _LENGTH:
            what = "no base64" if raw is None else f"of {len(raw)} bytes"
            which = f"key {number} of {len(words)}" if len(words) > 1 else "the key"
            raise CredentialsError(f"{which} in {where} is {what}", hint=_HOW)
        keys.append(Key(raw))
    return tuple(keys)


def _bytes(word: str) -> bytes | None:
    """The bytes of a word in base64 (either alphabet, padded or not) or hexadecimal."""
    if _HEX.fullmatch(word):
        return bytes.fromhex(word)
    text = word.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _derived(raw: bytes, purpose: bytes) -> bytes:
    return hmac.digest(raw, b"arazzo payloads: " + purpose, "sha256")
