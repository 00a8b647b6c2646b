"""Linking: Arazzo objects and API descriptions to a program that can be run."""

from typing import TYPE_CHECKING

from arazzo_runner.lazy import lazy_names

if TYPE_CHECKING:
    from arazzo_runner.linking.file_inputs import file_inputs
    from arazzo_runner.linking.inputs import apply_defaults, prepare_inputs
    from arazzo_runner.linking.linker import Linked, LinkSettings, link
    from arazzo_runner.linking.program import (
        LinkedAction,
        LinkedOutput,
        LinkedParameter,
        LinkedStep,
        LinkedWorkflow,
        OperationCall,
        Program,
        WorkflowCall,
    )

__all__ = [
    "LinkSettings",
    "Linked",
    "LinkedAction",
    "LinkedOutput",
    "LinkedParameter",
    "LinkedStep",
    "LinkedWorkflow",
    "OperationCall",
    "Program",
    "WorkflowCall",
    "apply_defaults",
    "file_inputs",
    "link",
    "prepare_inputs",
]

__getattr__ = lazy_names(
    __name__,
    {
        "file_inputs": "file_inputs",
        "inputs": "apply_defaults prepare_inputs",
        "linker": "Linked LinkSettings link",
        "program": "LinkedAction LinkedOutput LinkedParameter LinkedStep LinkedWorkflow "
        "OperationCall Program WorkflowCall",
    },
)
