"""A run on Temporal as it is seen from outside: its log, folded with the same interpreter.

What a run did is in its log as events. Given the same plan they lead to the same records, so that
whoever follows it sees what a local run would have shown.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowQueryFailedError
from temporalio.service import RPCError

from arazzo_runner.errors import PayloadUnreadable
from arazzo_runner.interpreter import Finish, RunFinished, Stop, Transition, advance
from arazzo_runner.temporal.looking import Folding
from arazzo_runner.temporal.names import LOG, LOOK_AGAIN
from arazzo_runner.temporal.plans import Plan, Plans
from arazzo_runner.temporal.tasks import begin, end_from_json

if TYPE_CHECKING:
    from temporalio.api.common.v1 import Payloads
    from temporalio.api.failure.v1 import Failure
    from temporalio.api.history.v1 import HistoryEvent
    from temporalio.client import Client, WorkflowHandle

__all__ = ["Follower", "Question", "first_arguments"]

_LOOK: Final = 1.0  # seconds between two looks at a loop that is under way
_QUIET: Final = 5.0  # seconds that nobody begins to work, after which that is said
_PATIENCE: Final = timedelta(seconds=10)  # for the answer to a query

_CLOSED: Final = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED: "completed",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED: "failed",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED: "cancelled",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED: "terminated",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT: "timed out",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW: "continued",
}
_WAITS: Final = EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED
_WORKED: Final = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
_STUMBLED: Final = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED


class Question(Exception):
    """The run waits for somebody to say what became of a request."""


async def first_arguments(client: Client, began: HistoryEvent) -> tuple[bytes, dict[str, Any]]:
    """The plan and the task that an execution was started with, of its first event."""
    payloads = began.workflow_execution_started_event_attributes.input.payloads
    plan, task = await client.data_converter.decode(payloads)
    return plan, task


class Follower:
    """Follows one run, through all its executions. ``tell`` gets what is worth a warning.

    ``plan`` is known from the first transition on; ``answer`` is the newest one as JSON data.
    """

    def __init__(
        self,
        client: Client,
        plans: Plans,
        run_id: str,
        execution: str | None,
        tell: Callable[[str], None],
        idle: Callable[[str], Any],
    ) -> None:
        self._client = client
        self._plans = plans
        self._run_id = run_id
        self._execution = execution
        self._tell = tell
        self._idle = idle
        self._told: set[str] = set()
        self.plan: Plan | None = None
        self.task: Mapping[str, Any] = {}
        self.answer: Any = None

    async def transitions(self, *, wait: bool = True) -> AsyncIterator[Transition]:
        """What happened, and with ``wait`` what happens, until the run is over.

        Raises:
            Question: the run waits for an answer.
            RPCError: the server does not answer.
        """
        execution = self._execution
        first = True
        while True:
            one = _Execution(self, execution, first=first, wait=wait)
            async for transition in one.transitions():
                yield transition
            if one.next is None:
                return
            execution, first = one.next, False

    def handle(self, execution: str | None) -> WorkflowHandle[Any, Any]:
        """One execution of the run."""
        return self._client.get_workflow_handle(self._run_id, run_id=execution)

    def once(self, text: str) -> None:
        """Tell something, the first time."""
        if text not in self._told:
            self._told.add(text)
            self._tell(text)

    async def nobody_works(self, queue: str) -> None:
        """A task waits: say so when there is no worker."""
        said = await self._idle(queue)
        if said:
            self.once(said)

    async def first(self) -> None:
        """Learn the plan and the task of the newest execution."""
        async for event in self.handle(self._execution).fetch_history_events():
            await self.open(event)
            return

    async def open(self, began: HistoryEvent) -> Plan:
        """Learn the plan and the task of an execution."""
        packed, self.task = await first_arguments(self._client, began)
        self.plan = self._plans.open(packed)
        return self.plan

    async def reason(self, failure: Failure) -> str:
        """What a failure says."""
        try:
            return str(await self._client.data_converter.decode_failure(failure))
        except PayloadUnreadable:
            return "it has another key or store than this command (--codec-key, --blobs)"

    async def decoded(self, payloads: Payloads) -> list[Any]:
        """Values of the server."""
        return await self._client.data_converter.decode(payloads.payloads)


class _Execution:
    """One execution of a run: from its beginning, or from where it continued, to its end."""

    def __init__(self, run: Follower, execution: str | None, *, first: bool, wait: bool) -> None:
        self._run = run
        self._handle = run.handle(execution)
        self._first = first
        self._wait = wait
        self._folding: Folding | None = None
        self._taken = 0
        self._queue = ""
        self._closing: HistoryEvent | None = None
        self._newest = 0
        self._since = time.monotonic()
        self._behind = False
        self.next: str | None = None

    async def transitions(self) -> AsyncIterator[Transition]:
        """All of them, as they come."""
        events = self._handle.fetch_history_events(wait_new_event=self._wait)
        coming: asyncio.Task[HistoryEvent] | None = None
        try:
            while self._closing is None:
                if coming is None:
                    coming = asyncio.ensure_future(anext(events))
                quick = 0.02 if self._behind else _LOOK
                done, _ = await asyncio.wait({coming}, timeout=quick)
                if done:
                    try:
                        event = coming.result()
                    except StopAsyncIteration:
                        if self._newest or not self._wait:
                            break
                        # A server that tells who waits nothing of a run that is over.
                        self._wait, coming = False, None
                        events = self._handle.fetch_history_events()
                        continue
                    coming = None
                    await self._seen(event)
                    continue
                found = self._caught_up() if self._behind else self._looked()
                async for transition in found:
                    yield transition
            async for transition in self._ended():
                yield transition
        finally:
            if coming is not None:
                coming.cancel()
                with suppress(asyncio.CancelledError, RPCError, StopAsyncIteration):
                    await coming

    async def _seen(self, event: HistoryEvent) -> None:
        self._newest, self._since = event.event_type, time.monotonic()
        if event.event_id == 1:
            began = event.workflow_execution_started_event_attributes
            self._queue = began.task_queue.name
            await self._run.open(event)
        elif event.event_type == _WORKED:
            self._behind = True
        elif event.event_type == _STUMBLED:
            failure = event.workflow_task_failed_event_attributes.failure
            why = await self._run.reason(failure)
            self._run.once(f"a worker could not go on with the run: {why}")
        elif event.event_type in _CLOSED:
            self._closing = event

    async def _caught_up(self) -> AsyncIterator[Transition]:
        """Take in what is new in the log."""
        while True:
            try:
                page = await self._handle.query(LOG, self._taken, rpc_timeout=_PATIENCE)
            except (RPCError, WorkflowQueryFailedError) as error:
                self._run.once(f"the run's log cannot be read, no worker answers: {error}")
                return
            async for transition in self._begun(page["began"]):
                yield transition
            assert self._folding is not None
            for item in page["items"]:
                self._taken += 1
                self._run.answer = _answer(item)
                for transition in self._folding.take(item):
                    yield transition
            if self._taken >= page["count"]:
                break
        self._behind = False
        if page["question"] is not None and self._closing is None:
            raise Question(page["question"])

    async def _begun(self, at: float) -> AsyncIterator[Transition]:
        if self._folding is not None:
            return
        plan = self._run.plan
        assert plan is not None
        transition = begin(plan, self._run.task, at)
        self._folding = Folding(plan.program, transition)
        if self._first:
            yield transition

    async def _looked(self) -> AsyncIterator[Transition]:
        """Nothing new in the history: look at a loop that is under way, and whether one works."""
        if self._newest == _WAITS and time.monotonic() - self._since > _QUIET:
            await self._run.nobody_works(self._queue)
            return
        if self._folding is None:
            return
        described = await self._handle.describe()
        for pending in described.raw_description.pending_activities:
            if pending.activity_type.name != LOOK_AGAIN or not pending.heartbeat_details.payloads:
                continue
            (item,) = await self._run.decoded(pending.heartbeat_details)
            if item["index"] == self._taken:
                for transition in self._folding.take(item, over=False):
                    yield transition

    async def _ended(self) -> AsyncIterator[Transition]:
        """What is left when the execution is over (or not waited for)."""
        async for transition in self._caught_up():
            yield transition
        event, plan = self._closing, self._run.plan
        if event is None or plan is None:
            return
        how = _CLOSED[event.event_type]
        if how == "continued":
            attributes = event.workflow_execution_continued_as_new_event_attributes
            self.next = attributes.new_execution_run_id
            return
        if self._folding is not None and not self._folding.transition.state.frames:
            return
        end = await self._result(event)
        if end is not None:  # nobody answers for its log any more, but this is known
            state = begin(plan, self._run.task, end.started_at).state
            yield Transition(state._replace(frames=()), (Finish(),), (end,))
        elif self._folding is not None:
            at = event.event_time.ToDatetime().timestamp()
            state = self._folding.transition.state
            yield advance(plan.program, state, Stop("cancelled", f"the run was {how}", at))

    async def _result(self, event: HistoryEvent) -> RunFinished | None:
        done = event.workflow_execution_completed_event_attributes.result
        failure = event.workflow_execution_failed_event_attributes.failure
        details = failure.application_failure_info.details
        for payloads in (done, details):
            if payloads.payloads:
                return end_from_json((await self._run.decoded(payloads))[0])
        return None


def _answer(item: Mapping[str, Any]) -> Any:
    """The answer that an item of the log ends with, if it does."""
    event = item if "event" in item else item["events"][-1]
    return event.get("response")
