"""Which signer belongs to which operation call. Credentials follow the declared server."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from arazzo_runner.auth import AwsSettings, Signer, SigningPlan, aws_signer, plan_signing
from arazzo_runner.linking import LinkedWorkflow, OperationCall, Program, WorkflowCall
from arazzo_runner.values import Redactor, Request

__all__ = ["Signing", "reachable_workflows"]


class Signing:
    """Finds credentials once per plan and signs requests with them."""

    def __init__(self, settings: AwsSettings, redactor: Redactor, now: Callable[[], float]) -> None:
        self._settings = settings
        self._redactor = redactor
        self._now = now
        self._by_server: dict[tuple[str, bool], Signer | None] = {}
        self._by_plan: dict[SigningPlan, Signer] = {}

    def prepare(self, program: Program, key: str) -> None:
        """Find every credential that a workflow's requests need, before the first one is sent.

        Raises:
            CredentialsError: a request has to be signed and there is nothing to sign with.
        """
        for workflow in reachable_workflows(program, key):
            for step in workflow.steps:
                if isinstance(step.target, OperationCall):
                    self.signer(step.target)

    def signer(self, call: OperationCall) -> Signer | None:
        """The signer of a call's requests, None when they go out unsigned."""
        sigv4 = call.wants_sigv4
        key = (call.declared_url, sigv4)
        if key not in self._by_server:
            plan = plan_signing(call.declared_url, sigv4, self._settings)
            self._by_server[key] = None if plan is None else self._make(plan)
        return self._by_server[key]

    def sign(self, request: Request, call: OperationCall) -> Request:
        """The request as it goes out, signed over exactly what is sent."""
        signer = self.signer(call)
        return request if signer is None else signer.sign(request)

    def _make(self, plan: SigningPlan) -> Signer:
        if plan not in self._by_plan:
            self._by_plan[plan] = aws_signer(
                plan,
                self._settings,
                redactor=self._redactor,
                now=lambda: datetime.fromtimestamp(self._now(), UTC),
            )
        return self._by_plan[plan]


def reachable_workflows(program: Program, key: str) -> Iterable[LinkedWorkflow]:
    """A workflow and every workflow it can come to: calls, gotos, retries, dependencies."""
    seen: set[str] = set()
    todo = [key]
    while todo:
        current = todo.pop()
        if current in seen:
            continue
        seen.add(current)
        workflow = program.workflows[current]
        yield workflow
        todo.extend(workflow.depends_on)
        for step in workflow.steps:
            if isinstance(step.target, WorkflowCall):
                todo.append(step.target.key)
            actions = (*step.on_success, *step.on_failure)
            todo.extend(action.workflow.key for action in actions if action.workflow is not None)
