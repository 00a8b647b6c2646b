"""``arazzo run --dry-run``: the requests, made and shown, none sent."""

from __future__ import annotations

from argparse import Namespace

from arazzo_runner.cli.inputs import read_inputs
from arazzo_runner.cli.screen import Screen
from arazzo_runner.cli.settings import check_sources, make_settings, tell_configuration
from arazzo_runner.cli.workflows import choose_workflow, read_document
from arazzo_runner.errors import ArazzoError, LinkError
from arazzo_runner.execution import link_file, make_loader
from arazzo_runner.execution.lessons import Lessons
from arazzo_runner.reporting.dry_run import dry_run_lines, dry_run_to_json
from arazzo_runner.reporting.result_json import error_to_json
from arazzo_runner.simulation.dry_run import DryRun, dry_run

__all__ = ["run"]


def run(values: Namespace, screen: Screen) -> int:
    """Show what a run would send; 1 when a step cannot be sent.

    Raises:
        ArazzoError: the document does not link, or an input that is given does not fit.
    """
    try:
        planned = _plan(values, screen)
    except ArazzoError as error:
        if values.json:
            screen.out_json(error_to_json(error, values.workflow_id, 0.0, screen.redactor))
        raise
    if not values.quiet:
        screen.warnings(planned.warnings, verbose=values.verbose)
    if values.json:
        screen.out_json(dry_run_to_json(planned, screen.redactor))
    else:
        lines = dry_run_lines(planned, screen.out_style, screen.redactor)
        screen.out("\n".join(lines) + "\n")
    return 0 if planned.ok else 1


def _plan(values: Namespace, screen: Screen) -> DryRun:
    settings = make_settings(values, screen.redactor)
    tell_configuration(values, screen)
    document, faults = read_document(values.file, make_loader(settings))
    workflow_id = choose_workflow(document, faults, values.workflow_id).workflow_id
    linked = link_file(values.file, workflow_id, settings, any_server=True)
    errors = linked.faults if settings.strict else linked.errors
    if errors:
        raise LinkError(errors)
    program = linked.program
    check_sources(values, program)
    workflow = program.workflows[program.entries[workflow_id]]
    root = program.documents[workflow.document].document.data
    given = read_inputs(values.input, values.inputs, workflow.inputs_schema, root, screen.redactor)
    lessons = Lessons(screen.redactor)
    lessons.inputs(workflow.inputs_schema, {**settings.inputs, **given}, root)
    planned = dry_run(program, workflow_id, given, settings)
    for step in planned.steps:
        if step.request is not None:
            lessons.request(step.request)
    return planned
