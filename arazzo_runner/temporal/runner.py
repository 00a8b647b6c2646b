"""A door whose runs are carried out by the workers of a Temporal server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from arazzo_runner.errors import Fault, TemporalError, UncertainError, UsageError
from arazzo_runner.execution.async_door import AsyncDoor
from arazzo_runner.execution.credentials import Needed, reachable_workflows
from arazzo_runner.execution.door import Start
from arazzo_runner.execution.driver import Collector, new_run_id
from arazzo_runner.execution.keeper import Origin
from arazzo_runner.execution.result import RunResult
from arazzo_runner.execution.sealing import find_secrets
from arazzo_runner.execution.settings import Settings
from arazzo_runner.interpreter import Noted, Record, RunFinished, Shared
from arazzo_runner.linking import OperationCall, Program
from arazzo_runner.temporal.cluster import Cluster, connect, explained
from arazzo_runner.temporal.names import ENGINE_VERSION, SETTLE, WORKFLOW, host_queue, queue_of
from arazzo_runner.temporal.plans import Plan, Plans, pack
from arazzo_runner.temporal.tasks import task_of
from arazzo_runner.values import EMPTY, Json, Redactor, Value

if TYPE_CHECKING:
    from temporalio.client import Client, WorkflowHandle

    from arazzo_runner.temporal.following import Follower
    from arazzo_runner.temporal.runs import Listed

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
        **changes: Any,
    ) -> None:
        """``cluster`` is the server or its ``HOST:PORT``; the rest is as for ``AsyncRunner``.

        ``client`` is a connection that is there already; it has to have the payload codec.
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
        self._hosts: dict[int, tuple[str, ...]] = {}
        self._rows: set[asyncio.Task[Any]] = set()
        self._stopping = False
        self.newest: Collector | None = None

    # -- as every door ---------------------------------------------------------------------------

    async def run(
        self,
        program: Program | str,
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
        return await self._followed(handle.id, handle.first_execution_run_id, start)

    async def start(
        self,
        program: Program | str,
        workflow_id: str | None = None,
        *,
        inputs: Mapping[str, Json] | None = None,
        run_id: str | None = None,
    ) -> str:
        """Begin a run and do not wait for it; its id."""
        return (await self._begun(self._start(program, workflow_id, inputs), run_id)).id

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
            async with self._explaining():
                await (await self.client()).get_workflow_handle(run_id).signal(SETTLE, choice)
        return await self._followed(run_id, found.first_execution)

    async def retry(self, run_id: str, *, inputs: Mapping[str, Json] | None = None) -> RunResult:
        """Go on with a run that failed from the step that failed; ``inputs`` are changed ones.

        Its settings are those that it had, those of this runner that are not the default over
        them.

        Raises:
            UsageError: it did not fail. RunNotFound: there is none.
        """
        from arazzo_runner.temporal.retrying import retried_task

        found = await self.described(run_id)
        run = self.follower(await self.client(), run_id, found.first_execution)
        async with self._explaining():
            packed, task = await retried_task(
                run, found, self.settings, self.redactor, inputs or EMPTY
            )
        memo = {name: value for name, value in found.memo.items() if name != "status"}
        handle = await self._started(run_id, packed, task, memo, again=True)
        return await self._followed(run_id, handle.first_execution_run_id)

    async def cancel(self, run_id: str) -> None:
        """Ask a run to end.

        Raises:
            UsageError: it is over. RunNotFound: there is none of that id.
        """
        found = await self.described(run_id)
        if found.over:
            raise UsageError(f"run {run_id} is over: {found.status}")
        async with self._explaining():
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
        async with self._explaining():
            await run.first()
        assert run.plan is not None
        return run.plan

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
        run_id = f"{origin.batch}-{origin.row}-{origin.row_key[:8]}"
        handle = await self._begun(start, run_id, origin=origin, shared=shared)
        return await self._ended(handle, (*program.warnings, *start.notes))

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

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

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
        """A run that is begun on the server, or for a row the one that was begun before.

        Raises:
            TemporalError: there is a run of that id, or the server refuses.
        """
        client = await self.client()
        name = run_id or new_run_id()
        self._refuse_secrets(start)
        packed = pack(start.program, start.workflow_id, self.settings, self.redactor)
        hosts = await self._limited(client, start)
        memo: dict[str, Any] = {
            "workflow": start.workflow_id,
            "file": start.program.document.document.name,
            "engine": ENGINE_VERSION,
        }
        if origin is not None:
            memo |= {"batch": origin.batch, "row": origin.row}
        task = task_of(name, start.values, shared=shared, hosts=hosts)
        return await self._started(name, packed, task, memo, attach=origin is not None)

    async def _started(
        self,
        run_id: str,
        packed: bytes,
        task: Mapping[str, Any],
        memo: Mapping[str, Any],
        *,
        attach: bool = False,
        again: bool = False,
    ) -> WorkflowHandle[Any, Any]:
        """A new execution; with ``attach`` the one of that id that is there already."""
        client = await self.client()

        from temporalio.common import WorkflowIDReusePolicy as Policy
        from temporalio.exceptions import WorkflowAlreadyStartedError

        try:
            async with self._explaining():
                return await client.start_workflow(
                    WORKFLOW,
                    args=[packed, task],
                    id=run_id,
                    task_queue=queue_of(self.cluster.queue),
                    memo=memo,
                    id_reuse_policy=Policy.ALLOW_DUPLICATE if again else Policy.REJECT_DUPLICATE,
                    static_summary=memo["workflow"],
                )
        except WorkflowAlreadyStartedError:
            if attach:
                return client.get_workflow_handle(run_id)
            raise TemporalError(
                f"there is a run with the id '{run_id}' already",
                hint=f"see 'arazzo runs show {run_id} --temporal {self.cluster.address}', or give "
                "another --id",
            ) from None

    @asynccontextmanager
    async def _explaining(self) -> AsyncIterator[None]:
        """What the server refuses, explained."""
        from temporalio.service import RPCError

        try:
            yield
        except RPCError as error:
            raise explained(error, self.cluster) from None

    def _refuse_secrets(self, start: Start) -> None:
        if self.cluster.codec_key is not None or self._given:
            return
        from arazzo_runner.temporal.payloads import refuse_secrets

        workflow = start.program.workflows[start.program.entries[start.workflow_id]]
        root = start.program.documents[workflow.document].document.data
        refuse_secrets(
            find_secrets(workflow.inputs_schema, start.values, root), option="--codec-key"
        )

    async def _limited(self, client: Client, start: Start) -> tuple[str, ...]:
        """The hosts of a program whose rate is limited: their queues are served by workers."""
        known = self._hosts.get(id(start.program))
        if known is not None:
            return known
        key = start.program.entries[start.workflow_id]
        hosts = {
            urlsplit(step.target.base_url).netloc: None
            for workflow in reachable_workflows(start.program, key)
            for step in workflow.steps
            if isinstance(step.target, OperationCall)
        }
        queue = queue_of(self.cluster.queue)
        found = tuple([h for h in hosts if await _is_served(client, host_queue(queue, h))])
        self._hosts[id(start.program)] = found
        return found

    # -- following ---------------------------------------------------------------------------------

    def follower(self, client: Client, run_id: str, execution: str | None) -> Follower:
        """What follows a run."""
        from arazzo_runner.temporal.following import Follower

        async def idle(queue: str) -> str | None:
            if await _is_served(client, queue, workflows=True):
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
        self, run_id: str, execution: str | None, start: Start | None = None
    ) -> RunResult:
        """The result of a run, every record shown on the way."""
        collected = await self.seen(run_id, execution, start)
        assert collected is not None
        return collected.result()

    async def seen(
        self,
        run_id: str,
        execution: str | None,
        start: Start | None = None,
        *,
        wait: bool = True,
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
            async with self._explaining():
                async for transition in run.transitions(wait=wait):
                    if self.newest is None:
                        self.newest = self._collector(run_id, run, start)
                    self.newest.take(transition)
        except Question as question:
            raise UncertainError(
                str(question),
                hint=f"find out, then 'arazzo runs resume {run_id} --temporal "
                f"{self.cluster.address}' with --on-uncertain skip (it did), resend (it did not) "
                "or fail (give up)",
            ) from None
        return self.newest

    def _collector(self, run_id: str, run: Follower, start: Start | None) -> Collector:
        assert run.plan is not None
        program = run.plan.program
        collected = Collector(run_id, program.warnings, partial(self._record, program))
        for fault in start.notes if start is not None else ():
            collected.record(_noted(fault, run.plan.workflow_id, self._clock.now()))
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


def _noted(fault: Fault, workflow_id: str, at: float) -> Noted:
    hint = f" ({fault.hint})" if fault.hint else ""
    return Noted(fault.rule, fault.message + hint, None, workflow_id, at)


def result_of(run_id: str, end: RunFinished, warnings: tuple[Fault, ...] = ()) -> RunResult:
    """A result that knows nothing but how the run ended."""
    return RunResult(
        run_id=run_id,
        workflow_id=end.workflow_id,
        status=end.status,
        outputs=end.outputs,
        missing_outputs=end.missing_outputs,
        steps=(),
        warnings=warnings,
        error=end.failure,
        transferred_to=end.transferred_to,
        started_at=end.started_at,
        duration_ms=(end.at - end.started_at) * 1000,
    )


async def _is_served(client: Client, queue: str, *, workflows: bool = False) -> bool:
    """Whether workers took tasks from a queue in the last minutes."""
    from temporalio.api.enums.v1 import TaskQueueType
    from temporalio.api.taskqueue.v1 import TaskQueue
    from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
    from temporalio.service import RPCError

    kind = (
        TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW
        if workflows
        else TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
    )
    try:
        answer = await client.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(
                namespace=client.namespace,
                task_queue=TaskQueue(name=queue),
                task_queue_type=kind,
            )
        )
    except RPCError:
        return False  # a server that cannot tell
    return bool(answer.pollers)
