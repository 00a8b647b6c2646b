"""The twenty points in which the published schema and the text of the specification differ."""

from __future__ import annotations

import pytest

from arazzo_runner.validation import ValidationSettings, Validator
from arazzo_runner.validation.examples import loader_of, whole_document

EVENTS = """\
asyncapi: 3.0.0
info: {title: Events, version: 1.0.0}
channels:
  orders: {address: 'orders/{id}', parameters: {id: {}}, messages: {order: {payload: {}}}}
operations:
  onOrder: {action: receive, channel: {$ref: '#/channels/orders'}}
"""
FILES = {"events.yaml": EVENTS}
EVENT = """
sourceDescriptions: [{name: events, url: events.yaml, type: asyncapi}]
steps:
- stepId: s
  channelPath: '{$sourceDescriptions.events.url}#/channels/orders'
  action: receive
  timeout: 5
  successCriteria: [{condition: $message.payload != null}]
"""
ELSEWHERE = "type: goto, workflowId: main, parameters: [{name: a, in: query, value: 1}]"


def step(fields: str) -> str:
    return f"steps: [{{stepId: s, operationId: listPets, {fields}}}]\n"


def failure(fields: str) -> str:
    return step(f"onFailure: [{{name: f, {fields}}}]")


def replaced(value: str) -> str:
    body = f"{{payload: {{name: a}}, replacements: [{{target: /name, value: {value}}}]}}"
    return f"steps: [{{stepId: s, operationId: createPet, requestBody: {body}}}]\n"


CRITERION = (
    "successCriteria: [{{context: $response.body, condition: $.a, type: {{type: jsonpath{more}}}}}]"
)
SPACED = """
steps: [{stepId: a b, operationId: listPets, outputs: {o: $response.body}}]
outputs: {o: $steps.a b.outputs.o}
"""
POINTS = [
    (1, "steps: [{stepId: s, operationPath: $sourceDescriptions.petstore.listPets}]", "warning"),
    (2, replaced("10"), "valid"),
    (2, replaced("true"), "valid"),
    (2, replaced("{a: 1}"), "valid"),
    (3, step("parameters: [{name: status, in: query, value: {x: 1}}]"), "valid"),
    (4, step("successCriteria: [{type: simple, condition: $statusCode == 200}]"), "valid"),
    (5, failure("type: retry, stepId: s, workflowId: main"), "error"),
    (6, failure("type: end, retryAfter: 1, retryLimit: 1"), "warning"),
    (7, failure("type: end, stepId: s"), "warning"),
    (8, failure(ELSEWHERE), "error"),
    (9, failure("type: end, criteria: []"), "warning"),
    (9, step("onSuccess: [{name: f, type: end, criteria: []}]"), "warning"),
    (10, step("outputs: {'bad key!': $response.body}"), "error"),
    (11, step("timeout: -1"), "error"),
    (12, "steps: [{stepId: s, workflowId: other, requestBody: {payload: 1}}]", "warning"),
    (13, step("action: send"), "error"),
    (14, EVENT + "  parameters: [{name: id, in: channel, value: a}]\n", "valid"),
    (15, step(CRITERION.format(more=", version: rfc9535, more: 1")), "error"),
    (16, "sourceDescriptions: [{name: pet store, url: petstore.yaml, type: openapi}]\n", "error"),
    (17, "steps: [{stepId: a b, operationId: listPets}]", "warning"),
    (17, SPACED, "error"),
    (18, step(CRITERION.format(more="")), "error"),
    (19, EVENT + "  correlationId: {a: 1}\n", "warning"),
    (20, "components: {parameters: {p: {name: limit, in: query, value: 2}}}\n"
     + step("parameters: [{reference: $components.parameters.p, value: 1}]"), "valid"),
]  # fmt: skip
IGNORED = (
    "output-unused", "source-unused", "workflow-recursion", "action-loop", "criterion-*",
    "parameter-type", "request-body-schema", "workflow-unused-input", "output-pointer-in-schema",
    "inputs-defined", "parameter-workflow-input",
)  # fmt: skip


@pytest.mark.parametrize(("number", "fragment", "verdict"), POINTS, ids=[str(p[0]) for p in POINTS])
def test_the_verdict(number: int, fragment: str, verdict: str) -> None:
    text = whole_document(fragment)
    if "workflowId: other" in text:
        text += "- {workflowId: other, steps: [{stepId: s, operationId: listPets}]}\n"
    ignored = IGNORED if number not in (15, 18) else ()
    validator = Validator(loader_of(FILES), ValidationSettings(ignore=ignored))
    found = validator.validate_text(text.encode(), "https://example.com/flow.yaml", "flow.yaml")
    severities = {finding.severity for finding in found} - {"hint"}
    expected = set() if verdict == "valid" else {verdict}
    worst = {"error"} if "error" in severities else severities
    assert worst == expected, [str(finding) for finding in found]
