"""``arazzo test``: test cases of workflows, as text, JUnit or TAP."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from arazzo_runner.cli.case_files import read_data, yaml_text
from arazzo_runner.cli.files import write_output
from arazzo_runner.cli.screen import Screen
from arazzo_runner.cli.settings import make_settings
from arazzo_runner.errors import ArazzoError, LinkError, UsageError
from arazzo_runner.execution import link_file
from arazzo_runner.execution.settings import Settings
from arazzo_runner.linking.program import Program
from arazzo_runner.reporting.json_data import json_data
from arazzo_runner.reporting.test_reports import Ran, junit, tap, text_line
from arazzo_runner.simulation.cases import Case, CaseFile, observed, read_cases, run_case
from arazzo_runner.simulation.scenarios import check_script
from arazzo_runner.values import Json

__all__ = ["run"]

PATTERN = "*.arazzo-test.yaml"


def run(values: Namespace, screen: Screen) -> int:
    """Run the test cases that the arguments name; 1 when one does not hold.

    Raises:
        ArazzoError: a file cannot be read, or there is no test case.
    """
    files = _files(values.file)
    ran: list[Ran] = []
    for file in files:
        own = Namespace(**{**vars(values), "file": file})
        ran += _file(file, values, make_settings(own, screen.redactor), screen)
    if not ran and values.only is not None:
        raise UsageError(f"--only: no case has '{values.only}' in its name")
    if values.format == "junit":
        screen.out_document(junit(ran, screen.redactor))
    elif values.format == "tap":
        screen.out(tap(ran, screen.redactor))
    else:
        failed = sum(not one.ok for one in ran)
        screen.out(f"{len(ran) - failed} passed" + (f", {failed} failed" if failed else "") + "\n")
    return 1 if any(not one.ok for one in ran) else 0


def _files(named: list[str]) -> list[str]:
    """The files, folders read through.

    Raises:
        UsageError: a folder has none, or nothing is named and the current folder has none.
    """
    files: list[str] = []
    for name in named or ["."]:
        path = Path(name)
        if not path.is_dir():
            files.append(name)
            continue
        found = sorted(str(one) for one in path.rglob(PATTERN))
        if not found:
            raise UsageError(
                f"there are no test cases in '{name}'",
                hint=f"files of them are called {PATTERN}; 'arazzo explore --export' writes some",
            )
        files += found
    return files


def _file(file: str, values: Namespace, settings: Settings, screen: Screen) -> list[Ran]:
    data = read_data(file)
    cases = read_cases(data, file)
    program = load_cases(file, cases, settings)
    ran: list[Ran] = []
    wanted = values.only
    for index, case in enumerate(cases.cases):
        if wanted is not None and wanted not in case.name:
            continue
        one = _case(file, program, case)
        if values.update and not one.ok and one.simulation is not None:
            data["cases"][index]["expect"] = _updated(case, one)
            one = Ran(file, case.name, ())
            _write(file, data, screen)
        ran.append(one)
        if values.format in (None, "text"):
            screen.out(text_line(one, screen.out_style, screen.redactor))
    return ran


def load_cases(file: str, cases: CaseFile, settings: Settings) -> Program:
    """The program that a file of test cases is about.

    Raises:
        DocumentError: it cannot be read or linked.
    """
    document = cases.document
    if "://" not in document:
        document = str(Path(file).parent / document)
    linked = link_file(document, None, settings, any_server=True)
    if linked.errors:
        raise LinkError(linked.errors)
    return linked.program


def _case(file: str, program: Program, case: Case) -> Ran:
    try:
        check_script(case.script, program, f"case '{case.name}'")
        outcome = run_case(program, case)
    except ArazzoError as error:
        return Ran(file, case.name, (error.message,))
    return Ran(file, case.name, outcome.differences, outcome.simulation)


def _updated(case: Case, one: Ran) -> Json:
    """What the case expects, with what came instead; only what it already speaks of."""
    assert one.simulation is not None
    now = observed(one.simulation)
    expect = dict(case.expect)
    for key in expect:
        if key == "outputs" and isinstance(expect["outputs"], dict):
            got = now.get("outputs", {})
            expect["outputs"] = {name: got[name] for name in expect["outputs"] if name in got}
        elif key in now:
            expect[key] = now[key]
    expect.pop("requests", None)
    return {key: value for key, value in expect.items() if key in now}


def _write(file: str, data: Json, screen: Screen) -> None:
    text = yaml_text(json_data(data, screen.redactor))
    write_output(file, text, "--update")
