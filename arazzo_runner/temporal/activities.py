"""What workers do for runs: send one request, or look again until a loop is over.

Requests go through the same edge as in a local run: credentials, signatures, redirects, limits,
decoding. Nothing of that comes from the run: a worker looks up credentials itself.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from temporalio import activity
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryRequest
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from arazzo_runner.errors import ArazzoError, Fault, PayloadError, PayloadTooLarge
from arazzo_runner.execution.settings import Settings
from arazzo_runner.execution.time_limit import TimeLimit
from arazzo_runner.interpreter import (
    Event,
    Finish,
    SendRequest,
    Wait,
    WaitOver,
    pending,
    state_from_json,
)
from arazzo_runner.temporal.blobs import INLINE
from arazzo_runner.temporal.doors import Doors
from arazzo_runner.temporal.events import event_to_json
from arazzo_runner.temporal.looking import Look, looks_again
from arazzo_runner.temporal.masking import Masking
from arazzo_runner.temporal.names import LOOK_AGAIN, NOT_SENT, SEND
from arazzo_runner.temporal.plans import Plan, Plans
from arazzo_runner.temporal.tasks import sent
from arazzo_runner.values import Redactor

if TYPE_CHECKING:
    from temporalio.client import Client

__all__ = ["Activities", "Clock", "Vigil"]

_BEAT: Final = 2.0  # seconds between two signs of life; the SDK sends fewer
_TICK: Final = 1.0  # seconds between two looks at the time
_STILL: Final = 5.0  # seconds: a process that did not look at the time for so long stood still

Work: TypeAlias = Callable[["Activities", dict[str, Any], "Clock"], Awaitable[dict[str, Any]]]
Activity: TypeAlias = Callable[["Activities", dict[str, Any]], Awaitable[dict[str, Any]]]


def _told(work: Work) -> Activity:
    """Errors end the run with their kind and message; only a lost worker is tried again."""

    async def told(self: Any, task: dict[str, Any]) -> dict[str, Any]:
        clock = Clock()
        try:
            async with _signs_of_life():
                done = await work(self, task, clock)
                await self.keep(done)
                return done
        except ApplicationError:
            raise
        except PayloadError as error:  # the type says whether anything was sent, see payloads.py
            raise ApplicationError(
                str(error), type=type(error).__name__, non_retryable=type(error) is PayloadTooLarge
            ) from None
        except ArazzoError as error:
            hint = f" ({error.hint})" if error.hint else ""
            raise ApplicationError(
                self.masking.text(error.message + hint), type=error.kind, non_retryable=True
            ) from None
        except Exception as error:  # noqa: BLE001 - as a cause it would be shown as it is
            raise ApplicationError(
                self.masking.text(f"internal error of a worker: {error!r}"),
                type="internal",
                non_retryable=True,
            ) from None

    told.__name__, told.__doc__ = work.__name__, work.__doc__
    return told


class Clock:
    """The server's time, from the beginning of this attempt on."""

    def __init__(self) -> None:
        self.began = activity.info().started_time.timestamp()
        self._mark = time.monotonic()

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.began + time.monotonic() - self._mark


class Vigil:
    """Notices that this process stood still: another worker may have its tasks since then."""

    def __init__(self) -> None:
        self._ticked = time.monotonic()
        self._back_at = 0.0

    async def keep(self) -> None:
        """Look at the time again and again."""
        while True:
            await asyncio.sleep(_TICK)
            self._tick()

    def _tick(self) -> None:
        now = time.monotonic()
        if now - self._ticked > _STILL:
            self._back_at = time.time()
        self._ticked = now

    def check(self, clock: Clock) -> None:
        """Before a request is sent.

        Raises:
            ApplicationError: the task is from before this process stood still.
        """
        self._tick()
        if clock.began < self._back_at:
            raise ApplicationError(
                "the worker stood still before it could send the request", type=NOT_SENT
            )


@asynccontextmanager
async def _signs_of_life() -> AsyncIterator[None]:
    """Say again and again that this worker is there."""
    details = activity.info().heartbeat_details

    async def beat() -> None:
        while True:
            await asyncio.sleep(_BEAT)
            activity.heartbeat(*details)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating


class Activities:
    """The activities of one worker process. ``own`` are its settings, ``warn`` is told what the
    requests of a program lack.
    """

    def __init__(
        self,
        client: Client,
        plans: Plans,
        own: Settings,
        redactor: Redactor,
        warn: Callable[[Fault], None] = lambda _: None,
        **changes: Any,
    ) -> None:
        self._client = client
        self._plans = plans
        self._doors = Doors(own, redactor, warn, **changes)
        self.masking = Masking(redactor)
        self._opening: dict[str, asyncio.Lock] = {}
        self.vigil = Vigil()

    @activity.defn(name=SEND)
    @_told
    async def send(self, task: dict[str, Any], clock: Clock) -> dict[str, Any]:
        """Send one request; the event that it leads to."""
        plan = await self._plan(task["plan"])
        event = await self._perform(plan, sent(plan.program, task), clock)
        return event_to_json(event)

    @activity.defn(name=LOOK_AGAIN)
    @_told
    async def look_again(self, task: dict[str, Any], clock: Clock) -> dict[str, Any]:
        """Send a request once more when it is time; the loop when it is over.

        Until then it fails, and is tried again after the next wait.
        """
        plan = await self._plan(task["plan"])
        limit = TimeLimit(plan.settings.timeout, task["began"])
        details = activity.info().heartbeat_details
        if details:
            look = Look.from_json(plan.program, details[0])
        else:
            look = Look(plan.program, state_from_json(task["state"]))
        effect: Any = pending(plan.program, look.transition.state, clock.now()).effects[0]
        while not isinstance(effect, Finish):
            stop = limit.before(effect, clock.now())
            if stop is not None:
                look.add(stop)
                break
            if isinstance(effect, Wait) and effect.seconds > 0:
                self._later({**look.to_json(), "index": task["index"]}, effect.seconds)
            if isinstance(effect, Wait):
                look.add(WaitOver(clock.now()))
            else:
                bounded = limit.bounded(effect, clock.now())
                assert isinstance(bounded, SendRequest)
                event = await self._perform(plan, bounded, clock)
                look.add(limit.after(event))
                if not looks_again(plan.program, look.transition, plan.settings):
                    break
            effect = look.transition.effects[0]
        return look.item()

    @staticmethod
    def _later(look: dict[str, Any], seconds: float) -> None:
        """Be called again after so many seconds."""
        activity.heartbeat(look)
        raise ApplicationError(
            "waiting",
            type="waiting",
            next_retry_delay=timedelta(seconds=seconds),
            category=ApplicationErrorCategory.BENIGN,
        )

    async def _perform(self, plan: Plan, effect: SendRequest, clock: Clock) -> Event:
        """Send a request; what came of it, by the server's clock."""
        async with self._doors.of(plan) as runner:
            self.vigil.check(clock)
            event = await runner.perform(effect)
        return self.masking.event(event)._replace(at=clock.now())

    async def keep(self, done: dict[str, Any]) -> None:
        """Bring a large answer to its store while this worker still gives signs of life: when the
        SDK does it once more, it is there.

        Raises:
            PayloadNotKept: it cannot be kept. PayloadTooLarge: and there is no store.
        """
        converter = self._client.data_converter
        (payload,) = converter.payload_converter.to_payloads([done])
        if len(payload.data) > INLINE:
            await converter.encode([done])

    # -- what it takes ---------------------------------------------------------------------------

    async def _plan(self, digest: str) -> Plan:
        """The plan of a run: one that is known, or as the run was given it."""
        plan = self._plans.known(digest)
        if plan is not None:
            return plan
        async with self._opening.setdefault(digest, asyncio.Lock()):
            plan = self._plans.known(digest)
            if plan is None:
                packed = await self._first_argument()
                plan = await asyncio.to_thread(self._plans.open, packed)
        self._opening.pop(digest, None)
        return plan

    async def _first_argument(self) -> bytes:
        """The plan that the run was started with, from its history."""
        info = activity.info()
        assert info.workflow_id is not None
        answer = await self._client.workflow_service.get_workflow_execution_history(
            GetWorkflowExecutionHistoryRequest(
                namespace=self._client.namespace,
                execution=WorkflowExecution(
                    workflow_id=info.workflow_id, run_id=info.workflow_run_id or ""
                ),
                maximum_page_size=1,
            )
        )
        began = answer.history.events[0].workflow_execution_started_event_attributes
        packed: bytes = (await self._client.data_converter.decode(began.input.payloads[:1]))[0]
        return packed

    async def close(self) -> None:
        """Close all connections."""
        await self._doors.close()
