"""Idempotency keys: a header that lets a server tell a repeated request from a new one.

The key is the same for every attempt of one execution of a step, so a retry, or a run that goes on
after it was killed, does not do the work twice. It is made of the run's id and the place in the
run: nothing is drawn at random here.
"""

from __future__ import annotations

from arazzo_runner.interpreter.work import Work
from arazzo_runner.linking.program import LinkedStep, OperationCall
from arazzo_runner.openapi.repeating import IDEMPOTENT_METHODS, key_header
from arazzo_runner.values import Request, header

__all__ = ["carries_key", "with_key"]


def carries_key(request: Request, call: OperationCall, setting: str | None) -> bool:
    """Whether a request has an idempotency key."""
    names = (key_header(call.operation), setting)
    return any(name is not None and header(request.headers, name) for name in names)


def with_key(work: Work, step: LinkedStep, call: OperationCall, request: Request) -> Request:
    """The request with a key, where one is wanted and the step does not give its own."""
    name = key_header(call.operation) or work.settings.idempotency_header
    if name is None or not work.run_id or request.method in IDEMPOTENT_METHODS:
        return request
    if header(request.headers, name) is not None:
        return request
    return request._replace(headers=(*request.headers, (name, _key(work, step))))


def _key(work: Work, step: LinkedStep) -> str:
    """A UUID (RFC 9562 version 8) of the run, the chain of workflows and the step's visit."""
    from hashlib import sha256
    from uuid import UUID

    chain = [work.run_id]
    for frame in work.frames:
        current = work.workflow(frame).steps
        at = current[frame.position].step_id if frame.position < len(current) else ""
        chain += [frame.workflow, at, str(frame.visits.get(at, 0)), repr(frame.started_at)]
    chain.append(step.step_id)
    digest = sha256("\n".join(chain).encode("utf-8", "surrogatepass")).digest()[:16]
    number = int.from_bytes(digest, "big") & ~(0xF << 76) & ~(0x3 << 62)
    return str(UUID(int=number | 0x8 << 76 | 0x2 << 62))
