"""``arazzo graph``: the flow of workflows as a picture."""

from __future__ import annotations

from argparse import Namespace
from pathlib import PurePath
from typing import Final

from arazzo_runner.cli.files import check_writable, write_whole
from arazzo_runner.cli.screen import Screen
from arazzo_runner.cli.settings import make_settings
from arazzo_runner.cli.workflows import choose_workflow, read_document
from arazzo_runner.errors import LinkError, UsageError
from arazzo_runner.execution import link_file, make_loader
from arazzo_runner.reporting.flow import Flow, entry_keys, flows_of, workflows_reached

__all__ = ["run"]

_ENDINGS: Final = {
    ".svg": "svg",
    ".html": "html",
    ".htm": "html",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
}
_NOT_DRAWN: Final = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".pdf"})


def run(values: Namespace, screen: Screen) -> int:
    """Draw a workflow with all it comes to, or all workflows; 3 when something does not link.

    Raises:
        DocumentError: the document cannot be read or is not an Arazzo document.
        UsageError: there is no such workflow, or the file cannot be written.
    """
    output = values.output or "-"
    if output != "-":
        check_writable(output, "--output")
    ending = PurePath(output).suffix.lower()
    if values.format is None and ending in _NOT_DRAWN:
        raise UsageError(
            f"--output: '{output}' ends in {ending}, which cannot be drawn",
            hint="a name that ends in .svg, .html or .mmd",
        )
    settings = make_settings(values, screen.redactor)
    document, faults = read_document(values.file, make_loader(settings))
    wanted: str | None = values.workflow_id
    if wanted is not None or not document.workflows:
        wanted = choose_workflow(document, faults, wanted).workflow_id
    linked = link_file(values.file, wanted, settings, any_server=True)
    program = linked.program
    keys: dict[str, None] = {}
    for key in [program.entries[wanted]] if wanted else entry_keys(program, document):
        keys.update(dict.fromkeys(workflows_reached(program, key)))
    text = _draw(
        values.format or _ENDINGS.get(ending, "mermaid"),
        document.info.title or document.document.name,
        flows_of(program, keys),
    )
    if output == "-":
        screen.out_document(text)
    else:
        try:
            write_whole(output, text)
        except OSError as error:
            screen.lost_output(f"cannot write to '{output}': {error.strerror}")
    if linked.errors:
        problem = LinkError(linked.errors)
        screen.report(problem)
        return problem.exit_code
    return 0


def _draw(form: str, title: str, flows: tuple[Flow, ...]) -> str:
    if form == "svg":
        from arazzo_runner.reporting.flow_svg import svg_text

        return svg_text(flows)
    if form == "html":
        from arazzo_runner.reporting.html_flow import flow_page

        return flow_page(title, flows)
    from arazzo_runner.reporting.flow_mermaid import mermaid_text

    return mermaid_text(flows)
