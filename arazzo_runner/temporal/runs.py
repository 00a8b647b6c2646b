"""What people and programs ask a Temporal server about runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError
from temporalio.exceptions import ApplicationError, CancelledError
from temporalio.service import RPCError, RPCStatusCode

from arazzo_runner.errors import RunNotFound, UsageError
from arazzo_runner.interpreter import FailureReason, RunFinished
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.temporal.cluster import Cluster, explained
from arazzo_runner.temporal.names import WORKFLOW
from arazzo_runner.temporal.tasks import end_from_json

if TYPE_CHECKING:
    from temporalio.client import Client, WorkflowExecution, WorkflowHandle

__all__ = ["Listed", "described", "end_of", "listed"]

_STATUS: Final = {
    WorkflowExecutionStatus.RUNNING: "running",
    WorkflowExecutionStatus.COMPLETED: "completed",
    WorkflowExecutionStatus.FAILED: "failed",
    WorkflowExecutionStatus.CANCELED: "cancelled",
    WorkflowExecutionStatus.TERMINATED: "cancelled",
    WorkflowExecutionStatus.TIMED_OUT: "failed",
}


class Listed(NamedTuple):
    """A run in a list. ``engine`` is the version that began it; times are epoch seconds."""

    run_id: str
    workflow_id: str
    file: str
    status: str
    started_at: float
    updated_at: float
    engine: int | None
    batch: str | None
    row: int | None
    first_execution: str | None
    memo: Mapping[str, Any]

    @property
    def over(self) -> bool:
        """Whether the run has ended."""
        return self.status not in ("running", "uncertain")


async def listed(client: Client, cluster: Cluster) -> AsyncIterator[Listed]:
    """The runs that the server knows, the newest first; of each its newest execution.

    Raises:
        TemporalError: the server refuses.
    """
    seen: set[str] = set()
    try:
        async for each in client.list_workflows(f"WorkflowType = '{WORKFLOW}'"):
            if each.id not in seen:
                seen.add(each.id)
                yield await _listed(each)
    except RPCError as error:
        raise explained(error, cluster) from None


async def described(client: Client, cluster: Cluster, run_id: str) -> Listed:
    """One run.

    Raises:
        RunNotFound: there is none of that id. TemporalError: the server refuses.
    """
    try:
        found = await client.get_workflow_handle(run_id).describe()
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND and "amespace" not in error.message:
            raise RunNotFound(
                f"the Temporal server has no run '{run_id}'",
                hint=f"'arazzo runs list --temporal {cluster.address}' lists the runs",
            ) from None
        raise explained(error, cluster) from None
    if found.workflow_type != WORKFLOW:
        raise UsageError(f"'{run_id}' is a workflow of another program: {found.workflow_type}")
    first = found.raw_description.workflow_execution_info.first_run_id or found.run_id
    return (await _listed(found))._replace(first_execution=first)


async def _listed(each: WorkflowExecution) -> Listed:
    memo = await each.memo()
    status = _STATUS.get(each.status, "running") if each.status is not None else "running"
    own = memo.get("status")
    if (status, own) in (("running", "uncertain"), ("failed", "ended")):
        status = str(own)
    updated = each.close_time or each.execution_time or each.start_time
    return Listed(
        each.id,
        str(memo.get("workflow", "")),
        str(memo.get("file", "")),
        status,
        each.start_time.timestamp(),
        updated.timestamp(),
        memo.get("engine"),
        memo.get("batch"),
        memo.get("row"),
        None,
        memo,
    )


async def end_of(handle: WorkflowHandle[Any, Any], cluster: Cluster) -> RunFinished:
    """How a run ends, waited for.

    Raises:
        TemporalError: the server does not answer.
    """
    try:
        return end_from_json(await handle.result())
    except WorkflowFailureError as error:
        cause = error.cause
        if isinstance(cause, ApplicationError) and cause.details:
            return end_from_json(cause.details[0])
        kind = "cancelled" if isinstance(cause, CancelledError) else "temporal"
        message = "the run was cancelled" if kind == "cancelled" else str(cause)
        found = await handle.describe()
        began, ended = found.start_time.timestamp(), (found.close_time or found.start_time)
        name = str((await found.memo()).get("workflow", ""))
        reason = FailureReason(kind, message, None, name)
        return RunFinished(name, "failed", {}, (), reason, None, began, ended.timestamp())
    except RPCError as error:
        raise explained(error, cluster) from None
