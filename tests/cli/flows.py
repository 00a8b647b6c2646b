"""A small API and workflows over it, and the command as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["API", "FLOW", "arazzo", "write_flow"]

API = """\
openapi: 3.1.0
info: {title: Jobs, version: "1"}
servers:
  - url: https://jobs.example.com/{stage}
    variables: {stage: {default: v1, enum: [v1, v2]}}
security: [{key: []}, {login: [read], token: []}]
paths:
  /jobs:
    post:
      operationId: createJob
      parameters:
        - {name: X-Key, in: header, schema: {type: string}}
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [name], properties: {name: {type: string}}}
      responses: {"201": {description: created}}
  /jobs/{id}:
    get:
      operationId: getJob
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
      responses: {"200": {description: the job}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Api-Key}
    login: {type: oauth2, flows: {}}
    token: {type: http, scheme: bearer}
"""

FLOW = """\
arazzo: 1.0.1
info: {title: Jobs, version: 1.0.0}
sourceDescriptions:
  - {name: jobs, url: api.yaml, type: openapi}
workflows:
  - workflowId: run-job
    summary: Create a job and wait until it is done.
    inputs:
      type: object
      required: [name, size, mode]
      properties:
        name: {type: string, description: what it is called}
        size: {type: integer, minimum: 5}
        mode: {type: string, enum: [fast, slow]}
        tags: {type: array, items: {type: string}}
        key: {type: string, format: password}
        limit: {type: integer, default: 3}
    steps:
      - stepId: create
        description: Create the job.
        operationId: createJob
        parameters:
          - {name: X-Key, in: header, value: $inputs.key}
        requestBody:
          contentType: application/json
          payload: {name: $inputs.name, size: $inputs.size, tags: $inputs.tags}
        successCriteria:
          - condition: $statusCode == 201
        outputs: {id: $response.body#/id}
      - stepId: wait
        operationId: getJob
        parameters:
          - {name: id, in: path, value: $steps.create.outputs.id}
        successCriteria:
          - condition: $statusCode == 200
        outputs: {status: $response.body#/status, result: $response.body#/result}
        onSuccess:
          - name: again
            type: goto
            stepId: wait
            criteria:
              - condition: $response.body#/status == 'running'
    outputs:
      status: $steps.wait.outputs.status
      result: $steps.wait.outputs.result
"""


def write_flow(folder: Path, flow: str = FLOW, api: str = API) -> str:
    """Write both files; the path of the workflow document."""
    (folder / "api.yaml").write_text(api)
    path = folder / "flow.yaml"
    path.write_text(flow)
    return str(path)


def arazzo(
    *words: str, cwd: Path | None = None, stdin: str = "", **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "arazzo_runner", *words],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=60,
        check=False,
        env=environment(**environ),
    )


def environment(**environ: str) -> dict[str, str]:
    """A clean environment: no credentials, no proxy, no colours, no coverage of strangers."""
    root = str(Path(__file__).resolve().parents[2])
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "TMPDIR")}
    return {**kept, "PYTHONPATH": root, "HOME": "/nonexistent", "PYTHONUTF8": "1", **environ}
