"""Which workflow of a document is meant."""

from __future__ import annotations

from arazzo_runner.errors import Fault, LinkError, UsageError, did_you_mean
from arazzo_runner.model import ArazzoDocument, Workflow, build_document
from arazzo_runner.reading import Loader

__all__ = ["choose_workflow", "read_document"]

_LISTED = 20


def read_document(file: str, loader: Loader) -> tuple[ArazzoDocument, tuple[Fault, ...]]:
    """The Arazzo document of a file and what is wrong with it; descriptions are not read.

    Raises:
        DocumentError: it cannot be read, or is not an Arazzo document.
    """
    return build_document(loader.load(file))


def choose_workflow(
    document: ArazzoDocument, faults: tuple[Fault, ...], workflow_id: str | None
) -> Workflow:
    """The workflow that is named, or the only one.

    Raises:
        LinkError: the document has no workflow, because of its ``faults``.
        UsageError: there is no such workflow, or several and none is named.
    """
    names = [workflow.workflow_id for workflow in document.workflows]
    errors = [fault for fault in faults if fault.severity == "error"]
    if not names:
        missing = Fault(
            "required-field",
            "the document has no workflow",
            location=document.document.locate(("workflows",)),
        )
        raise LinkError(errors or [missing])
    listed = ", ".join(names[:_LISTED]) + (", …" if len(names) > _LISTED else "")
    if workflow_id is None:
        if len(names) > 1:
            raise UsageError(
                f"{document.document.name} has {len(names)} workflows: say which one",
                hint=f"one of: {listed}",
            )
        return document.workflows[0]
    workflow = document.workflow(workflow_id)
    if workflow is None:
        raise UsageError(
            f"{document.document.name} has no workflow '{workflow_id}'",
            hint=did_you_mean(workflow_id, names) or f"it has: {listed}",
        )
    return workflow
