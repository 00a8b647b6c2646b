"""What the synchronous and the asynchronous door share: settings, loading, inputs, credentials."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Any

from arazzo_runner.errors import ArazzoError, Fault, TransportError, UsageError, did_you_mean
from arazzo_runner.execution.clock import Clock, SystemClock
from arazzo_runner.execution.credentials import Credentials, Needed, reachable_workflows
from arazzo_runner.execution.driver import Conversation, Settle, drive, new_run_id
from arazzo_runner.execution.keeper import Keeper, Origin
from arazzo_runner.execution.lessons import Lessons
from arazzo_runner.execution.loading import load_program
from arazzo_runner.execution.masked_logs import mask_logs
from arazzo_runner.execution.redirects import Context
from arazzo_runner.execution.settings import Settings
from arazzo_runner.interpreter import (
    Event,
    Record,
    RequestFailed,
    ResponseArrived,
    SendRequest,
    Shared,
    Transition,
)
from arazzo_runner.linking import LinkedWorkflow, OperationCall, Program, prepare_inputs
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import EMPTY, Json, Redactor, Request, Response, Value

if TYPE_CHECKING:
    from arazzo_runner.execution.contracts import ResponseChecker
    from arazzo_runner.execution.http import HttpSettings
    from arazzo_runner.execution.journal import Journal

__all__ = ["Door", "pick_workflow", "with_known_inputs"]


class Start(NamedTuple):
    """A run that is ready to begin: its program, workflow, checked inputs and credentials."""

    program: Program
    workflow_id: str
    values: Mapping[str, Value]
    notes: tuple[Fault, ...]
    needed: Needed


class Begun(NamedTuple):
    """A run that begins, or goes on: what it says, and the credentials that it needs.

    ``give_back`` leaves a run that cannot go on to whoever comes next.
    """

    conversation: Conversation
    needed: Needed
    give_back: Callable[[], None] = lambda: None


class Door:
    """What both doors share: settings, loading, inputs, credentials."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        on_record: Callable[[Record], None] | None = None,
        clock: Clock | None = None,
        redactor: Redactor | None = None,
        journal: Journal | None = None,
        **changes: Any,
    ) -> None:
        """Settings, or fields of :class:`Settings` by name, or both.

        ``on_record`` sees every record as it happens. ``clock`` replaces the machine's time.
        ``redactor`` learns every secret a run meets. ``journal`` keeps every run, whatever the
        settings say; it stays the caller's to close.

        Raises:
            UsageError: there is no such setting.
        """
        known = Settings._fields
        for name in changes:
            if name not in known:
                raise UsageError(f"there is no setting '{name}'", hint=did_you_mean(name, known))
        self.settings = (settings or Settings())._replace(**changes)
        _check_headers(self.settings.headers)
        if self.settings.check_responses not in (None, "warn", "error"):
            raise UsageError("check_responses is 'warn' or 'error'")
        self._checker: ResponseChecker | None = None
        self.redactor = redactor or Redactor()
        self.redactor.names = self.redactor.names.changed(
            self.settings.secret_headers, self.settings.secret_fields
        )
        self._lessons = Lessons(self.redactor)
        self._lessons.passwords(self.settings.proxy, self.settings.servers.values())
        mask_logs(self.redactor)
        self._on_record = on_record
        self._newest: partial[None] | None = None  # of what sees records
        self._clock = clock or SystemClock()
        self._inputs: Mapping[str, Value] = EMPTY  # those of the newest run
        self._keeper = Keeper(self.settings, self.redactor, journal)
        self.credentials = Credentials(
            self.settings, self.redactor, self._clock.now, self._send_and_wait
        )

    def load(self, file: str | PathLike[str], workflow_id: str | None = None) -> Program:
        """Read and link a document; with ``workflow_id``, only what that workflow comes to.

        ``file`` is a path or a URL.

        Raises:
            DocumentError: it cannot be read, or (LinkError) its references do not resolve.
            UsageError: it has no such workflow.
        """
        return load_program(str(file), workflow_id, self.settings)

    def _start(
        self,
        program: Program | str | PathLike[str],
        workflow_id: str | None,
        inputs: Mapping[str, Json] | None,
    ) -> Start:
        if not isinstance(program, Program):
            program = self.load(program, workflow_id)
        name = pick_workflow(program, workflow_id)
        key = program.entries[name]
        if self.settings.offline:
            raise UsageError(
                f"workflow '{name}' sends requests and the run is offline",
                hint="leave out --offline",
            )
        _check_hosts(program, key, self.settings)
        workflow = program.workflows[key]
        root = program.documents[workflow.document].document.data
        values, notes = prepare_inputs(
            workflow.inputs_schema,
            with_known_inputs(workflow, self.settings.inputs, inputs or {}),
            workflow_id=name,
            definitions=root,
        )
        self._lessons.inputs(workflow.inputs_schema, values, root)
        return Start(program, name, values, notes, self._needed(program, key))

    def _needed(self, program: Program, key: str, /) -> Needed:
        """The credentials of a workflow's requests."""
        return self.credentials.needed(program, key)

    def _begin(
        self,
        start: Start,
        *,
        origin: Origin | None = None,
        shared: Shared | None = None,
        keep_steps: bool = True,
        fold_polls: bool = False,
        last: Program | None = None,
    ) -> Begun:
        """A run that begins. ``last`` is the program of the workflow that comes after it."""
        program, values = start.program, start.values
        workflow = program.workflows[program.entries[start.workflow_id]]
        root = program.documents[workflow.document].document.data
        self._inputs = values
        run_id = new_run_id()
        conversation = drive(
            program,
            start.workflow_id,
            values,
            run_id=run_id,
            log=self._keeper.log(
                run_id,
                program,
                workflow,
                self._secrets(workflow, values, root),
                started_at=self._clock.now(),
                origin=origin,
                more=() if last is None else last.texts,
            ),
            shared=shared,
            keep_steps=keep_steps,
            fold_polls=fold_polls,
            settings=self.settings.run,
            now=self._clock.now,
            timeout=self.settings.timeout,
            on_record=self._recorder(program),
            warnings=program.warnings,
            notes=(*start.notes, *start.needed.missing),
        )
        return Begun(conversation, start.needed)

    def _secrets(
        self, workflow: LinkedWorkflow, values: Mapping[str, Value], root: Json
    ) -> Mapping[str, str]:
        """The secret inputs by name, known to the redactor; only a journal needs them."""
        if not self._keeper.wanted:
            return EMPTY
        from arazzo_runner.execution.sealing import find_secrets

        found = find_secrets(workflow.inputs_schema, values, root)
        for name, value in values.items():
            if not isinstance(value, str) or any(each in value for each in found.values()):
                continue
            if self.redactor.text(value) != value:
                found[name] = value  # it came from where secrets are
        for secret in found.values():
            self.redactor.add(secret)
        return found

    def _going_on(
        self,
        run_id: str,
        inputs: Mapping[str, Json] | None,
        *,
        retry: bool = False,
        keep_steps: bool = True,
        program: Program | None = None,
    ) -> Begun:
        """A run of the journal that goes on, claimed. These settings are its own.

        ``program`` is its program, when that is at hand.

        Raises:
            ArazzoError: it cannot be gone on with; it is given back then.
        """
        from arazzo_runner.execution.continuing import continued

        journal = self._keeper.journal()
        journal.claim(run_id)
        try:
            stored = journal.load(run_id)
            found = continued(
                stored,
                self.settings,
                self._keeper,
                inputs or EMPTY,
                self._clock.now(),
                retry=retry,
                program=program,
            )
            for secret in found.secrets.values():
                self.redactor.add(secret)
            needed = self.credentials.needed(found.program, found.workflow.key)
            frames = found.resumed.transition.state.frames
            self._inputs = frames[0].inputs if frames else EMPTY
            conversation = drive(
                found.program,
                stored.workflow_id,
                EMPTY,
                settings=self.settings.run,
                now=self._clock.now,
                timeout=self.settings.timeout,
                on_record=self._recorder(found.program),
                warnings=found.program.warnings,
                notes=needed.missing,
                run_id=run_id,
                log=self._keeper.log(
                    run_id,
                    found.program,
                    found.workflow,
                    found.secrets,
                    started_at=stored.started_at,
                    number=stored.last,
                ),
                resumed=found.resumed,
                uncertain=_giving_back(found.settle, journal, run_id),
                keep_steps=keep_steps,
            )
            return Begun(conversation, needed, lambda: journal.release(run_id))
        except BaseException:
            journal.release(run_id)
            raise

    def _recorder(self, program: Program) -> Callable[[Record], None]:
        """What sees the records of a program's runs: one for all of them."""
        if self._newest is None or self._newest.args[0] is not program:
            self._newest = partial(self._record, program)
        return self._newest

    def _record(self, program: Program, record: Record) -> None:
        """Learn from a record, then show it."""
        self._lessons.record(record, program)
        if self._on_record is not None:
            self._on_record(record)

    def _outgoing(self, effect: SendRequest, more: Iterable[tuple[str, str]] = ()) -> Request:
        """The request with the caller's headers; credentials come last, since they may sign all."""
        request = effect.request
        wanted = (*self.settings.headers, *more)
        if wanted:
            given = {name.lower() for name, _ in request.headers}
            more = tuple(h for h in wanted if h[0].lower() not in given)
            request = request._replace(headers=(*request.headers, *more))
        return request

    def _send_and_wait(self, request: Request) -> Response:
        """Send what a credential needs (a token's request). Blocks; never on the event loop."""
        raise NotImplementedError

    def _http_settings(self) -> HttpSettings:
        from arazzo_runner.execution.http import HttpSettings

        return HttpSettings(
            timeout=self.settings.http_timeout,
            limit=self.settings.max_response_bytes,
            verify=self.settings.verify,
            proxy=self.settings.proxy,
            certificate=self.settings.certificate,
            certificates=self.credentials.certificates,
            **self.settings.network_policy.hooks(),
            downloads=self.settings.download_dir,
            redirects=self.settings.max_redirects,
            now=self._clock.now,
        )

    @staticmethod
    def _context(effect: SendRequest) -> Context:
        return Context(effect.call.operation.responses, effect.cookies, effect.step_id)

    def _arrived(self, effect: SendRequest, response: Response) -> ResponseArrived:
        """The event of an answer, with where it is not as described if that is asked for."""
        mode = self.settings.check_responses
        if mode is None:
            return ResponseArrived(response, self._clock.now())
        if self._checker is None:
            from arazzo_runner.execution.contracts import ResponseChecker

            self._checker = ResponseChecker(mode)
        at = self._clock.now()
        return ResponseArrived(response, at, self._checker.check(effect.call, response))

    def _failed(self, error: ArazzoError) -> RequestFailed:
        return RequestFailed(error.kind, error.message, self._clock.now())


def with_known_inputs(
    workflow: LinkedWorkflow, known: Mapping[str, Json], given: Mapping[str, Json]
) -> dict[str, Json]:
    """The inputs that are given, and those of the settings that the workflow declares."""
    own = {name: value for name, value in known.items() if name in workflow.input_names}
    return {**own, **given}


def _check_hosts(program: Program, key: str, settings: Settings) -> None:
    """Find out now which server of a workflow may not be reached, not in the middle of a run.

    Raises:
        UsageError: names the step.
    """
    for workflow in reachable_workflows(program, key):
        for step in workflow.steps:
            if not isinstance(step.target, OperationCall):
                continue
            try:
                settings.network_policy.check(step.target.base_url)
            except TransportError as error:
                raise UsageError(
                    f"step '{step.step_id}' may not be sent: {error.message}",
                    location=step.location,
                    hint=error.hint,
                ) from None


def _giving_back(settle: Settle | None, journal: Journal, run_id: str) -> Settle | None:
    """A question that nobody answers leaves the run to whoever does."""
    if settle is None:
        return None

    def ask(transition: Transition) -> Generator[SendRequest, Any, Event | None]:
        try:
            return (yield from settle(transition))
        except BaseException:
            journal.release(run_id)
            raise

    return ask


def _check_headers(headers: tuple[tuple[str, str], ...]) -> None:
    """Refuse header fields that HTTP cannot carry (RFC 9110 §5.5).

    Raises:
        UsageError: names the header; the value may be a secret.
    """
    for name, value in headers:
        if not (name and name.isascii() and value.isascii() and f"{name}{value}".isprintable()):
            raise UsageError(
                f"header '{name}' cannot be sent: it may hold printable ASCII characters only"
            )


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
    if workflow_id in program.entries and program.entries[workflow_id] not in program.workflows:
        raise UsageError(
            f"workflow '{workflow_id}' was left out when the document was loaded",
            hint="load the document without naming another workflow",
        )
    if workflow_id not in program.entries:
        near = did_you_mean(workflow_id, names)
        raise UsageError(
            f"there is no workflow '{workflow_id}'",
            hint=near or f"the document has: {', '.join(names[:20])}",
        )
    return workflow_id
