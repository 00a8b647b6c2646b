"""``arazzo simulate``: one run with answers made from the descriptions."""

from __future__ import annotations

from argparse import Namespace

from arazzo_runner.cli.event_sink import EventSink
from arazzo_runner.cli.inputs import read_inputs
from arazzo_runner.cli.programs import load_offline
from arazzo_runner.cli.screen import Screen
from arazzo_runner.errors import UsageError
from arazzo_runner.linking.program import Program
from arazzo_runner.reporting.console import NORMAL, QUIET, VERBOSE, Console
from arazzo_runner.reporting.failure import describe_failure
from arazzo_runner.reporting.outputs import outputs_text
from arazzo_runner.reporting.simulated import finding_diagnostic, request_lines, simulation_to_json
from arazzo_runner.simulation.simulation import Simulation, simulate
from arazzo_runner.values import Json

__all__ = ["given_inputs", "run"]


def run(values: Namespace, screen: Screen) -> int:
    """Simulate the workflow that the arguments name; 1 when it fails or a finding is an error.

    Raises:
        ArazzoError: the simulation cannot begin.
    """
    if values.json and values.events == "-":
        raise UsageError(
            "--json and --events - both write to standard output",
            hint="write the events to a file: --events events.jsonl",
        )
    with EventSink(values.events, screen) as events:
        program, workflow_id = load_offline(values, screen)
        inputs = given_inputs(values, screen, program, workflow_id)
        done = simulate(program, workflow_id, inputs, seed=values.seed or 0)
        for record in done.records:
            events.record(record)
    _show(done, values, screen)
    return 0 if done.ok else 1


def given_inputs(
    values: Namespace, screen: Screen, program: Program, workflow_id: str
) -> dict[str, Json]:
    """The inputs that the command line gives.

    Raises:
        InputError: they cannot be read as their type.
    """
    workflow = program.workflows[program.entries[workflow_id]]
    return read_inputs(
        values.input,
        values.inputs,
        workflow.inputs_schema,
        program.documents[workflow.document].document.data,
        screen.redactor,
    )


def _show(done: Simulation, values: Namespace, screen: Screen) -> None:
    redactor = screen.redactor
    verbosity = QUIET if values.quiet else VERBOSE if values.verbose else NORMAL
    if verbosity > QUIET:
        screen.err("simulated: nothing is sent, no time passes\n")
        if verbosity == NORMAL:
            screen.err("".join(f"{line}\n" for line in request_lines(done, redactor)))
    console = Console(screen.stderr, color=screen.color, verbosity=verbosity, redactor=redactor)
    for record in done.records:
        console.record(record)
    console.close()
    failure = describe_failure(done.result, redactor)
    if failure is not None:
        screen.show(failure)
    for one in done.findings:
        shown = one.severity == "error" or verbosity > QUIET
        if shown and not one.rule.startswith("run-"):
            screen.show(finding_diagnostic(one))
    if values.json:
        screen.out_json(simulation_to_json(done, redactor))
    elif values.events != "-":
        screen.out(outputs_text(done.result.outputs, redactor))
