"""``arazzo docs``: readable documentation of workflows, Markdown and HTML, in a folder."""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from arazzo_runner.cli.example import example_value, required_inputs
from arazzo_runner.cli.files import write_whole
from arazzo_runner.cli.inputs import input_schema
from arazzo_runner.cli.screen import Screen
from arazzo_runner.cli.settings import make_settings
from arazzo_runner.cli.show import credential_lines
from arazzo_runner.cli.workflow_view import view_workflow
from arazzo_runner.errors import ArazzoError, DocumentNotFound, LinkError, UsageError
from arazzo_runner.execution import link_file
from arazzo_runner.execution.settings import Settings
from arazzo_runner.linking.program import Program
from arazzo_runner.model import Workflow
from arazzo_runner.reporting.flow import flows_of, workflows_reached
from arazzo_runner.reporting.flow_svg import svg_text
from arazzo_runner.reporting.workflow_pages import (
    DocumentPage,
    WorkflowPage,
    document_html,
    document_markdown,
    index_pages,
)

__all__ = ["run"]


def run(values: Namespace, screen: Screen) -> int:
    """Write the pages; 3 when a document could not be read or linked (the others are written).

    Raises:
        UsageError: there is nothing to document, or the folder cannot be written to.
        DocumentError: the only document cannot be read.
    """
    files = _files(values.file)
    settings = make_settings(values, screen.redactor)
    pages: list[DocumentPage] = []
    code = 0
    for file in files:
        try:
            page, errors = _document(file, _name(file, values.file, pages), settings)
        except ArazzoError as error:
            if len(files) == 1:
                raise
            screen.report(error)
            code = 3
            continue
        if errors is not None:
            screen.report(errors)
            code = 3
        if page.workflows:
            pages.append(page)
    folder = Path(values.output or "site")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in _contents(pages):
            write_whole(str(folder / name), text)
    except OSError as error:
        raise UsageError(f"--output: cannot write to '{folder}': {error.strerror}") from None
    total = sum(len(page.workflows) for page in pages)
    workflows = f"{total} workflow" + "s" * (total != 1)
    documents = f"{len(pages)} document" + "s" * (len(pages) != 1)
    screen.err(f"{workflows} of {documents}: {folder / 'index.html'}\n")
    return code


def _files(name: str) -> Sequence[str]:
    if not Path(name).is_dir():
        return [name]
    from arazzo_runner.validation.files import find_files

    try:
        return find_files([name])
    except DocumentNotFound as error:
        raise UsageError(error.message) from None


def _name(file: str, root: str, others: list[DocumentPage]) -> str:
    """A name for the pages of a document that no other one has."""
    path = PurePath(file)
    path = path.relative_to(root) if Path(root).is_dir() else PurePath(path.name)
    stem = str(path.with_suffix("")).removesuffix(".arazzo")
    name = re.sub(r"[^A-Za-z0-9.]+", "-", stem).strip("-.") or "workflows"
    taken = {page.name for page in others} | {"index"}
    numbered = (f"{name}-{number}" for number in range(2, len(others) + 4))
    return name if name not in taken else next(n for n in numbered if n not in taken)


def _document(file: str, name: str, settings: Settings) -> tuple[DocumentPage, LinkError | None]:
    linked = link_file(file, None, settings, any_server=True)
    program = linked.program
    document = program.document
    workflows = [_workflow(file, w, program) for w in document.workflows]
    info = document.info
    return (
        DocumentPage(
            name,
            info.title or document.document.name,
            info.version,
            info.summary or "",
            info.description or "",
            tuple(workflow for workflow in workflows if workflow is not None),
        ),
        LinkError(linked.errors) if linked.errors else None,
    )


def _workflow(file: str, workflow: Workflow, program: Program) -> WorkflowPage | None:
    key = program.entries.get(workflow.workflow_id)
    if key is None or key not in program.workflows:
        return None
    view = view_workflow(file, program.document, workflow, program)
    root = program.document.document.data
    inputs = {
        name: example_value(name, input_schema(workflow.inputs, name, root), root)
        for name in required_inputs(workflow.inputs, root)
    }
    given = "".join(f"        {name!r}: {value!r},\n" for name, value in inputs.items())
    argument = f"    inputs={{\n{given}    }},\n" if given else ""
    call = (
        "import arazzo_runner as arazzo\n\n"
        f"result = arazzo.run(\n    {file!r},\n    {workflow.workflow_id!r},\n{argument})\n"
        "print(result.status, result.outputs)"
    )
    flows = flows_of(program, workflows_reached(program, key))
    return WorkflowPage(view, flows, tuple(credential_lines(view["credentials"])), call)


def _contents(pages: list[DocumentPage]) -> Iterator[tuple[str, str]]:
    """Every file with its name."""
    for page in pages:
        yield f"{page.name}.html", document_html(page)
        yield f"{page.name}.md", document_markdown(page)
        for number, workflow in enumerate(page.workflows, 1):
            yield f"{page.name}-{number}.svg", svg_text(workflow.flows)
    markdown, html = index_pages(pages)
    yield "index.md", markdown
    yield "index.html", html
