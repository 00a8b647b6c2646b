"""The validator: rules, findings, fixes, baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arazzo_runner.validation.definition import Rule, rule
    from arazzo_runner.validation.findings import (
        AddField,
        Finding,
        Fix,
        Problem,
        RemoveField,
        RenameKey,
        ReplaceText,
        ReplaceValue,
    )
    from arazzo_runner.validation.parts import (
        LinkedStepPart,
        LinkedWorkflowPart,
        Part,
        Subject,
        Text,
    )
    from arazzo_runner.validation.settings import ValidationSettings
    from arazzo_runner.validation.validator import Validator

__all__ = [
    "AddField",
    "Finding",
    "Fix",
    "LinkedStepPart",
    "LinkedWorkflowPart",
    "Part",
    "Problem",
    "RemoveField",
    "RenameKey",
    "ReplaceText",
    "ReplaceValue",
    "Rule",
    "Subject",
    "Text",
    "ValidationSettings",
    "Validator",
    "rule",
]

_MODULES = {
    "findings": (
        "AddField", "Finding", "Fix", "Problem", "RemoveField", "RenameKey", "ReplaceText",
        "ReplaceValue",
    ),
    "parts": ("LinkedStepPart", "LinkedWorkflowPart", "Part", "Subject", "Text"),
    "definition": ("Rule", "rule"),
    "settings": ("ValidationSettings",),
    "validator": ("Validator",),
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a module when something of it is first used: findings that are kept need no more."""
    from importlib import import_module

    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"arazzo_runner.validation.{module}"), name)
    raise AttributeError(f"module 'arazzo_runner.validation' has no attribute '{name}'")
