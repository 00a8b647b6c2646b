"""A small API with a resource, a poll, XML and a form, and programs over it."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent
from typing import Any

from arazzo_runner.errors import DocumentNotFound
from arazzo_runner.linking import LinkSettings, Program, link
from arazzo_runner.reading import Loader
from arazzo_runner.simulation.exploration import Exploration
from arazzo_runner.simulation.exploration import explore as explore_program
from arazzo_runner.simulation.simulation import Simulation
from arazzo_runner.simulation.simulation import simulate as simulate_program

API = """
openapi: 3.1.0
info: {title: Pets, version: '1'}
servers: [{url: 'https://pets.example.com/v1'}]
paths:
  /pets:
    get:
      operationId: listPets
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 9}}
      responses:
        '200':
          description: the pets
          content:
            application/json:
              schema:
                type: object
                properties:
                  pets: {type: array, items: {$ref: '#/components/schemas/Pet'}}
    post:
      operationId: createPet
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [name]
              additionalProperties: false
              properties: {name: {type: string}, kind: {enum: [cat, dog]}, age: {type: integer}}
      responses:
        '201':
          description: created
          headers: {Location: {schema: {type: string}}, X-Rate: {schema: {type: integer}}}
          content:
            application/json: {schema: {$ref: '#/components/schemas/Pet'}}
        '400': {description: bad}
        '409': {description: is there already}
  /pets/{petId}:
    parameters: [{name: petId, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: getPet
      responses:
        '200':
          description: the pet
          content:
            application/json: {schema: {$ref: '#/components/schemas/Pet'}}
        '404': {description: no such pet}
    delete:
      operationId: deletePet
      responses: {'204': {description: gone}}
  /jobs/{id}:
    get:
      operationId: getJob
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        '200':
          description: the job
          content:
            application/json:
              schema:
                type: object
                required: [status]
                properties:
                  status: {enum: [RUNNING, DONE, FAILED]}
                  percent: {type: integer, minimum: 0, maximum: 100}
                  result: {type: string}
  /xml:
    get:
      operationId: getXml
      responses:
        '200':
          description: xml
          content:
            text/xml:
              schema:
                type: object
                properties:
                  things:
                    type: array
                    items: {type: object, properties: {state: {type: string}}}
  /open:
    get: {operationId: open, responses: {'200': {description: nothing said}}}
components:
  schemas:
    Pet:
      type: object
      required: [id, name]
      properties:
        id: {type: integer}
        name: {type: string}
        kind: {enum: [cat, dog]}
        owner: {type: object, properties: {email: {type: string, format: email}}}
"""

HEAD = """
arazzo: 1.0.1
info: {title: Flow, version: '1'}
sourceDescriptions: [{name: pets, url: api.yaml, type: openapi}]
"""

POLL = """
workflows:
  - workflowId: wait
    inputs: {type: object, required: [id], properties: {id: {type: string}}}
    steps:
      - stepId: poll
        operationId: getJob
        parameters: [{name: id, in: path, value: $inputs.id}]
        successCriteria: [{condition: $statusCode == 200}]
        outputs: {status: $response.body#/status, result: $response.body#/result}
        onSuccess:
          - name: again
            type: goto
            stepId: poll
            criteria: [{condition: "$response.body#/status == 'RUNNING'"}]
          - name: done
            type: end
    outputs: {status: $steps.poll.outputs.status, result: $steps.poll.outputs.result}
"""

CREATE = """
workflows:
  - workflowId: create
    inputs:
      type: object
      required: [name]
      properties: {name: {type: string}, kind: {type: string}}
    steps:
      - stepId: make
        operationId: createPet
        requestBody: {payload: {name: $inputs.name, kind: $inputs.kind}}
        successCriteria: [{condition: $statusCode == 201}]
        outputs: {id: $response.body#/id}
      - stepId: read
        operationId: getPet
        parameters: [{name: petId, in: path, value: $steps.make.outputs.id}]
        successCriteria: [{condition: $statusCode == 200}]
        outputs: {id: $response.body#/id, name: $response.body#/name, kind: $response.body#/kind}
    outputs: {id: $steps.read.outputs.id, name: $steps.read.outputs.name}
"""


def program(flow: str, api: str = API, **files: str) -> Program:
    """The linked program; ``flow`` is what comes after the head."""
    text = HEAD + dedent(flow)
    stored: Mapping[str, str] = {"flow.yaml": text, "api.yaml": api, **files}

    def fetch(uri: str) -> bytes:
        name = uri.rpartition("/")[2]
        if name not in stored:
            raise DocumentNotFound(f"no {name}")
        return stored[name].encode()

    loader = Loader(fetch)
    document = loader.load("file:///flow.yaml")
    linked = link(document, loader, LinkSettings({}, {}, None, True))
    assert not linked.errors, [str(fault) for fault in linked.errors]
    return linked.program


def step(criteria: str = "", more: str = "", operation: str = "getJob") -> str:
    """A workflow of one step with success criteria and further fields (YAML, one line each)."""
    lines = ["workflows:", "  - workflowId: one", "    steps:", "      - stepId: only"]
    lines.append(f"        operationId: {operation}")
    if operation == "getJob":
        lines.append("        parameters: [{name: id, in: path, value: j1}]")
    if criteria:
        lines.append(f"        successCriteria: {criteria}")
    lines += [f"        {line}" for line in dedent(more).strip().splitlines()]
    return "\n".join(lines) + "\n"


def simulate(flow: str, workflow_id: str | None = None, **options: Any) -> Simulation:
    api = options.pop("api", API)
    made = program(flow, api)
    return simulate_program(made, workflow_id or next(iter(made.entries)), **options)


def explore(flow: str, workflow_id: str | None = None, **options: Any) -> Exploration:
    api = options.pop("api", API)
    made = program(flow, api)
    return explore_program(made, workflow_id or next(iter(made.entries)), **options)


def rules(found: Simulation | Exploration) -> set[str]:
    return {one.rule for one in found.findings}
