"""A simulation for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from arazzo_runner.interpreter.records import RequestSent
from arazzo_runner.reporting.diagnostics import Diagnostic
from arazzo_runner.reporting.json_data import json_data
from arazzo_runner.reporting.result_json import result_to_json
from arazzo_runner.reporting.text import one_line, sent_text
from arazzo_runner.simulation.findings import Finding
from arazzo_runner.simulation.simulation import Simulation
from arazzo_runner.values import Json, Redactor

__all__ = ["finding_diagnostic", "finding_to_json", "request_lines", "simulation_to_json"]

_LONGEST = 400  # characters of a body in a line


def finding_diagnostic(finding: Finding) -> Diagnostic:
    """A finding as people see it."""
    where = f"step '{finding.step_id}': " if finding.step_id else ""
    return Diagnostic(
        finding.rule,
        where + finding.message,
        finding.severity,
        finding.location,
        finding.hint,
    )


def finding_to_json(finding: Finding, redactor: Redactor) -> dict[str, Json]:
    """A finding as data."""
    location = finding.location
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "message": redactor.text(finding.message),
        "workflowId": finding.workflow_id,
        "stepId": finding.step_id,
        "file": location.file if location else None,
        "line": location.line if location else None,
        "column": location.column if location else None,
        "hint": finding.hint,
    }


def request_lines(done: Simulation, redactor: Redactor) -> Iterator[str]:
    """Every request that would be sent, one line each, and its body when it has one."""
    yield "inputs  " + one_line(redactor.text(_text(done.inputs)))
    for record in done.records:
        if isinstance(record, RequestSent):
            request = record.request
            yield one_line(redactor.text(f"{request.method} {request.url}"))
            if request.body:
                body = sent_text(request.body)
                shown = body if len(body) <= _LONGEST else body[: _LONGEST - 1] + "…"
                yield "        " + one_line(redactor.text(shown))


def simulation_to_json(done: Simulation, redactor: Redactor) -> dict[str, Json]:
    """The result object of a run, with what only a simulation has."""
    data = result_to_json(done.result, redactor)
    data["simulated"] = True
    data["inputs"] = json_data(done.inputs, redactor)
    data["requests"] = [
        {
            "stepId": record.step_id,
            "workflowId": record.workflow_id,
            "method": record.request.method,
            "url": redactor.text(record.request.url),
            "headers": [[n, redactor.text(v)] for n, v in record.request.headers],
            "body": redactor.text(sent_text(record.request.body)),
        }
        for record in done.records
        if isinstance(record, RequestSent)
    ]
    data["findings"] = [finding_to_json(one, redactor) for one in done.findings]
    return data


def _text(value: Json) -> str:
    from arazzo_runner.values import json_text

    return json_text(value)
