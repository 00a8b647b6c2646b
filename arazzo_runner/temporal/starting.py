"""Runs are begun: handed to the server with all that their workers need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.common import WorkflowIDReusePolicy as Policy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from arazzo_runner.errors import TemporalError
from arazzo_runner.execution.beginning import Start
from arazzo_runner.execution.credentials import reachable_workflows
from arazzo_runner.execution.keeper import Origin
from arazzo_runner.execution.settings import Settings
from arazzo_runner.interpreter import Shared
from arazzo_runner.linking import OperationCall, Program
from arazzo_runner.temporal.cluster import Cluster, explaining
from arazzo_runner.temporal.names import ENGINE_VERSION, WORKFLOW, host_queue, queue_of
from arazzo_runner.temporal.payloads import encrypts, refuse_secrets
from arazzo_runner.temporal.plans import pack
from arazzo_runner.temporal.tasks import task_of
from arazzo_runner.values import Redactor

if TYPE_CHECKING:
    from temporalio.client import Client, WorkflowHandle

__all__ = ["Starter", "is_served"]


class Starter:
    """Begins runs. ``again`` says that rows whose run failed are run once more."""

    def __init__(
        self,
        client: Client,
        cluster: Cluster,
        settings: Settings,
        redactor: Redactor,
        *,
        again: bool,
    ) -> None:
        self.client = client
        self._cluster = cluster
        self._settings = settings
        self._redactor = redactor
        self._again = again
        self._prepared: dict[tuple[int, str], tuple[Program, bytes, tuple[str, ...]]] = {}

    async def begun(
        self, start: Start, run_id: str, *, origin: Origin | None, shared: Shared | None
    ) -> WorkflowHandle[Any, Any]:
        """A run that is begun on the server, or for a row the one that was begun before.

        Raises:
            TemporalError: there is a run of that id, or the server refuses.
        """
        self._refuse_secrets(start)
        packed, hosts = await self._packed(start)
        memo: dict[str, Any] = {
            "workflow": start.workflow_id,
            "file": start.program.document.document.name,
            "engine": ENGINE_VERSION,
        }
        policy = Policy.REJECT_DUPLICATE
        if origin is not None:
            memo |= {"batch": origin.batch, "row": origin.row}
            policy = Policy.ALLOW_DUPLICATE_FAILED_ONLY if self._again else policy
        task = task_of(run_id, start.values, notes=start.notes, shared=shared, hosts=hosts)
        try:
            return await self._started(run_id, packed, task, memo, policy)
        except WorkflowAlreadyStartedError:
            if origin is not None:
                return self.client.get_workflow_handle(run_id)
            raise TemporalError(
                f"there is a run with the id '{run_id}' already",
                hint=f"see 'arazzo runs show {run_id} --temporal {self._cluster.address}', or give "
                "another --id",
            ) from None

    async def started_again(
        self, run_id: str, packed: bytes, task: Mapping[str, Any], memo: Mapping[str, Any]
    ) -> WorkflowHandle[Any, Any]:
        """Another execution of a run that is over."""
        try:
            return await self._started(run_id, packed, task, memo, Policy.ALLOW_DUPLICATE)
        except WorkflowAlreadyStartedError:
            raise TemporalError(f"run {run_id} is running") from None

    async def _started(
        self,
        run_id: str,
        packed: bytes,
        task: Mapping[str, Any],
        memo: Mapping[str, Any],
        policy: Policy,
    ) -> WorkflowHandle[Any, Any]:
        async with explaining(self._cluster):
            return await self.client.start_workflow(
                WORKFLOW,
                args=[packed, task],
                id=run_id,
                task_queue=queue_of(self._cluster.queue),
                memo=memo,
                id_reuse_policy=policy,
                static_summary=memo["workflow"],
            )

    def _refuse_secrets(self, start: Start) -> None:
        if encrypts(self.client.data_converter):
            return
        workflow = start.program.workflows[start.program.entries[start.workflow_id]]
        root = start.program.documents[workflow.document].document.data
        refuse_secrets(workflow.inputs_schema, start.values, root, self._redactor)

    async def _packed(self, start: Start) -> tuple[bytes, tuple[str, ...]]:
        """The plan of a run, and the hosts whose rate is limited: workers serve their queues."""
        name = (id(start.program), start.workflow_id)
        if name not in self._prepared:
            packed = pack(start.program, start.workflow_id, self._settings, self._redactor)
            key = start.program.entries[start.workflow_id]
            hosts = {
                urlsplit(step.target.base_url).netloc: None
                for workflow in reachable_workflows(start.program, key)
                for step in workflow.steps
                if isinstance(step.target, OperationCall)
            }
            queue = queue_of(self._cluster.queue)
            limited = [h for h in hosts if await is_served(self.client, host_queue(queue, h))]
            self._prepared[name] = (start.program, packed, tuple(limited))
        return self._prepared[name][1:]


async def is_served(client: Client, queue: str, *, workflows: bool = False) -> bool:
    """Whether workers took tasks from a queue in the last minutes."""
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
