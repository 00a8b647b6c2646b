"""The examples of the rules: fragments made into whole documents, and the API they talk about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from textwrap import dedent, indent
from typing import Final

from arazzo_runner.errors import DocumentNotFound
from arazzo_runner.reading import Loader
from arazzo_runner.validation.definition import Rule
from arazzo_runner.validation.findings import Finding
from arazzo_runner.validation.objects import OBJECTS
from arazzo_runner.validation.settings import ValidationSettings
from arazzo_runner.validation.validator import Validator

__all__ = ["FILES", "check_example", "whole_document"]

PETSTORE: Final = """\
openapi: 3.1.0
info: {title: Petstore, version: 1.0.0}
servers: [{url: https://petstore.example.com/v1}]
paths:
  /pets:
    get:
      operationId: listPets
      parameters:
      - {name: limit, in: query, schema: {type: integer}}
      - {name: status, in: query, schema: {type: string}}
      responses:
        '200':
          description: The pets
          headers: {X-Total: {schema: {type: integer}}}
          content:
            application/json:
              schema: {type: array, items: {$ref: '#/components/schemas/Pet'}}
    post:
      operationId: createPet
      requestBody:
        required: true
        content:
          application/json: {schema: {$ref: '#/components/schemas/NewPet'}}
      responses:
        '201':
          description: The new pet
          content:
            application/json: {schema: {$ref: '#/components/schemas/Pet'}}
  /pets/{petId}:
    get:
      operationId: getPet
      parameters:
      - {name: petId, in: path, required: true, schema: {type: integer}}
      responses:
        '200':
          description: The pet
          content:
            application/json: {schema: {$ref: '#/components/schemas/Pet'}}
        '404': {description: No such pet}
    delete:
      operationId: deletePet
      deprecated: true
      parameters:
      - {name: petId, in: path, required: true, schema: {type: integer}}
      responses: {'204': {description: Gone}}
components:
  schemas:
    NewPet:
      type: object
      required: [name]
      additionalProperties: false
      properties:
        name: {type: string}
        tag: {type: string}
    Pet:
      type: object
      required: [id, name]
      properties:
        id: {type: integer}
        name: {type: string}
        tag: {type: string}
"""

FLOWS: Final = """\
arazzo: 1.1.0
info: {title: Shared flows, version: 1.0.0}
sourceDescriptions:
- {name: petstore, url: petstore.yaml, type: openapi}
workflows:
- workflowId: log-in
  steps:
  - {stepId: list, operationId: listPets}
  outputs: {token: $steps.list.outputs.nothing}
"""

FILES: Final[Mapping[str, str]] = {"petstore.yaml": PETSTORE, "flows.arazzo.yaml": FLOWS}
"""What the source descriptions of the examples are."""

_DEFAULTS: Final = {
    "arazzo": "arazzo: 1.1.0\n",
    "info": "info: {title: Pets, version: 1.0.0}\n",
    "sourceDescriptions": (
        "sourceDescriptions:\n- {name: petstore, url: petstore.yaml, type: openapi}\n"
    ),
}
_STEPS: Final = "steps:\n- {stepId: list, operationId: listPets}\n"
_TOP: Final = ("arazzo", "$self", "info", "sourceDescriptions", "workflows", "components")
_BLOCK: Final = re.compile(r"(?m)^(?=[A-Za-z$'\"])")
_FIELD: Final = re.compile(r"(?m)^['\"]?([$A-Za-z-]+)['\"]?:")


def whole_document(fragment: str) -> str:
    """The document that a fragment stands for.

    A fragment that begins with ``workflows``, ``components`` or another field of the root is
    completed with the rest of a document; anything else is what stands in a workflow. A text with
    ``info`` and ``workflows`` both, or that is no YAML object of such fields, is taken as it is.
    """
    fragment = dedent(fragment).strip("\n") + "\n"
    names = set(_FIELD.findall(fragment))
    fields = {*OBJECTS["Arazzo"].fields, *OBJECTS["Workflow"].fields}
    if {"arazzo", "info"} <= names or not names & fields or fragment[0] in "{[":
        return fragment
    if "openapi" in names:
        return fragment
    top: list[str] = []
    inner: list[str] = []
    for block in _BLOCK.split(fragment):
        if not block.strip():
            continue
        name = block.partition(":")[0].strip("'\"")
        (top if name in _TOP or name.startswith("x-") else inner).append(block)
    given = {block.partition(":")[0] for block in top}
    top += [text for name, text in _DEFAULTS.items() if name not in given]
    top.sort(key=_place)
    tail = ""
    if "workflows" not in given:
        if not any(block.startswith("steps:") for block in inner):
            inner.append(_STEPS)
        tail = "workflows:\n- workflowId: main\n" + indent("".join(inner), "  ")
    return "".join(top) + tail


def _place(block: str) -> int:
    name = block.partition(":")[0]
    return _TOP.index(name) if name in _TOP[:4] else len(_TOP)


def loader_of(files: Mapping[str, str]) -> Loader:
    """A loader that knows the files of the examples and those given, and nothing else."""
    known = {**FILES, **files}

    def fetch(uri: str) -> bytes:
        name = uri.rpartition("/")[2]
        if name not in known:
            raise DocumentNotFound(f"there is no file {name}")
        return known[name].encode()

    return Loader(fetch)


def check_example(rule: Rule, fragment: str) -> tuple[str, tuple[Finding, ...]]:
    """The whole document of an example, and what all rules find in it."""
    text = whole_document(fragment)
    validator = Validator(loader_of(rule.files), ValidationSettings(**rule.settings))
    return text, validator.validate_text(text.encode(), "https://example.com/flow", rule.name)
