"""All that it takes to go on with a run that the journal has."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from functools import partial
from typing import Any

from arazzo_runner.execution.driver import Settle
from arazzo_runner.execution.journal import StoredRun
from arazzo_runner.execution.keeper import Keeper, root_of
from arazzo_runner.execution.repeating import settle
from arazzo_runner.execution.resuming import Resumed, program_again, resumed, retried
from arazzo_runner.execution.sealing import find_secrets, secrets_from_environment
from arazzo_runner.execution.settings import Settings
from arazzo_runner.interpreter import Event, SendRequest, Transition
from arazzo_runner.linking import LinkedWorkflow, Program, prepare_inputs
from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.values import Json

__all__ = ["Continued", "continued"]


class Continued(NamedTuple):
    """A run that is ready to go on. ``settle`` says what becomes of its pending request."""

    program: Program
    workflow: LinkedWorkflow
    secrets: Mapping[str, str]
    resumed: Resumed
    settle: Settle | None


def continued(
    stored: StoredRun,
    settings: Settings,
    keeper: Keeper,
    inputs: Mapping[str, Json],
    at: float,
    *,
    retry: bool,
    program: Program | None = None,
    whole: bool = False,
) -> Continued:
    """Make a run ready to go on: where it was, or with ``retry`` from the step that failed.

    ``inputs`` are its secret ones again, with ``retry`` also changed ones; ``whole`` says that
    they are all that are at hand, by which a run is not changed.

    Raises:
        ArazzoError: it cannot be gone on with.
    """
    if program is None:
        program = program_again(stored, settings)
    workflow = program.workflows[program.entries[stored.workflow_id]]
    if not retry:
        secrets = keeper.secrets_again(stored, workflow, program, inputs, whole=whole)
        found = resumed(stored, program, secrets, at)
        question = (
            partial(_settled, program, settings, at)
            if stored.in_doubt and not stored.cancel
            else None
        )
        return Continued(program, workflow, secrets, found, question)
    root = root_of(program, workflow)
    names = tuple(dict.fromkeys(name.partition(".")[0] for name in stored.secret_inputs))
    known = {name: value for name, value in settings.inputs.items() if name in names}
    given = {**known, **secrets_from_environment(names), **inputs}
    named = {n: v for n, v in given.items() if n in names and isinstance(v, str) and v}
    secrets = named | find_secrets(workflow.inputs_schema, given, root)

    def checked(before: Mapping[str, Json]) -> Mapping[str, Json]:
        values, _ = prepare_inputs(
            workflow.inputs_schema,
            {**before, **given},
            workflow_id=stored.workflow_id,
            definitions=root,
        )
        return values

    found = retried(stored, program, secrets, checked, at)
    return Continued(program, workflow, secrets, found, None)


def _settled(
    program: Program, settings: Settings, at: float, transition: Transition
) -> Generator[SendRequest, Any, Event | None]:
    effect = transition.effects[0]
    if not isinstance(effect, SendRequest):
        return None
    return (yield from settle(program, transition.state, effect, settings, at))
