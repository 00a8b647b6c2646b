"""Arazzo objects, frozen, built from plain data; what differs between versions is one table."""

from arazzo_runner.model.builder import build_document
from arazzo_runner.model.objects import (
    Action,
    ArazzoDocument,
    Components,
    CriterionObject,
    Info,
    Parameter,
    Pointer,
    Replacement,
    RequestBody,
    Reusable,
    SourceDescription,
    Step,
    Workflow,
)
from arazzo_runner.model.versions import VERSIONS, Version, find_version

__all__ = [
    "VERSIONS",
    "Action",
    "ArazzoDocument",
    "Components",
    "CriterionObject",
    "Info",
    "Parameter",
    "Pointer",
    "Replacement",
    "RequestBody",
    "Reusable",
    "SourceDescription",
    "Step",
    "Version",
    "Workflow",
    "build_document",
    "find_version",
]
