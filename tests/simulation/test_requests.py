"""Requests against their descriptions: forms, arrays, parameters that are not given."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulation.support import simulate

API = """
openapi: 3.0.3
info: {title: Forms, version: '1'}
servers: [{url: 'https://forms.example.com'}]
paths:
  /search:
    get:
      operationId: search
      parameters:
        - {name: must, in: query, required: true, schema: {type: string}}
        - {name: User-Agent, in: header, required: true, schema: {type: string}}
        - {name: ids, in: query, schema: {type: array, items: {type: integer}}}
        - {name: flag, in: query, schema: {type: boolean}}
        - {name: text, in: query, schema: {type: string, enum: ['7', 'yes']}}
        - {name: size, in: query, schema: {type: number, maximum: 3}}
      responses: {'200': {description: ok}}
  /form:
    post:
      operationId: form
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema:
              type: object
              required: [items]
              additionalProperties: false
              properties:
                items: {type: array, items: {type: object}}
                count: {type: integer}
      responses: {'200': {description: ok}}
  /raw:
    post:
      operationId: raw
      requestBody:
        content:
          text/plain: {schema: {type: string, maxLength: 2}}
          application/json: {schema: {type: object}}
      responses: {'200': {description: ok}}
"""


def told(fields: str, operation: str = "search") -> list[str]:
    flow = f"""
workflows:
  - workflowId: w
    steps:
      - stepId: s
        operationId: {operation}
{fields}
"""
    done = simulate(flow, api=API)
    return [f"{f.rule}: {f.message}" for f in done.findings if f.rule.startswith("request")]


def query(**values: Any) -> list[str]:
    listed = "".join(
        f"          - {{name: {name}, in: query, value: {value}}}\n"
        for name, value in {"must": "x", **values}.items()
    )
    return told(f"        parameters:\n{listed}")


def test_parameters_that_are_not_given() -> None:
    assert told("") == ["request-required: the required query parameter 'must' is not sent"]


@pytest.mark.parametrize(
    "values",
    [
        {"ids": "'1,2'"},
        {"ids": "[1, 2]"},
        {"flag": "'true'"},
        {"flag": "true"},
        {"text": "7"},
        {"text": "'yes'"},
        {"size": "'2.5'"},
    ],
)
def test_parameters_that_fit(values: dict[str, str]) -> None:
    assert query(**values) == []


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"ids": "'1,b'"}, "query parameter 'ids': /1 is string, not integer"),
        ({"flag": "maybe"}, "query parameter 'flag': the value is string, not boolean"),
        ({"text": "no"}, 'query parameter \'text\': the value is "no", not one of "7", "yes"'),
        ({"size": "4"}, "query parameter 'size': the value is 4: maximum is 3"),
    ],
)
def test_parameters_that_do_not_fit(values: dict[str, str], message: str) -> None:
    [found] = query(**values)
    assert found.partition(": ")[2] == message


def body(payload: str, operation: str = "form", kind: str | None = None) -> list[str]:
    named = f"contentType: {kind}, " if kind else ""
    return told(f"        requestBody: {{{named}payload: {payload}}}", operation)


def test_forms_are_text_and_may_be_spelt_out() -> None:
    assert body("{items: [{a: 1}], count: '7'}") == []
    assert body("{'items[0][a]': 1, count: 7}") == []
    assert body("{count: 7}") == [
        "request-required: request body: the value lacks the required 'items'"
    ]
    assert body("{items: [], other: 1}") == [
        "request-constant: request body: the value has 'other', which the schema does not allow"
    ]


def test_bodies_that_are_not_looked_at() -> None:
    assert body("'long text'", "raw", "text/plain") == []
    assert body("{a: 1}", "raw", "application/xml") == []
    assert body("{a: 1}", "search") == [
        "request-required: the required query parameter 'must' is not sent"
    ]
    assert told("", "form") == []
