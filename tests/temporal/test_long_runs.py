"""Runs that poll for hours, and runs with many steps."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

import arazzo_runner as arazzo
from arazzo_runner.interpreter import Record, StepFinished
from arazzo_runner.testing import FakeClock
from tests.support.temporal import Switch, cluster, serving, skipping_server
from tests.temporal.flows import endpoint, write_flow
from tests.temporal.test_control_flow import timeless

HOURS = 10
ROUNDS = HOURS * 120  # one look every 30 s

RETRYING = """\
arazzo: 1.0.1
info: {title: Jobs, version: 1.0.0}
sourceDescriptions: [{name: jobs, url: api.yaml, type: openapi}]
workflows:
  - workflowId: job
    steps:
      - stepId: poll
        operationId: getJob
        parameters: [{name: name, in: path, value: x}]
        successCriteria: [{condition: $response.body#/status == 'done'}]
        onFailure: [{name: later, type: retry, retryAfter: 30, retryLimit: 100000}]
        outputs: {status: $response.body#/status}
    outputs: {status: $steps.poll.outputs.status}
"""
LOOPING = """\
arazzo: 1.0.1
info: {title: Jobs, version: 1.0.0}
sourceDescriptions: [{name: jobs, url: api.yaml, type: openapi}]
workflows:
  - workflowId: job
    inputs: {type: object, properties: {name: {type: string}}}
    steps:
      - {stepId: create, operationId: createJob, requestBody: {payload: {name: $inputs.name}}}
      - stepId: other
        operationId: getJob
        parameters: [{name: name, in: path, value: other}]
        successCriteria: [{condition: $statusCode == 404}]
      - stepId: look
        operationId: getJob
        parameters: [{name: name, in: path, value: $inputs.name}]
        outputs: {status: $response.body#/status}
        onSuccess:
          - {name: done, type: end, criteria: [{condition: $response.body#/status == 'done'}]}
          - {name: again, type: goto, stepId: other}
    outputs: {status: $steps.look.outputs.status, other: $steps.other.outputs.nothing}
"""


class Slow(httpx.AsyncBaseTransport):
    """A job that is done after so many looks."""

    def __init__(self, looks: int) -> None:
        self.left = looks

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(201, json={"name": "x"})
        self.left -= 1
        return httpx.Response(200, json={"status": "running" if self.left else "done"})


@pytest.mark.parametrize("flow", [None, RETRYING], ids=["poll", "retry"])
def test_ten_hours_are_a_few_events(flow: str | None, tmp_path: Path) -> None:
    from arazzo_runner.temporal.runner import TemporalRunner

    file = write_flow(tmp_path, 1, **({} if flow is None else {"flow": flow}))
    inputs = {"name": "x"} if flow is None else {}

    async def work() -> tuple[Any, int]:
        async with skipping_server() as environment:
            where, switch = cluster("skipping:1"), Switch()
            switch.current = Slow(ROUNDS)
            client = environment.client
            async with serving(
                where, client=client, transport=switch, clock=FakeClock(), last=environment.shutdown
            ):
                pacing = arazzo.Pacing(interval=30, max_interval=30)
                settings = arazzo.RunSettings(pacing=pacing, max_steps=2 * ROUNDS)
                runner = TemporalRunner(where, client=client, run=settings)
                run_id = await runner.start(file, inputs=inputs)
                while not (await runner.described(run_id)).over:  # noqa: ASYNC110
                    await asyncio.sleep(0.2)
                handle = client.get_workflow_handle(run_id)
                events = [event async for event in handle.fetch_history_events()]
                return await runner.result(run_id), len(events)

    result, events = asyncio.run(work())
    assert result.ok
    hours = result.duration_ms / 3_600_000
    assert HOURS - 0.1 < hours < HOURS + 0.1
    assert events < 30, "not 100 in an hour: in all of it"
    last = result.steps[-1]
    assert max(last.visit, last.attempts) == ROUNDS
    assert len(result.steps) < 200, "the rounds before are folded"


def test_a_run_with_many_steps_continues_as_new(
    temporal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from arazzo_runner.temporal import workflow
    from arazzo_runner.temporal.runner import TemporalRunner

    monkeypatch.setattr(workflow, "LONGEST", 40)
    there: list[Record] = []
    here: list[Record] = []
    settings = arazzo.RunSettings(pacing=arazzo.Pacing(interval=0))
    with endpoint(looks=12) as jobs:
        file = write_flow(tmp_path, jobs.port, LOOPING)

        async def work() -> tuple[Any, int, Any]:
            where = cluster(temporal)
            async with (
                serving(where),
                TemporalRunner(where, run=settings, on_record=there.append) as runner,
            ):
                result = await runner.run(file, inputs={"name": "x"})
                client = await runner.client()
                executions = [
                    each async for each in client.list_workflows(f"WorkflowId = '{result.run_id}'")
                ]
                async with TemporalRunner(where) as other:
                    again = await other.result(result.run_id)
                return result, len(executions), again

        result, executions, again = asyncio.run(work())
        jobs.looked.clear()
        with arazzo.Runner(run=settings, on_record=here.append) as runner:
            local = runner.run(file, inputs={"name": "x"})
    assert timeless(there) == timeless(here)
    assert timeless(result) == timeless(local)
    assert timeless(again) == timeless(local), "also of a run that is over"
    assert executions >= 3
    steps = [r.step_id for r in there if isinstance(r, StepFinished)]
    assert steps == ["create", *["other", "look"] * 12]
