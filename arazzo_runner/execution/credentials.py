"""Which credentials belong to which call: found once, shared by all runs of a door.

An operation's security is a list of alternatives, each a set of schemes that are needed together.
The first alternative that can be met in full is taken. A scheme is met by what the request sets
itself, by what was given for it, or by an AWS signature.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from arazzo_runner.auth import (
    CallCredentials,
    ClientCertificate,
    Context,
    Credential,
    Given,
    Place,
    Send,
    Signature,
    SigningPlan,
    aws_signer,
    find_given,
    how_to_give,
    make_credential,
    origin_of,
    place_of,
    plan_signing,
)
from arazzo_runner.errors import CredentialsError, Fault
from arazzo_runner.linking import LinkedStep, LinkedWorkflow, OperationCall, Program, WorkflowCall
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.openapi import Description, SecurityScheme
from arazzo_runner.values import EMPTY, Redactor, Request

if TYPE_CHECKING:
    from arazzo_runner.auth.tokens import TokenStore
    from arazzo_runner.execution.settings import Settings

__all__ = ["Credentials", "Needed", "SchemeUse", "reachable_workflows"]


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


class _Choice(NamedTuple):
    """What a call's requests get when they set some places themselves; a fault when too little."""

    credentials: CallCredentials
    missing: Fault | None = None


class _Plan(NamedTuple):
    """A call: the places that its schemes would set, and the choices made so far."""

    places: tuple[Place, ...]
    choices: dict[tuple[Place, ...], _Choice]


class SchemeUse(NamedTuple):
    """A scheme of one alternative. ``scheme`` is None when the description does not have it."""

    name: str
    scopes: tuple[str, ...]
    scheme: SecurityScheme | None

    @property
    def place(self) -> Place | None:
        """Where its credential goes; None when it is not understood."""
        return None if self.scheme is None else place_of(self.scheme)


class Credentials:
    """The credentials of every call. ``send`` sends what a credential has to ask for itself.

    ``certificates`` are client certificates by origin; it fills while credentials are prepared.
    """

    def __init__(
        self,
        settings: Settings,
        redactor: Redactor,
        now: Callable[[], float],
        send: Send,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.certificates: dict[str, ClientCertificate] = {}
        self._settings = settings
        self._redactor = redactor
        self._now = now
        self._send = send
        self._environ = os.environ if environ is None else environ
        self._tokens: TokenStore | None = None
        self._plans: WeakKeyDictionary[Description, dict[object, _Plan]] = WeakKeyDictionary()
        self._made: WeakKeyDictionary[Description, dict[object, Credential | None]] = (
            WeakKeyDictionary()
        )
        self._signatures: dict[SigningPlan, Signature] = {}
        self._headers = frozenset(Place("header", name.lower()) for name, _ in settings.headers)

    # -- what a run needs ---------------------------------------------------------------------

    def needed(self, program: Program, key: str) -> Needed:
        """What a workflow and every workflow it can come to needs.

        Raises:
            CredentialsError: what was given cannot be meant; requests have to be signed and it is
                not known for what; with ``strict``, a credential is missing.
        """
        _refuse_ambiguous(self._settings.credentials, program)
        calls: dict[int, CallCredentials] = {}
        missing: dict[Fault, None] = {}
        for workflow in reachable_workflows(program, key):
            for step in workflow.steps:
                if isinstance(step.target, OperationCall):
                    choice = self._of_step(step.target, step)
                    calls[id(choice.credentials)] = choice.credentials
                    if choice.missing is not None:
                        missing[choice.missing] = None
        if missing and self._settings.strict:
            first, *more = missing
            others = f" (and {len(more)} more)" if more else ""
            raise CredentialsError(f"{first.message}{others}", hint=first.hint)
        return Needed(tuple(calls.values()), tuple(missing))

    def missing(self, step: LinkedStep) -> Fault | None:
        """What nobody gave for a step; None when its requests get what they need.

        Raises:
            CredentialsError: as :meth:`needed`.
        """
        call = step.target
        return self._of_step(call, step).missing if isinstance(call, OperationCall) else None

    def _of_step(self, call: OperationCall, step: LinkedStep) -> _Choice:
        preset = self._headers.union(
            Place(p.location, p.name.lower() if p.location == "header" else p.name)
            for p in step.parameters
            if p.location in ("header", "query", "cookie")
        )
        plan = self._plan(call)
        return self._choice(call, plan, tuple([place for place in plan.places if place in preset]))

    def of(self, call: OperationCall, request: Request) -> CallCredentials:
        """The credentials of a request of a call, as it would go out without any.

        Raises:
            CredentialsError: as :meth:`needed`.
        """
        plan = self._plan(call)
        preset = tuple([place for place in plan.places if place.is_set_by(request)])
        return self._choice(call, plan, preset).credentials

    def _choice(self, call: OperationCall, plan: _Plan, preset: tuple[Place, ...]) -> _Choice:
        choice = plan.choices.get(preset)
        if choice is None:
            choice = plan.choices[preset] = self._choose(call, frozenset(preset))
        return choice

    def _plan(self, call: OperationCall) -> _Plan:
        known = self._plans.get(call.description)
        if known is None:
            known = self._plans[call.description] = {}
        operation = call.operation
        key = (call.source_name, call.declared_url, call.base_url, operation.method, operation.path)
        plan = known.get(key)
        if plan is None:
            places = {
                scheme.place: None
                for alternative in self.alternatives(call)
                for scheme in alternative
                if scheme.place is not None
            }
            plan = known[key] = _Plan(tuple(places), {})
        return plan

    # -- choosing -----------------------------------------------------------------------------

    @staticmethod
    def alternatives(call: OperationCall) -> list[list[SchemeUse]]:
        """The alternatives of a call's operation."""
        if not call.operation.security:
            return []
        known = call.description.security_schemes
        return [
            [SchemeUse(name, scopes, known.get(name)) for name, scopes in alternative.items()]
            for alternative in call.operation.security
        ]

    def _choose(self, call: OperationCall, preset: frozenset[Place]) -> _Choice:
        """The first alternative that is met in full; AWS signatures come last among them.

        Credentials given by name go before those that botocore finds anywhere.
        """
        signature = self._declared_signature(call)
        alternatives = [a for a in self.alternatives(call) if a]
        alternatives.sort(key=lambda a: any(s.scheme and s.scheme.is_sigv4 for s in a))
        best: tuple[int, list[Credential], list[SchemeUse]] | None = None
        for alternative in alternatives:
            found, lacking, met = self._meet(call, alternative, preset, signature)
            if not lacking:
                return self._chosen(call, found, signature)
            if best is None or met > best[0]:
                best = met, found, lacking
        free = any(not alternative for alternative in self.alternatives(call))
        if best is None or free:
            return self._chosen(call, [], signature)
        return self._chosen(call, best[1], signature, self._missing(call, alternatives, best[2]))

    def _meet(
        self,
        call: OperationCall,
        alternative: Iterable[SchemeUse],
        preset: frozenset[Place],
        signature: Signature | None,
    ) -> tuple[list[Credential], list[SchemeUse], int]:
        """The credentials of an alternative, the schemes that lack one, and how many are met."""
        found: list[Credential] = []
        lacking: list[SchemeUse] = []
        met = 0
        for one in alternative:
            if one.scheme is not None and one.scheme.is_sigv4:
                if not self._settings.aws.sign:
                    continue
                credential: Credential | None = self._signature_of(call)
            elif one.place in preset or (signature is not None and _is_authorization(one.place)):
                met += 1
                continue
            else:
                credential = self.credential(call, one)
            if credential is None:
                lacking.append(one)
            else:
                met += 1
                found.append(credential)
        return found, lacking, met

    def _chosen(
        self,
        call: OperationCall,
        credentials: list[Credential],
        signature: Signature | None,
        missing: Fault | None = None,
    ) -> _Choice:
        if signature is not None and signature not in credentials:
            credentials = [*credentials, signature]
        return _Choice(CallCredentials(credentials, call.base_url), missing)

    def _missing(
        self, call: OperationCall, alternatives: list[list[SchemeUse]], lacking: list[SchemeUse]
    ) -> Fault:
        names = [" and ".join(f"'{one.name}'" for one in together) for together in alternatives]
        wanted = lacking[0]
        hint = (
            f"the description does not say what '{wanted.name}' is"
            if wanted.scheme is None
            else how_to_give(call.source_name, wanted.scheme)
        )
        return Fault(
            "credentials-missing",
            f"requests to '{call.source_name}' go without credentials: nothing is given for "
            + ", nor for ".join(names),
            hint=hint,
            severity="warning",
        )

    # -- making -------------------------------------------------------------------------------

    def given(self, call: OperationCall, name: str) -> Given:
        """What was given for a scheme of a call's source."""
        return find_given(
            call.source_name, name, self._settings.credentials, self._redactor, self._environ
        )

    def context(self, call: OperationCall) -> Context:
        """What the credentials of a call's source need."""
        if self._tokens is None:
            from arazzo_runner.auth.tokens import TokenStore

            self._tokens = TokenStore(self._settings.tokens)
        origin = origin_of(call.base_url)

        def show(certificate: ClientCertificate) -> None:
            self.certificates[origin] = certificate

        return Context(
            call.source_name, call.base_url, origin, self._send, self._now, self._tokens, show
        )

    def credential(self, call: OperationCall, one: SchemeUse) -> Credential | None:
        """The credential of a scheme; one for all calls that need the same."""
        if one.scheme is None:
            return None
        made = self._made.get(call.description)
        if made is None:
            made = self._made[call.description] = {}
        key = (call.source_name, call.base_url, one.name, one.scopes)
        if key not in made:
            given = self.given(call, one.name)
            made[key] = make_credential(one.scheme, one.scopes, given, self.context(call))
        return made[key]

    def _declared_signature(self, call: OperationCall) -> Signature | None:
        """The signature that the declared server asks for, whatever the schemes say."""
        plan = plan_signing(call.declared_url, False, self._settings.aws)
        return None if plan is None else self._signature(plan)

    def _signature_of(self, call: OperationCall) -> Signature | None:
        plan = plan_signing(call.declared_url, True, self._settings.aws)
        return None if plan is None else self._signature(plan)

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


def _is_authorization(place: Place | None) -> bool:
    return place == Place("header", "authorization")


def _refuse_ambiguous(credentials: Mapping[str, object], program: Program) -> None:
    """A scheme's name alone must not send one source's secret to another.

    Raises:
        CredentialsError: several sources have a scheme of that name.
    """
    if not credentials:
        return
    owners: dict[str, dict[str, None]] = {}
    for source, description in _sources(program):
        for name in description.security_schemes:
            owners.setdefault(name, {})[source] = None
    for given in credentials:
        for name in (given, given.rpartition(".")[0]):
            sources = owners.get(name, EMPTY)
            if len(sources) > 1:
                raise CredentialsError(
                    f"the credential '{name}' could be of source {' or '.join(map(repr, sources))}",
                    hint=f"say of which: {next(iter(sources))}.{given}",
                )


def _sources(program: Program) -> Iterable[tuple[str, Description]]:
    for workflow in program.workflows.values():
        for step in workflow.steps:
            if isinstance(step.target, OperationCall):
                yield step.target.source_name, step.target.description


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
