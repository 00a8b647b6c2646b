"""What the examples of pages speak of, as files in a folder, and the APIs behind them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from arazzo_runner import Runner, SqliteJournal
from arazzo_runner.pytest_plugin import ArazzoFixture
from tests.simulation.support import API, CREATE, HEAD, POLL
from tests.support.paths import REPOSITORY

__all__ = ["Stage", "stage"]

TRAIN = "workflows/amazon-sagemaker-train-and-poll-job-workflow.yml"

SHOP = """\
openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
servers: [{url: "https://shop.example.com"}]
security: [{api_key: []}]
paths:
  /orders:
    post:
      operationId: order
      requestBody:
        content:
          application/json:
            schema: {type: object, properties: {quantity: {type: integer}, petId: {type: integer}}}
      responses:
        "201":
          description: ordered
          content:
            application/json:
              schema: {type: object, required: [id], properties: {id: {type: integer}}}
  /photos:
    post:
      operationId: upload
      requestBody:
        content:
          multipart/form-data:
            schema:
              type: object
              properties:
                photo: {type: string, format: binary}
                documents: {type: array, items: {type: string, format: binary}}
      responses: {"200": {description: uploaded}}
components:
  securitySchemes:
    api_key: {type: apiKey, in: header, name: X-API-Key}
"""

FLOW = """\
arazzo: 1.0.1
info: {title: Shop, version: 1.0.0}
sourceDescriptions: [{name: shop, url: shop.yaml, type: openapi}]
workflows:
  - workflowId: place-order
    inputs:
      type: object
      properties: {quantity: {type: integer}, petId: {type: integer}}
    steps:
      - stepId: order
        operationId: order
        requestBody:
          contentType: application/json
          payload: {quantity: $inputs.quantity, petId: $inputs.petId}
        successCriteria: [{condition: $statusCode == 201}]
        outputs: {orderId: $response.body#/id}
    outputs: {orderId: $steps.order.outputs.orderId}
"""

UPLOAD = """\
arazzo: 1.0.1
info: {title: Upload, version: 1.0.0}
sourceDescriptions: [{name: shop, url: shop.yaml, type: openapi}]
workflows:
  - workflowId: upload
    inputs:
      type: object
      properties:
        photo: {type: string, format: binary}
        documents: {type: array, items: {type: string, format: binary}}
    steps:
      - stepId: upload
        operationId: upload
        requestBody:
          contentType: multipart/form-data
          payload: {photo: $inputs.photo, documents: $inputs.documents}
"""

CASES = """\
document: flow.yaml
cases:
  - name: an order
    workflow: place-order
    inputs: {quantity: 2}
    expect: {status: completed, requests: [{step: order, body: {quantity: 2}}]}
"""

FILES = {
    "flow.arazzo-test.yaml": CASES,
    "shop.yaml": SHOP,
    "flow.yaml": FLOW,
    "flow.arazzo.yaml": FLOW,
    "upload.yaml": UPLOAD,
    "api.yaml": API,
    "create.yaml": HEAD + CREATE,
    "poll.yaml": HEAD + POLL,
    "customers.csv": "quantity,petId\n1,5\n2,\n",
    "me.png": "an image",
    "a.pdf": "a document",
    "b.pdf": "another one",
}


class Stage(NamedTuple):
    """The folder, and where the example addresses of pages really are."""

    folder: Path
    addresses: dict[str, str]

    def set(self, text: str) -> str:
        """The text with addresses that answer."""
        for written, real in self.addresses.items():
            text = text.replace(written, real)
        return text


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """Files that are called like those of the pages, and mock servers for them."""
    for name in ("workflows", "openapi"):
        shutil.copytree(REPOSITORY / name, folder / name)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    train = (folder / TRAIN).read_text(encoding="utf-8").replace("../openapi", "openapi")
    (folder / "train.yaml").write_text(train, encoding="utf-8")
    mocks = ArazzoFixture({})
    try:
        shop = mocks.mock(folder / "flow.yaml").servers["shop"]
        training = mocks.mock(folder / TRAIN).servers["sagemakerApi"]
        (folder / "arazzo.toml").write_text(
            f'[servers]\nshop = "{shop}"\n[environments.staging]\nservers.shop = "{shop}"\n',
            encoding="utf-8",
        )
        (folder / "shop.yaml").write_text(SHOP.replace("https://shop.example.com", shop))
        journal = folder / "state" / "arazzo" / "runs.db"
        journal.parent.mkdir(parents=True)
        with Runner(
            journal=SqliteJournal(journal), credentials={"api_key": "key-of-mine"}
        ) as runner:
            runner.run(str(folder / "flow.yaml"))
        yield Stage(
            folder,
            {"https://staging.example.com": shop, "http://127.0.0.1:38053": training},
        )
    finally:
        mocks.close()
