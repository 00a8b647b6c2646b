"""Every document of the corpus is linked; what does not link has a reason that is the document's.

The reasons of all faults below were checked by hand against the documents and their descriptions.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import arazzo_runner as arazzo
from arazzo_runner.execution import Settings, link_file
from arazzo_runner.linking import Linked
from tests.support.paths import SHARED, require

CORPUS = require(SHARED / "corpus")

# Rules that say: what the step names is not there. All else would be a limit of this engine.
NOT_THERE = {"source-load", "step-operation-id-exists"}
EXPECTED = {
    "ae": NOT_THERE,  # an empty description; operationIds of another edition
    "jentic": {"source-load", "step-id-unique"},  # one file missing; one stepId five times
    "oai-examples": {"source-load", "source-unreachable"},  # a missing file; on the network
    "speakeasy": {"source-unreachable"},
}


class Outcome(NamedTuple):
    """What linking one document came to."""

    origin: str
    file: str
    steps: int
    linked: int
    faults: tuple[arazzo.Fault, ...]
    error: str | None


@lru_cache(maxsize=1)
def outcomes() -> tuple[Outcome, ...]:
    entries = json.loads((CORPUS / "manifest.json").read_text(encoding="utf-8"))
    return tuple(outcome(entry) for entry in entries)


def outcome(entry: dict[str, Any]) -> Outcome:
    settings = Settings(cache=None, offline=True)
    origin, file = entry["origin"], entry["file"]
    try:
        linked = link_file(str(CORPUS / file), None, settings, any_server=True)
    except arazzo.ArazzoError as error:
        return Outcome(origin, file, entry["steps"], 0, (), type(error).__name__)
    errors = tuple(fault for fault in linked.faults if fault.severity == "error")
    steps = sum(len(workflow.steps) for workflow in linked.program.document.workflows)
    return Outcome(origin, file, steps, _linked_steps(linked), errors, None)


def _linked_steps(linked: Linked) -> int:
    keys = set(linked.program.entries.values())
    return sum(len(linked.program.workflows[key].steps) for key in keys)


def test_every_document_can_be_read() -> None:
    assert [o.file for o in outcomes() if o.error] == []
    assert len(outcomes()) == 501


@pytest.mark.parametrize("origin", EXPECTED)
def test_what_does_not_link_is_not_there(origin: str) -> None:
    rules = Counter(f.rule for o in outcomes() if o.origin == origin for f in o.faults)
    assert set(rules) <= EXPECTED[origin]


@pytest.mark.parametrize("origin", ["ae", "jentic"])
def test_steps_whose_operation_exists_link(origin: str) -> None:
    wanted = linked = 0
    for one in outcomes():
        if one.origin != origin:
            continue
        rules = Counter(fault.rule for fault in one.faults)
        if not rules["source-load"] and not rules["source-unreachable"]:
            wanted += one.steps - rules["step-operation-id-exists"]
            linked += one.linked
    assert linked >= 0.99 * wanted
    assert wanted > 900


def test_every_fault_has_a_place_and_a_reason() -> None:
    for one in outcomes():
        for fault in one.faults:
            assert fault.location is not None
            assert Path(fault.location.file).exists()
            assert fault.location.line >= 1
            assert fault.message
