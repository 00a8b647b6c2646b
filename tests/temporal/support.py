"""What the tests of payloads share."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.converter import DefaultPayloadConverter, PayloadCodec

__all__ = ["back", "encoded", "payload", "raw_of"]


def payload(value: Any = "value", **metadata: bytes) -> Payload:
    """The payload of a value, as the SDK makes it."""
    made = DefaultPayloadConverter().to_payload(value)
    for name, text in metadata.items():
        made.metadata[name] = text
    return made


def encoded(codec: PayloadCodec, *payloads: Payload) -> list[Payload]:
    return asyncio.run(codec.encode(payloads))


def back(codec: PayloadCodec, payloads: Sequence[Payload]) -> list[Payload]:
    return asyncio.run(codec.decode(payloads))


def raw_of(payloads: Sequence[Payload]) -> bytes:
    """All that somebody who looks at the history sees."""
    return b"".join(each.SerializeToString() for each in payloads)
