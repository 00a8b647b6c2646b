"""The expressions and simple conditions of published documents: what they need to be read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from arazzo_runner.criteria.simple import compile_simple
from arazzo_runner.errors import SyntaxFault
from arazzo_runner.expressions import Names, WorkflowNames, read_expression, read_text
from tests.support.paths import SHARED, require

CORPUS = SHARED / "corpus"


def documents() -> Iterator[dict[str, Any]]:
    manifest = json.loads(require(CORPUS / "manifest.json").read_text(encoding="utf-8"))
    for entry in manifest:
        text = (CORPUS / entry["file"]).read_bytes()
        yield yaml.load(text, Loader=yaml.CSafeLoader)


def keys(value: Any) -> frozenset[str]:
    return frozenset(map(str, value)) if isinstance(value, dict) else frozenset()


def names_of(document: dict[str, Any], workflow: dict[str, Any]) -> Names:
    def inputs(of: dict[str, Any]) -> frozenset[str] | None:
        schema = of.get("inputs")
        return keys(schema.get("properties")) if isinstance(schema, dict) else None

    return Names(
        inputs(workflow),
        {step.get("stepId"): keys(step.get("outputs")) for step in workflow.get("steps") or []},
        {
            other.get("workflowId"): WorkflowNames(inputs(other), keys(other.get("outputs")))
            for other in document["workflows"]
        },
        keys(workflow.get("outputs")),
    )


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def values(workflow: dict[str, Any]) -> Iterator[str]:
    yield from strings(workflow.get("outputs"))
    for step in workflow.get("steps") or []:
        yield from strings(step.get("outputs"))
        yield from strings(step.get("requestBody"))
        for parameter in step.get("parameters") or []:
            yield from strings(parameter.get("value"))


def conditions(workflow: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    for step in workflow.get("steps") or []:
        actions = [*(step.get("onSuccess") or []), *(step.get("onFailure") or [])]
        lists = [step.get("successCriteria"), *(action.get("criteria") for action in actions)]
        for criteria in lists:
            for criterion in criteria or []:
                if criterion.get("type", "simple") == "simple":
                    yield criterion["condition"], criterion.get("context")


@pytest.fixture(scope="module")
def readings() -> tuple[Counter[str], list[str]]:
    """How often each tolerance was used, and the texts that stay doubtful."""
    uses: Counter[str] = Counter()
    doubtful: list[str] = []
    for document in documents():
        for workflow in document.get("workflows") or []:
            names = names_of(document, workflow)
            for text in values(workflow):
                reading = read_text(text, names)
                uses.update(use.rule for use in reading.tolerances)
                doubtful.extend(text for _ in reading.doubts)
            for text, context in conditions(workflow):
                expression = read_expression(context, names)[0] if context else None
                try:
                    condition = compile_simple(text, names, expression)
                except SyntaxFault:
                    doubtful.append(text)
                else:
                    uses.update(use.rule for use in condition.tolerances)
    return uses, doubtful


def test_every_tolerance_is_needed(readings):
    uses, _ = readings
    assert set(uses) == {
        "expression-dots",
        "expression-headers-plural",
        "expression-index",
        "name-outside-grammar",
        "simple-context-literal",
        "simple-double-quotes",
        "simple-length",
        "simple-unquoted-string",
        "steps-without-outputs",
        "template-unbraced",
    }
    assert uses["expression-dots"] > 200
    assert uses["template-unbraced"] > 200
    assert uses["name-outside-grammar"] > 200


def test_few_texts_stay_doubtful(readings):
    _, doubtful = readings
    assert len(doubtful) < 25
    # Filters, JSONPath, conditions as values, whole objects and other tools' functions.
    for text in doubtful:
        assert any(mark in text for mark in ("[?(", "$.", " > ", " == ", "$faker")) or text in (
            "$inputs",
            "$steps.fetchUser.outputs",
        )
