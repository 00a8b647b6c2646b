"""The asynchronous door: many runs at once over one set of connections."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Any

from arazzo_runner.errors import ArazzoError, CredentialsError
from arazzo_runner.execution.async_door import AsyncDoor
from arazzo_runner.execution.beginning import Begun, pick_workflow
from arazzo_runner.execution.clock import Clock
from arazzo_runner.execution.keeper import BEAT, Origin
from arazzo_runner.execution.redirects import NOT_ELSEWHERE, came_from_elsewhere
from arazzo_runner.execution.result import RunResult
from arazzo_runner.execution.settings import Settings
from arazzo_runner.execution.stopping import Interruptible, Stopping
from arazzo_runner.interpreter import (
    Event,
    Record,
    SendRequest,
    Shared,
    Stop,
    Wait,
    WaitOver,
)
from arazzo_runner.linking import Program
from arazzo_runner.values import Json, Redactor, Request, Response, Stream, Value

if TYPE_CHECKING:
    import asyncio

    import httpx

    from arazzo_runner.auth.credential import CallCredentials
    from arazzo_runner.execution.driver import Conversation
    from arazzo_runner.execution.http import AsyncHttp
    from arazzo_runner.execution.in_flight import InFlight, Turn
    from arazzo_runner.execution.journal import Committed, Journal
    from arazzo_runner.execution.performing import AsyncPerformer

__all__ = ["AsyncRunner"]


class AsyncRunner(AsyncDoor):
    """Runs many workflows at once over one set of connections. An async context manager."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        on_record: Callable[[Record], None] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
        redactor: Redactor | None = None,
        journal: Journal | None = None,
        performer: AsyncPerformer | None = None,
        **changes: Any,
    ) -> None:
        """Settings, or fields of :class:`Settings` by name, or both."""
        super().__init__(
            settings,
            on_record=on_record,
            clock=clock,
            redactor=redactor,
            journal=journal,
            **changes,
        )
        self._transport = transport
        self._performer = performer
        self._http: AsyncHttp | None = None
        self._in_flight: InFlight | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        from arazzo_runner.execution.pace import Pace

        self._pace = Pace(self.settings.rate, self._clock.now, self._clock.sleep_async)
        self._stopping = Stopping(self._keeper.cancelled)
        self._closing = Stopping(self._keeper.cancelled)  # what comes last, after they are stopped
        self._heart: asyncio.Task[None] | None = None

    async def run(
        self,
        program: Program | str | PathLike[str],
        workflow_id: str | None = None,
        *,
        inputs: Mapping[str, Json] | None = None,
    ) -> RunResult:
        """As :meth:`Runner.run`. Cancelling the task stops the run; one that is kept can go on."""
        if not isinstance(program, Program):
            program = self.load(program, workflow_id)
        name = pick_workflow(program, workflow_id)
        return await self._converse(partial(self._fresh, program, name, inputs), name)

    def _fresh(
        self, program: Program, name: str, inputs: Mapping[str, Json] | None, **how: Any
    ) -> Begun:
        return self._begin(self._start(program, name, inputs), **how)

    async def _converse(
        self, begin: Callable[[], Begun], workflow_id: str | None = None
    ) -> RunResult:
        """Carry out a run when it is its turn.

        One that is stopped before that comes to nothing when its ``workflow_id`` is told.
        """
        turn, kept, stopping = self._next_turn(), None, self._stopping
        try:
            conversation = await self._admit(begin, turn, always=workflow_id is None)
            del begin  # nothing is held that a run needs no more: ten thousand may wait
            if conversation is None:
                return self._fruitless(self._stopped(None, stopping), workflow_id or "")
            http = self._client()
            effect = next(conversation)
            while True:
                event: Event | Committed
                if not isinstance(effect, SendRequest | Wait):
                    kept = effect.entry.run_id
                    if effect.before is not None and not stopping.asked:
                        # What waits for its turn has not been sent: it is not kept as if it had.
                        await self._ready(turn, effect.before, kept, stopping)
                    event = await self._keeper.commit_async(effect.entry)
                elif stopping.asked:
                    event = self._stopped(kept, stopping, unperformed=True)
                elif isinstance(effect, Wait):
                    turn.has_begun()
                    event = await self._wait(effect, kept, stopping)
                elif turn.taken or await self._ready(turn, effect, kept, stopping):
                    event = await self._perform(effect, http)
                    turn.leave()
                else:
                    event = self._stopped(kept, stopping, unperformed=True)
                if isinstance(event, Stop) and event.kind == "interrupted":
                    stopping = self._closing  # what comes last is carried out all the same
                effect = conversation.send(event)
                del event
        except StopIteration as end:
            result: RunResult = end.value
            return result
        finally:
            turn.close()

    async def _admit(
        self, begin: Callable[[], Begun], turn: Turn, *, always: bool
    ) -> Conversation | None:
        """A run that begins as soon as it may; None when it is stopped before."""
        import asyncio

        self._loop = asyncio.get_running_loop()
        with Interruptible(self._stopping, None):
            await turn.begin()
        if self._stopping.asked and not always:
            return None
        begun = begin()
        try:
            self._client()
            if not begun.needed.ready():
                await self._in_thread(begun.needed.prepare)
        except BaseException:
            begun.give_back()
            raise
        return begun.conversation

    async def _ready(
        self, turn: Turn, effect: SendRequest, run_id: str | None, stopping: Stopping
    ) -> bool:
        """Whether a request may go, as soon as it is its turn; False when the run is stopped."""
        with Interruptible(stopping, run_id):
            await self._pace.ready(effect.request.url)
            await turn.take()
            return not stopping.asked
        return False

    def _stopped(
        self, run_id: str | None, stopping: Stopping, *, unperformed: bool = False
    ) -> Stop:
        return stopping.event(run_id, self._clock.now(), unperformed=unperformed)

    async def run_alone(
        self, program: Program, workflow_id: str, inputs: Mapping[str, Json]
    ) -> RunResult:
        """As :meth:`run`, without the workflow that comes last."""
        begin = partial(self._fresh, program, workflow_id, inputs, alone=True)
        return await self._converse(begin, workflow_id)

    async def resume(self, run_id: str, *, inputs: Mapping[str, Json] | None = None) -> RunResult:
        """As :meth:`Runner.resume`."""
        async with self._with_settings_of(run_id) as other:
            return await other._converse(partial(other._going_on, run_id, inputs))

    async def retry(self, run_id: str, *, inputs: Mapping[str, Json] | None = None) -> RunResult:
        """As :meth:`Runner.retry`."""
        async with self._with_settings_of(run_id) as other:
            return await other._converse(partial(other._going_on, run_id, inputs, retry=True))

    @asynccontextmanager
    async def _with_settings_of(self, run_id: str) -> AsyncIterator[AsyncRunner]:
        """A runner like this one with the settings of a run; what stops this one stops it."""
        other = AsyncRunner(
            self._settings_of(run_id),
            on_record=self._on_record,
            transport=self._transport,
            clock=self._clock,
            redactor=self.redactor,
            journal=self._keeper.journal(),
            performer=self._performer,
        )
        self._next_turn()
        other._keeper.cancelled = self._keeper.cancelled
        other._stopping, other._closing = self._stopping, self._closing
        other._pace, other._in_flight = self._pace, self._in_flight
        async with other:
            yield other

    def run_row(
        self,
        program: Program,
        workflow_id: str,
        inputs: Mapping[str, Value],
        origin: Origin,
        shared: Shared | None = None,
    ) -> Coroutine[Any, Any, RunResult]:
        """Run a row of a batch; the result has no steps."""
        begin = partial(
            self._fresh,
            program,
            workflow_id,
            inputs,
            origin=origin,
            shared=shared,
            keep_steps=False,
        )
        return self._converse(begin, workflow_id)

    def go_on_with_row(
        self, program: Program, run_id: str, inputs: Mapping[str, Value]
    ) -> Coroutine[Any, Any, RunResult]:
        """Go on with a row of a batch, whose inputs are at hand; the result has no steps."""
        return self._converse(
            partial(self._going_on, run_id, inputs, keep_steps=False, program=program, whole=True)
        )

    @property
    def stopping(self) -> bool:
        """Whether :meth:`stop` was called."""
        return self._stopping.asked

    @property
    def waiting(self) -> int:
        """How many runs let time pass at this moment."""
        return self._stopping.resting

    def stop(self) -> None:
        """End every run: one that waits at once, the others when their request is answered.

        Runs that are kept can go on later. Results have ``error.kind`` interrupted. What comes last
        is carried out; called once more, it is stopped as well.
        """
        if self._stopping.asked:
            self._closing.stop()
        self._stopping.stop()

    async def _wait(self, effect: Wait, run_id: str | None, stopping: Stopping) -> Event:
        """Let time pass, unless the run is cancelled or all runs are stopped meanwhile."""
        import asyncio

        if self._heart is None and run_id is not None:
            self._heart = asyncio.create_task(self._beat())
        self._stopping.resting += 1
        try:
            with Interruptible(stopping, run_id):
                if self._performer is not None:
                    return await self._performer.perform(effect)
                await self._clock.sleep_async(effect.seconds)
                return WaitOver(self._clock.now())
            return self._stopped(run_id, stopping)
        finally:
            self._stopping.resting -= 1

    async def _beat(self) -> None:
        """Say every few seconds that this process is alive; end the waits of cancelled runs."""
        import asyncio

        while True:
            await asyncio.sleep(BEAT)
            before = set(self._keeper.cancelled)
            await asyncio.to_thread(self._keeper.beat, time.monotonic())
            for stopping in (self._stopping, self._closing):
                stopping.cancel(self._keeper.cancelled - before)

    def _one_of_many(
        self, program: Program, workflow_id: str, inputs: Mapping[str, Json]
    ) -> Coroutine[Any, Any, RunResult]:
        begin = partial(self._fresh, program, workflow_id, inputs, fold_polls=True)
        return self._converse(begin, workflow_id)

    async def perform(self, effect: SendRequest) -> Event:
        """Send one request of a run that is carried out elsewhere: ``ResponseArrived`` or
        ``RequestFailed``. Credentials, redirects and pace are as for runs of this runner.
        """
        import asyncio

        self._loop = asyncio.get_running_loop()
        http = self._client()
        await self._pace.ready(effect.request.url)
        return await self._perform(effect, http)

    async def _perform(self, effect: SendRequest, http: AsyncHttp) -> Event:
        if self._performer is not None:
            return await self._performer.perform(effect)
        left = self.settings.resend_throttled
        while True:
            try:
                response = await self._exchange(effect, http)
            except ArazzoError as error:
                return self._failed(error)
            self._pace.learn(effect.request.url, response)
            if response.status != 429 or left <= 0 or self._stopping.asked:
                return self._arrived(effect, response)
            left -= 1
            await self._pace.ready(effect.request.url)

    async def _exchange(self, effect: SendRequest, http: AsyncHttp) -> Response:
        """As the synchronous door; what blocks is done in a thread."""
        request = self._outgoing(effect)
        credentials = self.credentials.of(effect.call, request)
        if not credentials.ready():
            await self._in_thread(credentials.prepare)
        context = self._context(effect)
        sent = await self._apply(credentials, request)
        response = await http.send(sent, effect.timeout, context)
        why = not came_from_elsewhere(sent, response) and credentials.answered(sent, response)
        if not why:
            return response
        try:
            if not credentials.ready():
                await self._in_thread(credentials.prepare)
            again = await self._apply(credentials, request)
        except CredentialsError as error:
            return response._replace(note=error.message)
        response = await http.send(again, effect.timeout, context)
        if not came_from_elsewhere(again, response):
            credentials.answered(again, response)  # for the next request
        return response._replace(remark=why) if isinstance(why, str) else response

    @staticmethod
    async def _apply(credentials: CallCredentials, request: Request) -> Request:
        if not isinstance(request.body, Stream):
            return credentials.apply(request)
        import asyncio

        return await asyncio.to_thread(credentials.apply, request)  # a signature reads its files

    @staticmethod
    async def _in_thread(work: Callable[[], None]) -> None:
        import asyncio

        await asyncio.to_thread(work)

    def _send_and_wait(self, request: Request) -> Response:
        import asyncio

        assert self._loop is not None
        sending = self._client().send(request, None, NOT_ELSEWHERE)
        return asyncio.run_coroutine_threadsafe(sending, self._loop).result()

    def _client(self) -> AsyncHttp:
        if self._http is None:
            from arazzo_runner.execution.http import AsyncHttp

            self._http = AsyncHttp(self._http_settings(), self._transport)
        return self._http

    def _next_turn(self) -> Turn:
        from arazzo_runner.execution.in_flight import InFlight, Turn

        if self._in_flight is None:
            self._in_flight = InFlight()
        return Turn(self._in_flight)

    async def close(self) -> None:
        """Close the connections. The runner may be used again."""
        if self._heart is not None:
            self._heart.cancel()
            self._heart = None
        self._keeper.close()
        if self._http is not None:
            await self._http.close()
            self._http = None
        self._in_flight = None
