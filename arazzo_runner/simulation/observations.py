"""What a simulated run says about the document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from arazzo_runner.execution.result import RunResult
from arazzo_runner.linking import Program
from arazzo_runner.simulation.findings import Finding, finding
from arazzo_runner.simulation.inputs import InputMaker
from arazzo_runner.simulation.requests import RequestChecker
from arazzo_runner.simulation.turns import Turn
from arazzo_runner.values import Json

__all__ = ["about_end", "about_inputs", "about_turns"]


def about_inputs(
    program: Program, key: str, maker: InputMaker, inputs: Mapping[str, Json]
) -> Iterator[Finding]:
    """Inputs that are not declared, or that no value fits."""
    workflow = program.workflows[key]
    for name in maker.undeclared:
        if name in inputs:
            message = f"input '{name}' is read and the workflow does not declare it"
            yield finding("input-undeclared", message, workflow.workflow_id)
    for name in dict.fromkeys(maker.conflicts):
        message = f"input '{name}': no value fits both its schema and where it is sent to"
        yield finding("input-conflict", message, workflow.workflow_id)


def about_turns(turns: list[Turn]) -> Iterator[Finding]:
    """Requests and answers that the descriptions do not have."""
    checker = RequestChecker()
    seen: set[tuple[str, str]] = set()
    for turn in turns:
        if turn.moment is None or turn.choice is None:
            continue
        step = turn.moment.step
        yield from checker.check(turn.moment)
        for doubt in turn.choice.answer.doubts:
            if (step.step_id, doubt.message) not in seen:
                seen.add((step.step_id, doubt.message))
                workflow_id = turn.moment.workflow.workflow_id
                yield finding(doubt.rule, doubt.message, workflow_id, step.step_id, step.location)


def about_end(workflow_id: str, result: RunResult) -> Iterator[Finding]:
    """How the run ended, and outputs that have no value."""
    error = result.error
    if result.status != "completed":
        rule = "run-ended" if result.status == "ended" else "run-failed"
        message = error.message if error else f"the run is {result.status}"
        yield finding(
            rule,
            message,
            (error and error.workflow_id) or workflow_id,
            error.step_id if error else None,
            error.location if error else None,
            error.hint if error else None,
        )
    for name in result.missing_outputs:
        if result.status == "completed":
            yield finding("output-absent", f"output '{name}' has no value", workflow_id)
