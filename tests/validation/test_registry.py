"""Every check of the union is a rule or has a reason; what the linker reports has a page."""

from __future__ import annotations

import re
from pathlib import Path

import arazzo_runner
from arazzo_runner.criteria.tolerances import TOLERANCES
from arazzo_runner.validation.other_names import OTHER_NAMES
from arazzo_runner.validation.registry import all_rules
from tests.support.paths import SHARED, require

PACKAGE = Path(arazzo_runner.__file__).parent
REPORTS = re.compile(
    r"""(?:\.fault|\.add|\.syntax|report|_fits|Fault|tolerance|reported)\(\s*"([a-z]+(?:-[a-z]+)+)\"""",
)
NOT_IN_DOCUMENTS = {"unknown-input"}  # said of the inputs of a run


def test_every_check_of_the_union() -> None:
    text = require(SHARED / "docs" / "LINT_RULES.md").read_text("utf-8")
    checks = re.findall(r"(?m)^\| `([a-z-]+)` \|", text)
    assert len(checks) == 182
    missing = set(checks) - all_rules().keys() - OTHER_NAMES.keys()
    assert not missing


def test_no_check_has_two_places() -> None:
    assert not OTHER_NAMES.keys() & all_rules().keys()
    named = {rule for elsewhere in OTHER_NAMES.values() for rule in elsewhere.rules}
    assert named <= all_rules().keys()


def test_what_is_reported_has_a_page() -> None:
    found = set()
    for room in ("linking", "model", "validation"):
        for file in (PACKAGE / room).rglob("*.py"):
            found.update(REPORTS.findall(file.read_text("utf-8")))
    found |= {name for name, tolerance in TOLERANCES.items() if tolerance.certain}
    assert len(found) > 50
    assert found - NOT_IN_DOCUMENTS <= all_rules().keys()


def test_ids_are_names() -> None:
    for rule in all_rules().values():
        assert re.fullmatch(r"[a-z]+(?:-[a-z]+)*", rule.id)
