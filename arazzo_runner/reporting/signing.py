"""For which AWS service and region the requests of steps are signed: for ``curl`` commands."""

from __future__ import annotations

from arazzo_runner.auth import AwsSettings, plan_signing
from arazzo_runner.errors import CredentialsError
from arazzo_runner.linking.program import OperationCall, Program

__all__ = ["signing_of"]


def signing_of(program: Program, aws: AwsSettings) -> dict[tuple[str, str], tuple[str, str]]:
    """Service and region by workflowId and stepId; only of steps whose requests are signed."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for workflow in program.workflows.values():
        for step in workflow.steps:
            call = step.target
            if isinstance(call, OperationCall):
                try:
                    plan = plan_signing(call.declared_url, call.wants_sigv4, aws)
                except CredentialsError:  # the run itself says so
                    continue
                if plan is not None:
                    found[workflow.workflow_id, step.step_id] = (plan.service, plan.region)
    return found
