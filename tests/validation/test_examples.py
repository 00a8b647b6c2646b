"""Every rule proves itself: its wrong example breaks it and no other, its right one none."""

from __future__ import annotations

import pytest

from arazzo_runner.validation.definition import Rule
from arazzo_runner.validation.examples import check_example
from arazzo_runner.validation.registry import all_rules

NEED_FOLDERS = {"source-relative-to-root", "source-unreachable"}  # proved in test_sources.py
RULES = [pytest.param(rule, id=rule.id) for rule in all_rules().values()]
WITH_EXAMPLES = [
    pytest.param(rule, id=rule.id) for rule in all_rules().values() if rule.id not in NEED_FOLDERS
]


@pytest.mark.parametrize("rule", WITH_EXAMPLES)
def test_the_wrong_example_breaks_the_rule(rule: Rule) -> None:
    text, findings = check_example(rule, rule.wrong)
    found = [finding for finding in findings if finding.rule == rule.id]
    assert found, f"{[str(f) for f in findings]}\n{text}"
    others = {f.rule for f in findings if f.severity == "error"} - {rule.id}
    assert not others, f"{[str(f) for f in findings]}\n{text}"
    assert {finding.severity for finding in found} == {rule.severity}


@pytest.mark.parametrize("rule", RULES)
def test_the_right_example_is_right(rule: Rule) -> None:
    text, findings = check_example(rule, rule.right)
    wrong = [f for f in findings if f.rule == rule.id or f.severity == "error"]
    assert not wrong, f"{[str(f) for f in wrong]}\n{text}"


@pytest.mark.parametrize("rule", RULES)
def test_the_page_says_what_and_why(rule: Rule) -> None:
    assert rule.severity in ("error", "warning", "hint")
    assert rule.summary.endswith(".")
    assert len(rule.summary) < 100
    assert rule.explanation.strip()
