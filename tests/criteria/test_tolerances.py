"""The table of tolerances names every rule that the engine records."""

from __future__ import annotations

import ast
from pathlib import Path

import arazzo_runner
from arazzo_runner.criteria.tolerances import TOLERANCES

PACKAGE = Path(arazzo_runner.__file__).parent
RECORDERS = {"ToleranceUse", "tolerance", "use", "_use"}


def _rules(path: Path) -> set[str]:
    """The rules that calls in a module record, written out as the first argument."""
    rules = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
        first = node.args[0]
        if name in RECORDERS and isinstance(first, ast.Constant) and isinstance(first.value, str):
            rules.add(first.value)
    return rules


def test_every_recorded_rule_is_in_the_table() -> None:
    recorded = set().union(*(_rules(path) for path in PACKAGE.rglob("*.py")))
    assert {"jsonpath-comparison", "operation-id-case", "simple-braced"} <= recorded
    assert recorded <= set(TOLERANCES)
