"""Which credentials belong to which call: found once, shared by all runs of a door."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from arazzo_runner.auth import (
    CallCredentials,
    Credential,
    Send,
    Signature,
    SigningPlan,
    aws_signer,
    origin_of,
    plan_signing,
)
from arazzo_runner.errors import Fault
from arazzo_runner.linking import LinkedWorkflow, OperationCall, Program, WorkflowCall
from arazzo_runner.openapi import Description
from arazzo_runner.values import Redactor

if TYPE_CHECKING:
    from arazzo_runner.execution.settings import Settings

__all__ = ["Credentials", "Needed", "reachable_workflows"]

_Key = tuple[object, ...]


class Needed(NamedTuple):
    """What the requests of a workflow need: credentials to prepare, and what nobody gave."""

    calls: tuple[CallCredentials, ...]
    missing: tuple[Fault, ...] = ()

    def ready(self) -> bool:
        """Whether the first request can be sent without :meth:`prepare`."""
        return all(call.ready() for call in self.calls)

    def prepare(self) -> None:
        """Find and fetch everything before the first request; may block.

        Raises:
            CredentialsError: something cannot be had.
        """
        for call in self.calls:
            call.prepare()


class Credentials:
    """The credentials of every call. ``send`` sends what a credential has to ask for itself."""

    def __init__(
        self, settings: Settings, redactor: Redactor, now: Callable[[], float], send: Send
    ) -> None:
        self._settings = settings
        self._redactor = redactor
        self._now = now
        self._send = send
        self._calls: WeakKeyDictionary[Description, dict[_Key, CallCredentials]] = (
            WeakKeyDictionary()
        )
        self._signatures: dict[SigningPlan, Signature] = {}

    def needed(self, program: Program, key: str) -> Needed:
        """What a workflow and every workflow it can come to needs.

        Raises:
            CredentialsError: requests have to be signed and it is not known for what.
        """
        calls: dict[int, CallCredentials] = {}
        for workflow in reachable_workflows(program, key):
            for step in workflow.steps:
                if isinstance(step.target, OperationCall):
                    call = self.of(step.target)
                    calls[id(call)] = call
        return Needed(tuple(calls.values()))

    def of(self, call: OperationCall) -> CallCredentials:
        """The credentials of a call's requests.

        Raises:
            CredentialsError: they have to be signed and it is not known for what.
        """
        known = self._calls.get(call.description)
        if known is None:
            known = self._calls[call.description] = {}
        key = (call.source_name, call.declared_url, call.base_url, call.wants_sigv4)
        found = known.get(key)
        if found is None:
            found = known[key] = CallCredentials(self._find(call), origin_of(call.base_url))
        return found

    def _find(self, call: OperationCall) -> Iterable[Credential]:
        plan = plan_signing(call.declared_url, call.wants_sigv4, self._settings.aws)
        return () if plan is None else (self._signature(plan),)

    def _signature(self, plan: SigningPlan) -> Signature:
        if plan not in self._signatures:
            self._signatures[plan] = Signature(
                lambda: aws_signer(
                    plan,
                    self._settings.aws,
                    redactor=self._redactor,
                    now=lambda: datetime.fromtimestamp(self._now(), UTC),
                )
            )
        return self._signatures[plan]


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
