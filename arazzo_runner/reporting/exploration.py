"""What an exploration found: for people, as JSON, as Markdown and as a page of HTML."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Final, TypeAlias

from arazzo_runner.named_tuples import NamedTuple
from arazzo_runner.reporting.diagnostics import render
from arazzo_runner.reporting.json_data import json_data
from arazzo_runner.reporting.simulated import finding_diagnostic, finding_to_json
from arazzo_runner.reporting.text import Style, one_line
from arazzo_runner.simulation.exploration import Exploration, Path
from arazzo_runner.simulation.findings import Finding
from arazzo_runner.values import Json, Redactor

__all__ = ["FORMATS", "Report", "render_reports"]


class Report(NamedTuple):
    """The explorations of one document."""

    file: str
    explorations: tuple[Exploration, ...]


Render: TypeAlias = Callable[[Sequence[Report], Style, Redactor], str]


def render_reports(
    reports: Sequence[Report], render_all: Render, style: Style, redactor: Redactor
) -> str:
    """The whole text, with a line break at the end."""
    return render_all(reports, style, redactor).rstrip("\n") + "\n"


def _ends(path: Path) -> str:
    """How a path ends, in a few words."""
    status, step, kind = path.outcome
    where = f" at {step}" if step else ""
    return f"{status}{where}" + (f" ({kind})" if kind else "")


def _course(path: Path) -> str:
    """The answers along a path."""
    return " → ".join(
        f"{turn.moment.step.step_id}: {turn.choice.reason}"
        for turn in path.turn.path()
        if turn.choice is not None and turn.moment is not None
    )


def _severities(findings: Sequence[Finding]) -> str:
    errors = sum(one.severity == "error" for one in findings)
    warnings = len(findings) - errors
    return f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}"


def _summary(one: Exploration) -> str:
    more = "" if one.complete else ", more were not driven"
    return f"{one.paths} paths, {one.states} states{more}; {_severities(one.findings)}"


# -- text ----------------------------------------------------------------------------------------


def _text(reports: Sequence[Report], style: Style, redactor: Redactor) -> str:
    return "\n\n".join(
        "\n".join(_text_lines(one, style, redactor))
        for report in reports
        for one in report.explorations
    )


def _text_lines(one: Exploration, style: Style, redactor: Redactor) -> Iterator[str]:
    yield f"{style.strong(one_line(one.workflow_id))}  {_summary(one)}"
    for path in one.shortest.values():
        yield f"  path {path.number}: {_ends(path)}"
        yield f"      {one_line(redactor.text(_course(path)))}"
    for finding in one.findings:
        yield render(finding_diagnostic(finding), style, redactor)


# -- JSON ----------------------------------------------------------------------------------------


def _json(reports: Sequence[Report], style: Style, redactor: Redactor) -> str:  # noqa: ARG001
    data = {
        "files": [
            {
                "file": report.file,
                "workflows": [_json_one(one, redactor) for one in report.explorations],
            }
            for report in reports
        ]
    }
    return json.dumps(data, indent=2, ensure_ascii=False)


def _json_one(one: Exploration, redactor: Redactor) -> dict[str, Json]:
    return {
        "workflowId": one.workflow_id,
        "paths": one.paths,
        "states": one.states,
        "complete": one.complete,
        "outcomes": [
            {
                "status": path.outcome[0],
                "stepId": path.outcome[1] or None,
                "kind": path.outcome[2] or None,
                "paths": sum(other.outcome == path.outcome for other in one.found),
                "example": path.number,
                "answers": [
                    {
                        "stepId": turn.moment.step.step_id,
                        "reason": redactor.text(turn.choice.reason),
                        "status": turn.choice.answer.status or None,
                    }
                    for turn in path.turn.path()
                    if turn.choice is not None and turn.moment is not None
                ],
                "inputs": json_data(path.inputs, redactor),
            }
            for path in one.shortest.values()
        ],
        "findings": [finding_to_json(finding, redactor) for finding in one.findings],
    }


# -- Markdown --------------------------------------------------------------------------------------


def _markdown(reports: Sequence[Report], style: Style, redactor: Redactor) -> str:  # noqa: ARG001
    lines: list[str] = []
    for report in reports:
        lines += [f"# {_cell(report.file)}", ""]
        for one in report.explorations:
            lines += [f"## {_cell(one.workflow_id)}", "", _summary(one), ""]
            lines += ["| path | ends | answers |", "|---|---|---|"]
            for path in one.shortest.values():
                course = _cell(redactor.text(_course(path)))
                lines.append(f"| {path.number} | {_cell(_ends(path))} | {course} |")
            if one.findings:
                lines += ["", "| | rule | step | finding |", "|---|---|---|---|"]
            for finding in one.findings:
                message = _cell(redactor.text(finding.message))
                lines.append(
                    f"| {finding.severity} | {finding.rule} | {_cell(finding.step_id or '')} | "
                    f"{message} |"
                )
            lines.append("")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return one_line(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


# -- HTML ----------------------------------------------------------------------------------------

_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Exploration</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem }}
table {{ border-collapse: collapse; width: 100%; margin: 1rem 0 }}
th, td {{ border-bottom: 1px solid #ccc; padding: .3rem .6rem; text-align: left }}
td {{ vertical-align: top }}
.error {{ color: #b00020 }} .warning {{ color: #8a5a00 }} .completed {{ color: #1b7f3b }}
</style>
{body}
</html>
"""


def _html(reports: Sequence[Report], style: Style, redactor: Redactor) -> str:  # noqa: ARG001
    body: list[str] = []
    for report in reports:
        body.append(f"<h1>{_safe(report.file)}</h1>")
        for one in report.explorations:
            body.append(f"<h2>{_safe(one.workflow_id)}</h2><p>{_safe(_summary(one))}</p>")
            body.append("<table><tr><th>path<th>ends<th>answers</tr>")
            body += [
                f'<tr><td>{path.number}<td class="{path.outcome[0]}">{_safe(_ends(path))}'
                f"<td>{_safe(redactor.text(_course(path)))}</tr>"
                for path in one.shortest.values()
            ]
            body.append("</table>")
            if one.findings:
                body.append("<table><tr><th><th>rule<th>step<th>finding</tr>")
                body += [_html_finding(finding, redactor) for finding in one.findings]
                body.append("</table>")
    return _PAGE.format(body="\n".join(body))


def _html_finding(finding: Finding, redactor: Redactor) -> str:
    return (
        f'<tr><td class="{finding.severity}">{finding.severity}<td>{finding.rule}'
        f"<td>{_safe(finding.step_id or '')}<td>{_safe(redactor.text(finding.message))}</tr>"
    )


def _safe(text: str) -> str:
    return escape(one_line(text))


FORMATS: Final[dict[str, Render]] = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
    "html": _html,
}
"""Renderers by the name of ``--format``."""
