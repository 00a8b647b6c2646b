"""The asynchronous door: many runs at once over one set of connections."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from arazzo_runner.errors import ArazzoError, CredentialsError, InputError
from arazzo_runner.execution.clock import Clock
from arazzo_runner.execution.door import Door, pick_workflow
from arazzo_runner.execution.driver import new_run_id
from arazzo_runner.execution.redirects import NOT_ELSEWHERE, came_from_elsewhere
from arazzo_runner.execution.result import RunResult
from arazzo_runner.execution.settings import Settings
from arazzo_runner.interpreter import (
    Event,
    FailureReason,
    Record,
    SendRequest,
    Wait,
    WaitOver,
)
from arazzo_runner.linking import Program
from arazzo_runner.values import Json, Redactor, Request, Response, Stream

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    import httpx

    from arazzo_runner.auth.credential import CallCredentials
    from arazzo_runner.execution.http import AsyncHttp

__all__ = ["AsyncRunner"]


class AsyncRunner(Door):
    """Runs many workflows at once over one set of connections. An async context manager."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        on_record: Callable[[Record], None] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
        redactor: Redactor | None = None,
        **changes: Any,
    ) -> None:
        """Settings, or fields of :class:`Settings` by name, or both."""
        super().__init__(settings, on_record=on_record, clock=clock, redactor=redactor, **changes)
        self._transport = transport
        self._http: AsyncHttp | None = None
        self._loop: AbstractEventLoop | None = None

    async def run(
        self,
        program: Program | str,
        workflow_id: str | None = None,
        *,
        inputs: Mapping[str, Json] | None = None,
    ) -> RunResult:
        """As :meth:`Runner.run`. Cancelling the task stops the run."""
        import asyncio

        self._loop = asyncio.get_running_loop()
        start = self._start(program, workflow_id, inputs)
        http = self._client()
        if not start.needed.ready():
            await self._in_thread(start.needed.prepare)
        conversation = self._conversation(start)
        try:
            effect = next(conversation)
            while True:
                effect = conversation.send(await self._perform(effect, http))
        except StopIteration as end:
            result: RunResult = end.value
            return result

    async def run_many(
        self,
        program: Program | str,
        rows: Iterable[Mapping[str, Json]],
        workflow_id: str | None = None,
        *,
        concurrency: int = 100,
    ) -> list[RunResult]:
        """One run per row of inputs, at most ``concurrency`` at a time; results in row order.

        A row whose inputs do not fit gives a failed result of kind ``inputs``; the others run.
        """
        import asyncio

        if isinstance(program, str):
            program = self.load(program, workflow_id)
        name = pick_workflow(program, workflow_id)
        results: dict[int, RunResult] = {}
        numbered = enumerate(rows)

        async def work() -> None:
            for index, inputs in numbered:
                try:
                    results[index] = await self.run(program, name, inputs=inputs)
                except InputError as error:
                    results[index] = self._rejected(name, error)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(max(1, concurrency)):
                    group.create_task(work())
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None  # not of one row: the call itself is wrong
        return [results[index] for index in sorted(results)]

    def _rejected(self, workflow_id: str, error: InputError) -> RunResult:
        failure = FailureReason("inputs", error.message, None, workflow_id, None, error.hint)
        return RunResult(
            run_id=new_run_id(),
            workflow_id=workflow_id,
            status="failed",
            outputs={},
            missing_outputs=(),
            steps=(),
            warnings=(),
            error=failure,
            transferred_to=None,
            started_at=self._clock.now(),
            duration_ms=0.0,
        )

    async def _perform(self, effect: SendRequest | Wait, http: AsyncHttp) -> Event:
        if isinstance(effect, Wait):
            await self._clock.sleep_async(effect.seconds)
            return WaitOver(self._clock.now())
        try:
            response = await self._exchange(effect, http)
        except ArazzoError as error:
            return self._failed(error)
        return self._arrived(effect, response)

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

    async def close(self) -> None:
        """Close the connections. The runner may be used again."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
