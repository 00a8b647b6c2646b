"""The synchronous door: one run at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from arazzo_runner.errors import ArazzoError, CredentialsError
from arazzo_runner.execution.clock import Clock
from arazzo_runner.execution.door import Door
from arazzo_runner.execution.driver import Conversation
from arazzo_runner.execution.redirects import NOT_ELSEWHERE, came_from_elsewhere
from arazzo_runner.execution.result import RunResult
from arazzo_runner.execution.settings import Settings
from arazzo_runner.interpreter import (
    Event,
    Record,
    SendRequest,
    Stop,
    Wait,
    WaitOver,
)
from arazzo_runner.linking import Program
from arazzo_runner.values import Json, Redactor, Request, Response

if TYPE_CHECKING:
    import httpx

    from arazzo_runner.execution.http import SyncHttp

__all__ = ["Interrupted", "Runner"]


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during a run. ``result`` is what the run came to, its ``error.kind`` interrupted."""

    def __init__(self, result: RunResult) -> None:
        super().__init__()
        self.result = result


class Runner(Door):
    """Runs workflows one at a time. A context manager: leaving it closes the connections."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        on_record: Callable[[Record], None] | None = None,
        on_tick: Callable[[float], None] | None = None,
        transport: httpx.BaseTransport | None = None,
        clock: Clock | None = None,
        redactor: Redactor | None = None,
        **changes: Any,
    ) -> None:
        """As :class:`AsyncRunner`; ``on_tick`` gets the time about once a second during waits.

        ``transport`` is an httpx transport that takes the place of the network.
        """
        super().__init__(settings, on_record=on_record, clock=clock, redactor=redactor, **changes)
        self._on_tick = on_tick
        self._transport = transport
        self._http: SyncHttp | None = None

    def run(
        self,
        program: Program | str,
        workflow_id: str | None = None,
        *,
        inputs: Mapping[str, Json] | None = None,
    ) -> RunResult:
        """Run a workflow to its end. A workflow that fails is a result, not an exception.

        ``workflow_id`` may be left out when the document has one workflow.

        Raises:
            UsageError: no such workflow; InputError: the inputs do not fit; CredentialsError:
                nothing to sign with.
            DocumentError: ``program`` is a path and the document cannot be read or linked.
            Interrupted: Ctrl-C; a KeyboardInterrupt that carries the result so far.
        """
        start = self._start(program, workflow_id, inputs)
        self._client()  # what is wrong with the settings shows now, not during the run
        start.needed.prepare()
        conversation = self._conversation(start)
        try:
            effect = next(conversation)
            while True:
                try:
                    event = self._perform(effect)
                except KeyboardInterrupt:
                    raise self._interrupt(conversation) from None
                effect = conversation.send(event)
        except StopIteration as end:
            result: RunResult = end.value
            return result

    def _perform(self, effect: SendRequest | Wait) -> Event:
        if isinstance(effect, Wait):
            self._clock.sleep(effect.seconds, self._on_tick)
            return WaitOver(self._clock.now())
        try:
            response = self._exchange(effect)
        except ArazzoError as error:
            return self._failed(error)
        return self._arrived(effect, response)

    def _exchange(self, effect: SendRequest) -> Response:
        """Send a request with its credentials; once more when they learned from the answer."""
        request = self._outgoing(effect)
        credentials = self.credentials.of(effect.call, request)
        credentials.prepare()
        sent = credentials.apply(request)
        context = self._context(effect)
        response = self._client().send(sent, effect.timeout, context)
        why = not came_from_elsewhere(sent, response) and credentials.answered(sent, response)
        if not why:
            return response
        try:
            credentials.prepare()
            again = credentials.apply(request)
        except CredentialsError as error:
            return response._replace(note=error.message)
        response = self._client().send(again, effect.timeout, context)
        if not came_from_elsewhere(again, response):
            credentials.answered(again, response)  # for the next request
        return response._replace(remark=why) if isinstance(why, str) else response

    def _send_and_wait(self, request: Request) -> Response:
        return self._client().send(request, None, NOT_ELSEWHERE)

    def _interrupt(self, conversation: Conversation) -> Interrupted:
        try:
            conversation.send(Stop("interrupted", "the run was interrupted", self._clock.now()))
        except StopIteration as end:
            return Interrupted(end.value)
        raise AssertionError("a stopped run goes on")  # pragma: no cover

    def _client(self) -> SyncHttp:
        if self._http is None:
            from arazzo_runner.execution.http import SyncHttp

            self._http = SyncHttp(self._http_settings(), self._transport)
        return self._http

    def close(self) -> None:
        """Close the connections. The runner may be used again."""
        if self._http is not None:
            self._http.close()
            self._http = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
