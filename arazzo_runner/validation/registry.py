"""All rules by id, in the order of the documentation; further ones by entry point."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Final

from arazzo_runner.errors import UsageError, did_you_mean
from arazzo_runner.validation.definition import Rule

__all__ = ["ENTRY_POINTS", "SECTIONS", "all_rules", "find_rule", "installed_rules", "known_rules"]

ENTRY_POINTS: Final = "arazzo_runner.rules"
"""The group of entry points of further rules: each is a rule or a sequence of rules."""

_INFO: Final = (".dist-info", ".egg-info")

SECTIONS: Final[Mapping[str, str]] = {
    "document": "Document",
    "identity": "Identity and source descriptions",
    "sources": "Source descriptions",
    "workflows": "Workflows and outputs",
    "inputs": "Inputs",
    "steps": "Steps",
    "targets": "Operations that steps call",
    "flow": "Flow",
    "dependencies": "What steps need of each other",
    "asynchronous": "Steps with messages",
    "parameters": "Parameters and bodies",
    "requests": "Parameters against descriptions",
    "bodies": "Bodies against descriptions",
    "criteria": "Criteria",
    "answers": "Answers against descriptions",
    "actions": "Actions",
    "retries": "Retries",
    "expressions": "Runtime expressions",
    "tolerances": "What a run tolerates",
    "selectors": "Selector Objects",
    "components": "Components",
    "security": "Security",
}
"""Modules of ``validation.rules`` and the titles of their sections."""


@cache
def all_rules() -> Mapping[str, Rule]:
    """The rules of the engine by id."""
    found: dict[str, Rule] = {}
    for module in SECTIONS:
        for rule in rules_of(module):
            assert rule.id not in found, f"two rules are called {rule.id}"
            found[rule.id] = rule
    return found


def rules_of(module: str) -> list[Rule]:
    """The rules of a section, in the order they are written."""
    room = import_module(f"arazzo_runner.validation.rules.{module}")
    return [value for value in vars(room).values() if isinstance(value, Rule)]  # as written


def known_rules() -> Mapping[str, Rule]:
    """The rules of the engine and of installed packages, by id."""
    return {**all_rules(), **{rule.id: rule for rule in installed_rules()}}


def find_rule(rule_id: str) -> Rule:
    """A rule by its id.

    Raises:
        UsageError: there is none.
    """
    rules = known_rules()
    if rule_id not in rules:
        raise UsageError(
            f"there is no rule '{rule_id}'",
            hint=did_you_mean(rule_id, rules) or "'arazzo rules' lists them",
        )
    return rules[rule_id]


@cache
def installed_rules() -> tuple[Rule, ...]:
    """The rules that installed packages add by entry point.

    Raises:
        UsageError: one of them cannot be loaded or is no rule.
    """
    if not _somebody_adds_rules():
        return ()
    from importlib.metadata import entry_points

    found: list[Rule] = []
    for point in entry_points(group=ENTRY_POINTS):
        try:
            value = point.load()
        except Exception as error:
            raise UsageError(f"the rules of '{point.value}' cannot be loaded: {error}") from error
        rules = [value] if isinstance(value, Rule) else list(value)
        if not all(isinstance(rule, Rule) for rule in rules):
            raise UsageError(f"'{point.value}' is not a rule or a list of rules")
        found.extend(rules)
    return tuple(found)


def _somebody_adds_rules() -> bool:
    """Whether an installed package names our group: asking ``importlib.metadata`` takes longer than
    the validation of a document."""
    group = ENTRY_POINTS.encode()
    for folder in sys.path:
        try:
            entries = [entry for entry in os.scandir(folder or ".") if entry.name.endswith(_INFO)]
        except OSError:
            continue
        for entry in entries:
            try:
                with open(f"{entry.path}/entry_points.txt", "rb") as stream:  # noqa: PTH123 - faster
                    if group in stream.read():
                        return True
            except OSError:
                continue
    return False
