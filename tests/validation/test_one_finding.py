"""One mistake is one finding: the smallest wrong documents, and the place that each is told at."""

from __future__ import annotations

from pathlib import Path

import pytest

from arazzo_runner.reading import Loader
from arazzo_runner.validation import Finding, Validator

API = """\
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
servers: [{url: https://shop.example.com}]
paths:
  /items:
    get:
      operationId: listItems
      parameters: [{name: X-Trace, in: header, required: true, schema: {type: string}}]
      responses: {'200': {description: ok}}
    post:
      operationId: createItem
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Item'}}}
      responses: {'201': {description: made}}
  /items/{itemId}:
    get:
      operationId: getItem
      parameters: [{name: itemId, in: path, required: true, schema: {type: integer}}]
      responses:
        '200':
          description: ok
          content: {application/json: {schema: {$ref: '#/components/schemas/Item'}}}
components:
  schemas:
    Item:
      type: object
      required: [name]
      additionalProperties: false
      properties: {id: {type: integer}, name: {type: string}}
"""
FLOW = """\
arazzo: 1.0.1
info: {title: T, version: 1.0.0, summary: S, description: D}
sourceDescriptions:
- {name: shop, url: api.yaml, type: openapi}
workflows:
- workflowId: w
  summary: S
  description: D
  inputs: {type: object, required: [id], properties: {id: {type: integer}}}
  steps:
  - stepId: a
    description: D
    operationId: getItem
    parameters: [{name: itemId, in: path, value: $inputs.id}]
    successCriteria: [{condition: $statusCode == 200}]
    outputs: {n: $response.body#/name}
  - stepId: b
    description: D
    operationId: createItem
    requestBody: {contentType: application/json, payload: {name: $steps.a.outputs.n}}
    successCriteria: [{condition: $statusCode == 201}]
    outputs: {i: $response.header.Location}
    onFailure: [{name: stop, type: end}]
  outputs: {n: $steps.a.outputs.n, i: $steps.b.outputs.i}
- workflowId: v
  summary: S
  description: D
  steps: [{stepId: c, description: D, workflowId: w, parameters: [{name: id, value: 5}]}]
"""

# What is written in place of what; the rule; the marked text; a word of the help.
CASES = [
    ("title: T,", "tittle: T,", "unknown-field", "tittle", "'title'"),
    ("  steps:\n", "  step:\n", "unknown-field", "step", "'steps'"),
    ("stepId: b", "stepid: b", "unknown-field", "stepid", "'stepId'"),
    (
        "operationId: getItem",
        "operationID: getItem",
        "unknown-field",
        "operationID",
        "'operationId'",
    ),
    ("value: $inputs.id", "vaule: $inputs.id", "unknown-field", "vaule", "'value'"),
    ("payload: {name", "paylod: {name", "unknown-field", "paylod", "'payload'"),
    (
        "successCriteria: [{condition: $statusCode == 200",
        "succesCriteria: [{condition: $statusCode == 200",
        "unknown-field",
        "succesCriteria",
        "'successCriteria'",
    ),
    (
        "type: openapi}",
        "type: openapi}\n- {name: shop, url: api.yaml, type: openapi}",
        "source-name-unique",
        "shop",
        None,
    ),
    ("url: api.yaml", "url: apy.yaml", "source-load", "apy.yaml", "'api.yaml'"),
    (
        "operationId: getItem",
        "operationId: getItems",
        "step-operation-id-exists",
        "getItems",
        "'getItem'",
    ),
    ("$inputs.id", "$inputs.ids", "inputs-defined", "$inputs.ids", "'id'"),
    ("{name: id, value: 5}", "{name: ids, value: 5}", "parameter-workflow-input", "ids", "'id'"),
    (
        "{name: itemId, in: path, value: $inputs.id}",
        "{reference: $components.parameters.x}",
        "reusable-exists",
        "$components.parameters.x",
        None,
    ),
    ("value: $inputs.id", "value: one", "parameter-type", "one", None),
    (
        "{name: $steps.a.outputs.n}",
        "{nmae: $steps.a.outputs.n}",
        "request-body-schema",
        "nmae",
        "'name'",
    ),
    (
        "$response.body#/name",
        "$response.body#/nam",
        "output-pointer-in-schema",
        "$response.body#/nam",
        "'name'",
    ),
    ("{n: $steps.a", "{n: $steps.x", "outputs-defined", "$steps.x.outputs.n", None),
    (
        "{n: $steps.a.outputs.n,",
        "{n: $steps.a.outputs.m,",
        "outputs-defined",
        "$steps.a.outputs.m",
        "n",
    ),
    (
        "$statusCode == 200",
        "statusCode == 200",
        "criterion-simple-syntax",
        "statusCode",
        "'$statusCode'",
    ),
    (
        "$statusCode == 200",
        "$statuscode == 200",
        "criterion-simple-syntax",
        "$statuscode",
        "'$statusCode'",
    ),
    ("$statusCode == 200", "200 == 200", "criterion-constant", "200 == 200", None),
    (
        "{name: stop, type: end}",
        "{name: stop, type: end, criteria: [{condition: 5 == 5}]}",
        "criterion-constant",
        "5 == 5",
        None,
    ),
    ("$statusCode == 200", "$statusCode == 204", "success-criteria-status-declared", "204", "200"),
    ("type: end}", "type: end, stepId: a}", "action-end-target", "stepId", "type: goto"),
    ("type: end}", "type: goto, stepId: x}", "action-step-exists", "x", None),
    (
        "parameters: [{name: itemId",
        "onFailure: [{name: r, type: retry, retryLimit: -1}]\n    parameters: [{name: itemId",
        "retry-limit",
        "-1",
        None,
    ),
    (
        "{name: $steps.a.outputs.n}",
        "{name: 'no {$steps.a.outputs.n'}",
        "expression-embedded",
        "{$steps.a.outputs.n",
        "brace",
    ),
    (
        "properties: {id: {type: integer}}",
        "properties: {id: {type: integr}}",
        "workflow-inputs-schema",
        "integr",
        "'integer'",
    ),
    (
        "{id: {type: integer}}",
        "{id: {type: integer}, apiToken: {type: string}}",
        "password-format",
        "apiToken",
        "format: password",
    ),
]


def findings(text: str, folder: Path) -> tuple[Finding, ...]:
    (folder / "api.yaml").write_text(API)
    (folder / "flow.yaml").write_text(text)
    return Validator(Loader()).validate(str(folder / "flow.yaml"))


def test_the_document_is_right(tmp_path: Path) -> None:
    assert findings(FLOW, tmp_path) == ()


@pytest.mark.parametrize(("right", "wrong", "rule", "marked", "help_"), CASES)
def test_one_mistake_is_one_finding(
    right: str, wrong: str, rule: str, marked: str, help_: str | None, tmp_path: Path
) -> None:
    assert right in FLOW
    text = FLOW.replace(right, wrong, 1)
    found = findings(text, tmp_path)
    alone = [f for f in found if f.rule not in ALLOWED.get(rule, ())]
    assert [finding.rule for finding in alone] == [rule]
    (finding,) = alone
    at = finding.location
    assert at.excerpt is not None
    assert at.excerpt[at.column - 1 : (at.end_column or 0) - 1] == marked
    assert help_ is None or help_ in (finding.hint or "")


ALLOWED = {
    "password-format": ("workflow-unused-input",),
    "parameter-type": ("workflow-unused-input",),
    "reusable-exists": ("workflow-unused-input",),
}
"""A second mistake that the change makes."""
