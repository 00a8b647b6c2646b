"""A failed run once more, from the step that failed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from arazzo_runner.execution.journal import KeptDocument, StoredRun
from arazzo_runner.execution.kept_settings import settings_again
from arazzo_runner.execution.resuming import link_kept, retried
from arazzo_runner.execution.settings import Settings
from arazzo_runner.interpreter import (
    STATE_VERSION,
    Finish,
    RunFinished,
    State,
    state_to_json,
    without_requests,
)
from arazzo_runner.linking import prepare_inputs
from arazzo_runner.temporal.following import Follower
from arazzo_runner.temporal.payloads import refuse_secrets
from arazzo_runner.temporal.plans import Plan, pack
from arazzo_runner.temporal.runs import Listed
from arazzo_runner.values import Json, Redactor

__all__ = ["retried_task"]


async def retried_task(
    run: Follower,
    found: Listed,
    settings: Settings,
    redactor: Redactor,
    inputs: Mapping[str, Json],
    *,
    secrets: bool,
) -> tuple[bytes, dict[str, Any]]:
    """The plan and the task with which a run goes on from the step that failed.

    ``secrets`` says that inputs which are secret may travel.

    Raises:
        UsageError: it did not fail. InputError: inputs do not fit, or are secret.
    """
    before: State | None = None
    step: str | None = None
    end: RunFinished | None = None
    async for transition in run.transitions(wait=False):
        effect = transition.effects[0]
        if isinstance(effect, Finish):
            last = transition.records[-1]
            end = last if isinstance(last, RunFinished) else None
        else:
            before, step = transition.state, effect.step_id
    plan = run.plan
    assert plan is not None
    answer = None
    if end is not None and (end.failure is None or end.failure.step_id != step):
        answer = run.answer  # what failed is a step that was never sent
    stored = _stored(found, plan, before, answer)
    settings = settings_again(plan.kept, settings)._replace(run=plan.settings.run)
    documents = [KeptDocument(each.uri, each.name, each.text) for each in plan.program.texts]
    program = link_kept(documents, stored.uri, plan.workflow_id, settings)
    workflow = program.workflows[program.entries[plan.workflow_id]]
    root = program.documents[workflow.document].document.data

    def checked(known: Mapping[str, Json]) -> Mapping[str, Json]:
        values, _ = prepare_inputs(
            workflow.inputs_schema,
            {**known, **inputs},
            workflow_id=plan.workflow_id,
            definitions=root,
        )
        if not secrets:
            refuse_secrets(workflow.inputs_schema, values, root, redactor)
        return values

    resumed = retried(stored, program, {}, checked, found.updated_at)
    state = state_to_json(without_requests(resumed.transition.state))
    task = {key: value for key, value in run.task.items() if key == "hosts"}
    return pack(program, plan.workflow_id, settings, redactor), {**task, "state": state}


def _stored(found: Listed, plan: Plan, before: State | None, answer: Json) -> StoredRun:
    """The run as a journal would have it."""
    state = None if before is None else json.dumps(state_to_json(without_requests(before)))
    return StoredRun(
        found.run_id,
        plan.workflow_id,
        plan.program.document.document.uri,
        plan.file,
        found.status,
        False,
        plan.kept,
        (),
        (),
        state,
        None if answer is None else json.dumps(answer),
        STATE_VERSION,
        found.started_at,
        found.updated_at,
        None,
        (),
        0,
    )
