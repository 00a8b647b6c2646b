"""The one workflow type: it holds the interpreter, and hands its effects to activities and timers.

The interpreter is the one of every other driver. All that happens here is decided by the history:
the plan, the task, the answers of activities, the server's time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Mapping
from datetime import timedelta
from typing import Any, Final

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    TimeoutError,  # noqa: A004 - Temporal's own
    is_cancelled_exception,
)

from arazzo_runner.errors import UncertainError
from arazzo_runner.execution.repeating import current_step, may_repeat, settle
from arazzo_runner.execution.time_limit import TimeLimit
from arazzo_runner.interpreter import (
    Event,
    Finish,
    RequestFailed,
    RunFinished,
    SendRequest,
    Stop,
    Transition,
    Wait,
    WaitOver,
    state_to_json,
    without_requests,
)
from arazzo_runner.linking import OperationCall
from arazzo_runner.temporal.events import event_from_json, event_to_json
from arazzo_runner.temporal.looking import Folding, looks_again
from arazzo_runner.temporal.names import LOG, LOOK_AGAIN, NOT_SENT, SEND, SETTLE, WORKFLOW
from arazzo_runner.temporal.plans import Plan, Plans
from arazzo_runner.temporal.tasks import (
    Page,
    begin,
    end_to_json,
    pages,
    queue_for,
    sending,
)

__all__ = ["HEARTBEAT", "LONGEST", "PLANS", "ArazzoRun"]

PLANS: Plans = Plans()
"""What the workflows of this process are carried out by."""

HEARTBEAT: Final = timedelta(seconds=6)
"""A worker that is silent for so long while it sends a request is lost."""
LONGEST: Final = 400
"""Events of a history after which a run continues as new."""

_PAUSE: Final = timedelta(seconds=1)
_ONCE: Final = RetryPolicy(maximum_attempts=1)
_AGAIN: Final = RetryPolicy(
    initial_interval=_PAUSE, backoff_coefficient=1.0, non_retryable_error_types=["PayloadTooLarge"]
)
_NOT_SENT: Final = (NOT_SENT, "PayloadUnreadable")
_ANY: Final = timedelta(days=3650)  # requests have time limits of their own


@workflow.defn(name=WORKFLOW)
class ArazzoRun:
    """One run of a workflow of an Arazzo document."""

    def __init__(self) -> None:
        self._items: list[dict[str, Any]] = []
        self._began: float | None = None
        self._at = 0.0
        self._question: str | None = None
        self._choice: str | None = None
        self._plan: Plan
        self._task: Mapping[str, Any]

    @workflow.run
    async def run(self, plan: bytes, task: dict[str, Any]) -> dict[str, Any]:
        """Carry the run out; the result, or an ``ApplicationError`` that carries it."""
        self._plan, self._task = PLANS.open(plan), task
        self._at = self._began = workflow.now().timestamp()
        program, settings = self._plan.program, self._plan.settings
        folding = Folding(program, begin(self._plan, task, self._at))
        limit = TimeLimit(settings.timeout, task.get("began", self._at))
        while not isinstance(folding.transition.effects[0], Finish):
            item = await self._next(folding.transition, limit)
            self._items.append(item)
            for transition in folding.take(item):
                last = transition
            if self._is_long() and not isinstance(last.effects[0], Finish):
                self._continue_as_new(plan, last)
        return self._end(folding.transition)

    # -- one effect ----------------------------------------------------------------------------

    async def _next(self, transition: Transition, limit: TimeLimit) -> dict[str, Any]:
        """Perform the effect of a transition; what comes of it."""
        effect = transition.effects[0]
        assert not isinstance(effect, Finish)
        try:
            if looks_again(self._plan.program, transition, self._plan.settings):
                return await self._look_again(transition, effect.step_id)
            stop = limit.before(effect, self._now())
            if stop is not None:
                return event_to_json(stop)
            if isinstance(effect, Wait):
                await workflow.sleep(effect.seconds)
                return event_to_json(WaitOver(self._now()))
            bounded = limit.bounded(effect, self._now())
            assert isinstance(bounded, SendRequest)
            event = await self._send(bounded, transition)
            return event_to_json(limit.after(event))
        except (asyncio.CancelledError, ActivityError) as error:
            if not is_cancelled_exception(error):
                raise
            return event_to_json(Stop("cancelled", "the run was cancelled", self._now()))

    def _now(self) -> float:
        """The server's time; never before what an activity said."""
        self._at = max(self._at, workflow.now().timestamp())
        return self._at

    async def _look_again(self, transition: Transition, step_id: str) -> dict[str, Any]:
        call = current_step(self._plan.program, transition.state).target
        assert isinstance(call, OperationCall)
        task = {
            "plan": self._plan.digest,
            "state": state_to_json(without_requests(transition.state)),
            "began": self._task.get("began", self._began),
            "index": len(self._items),
        }
        try:
            item: dict[str, Any] = await workflow.execute_activity(
                LOOK_AGAIN,
                task,
                task_queue=queue_for(self._task, workflow.info().task_queue, call.base_url),
                start_to_close_timeout=_ANY,
                heartbeat_timeout=HEARTBEAT,
                retry_policy=_AGAIN,
                summary=step_id,
            )
        except ActivityError as error:
            return event_to_json(self._refused(error))
        self._at = max(self._at, item["events"][-1]["at"])
        return item

    async def _send(self, effect: SendRequest, transition: Transition) -> Event:
        repeat = may_repeat(self._plan.program, transition.state, effect, self._plan.settings)
        lost = await self._try(effect, _ONCE if repeat is None else _AGAIN)
        if lost is not None:
            return lost
        return await self._settled(effect, transition)

    async def _try(self, effect: SendRequest, policy: RetryPolicy) -> Event | None:
        """What came of a request; None when the worker that sent it was lost."""
        task = {"plan": self._plan.digest, **sending(effect)}
        own = workflow.info().task_queue
        while True:
            try:
                data = await workflow.execute_activity(
                    SEND,
                    task,
                    task_queue=queue_for(self._task, own, effect.request.url),
                    start_to_close_timeout=_ANY,
                    heartbeat_timeout=HEARTBEAT,
                    retry_policy=policy,
                    summary=effect.step_id,
                )
            except ActivityError as error:
                if isinstance(error.cause, TimeoutError):
                    return None
                kind = error.cause.type if isinstance(error.cause, ApplicationError) else None
                if kind in _NOT_SENT:
                    await workflow.sleep(_PAUSE)
                    continue
                if kind == "PayloadNotKept":
                    return None
                return self._too_large(error) or self._refused(error)
            event = event_from_json(data)
            self._at = max(self._at, event.at)
            return event

    def _too_large(self, error: ActivityError) -> RequestFailed | None:
        """An answer that Temporal cannot keep is as one over the limit for answers."""
        cause = error.cause
        if not isinstance(cause, ApplicationError) or cause.type != "PayloadTooLarge":
            return None
        return RequestFailed("size", cause.message, self._now())

    def _refused(self, error: ActivityError) -> Stop:
        """The run cannot go on: a worker says why."""
        cause = error.cause
        if not isinstance(cause, ApplicationError):
            raise error
        return Stop(cause.type or "temporal", cause.message, self._now())

    # -- requests whose answer nobody knows ------------------------------------------------------

    async def _settled(self, effect: SendRequest, transition: Transition) -> Event:
        """What stands for the answer to a request whose worker was lost."""
        settings = self._plan.settings
        while True:
            asking = settle(self._plan.program, transition.state, effect, settings, self._now())
            try:
                event = await self._asked(asking)
            except UncertainError as error:
                choice = await self._ask(error.message)
                settings = settings._replace(on_uncertain=choice)
                continue
            if event is None:  # it may be sent again
                event = await self._try(effect, _ONCE)
            if event is not None:
                return event

    async def _asked(self, asking: Generator[SendRequest, Any, Event | None]) -> Event | None:
        """Perform the probes of a question; its answer."""
        try:
            probe = next(asking)
            while True:
                event = await self._try(probe, _AGAIN)
                assert event is not None
                probe = asking.send(event)
        except StopIteration as end:
            settled: Event | None = end.value
            return settled

    async def _ask(self, question: str) -> str:
        """Wait until somebody says what became of a request."""
        self._question, self._choice = question, None
        workflow.upsert_memo({"status": "uncertain"})
        await workflow.wait_condition(lambda: self._choice is not None)
        workflow.upsert_memo({"status": None})
        self._question = None
        assert self._choice is not None
        return self._choice

    @workflow.signal(name=SETTLE)
    def settle(self, choice: str) -> None:
        """Somebody says what became of a request: ``skip``, ``resend`` or ``fail``."""
        if self._question is not None and choice in ("skip", "resend", "fail"):
            self._choice = choice

    # -- what others may know --------------------------------------------------------------------

    @workflow.query(name=LOG)
    def log(self, after: int) -> Page:
        """What happened in this execution after so many items, as much as fits into an answer."""
        return pages(self._items, after, self._began, self._question)

    # -- the end -------------------------------------------------------------------------------

    def _is_long(self) -> bool:
        info = workflow.info()
        return info.get_current_history_length() > LONGEST or info.is_continue_as_new_suggested()

    def _continue_as_new(self, plan: bytes, transition: Transition) -> None:
        began = self._task.get("began", self._began)
        keep = {key: self._task[key] for key in ("hosts",) if key in self._task}
        state = state_to_json(without_requests(transition.state))
        workflow.continue_as_new(args=[plan, {**keep, "began": began, "state": state}])

    def _end(self, transition: Transition) -> dict[str, Any]:
        end = transition.records[-1]
        assert isinstance(end, RunFinished)
        result = end_to_json(end)
        if end.status == "completed":
            return result
        if end.failure is not None and end.failure.kind == "cancelled":
            raise asyncio.CancelledError
        workflow.upsert_memo({"status": end.status})
        kind = end.failure.kind if end.failure is not None else end.status
        raise ApplicationError(
            f"workflow '{end.workflow_id}' {end.status}: {kind}",
            result,
            type=kind,
            non_retryable=True,
        )
