"""A runner's side of the journal: opened when needed, runs put into it and taken out again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from arazzo_runner.errors import JournalError, UsageError
from arazzo_runner.execution.settings import Settings
from arazzo_runner.interpreter import STATE_VERSION
from arazzo_runner.linking import LinkedWorkflow, Program, apply_defaults
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import Json, Redactor, Value

if TYPE_CHECKING:
    from arazzo_runner.execution.journal import Committed, Entry, Journal, NewRun, StoredRun
    from arazzo_runner.execution.run_log import RunLog
    from arazzo_runner.reading import Document

__all__ = ["BEAT", "Keeper", "Origin", "root_of"]

BEAT: Final = 5.0
"""Seconds between two signs of life."""


class Origin(NamedTuple):
    """Where a run comes from: a row of a batch and what it holds."""

    batch: str
    row: int
    row_key: str


class Keeper:
    """Keeps the runs of one runner in a journal, if there is one."""

    def __init__(self, settings: Settings, redactor: Redactor, journal: Journal | None) -> None:
        self._settings = settings
        self._redactor = redactor
        self._given = journal
        self._own: Journal | None = None
        self._beaten = 0.0
        self.cancelled: set[str] = set()

    @property
    def wanted(self) -> bool:
        """Whether runs are kept at all."""
        return self._given is not None or self._settings.journal is not None

    def journal(self) -> Journal:
        """The journal, opened now if it is not yet.

        Raises:
            JournalError: it cannot be opened.
        """
        if self._given is not None:
            return self._given
        if self._own is None:
            from arazzo_runner.execution.journal_sqlite import SqliteJournal

            if self._settings.journal is None:
                raise JournalError("no journal is named", hint="name the file with --journal FILE")
            self._own = SqliteJournal(self._settings.journal)
        return self._own

    def log(
        self,
        run_id: str,
        program: Program,
        workflow: LinkedWorkflow,
        secrets: Mapping[str, str],
        *,
        started_at: float,
        origin: Origin | None = None,
        more: tuple[Document, ...] = (),
        number: int | None = None,
        teardown_of: str | None = None,
        last: bool = False,
    ) -> RunLog | None:
        """The log of a run; None without a journal.

        ``secrets`` are the values of its secret inputs by name, ``more`` further documents that it
        needs, ``number`` the last event's when it goes on. ``last`` says that it comes after
        another one, which ``teardown_of`` names when that is kept: then it is kept as well.
        """
        if not self.wanted:
            return None
        settings = self._settings._replace(teardown=None) if last else self._settings
        if teardown_of is not None:
            settings = settings._replace(journal_after=None)
        from arazzo_runner.execution.run_log import RunLog
        from arazzo_runner.execution.sealing import Sealer

        def new_run() -> NewRun:
            from arazzo_runner.execution.journal import NewRun
            from arazzo_runner.execution.kept_settings import kept_settings

            document = program.document.document
            texts = {each.uri: each for each in (*(program.texts or (document,)), *more)}
            return NewRun(
                workflow.workflow_id,
                document.uri,
                document.name,
                tuple(texts.values()),
                kept_settings(settings, self._redactor),
                tuple(secrets),
                started_at,
                STATE_VERSION,
                *(origin or ()),
            )._replace(teardown_of=teardown_of)

        return RunLog(
            run_id,
            program,
            settings,
            new_run=new_run,
            sealer=Sealer(secrets, self._redactor.without_run()),
            redactor=self._redactor,
            number=number,
            anyway=teardown_of is not None,
        )

    # -- effects -------------------------------------------------------------------------------

    def commit(self, entry: Entry) -> Committed:
        """Perform a commit."""
        from arazzo_runner.execution.journal import Committed

        try:
            return Committed(self.journal().commit(entry))
        except JournalError as error:
            return Committed(error=error)

    async def commit_async(self, entry: Entry) -> Committed:
        """Perform a commit, together with those of other runs."""
        from arazzo_runner.execution.journal import Committed

        try:
            return Committed(await self.journal().commit_async(entry))
        except JournalError as error:
            return Committed(error=error)

    def beat(self, now: float) -> None:
        """Every few seconds: say that this process is alive, and hear what is cancelled."""
        journal = self._given or self._own
        if journal is not None and not 0 <= now - self._beaten < BEAT:
            self._beaten = now
            self.cancelled.update(journal.beat())

    # -- going on ------------------------------------------------------------------------------

    def secrets_again(
        self,
        stored: StoredRun,
        workflow: LinkedWorkflow,
        program: Program,
        given: Mapping[str, Json],
        *,
        whole: bool = False,
    ) -> dict[str, str]:
        """The secret inputs of a run, given again by the caller or in the environment.

        ``whole`` says that all inputs are given, as the run has them.

        Raises:
            UsageError: the caller gives an input that is no secret: a run keeps its inputs.
        """
        from arazzo_runner.execution.sealing import find_secrets, secrets_from_environment

        names = tuple(dict.fromkeys(n.partition(".")[0] for n in stored.secret_inputs))
        other = sorted(set(given) - set(names))
        if other and not whole:
            raise UsageError(
                f"input '{other[0]}' of a run cannot be changed when it is resumed",
                hint=f"'arazzo runs retry {stored.run_id}' takes changed inputs",
            )
        root = root_of(program, workflow)
        known = {n: v for n, v in self._settings.inputs.items() if n in names}
        values: dict[str, Value] = {**known, **secrets_from_environment(names), **given}
        values = apply_defaults(workflow.inputs_schema, values, root)
        named = {n: v for n, v in values.items() if n in names and isinstance(v, str) and v}
        return named | find_secrets(workflow.inputs_schema, values, root)

    def close(self) -> None:
        """Give every run back; a journal that was given stays open."""
        if self._own is not None:
            self._own.close()
            self._own = None


def root_of(program: Program, workflow: LinkedWorkflow) -> Json:
    """The document that local references of a workflow's inputs point into."""
    return program.documents[workflow.document].document.data
