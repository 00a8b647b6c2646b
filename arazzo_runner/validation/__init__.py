"""The validator: rules, findings, fixes, baselines."""

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
from arazzo_runner.validation.parts import LinkedStepPart, LinkedWorkflowPart, Part, Subject, Text
from arazzo_runner.validation.rule import Rule, rule
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
