"""The state of a run: a small value that goes through JSON unchanged at any point.

A state is never changed in place: ``advance`` makes a new one, sharing what stayed the same.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from arazzo_runner.expressions import WorkflowValues
from arazzo_runner.interpreter.settings import Pacing, RunSettings
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import (
    ABSENT,
    EMPTY,
    File,
    Headers,
    Json,
    Request,
    Response,
    Stream,
    Value,
)
from arazzo_runner.values.cookies import Cookie, Jar

__all__ = [
    "STATE_VERSION",
    "Frame",
    "Pause",
    "PendingChild",
    "Phase",
    "Poll",
    "State",
    "Suspended",
    "headers_from_json",
    "jar_from_json",
    "request_from_json",
    "response_from_json",
    "run_settings_from_json",
    "state_from_json",
    "state_to_json",
    "value_from_json",
    "value_to_json",
]


STATE_VERSION = 1
"""To be raised when a state of before cannot be gone on with."""


class Phase:
    """What a frame waits for, or does next."""

    BEGIN = "begin"
    """Run the workflows it depends on, then the first step."""
    READY = "ready"
    """Execute the step at ``position``."""
    SENT = "sent"
    """A request is in flight."""
    WAITING = "waiting"
    """A wait is running; then the step at ``position`` is attempted (again)."""
    CHILD = "child"
    """The frame above runs for this one."""


class Poll(NamedTuple):
    """A poll of the step at ``position``: how long the next wait is, since when it runs (epoch
    seconds), how often it waited, how many throttling answers came in a row.
    """

    position: int
    delay: float
    since: float
    waits: int = 0
    throttled: int = 0


class Suspended(NamedTuple):
    """A step that waits for the step its retry action named."""

    position: int
    attempts: int
    retries: Mapping[str, int]
    started_at: float


class Pause(NamedTuple):
    """The wait that is running: when it is over (epoch seconds), and its reason."""

    until: float
    reason: str


class PendingChild(NamedTuple):
    """A workflow that a retry action named and that runs before the next attempt."""

    key: str
    inputs: dict[str, Value]


@dataclass(slots=True)
class Frame:
    """One running workflow.

    ``purpose``: run, step, dependency, retry (a reference of a retry action). ``attempts`` and
    ``retries`` (by action name) belong to the current execution of the step at ``position``.
    ``visits`` counts executions by stepId. ``deadline`` (epoch seconds) comes from the timeout of
    the step that started this workflow. ``last_request`` is the position of the step that sent the
    newest request of this frame, -1 for none or one of another workflow. ``request`` is the request
    in flight, or the last one of the current attempt. ``pause`` belongs to the phase WAITING.
    """

    workflow: str
    purpose: str
    inputs: Mapping[str, Value]
    started_at: float
    phase: str = Phase.BEGIN
    position: int = 0
    attempts: int = 0
    retries: Mapping[str, int] = field(default_factory=lambda: EMPTY)
    visits: Mapping[str, int] = field(default_factory=lambda: EMPTY)
    outputs: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    step_started_at: float = 0.0
    sent_at: float = 0.0
    last_request: int = -1
    poll: Poll | None = None
    suspended: Suspended | None = None
    pending: PendingChild | None = None
    deadline: float | None = None
    request: Request | None = None
    pause: Pause | None = None

    def copy(self) -> Frame:
        """A copy whose fields may be set; the mappings are shared."""
        return Frame(
            self.workflow,
            self.purpose,
            self.inputs,
            self.started_at,
            self.phase,
            self.position,
            self.attempts,
            self.retries,
            self.visits,
            self.outputs,
            self.step_started_at,
            self.sent_at,
            self.last_request,
            self.poll,
            self.suspended,
            self.pending,
            self.deadline,
            self.request,
            self.pause,
        )


class State(NamedTuple):
    """All that a run needs to go on.

    ``frames`` are the running workflows, the innermost last; empty when the run is over.
    ``finished`` maps a document's number and a workflowId to the values of its last complete
    execution. ``steps`` and ``paced`` count attempts outside and inside paced polls. ``trail`` are
    the last steps, for the message of a guard. ``entry`` is the workflowId that was asked for.
    ``cookies`` are those that the answers so far have set, by all workflows of the run.
    ``run_id`` is what idempotency keys are made of; empty for none.
    """

    frames: tuple[Frame, ...]
    settings: RunSettings
    entry: str
    started_at: float
    finished: Mapping[str, Mapping[str, WorkflowValues]] = EMPTY
    dependencies: Mapping[str, str] = EMPTY
    steps: int = 0
    paced: int = 0
    trail: tuple[str, ...] = ()
    transferred_to: str | None = None
    cookies: Jar = ()
    run_id: str = ""


def state_to_json(state: State) -> Json:
    """The state as JSON data. Bytes become ``{"$bytes": base64}``, files and streams likewise."""
    return _to_json(state)


def state_from_json(data: Json) -> State:
    """The state that :func:`state_to_json` made ``data`` of."""
    plain = _from_json(data)
    plain["settings"] = _settings(plain["settings"])
    plain["frames"] = tuple(_frame(frame) for frame in plain["frames"])
    plain["finished"] = {
        document: {name: WorkflowValues(**values) for name, values in workflows.items()}
        for document, workflows in plain["finished"].items()
    }
    plain["trail"] = tuple(plain["trail"])
    plain["cookies"] = jar_from_json(plain.get("cookies", ()))
    return State(**plain)


def value_to_json(value: Any) -> Json:
    """A value of a run, or a part of a state, as :func:`state_to_json` writes it."""
    return _to_json(value)


def value_from_json(data: Json) -> Any:
    """The value that :func:`value_to_json` made ``data`` of; tuples have become lists."""
    return _from_json(data)


def response_from_json(data: Json) -> Response:
    """The response whose fields :func:`value_to_json` made ``data`` of, without its hops."""
    plain = _from_json(data)
    plain["headers"] = headers_from_json(plain["headers"])
    plain["hops"] = ()  # what they set is in the state already
    return Response(**plain)


def request_from_json(data: Json) -> Request:
    """The request that :func:`value_to_json` made ``data`` of."""
    return _request(_from_json(data))


def run_settings_from_json(data: Json) -> RunSettings:
    """The settings that :func:`value_to_json` made ``data`` of."""
    return _settings(_from_json(data))


def headers_from_json(data: Json) -> Headers:
    """Header fields, of lists of two."""
    return tuple((name, value) for name, value in data)


def jar_from_json(data: Json) -> Jar:
    """The cookies that :func:`value_to_json` made ``data`` of."""
    return tuple(Cookie(**cookie) for cookie in data)


def _settings(plain: dict[str, Any]) -> RunSettings:
    pacing = {
        "pacing": Pacing(**plain["pacing"]),
        "paces": {name: Pacing(**pace) for name, pace in plain.get("paces", {}).items()},
    }
    return RunSettings(**{**plain, **pacing})


def _request(plain: dict[str, Any]) -> Request:
    return Request(headers=headers_from_json(plain.pop("headers")), **plain)


def _frame(plain: dict[str, Any]) -> Frame:
    if plain["poll"] is not None:
        plain["poll"] = Poll(**plain["poll"])
    if plain["suspended"] is not None:
        plain["suspended"] = Suspended(**plain["suspended"])
    if plain["pause"] is not None:
        plain["pause"] = Pause(**plain["pause"])
    if plain["pending"] is not None:
        plain["pending"] = PendingChild(**plain["pending"])
    if plain["request"] is not None:
        plain["request"] = _request(plain["request"])
    return Frame(**plain)


def _to_json(value: Any) -> Json:
    kind = type(value)
    if kind in _PLAIN:  # nearly everything: asked first
        return value
    names = _FIELDS.get(kind)
    if names is not None:
        return {name: _to_json(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        plain = {key: _to_json(item) for key, item in value.items()}
        # A value of the run may itself look like one of our marks.
        return {"$object": plain} if len(plain) == 1 and next(iter(plain)) in _MARKS else plain
    if isinstance(value, list | tuple):
        return [_to_json(item) for item in value]
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, File):
        return {"$file": value.to_json()}
    if isinstance(value, Stream):
        return {"$stream": _to_json(value.parts)}
    return {"$absent": True} if value is ABSENT else value


def _from_json(data: Json) -> Any:
    if isinstance(data, list):
        return [_from_json(item) for item in data]
    if not isinstance(data, dict):
        return data
    if len(data) == 1:
        if "$bytes" in data:
            return base64.b64decode(data["$bytes"])
        if "$file" in data:
            return File.from_json(data["$file"])
        if "$stream" in data:
            return Stream(_from_json(data["$stream"]))
        if "$absent" in data:
            return ABSENT
        if "$object" in data:
            return {key: _from_json(item) for key, item in data["$object"].items()}
    return {key: _from_json(item) for key, item in data.items()}


_PLAIN = frozenset({str, int, float, bool, type(None)})
_FIELDS: dict[type, tuple[str, ...]] = {
    Frame: tuple(Frame.__slots__),
    **{
        part: part._fields
        for part in (
            State,
            Poll,
            Suspended,
            Pause,
            PendingChild,
            RunSettings,
            Pacing,
            WorkflowValues,
            Request,
            Cookie,
        )
    },
}
_MARKS = frozenset({"$absent", "$bytes", "$file", "$object", "$stream"})
