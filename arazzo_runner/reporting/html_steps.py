"""The steps of a run as HTML, from its trace: each opens to its requests, answers and criteria."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from arazzo_runner.reporting.curl import curl_command
from arazzo_runner.reporting.html_page import copied, html, pre, rows, took, value_html
from arazzo_runner.reporting.state import state_text
from arazzo_runner.reporting.text import duration_text, one_line, size_text
from arazzo_runner.values import Json, Redactor, Request

__all__ = ["Steps", "error_html", "visits"]

MARKS: Final = {"success": ("✓", "good"), "failure": ("✗", "bad"), "unfinished": ("…", "warn")}
_MOST: Final = 40
"""Visits of one poll that are shown; of more, the first and the last."""
_MASKED: Final = Redactor()  # a trace is masked already


def visits(items: list[Json]) -> Iterator[list[Json]]:
    """The items of a workflow; consecutive executions of one step, a poll, are together."""
    group: list[Json] = []
    for item in items:
        same = group and item["kind"] == "step" == group[-1]["kind"]
        if same and item["stepId"] == group[-1]["stepId"]:
            group.append(item)
        else:
            if group:
                yield group
            group = [item]
    if group:
        yield group


class Steps:
    """Numbers the steps of a trace, so that pictures can link to them, and renders them.

    Attributes:
        anchors: the first place of each step, by workflowId and stepId.
    """

    def __init__(self, signing: dict[tuple[str, str], tuple[str, str]]) -> None:
        self.anchors: dict[tuple[str, str], str] = {}
        self._signing = signing
        self._number = 0

    def workflow(self, workflow: Json) -> str:
        """All steps of one execution of a workflow."""
        parts: list[str] = []
        for group in visits(workflow["items"]):
            if group[0]["kind"] == "workflow":
                parts.append(self._called(group[0]))
            elif len(group) == 1:
                parts.append(self._step(group[0], workflow["workflowId"]))
            else:
                parts.append(self._poll(group, workflow["workflowId"]))
        return "\n".join(parts)

    def _called(self, workflow: Json) -> str:
        mark, kind = ("✓", "good") if workflow["status"] == "completed" else ("✗", "bad")
        why = {"dependency": "runs first", "transfer": "goes on in"}.get(workflow["reason"], "runs")
        return (
            f'<details open><summary><span class="{kind}">{mark}</span><span class="faint">{why} '
            f'workflow</span> <span class="name">{html(workflow["workflowId"])}</span>'
            f'<span class="end faint">{took(workflow["durationMs"])}</span></summary>'
            f'<div class="inside">{rows(workflow["inputs"])}{self.workflow(workflow)}</div>'
            "</details>"
        )

    def _poll(self, group: list[Json], workflow_id: str) -> str:
        last = group[-1]
        anchor = self._anchor(workflow_id, last["stepId"])
        folded = len(group) - _MOST
        shown = group if folded <= 0 else [*group[: _MOST // 2], *group[-_MOST // 2 :]]
        inside = [self._step(step, workflow_id, f"visit {step['visit']}") for step in shown]
        if folded > 0:
            note = f'<p class="faint">{folded} visits are left out; the trace has them</p>'
            inside.insert(_MOST // 2, note)
        total = sum(s["durationMs"] + sum(w["seconds"] for w in s["waits"]) * 1000 for s in group)
        head = _head(last, last["stepId"], f"{len(group)} visits", total)
        return (
            f'<details id="{anchor}" data-step data-status="{last["status"]}">{head}'
            f'<div class="inside">{"".join(inside)}</div></details>'
        )

    def _step(self, step: Json, workflow_id: str, title: str = "") -> str:
        anchor = self._anchor(workflow_id, step["stepId"])
        retries = len(step["attempts"])
        note = f"{retries} attempts" if retries > 1 else ""
        head = _head(step, title or step["stepId"], note, step["durationMs"])
        body = "".join(self._body(step, workflow_id))
        return (
            f'<details id="{anchor}" data-step data-status="{step["status"]}">{head}'
            f'<div class="inside">{body}</div></details>'
        )

    def _anchor(self, workflow_id: str, step_id: str) -> str:
        self._number += 1
        name = f"step-{self._number}"
        self.anchors.setdefault((workflow_id, step_id), name)
        return name

    def _body(self, step: Json, workflow_id: str) -> Iterator[str]:
        if step["error"]:
            yield f'<div class="bad">{error_html(step["error"])}</div>'
        signing = self._signing.get((workflow_id, step["stepId"]))
        for attempt in step["attempts"]:
            if len(step["attempts"]) > 1:
                yield f"<h3>Attempt {attempt['attempt']}</h3>"
            yield from _exchange(attempt, signing)
        for child in step["workflows"]:
            yield self._called(child)
        if step["criteria"]:
            yield "<h3>Success criteria</h3>" + _criteria(step["criteria"])
        if step["outputs"] or step["missingOutputs"]:
            missing = "".join(
                f'<p class="faint"><code>{html(n)}</code> has no value</p>'
                for n in step["missingOutputs"]
            )
            yield f"<h3>Outputs</h3>{rows(step['outputs'])}{missing}"
        if step["action"]:
            yield f"<h3>Action</h3><p>{_action(step['action'])}</p>"
        elif step["considered"]:
            yield "<h3>Action</h3><p>none applied</p>"
        for action in step["considered"]:
            yield from _considered(action)
        for wait in step["waits"]:
            why = {"poll": "before it asks again", "retry": "before the next attempt"}
            reason = why.get(wait["reason"], "because the server was busy")
            seconds = duration_text(wait["seconds"])
            yield f'<p class="faint">Waited {seconds} {reason} ({html(wait["source"])}).</p>'


def _head(step: Json, title: str, note: str, milliseconds: float) -> str:
    mark, kind = MARKS[step["status"]]
    attempt = step["attempts"][-1] if step["attempts"] else None
    parts = [f'<span class="{kind}" aria-label="{step["status"]}">{mark}</span>']
    parts.append(f'<span class="name">{html(title)}</span>')
    if attempt is not None:
        response = attempt["response"]
        status = response["status"] if response else "no answer"
        parts.append(f"<span>{html(status)}</span>")
    state = state_text(step["outputs"], _MASKED)
    if state and (note or title != step["stepId"]):
        parts.append(f'<span class="faint">{html(state)}</span>')
    if note:
        parts.append(f'<span class="faint">{html(note)}</span>')
    parts.append(f'<span class="end faint">{took(milliseconds)}</span>')
    return f"<summary>{''.join(parts)}</summary>"


def _exchange(attempt: Json, signing: tuple[str, str] | None) -> Iterator[str]:
    request, response, lost = attempt["request"], attempt["response"], attempt["lost"]
    line = f'<span class="method">{html(request["method"])}</span> {html(request["url"])}'
    yield f'<h3>Request</h3><p class="mono">{line}</p>'
    yield from _message(request.get("body"), request["headers"])
    command = copied(_curl(request, signing))
    yield f"<details><summary>As a curl command</summary>{command}</details>"
    yield "<h3>Answer</h3>"
    if response is None:
        why = f"{lost['kind']}: {lost['message']}" if lost else "the run ended first"
        yield f'<p class="bad">No answer: {html(why)}</p>'
        return
    kind = "good" if response["status"] < 400 else "bad"
    about = f"{response['contentType'] or 'no content type'}, {size_text(response['size'])}"
    yield (
        f'<p><b class="{kind}">{response["status"]}</b> <span class="faint">{html(about)}, '
        f"{took(attempt['durationMs'])}</span></p>"
    )
    if "note" in response:
        yield f'<p class="warn">{html(response["note"])}</p>'
    yield from _message(response.get("body"), response["headers"])


def _message(body: Json, headers: list[Json]) -> Iterator[str]:
    if body is not None:
        yield pre(_pretty(body))
    if headers:
        yield (
            f"<details><summary>{len(headers)} headers</summary>"
            f'<div class="inside">{rows([(n, v) for n, v in headers])}</div></details>'
        )


def _pretty(body: Json) -> str:
    if isinstance(body, str):
        text: str = body
        if not text.lstrip().startswith(("{", "[")):
            return text
        try:
            body = json.loads(text)
        except (ValueError, RecursionError):
            return text
    return json.dumps(body, ensure_ascii=False, indent=2)


def _curl(request: Json, signing: tuple[str, str] | None) -> str:
    body = request.get("body")
    text = body if isinstance(body, str) else "" if body is None else "(a body that is no text)"
    headers = tuple((name, value) for name, value in request["headers"])
    sent = Request(request["method"], request["url"], headers, text.encode())
    service, region = signing or (None, None)
    return curl_command(sent, _MASKED, service=service, region=region)


def _criteria(criteria: list[Json]) -> str:
    items = []
    for checked in criteria:
        values = "".join(map(_operand, checked["operands"]))
        if "error" in checked:
            values += f'<div class="bad">{html(checked["error"])}</div>'
        kind = "pass" if checked["passed"] else "fail"
        word = "holds" if checked["passed"] else "does not hold"
        items.append(
            f'<li class="{kind}"><code>{html(one_line(checked["condition"], 400))}</code> '
            f'<span class="faint">{word}</span>{values}</li>'
        )
    return f'<ul class="checks">{"".join(items)}</ul>'


def _operand(operand: Json) -> str:
    name, value = html(operand["expression"]), value_html(operand["value"])
    return f'<div class="faint"><code>{name}</code> is {value}</div>'


def _action(action: Json) -> str:
    target = action.get("stepId") or action.get("workflowId") or ""
    name = f"<b>{html(action['name'])}</b>: " if action["name"] else ""
    return f"{name}{html(action['type'])} {html(target)}".rstrip()


def _considered(action: Json) -> Iterator[str]:
    """An action that was looked at, and why it was taken or not; nothing where that is plain."""
    if action.get("usedUp"):
        yield f'<p class="faint"><b>{html(action["name"])}</b>: its retryLimit is reached</p>'
    elif action["criteria"]:
        yield f'<p class="faint"><b>{html(action["name"])}</b> has the criteria</p>'
        yield _criteria(action["criteria"])


def error_html(error: Json) -> str:
    """Why something failed: message, place, what to do."""
    parts = [f"<p><b>{html(error['message'])}</b></p>"]
    parts += [f"<p>{html(problem)}</p>" for problem in error.get("problems", ())]
    if error["file"]:
        place = f"{error['file']}:{error['line']}:{error['column']}"
        parts.append(f'<p class="mono faint">{html(place)}</p>')
    if error["hint"]:
        parts.append(f"<p>{html(error['hint'])}</p>")
    return "".join(parts)
