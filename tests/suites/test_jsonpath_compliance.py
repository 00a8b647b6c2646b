"""The JSONPath Compliance Test Suite (RFC 9535) through our wrapper: all 703 cases."""

from __future__ import annotations

import json
from typing import Any

import pytest

from arazzo_runner.criteria.jsonpath import compile_jsonpath
from arazzo_runner.errors import SyntaxFault
from tests.support.paths import SHARED, require

SUITE = SHARED / "suites" / "jsonpath-compliance" / "cts.json"


def _cases() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(require(SUITE).read_text("utf-8"))["tests"]
    return cases


CASES = _cases()


def test_the_whole_suite_is_there() -> None:
    assert len(CASES) == 703


@pytest.mark.requirement("CR-15", "SEL-03")
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    if case.get("invalid_selector"):
        with pytest.raises(SyntaxFault):
            compile_jsonpath(case["selector"])
        return
    query = compile_jsonpath(case["selector"])
    selected = query.select(case["document"])
    accepted = case.get("results") or [case["result"]]
    texts = [json.dumps(result) for result in accepted]
    assert json.dumps(selected) in texts
    assert query.exists(case["document"]) is bool(selected)
