"""The hash that tells one content from another, in caches."""

from __future__ import annotations

try:
    # What hashlib gives, without OpenSSL's library, which hashlib loads for all the others: 2 ms.
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

__all__ = ["blake2b"]
