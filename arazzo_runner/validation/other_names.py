"""Checks that other tools have under a name of their own, and why they have none here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from arazzo_runner.named_tuples import NamedTuple

__all__ = ["OTHER_NAMES", "Elsewhere"]


class Elsewhere(NamedTuple):
    """The rules that find it, and why it is no rule of its own."""

    rules: tuple[str, ...]
    why: str


_REQUIRED: Final = "the same for every field that the specification requires"
_EXPRESSION: Final = "an expression is the same wherever it stands"

OTHER_NAMES: Final[Mapping[str, Elsewhere]] = {
    "document-schema": Elsewhere(
        ("required-field", "field-type", "unknown-field", "version-feature", "extension-name"),
        "a walk by hand says one thing for each problem, a JSON Schema one for each branch; a test "
        "compares the two over thousands of documents",
    ),
    "parameter-name": Elsewhere(("required-field",), _REQUIRED),
    "parameter-value": Elsewhere(("required-field",), _REQUIRED),
    "action-name": Elsewhere(("required-field",), _REQUIRED),
    "replacement-required": Elsewhere(("required-field",), _REQUIRED),
    "selector-fields": Elsewhere(
        ("required-field", "selector-near-miss"), "an object without all three is no selector"
    ),
    "workflow-depends-on-form": Elsewhere(
        ("workflow-depends-on-exists", "source-ref-unknown"),
        "a reference in another form leads nowhere; the hint has the right form",
    ),
    "step-workflow-qualified": Elsewhere(
        ("step-workflow-exists", "source-ref-unknown"),
        "a reference in another form leads nowhere; the hint has the right form",
    ),
    "parameter-expression": Elsewhere(
        ("expression-syntax", "expression-embedded", "expression-case"), _EXPRESSION
    ),
    "request-body-expression": Elsewhere(
        ("expression-syntax", "expression-embedded", "expression-case"), _EXPRESSION
    ),
    "replacement-value": Elsewhere(
        ("expression-syntax", "expression-embedded", "expression-case"), _EXPRESSION
    ),
    "action-criteria": Elsewhere(
        ("criterion-simple-syntax", "criterion-jsonpath", "criterion-regex", "criterion-xpath"),
        "a criterion is the same wherever it stands",
    ),
    "criterion-quotes": Elsewhere(("simple-double-quotes",), "it is a tolerance of runs"),
    "criterion-embedded": Elsewhere(("simple-braced",), "it is a tolerance of runs"),
    "expression-body-dot": Elsewhere(
        ("expression-dots", "expression-index"), "it is a tolerance of runs, after any expression"
    ),
    "component-unique-name": Elsewhere(
        ("duplicate-key",), "names of components are keys; one map has each once"
    ),
}
"""Ids of the union of what tools check, and where it is found here."""
