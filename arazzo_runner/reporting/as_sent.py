"""Requests as they go out: with the caller's headers, and masks where credentials stand.

Records have requests as the document makes them. Who looks at a run wants to see what was sent.
"""

from __future__ import annotations

from collections.abc import Iterable

from arazzo_runner.execution.credentials import Credentials
from arazzo_runner.interpreter.records import Record, RequestSent, StepFinished
from arazzo_runner.linking.program import OperationCall, Program
from arazzo_runner.values import Request

__all__ = ["AsSent"]


class AsSent:
    """Completes the requests of a program's runs.

    Args:
        program: what is run.
        headers: the caller's, for every request that does not set them itself.
        credentials: those of the runs.
    """

    def __init__(
        self, program: Program, headers: Iterable[tuple[str, str]], credentials: Credentials
    ) -> None:
        self._headers = tuple(headers)
        self._credentials = credentials
        self._calls = {
            (workflow.workflow_id, step.step_id): step.target
            for workflow in program.workflows.values()
            for step in workflow.steps
            if isinstance(step.target, OperationCall)
        }

    def record(self, record: Record) -> Record:
        """The record with its request as it goes out."""
        if not isinstance(record, RequestSent | StepFinished) or record.request is None:
            return record
        request = self.request(record.workflow_id, record.step_id, record.request)
        return record if request is record.request else record._replace(request=request)

    def request(self, workflow_id: str, step_id: str, request: Request) -> Request:
        """A step's request as it goes out."""
        if self._headers:
            given = {name.lower() for name, _ in request.headers}
            more = [pair for pair in self._headers if pair[0].lower() not in given]
            request = request._replace(headers=(*request.headers, *more))
        call = self._calls.get((workflow_id, step_id))
        return request if call is None else self._credentials.of(call, request).mask(request)
