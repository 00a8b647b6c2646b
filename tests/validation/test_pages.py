"""The pages of the rules are those in the repository."""

from __future__ import annotations

from tools.rule_pages import differences


def test_the_pages_are_current() -> None:
    assert not differences(), "run python -m tools.rule_pages"
