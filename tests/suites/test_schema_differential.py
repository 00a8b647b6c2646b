"""Whatever the official JSON Schema rejects, we reject: the corpus, the examples of the rules, and
thousands of mutations of both. Where we are silent on purpose, ``REASONS`` says why (most are
points in which the schema and the text of the specification differ).

The same documents prove that no rule fails on any JSON value anywhere.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any, Final, NamedTuple

import pytest

from arazzo_runner.errors import ArazzoError
from arazzo_runner.reading import Loader, parse_document
from arazzo_runner.validation import ValidationSettings, Validator
from arazzo_runner.validation.examples import whole_document
from arazzo_runner.validation.registry import all_rules
from tests.support.paths import SHARED, require
from tests.validation.mutations import mutated

jsonschema_rs = pytest.importorskip("jsonschema_rs")

SCHEMAS: Final = require(SHARED / "suites/oai-published-schemas")
CORPUS: Final = require(SHARED / "corpus")
MUTATIONS: Final = 5000
PARTS: Final = 4  # so that two processes share them
LARGEST: Final = 15_000  # bytes of a document that is mutated


class _Reason(NamedTuple):
    """Where the schema is silent on purpose: a place in the document, a part of the schema, and
    what the value there looks like."""

    why: str
    place: str
    schema: str = ""
    looks: Callable[[Any], bool] = lambda _: True

    def fits(self, error: Any) -> bool:
        place = "".join(f"/{token}" for token in error.instance_path)
        path = "/".join(map(str, error.schema_path))
        found = re.fullmatch(self.place, place)
        return found is not None and self.schema in path and self.looks(error.instance)


def _odd_value(parameter: Any) -> bool:
    """Whether a parameter has a value that the schema has forgotten."""
    value = parameter.get("value", parameter) if isinstance(parameter, dict) else parameter
    return isinstance(value, dict | list)


def _odd_inside(step: Any) -> bool:
    """Whether a step has a replacement or parameter whose value the schema has forgotten."""
    replacements = step.get("requestBody", {}).get("replacements", [])
    odd = any(not isinstance(replacement.get("value"), str) for replacement in replacements)
    return odd or any(isinstance(p.get("value"), dict | list) for p in step.get("parameters", []))


_ACTIONS = r"(?:onSuccess|successActions)"
_CRITERION = r".*/(?:successCriteria|criteria)/\d+"
REASONS: Final = (
    _Reason(
        "the value of a replacement is anything (part 3, 2)", r".*/replacements/\d+(?:/value)?"
    ),
    _Reason(
        "a parameter's value is anything (part 3, 3)",
        r".*/parameters/[^/]+(?:/value)?",
        "",
        _odd_value,
    ),
    _Reason("the same, seen from the step", r".*/steps/\d+", "", _odd_inside),
    _Reason("a simple condition has no context (part 3, 4)", _CRITERION, "dependentRequired"),
    _Reason("an empty list of criteria is a warning (part 3, 9)", rf".*/{_ACTIONS}/[^/]+"),
    _Reason(
        "the 1.0 schema looks for the fields of an Expression Type Object in the criterion itself",
        _CRITERION,
        "criterion-object",
    ),
)
"""Every error of the schema in a document that we accept has to fit one of these."""


def _schemas() -> dict[str, Any]:
    files = {"1.0": "arazzo-1.0-schema-2025-10-15.json", "1.1": "arazzo-1.1-schema-2026-04-15.json"}
    return {
        version: jsonschema_rs.validator_for(json.loads((SCHEMAS / file).read_text("utf-8")))
        for version, file in files.items()
    }


def _documents() -> list[Any]:
    found = []
    for row in json.loads((CORPUS / "manifest.json").read_text("utf-8")):
        if row["bytes"] <= LARGEST:
            try:
                data = Loader().load(str(CORPUS / row["file"])).data
            except ArazzoError:
                continue
            if isinstance(data, dict) and str(data.get("arazzo"))[:3] in ("1.0", "1.1"):
                found.append(data)
    for rule in all_rules().values():
        text = whole_document(rule.right).encode()
        found += [parse_document(text, uri="https://example.com/x").data] * 2
    return found


@pytest.fixture(scope="module")
def schemas() -> dict[str, Any]:
    return _schemas()


@pytest.fixture(scope="module")
def documents() -> list[Any]:
    return _documents()


def _silent(document: Any, schemas: dict[str, Any]) -> list[str]:
    """What the schema has against a document that we accept, without a reason."""
    version = document.get("arazzo")
    version = version[:3] if isinstance(version, str) and version[:3] in schemas else "1.1"
    validator = Validator(Loader(), ValidationSettings(sources="none"))
    findings = validator.validate_text(json.dumps(document).encode(), "https://example.com/x.json")
    if schemas[version].is_valid(document) or any(f.severity == "error" for f in findings):
        return []
    errors = list(schemas[version].iter_errors(document))
    return [
        f"{error.message[:200]} at {error.instance_path}"
        for error in errors
        if not any(reason.fits(error) for reason in REASONS)
    ]


def test_the_corpus_and_the_examples(documents: list[Any], schemas: dict[str, Any]) -> None:
    silent = [problem for document in documents for problem in _silent(document, schemas)]
    assert not silent, Counter(silent).most_common(5)


@pytest.mark.parametrize("part", range(PARTS))
def test_mutations(part: int, documents: list[Any], schemas: dict[str, Any]) -> None:
    random = Random(20261128 + part)
    silent = []
    rejected = 0
    for number in range(MUTATIONS // PARTS):
        document = mutated(documents[(number * PARTS + part) % len(documents)], random)
        version = document.get("arazzo")
        known = isinstance(version, str) and version[:3] in schemas
        rejected += known and not schemas[version[:3]].is_valid(document)
        silent += _silent(document, schemas)
    assert rejected > MUTATIONS // PARTS // 3  # they do break things
    assert not silent, Counter(silent).most_common(5)
