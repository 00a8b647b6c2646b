"""What the synchronous and the asynchronous door share: how runs begin, go on, and send."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from arazzo_runner.errors import ArazzoError, UsageError
from arazzo_runner.execution.beginning import Beginning, Begun
from arazzo_runner.execution.driver import Settle, drive
from arazzo_runner.execution.redirects import Context
from arazzo_runner.execution.settings import Settings
from arazzo_runner.interpreter import (
    Event,
    RequestFailed,
    ResponseArrived,
    SendRequest,
    Transition,
)
from arazzo_runner.linking import Program
from arazzo_runner.values import EMPTY, Json, Request, Response

if TYPE_CHECKING:
    from arazzo_runner.execution.continuing import Continued
    from arazzo_runner.execution.http import HttpSettings
    from arazzo_runner.execution.journal import Journal, StoredRun
    from arazzo_runner.execution.teardown import Known, Last

__all__ = ["Door"]


class Door(Beginning):
    """What both doors share."""

    def _going_on(
        self,
        run_id: str,
        inputs: Mapping[str, Json] | None,
        *,
        retry: bool = False,
        keep_steps: bool = True,
        program: Program | None = None,
        whole: bool = False,
    ) -> Begun:
        """A run of the journal that goes on, claimed. These settings are its own.

        Of a run that is over, what comes after it goes on when that is not over. ``program`` is its
        program, when that is at hand; ``whole`` says that the inputs are all that it has.

        Raises:
            ArazzoError: it cannot be gone on with; it is given back then.
        """
        from arazzo_runner.execution.continuing import continued
        from arazzo_runner.execution.journal import OVER

        journal = self._keeper.journal()
        journal.claim(run_id)
        try:
            stored = journal.load(run_id)
            if stored.teardown is not None and stored.status in OVER:
                later = journal.load(stored.teardown)
                if later.status not in OVER:
                    return self._cleaning_up(stored, inputs, retry=retry)
            found = continued(
                stored,
                self.settings,
                self._keeper,
                inputs or EMPTY,
                self._clock.now(),
                retry=retry,
                program=program,
                whole=whole,
            )
            for secret in found.secrets.values():
                self.redactor.add(secret)
            needed = self.credentials.needed(found.program, found.workflow.key)
            last = self._what_comes_last(found.program, stored)
            known = None if last is None else _known_again(last, found)
            conversation = drive(
                found.program,
                stored.workflow_id,
                EMPTY,
                settings=self.settings.run,
                now=self._clock.now,
                timeout=self.settings.timeout,
                on_record=self._recorder(found.program, known),
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
                    last=stored.teardown_of is not None,
                ),
                resumed=found.resumed,
                uncertain=_giving_back(found.settle, journal, run_id),
                keep_steps=keep_steps,
            )
            begun = Begun(conversation, needed, lambda: journal.release(run_id))
            return self._to_the_end(begun, run_id, last, known)
        except BaseException:
            journal.release(run_id)
            raise

    def _cleaning_up(
        self, stored: StoredRun, inputs: Mapping[str, Json] | None, *, retry: bool
    ) -> Begun:
        """What comes after a run that is over goes on.

        Raises:
            UsageError: it goes on before the run is tried again.
        """
        from arazzo_runner.execution.teardown import as_part_of

        assert stored.teardown is not None
        if retry:
            raise UsageError(
                f"run {stored.run_id} is over, but the workflow that comes last is not",
                hint=f"'arazzo runs resume {stored.run_id}' goes on with it",
            )
        begun = self._going_on(stored.teardown, inputs, whole=True)
        self._keeper.journal().release(stored.run_id)
        return begun._replace(conversation=as_part_of(stored, begun.conversation))

    def _settings_of(self, run_id: str) -> Settings:
        """The settings of a run of the journal; those of this runner go over them.

        Raises:
            RunNotFound: there is no such run.
            UsageError: a secret that was not kept is not given again.
        """
        from arazzo_runner.execution.kept_settings import settings_again

        return settings_again(self._keeper.journal().load(run_id).settings, self.settings)

    # -- sending ---------------------------------------------------------------------------

    def _outgoing(self, effect: SendRequest, more: Iterable[tuple[str, str]] = ()) -> Request:
        """The request with the caller's headers; credentials come last, since they may sign all."""
        request = effect.request
        wanted = (*self.settings.headers, *more)
        if wanted:
            given = {name.lower() for name, _ in request.headers}
            more = tuple(h for h in wanted if h[0].lower() not in given)
            request = request._replace(headers=(*request.headers, *more))
        return request

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


def _known_again(last: Last, found: Continued) -> Known:
    """What is known of a run that goes on."""
    from arazzo_runner.execution.teardown import Known

    state = found.resumed.transition.state
    known = Known(last.input_names, state.frames[0].inputs if state.frames else EMPTY)
    known.add_before(found.resumed.steps, state, found.program)
    return known


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
