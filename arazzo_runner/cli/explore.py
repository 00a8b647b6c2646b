"""``arazzo explore``: every path of workflows, and what is wrong with them."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path as FilePath

from arazzo_runner.cli.files import write_output
from arazzo_runner.cli.inputs import read_inputs
from arazzo_runner.cli.screen import Screen
from arazzo_runner.cli.settings import make_settings
from arazzo_runner.errors import ArazzoError, LinkError, UsageError, did_you_mean
from arazzo_runner.execution import link_file
from arazzo_runner.linking.program import Program
from arazzo_runner.reporting.console import VERBOSE, Console
from arazzo_runner.reporting.exploration import FORMATS, Report, render_reports
from arazzo_runner.simulation.cases import case_of_path
from arazzo_runner.simulation.exploration import BUDGET, Exploration, Path, explore
from arazzo_runner.values import Json

__all__ = ["run"]


def run(values: Namespace, screen: Screen) -> int:
    """Explore the workflows that the arguments name; 1 when a finding is an error.

    Raises:
        UsageError: no such workflow or path.
        DocumentError: the only document cannot be read or linked.
    """
    if not values.file:
        raise UsageError("say which document", hint="arazzo explore flow.yaml")
    if values.path is not None and len(values.file) > 1:
        raise UsageError("--path is for one document")
    reports: list[Report] = []
    code = 0
    for file in values.file:
        try:
            reports.append(_explore(file, values, screen))
        except (LinkError, ArazzoError) as error:
            if len(values.file) == 1:
                raise
            screen.report(error)
            code = max(code, error.exit_code)
    if values.path is not None:
        return _show_path(reports[0], values, screen)
    if values.export is not None:
        _export(reports, values, screen)
    if values.export != "-":
        render = FORMATS[values.format or "text"]
        screen.out(render_reports(reports, render, screen.out_style, screen.redactor))
    faulty = any(not one.ok for report in reports for one in report.explorations)
    return max(code, int(faulty))


def _explore(file: str, values: Namespace, screen: Screen) -> Report:
    own = Namespace(**{**vars(values), "file": file})
    settings = make_settings(own, screen.redactor)
    linked = link_file(file, values.workflow, settings, any_server=True)
    program = linked.program
    errors = linked.faults if settings.strict else linked.errors
    if errors:
        raise LinkError(errors)
    names = list(program.entries) if values.workflow is None else [values.workflow]
    if values.workflow is not None and values.workflow not in program.entries:
        raise UsageError(
            f"there is no workflow '{values.workflow}'",
            hint=did_you_mean(values.workflow, list(program.entries)),
        )
    if values.path is not None and len(names) > 1:
        raise UsageError(
            "--path needs --workflow: the document has several", hint=f"one of: {', '.join(names)}"
        )
    found = [_one(program, name, values, screen) for name in names]
    return Report(file, tuple(found))


def _one(program: Program, name: str, values: Namespace, screen: Screen) -> Exploration:
    workflow = program.workflows[program.entries[name]]
    root = program.documents[workflow.document].document.data
    given = read_inputs(values.input, values.inputs, workflow.inputs_schema, root, screen.redactor)
    return explore(program, name, given, seed=values.seed or 0, budget=values.budget or BUDGET)


def _path(exploration: Exploration, number: int) -> Path:
    if number > exploration.paths:
        raise UsageError(
            f"there is no path {number}", hint=f"the workflow has paths 1 to {exploration.paths}"
        )
    return exploration.found[number - 1]


def _show_path(report: Report, values: Namespace, screen: Screen) -> int:
    """The path as a run, all details; its status decides the exit code."""
    exploration = report.explorations[0]
    path = _path(exploration, values.path)
    if values.export is not None:
        _write(report.file, [_case(exploration, path)], values.export, screen)
        return 0
    screen.err(f"path {path.number} of {exploration.workflow_id}, simulated\n")
    console = Console(
        screen.stderr, color=screen.color, verbosity=VERBOSE, redactor=screen.redactor
    )
    for record in path.turn.records:
        console.record(record)
    console.close()
    return 0 if path.end.status == "completed" else 1


def _case(exploration: Exploration, path: Path) -> dict[str, Json]:
    status, step, kind = path.outcome
    parts = [exploration.workflow_id, status, *(part for part in (step, kind) if part)]
    name = f"{' '.join(parts)} (path {path.number})"
    return case_of_path(name, exploration.workflow_id, path.inputs, path.turn)


def _export(reports: list[Report], values: Namespace, screen: Screen) -> None:
    if len(reports) != 1:
        raise UsageError("--export is for one document")
    cases = [
        _case(exploration, path)
        for exploration in reports[0].explorations
        for path in exploration.shortest.values()
    ]
    _write(reports[0].file, cases, values.export, screen)


def _write(file: str, cases: list[dict[str, Json]], target: str, screen: Screen) -> None:
    import os

    from arazzo_runner.cli.case_files import case_text

    folder = "." if target == "-" else str(FilePath(target).parent)
    document = file if "://" in file else os.path.relpath(file, folder)
    text = case_text(document, cases, screen.redactor)
    if target == "-":
        screen.out(text)
        return
    write_output(target, text, "--export")
    screen.err(f"{len(cases)} cases written to {target}\n")
