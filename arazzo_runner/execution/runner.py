"""The synchronous door: one run at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from arazzo_runner.errors import ArazzoError, CredentialsError
from arazzo_runner.execution.beginning import Begun
from arazzo_runner.execution.clock import Clock
from arazzo_runner.execution.door import Door
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
    from arazzo_runner.execution.journal import Committed, Journal
    from arazzo_runner.execution.performing import Performer

__all__ = ["Interrupted", "Runner"]


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during a run. ``result`` is what the run came to, its ``error.kind`` interrupted.

    ``kept`` says that the journal has the run, which can go on later.
    """

    def __init__(self, result: RunResult, *, kept: bool = False) -> None:
        super().__init__()
        self.result = result
        self.kept = kept


class _Cancelled(Exception):
    """Somebody cancelled the run while it waits."""


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
        journal: Journal | None = None,
        performer: Performer | None = None,
        more_headers: Callable[[], Iterable[tuple[str, str]]] | None = None,
        **changes: Any,
    ) -> None:
        """As :class:`AsyncRunner`; ``on_tick`` gets the time about once a second during waits.

        ``transport`` is an httpx transport that takes the place of the network, ``performer`` takes
        the place of network and clock. ``more_headers`` is asked before every request, after its
        record was shown: the context of a trace, for example. What a request sets itself wins.
        """
        super().__init__(
            settings,
            on_record=on_record,
            clock=clock,
            redactor=redactor,
            journal=journal,
            **changes,
        )
        self._on_tick = on_tick
        self._transport = transport
        self._performer = performer
        self._more_headers = more_headers
        self._http: SyncHttp | None = None
        self._kept: str | None = None  # the run that the journal has
        self._other: Runner | None = None  # carries out a run that goes on
        self._carrying = False
        self._performing = False
        self._sleeping = False
        self._stopping = False

    def run(
        self,
        program: Program | str | PathLike[str],
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
        return self._converse(self._begin(self._start(program, workflow_id, inputs)))

    def resume(self, run_id: str, *, inputs: Mapping[str, Json] | None = None) -> RunResult:
        """Go on with a run of the journal where it was, and return its result.

        It has the settings that it began with; those of this runner that are not the default go
        over them. ``inputs`` are its secret inputs, which the journal does not have.

        Raises:
            RunNotFound: there is no such run; RunBusy: another process has it.
            UncertainError: somebody has to say whether its last request did its work.
            ArazzoError: as :meth:`run`.
        """
        with self._with_settings_of(run_id) as other:
            return other._converse(other._going_on(run_id, inputs))

    def retry(self, run_id: str, *, inputs: Mapping[str, Json] | None = None) -> RunResult:
        """Go on with a run that failed from the step that failed; ``inputs`` are changed ones.

        Raises:
            ArazzoError: as :meth:`resume`.
        """
        with self._with_settings_of(run_id) as other:
            return other._converse(other._going_on(run_id, inputs, retry=True))

    @contextmanager
    def _with_settings_of(self, run_id: str) -> Iterator[Runner]:
        """A runner like this one with the settings of a run; what stops this one stops it."""
        other = Runner(
            self._settings_of(run_id),
            on_record=self._on_record,
            on_tick=self._on_tick,
            transport=self._transport,
            clock=self._clock,
            redactor=self.redactor,
            journal=self._keeper.journal(),
            performer=self._performer,
            more_headers=self._more_headers,
        )
        self._other = other
        try:
            with other:
                yield other
        finally:
            self._other = None

    def _converse(self, begun: Begun) -> RunResult:
        conversation = begun.conversation
        try:
            self._client()  # what is wrong with the settings shows now, not during the run
            begun.needed.prepare()
        except BaseException:
            begun.give_back()
            raise
        self._carrying, interrupted = True, False
        try:
            effect = next(conversation)
            while True:
                event: Event | Committed
                if not isinstance(effect, SendRequest | Wait):
                    self._kept = effect.entry.run_id
                    event = self._keeper.commit(effect.entry)
                elif self._stopping:  # what comes last is carried out all the same
                    self._stopping, interrupted = False, True
                    event = self._interruption(unperformed=True)
                else:
                    try:
                        self._performing = True
                        event = self._perform(effect)
                    except KeyboardInterrupt:
                        self._stopping, interrupted = False, True
                        event = self._interruption()
                    finally:
                        self._performing = False
                effect = conversation.send(event)
        except StopIteration as end:
            result: RunResult = end.value
            if not interrupted:
                return result
            raise Interrupted(result, kept=self._kept is not None and _is_open(result)) from None
        finally:
            self._carrying, self._stopping, self._kept = False, False, None

    def stop(self) -> bool:
        """Ask a run to stop as soon as the request in flight is answered (any thread).

        False when it waits, or sends a request that the journal does not have: nothing is gained by
        waiting for that. Asked once more, the workflow that comes last is stopped as well.
        """
        if self._other is not None:
            return self._other.stop()
        gains_nothing = self._performing and (self._sleeping or self._kept is None)
        self._stopping = self._carrying and not gains_nothing
        return self._stopping

    @property
    def stopping(self) -> bool:
        """Whether the run is about to stop, as :meth:`stop` asked it to."""
        return self._stopping if self._other is None else self._other.stopping

    def _perform(self, effect: SendRequest | Wait) -> Event:
        if self._performer is not None:
            return self._performer.perform(effect)
        if isinstance(effect, Wait):
            return self._wait(effect)
        try:
            response = self._exchange(effect)
        except ArazzoError as error:
            return self._failed(error)
        return self._arrived(effect, response)

    def _exchange(self, effect: SendRequest) -> Response:
        """Send a request with its credentials; once more when they learned from the answer."""
        more = () if self._more_headers is None else self._more_headers()
        request = self._outgoing(effect, more)
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

    def _wait(self, effect: Wait) -> Event:
        self._sleeping = True
        try:
            self._clock.sleep(effect.seconds, self._on_tick if self._kept is None else self._tick)
        except _Cancelled:
            return Stop("cancelled", "the run was cancelled", self._clock.now())
        finally:
            self._sleeping = False
        return WaitOver(self._clock.now())

    def _tick(self, now: float) -> None:
        """Time passes while a kept run waits."""
        if self._on_tick is not None:
            self._on_tick(now)
        self._keeper.beat(now)
        if self._kept in self._keeper.cancelled:
            raise _Cancelled

    def _interruption(self, *, unperformed: bool = False) -> Stop:
        return Stop("interrupted", "the run was interrupted", self._clock.now(), unperformed)

    def _client(self) -> SyncHttp:
        if self._http is None:
            from arazzo_runner.execution.http import SyncHttp

            self._http = SyncHttp(self._http_settings(), self._transport)
        return self._http

    def close(self) -> None:
        """Close the connections. The runner may be used again."""
        self._keeper.close()
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


def _is_open(result: RunResult) -> bool:
    """Whether an interrupted run can go on: what was cleaned up cannot."""
    last = result if result.teardown is None else result.teardown
    return last.error is not None and last.error.kind == "interrupted"
