"""The objects of the specification as one table: fields, types, what is required, since when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from arazzo_runner.named_tuples import NamedTuple

__all__ = ["OBJECTS", "Field", "ObjectType", "is_extension"]


class Field(NamedTuple):
    """A fixed field.

    Attributes:
        types: JSON types and object kinds that the value may have: ``string``, ``number``,
            ``integer``, ``any``, ``schema`` (a JSON Schema), ``expression`` (any value that may
            hold runtime expressions), or a key of ``OBJECTS``.
        container: ``""`` for the value itself, ``list`` or ``map`` for many of them.
        required: REQUIRED by the text.
        since: the first version that knows it.
        empty: the rule that a list without items breaks, when it may not be empty.
        unique: the rule that equal items of a list break.
    """

    types: tuple[str, ...]
    container: str = ""
    required: bool = False
    since: str = "1.0"
    empty: str = ""
    unique: str = ""


class ObjectType(NamedTuple):
    """An object: its name in the specification, its fields, whether ``x-`` fields may be added."""

    title: str
    fields: Mapping[str, Field]
    extensible: bool = True


def _text(*, required: bool = False, since: str = "1.0") -> Field:
    return Field(("string",), required=required, since=since)


_PARAMETERS: Final = Field(("Parameter", "Reusable"), "list", unique="parameter-unique")
_OUTPUTS: Final = Field(("string", "Selector"), "map")
_SUCCESS_ACTIONS: Final = Field(("SuccessAction", "Reusable"), "list", unique="action-name-unique")
_FAILURE_ACTIONS: Final = Field(("FailureAction", "Reusable"), "list", unique="action-name-unique")
_CRITERIA: Final = Field(("Criterion",), "list", unique="criterion-unique")
_ACTION: Final[dict[str, Field]] = {
    "name": _text(required=True),
    "type": _text(required=True),
    "workflowId": _text(),
    "stepId": _text(),
    "parameters": _PARAMETERS._replace(since="1.1"),
}

OBJECTS: Final[Mapping[str, ObjectType]] = {
    "Arazzo": ObjectType(
        "Arazzo Specification Object",
        {
            "arazzo": _text(required=True),
            "$self": _text(since="1.1"),
            "info": Field(("Info",), required=True),
            "sourceDescriptions": Field(
                ("SourceDescription",), "list", required=True, empty="source-not-empty"
            ),
            "workflows": Field(("Workflow",), "list", required=True, empty="workflow-not-empty"),
            "components": Field(("Components",)),
        },
    ),
    "Info": ObjectType(
        "Info Object",
        {
            "title": _text(required=True),
            "summary": _text(),
            "description": _text(),
            "version": _text(required=True),
        },
    ),
    "SourceDescription": ObjectType(
        "Source Description Object",
        {"name": _text(required=True), "url": _text(required=True), "type": _text()},
    ),
    "Workflow": ObjectType(
        "Workflow Object",
        {
            "workflowId": _text(required=True),
            "summary": _text(),
            "description": _text(),
            "inputs": Field(("schema",)),
            "dependsOn": Field(("string",), "list", unique="workflow-depends-on-unique"),
            "steps": Field(("Step",), "list", required=True, empty="workflow-steps-not-empty"),
            "successActions": _SUCCESS_ACTIONS,
            "failureActions": _FAILURE_ACTIONS,
            "outputs": _OUTPUTS,
            "parameters": _PARAMETERS,
        },
    ),
    "Step": ObjectType(
        "Step Object",
        {
            "description": _text(),
            "stepId": _text(required=True),
            "operationId": _text(),
            "operationPath": _text(),
            "channelPath": _text(since="1.1"),
            "workflowId": _text(),
            "parameters": _PARAMETERS,
            "requestBody": Field(("RequestBody",)),
            "successCriteria": _CRITERIA._replace(empty="success-criteria-not-empty"),
            "onSuccess": _SUCCESS_ACTIONS,
            "onFailure": _FAILURE_ACTIONS,
            "outputs": _OUTPUTS,
            "timeout": Field(("integer",), since="1.1"),
            "correlationId": Field(("any",), since="1.1"),
            "action": _text(since="1.1"),
            "dependsOn": Field(
                ("string",),
                "list",
                since="1.1",
                empty="step-depends-on-form",
                unique="step-depends-on-form",
            ),
        },
    ),
    "Parameter": ObjectType(
        "Parameter Object",
        {
            "name": _text(required=True),
            "in": _text(),
            "value": Field(("expression",), required=True),
        },
    ),
    "RequestBody": ObjectType(
        "Request Body Object",
        {
            "contentType": _text(),
            "payload": Field(("expression",)),
            "replacements": Field(("Replacement",), "list"),
        },
    ),
    "Replacement": ObjectType(
        "Payload Replacement Object",
        {
            "target": _text(required=True),
            "targetSelectorType": Field(("string", "ExpressionType"), since="1.1"),
            "value": Field(("expression",), required=True),
        },
    ),
    "Criterion": ObjectType(
        "Criterion Object",
        {
            "context": _text(),
            "condition": _text(required=True),
            "type": Field(("string", "ExpressionType")),
        },
    ),
    "ExpressionType": ObjectType(
        "Expression Type Object",
        {"type": _text(required=True), "version": _text(required=True)},
    ),
    "Selector": ObjectType(
        "Selector Object",
        {
            "context": _text(required=True),
            "selector": _text(required=True),
            "type": Field(("string", "ExpressionType"), required=True),
        },
    ),
    "SuccessAction": ObjectType("Success Action Object", _ACTION | {"criteria": _CRITERIA}),
    "FailureAction": ObjectType(
        "Failure Action Object",
        _ACTION
        | {
            "retryAfter": Field(("number",)),
            "retryLimit": Field(("integer",)),
            "criteria": _CRITERIA,
        },
    ),
    "Reusable": ObjectType(
        "Reusable Object",
        {"reference": _text(required=True), "value": Field(("expression",))},
        extensible=False,
    ),
    "Components": ObjectType(
        "Components Object",
        {
            "inputs": Field(("schema",), "map"),
            "parameters": Field(("Parameter",), "map"),
            "successActions": Field(("SuccessAction",), "map"),
            "failureActions": Field(("FailureAction",), "map"),
        },
    ),
}


def is_extension(name: str) -> bool:
    """Whether a field is a Specification Extension: its name begins with ``x-``."""
    return name.startswith("x-")
