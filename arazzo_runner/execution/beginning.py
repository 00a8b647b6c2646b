"""How runs begin: settings, loading, inputs, credentials, and the workflow that comes last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Any

from arazzo_runner.errors import (
    ArazzoError,
    Fault,
    InputError,
    TransportError,
    UsageError,
    did_you_mean,
)
from arazzo_runner.execution.clock import Clock, SystemClock
from arazzo_runner.execution.credentials import Credentials, Needed, reachable_workflows
from arazzo_runner.execution.driver import Conversation, drive, new_run_id
from arazzo_runner.execution.keeper import Keeper, Origin
from arazzo_runner.execution.lessons import Lessons
from arazzo_runner.execution.loading import load_program
from arazzo_runner.execution.masked_logs import mask_logs
from arazzo_runner.execution.result import RunResult
from arazzo_runner.execution.settings import Settings
from arazzo_runner.interpreter import (
    FailureReason,
    Record,
    Shared,
    Stop,
)
from arazzo_runner.linking import LinkedWorkflow, OperationCall, Program, prepare_inputs
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import EMPTY, Json, Redactor, Request, Response, Value

if TYPE_CHECKING:
    from arazzo_runner.execution.contracts import ResponseChecker
    from arazzo_runner.execution.journal import Journal, StoredRun
    from arazzo_runner.execution.teardown import Known, Last
    from arazzo_runner.reading import Document

__all__ = ["Beginning", "Begun", "Start", "pick_workflow", "with_known_inputs"]


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


class Beginning:
    """How runs begin through either door, and what comes last."""

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
        self._last: tuple[Program, Last] | None = None  # the newest program, what comes after it
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
        alone: bool = False,
    ) -> Begun:
        """A run that begins; unless ``alone``, with what the settings say comes last."""
        run_id = new_run_id()
        last = None if alone else self._what_comes_last(start.program)
        known = None
        if last is not None:
            from arazzo_runner.execution.teardown import Known

            known = Known(last.input_names, start.values)
        run = self._conversation(
            start,
            run_id,
            origin=origin,
            shared=shared,
            keep_steps=keep_steps,
            fold_polls=fold_polls,
            more=() if last is None else last.program.texts,
            known=known,
        )
        return self._to_the_end(Begun(run, start.needed), run_id, last, known)

    def _conversation(
        self,
        start: Start,
        run_id: str,
        *,
        origin: Origin | None = None,
        shared: Shared | None = None,
        keep_steps: bool = True,
        fold_polls: bool = False,
        more: tuple[Document, ...] = (),
        known: Known | None = None,
        is_last: bool = False,
        teardown_of: str | None = None,
    ) -> Conversation:
        """A run from its beginning. ``more`` are the documents of what comes after it, which has
        to know what is ``known``; ``is_last`` says that it is what comes last.
        """
        program, values = start.program, start.values
        workflow = program.workflows[program.entries[start.workflow_id]]
        root = program.documents[workflow.document].document.data
        return drive(
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
                more=more,
                last=is_last,
                teardown_of=teardown_of,
            ),
            shared=shared,
            keep_steps=keep_steps,
            fold_polls=fold_polls,
            settings=self.settings.run,
            now=self._clock.now,
            timeout=self.settings.timeout,
            on_record=self._recorder(program, known),
            warnings=program.warnings,
            notes=(*start.notes, *start.needed.missing),
        )

    # -- what comes last -----------------------------------------------------------------------

    def _what_comes_last(self, program: Program, stored: StoredRun | None = None) -> Last | None:
        """The workflow that comes after a run, if the settings name one; of the same document.

        Raises:
            UsageError: there is no such workflow, or it may not be sent.
        """
        name = self.settings.teardown
        if name is None or (stored is not None and stored.teardown_of is not None):
            return None
        if self._last is not None and self._last[0] is program:
            return self._last[1]
        from arazzo_runner.execution.teardown import Last

        if program.entries.get(name) in program.workflows:
            found = program
        elif stored is None:
            found = self.load(program.document.document.uri, name)
        else:
            from arazzo_runner.execution.resuming import program_again

            found = program_again(stored, self.settings, name)
        last = Last(found, pick_workflow(found, name))
        _check_hosts(found, last.key, self.settings)
        self._last = program, last
        return last

    def _to_the_end(
        self, begun: Begun, run_id: str, last: Last | None, known: Known | None
    ) -> Begun:
        """A run with what comes after it; the credentials of both are found before the first."""
        if last is None or known is None:
            return begun
        from arazzo_runner.execution.teardown import to_the_end

        def begin(result: RunResult, *, kept: bool) -> Conversation:
            start = self._start(last.program, last.workflow_id, known.at_the_end(result))
            return self._conversation(
                start, new_run_id(), is_last=True, teardown_of=run_id if kept else None
            )

        def rejected(error: InputError) -> RunResult:
            return self.rejected(last.workflow_id, error)

        later = self.credentials.needed(last.program, last.key)
        return begun._replace(
            conversation=to_the_end(begun.conversation, begin, rejected),
            needed=begun.needed._replace(calls=(*begun.needed.calls, *later.calls)),
        )

    def rejected(
        self, workflow_id: str, error: ArazzoError, run_id: str | None = None
    ) -> RunResult:
        """The result of a run that cannot begin, or go on."""
        failure = FailureReason(error.kind, error.message, hint=error.hint)
        return self._fruitless(failure, workflow_id, run_id)

    def _fruitless(
        self, why: FailureReason | Stop, workflow_id: str, run_id: str | None = None
    ) -> RunResult:
        hint = why.hint if isinstance(why, FailureReason) else None
        failure = FailureReason(why.kind, why.message, None, workflow_id, hint=hint)
        return RunResult(
            run_id=run_id or new_run_id(),
            workflow_id=workflow_id,
            status="failed",
            outputs={},
            missing_outputs=(),
            steps=(),
            warnings=(),
            error=failure,
            transferred_to=None,
            started_at=self._clock.now(),
            duration_ms=0.0,
        )

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

    def _recorder(self, program: Program, known: Known | None) -> Callable[[Record], None]:
        """What sees the records of a program's runs: one, unless something is to be ``known``."""
        if known is not None:
            return partial(self._record, program, known)
        if self._newest is None or self._newest.args[0] is not program:
            self._newest = partial(self._record, program, None)
        return self._newest

    def _record(self, program: Program, known: Known | None, record: Record) -> None:
        """Learn from a record, then show it."""
        if known is not None:
            known.record(record)
        self._lessons.record(record, program)
        if self._on_record is not None:
            self._on_record(record)

    def _send_and_wait(self, request: Request) -> Response:
        """Send what a credential needs (a token's request). Blocks; never on the event loop."""
        raise NotImplementedError


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
