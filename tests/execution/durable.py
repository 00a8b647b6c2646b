"""Runs that die: documents, answers that kill, a journal whose process is gone."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

import arazzo_runner as arazzo
from arazzo_runner.execution.journal_sqlite import SqliteJournal
from arazzo_runner.testing import CannedResponses, FakeClock

__all__ = ["API", "DONE", "FLOW", "RUNNING", "Killed", "Runs", "both", "gone", "only_run"]

API = """\
openapi: 3.1.0
info: {title: Jobs, version: "1"}
servers: [{url: "http://jobs.test"}]
paths:
  /jobs:
    post: {operationId: createJob, responses: {}}
  /pay:
    post:
      operationId: pay
      parameters: [{name: Idempotency-Key, in: header, required: true, schema: {type: string}}]
      responses: {}
  /told:
    post: {operationId: told, x-idempotent: true, responses: {}}
  /jobs/{name}:
    parameters: [{name: name, in: path, required: true, schema: {type: string}}]
    get: {operationId: getJob, responses: {}}
    put: {operationId: putJob, responses: {}}
  /look:
    post:
      operationId: look
      parameters:
        - {name: X-Action, in: header, required: true, schema: {const: Look}}
        - {name: verbose, in: query, schema: {enum: [yes]}}
      requestBody:
        content:
          application/json: {schema: {type: object, properties: {name: {type: string}}}}
      responses: {}
"""

FLOW = """\
arazzo: 1.0.1
info: {title: Jobs, version: 1.0.0}
sourceDescriptions: [{name: jobs, url: api.yaml, type: openapi}]
workflows:
- workflowId: main
  inputs:
    type: object
    required: [name]
    properties:
      name: {type: string}
      size: {type: integer, default: 3}
      key: {type: string, format: password}
  steps:
  - stepId: create
    operationId: createJob
    parameters: [{name: X-Key, in: header, value: $inputs.key}]
    requestBody: {contentType: application/json, payload: {name: $inputs.name, size: $inputs.size}}
    outputs: {id: $response.body#/id}
  - stepId: wait
    operationId: getJob
    parameters: [{name: name, in: path, value: $inputs.name}]
    outputs: {status: $response.body#/status}
    onSuccess:
    - {name: again, type: goto, stepId: wait,
       criteria: [{condition: $response.body#/status == 'running'}]}
  outputs: {id: $steps.create.outputs.id, status: $steps.wait.outputs.status}
- workflowId: clean
  inputs: {type: object, properties: {name: {type: string}, id: {type: string}}}
  steps:
  - stepId: remove
    operationId: putJob
    parameters: [{name: name, in: path, value: $inputs.name}]
  outputs: {id: $inputs.id}
"""

CREATED = (201, {"id": "j1"})
RUNNING = (200, {"status": "running"})
DONE = (200, {"status": "done"})


class Killed(BaseException):
    """The process is dead from here on: nothing catches it."""


class Runs:
    """Runs of one document with one journal, through one of the two doors."""

    def __init__(self, folder: Path, door: str, flow: str = FLOW, api: str = API) -> None:
        self.door = door
        self.folder = folder
        self.file = folder / "flow.yaml"
        self.file.write_text(flow)
        (folder / "api.yaml").write_text(api)
        self.path = folder / "runs.db"
        self.requests: list[httpx.Request] = []
        self.records: list[arazzo.Record] = []
        self.clock = FakeClock()

    def journal(self) -> SqliteJournal:
        return SqliteJournal(self.path)

    def run(self, answers: Sequence[Any], *, inputs: Any = None, **settings: Any) -> Any:
        """Begin a run; an answer ``Killed`` kills it while that request is in flight."""
        given = {"name": "n1"} if inputs is None else inputs

        workflow = settings.pop("workflow", "main")
        return self._with(
            lambda runner: runner.run(str(self.file), workflow, inputs=given), answers, settings
        )

    def resume(
        self, answers: Sequence[Any] = (DONE,), *, inputs: Any = None, **settings: Any
    ) -> Any:
        """Go on with the only run that the journal has."""
        run_id = only_run(self.path)
        return self._with(lambda runner: runner.resume(run_id, inputs=inputs), answers, settings)

    def _with(self, work: Callable[[Any], Any], answers: Sequence[Any], settings: Any) -> Any:
        sent = iter(answers)

        def take(request: httpx.Request) -> None:
            self.requests.append(request)
            if next(sent, None) is Killed:
                raise Killed

        transport = CannedResponses([(500, {}) if a is Killed else a for a in answers], take)
        options = {
            "transport": transport, "clock": self.clock, "on_record": self.records.append,
            "journal": self.journal(), **settings,
        }  # fmt: skip
        if self.door == "sync":
            return work(arazzo.Runner(**options))
        return asyncio.run(self._async(work, options))

    @staticmethod
    async def _async(work: Callable[[Any], Any], options: Any) -> Any:
        runner = arazzo.AsyncRunner(**options)
        return await work(runner)

    def killed(self, answers: Sequence[Any], **options: Any) -> None:
        """Begin a run that is killed; its process is gone afterwards."""
        with pytest.raises(Killed):
            self.run(answers, **options)
        gone(self.path)


def gone(path: Path) -> None:
    """The process that carries out the runs of a journal has ended."""
    journal = SqliteJournal(path)
    owner = f"{socket.gethostname().replace(' ', '_')} 99999999 1"
    journal.connection.execute("UPDATE runs SET owner = ? WHERE owner IS NOT NULL", (owner,))
    journal.close()


def only_run(path: Path) -> str:
    """The id of the only run of a journal."""
    journal = SqliteJournal(path)
    ((run_id,),) = journal.connection.execute("SELECT id FROM runs").fetchall()
    journal.close()
    return str(run_id)


both = pytest.mark.parametrize("door", ["sync", "async"])
