"""A shop with every kind of flow, and a run of it without a network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

from arazzo_runner.execution import Runner
from arazzo_runner.linking import Program
from arazzo_runner.reporting.recording import Recording
from arazzo_runner.testing import FakeClock
from arazzo_runner.values import Redactor

__all__ = ["run_shop", "write_shop"]

FLOW = """\
arazzo: 1.0.1
info: {title: Shop, version: 1.0.0}
sourceDescriptions:
  - {name: shop, url: shop.yaml, type: openapi}
  - {name: pay, url: pay.yaml, type: openapi}
workflows:
  - workflowId: place-order
    summary: Reserve the goods, pay, and wait for the parcel.
    dependsOn: [sign-in]
    inputs:
      type: object
      required: [quantity]
      properties: {quantity: {type: integer}, card: {type: string, format: password}}
    steps:
      - stepId: checkStock
        description: Is there enough?
        operationId: getStock
        successCriteria: [{condition: $statusCode == 200}]
        outputs: {left: $response.body#/left}
        onSuccess:
          - name: soldOut
            type: goto
            stepId: notify
            criteria: [{condition: '$response.body#/left < $inputs.quantity'}]
        onFailure:
          - {name: busy, type: retry, retryAfter: 0.001, retryLimit: 3}
      - stepId: charge
        operationId: charge
        requestBody: {contentType: application/json, payload: {card: $inputs.card}}
        successCriteria: [{condition: $statusCode == 200}]
        onFailure:
          - {name: refused, type: goto, stepId: notify, criteria: [{condition: $statusCode == 402}]}
          - {name: giveUp, type: end}
      - stepId: track
        operationId: getOrder
        parameters: [{name: id, in: path, value: A/1}]
        successCriteria: [{condition: $statusCode == 200}]
        outputs: {status: $response.body#/status, eta: $response.body#/eta}
        onSuccess:
          - name: underWay
            type: goto
            stepId: track
            criteria: [{condition: "$response.body#/status != 'delivered'"}]
          - {name: delivered, type: end}
      - stepId: notify
        workflowId: tell-customer
        parameters: [{name: text, value: sorry}]
    outputs: {eta: $steps.track.outputs.eta}
  - workflowId: sign-in
    steps:
      - stepId: login
        operationId: login
        outputs: {token: $response.body#/token}
  - workflowId: tell-customer
    inputs: {type: object, properties: {text: {type: string}}}
    steps:
      - stepId: mail
        operationId: sendMail
        requestBody: {contentType: application/json, payload: {text: $inputs.text}}
"""
SHOP = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
servers: [{url: "https://shop.example.com"}]
paths:
  /stock: {get: {operationId: getStock, responses: {}}}
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: getOrder, responses: {}}
  /login: {post: {operationId: login, responses: {}}}
  /mails:
    post: {operationId: sendMail, requestBody: {content: {application/json: {}}}, responses: {}}
"""
PAY = """\
openapi: 3.1.0
info: {title: Pay, version: "1"}
servers: [{url: "https://pay.example.com"}]
paths:
  /charges:
    post: {operationId: charge, requestBody: {content: {application/json: {}}}, responses: {}}
"""
SECRET = "4111-1111-1111-1111"
EVIL = "</script><script>window.hacked = 1</script><img src=https://evil.example/x>"


def write_shop(folder: Path) -> str:
    """Write the three documents; the path of the workflows."""
    (folder / "shop.yaml").write_text(SHOP)
    (folder / "pay.yaml").write_text(PAY)
    (folder / "flow.yaml").write_text(FLOW)
    return str(folder / "flow.yaml")


class _Shop:
    """Busy at first, then selling; ``charge`` is how paying is answered."""

    def __init__(self, charge: int, polls: int) -> None:
        self.charge = charge
        self.left = polls
        self.stock = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        body: Any = {"note": EVIL}
        status = 200
        if path == "/stock":
            self.stock += 1
            status, body = (503, {"error": "busy"}) if self.stock < 3 else (200, {"left": 17})
        elif path == "/charges":
            status = self.charge
        elif path.startswith("/orders/"):
            self.left -= 1
            body = {"status": "shipped" if self.left > 0 else "delivered", "eta": "2026-12-01"}
        return httpx.Response(status, content=json.dumps(body), headers=[("Content-Type", JSON)])


JSON = "application/json"


def run_shop(
    folder: Path, *, charge: int = 200, polls: int = 4
) -> tuple[Recording, Program, Redactor]:
    """A recorded run."""
    recording = Recording()
    redactor = Redactor()
    transport = httpx.MockTransport(_Shop(charge, polls))
    clock = FakeClock()
    with Runner(
        on_record=recording.record, transport=transport, redactor=redactor, clock=clock
    ) as runner:
        program = runner.load(write_shop(folder))
        result = runner.run(program, "place-order", inputs={"quantity": 3, "card": SECRET})
    recording.program = program
    recording.finish(result)
    return recording, program, redactor
