"""``run --html``: one page that tells a run to people. It needs no network, and works from disk.

It is a view of the trace, which is masked already, and of the flow of what ran.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from arazzo_runner.errors import ArazzoError
from arazzo_runner.reporting.flow import Flow, flows_of, workflows_reached
from arazzo_runner.reporting.flow_svg import Taken, svg_text
from arazzo_runner.reporting.html_page import html, page, rows, took
from arazzo_runner.reporting.html_steps import Steps, error_html, visits
from arazzo_runner.reporting.recording import Recording
from arazzo_runner.reporting.text import duration_text
from arazzo_runner.reporting.trace import trace_data, trace_error_data
from arazzo_runner.values import Json, Redactor

__all__ = ["html_error_text", "html_text"]

_KINDS: Final = {"completed": "good", "ended": "warn", "failed": "bad"}


def html_text(recording: Recording, redactor: Redactor) -> str:
    """The page of a run."""
    trace = trace_data(recording, redactor)
    steps = Steps(recording.signing)
    listed = "\n".join(_workflow(root, steps, trace) for root in trace["workflows"])
    flow = _flow(recording, trace, steps)
    body = "\n".join(
        [
            _top(trace),
            _failure(trace["error"]),
            _tiles(trace),
            '<div class="columns"><div class="side">',
            flow,
            "</div><div>",
            _values("Outputs", trace["outputs"], trace["missingOutputs"]),
            _timeline(trace, steps),
            '<section class="panel" aria-labelledby="steps"><h2 id="steps">Steps</h2>',
            _TOOLS,
            listed or '<p class="none">No step ran.</p>',
            "</section>",
            _values("Inputs", trace["inputs"]),
            _warnings(trace["warnings"]),
            "</div></div>",
        ]
    )
    return page(f"{trace['status']}: {trace['workflowId']}", body)


def html_error_text(
    error: ArazzoError, workflow_id: str | None, at: float, redactor: Redactor
) -> str:
    """The page of a run that could not begin."""
    trace = trace_error_data(error, workflow_id, at, redactor)
    trace["workflowId"] = workflow_id or "The run did not begin"
    return page(f"failed: {trace['workflowId']}", _top(trace) + _failure(trace["error"]))


_TOOLS: Final = (
    '<div class="tools"><input id="search" type="search" aria-label="Search in all steps" '
    'placeholder="Search (press /)"><select id="only" aria-label="Which steps are shown">'
    '<option value="">all steps</option><option value="failure">failed</option>'
    '<option value="success">successful</option></select>'
    '<button type="button" id="all" aria-pressed="false">Open all</button></div>'
    '<p class="faint" id="count" role="status"></p>'
)


def _top(trace: Json) -> str:
    status = trace["status"]
    document = trace["document"]
    about = [timestamp_text(trace["startedAt"])]
    if document:
        about.insert(0, f"{document['title']} {document['version']} ({document['file']})")
    if trace["runId"]:
        about.append(f"run {trace['runId'][:12]}")
    moved = f" in {html(trace['transferredTo'])}" if trace["transferredTo"] else ""
    return (
        f'<header class="top"><div><h1>{html(trace["workflowId"])}'
        f'<span class="badge {_KINDS[status]}">{status}{moved}</span></h1>'
        f'<p class="faint">{html(" · ".join(about))}</p></div>'
        '<button type="button" id="theme" aria-label="Light or dark">◐</button></header>'
    )


def timestamp_text(text: str) -> str:
    """An RFC 3339 time as people read it."""
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S UTC")


def _failure(error: Json) -> str:
    if not error:
        return ""
    step = f" at step {html(error['stepId'])}" if error["stepId"] else ""
    return (
        f'<section class="panel failed" role="alert"><h2 class="bad">Failed{step}</h2>'
        f"{error_html(error)}</section>"
    )


def _tiles(trace: Json) -> str:
    steps = list(_all_steps(trace["workflows"]))
    attempts = [attempt for step in steps for attempt in step["attempts"]]
    waited = sum(wait["seconds"] for step in steps for wait in step["waits"])
    asked = sum(attempt["durationMs"] for attempt in attempts)
    tiles = [
        ("took", took(trace["durationMs"])),
        ("step executions", str(len(steps))),
        ("requests", str(len(attempts))),
        ("waiting for answers", took(asked)),
        ("waiting on purpose", duration_text(waited)),
        ("warnings", str(len(trace["warnings"]))),
    ]
    cells = "".join(
        f'<div class="tile"><b>{b}</b><span class="faint">{t}</span></div>' for t, b in tiles
    )
    return f'<div class="tiles">{cells}</div>'


def _all_steps(workflows: list[Json]) -> Iterator[Json]:
    for workflow in workflows:
        for item in workflow["items"]:
            if item["kind"] == "step":
                yield item
                yield from _all_steps(item["workflows"])
            else:
                yield from _all_steps([item])


def _workflow(root: Json, steps: Steps, trace: Json) -> str:
    listed = steps.workflow(root)
    if len(trace["workflows"]) == 1:
        return listed
    return f"<h3>{html(root['workflowId'])}</h3>{listed}"


def _flow(recording: Recording, trace: Json, steps: Steps) -> str:
    """The picture with the path taken."""
    program = recording.program
    if program is None or trace["workflowId"] not in program.entries:
        return ""
    flows = flows_of(program, workflows_reached(program, program.entries[trace["workflowId"]]))
    counts: dict[tuple[str, str], tuple[str, int]] = {}
    actions: dict[tuple[str, str, str], int] = {}
    nexts = set()
    for workflow, step in recording.steps():
        key = (workflow.workflow_id, step.step_id)
        counts[key] = (step.status, counts.get(key, ("", 0))[1] + 1)
        action = step.finished.action if step.finished else None
        if action is not None:
            taken = (*key, action.name)
            actions[taken] = actions.get(taken, 0) + 1
        elif step.status == "success":
            nexts.add(key)
        for wait in step.waits:
            if wait.reason == "retry":
                _mark_retries(flows, key, wait.seconds, actions)
    picture = svg_text(flows, Taken(counts, actions, frozenset(nexts), steps.anchors), inline=True)
    return (
        f'<section class="panel" aria-labelledby="flow"><h2 id="flow">Flow</h2>{picture}</section>'
    )


def _mark_retries(
    flows: Sequence[Flow],
    key: tuple[str, str],
    seconds: float,
    actions: dict[tuple[str, str, str], int],
) -> None:
    """A wait does not name its action: it is the step's only retry, or the one with that pause."""
    for flow in flows:
        for step in flow.steps:
            if (flow.workflow_id, step.step_id) == key:
                retries = [a for a in step.actions if a.type == "retry"]
                if len(retries) > 1:
                    retries = [a for a in retries if a.retry_after == seconds]
                for action in retries[:1]:
                    actions.setdefault((*key, action.name), 1)


def _values(title: str, values: Json, missing: list[str] | None = None) -> str:
    if not values and not missing:
        return ""
    absent = "".join(
        f'<p class="faint"><code>{html(n)}</code> has no value</p>' for n in missing or ()
    )
    name = title.lower()
    return (
        f'<section class="panel" aria-labelledby="{name}"><h2 id="{name}">{title}</h2>'
        f"{rows(values)}{absent}</section>"
    )


def _warnings(warnings: list[Json]) -> str:
    if not warnings:
        return ""
    items = "".join(map(_warning, warnings))
    return (
        '<section class="panel" aria-labelledby="warnings"><h2 id="warnings">Warnings</h2>'
        f"<ul>{items}</ul></section>"
    )


def _warning(warning: Json) -> str:
    place = f"{warning['file']}:{warning['line']}" if warning["file"] else ""
    return (
        f'<li><b class="warn">{html(warning["rule"])}</b> {html(warning["message"])} '
        f'<span class="mono faint">{html(place)}</span></li>'
    )


# -- timeline ------------------------------------------------------------------------------------


def _timeline(trace: Json, steps: Steps) -> str:
    """Requests, waits and retries over the time of the run; one line per step or poll."""
    total = max(float(trace["durationMs"]), 1.0)
    began = datetime.fromisoformat(trace["startedAt"]).timestamp()
    lines = "".join(
        line for root in trace["workflows"] for line in _lines(root, began, total, steps)
    )
    if not lines:
        return ""
    ticks = "".join(
        f'<span style="left:{share * 100:g}%">{html(duration_text(total * share / 1000))}</span>'
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    )
    return (
        '<section class="panel" aria-labelledby="timeline"><h2 id="timeline">Timeline</h2>'
        f'<div class="time"><span></span><div class="axis" aria-hidden="true">{ticks}</div>'
        f"<span></span>{lines}</div></section>"
    )


def _lines(workflow: Json, began: float, total: float, steps: Steps) -> Iterator[str]:
    for group in visits(workflow["items"]):
        if group[0]["kind"] == "workflow":
            yield from _lines(group[0], began, total, steps)
            continue
        name = group[0]["stepId"]
        bars = "".join(bar for step in group for bar in _bars(step, began, total))
        requests = sum(len(step["attempts"]) for step in group)
        spent = sum(a["durationMs"] for step in group for a in step["attempts"])
        link = steps.anchors.get((workflow["workflowId"], name), "")
        told = f"{name}: {requests} requests, {duration_text(spent / 1000)} waiting for answers"
        yield (
            f'<a href="#{link}" title="{html(name)}">{html(name)}</a>'
            f'<div class="track" role="img" aria-label="{html(told)}">{bars}</div>'
            f'<span class="end faint">{took(spent)}</span>'
        )
        for step in group:
            for child in step["workflows"]:
                yield from _lines(child, began, total, steps)


def _bars(step: Json, began: float, total: float) -> Iterator[str]:
    for wait in step["waits"]:
        told = f"waits {duration_text(wait['seconds'])} ({wait['reason']})"
        yield _bar("wait", wait["startedAt"], wait["seconds"] * 1000, began, total, told)
    for attempt in step["attempts"]:
        response = attempt["response"]
        status = response["status"] if response else 0
        kind = "bad" if not response or status >= 400 else ""
        told = f"{attempt['request']['method']} {status or 'no answer'}"
        told += f", {duration_text(attempt['durationMs'] / 1000)}"
        yield _bar(kind, attempt["startedAt"], attempt["durationMs"], began, total, told)


def _bar(kind: str, at: str, duration: float, began: float, total: float, told: str) -> str:
    left = min(100.0, max(0.0, (datetime.fromisoformat(at).timestamp() - began) * 1e5 / total))
    width = min(100.0 - left, duration * 100 / total)
    return (
        f'<span class="bar {kind}" style="left:{left:.2f}%;width:{width:.2f}%" '
        f'title="{html(told)}"></span>'
    )
