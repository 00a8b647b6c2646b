"""What a description says about sending a request of an operation twice."""

from __future__ import annotations

from typing import Final

from arazzo_runner.openapi.objects import Operation
from arazzo_runner.values import resolve_pointer

__all__ = ["IDEMPOTENT_METHODS", "calls_itself_idempotent", "key_header"]

IDEMPOTENT_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "QUERY", "PUT", "DELETE"})
"""Methods whose requests may be sent twice (RFC 9110 §9.2.2, and QUERY)."""

KEY_HEADERS: Final = frozenset(
    {
        "idempotency-key",
        "idempotencykey",
        "x-idempotency-key",
        "x-idempotencykey",
        "paypal-request-id",
        "x-amz-client-token",
    }
)


def key_header(operation: Operation) -> str | None:
    """The header parameter that carries an idempotency key, as it is written; None without one."""
    for parameter in operation.parameters:
        if parameter.location == "header" and parameter.name.lower() in KEY_HEADERS:
            return parameter.name
    return None


def calls_itself_idempotent(operation: Operation) -> bool:
    """Whether the Operation Object says ``x-idempotent: true``."""
    data = operation.source.document.data
    return resolve_pointer(data, [*operation.pointer, "x-idempotent"]) is True
