"""Programs for commands that send nothing: linked without servers, warnings shown."""

from __future__ import annotations

from argparse import Namespace

from arazzo_runner.cli.screen import Screen
from arazzo_runner.cli.settings import check_sources, make_settings
from arazzo_runner.cli.workflows import choose_workflow, read_document
from arazzo_runner.errors import LinkError
from arazzo_runner.execution import link_file, make_loader
from arazzo_runner.linking.program import Program

__all__ = ["load_offline"]


def load_offline(values: Namespace, screen: Screen) -> tuple[Program, str]:
    """The linked program of ``values.file`` and the workflow that is meant.

    Raises:
        DocumentError: it cannot be read, or (LinkError) not linked.
        UsageError: there is no such workflow, or several and none is named.
    """
    settings = make_settings(values, screen.redactor)
    document, faults = read_document(values.file, make_loader(settings))
    workflow_id = choose_workflow(document, faults, values.workflow_id).workflow_id
    linked = link_file(values.file, workflow_id, settings, any_server=True)
    check_sources(values, linked.program)
    errors = linked.faults if settings.strict else linked.errors
    if errors:
        raise LinkError(errors)
    if not getattr(values, "quiet", False):
        verbose = bool(getattr(values, "verbose", False))
        told = [fault for fault in linked.faults if fault.rule != "server-missing"]
        screen.warnings(told, verbose=verbose)
    return linked.program, workflow_id
