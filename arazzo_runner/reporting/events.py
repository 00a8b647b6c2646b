"""Records as JSON data: the lines of ``run --events``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from arazzo_runner.errors import Location
from arazzo_runner.interpreter.records import (
    ActionConsidered,
    ActionTaken,
    CriterionChecked,
    FailureReason,
    Record,
    RequestSent,
    ResponseReceived,
)
from arazzo_runner.reporting.json_data import (
    action_data,
    considered_data,
    criterion_data,
    failure_data,
    header_data,
    json_data,
    timestamp,
)
from arazzo_runner.values import ABSENT, Body, File, Json, Redactor, Request, Response, Stream

__all__ = ["record_to_json", "request_data", "response_data"]


def record_to_json(record: Record, redactor: Redactor) -> dict[str, Json]:
    """A record as JSON data: ``record`` is its class, the fields are named in camelCase.

    Times (``at``, ``since``, ``startedAt``) are RFC 3339. A request and a response are whole in
    ``RequestSent`` and ``ResponseReceived``; elsewhere they are method and URL, and status.
    """
    data: dict[str, Json] = {"record": type(record).__name__}
    whole = isinstance(record, RequestSent | ResponseReceived)
    for field in record._fields:
        value = getattr(record, field)
        name = _camel_case(field)
        if field in _TIMES:
            data[name] = timestamp(value)
        elif isinstance(value, Request):
            data[name] = request_data(value, redactor, whole=whole)
        elif isinstance(value, Response):
            data[name] = response_data(value, redactor, whole=whole)
        else:
            data[name] = _plain(value, redactor)
    return data


_TIMES: Final = frozenset({"at", "since", "started_at"})


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def _plain(value: object, redactor: Redactor) -> Json:
    convert = _CONVERT.get(type(value))
    if convert is not None:
        return convert(value, redactor)
    if isinstance(value, tuple):
        return [_plain(item, redactor) for item in value]
    return json_data(value, redactor)


def request_data(request: Request, redactor: Redactor, *, whole: bool) -> Json:
    """A request; ``whole`` adds headers and body."""
    data: dict[str, Json] = {"method": request.method, "url": redactor.text(request.url)}
    if whole:
        data["headers"] = header_data(request.headers, redactor)
        data["body"] = _body(request.body, redactor)
    return data


def _body(body: Body, redactor: Redactor) -> Json:
    """A body as text when it is UTF-8, else as bytes; a list of its parts when files are among
    them; None when there is none.
    """
    if not body:
        return None
    if isinstance(body, Stream):
        return [
            json_data(part, redactor) if isinstance(part, File) else _body(part, redactor)
            for part in body.parts
        ]
    try:
        return redactor.text(body.decode("utf-8"))
    except UnicodeDecodeError:
        return json_data(body, redactor)


def response_data(response: Response, redactor: Redactor, *, whole: bool) -> Json:
    """An answer; ``whole`` adds headers, body and what was odd."""
    data: dict[str, Json] = {"status": response.status}
    if whole:
        data["headers"] = header_data(response.headers, redactor)
        data["contentType"] = response.content_type
        data["size"] = response.size
        if response.body is not ABSENT:
            data["body"] = json_data(response.body, redactor)
        if response.hops:
            data["url"] = redactor.text(response.url)
            data["redirects"] = [
                {"method": hop.method, "url": redactor.text(hop.url), "status": hop.status}
                for hop in response.hops
            ]
        if response.note:
            data["note"] = redactor.text(response.note)
    return data


def _location(location: Location, _redactor: Redactor) -> Json:
    return {"file": location.file, "line": location.line, "column": location.column}


_CONVERT: Final[dict[type, Callable[[Any, Redactor], Json]]] = {
    ActionTaken: lambda value, _redactor: action_data(value),
    ActionConsidered: considered_data,
    CriterionChecked: criterion_data,
    FailureReason: failure_data,
    Location: _location,
}
