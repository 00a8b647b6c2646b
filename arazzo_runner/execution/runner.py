"""The doors for people who embed the engine: one run at a time, or many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from arazzo_runner.errors import ArazzoError, InputError, UsageError, did_you_mean
from arazzo_runner.execution.clock import Clock, SystemClock
from arazzo_runner.execution.driver import Conversation, drive, new_run_id
from arazzo_runner.execution.loading import load_program
from arazzo_runner.execution.result import RunResult
from arazzo_runner.execution.settings import Settings
from arazzo_runner.execution.signing import Signing
from arazzo_runner.interpreter import (
    Event,
    FailureReason,
    Record,
    RequestFailed,
    ResponseArrived,
    SendRequest,
    Stop,
    Wait,
    WaitOver,
)
from arazzo_runner.linking import Program, prepare_inputs
from arazzo_runner.values import Json, Redactor, Request

if TYPE_CHECKING:
    import httpx

    from arazzo_runner.execution.http import AsyncHttp, HttpSettings, SyncHttp

__all__ = ["AsyncRunner", "Interrupted", "Runner"]


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during a run. ``result`` is what the run came to, its ``error.kind`` interrupted."""

    def __init__(self, result: RunResult) -> None:
        super().__init__()
        self.result = result


class _Door:
    """What both doors share: settings, loading, inputs, signing."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        on_record: Callable[[Record], None] | None = None,
        clock: Clock | None = None,
        redactor: Redactor | None = None,
        **changes: Any,
    ) -> None:
        """Settings, or fields of :class:`Settings` by name, or both.

        ``on_record`` sees every record as it happens. ``clock`` replaces the machine's time.
        ``redactor`` learns every secret a run meets.

        Raises:
            UsageError: there is no such setting.
        """
        known = Settings._fields
        for name in changes:
            if name not in known:
                raise UsageError(f"there is no setting '{name}'", hint=did_you_mean(name, known))
        self.settings = (settings or Settings())._replace(**changes)
        self.redactor = redactor or Redactor()
        self._on_record = on_record
        self._clock = clock or SystemClock()
        self._signing = Signing(self.settings.aws, self.redactor, self._clock.now)

    def load(self, file: str, workflow_id: str | None = None) -> Program:
        """Read and link a document; with ``workflow_id``, only what that workflow comes to.

        ``file`` is a path or a URL.

        Raises:
            DocumentError: it cannot be read, or (LinkError) its references do not resolve.
            UsageError: it has no such workflow.
        """
        return load_program(str(file), workflow_id, self.settings)

    def _conversation(
        self, program: Program | str, workflow_id: str | None, inputs: Mapping[str, Json] | None
    ) -> Conversation:
        if isinstance(program, str):
            program = self.load(program, workflow_id)
        name = pick_workflow(program, workflow_id)
        key = program.entries[name]
        if self.settings.offline:
            raise UsageError(
                f"workflow '{name}' sends requests and the run is offline",
                hint="leave out --offline",
            )
        workflow = program.workflows[key]
        values, notes = prepare_inputs(
            workflow.inputs_schema,
            inputs or {},
            workflow_id=name,
            definitions=program.documents[workflow.document].document.data,
        )
        self._learn_secrets(workflow.inputs_schema, values)
        self._signing.prepare(program, key)
        return drive(
            program,
            name,
            values,
            settings=self.settings.run,
            now=self._clock.now,
            timeout=self.settings.timeout,
            on_record=self._on_record,
            warnings=program.warnings,
            notes=notes,
        )

    def _learn_secrets(self, schema: Json, values: Mapping[str, Json]) -> None:
        """Inputs declared as ``format: password`` are masked in every view (DOC-15)."""
        properties = schema.get("properties") if isinstance(schema, dict) else None
        for name, part in (properties or {}).items():
            if isinstance(part, dict) and part.get("format") == "password":
                value = values.get(name)
                if isinstance(value, str):
                    self.redactor.add(value)

    def _outgoing(self, effect: SendRequest) -> Request:
        """The request with the caller's headers, signed last."""
        request = effect.request
        if self.settings.headers:
            given = {name.lower() for name, _ in request.headers}
            more = tuple(h for h in self.settings.headers if h[0].lower() not in given)
            request = request._replace(headers=(*request.headers, *more))
        return self._signing.sign(request, effect.call)

    def _http_settings(self) -> HttpSettings:
        from arazzo_runner.execution.http import HttpSettings

        return HttpSettings(
            timeout=self.settings.http_timeout,
            limit=self.settings.max_response_bytes,
            verify=self.settings.verify,
            proxy=self.settings.proxy,
        )

    def _failed(self, error: ArazzoError) -> RequestFailed:
        return RequestFailed(error.kind, error.message, self._clock.now())


class Runner(_Door):
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
        conversation = self._conversation(program, workflow_id, inputs)
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
            response = self._client().send(self._outgoing(effect), effect.timeout)
        except ArazzoError as error:
            return self._failed(error)
        return ResponseArrived(response, self._clock.now())

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


class AsyncRunner(_Door):
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

    async def run(
        self,
        program: Program | str,
        workflow_id: str | None = None,
        *,
        inputs: Mapping[str, Json] | None = None,
    ) -> RunResult:
        """As :meth:`Runner.run`. Cancelling the task stops the run."""
        conversation = self._conversation(program, workflow_id, inputs)
        try:
            effect = next(conversation)
            while True:
                effect = conversation.send(await self._perform(effect))
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

        async with asyncio.TaskGroup() as group:
            for _ in range(max(1, concurrency)):
                group.create_task(work())
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

    async def _perform(self, effect: SendRequest | Wait) -> Event:
        if isinstance(effect, Wait):
            await self._clock.sleep_async(effect.seconds)
            return WaitOver(self._clock.now())
        if self._http is None:
            from arazzo_runner.execution.http import AsyncHttp

            self._http = AsyncHttp(self._http_settings(), self._transport)
        try:
            response = await self._http.send(self._outgoing(effect), effect.timeout)
        except ArazzoError as error:
            return self._failed(error)
        return ResponseArrived(response, self._clock.now())

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


def pick_workflow(program: Program, workflow_id: str | None) -> str:
    """The workflow that is meant: the one named, or the only one.

    Raises:
        UsageError: there is no such workflow, or several and none is named.
    """
    names = list(program.entries)
    if workflow_id is None:
        if len(names) == 1:
            return names[0]
        listed = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
        raise UsageError(
            f"the document has {len(names)} workflows: say which one",
            hint=f"one of: {listed}" if names else "it has none",
        )
    if workflow_id not in program.entries:
        near = did_you_mean(workflow_id, names)
        raise UsageError(
            f"there is no workflow '{workflow_id}'",
            hint=near or f"the document has: {', '.join(names[:20])}",
        )
    return workflow_id
