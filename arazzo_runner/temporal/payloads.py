"""What our values become on their way through Temporal: JSON, packed, encrypted, large ones kept
beside it.

What goes wrong in a worker shows as the type of the failure, the name of the error's class:

* ``PayloadUnreadable``: an activity could not read what it was sent. Nothing was done; a worker
  with the right key and store can do it.
* ``PayloadNotKept``: an activity was done, but its answer could not be kept. That is as if the
  worker had been lost after its request.
* ``PayloadTooLarge``: likewise, and trying again leads to the same.

Tasks of workflows that cannot be read or kept are tried again by Temporal until they can.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    AdvancedJSONEncoder,
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverter,
    DefaultFailureConverterWithEncodedAttributes,
    DefaultPayloadConverter,
    JSONPlainPayloadConverter,
    PayloadCodec,
)

from arazzo_runner.errors import InputError
from arazzo_runner.execution.sealing import find_secrets
from arazzo_runner.temporal.blobs import Blobs, open_blobs
from arazzo_runner.temporal.codec import Encryption, Packing
from arazzo_runner.temporal.keys import load_keys
from arazzo_runner.values import Json, Redactor, Value

if TYPE_CHECKING:
    from arazzo_runner.execution import Settings

__all__ = ["data_converter", "encrypts", "refuse_secrets"]


def data_converter(
    key: str | None = None,
    blobs: str | None = None,
    *,
    settings: Settings | None = None,
    redactor: Redactor | None = None,
) -> DataConverter:
    """How clients and workers of one run turn values into payloads; all of them need the same.

    With a key everything is encrypted that Temporal keeps of a run's values: inputs, requests,
    answers, state, results, memos, and the texts of errors. Names stay readable: of workflows and
    activities, of the queue, ids of runs, search attributes.

    Args:
        key: where the key is (``env:NAME``, ``file:PATH``), see :func:`.keys.load_keys`.
        blobs: where large payloads are kept, see :func:`.blobs.open_blobs`.
        settings: how AWS credentials are found and the network reached, for blobs in S3.
        redactor: learns keys and credentials.

    Raises:
        CredentialsError: there is no usable key.
        UsageError: ``blobs`` is no place.
    """
    keys = load_keys(key, redactor=redactor) if key is not None else ()
    store = open_blobs(blobs, settings=settings, redactor=redactor) if blobs is not None else None
    return DataConverter(
        payload_converter_class=_Values,
        payload_codec=_Chain((Packing(), Encryption(keys), Blobs(store)), encrypts=bool(keys)),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes
        if keys
        else DefaultFailureConverter,
    )


def encrypts(converter: DataConverter) -> bool:
    """Whether what goes through a converter is not readable; of a codec that is not ours it is
    taken for granted.
    """
    codec = converter.payload_codec
    return codec.encrypts if isinstance(codec, _Chain) else codec is not None


def refuse_secrets(
    schema: Json, values: Mapping[str, Value], root: Json, redactor: Redactor
) -> None:
    """Refuse to hand inputs to Temporal that are secret, when there is no key.

    Secret is what the schema says, and what has a text in it that is known to be one.

    Args:
        schema: of the inputs.
        values: the inputs by name.
        root: the document that the schema is in.
        redactor: knows the secrets that were read so far.

    Raises:
        InputError: there are some; all of them are named.
    """
    known = (name for name, value in values.items() if redactor.value(value) != value)
    found = (*find_secrets(schema, values, root), *known)
    secret = dict.fromkeys(name.partition(".")[0] for name in found)
    if secret:
        raise InputError(
            "secret inputs would be readable in Temporal's history",
            problems=[f"input '{name}' is secret" for name in secret],
            hint="encrypt the run: --codec-key env:NAME or file:PATH (a key is 32 random bytes "
            "in base64: openssl rand -base64 32)",
        )


class _Json(JSONPlainPayloadConverter):
    """JSON with members in the order that they have: the SDK's own sorts them."""

    def to_payload(self, value: Any) -> Payload:
        return Payload(
            metadata={"encoding": self.encoding.encode()},
            data=json.dumps(value, cls=AdvancedJSONEncoder, separators=(",", ":")).encode(),
        )


class _Values(CompositePayloadConverter):
    def __init__(self) -> None:
        super().__init__(*_CONVERTERS)


_CONVERTERS: Final = tuple(
    _Json() if isinstance(each, JSONPlainPayloadConverter) else each
    for each in DefaultPayloadConverter.default_encoding_payload_converters
)


class _Chain(PayloadCodec):
    """One codec after the other; back, the other way round."""

    def __init__(self, codecs: Sequence[PayloadCodec], *, encrypts: bool) -> None:
        self._codecs = codecs
        self.encrypts = encrypts

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        for codec in self._codecs:
            payloads = await codec.encode(payloads)
        return list(payloads)

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        for codec in reversed(self._codecs):
            payloads = await codec.decode(payloads)
        return list(payloads)
