"""A door whose runs are carried out by the workers of a Temporal server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

from arazzo_runner.errors import Fault, TemporalError, UncertainError, UsageError
from arazzo_runner.execution.async_door import AsyncDoor
from arazzo_runner.execution.batch import row_key
from arazzo_runner.execution.beginning import Start
from arazzo_runner.execution.credentials import Needed
from arazzo_runner.execution.driver import Collector, new_run_id, noted
from arazzo_runner.execution.keeper import Origin
from arazzo_runner.execution.result import RunResult
from arazzo_runner.execution.sealing import find_secrets
from arazzo_runner.execution.settings import Settings
from arazzo_runner.interpreter import Noted, Record, RunFinished, Shared
from arazzo_runner.linking import Program
from arazzo_runner.temporal.cluster import Cluster, connect, explaining
from arazzo_runner.temporal.events import fault_from_json
from arazzo_runner.temporal.names import SETTLE
from arazzo_runner.temporal.plans import Plan, Plans
from arazzo_runner.temporal.tasks import inputs_of
from arazzo_runner.values import EMPTY, Json, Redactor, Value

if TYPE_CHECKING:
    from temporalio.client import Client, WorkflowHandle

    from arazzo_runner.temporal.following import Follower
    from arazzo_runner.temporal.runs import Listed
    from arazzo_runner.temporal.starting import Starter

__all__ = ["TemporalRunner"]


class TemporalRunner(AsyncDoor):
    """Runs workflows on a Temporal server. An async context manager.

    Requests are sent by workers (``arazzo worker``), with their own credentials; a run goes on
    whatever becomes of this process.
    """

    def __init__(
        self,
        cluster: Cluster | str,
        settings: Settings | None = None,
        *,
        on_record: Callable[[Record], None] | None = None,
        redactor: Redactor | None = None,
        client: Client | None = None,
        again: bool = False,
        **changes: Any,
    ) -> None:
        """``cluster`` is the server or its ``HOST:PORT``; the rest is as for ``AsyncRunner``.

        ``client`` is a connection that is there already; it has to have the payload codec.
        ``again`` runs rows of a batch once more whose run failed.
        """
        super().__init__(settings, on_record=on_record, redactor=redactor, **changes)
        self.cluster = Cluster(cluster) if isinstance(cluster, str) else cluster
        if self.settings.teardown is not None:
            raise UsageError("a workflow that runs last (--finally) does not go with Temporal")
        if self.settings.rate is not None:
            raise UsageError(
                "the rate of requests is limited by the workers on Temporal",
                hint="start each of them with --limit HOST=N/TIME",
            )
        self._client = client
        self._given = client is not None
        self._plans = Plans(self.settings.cache)
        self._again = again
        self._starter: Starter | None = None
        self._rows: set[asyncio.Task[Any]] = set()
        self._stopping = False
        self.newest: Collector | None = None

    # -- as every door ---------------------------------------------------------------------------

    async def run(
        self,
        program: Program | str | PathLike[str],
        workflow_id: str | None = None,
        *,
        inputs: Mapping[str, Json] | None = None,
        run_id: str | None = None,
    ) -> RunResult:
        """As ``AsyncRunner.run``. Cancelling the task no longer waits for the run: it goes on.

        ``run_id`` is the run's name on the server; a run of that name must not exist.

        Raises:
            UncertainError: the run waits for somebody to say what became of a request.
            TemporalError: the server cannot be used. ArazzoError: as ``AsyncRunner.run``.
        """
        start = self._start(program, workflow_id, inputs)
        handle = await self._begun(start, run_id)
        return await self._followed(handle.id, handle.first_execution_run_id)

    async def start(
        self,
        program: Program | str | PathLike[str],
        workflow_id: str | None = None,
        *,
        inputs: Mapping[str, Json] | None = None,
        run_id: str | None = None,
    ) -> str:
        """Begin a run and do not wait for it; its id."""
        return (await self._begun(self._start(program, workflow_id, inputs), run_id)).id

    async def result(self, run_id: str) -> RunResult:
        """The result of a run, every record shown, from its beginning on, waited for.

        Raises:
            UncertainError: it waits for an answer. RunNotFound: there is none.
        """
        found = await self.described(run_id)
        return await self._followed(run_id, found.first_execution, wait=not found.over)

    async def resume(
        self, run_id: str, *, inputs: Mapping[str, Json] | None = None, choice: str | None = None
    ) -> RunResult:
        """Follow a run to its end; with ``choice`` (``skip``, ``resend``, ``fail``), one that is
        uncertain goes on.

        Raises:
            UncertainError: it is uncertain, and there is no choice. RunNotFound: there is none.
        """
        if inputs:
            raise UsageError(
                "the inputs of a run on Temporal cannot be changed",
                hint=f"'arazzo runs retry {run_id}' takes changed inputs",
            )
        found = await self.described(run_id)
        if found.over:
            raise UsageError(
                f"run {run_id} is over: {found.status}",
                hint=None
                if found.status == "completed"
                else f"'arazzo runs retry {run_id}' goes on from the step that failed",
            )
        if choice is not None:
            async with explaining(self.cluster):
                await (await self.client()).get_workflow_handle(run_id).signal(SETTLE, choice)
        return await self._followed(run_id, found.first_execution)

    async def retry(self, run_id: str, *, inputs: Mapping[str, Json] | None = None) -> RunResult:
        """Go on with a run that failed from the step that failed; ``inputs`` are changed ones.

        Its settings are those that it had, those of this runner that are not the default over
        them.

        Raises:
            UsageError: it did not fail. RunNotFound: there is none.
        """
        from arazzo_runner.temporal.payloads import encrypts
        from arazzo_runner.temporal.retrying import retried_task

        found = await self.described(run_id)
        client = await self.client()
        run = self.follower(client, run_id, found.first_execution)
        async with explaining(self.cluster):
            packed, task = await retried_task(
                run,
                found,
                self.settings,
                self.redactor,
                inputs or EMPTY,
                secrets=encrypts(client.data_converter),
            )
        memo = {name: value for name, value in found.memo.items() if name != "status"}
        handle = await (await self._ready()).started_again(run_id, packed, task, memo)
        return await self._followed(run_id, handle.first_execution_run_id)

    async def cancel(self, run_id: str) -> None:
        """Ask a run to end.

        Raises:
            UsageError: it is over. RunNotFound: there is none of that id.
        """
        found = await self.described(run_id)
        if found.over:
            raise UsageError(f"run {run_id} is over: {found.status}")
        async with explaining(self.cluster):
            await (await self.client()).get_workflow_handle(run_id).cancel()

    async def runs(self) -> AsyncIterator[Listed]:
        """The runs that the server knows, the newest first."""
        from arazzo_runner.temporal.runs import listed

        async for each in listed(await self.client(), self.cluster):
            yield each

    async def described(self, run_id: str) -> Listed:
        """One run as the server knows it.

        Raises:
            RunNotFound: there is none of that id.
        """
        from arazzo_runner.temporal.runs import described

        return await described(await self.client(), self.cluster, run_id)

    async def plan_of(self, run_id: str) -> Plan:
        """What a run is carried out by."""
        run = self.follower(await self.client(), run_id, None)
        async with explaining(self.cluster):
            await run.first()
        assert run.plan is not None
        return run.plan

    def _one_of_many(
        self, program: Program, workflow_id: str, inputs: Mapping[str, Json]
    ) -> Coroutine[Any, Any, RunResult]:
        return self.run(program, workflow_id, inputs=inputs)

    async def run_alone(
        self, program: Program, workflow_id: str, inputs: Mapping[str, Json]
    ) -> RunResult:
        """As :meth:`run`: no workflow comes last."""
        return await self.run(program, workflow_id, inputs=inputs)

    async def run_row(
        self,
        program: Program,
        workflow_id: str,
        inputs: Mapping[str, Value],
        origin: Origin,
        shared: Shared | None = None,
    ) -> RunResult:
        """Run a row of a batch; the result has no steps."""
        start = self._start(program, workflow_id, inputs)
        name = row_id(origin, start, inputs)
        handle = await self._begun(start, name, origin=origin, shared=shared)
        return await self._ended(handle, (*program.warnings, *start.notes))

    async def start_row(
        self, program: Program, workflow_id: str, inputs: Mapping[str, Value], origin: Origin
    ) -> str:
        """Begin a row of a batch and do not wait for it; its run's id."""
        start = self._start(program, workflow_id, inputs)
        return (await self._begun(start, row_id(origin, start, inputs), origin=origin)).id

    async def go_on_with_row(
        self,
        program: Program,
        run_id: str,
        inputs: Mapping[str, Value],  # noqa: ARG002 - the run has them
    ) -> RunResult:
        """Wait for a row of a batch that was begun before; the result has no steps."""
        handle = (await self.client()).get_workflow_handle(run_id)
        return await self._ended(handle, program.warnings)

    def stop(self) -> None:
        """No longer wait for any run. They go on."""
        self._stopping = True
        for task in self._rows:
            task.cancel()

    @property
    def stopping(self) -> bool:
        """Whether :meth:`stop` was called."""
        return self._stopping

    @property
    def waiting(self) -> int:
        """How many runs are waited for."""
        return len(self._rows)

    # -- connections -------------------------------------------------------------------------------

    async def client(self) -> Client:
        """The connection, made now if there is none.

        Raises:
            TemporalError: the server cannot be used.
        """
        if self._client is None:
            self._client = await connect(self.cluster, self.settings, self.redactor)
        return self._client

    async def close(self) -> None:
        """Forget the connection, unless it was given."""
        if not self._given:
            self._client = None

    # -- beginning ---------------------------------------------------------------------------------

    def _needed(self, _program: Program, _key: str, /) -> Needed:
        return Needed(())  # the workers have the credentials

    async def _begun(
        self,
        start: Start,
        run_id: str | None,
        *,
        origin: Origin | None = None,
        shared: Shared | None = None,
    ) -> WorkflowHandle[Any, Any]:
        starter = await self._ready()
        return await starter.begun(start, run_id or new_run_id(), origin=origin, shared=shared)

    async def _ready(self) -> Starter:
        """What begins runs: first of all there has to be a connection."""
        client = await self.client()
        if self._starter is None or self._starter.client is not client:
            from arazzo_runner.temporal.starting import Starter

            self._starter = Starter(
                client,
                self.cluster,
                self.settings,
                self.redactor,
                again=self._again,
            )
        return self._starter

    # -- following ---------------------------------------------------------------------------------

    def follower(self, client: Client, run_id: str, execution: str | None) -> Follower:
        """What follows a run."""
        from arazzo_runner.temporal.following import Follower
        from arazzo_runner.temporal.starting import is_served

        async def idle(queue: str) -> str | None:
            if await is_served(client, queue, workflows=True):
                return None
            return (
                f"no worker serves the queue {queue}: start one with 'arazzo worker --temporal "
                f"{self.cluster.address}'"
            )

        return Follower(client, self._plans, run_id, execution, self._tell, idle)

    def _tell(self, message: str) -> None:
        if self._on_record is not None:
            self._on_record(Noted("temporal", message, None, None, self._clock.now()))

    async def _followed(
        self, run_id: str, execution: str | None, *, wait: bool = True
    ) -> RunResult:
        """The result of a run, every record shown on the way."""
        collected = await self.seen(run_id, execution, wait=wait)
        assert collected is not None
        return collected.result()

    async def seen(
        self, run_id: str, execution: str | None, *, wait: bool = True
    ) -> Collector | None:
        """What a run did so far, every record shown; with ``wait``, to its end.

        ``newest`` is the same while it is collected.

        Raises:
            UncertainError: the run waits for somebody to say what became of a request.
        """
        from arazzo_runner.temporal.following import Question

        run = self.follower(await self.client(), run_id, execution)
        self.newest = None
        try:
            async with explaining(self.cluster):
                async for transition in run.transitions(wait=wait):
                    if self.newest is None:
                        self.newest = self._collector(run_id, run)
                    self.newest.take(transition)
        except Question as question:
            raise UncertainError(
                str(question),
                hint=f"find out, then 'arazzo runs resume {run_id} --temporal "
                f"{self.cluster.address}' with --on-uncertain skip (it did), resend (it did not) "
                "or fail (give up)",
            ) from None
        return self.newest

    def _collector(self, run_id: str, run: Follower) -> Collector:
        assert run.plan is not None
        program = run.plan.program
        for workflow, inputs in inputs_of(run.plan, run.task):
            # The documents, not this process, say which are secret: it may not have begun the run.
            root = program.documents[workflow.document].document.data
            self._lessons.inputs(workflow.inputs_schema, inputs, root)
        collected = Collector(run_id, program.warnings, self._recorder(program, None))
        for data in run.task.get("notes", ()):
            fault = fault_from_json(data)
            collected.record(noted(fault, run.plan.workflow_id, self._clock.now()))
        return collected

    async def _ended(
        self, handle: WorkflowHandle[Any, Any], warnings: tuple[Fault, ...]
    ) -> RunResult:
        """The result of a run without its steps."""
        from arazzo_runner.temporal.runs import end_of

        task = asyncio.current_task()
        assert task is not None
        self._rows.add(task)
        try:
            end = await end_of(handle, self.cluster)
        except asyncio.CancelledError:
            if not self._stopping or task.uncancel():
                raise
            error = TemporalError("no longer waited for", kind="interrupted")
            return self.rejected("", error, handle.id)
        finally:
            self._rows.discard(task)
        return result_of(handle.id, end, warnings)


def row_id(origin: Origin, start: Start, inputs: Mapping[str, Value]) -> str:
    """The name of a row's run: the same again when the batch is resumed and the row is the same.

    Secret inputs have no part in it: names are readable, and a short secret could be guessed.
    """
    workflow = start.program.workflows[start.program.entries[start.workflow_id]]
    root = start.program.documents[workflow.document].document.data
    secret = {name.partition(".")[0] for name in find_secrets(workflow.inputs_schema, inputs, root)}
    public = {name: value for name, value in inputs.items() if name not in secret}
    return f"{origin.batch}-{origin.row}-{row_key(public)[:8]}"


def result_of(run_id: str, end: RunFinished, warnings: tuple[Fault, ...] = ()) -> RunResult:
    """A result that knows nothing but how the run ended."""
    collected = Collector(run_id, warnings, None)
    collected.record(end)
    return collected.result()
