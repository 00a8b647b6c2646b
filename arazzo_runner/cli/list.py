"""``arazzo list``: the workflows of a document. Descriptions are not read."""

from __future__ import annotations

from argparse import Namespace

from arazzo_runner.cli.screen import Screen
from arazzo_runner.cli.workflows import read_document
from arazzo_runner.model import ArazzoDocument
from arazzo_runner.reading import Loader
from arazzo_runner.reporting.text import one_line
from arazzo_runner.values import Json

__all__ = ["run"]


def run(values: Namespace, screen: Screen) -> int:
    """List the workflows; 3 when the document has errors (what can be read is listed).

    Raises:
        DocumentError: the document cannot be read or is not an Arazzo document.
    """
    document, faults = read_document(values.file, _loader(values.file))
    if values.json:
        screen.out_json(_data(document))
    else:
        screen.out(_text(document, screen))
    screen.warnings(faults)
    return 3 if any(fault.severity == "error" for fault in faults) else 0


def _loader(file: str) -> Loader:
    if not file.startswith(("http://", "https://")):
        return Loader()
    # The engine's imports take longer than the whole list of a local file.
    from arazzo_runner.execution import Settings, make_loader

    return make_loader(Settings())


def _data(document: ArazzoDocument) -> Json:
    return {
        "file": document.document.name,
        "arazzo": document.version,
        "title": document.info.title,
        "version": document.info.version,
        "workflows": [
            {
                "workflowId": workflow.workflow_id,
                "summary": workflow.summary,
                "steps": len(workflow.steps),
            }
            for workflow in document.workflows
        ],
    }


def _text(document: ArazzoDocument, screen: Screen) -> str:
    rows = [
        (
            one_line(workflow.workflow_id),
            f"{len(workflow.steps)} step" + ("" if len(workflow.steps) == 1 else "s"),
            one_line(workflow.summary or workflow.description or "", 200),
        )
        for workflow in document.workflows
    ]
    names = max((len(name) for name, _, _ in rows), default=0)
    counts = max((len(count) for _, count, _ in rows), default=0)
    return "".join(
        f"{screen.out_style.strong(name.ljust(names))}  {count.rjust(counts)}  {summary}".rstrip()
        + "\n"
        for name, count, summary in rows
    )
