"""Histories of before lead to the same effects: else ENGINE_VERSION has to be raised.

``ARAZZO_UPDATE_GOLDENS=1`` records them anew, after it was raised.
"""

from __future__ import annotations

import asyncio
import gzip
import os
from pathlib import Path
from typing import Any

import pytest

import arazzo_runner as arazzo
from tests.support.command import UPDATE
from tests.support.temporal import cluster, serving
from tests.temporal.flows import endpoint, write_flow
from tests.temporal.test_long_runs import LOOPING

HISTORIES = Path(__file__).parent / "histories"
BRANCHING = """\
arazzo: 1.0.1
info: {title: Jobs, version: 1.0.0}
sourceDescriptions: [{name: jobs, url: api.yaml, type: openapi}]
workflows:
  - workflowId: job
    inputs: {type: object, properties: {name: {type: string}}}
    steps:
      - stepId: missing
        operationId: getJob
        parameters: [{name: name, in: path, value: $inputs.name}]
        successCriteria: [{condition: $statusCode == 200}]
        onFailure:
          - {name: make, type: retry, retryAfter: 0.1, workflowId: make, parameters: [
              {name: name, value: $inputs.name}]}
      - {stepId: sub, workflowId: make, parameters: [{name: name, value: second}]}
      - stepId: over
        operationId: createJob
        requestBody: {payload: {name: third}}
        successCriteria: [{condition: $statusCode == 409}]
        onFailure: [{name: go, type: goto, workflowId: last}]
  - workflowId: make
    inputs: {type: object, properties: {name: {type: string}}}
    steps:
      - {stepId: create, operationId: createJob, requestBody: {payload: {name: $inputs.name}}}
    outputs: {name: $steps.create.outputs.nothing}
  - workflowId: last
    steps:
      - stepId: failing
        operationId: createJob
        requestBody: {payload: {name: fourth}}
        successCriteria: [{condition: $statusCode == 500}]
        onFailure:
          - {name: again, type: retry, retryAfter: 0.1, retryLimit: 2}
          - {name: stop, type: end}
"""
FLOWS = {"poll": None, "steps": LOOPING, "branches": BRANCHING}


def record(address: str, folder: Path, flow: str | None) -> str:
    """The history of a run of today."""
    from arazzo_runner.temporal.runner import TemporalRunner

    with endpoint(looks=3) as jobs:
        file = write_flow(folder, jobs.port, **({} if flow is None else {"flow": flow}))

        async def work() -> str:
            where = cluster(address)
            pacing = arazzo.Pacing(interval=0.1)
            async with (
                serving(where),
                TemporalRunner(where, run=arazzo.RunSettings(pacing=pacing)) as runner,
            ):
                result = await runner.run(file, "job", inputs={"name": "x"})
                client = await runner.client()
                history = await client.get_workflow_handle(result.run_id).fetch_history()
                return str(history.to_json())

        return asyncio.run(work())


async def replayed(text: str) -> Any:
    from temporalio.client import WorkflowHistory
    from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

    from arazzo_runner.temporal.payloads import data_converter
    from arazzo_runner.temporal.workflow import ArazzoRun

    replayer = Replayer(
        workflows=[ArazzoRun],
        workflow_runner=UnsandboxedWorkflowRunner(),
        data_converter=data_converter(),
        debug_mode=True,
    )
    history = WorkflowHistory.from_json("recorded", text)
    return await replayer.replay_workflow(history, raise_on_replay_failure=False)


@pytest.mark.parametrize("name", FLOWS)
def test_a_recorded_history(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    file = HISTORIES / f"{name}.json.gz"
    if os.environ.get(UPDATE) == "1":
        text = record(request.getfixturevalue("temporal"), tmp_path, FLOWS[name])
        file.write_bytes(gzip.compress(text.encode(), mtime=0))
    assert file.exists(), f"no history yet: {UPDATE}=1 records it"
    outcome = asyncio.run(replayed(gzip.decompress(file.read_bytes()).decode()))
    assert outcome.replay_failure is None, "raise ENGINE_VERSION: " + str(outcome.replay_failure)


def test_a_history_that_leads_elsewhere_is_noticed() -> None:
    text = gzip.decompress((HISTORIES / "poll.json.gz").read_bytes()).decode()
    outcome = asyncio.run(replayed(text.replace('"LookAgain"', '"SendRequest"')))
    assert outcome.replay_failure is not None
