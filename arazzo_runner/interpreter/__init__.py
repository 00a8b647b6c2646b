"""The interpreter: a pure machine. Programs and events in, effects and records out."""

from __future__ import annotations

TYPE_CHECKING = False  # as in the package's root: typing is slow to import
if TYPE_CHECKING:
    from typing import Any

    from arazzo_runner.interpreter.machine import Shared, Transition, advance, start
    from arazzo_runner.interpreter.messages import (
        Assumed,
        Effect,
        Event,
        Finish,
        RequestFailed,
        ResponseArrived,
        SendRequest,
        Stop,
        Wait,
        WaitOver,
    )
    from arazzo_runner.interpreter.polling import Polled, PollKey, poll_of, take_poll
    from arazzo_runner.interpreter.records import (
        ActionConsidered,
        ActionTaken,
        CriterionChecked,
        FailureReason,
        Noted,
        Record,
        RequestLost,
        RequestSent,
        ResponseReceived,
        RunFinished,
        StepFinished,
        StepStarted,
        Waiting,
        WorkflowFinished,
        WorkflowStarted,
    )
    from arazzo_runner.interpreter.resuming import pending, without_requests
    from arazzo_runner.interpreter.settings import Pacing, RunSettings
    from arazzo_runner.interpreter.state import STATE_VERSION, State, state_from_json, state_to_json

__all__ = [
    "STATE_VERSION",
    "ActionConsidered",
    "ActionTaken",
    "Assumed",
    "CriterionChecked",
    "Effect",
    "Event",
    "FailureReason",
    "Finish",
    "Noted",
    "Pacing",
    "PollKey",
    "Polled",
    "Record",
    "RequestFailed",
    "RequestLost",
    "RequestSent",
    "ResponseArrived",
    "ResponseReceived",
    "RunFinished",
    "RunSettings",
    "SendRequest",
    "Shared",
    "State",
    "StepFinished",
    "StepStarted",
    "Stop",
    "Transition",
    "Wait",
    "WaitOver",
    "Waiting",
    "WorkflowFinished",
    "WorkflowStarted",
    "advance",
    "pending",
    "poll_of",
    "start",
    "state_from_json",
    "state_to_json",
    "take_poll",
    "without_requests",
]

_MODULES = {
    "Shared": "machine",
    "Transition": "machine",
    "advance": "machine",
    "start": "machine",
    "Assumed": "messages",
    "Effect": "messages",
    "Event": "messages",
    "Finish": "messages",
    "RequestFailed": "messages",
    "ResponseArrived": "messages",
    "SendRequest": "messages",
    "Stop": "messages",
    "Wait": "messages",
    "WaitOver": "messages",
    "Polled": "polling",
    "PollKey": "polling",
    "poll_of": "polling",
    "take_poll": "polling",
    "ActionConsidered": "records",
    "ActionTaken": "records",
    "CriterionChecked": "records",
    "FailureReason": "records",
    "Noted": "records",
    "Record": "records",
    "RequestLost": "records",
    "RequestSent": "records",
    "ResponseReceived": "records",
    "RunFinished": "records",
    "StepFinished": "records",
    "StepStarted": "records",
    "Waiting": "records",
    "WorkflowFinished": "records",
    "WorkflowStarted": "records",
    "pending": "resuming",
    "without_requests": "resuming",
    "Pacing": "settings",
    "RunSettings": "settings",
    "STATE_VERSION": "state",
    "State": "state",
    "state_from_json": "state",
    "state_to_json": "state",
}


def __getattr__(name: str) -> Any:
    """Import a module when something of it is first used: settings and records need no machine."""
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
    return value
