"""Events of the interpreter as JSON data, and back, nothing left out."""

from __future__ import annotations

from typing import Any, Final

from arazzo_runner.errors import Fault, Location
from arazzo_runner.interpreter import (
    Assumed,
    Event,
    FailureReason,
    RequestFailed,
    ResponseArrived,
    Stop,
    WaitOver,
)
from arazzo_runner.interpreter.state import (
    headers_from_json,
    response_from_json,
    value_to_json,
)
from arazzo_runner.values import Hop, Json, Response

__all__ = [
    "event_from_json",
    "event_to_json",
    "failure_from_json",
    "failure_to_json",
    "fault_from_json",
    "fault_to_json",
]

_KINDS: Final[dict[str, Any]] = {
    kind.__name__: kind for kind in (Assumed, RequestFailed, ResponseArrived, Stop, WaitOver)
}


def event_to_json(event: Event) -> dict[str, Any]:
    """The event as JSON data."""
    data: dict[str, Any] = {"event": type(event).__name__, **event._asdict()}
    if data.get("response") is not None:
        data["response"] = _response_to_json(data["response"])
    if "deviations" in data:
        data["deviations"] = [fault_to_json(fault) for fault in data["deviations"]]
    return data


def event_from_json(data: Json) -> Event:
    """The event that :func:`event_to_json` made ``data`` of."""
    fields = dict(data)
    kind = _KINDS[fields.pop("event")]
    if fields.get("response") is not None:
        fields["response"] = _response_from_json(fields["response"])
    if "deviations" in fields:
        fields["deviations"] = tuple(fault_from_json(fault) for fault in fields["deviations"])
    event: Event = kind(**fields)
    return event


def failure_to_json(failure: FailureReason | None) -> Json:
    """Why a run failed as JSON data."""
    return None if failure is None else _plain(failure)


def failure_from_json(data: Json) -> FailureReason | None:
    """The reason that :func:`failure_to_json` made ``data`` of."""
    return None if data is None else FailureReason(**_placed(data))


def _response_to_json(response: Response) -> Json:
    fields = response._asdict()
    fields["hops"] = [hop._asdict() for hop in response.hops]
    return value_to_json(fields)


def _response_from_json(data: Json) -> Response:
    hops = tuple(
        Hop(**{**hop, "headers": headers_from_json(hop["headers"])}) for hop in data["hops"]
    )
    return response_from_json(data)._replace(hops=hops)


def _plain(value: Any) -> dict[str, Json]:
    fields: dict[str, Any] = value._asdict()
    if fields["location"] is not None:
        fields["location"] = fields["location"]._asdict()
    return fields


def _placed(data: Json) -> dict[str, Any]:
    location = data["location"]
    return {**data, "location": None if location is None else Location(**location)}


def fault_to_json(fault: Fault) -> dict[str, Json]:
    """A fault as JSON data."""
    return _plain(fault)


def fault_from_json(data: Json) -> Fault:
    """The fault that :func:`fault_to_json` made ``data`` of."""
    fields = _placed(data)
    if fields["rewrite"] is not None:
        fields["rewrite"] = tuple(fields["rewrite"])
    return Fault(**fields)
